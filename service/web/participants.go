package web

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"afterglow/retention"
	"afterglow/service/store"
)

// participantJSON is a participant as a campaign's organizers see them. What is
// not known, or not to be known, is null.
type participantJSON struct {
	Account    *int64                 `json:"account"` // null for hidden ones and those that are nobody's
	Name       *string                `json:"name"`    // null for hidden ones and those that are gone
	State      store.ParticipantState `json:"state"`
	Joined     *time.Time             `json:"joined"`
	Registered *time.Time             `json:"registered"` // when the account was created
	HomeWiki   *string                `json:"home_wiki"`
	// Activity is null for those who are in no figure.
	Activity *activityJSON `json:"activity"`
}

// activityJSON is what a participant did.
type activityJSON struct {
	Before int `json:"before"` // edits before the campaign, 180 days at most
	During int `json:"during"`
	// Months is the edits in each month of 30 days after the end, null for those
	// that have not ended.
	Months   []*int     `json:"months"`
	LastEdit *time.Time `json:"last_edit"`
	// Retained says for each mark whether they edited in the month that ends
	// there, null where it has not ended.
	Retained map[string]*bool `json:"retained"`
}

// Bounds of a page of participants.
const (
	defaultParticipants = 50
	mostParticipants    = 500
)

// participants answers with a page of a campaign's participants and what they
// did, for those whom rules lets see it.
func (s *Server) participants(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "the participants", []string{"limit", "cursor"})
	if err != nil {
		return err
	}
	limit, err := q.number("limit", defaultParticipants, 1, mostParticipants)
	if err != nil {
		return err
	}
	after, err := q.after()
	if err != nil {
		return err
	}
	_, c, done, err := s.campaignFor(w, r, actParticipants)
	if err != nil || done {
		return err
	}
	members, err := s.o.People.Members(r.Context(), c.ID, after, limit+1)
	if err != nil {
		return err
	}
	out := struct {
		Campaign     retention.Campaign `json:"campaign"`
		AsOf         *time.Time         `json:"as_of"`
		Participants []participantJSON  `json:"participants"`
		Next         *string            `json:"next"`
	}{Campaign: c.Campaign, AsOf: timeOrNull(c.AsOf), Participants: []participantJSON{}}
	if len(members) > limit {
		members = members[:limit]
		next := strconv.FormatInt(members[limit-1].Account, 36)
		out.Next = &next
		values := url.Values{"cursor": {next}, "limit": {strconv.Itoa(limit)}}
		w.Header().Set("Link", "<"+s.link("/v1/campaigns/"+url.PathEscape(c.ID)+"/participants?"+values.Encode())+`>; rel="next"`)
	}
	figures, err := s.figuresOf(r, c, members)
	if err != nil {
		return err
	}
	for _, m := range members {
		out.Participants = append(out.Participants, participant(m, figures))
	}
	return writeJSON(w, r, http.StatusOK, out)
}

// after is the account number that a cursor stands for. Numbers below zero are
// of names that are nobody's; they come first.
func (q query) after() (int64, error) {
	const first = -1 << 62
	if !q.values.Has("cursor") {
		return first, nil
	}
	v := q.values.Get("cursor")
	n, err := strconv.ParseInt(v, 36, 64)
	if err != nil || strconv.FormatInt(n, 36) != v {
		return 0, refuse("cursor", v, "the \"next\" of the page before")
	}
	return n, nil
}

// figuresOf is what those of a page did who are in the campaign's figures.
func (s *Server) figuresOf(r *http.Request, c store.Campaign, members []store.Member) (map[int64]retention.PersonFigures, error) {
	if c.State != store.Ready {
		return nil, nil
	}
	l, err := s.source.cohort(r.Context(), c)
	if err != nil {
		return nil, err
	}
	keys := make([]retention.PersonKey, 0, len(members))
	for _, m := range members {
		keys = append(keys, retention.PersonKey{Farm: c.Farm, ID: m.Account})
	}
	out := make(map[int64]retention.PersonFigures, len(members))
	for key, f := range retention.ComputePeople(l.cohort, keys, l.campaign.AsOf) {
		out[key.ID] = f
	}
	return out, nil
}

// participant shows a member. Hidden people and those that are gone are never
// named, whatever is stored of them.
func participant(m store.Member, figures map[int64]retention.PersonFigures) participantJSON {
	p := participantJSON{State: m.State, Joined: timeOrNull(m.Joined)}
	if m.State == store.Hidden || m.State == store.NotFound {
		return p
	}
	p.Account, p.Name, p.Registered, p.HomeWiki = &m.Account, orNull(m.Name), timeOrNull(m.Registered), orNull(m.HomeWiki)
	f, ok := figures[m.Account]
	if !ok || m.State != store.Measured {
		return p
	}
	a := activityJSON{Before: f.Before, During: f.During, LastEdit: timeOrNull(f.LastEdit), Retained: map[string]*bool{}}
	for _, n := range f.Months {
		if n < 0 {
			a.Months = append(a.Months, nil)
			continue
		}
		a.Months = append(a.Months, &n)
	}
	for _, mark := range retention.MarkMonths() {
		var is *bool
		if retained, known := f.Retained(mark); known {
			is = &retained
		}
		a.Retained[strconv.Itoa(mark)] = is
	}
	p.Activity = &a
	return p
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
