package web

import (
	"time"

	"afterglow/charts/i18n"
	"afterglow/retention"
)

// tableView is a result as a table for people: rounded, in their language.
type tableView struct {
	Head []string
	Rows []tableRow
	// Note explains marks that stand in cells; empty: there are none.
	Note string
}

type tableRow struct {
	Head  string
	User  bool // Head was written by a user
	Cells []string
}

// provisionalMark stands after a figure that may still change.
const provisionalMark = " *"

// tableOf is a result's table; nil for one that has none.
func tableOf(b base, result retention.Result) *tableView {
	t := &tableView{}
	switch r := result.(type) {
	case *retention.Curve:
		t.series(b, append(r.Groups[:len(r.Groups):len(r.Groups)], r.Series))
	case *retention.Marks:
		t.series(b, r.Groups)
	case *retention.Survival:
		t.survival(b, r)
	case *retention.Cohorts:
		t.cohorts(b, r)
	case *retention.Intensity:
		t.intensity(b, r)
	case *retention.Activity:
		t.activity(b, r)
	case *retention.Lifecycle:
		t.lifecycle(b, r)
	case *retention.Baseline:
		t.baseline(b, r)
	default:
		return nil
	}
	return t
}

func (t *tableView) row(head string, cells ...string) {
	t.Rows = append(t.Rows, tableRow{Head: head, Cells: cells})
}

// mark appends the mark of a provisional figure.
func (t *tableView) mark(b base, text string, s retention.Status) string {
	if s != retention.Provisional {
		return text
	}
	t.Note = b.T("web-table-provisional")
	return text + provisionalMark
}

// point is a figure with its interval and its people.
func (t *tableView) point(b base, p retention.Point) string {
	if !p.Status.Known() {
		return statusWord(b, p.Status)
	}
	return t.mark(b, b.T("chart-figure", i18n.Percent(p.Rate), i18n.Share(p.Low), i18n.Percent(p.High), i18n.Int(p.Retained), i18n.Int(p.AtRisk)), p.Status)
}

// when names a point's month, or the window of a preset.
func when(b base, p retention.Point) string {
	if p.Month != 0 {
		return b.T("web-mark", i18n.Int(p.Month))
	}
	const day = 86400
	if p.Window.To < 0 {
		return b.T("web-window-open", i18n.Decimal(float64(p.Window.From)/day))
	}
	return b.T("web-window", i18n.Decimal(float64(p.Window.From)/day), i18n.Decimal(float64(p.Window.To)/day))
}

func (t *tableView) series(b base, groups []retention.Series) {
	t.Head = []string{b.T("web-table-month")}
	for _, g := range groups {
		t.Head = append(t.Head, groupWord(b, g.Group))
	}
	if len(groups) == 0 {
		return
	}
	for i, p := range groups[0].Points {
		cells := make([]string, len(groups))
		for j, g := range groups {
			if i < len(g.Points) {
				cells[j] = t.point(b, g.Points[i])
			}
		}
		t.row(when(b, p), cells...)
	}
}

func (t *tableView) survival(b base, r *retention.Survival) {
	t.Head = []string{b.T("web-table-week"), b.T("web-table-survival"), b.T("web-table-at-risk"), b.T("web-table-ended"), b.T("web-table-censored")}
	for _, p := range r.Points {
		figure := b.loc.String(i18n.Percent(p.Survival))
		if p.HasInterval {
			figure = b.T("chart-rate", i18n.Percent(p.Survival), i18n.Share(p.Low), i18n.Percent(p.High))
		}
		t.row(b.number(p.Week), figure, b.number(p.AtRisk), b.number(p.Events), b.number(p.Censored))
	}
}

func (t *tableView) cohorts(b base, r *retention.Cohorts) {
	t.Head = []string{b.T("web-table-joined"), b.T("web-table-people")}
	for _, p := range r.Total.Points {
		t.Head = append(t.Head, b.number(p.Month))
	}
	add := func(head string, user bool, c retention.CohortRow) {
		cells := []string{b.number(c.People)}
		for _, p := range c.Points {
			cell := statusWord(b, p.Status)
			if p.Status.Known() {
				cell = t.mark(b, b.loc.String(i18n.Percent(p.Rate)), p.Status)
			}
			cells = append(cells, cell)
		}
		t.Rows = append(t.Rows, tableRow{Head: head, User: user, Cells: cells})
	}
	for _, c := range r.Rows {
		head := c.Title
		if head == "" {
			head = monthOf(b, c.Key)
		}
		add(head, c.Title != "", c)
	}
	add(b.T("chart-total"), false, r.Total)
}

// monthOf is "2025-01" in words.
func monthOf(b base, key string) string {
	t, err := time.Parse("2006-01", key)
	if err != nil {
		return key
	}
	return b.loc.String(i18n.Month(t))
}

func (t *tableView) intensity(b base, r *retention.Intensity) {
	t.Head = []string{b.T("web-table-month"), b.T("web-table-at-risk"), b.T("web-bin-none"),
		b.T("chart-edits-range", i18n.Int(1), i18n.Int(4)), b.T("chart-edits-range", i18n.Int(5), i18n.Int(99)), b.T("chart-edits-from", i18n.Int(100))}
	for _, p := range r.Points {
		cells := []string{b.number(p.AtRisk)}
		for i, share := range p.Shares {
			cell := statusWord(b, p.Status)
			if p.Status.Known() {
				cell = t.mark(b, b.T("web-share", i18n.Percent(share), i18n.Int(p.Counts[i])), p.Status)
			}
			cells = append(cells, cell)
		}
		t.row(b.T("web-mark", i18n.Int(p.Month)), cells...)
	}
}

// periodWord names a period of activity and lifecycle.
func periodWord(b base, p retention.Period) string {
	switch p.Phase {
	case "before":
		return b.T("chart-period-before", i18n.Int(-p.Number))
	case "after":
		return b.T("chart-period-after", i18n.Int(p.Number))
	}
	return b.T("chart-period-during")
}

func (t *tableView) activity(b base, r *retention.Activity) {
	t.Head = []string{b.T("web-table-period"), b.T("web-table-active")}
	for _, p := range r.Points {
		cell := statusWord(b, p.Status)
		if p.Status.Known() {
			cell = t.mark(b, b.T("chart-figure", i18n.Percent(p.Rate), i18n.Share(p.Low), i18n.Percent(p.High), i18n.Int(p.Active), i18n.Int(p.AtRisk)), p.Status)
		}
		t.row(periodWord(b, p.Period), cell)
	}
}

func (t *tableView) lifecycle(b base, r *retention.Lifecycle) {
	t.Head = []string{b.T("web-table-period"), b.T("web-table-at-risk"), b.T("chart-new"), b.T("chart-continuing"), b.T("chart-returning"), b.T("chart-lapsed")}
	for _, p := range r.Points {
		cells := []string{b.number(p.AtRisk)}
		for _, n := range []int{p.New, p.Continuing, p.Returning, p.Lapsed} {
			cell := statusWord(b, p.Status)
			if p.Status.Known() {
				cell = t.mark(b, b.number(n), p.Status)
			}
			cells = append(cells, cell)
		}
		t.row(periodWord(b, p.Period), cells...)
	}
}

func (t *tableView) baseline(b base, r *retention.Baseline) {
	t.Head = []string{b.T("web-table-month"), b.T("chart-participants"), b.T("chart-control"), b.T("chart-difference")}
	for i, d := range r.Differences {
		if i >= len(r.Participants.Points) || i >= len(r.Control.Points) {
			break
		}
		difference := statusWord(b, d.Status)
		if d.Status.Known() {
			difference = t.mark(b, b.T("chart-difference-points", i18n.Points(d.Value), i18n.Points(d.Low), i18n.Points(d.High)), d.Status)
		}
		t.row(b.T("web-mark", i18n.Int(d.Month)), t.point(b, r.Participants.Points[i]), t.point(b, r.Control.Points[i]), difference)
	}
}

// number is a whole number in the page's digits.
func (b base) number(n int) string { return b.loc.String(i18n.Int(n)) }
