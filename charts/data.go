package charts

import (
	"time"

	"afterglow/charts/i18n"
	"afterglow/retention"
)

// DataTable is a result as a table for people: rounded, in their language.
type DataTable struct {
	Head []string
	Rows []DataRow
	// Note explains marks that stand in cells; empty: there are none.
	Note string
}

// DataRow is one row: its head, and a cell for each other column.
type DataRow struct {
	Head  string
	User  bool // Head was written by a user
	Cells []string
}

// provisionalMark stands after a figure that may still change.
const provisionalMark = " *"

// Data returns a result as a table to stand beside its chart, in the language
// that is shown for lang; nil for a result that has none. CSV and programs have
// Result.Table instead.
func Data(r retention.Result, lang string) *DataTable {
	l := i18n.For(lang)
	t := &DataTable{}
	switch r := r.(type) {
	case *retention.Curve:
		t.series(l, allSeries(r))
	case *retention.RollUp:
		t.series(l, allSeries(&r.Curve))
	case *retention.Marks:
		t.series(l, r.Groups)
	case *retention.Survival:
		t.survival(l, r)
	case *retention.Cohorts:
		t.cohorts(l, r.Rows, &r.Total)
	case *retention.Intensity:
		t.intensity(l, r)
	case *retention.Activity:
		t.activity(l, r)
	case *retention.Lifecycle:
		t.lifecycle(l, r)
	case *retention.Baseline:
		t.baseline(l, r)
	case *retention.Comparison:
		t.comparison(l, r)
	default:
		return nil
	}
	return t
}

// comparison has a row a campaign: its rates by month, or its median.
func (t *DataTable) comparison(l *i18n.Locale, r *retention.Comparison) {
	if len(r.Rows) > 0 {
		t.cohorts(l, r.Rows, nil)
		return
	}
	t.Head = []string{l.Message("chart-campaign"), l.Message("chart-table-people"), l.Message("chart-median") + " (" + l.Message("chart-table-week") + ")"}
	for _, s := range r.Survivals {
		median := StatusText(l, s.Status)
		if m := s.Median.Weeks; s.Status.Known() && m != nil {
			median = l.String(i18n.Decimal(*m))
		}
		t.Rows = append(t.Rows, DataRow{Head: s.Campaign.Title, User: true, Cells: []string{wholeNumber(l, s.People), median}})
	}
}

func (t *DataTable) row(head string, cells ...string) {
	t.Rows = append(t.Rows, DataRow{Head: head, Cells: cells})
}

// mark appends the mark of a provisional figure.
func (t *DataTable) mark(l *i18n.Locale, text string, s retention.Status) string {
	if s != retention.Provisional {
		return text
	}
	t.Note = l.Message("chart-table-provisional")
	return text + provisionalMark
}

// point is a figure with its interval and its people.
func (t *DataTable) point(l *i18n.Locale, p retention.Point) string {
	if !p.Status.Known() {
		return StatusText(l, p.Status)
	}
	return t.mark(l, l.Message("chart-figure", i18n.Percent(p.Rate), i18n.Share(p.Low), i18n.Percent(p.High), i18n.Int(p.Retained), i18n.Int(p.AtRisk)), p.Status)
}

// whenText names a point's month, or the window of a preset.
func whenText(l *i18n.Locale, p retention.Point) string {
	if p.Month != 0 {
		return l.Message("chart-month", i18n.Int(p.Month))
	}
	const day = 86400
	if p.Window.To < 0 {
		return l.Message("chart-table-window-open", i18n.Decimal(float64(p.Window.From)/day))
	}
	return l.Message("chart-table-window", i18n.Decimal(float64(p.Window.From)/day), i18n.Decimal(float64(p.Window.To)/day))
}

func (t *DataTable) series(l *i18n.Locale, groups []retention.Series) {
	t.Head = []string{l.Message("chart-table-month")}
	for _, g := range groups {
		t.Head = append(t.Head, GroupText(l, g.Group))
	}
	if len(groups) == 0 {
		return
	}
	for i, p := range groups[0].Points {
		cells := make([]string, len(groups))
		for j, g := range groups {
			if i < len(g.Points) {
				cells[j] = t.point(l, g.Points[i])
			}
		}
		t.row(whenText(l, p), cells...)
	}
}

func (t *DataTable) survival(l *i18n.Locale, r *retention.Survival) {
	t.Head = []string{l.Message("chart-table-week"), l.Message("chart-table-survival"), l.Message("chart-table-at-risk"), l.Message("chart-table-ended"), l.Message("chart-table-censored")}
	for _, p := range r.Points {
		figure := l.String(i18n.Percent(p.Survival))
		if p.HasInterval {
			figure = l.Message("chart-rate", i18n.Percent(p.Survival), i18n.Share(p.Low), i18n.Percent(p.High))
		}
		t.row(wholeNumber(l, p.Week), figure, wholeNumber(l, p.AtRisk), wholeNumber(l, p.Events), wholeNumber(l, p.Censored))
	}
}

func (t *DataTable) cohorts(l *i18n.Locale, rows []retention.CohortRow, total *retention.CohortRow) {
	t.Head = []string{l.Message("chart-table-joined"), l.Message("chart-table-people")}
	for _, p := range rowPoints(rows, total) {
		t.Head = append(t.Head, wholeNumber(l, p.Month))
	}
	add := func(head string, user bool, c retention.CohortRow) {
		cells := []string{wholeNumber(l, c.People)}
		for _, p := range c.Points {
			cell := StatusText(l, p.Status)
			if p.Status.Known() {
				cell = t.mark(l, l.String(i18n.Percent(p.Rate)), p.Status)
			}
			cells = append(cells, cell)
		}
		t.Rows = append(t.Rows, DataRow{Head: head, User: user, Cells: cells})
	}
	for _, c := range rows {
		head := c.Title
		if head == "" {
			head = joinMonth(l, c.Key)
		}
		add(head, c.Title != "", c)
	}
	if total != nil {
		add(l.Message("chart-total"), false, *total)
	}
}

// joinMonth is "2025-01" in words.
func joinMonth(l *i18n.Locale, key string) string {
	t, err := time.Parse("2006-01", key)
	if err != nil {
		return key
	}
	return l.String(i18n.Month(t))
}

func (t *DataTable) intensity(l *i18n.Locale, r *retention.Intensity) {
	t.Head = []string{l.Message("chart-table-month"), l.Message("chart-table-at-risk"), l.Message("chart-table-no-edits"),
		l.Message("chart-edits-range", i18n.Int(1), i18n.Int(4)), l.Message("chart-edits-range", i18n.Int(5), i18n.Int(99)), l.Message("chart-edits-from", i18n.Int(100))}
	for _, p := range r.Points {
		cells := []string{wholeNumber(l, p.AtRisk)}
		for i, share := range p.Shares {
			cell := StatusText(l, p.Status)
			if p.Status.Known() {
				cell = t.mark(l, l.Message("chart-table-share", i18n.Percent(share), i18n.Int(p.Counts[i])), p.Status)
			}
			cells = append(cells, cell)
		}
		t.row(l.Message("chart-month", i18n.Int(p.Month)), cells...)
	}
}

func (t *DataTable) activity(l *i18n.Locale, r *retention.Activity) {
	t.Head = []string{l.Message("chart-table-period"), l.Message("chart-table-active")}
	for _, p := range r.Points {
		cell := StatusText(l, p.Status)
		if p.Status.Known() {
			cell = t.mark(l, l.Message("chart-figure", i18n.Percent(p.Rate), i18n.Share(p.Low), i18n.Percent(p.High), i18n.Int(p.Active), i18n.Int(p.AtRisk)), p.Status)
		}
		t.row(periodText(l, &p.Period), cell)
	}
}

func (t *DataTable) lifecycle(l *i18n.Locale, r *retention.Lifecycle) {
	t.Head = []string{l.Message("chart-table-period"), l.Message("chart-table-at-risk"), l.Message("chart-new"), l.Message("chart-continuing"), l.Message("chart-returning"), l.Message("chart-lapsed")}
	for _, p := range r.Points {
		cells := []string{wholeNumber(l, p.AtRisk)}
		for _, n := range []int{p.New, p.Continuing, p.Returning, p.Lapsed} {
			cell := StatusText(l, p.Status)
			if p.Status.Known() {
				cell = t.mark(l, wholeNumber(l, n), p.Status)
			}
			cells = append(cells, cell)
		}
		t.row(periodText(l, &p.Period), cells...)
	}
}

func (t *DataTable) baseline(l *i18n.Locale, r *retention.Baseline) {
	t.Head = []string{l.Message("chart-table-month"), l.Message("chart-participants"), l.Message("chart-control"), l.Message("chart-difference")}
	for i, d := range r.Differences {
		if i >= len(r.Participants.Points) || i >= len(r.Control.Points) {
			break
		}
		difference := StatusText(l, d.Status)
		if d.Status.Known() {
			difference = t.mark(l, l.Message("chart-difference-points", i18n.Points(d.Value), i18n.Points(d.Low), i18n.Points(d.High)), d.Status)
		}
		t.row(l.Message("chart-month", i18n.Int(d.Month)), t.point(l, r.Participants.Points[i]), t.point(l, r.Control.Points[i]), difference)
	}
}

// rowPoints is the months of a heatmap.
func rowPoints(rows []retention.CohortRow, total *retention.CohortRow) []retention.Point {
	switch {
	case total != nil:
		return total.Points
	case len(rows) > 0:
		return rows[0].Points
	}
	return nil
}

func wholeNumber(l *i18n.Locale, n int) string { return l.String(i18n.Int(n)) }
