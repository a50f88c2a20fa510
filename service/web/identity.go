package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"afterglow/service/store"
)

// idPattern is a campaign's id in a path: WIKI-EVENTID or list-SLUG.
const idPattern = `[A-Za-z0-9][A-Za-z0-9._-]{0,119}`

var (
	idForm    = regexp.MustCompile(`^` + idPattern + `$`)
	eventForm = regexp.MustCompile(`^(.{1,100})-([1-9][0-9]{0,17})$`)
)

// eventOf takes an id of the form WIKI-EVENTID apart.
func eventOf(id string) (wiki string, event int64, ok bool) {
	m := eventForm.FindStringSubmatch(id)
	if m == nil || m[1] == "list" {
		return "", 0, false
	}
	event, err := strconv.ParseInt(m[2], 10, 64)
	return m[1], event, err == nil
}

// moved says that a campaign has another id: event numbers are shared by a
// farm, and the id is of the wiki that holds the event page.
type moved struct{ from, to string }

func (m *moved) Error() string { return fmt.Sprintf("%s is %s", m.from, m.to) }

// find returns the campaign of an id. The errors are a *moved, a *problem for
// an unknown one, or the store's.
func (s *Server) find(ctx context.Context, id string) (store.Campaign, error) {
	c, err := s.source.campaign(ctx, id)
	if !errors.Is(err, store.ErrNotFound) {
		return c, err
	}
	p := &problem{
		Type: typeCampaign, Title: "No such campaign", Status: http.StatusNotFound,
		Detail: "no campaign with the id " + id + " is tracked here",
	}
	wiki, event, ok := eventOf(id)
	if !ok {
		return store.Campaign{}, p
	}
	if s.o.Events != nil {
		other, err := s.o.Events.FindEvent(ctx, wiki, event)
		switch {
		case err == nil && other.ID != id:
			return store.Campaign{}, &moved{id, other.ID}
		case err == nil:
			return other, nil // tracked since it was asked for
		case !errors.Is(err, store.ErrNotFound):
			return store.Campaign{}, fmt.Errorf("looking for event %d of %s: %w", event, wiki, err)
		}
	}
	p.Track = s.link("/track?campaign=" + url.QueryEscape(id))
	return store.Campaign{}, p
}

// campaignOf returns the campaign that a path names. done is true where it has
// sent the reader to the right address already.
func (s *Server) campaignOf(w http.ResponseWriter, r *http.Request) (c store.Campaign, done bool, err error) {
	id := mux.Vars(r)["id"]
	c, err = s.find(r.Context(), id)
	var m *moved
	if !errors.As(err, &m) {
		return c, false, err
	}
	to := url.URL{Path: strings.Replace(r.URL.Path, "/"+m.from, "/"+m.to, 1), RawQuery: r.URL.RawQuery}
	s.redirect(w, to)
	return c, true, nil
}

// redirect sends the reader to another address of ours, for good.
func (s *Server) redirect(w http.ResponseWriter, to url.URL) {
	h := w.Header()
	h.Set("Location", s.basePath+to.String())
	h.Set("Cache-Control", "public, max-age=300")
	w.WriteHeader(http.StatusPermanentRedirect)
}

// link is the address of a path of ours: absolute where it is known under what
// name readers see us. The Host header is never believed.
func (s *Server) link(path string) string { return s.o.BaseURL + path }
