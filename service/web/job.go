package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"afterglow/service/store"
)

// jobPattern is a job's id in a path.
const jobPattern = `[A-Za-z0-9]{1,64}`

// jobJSON is a job as the API shows it.
type jobJSON struct {
	ID       string         `json:"id"`
	Campaign string         `json:"campaign"`
	State    store.JobState `json:"state"`
	Phase    *string        `json:"phase"` // what is being read
	Wiki     *string        `json:"wiki"`  // that was read last
	Done     int            `json:"done"`
	Total    int            `json:"total"` // 0: not known
	Error    *string        `json:"error"`
	Created  time.Time      `json:"created"`
	Updated  time.Time      `json:"updated"`
	Links    jobLinks       `json:"links"`
}

type jobLinks struct {
	Self     string `json:"self"`
	Events   string `json:"events"`
	Campaign string `json:"campaign"`
}

func (s *Server) jobJSON(j store.Job) jobJSON {
	self := "/v1/jobs/" + url.PathEscape(j.ID)
	return jobJSON{
		ID: j.ID, Campaign: j.Campaign, State: j.State, Phase: orNull(j.Phase), Wiki: orNull(j.Wiki), Done: j.Done, Total: j.Total,
		Error: orNull(j.Error), Created: j.Created, Updated: j.Updated,
		Links: jobLinks{Self: s.link(self), Events: s.link(self + "/events"), Campaign: s.link("/v1/campaigns/" + url.PathEscape(j.Campaign))},
	}
}

// orNull is nil for an empty text.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// job answers with how far a job is.
func (s *Server) job(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r, "a job", nil); err != nil {
		return err
	}
	j, err := s.findJob(r)
	if err != nil {
		return err
	}
	if !j.State.Ended() {
		w.Header().Set("Retry-After", strconv.Itoa(jobRetryAfter))
	}
	return writeJSON(w, r, http.StatusOK, s.jobJSON(j))
}

// jobRetryAfter is when it is worth asking again for a job under way.
const jobRetryAfter = 2

// findJob returns the job that a path names. Whoever has its id may see it: it
// cannot be guessed, and says nothing of people.
func (s *Server) findJob(r *http.Request) (store.Job, error) {
	if s.o.Jobs == nil {
		return store.Job{}, noJob()
	}
	j, err := s.o.Jobs.Job(r.Context(), mux.Vars(r)["job"])
	if errors.Is(err, store.ErrNotFound) {
		return j, noJob()
	}
	return j, err
}

func noJob() *problem {
	return &problem{
		Type: typeJob, Title: "No such job", Status: http.StatusNotFound,
		Detail: "there is no such job, or no longer: they are kept for a week",
	}
}

// refreshPause is how soon after a refresh the next may be asked for.
const refreshPause = time.Hour

// refreshCampaign asks for a refresh: 202 and the job, which is the same one
// while it has not ended.
func (s *Server) refreshCampaign(w http.ResponseWriter, r *http.Request) error {
	isForm := s.readsForm(r)
	if _, err := readQuery(r, "a refresh", []string{"uselang"}); err != nil {
		return err
	}
	p, c, done, err := s.campaignFor(w, r, actRefresh)
	if err != nil || done {
		return err
	}
	j, err := s.o.Jobs.LatestJob(r.Context(), c.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err != nil || j.State.Ended() {
		if err := s.mayRefresh(r, p, c); err != nil {
			return err
		}
		if j, err = s.o.Jobs.CreateJob(r.Context(), c.ID); err != nil {
			return err
		}
	}
	if isForm {
		return s.seeOther(w, s.afterTracking(c, &j))
	}
	out := s.jobJSON(j)
	w.Header().Set("Location", out.Links.Self)
	return writeJSON(w, r, http.StatusAccepted, out)
}

// mayRefresh refuses what is asked for too often: for each campaign, but for
// those whose it is, and for each person.
func (s *Server) mayRefresh(r *http.Request, p Person, c store.Campaign) error {
	now := s.o.Now()
	if wait := c.Refreshed.Add(refreshPause).Sub(now); wait > 0 && !c.Refreshed.IsZero() {
		if _, err := s.authorize(r, actRefreshSoon, c); err != nil {
			if problemOf(err).Status != http.StatusForbidden {
				return err
			}
			return tooOften("this campaign was read less than an hour ago", wait)
		}
	}
	return s.limits.refreshes.allow(p.key(), now)
}
