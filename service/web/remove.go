package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"afterglow/service/store"
)

// removeCampaign stops tracking a campaign and deletes its data.
func (s *Server) removeCampaign(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r, "deleting a campaign", []string{"uselang"}); err != nil {
		return err
	}
	done, err := s.remove(w, r)
	if err != nil || done {
		return err
	}
	w.Header().Set("Cache-Control", cacheNot)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// removeByForm is the same for a page without JavaScript: forms cannot DELETE.
func (s *Server) removeByForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r, "deleting a campaign", []string{"uselang"}); err != nil {
		return err
	}
	done, err := s.remove(w, r)
	if err != nil || done {
		return err
	}
	return s.seeOther(w, "/mine?deleted="+url.QueryEscape(mux.Vars(r)["id"]))
}

// remove deletes the campaign that a path names, if who asks may. done is true
// where they were sent to its right address instead.
func (s *Server) remove(w http.ResponseWriter, r *http.Request) (done bool, err error) {
	_, c, done, err := s.campaignFor(w, r, actRemove)
	if err != nil || done {
		return done, err
	}
	err = s.o.Tracker.Remove(r.Context(), c.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // else somebody else was faster
		return false, fmt.Errorf("deleting %s: %w", c.ID, err)
	}
	s.source.campaigns.forget(c.ID)
	s.source.cohorts.forget(c.ID)
	s.organizers.forget(c.ID)
	return false, nil
}
