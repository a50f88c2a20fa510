package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"afterglow/mwclient"
	"afterglow/service/store"
)

// act is something that not everybody may do.
type act string

const (
	actTrack        act = "track a campaign"
	actRefresh      act = "ask for a refresh"
	actRefreshSoon  act = "ask for a refresh again within the hour"
	actChange       act = "change a list of participants"
	actRemove       act = "delete a campaign"
	actParticipants act = "see participants"
)

// role is what a person is to a campaign.
type role string

const (
	roleAnybody       role = "anybody who has signed in"
	roleOrganizer     role = "the event's organizers"       // as its wiki says now
	roleTracker       role = "the person who tracked it"    // of a list, which has no organizers
	roleAdministrator role = "this server's administrators" // who may do everything
)

// rules says who may do what, with an event and with a list. Administrators
// may do everything; whoever has not signed in, nothing.
var rules = map[act]struct{ event, list role }{
	actTrack:       {roleAnybody, roleAnybody},
	actRefresh:     {roleAnybody, roleAnybody},
	actRefreshSoon: {roleOrganizer, roleTracker},
	actChange:      {roleAdministrator, roleTracker},
	actRemove:      {roleOrganizer, roleTracker},
	// Whoever can name people must not learn thereby what each of them does.
	actParticipants: {roleOrganizer, roleAdministrator},
}

// authorize returns who asks if they may do something with a campaign. The
// problem is a 401 for nobody, a 403 for somebody else, a 503 where that cannot
// be found out now: what is not known is not allowed.
func (s *Server) authorize(r *http.Request, a act, c store.Campaign) (Person, error) {
	p, err := s.signedIn(r)
	if err != nil {
		return p, err
	}
	if ok, err := s.administers(r.Context(), p); ok || err != nil {
		return p, err
	}
	needed := rules[a].list
	if c.Source.Kind == kindEvent {
		needed = rules[a].event
	}
	ok := false
	switch needed {
	case roleAnybody:
		ok = true
	case roleOrganizer:
		ok, err = s.organizes(r.Context(), p, c)
	case roleTracker:
		ok, err = s.o.People.Tracks(r.Context(), p.Farm, p.Sub, c.ID)
	}
	if err != nil {
		return p, err
	}
	if !ok {
		return p, &problem{
			Type: typeForbidden, Title: "This is not yours to do", Status: http.StatusForbidden,
			Detail: fmt.Sprintf("to %s is for %s", a, allowedTo(needed)), reason: reason{key: reasonOfRole[needed]},
		}
	}
	return p, nil
}

// campaignFor returns the campaign that a path names, and who asks, if they may do
// something with it. done is true where it has sent them to the right address
// already. Whether there is such a campaign, nobody learns who has not signed in.
func (s *Server) campaignFor(w http.ResponseWriter, r *http.Request, a act) (p Person, c store.Campaign, done bool, err error) {
	if p, err = s.signedIn(r); err != nil {
		return p, c, false, err
	}
	if err := s.canTrack(); err != nil {
		return p, c, false, err
	}
	c, done, err = s.campaignOf(w, r)
	if err != nil || done {
		return p, c, done, err
	}
	p, err = s.authorize(r, a, c)
	return p, c, false, err
}

// reasonOfRole are the messages that say who may do something.
var reasonOfRole = map[role]string{
	roleOrganizer: "web-reason-organizers", roleTracker: "web-reason-tracker", roleAdministrator: "web-reason-administrators",
}

func allowedTo(needed role) string {
	if needed == roleAdministrator {
		return string(needed)
	}
	return string(needed) + " and " + string(roleAdministrator)
}

// kindEvent is the kind of a campaign that has organizers.
const kindEvent = "event"

const (
	// organizersFresh is how long what a wiki said of an event's organizers is believed.
	organizersFresh = time.Minute
	// mostOrganized bounds the events whose organizers are remembered.
	mostOrganized = 1000
	// organizersWait is the time for a wiki to say who organizes an event.
	organizersWait = 10 * time.Second
)

// organizersKnown is what a wiki said of an event's organizers.
type organizersKnown struct {
	ids []int64
	at  time.Time
}

// organizes reports whether a person organizes an event. Account numbers are
// of a farm: the same number on another farm is somebody else.
func (s *Server) organizes(ctx context.Context, p Person, c store.Campaign) (bool, error) {
	if p.Farm != c.Farm || p.ID == 0 {
		return false, nil
	}
	known, ok := s.organizers.get(c.ID)
	if age := s.o.Now().Sub(known.at); !ok || age < 0 || age >= organizersFresh {
		// A wiki is asked: not as often as anybody likes.
		if err := s.limits.checks.allow(p.key(), s.o.Now()); err != nil {
			return false, err
		}
		var err error
		if known, err = s.askOrganizers(ctx, c); err != nil {
			return false, err
		}
	}
	return slices.Contains(known.ids, p.ID), nil
}

func (s *Server) askOrganizers(ctx context.Context, c store.Campaign) (organizersKnown, error) {
	known, err := s.askingOrganizers.do(ctx, c.ID, func(ctx context.Context) (organizersKnown, error) {
		ctx, cancel := context.WithTimeout(ctx, organizersWait)
		defer cancel()
		at := s.o.Now()
		ids, err := s.o.Tracker.Organizers(ctx, c)
		if errors.Is(err, mwclient.ErrNotFound) {
			err = nil // an event that is not there has none
		}
		if err != nil {
			return organizersKnown{}, err
		}
		known := organizersKnown{ids, at}
		s.organizers.put(c.ID, known, 1)
		return known, nil
	})
	if err != nil && ctx.Err() == nil {
		return known, wikiProblem("who organizes this event could not be found out: ", err)
	}
	return known, err
}

// wikiProblem says in a few words why a wiki was of no use, without what it said.
func wikiProblem(about string, err error) *problem {
	var limited *mwclient.RateLimitError
	why, key := "the wiki gives no usable answer", "" // as the page says already
	switch {
	case errors.As(err, &limited):
		why, key = "the wiki asks for patience", "web-reason-patience"
	case errors.Is(err, context.DeadlineExceeded):
		why, key = "the wiki takes too long", "web-reason-slow"
	case errors.Is(err, mwclient.ErrNoContact):
		why, key = "this server may not ask wikis: its operator has set no contact", "web-reason-contact"
	}
	return &problem{
		Type: typeWiki, Title: "The wiki does not answer", Status: http.StatusServiceUnavailable,
		Detail: about + why + "; try again in a while", retryAfter: 60, cause: err, reason: reason{key: key},
	}
}
