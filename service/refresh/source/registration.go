package source

import (
	"context"
	"iter"

	"afterglow/mwclient"
)

// registration is the public participants of an event.
type registration struct {
	wiki  *mwclient.Wiki
	event int64
}

// People goes on after a participant's number.
func (s *registration) People(ctx context.Context, after int64) iter.Seq2[Person, error] {
	return func(yield func(Person, error) bool) {
		for p, err := range s.wiki.ParticipantsAfter(ctx, s.event, after) {
			if !yield(Person{
				Account: p.UserID, Name: p.Name, Joined: p.RegisteredAt,
				Hidden: p.Hidden, NotFound: p.NotFound, Place: p.ParticipantID,
			}, err) {
				return
			}
		}
	}
}

// LeftOut is nothing: the coverage of a campaign counts whom an event hides.
func (*registration) LeftOut() LeftOut { return nil }
