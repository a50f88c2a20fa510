package web

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"afterglow/charts/i18n"
	"afterglow/service/store"
)

// jobView is a reading under way, for a page that follows it.
type jobView struct {
	ID          string
	Events      string // address of its server-sent events
	Done, Total int
	Text        string // how far it is
}

// jobOf is the job that reads a campaign at the moment; the zero jobView where
// there is none. Of a campaign with figures only who has signed in is told: it
// is they who ask for refreshes.
func (s *Server) jobOf(ctx context.Context, b base, c store.Campaign) (jobView, error) {
	if s.o.Jobs == nil || c.State == store.Ready && !b.SignedIn() {
		return jobView{}, nil
	}
	j, err := s.o.Jobs.LatestJob(ctx, c.ID)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && j.State.Ended():
		return jobView{}, nil
	case err != nil:
		return jobView{}, fmt.Errorf("looking for a job: %w", err)
	}
	v := jobView{ID: j.ID, Events: b.Raw("/v1/jobs/" + url.PathEscape(j.ID) + "/events"), Done: j.Done, Total: j.Total}
	v.Text = b.T("web-progress-unknown")
	if j.Total > 0 {
		v.Done = min(j.Done, j.Total)
		v.Text = b.T("web-progress", i18n.Int(v.Done), i18n.Int(j.Total))
	}
	return v, nil
}

// toolsView is what somebody who has signed in can do with a campaign. The
// server checks again whether they may.
type toolsView struct{ Refresh, Participants, Delete string }

func newTools(b base, c store.Campaign) *toolsView {
	if !b.SignedIn() || !b.CanTrack() {
		return nil
	}
	id := "/campaigns/" + url.PathEscape(c.ID)
	return &toolsView{Refresh: b.Href("/v1" + id + "/refresh"), Participants: b.Href(id + "/participants"), Delete: b.Href(id + "/delete")}
}

// published is a mark at which a campaign's figures were kept as they were.
type published struct{ Mark, AsOf, Dates, Href string }

func (s *Server) published(ctx context.Context, b base, c store.Campaign) ([]published, error) {
	links, err := s.snapshotLinks(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	var out []published
	for _, l := range links {
		p := published{Mark: b.T("chart-month", i18n.Int(l.Mark)), AsOf: b.T("chart-foot-date", i18n.Date(l.AsOf)), Href: b.Raw(fmt.Sprintf("/v1/campaigns/%s/snapshots/%d.json", url.PathEscape(c.ID), l.Mark))}
		if !l.Start.Equal(c.Start) || !l.End.Equal(c.End) {
			former := c.Campaign
			former.Start, former.End = l.Start, l.End
			p.Dates = dates(b, former)
		}
		out = append(out, p)
	}
	return out, nil
}
