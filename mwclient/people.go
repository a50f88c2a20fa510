package mwclient

import (
	"context"
	"fmt"
	"iter"
	"net/url"
)

// participantsPage is how many participants the REST API lists at a time,
// whatever is asked; organizers come in pages of which hidden ones are left out,
// so there only an empty page is the end.
const participantsPage = 20

// participantRow is one of GET event_registration/{id}/participants.
type participantRow struct {
	ID           number `json:"participant_id"`
	UserID       number `json:"user_id"`
	RegisteredAt string `json:"user_registered_at"` // 14 digits, UTC
	Private      flag   `json:"private"`
	Name         string `json:"user_name"`
	Hidden       flag   `json:"hidden"`
	NotFound     flag   `json:"not_found"`
}

// Participants returns the public participants of an event, deleted or not, in
// the order in which they signed up. People who left are not among them; hidden
// and vanished ones are, without a name. A sequence ends after its first error
// (ErrNotFound, ErrNoEvents, …).
func (w *Wiki) Participants(ctx context.Context, event int64) iter.Seq2[Participant, error] {
	return w.ParticipantsAfter(ctx, event, 0)
}

// ParticipantsAfter is Participants from the one on that follows a
// ParticipantID, so that a long list that broke off need not be read anew.
func (w *Wiki) ParticipantsAfter(ctx context.Context, event, after int64) iter.Seq2[Participant, error] {
	return func(yield func(Participant, error) bool) {
		var bad error
		err := listPeople(ctx, w, EndpointParticipants, event, participantsPage, after,
			url.Values{"include_private": {"false"}}, "last_participant_id",
			func(row participantRow) int64 { return int64(row.ID) },
			func(row participantRow) bool {
				if row.Private {
					return true // not asked for, so not to be kept
				}
				var p Participant
				if p, bad = row.participant(); bad != nil {
					return false
				}
				return yield(p, nil)
			})
		if bad != nil {
			err = fmt.Errorf("participants of event %d: %w", event, &ResponseError{Wiki: w.label(), Err: bad})
		}
		if err != nil {
			yield(Participant{}, err)
		}
	}
}

func (row participantRow) participant() (Participant, error) {
	at, ok := parseTime(row.RegisteredAt)
	if !ok {
		return Participant{}, fmt.Errorf("participant %d signed up at %q, which is not a time", row.ID, shorten(row.RegisteredAt))
	}
	p := Participant{
		ParticipantID: int64(row.ID), UserID: int64(row.UserID), RegisteredAt: at,
		Name: row.Name, Hidden: bool(row.Hidden), NotFound: bool(row.NotFound),
	}
	if p.Hidden || p.NotFound {
		p.Name = ""
	}
	return p, nil
}

// organizerRow is one of GET event_registration/{id}/organizers.
type organizerRow struct {
	ID       number `json:"organizer_id"`
	UserID   number `json:"user_id"`
	Name     string `json:"user_name"`
	Roles    texts  `json:"roles"`
	Hidden   flag   `json:"hidden"`
	NotFound flag   `json:"not_found"`
}

// Organizers returns the organizers of an event, deleted or not.
func (w *Wiki) Organizers(ctx context.Context, event int64) iter.Seq2[Organizer, error] {
	return func(yield func(Organizer, error) bool) {
		err := listPeople(ctx, w, EndpointOrganizers, event, 0, 0, url.Values{}, "last_organizer_id",
			func(row organizerRow) int64 { return int64(row.ID) },
			func(row organizerRow) bool {
				return yield(Organizer{
					UserID: int64(row.UserID), Name: row.Name, Roles: row.Roles,
					Hidden: bool(row.Hidden), NotFound: bool(row.NotFound),
				}, nil)
			})
		if err != nil {
			yield(Organizer{}, err)
		}
	}
}
