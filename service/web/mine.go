package web

import (
	"context"
	"errors"
	"net/http"

	"afterglow/charts/i18n"
	"afterglow/service/store"
)

// mostMine bounds the campaigns that a person's page lists.
const mostMine = 100

// mineView is the page of somebody who has signed in.
type mineView struct {
	base
	Rows    []homeRow
	Deleted string // id of a campaign that is gone now
	More    string // how many more there are, in words; empty: none
}

// mine lists the campaigns that a person had measured.
func (s *Server) mine(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "the page of your campaigns", []string{"deleted", "uselang"})
	if err != nil {
		return err
	}
	b, err := s.base(r, q)
	if err != nil {
		return err
	}
	p, err := s.signedIn(r)
	if err != nil {
		return err
	}
	if err := s.canTrack(); err != nil {
		return err
	}
	v := mineView{base: b, Deleted: q.values.Get("deleted")}
	if q.values.Has("deleted") && !idForm.MatchString(v.Deleted) {
		return refuse("deleted", v.Deleted, "a campaign's id")
	}
	v.Title = b.T("web-mine-title")
	ids, err := s.o.People.TrackedBy(r.Context(), p.Farm, p.Sub)
	if err != nil {
		return err
	}
	if len(ids) > mostMine {
		v.More = b.T("web-mine-more", i18n.Int(len(ids)-mostMine))
		ids = ids[:mostMine]
	}
	ctx, cancel := context.WithTimeout(r.Context(), homeBudget)
	defer cancel()
	for _, id := range ids {
		c, err := s.source.campaign(r.Context(), id)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted since
		}
		if err != nil {
			return err
		}
		row, err := s.homeRow(ctx, b, c)
		if err != nil {
			return err
		}
		v.MadeUp = v.MadeUp || row.MadeUp
		v.Rows = append(v.Rows, row)
	}
	return s.live(w, r, b, "mine.html", v)
}
