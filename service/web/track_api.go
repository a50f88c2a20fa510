package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"afterglow/service/store"
)

const (
	trackPath = "/v1/campaigns"
	// mostTrackBytes bounds the body of a request to track a list.
	mostTrackBytes = 10 << 20
	mostAddress    = 2000
	// The dates of a list, in years before and after now.
	earliestList, latestList = 30, 2
)

// tracked is the answer to POST /v1/campaigns.
type tracked struct {
	Campaign campaignJSON `json:"campaign"`
	Job      *jobJSON     `json:"job"` // that reads it; null where it was read already
	// Names is how many a list has, LeftOut what was not taken for one, by reason.
	Names   *int           `json:"names,omitempty"`
	LeftOut map[string]int `json:"left_out,omitempty"`
}

// trackCampaign tracks an event or a list. The same one again is the same
// campaign: 201 the first time, then 200.
func (s *Server) trackCampaign(w http.ResponseWriter, r *http.Request) error {
	isForm := s.readsForm(r)
	if _, err := readQuery(r, "tracking a campaign", []string{"uselang"}); err != nil {
		return err
	}
	p, done, err := s.admitTracking(r)
	if err != nil {
		return err
	}
	defer done()
	in, err := readTrackRequest(w, r)
	if err != nil {
		return err
	}
	t, job, err := s.startTracking(r, p, in)
	if err != nil {
		return err
	}
	if isForm {
		return s.seeOther(w, s.afterTracking(t.Campaign, job))
	}
	out := tracked{Campaign: s.campaignJSON(t.Campaign), LeftOut: t.LeftOut}
	if in.Event == "" {
		out.Names = &t.People
	}
	if job != nil {
		j := s.jobJSON(*job)
		out.Job = &j
	}
	status := http.StatusOK
	if t.IsNew {
		status = http.StatusCreated
	}
	w.Header().Set("Location", out.Campaign.Links.Self)
	return writeJSON(w, r, status, out)
}

// admitTracking finds out who asks to have something tracked, and waits until
// the body may be read; done says that it is no longer needed.
func (s *Server) admitTracking(r *http.Request) (p Person, done func(), err error) {
	if p, err = s.authorize(r, actTrack, store.Campaign{}); err != nil {
		return p, nil, err
	}
	if err = s.canTrack(); err != nil {
		return p, nil, err
	}
	done, err = s.admitBody(r)
	return p, done, err
}

// startTracking tracks what a person asked for, and has it read.
func (s *Server) startTracking(r *http.Request, p Person, in trackRequest) (t Tracked, job *store.Job, err error) {
	list, err := in.check(s.o.Now())
	if err != nil {
		return t, nil, err
	}
	if err := s.limits.tracks.allow(p.key(), s.o.Now()); err != nil {
		return t, nil, err
	}
	if in.Event != "" {
		t, err = s.trackEvent(r.Context(), p, in.Event)
	} else {
		t, err = s.trackList(r, p, list)
	}
	if err != nil {
		return t, nil, trackProblem(in, err)
	}
	s.source.campaigns.forget(t.Campaign.ID) // that there was none
	job, err = s.firstJob(r.Context(), t)
	return t, job, err
}

// mostLargeBodies bounds how many bodies larger than Options.MaxBody are held at
// once: each may be mostTrackBytes.
const mostLargeBodies = 4

// admitBody waits until a large body may be read; done says that it is no
// longer needed.
func (s *Server) admitBody(r *http.Request) (done func(), err error) {
	if r.ContentLength >= 0 && r.ContentLength <= s.o.MaxBody {
		return func() {}, nil
	}
	return s.largeBodies.take(r.Context())
}

// canTrack refuses where nothing can be tracked at all.
func (s *Server) canTrack() error {
	if s.o.Tracker == nil || s.o.Jobs == nil || s.o.People == nil {
		return plain(http.StatusNotImplemented, "nothing can be tracked on this server but by its operator")
	}
	return nil
}

// afterTracking is where a person's browser goes who has tracked a campaign or
// asked for a refresh.
func (s *Server) afterTracking(c store.Campaign, _ *store.Job) string {
	return "/campaigns/" + url.PathEscape(c.ID)
}

// trackEvent tracks an event and remembers who asked.
func (s *Server) trackEvent(ctx context.Context, p Person, address string) (Tracked, error) {
	t, err := s.o.Tracker.Track(ctx, address)
	if err != nil {
		return t, err
	}
	return t, s.o.People.SaveTracker(ctx, p.Farm, p.Sub, t.Campaign.ID)
}

// trackList tracks a list. One that exists is changed by the person who tracked
// it, and is in the way of anybody else.
func (s *Server) trackList(r *http.Request, p Person, l List) (Tracked, error) {
	ctx := r.Context()
	t, err := s.o.Tracker.TrackList(ctx, l)
	if errors.Is(err, store.ErrExists) && t.Campaign.ID != "" {
		if _, denied := s.authorize(r, actChange, t.Campaign); denied != nil {
			if problemOf(denied).Status == http.StatusForbidden {
				return t, err
			}
			return t, denied
		}
		l.Replace = true
		return s.o.Tracker.TrackList(ctx, l)
	}
	if err != nil {
		return t, err
	}
	return t, s.o.People.SaveTracker(ctx, p.Farm, p.Sub, t.Campaign.ID)
}

// firstJob is the job that reads a campaign that is tracked now, or nil where
// it was read before.
func (s *Server) firstJob(ctx context.Context, t Tracked) (*store.Job, error) {
	c := t.Campaign
	if t.IsNew || c.Refreshed.IsZero() || c.Source.Kind != kindEvent {
		j, err := s.o.Jobs.CreateJob(ctx, c.ID)
		return &j, err
	}
	j, err := s.o.Jobs.LatestJob(ctx, c.ID)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && j.State.Ended():
		return nil, nil //nolint:nilnil // there is nothing to wait for
	case err != nil:
		return nil, err
	}
	return &j, nil
}

const (
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
)

// seeOther sends a browser that has posted a form to a page.
func (s *Server) seeOther(w http.ResponseWriter, path string) error {
	h := w.Header()
	h.Set("Location", s.basePath+path)
	h.Set("Cache-Control", cacheNot)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}
