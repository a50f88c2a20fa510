package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"afterglow/charts"
	"afterglow/charts/i18n"
	"afterglow/retention"
	"afterglow/service/store"
)

// homeView is the list of campaigns.
type homeView struct {
	base
	Q       string
	Sorts   []option
	Rows    []homeRow
	Next    string // address of the next page
	Further bool   // this is not the first page
	All     string // address of the whole list
}

// option is a value of a select.
type option struct {
	Value, Label string
	Selected     bool
}

// homeRow is one campaign of the list.
type homeRow struct {
	ID, Title, Href, Dates string
	People                 string
	State                  string // in words; empty: ready
	Failed                 bool
	MadeUp                 bool
	Sparkline              string // address; empty: no figure is known
	Marks                  []homeMark
	Note                   string // instead of marks
}

// homeMark is one mark of a campaign, of all participants.
type homeMark struct{ Month, Rate, Detail string }

// homeBudget is how long the list waits for figures that are not in memory.
// Rows that miss it show their sparkline alone, and are likely there next time.
const homeBudget = 2 * time.Second

// home is the list of campaigns, searched and sorted.
func (s *Server) home(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "the list of campaigns", append(listParams(), "uselang"))
	if err != nil {
		return err
	}
	for name, v := range q.values { // a form sends its empty fields
		if v[0] == "" {
			q.values.Del(name)
		}
	}
	list, err := q.list()
	if err != nil {
		return err
	}
	b, err := s.base(r, q)
	if err != nil {
		return err
	}
	found, next, err := s.list(r.Context(), list)
	if err != nil {
		return err
	}
	v := homeView{base: b, Q: list.Q, Further: list.Cursor != ""}
	v.Title = b.T("web-home-title")
	for _, sort := range store.Sorts() {
		v.Sorts = append(v.Sorts, option{sort, b.T("web-sort-" + sort), sort == list.Sort})
	}
	if next != "" {
		values := copyValues(q.values)
		values.Set("cursor", next)
		v.Next = b.self(values)
	}
	v.All = b.Href("/")
	ctx, cancel := context.WithTimeout(r.Context(), homeBudget)
	defer cancel()
	for _, c := range found {
		row, err := s.homeRow(ctx, b, c)
		if err != nil {
			return err
		}
		v.MadeUp = v.MadeUp || row.MadeUp
		v.Rows = append(v.Rows, row)
	}
	return s.live(w, r, b, "home.html", v)
}

func (s *Server) homeRow(ctx context.Context, b base, c store.Campaign) (homeRow, error) {
	id := url.PathEscape(c.ID)
	row := homeRow{
		ID: c.ID, Title: c.Title, Href: b.Href("/campaigns/" + id), Dates: dates(b, c.Campaign), MadeUp: c.MadeUp, Failed: c.State == store.Failed,
	}
	if key := stateKey(c); key != "" {
		row.State = b.T(key)
	}
	switch c.State {
	case store.New, store.Measuring:
		row.Note = b.T("web-progress-unknown")
		if c.Total > 0 {
			row.Note = b.T("web-progress", i18n.Int(c.Read), i18n.Int(c.Total))
		}
		return row, nil
	case store.Failed:
		row.Note = b.T("web-row-failed")
		return row, nil
	}
	row.People = b.T("web-people", i18n.Int(c.Coverage.Participants))
	if c.Coverage.Measured == 0 {
		row.Note = b.T("web-row-empty")
		return row, nil
	}
	sparkline := b.Raw("/v1/campaigns/" + id + "/sparkline.svg?uselang=" + b.Lang())
	series, err := s.marks(ctx, c)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		row.Note, row.Sparkline = b.T("web-row-later"), sparkline
		return row, nil
	case err != nil:
		return row, err
	}
	for _, p := range series.Points {
		m := homeMark{Month: b.T("chart-month", i18n.Int(p.Month)), Rate: charts.StatusText(b.loc, p.Status)}
		if p.Status.Known() {
			m.Rate = b.loc.String(i18n.Percent(p.Rate))
			row.Sparkline = sparkline
			m.Detail = b.T("web-interval", i18n.Share(p.Low), i18n.Percent(p.High))
		}
		row.Marks = append(row.Marks, m)
	}
	return row, nil
}

// marks is the marks of all participants by the default definition. They are
// small, so they are remembered longer than the cohort.
func (s *Server) marks(ctx context.Context, c store.Campaign) (retention.Series, error) {
	key := s.tag("marks", c.ID, revision(c))
	if m, ok := s.markSeries.get(key); ok {
		return m, nil
	}
	result, err := s.figure(ctx, c, retention.MeasureMarks, retention.Default())
	if err != nil {
		return retention.Series{}, err
	}
	marks, ok := result.(*retention.Marks)
	if !ok || len(marks.Groups) == 0 {
		return retention.Series{}, errors.New("web: marks without groups")
	}
	all := marks.Groups[len(marks.Groups)-1]
	s.markSeries.put(key, all, 1)
	return all, nil
}

// mostMarkSeries bounds how many campaigns' marks are remembered.
const mostMarkSeries = 10_000

func copyValues(values url.Values) url.Values {
	out := url.Values{}
	for name, v := range values {
		out[name] = v
	}
	return out
}
