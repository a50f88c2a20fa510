package charts

import (
	"fmt"

	"afterglow/charts/i18n"
	"afterglow/retention"
)

// tableOf lays a result out in columns.
func tableOf(r retention.Result) (*table, error) {
	t := &table{kind: "line", find: func(lang string) string { return Finding(r, lang) }, y: plain("%")}
	switch r := r.(type) {
	case *retention.Curve:
		t.head(&r.Head, "chart-kind-retention")
		t.curve(r)
	case *retention.RollUp:
		t.head(&r.Head, "chart-kind-retention")
		t.title = say("chart-kind-rollup", i18n.Int(len(r.Campaigns)))
		t.curve(&r.Curve)
	case *retention.Marks:
		t.head(&r.Head, "chart-kind-marks")
		t.kind = "bar"
		t.x = say(monthsAfter(r.Definition.Anchor))
		t.groups(r.Groups)
	case *retention.Survival:
		t.head(&r.Head, "chart-kind-survival")
		t.survival(r)
	case *retention.Cohorts:
		t.head(&r.Head, "chart-kind-cohorts")
		t.x = say(monthsAfter(r.Definition.Anchor))
		t.cohortRows(r.Rows)
	case *retention.Intensity:
		t.head(&r.Head, "chart-kind-intensity")
		t.intensity(r)
	case *retention.Activity:
		t.head(&r.Head, "chart-kind-activity")
		t.activity(r)
	case *retention.Lifecycle:
		t.head(&r.Head, "chart-kind-lifecycle")
		t.lifecycle(r)
	case *retention.Baseline:
		t.head(&r.Head, "chart-kind-baseline")
		t.kind = "bar"
		t.x = say(monthsAfter(r.Definition.Anchor))
		t.series([]seriesColumn{
			{"participants", say("chart-participants"), r.Participants.Points},
			{"similar_accounts", say("chart-control"), r.Control.Points},
		})
	case *retention.Comparison:
		t.comparison(r)
	default:
		return nil, fmt.Errorf("a table of %T: %w", r, ErrNoChart)
	}
	return t, nil
}

func (t *table) head(h *retention.Head, kind string) {
	t.source = &h.Campaign.Source
	t.title = plain(h.Campaign.Title).join(": ", say(kind))
}

// seriesColumn is a series under a name.
type seriesColumn struct {
	name   string
	title  localized
	points []retention.Point
}

func (t *table) curve(c *retention.Curve) {
	t.x = say(monthsAfter(c.Definition.Anchor))
	if len(c.Groups) == 0 {
		t.groups([]retention.Series{c.Series})
		return
	}
	t.groups(c.Groups)
}

func (t *table) groups(groups []retention.Series) {
	columns := make([]seriesColumn, len(groups))
	for i, g := range groups {
		columns[i] = seriesColumn{columnName(g.Group), say(groupName(g.Group)), g.Points}
	}
	t.series(columns)
}

func columnName(g retention.Group) string {
	switch g {
	case retention.Newcomers:
		return "newcomers"
	case retention.Experienced:
		return "experienced"
	case retention.FirstTime:
		return "first_time"
	case retention.Repeat:
		return "repeat"
	}
	return "all_participants"
}

// series adds a row a month, and for each series its rate and the bounds of its
// interval: a chart of the wiki has no bands, so they are lines of their own.
func (t *table) series(columns []seriesColumn) {
	t.field("month", t.x)
	months := 0
	preset := false
	for _, c := range columns {
		t.field(c.name, c.title)
		t.field(c.name+"_low", c.title.join(", ", plain("2.5%")))
		t.field(c.name+"_high", c.title.join(", ", plain("97.5%")))
		for i := range c.points {
			months = max(months, min(c.points[i].Month, maxMonths))
			preset = preset || c.points[i].Month == 0
		}
	}
	for m := 1; m <= months || preset && m == 1; m++ {
		month := m
		if preset {
			month = 0
		}
		row := []cell{integer(month)}
		some := false
		for _, c := range columns {
			var p *retention.Point
			for i := range c.points {
				if c.points[i].Month == month {
					p = &c.points[i]
				}
			}
			some = some || p != nil
			if p == nil {
				p = &retention.Point{}
			}
			known := p.Status.Known()
			row = append(row, percent(p.Rate, known), percent(p.Low, known), percent(p.High, known))
		}
		if some {
			t.rows = append(t.rows, row)
		}
	}
}

func (t *table) survival(v *retention.Survival) {
	t.x = say(weeksAfter(v.Definition.Anchor))
	name := say(groupName(v.Group))
	t.field("week", t.x)
	t.field("survival", name)
	t.field("survival_low", name.join(", ", plain("2.5%")))
	t.field("survival_high", name.join(", ", plain("97.5%")))
	k := newSteps(v)
	for i := range k.points {
		p := &k.points[i]
		t.rows = append(t.rows, []cell{integer(p.week), percent(p.r.value, true), percent(p.r.low, p.r.interval), percent(p.r.high, p.r.interval)})
	}
}

// cohortRows turns the heatmap round: a line for each of its rows.
func (t *table) cohortRows(rows []retention.CohortRow) {
	const most = 24
	t.field("month", t.x)
	months, first := 0, 1
	rows = rows[:min(len(rows), most)]
	for i := range rows {
		title := rows[i].Title
		if title == "" {
			title = rows[i].Key
		}
		t.field(fmt.Sprintf("row_%d", i+1), plain(bounded(title)))
		for j := range rows[i].Points {
			months = max(months, min(rows[i].Points[j].Month, maxMonths))
			if rows[i].Points[j].Month == 0 { // a preset's one figure
				first = 0
			}
		}
	}
	for m := first; m <= months; m++ {
		row := make([]cell, len(rows)+1)
		row[0] = integer(m)
		for i := range rows {
			for j := range rows[i].Points {
				if p := &rows[i].Points[j]; p.Month == m {
					row[i+1] = percent(p.Rate, p.Status.Known())
				}
			}
		}
		t.rows = append(t.rows, row)
	}
}

func (t *table) intensity(v *retention.Intensity) {
	t.kind = "area"
	t.x = say(monthsAfter(v.Definition.Anchor))
	t.field("month", t.x)
	t.field("edits_1_to_4", say("chart-edits-range", i18n.Int(1), i18n.Int(4)))
	t.field("edits_5_to_99", say("chart-edits-range", i18n.Int(5), i18n.Int(99)))
	t.field("edits_100_or_more", say("chart-edits-from", i18n.Int(100)))
	for i := range v.Points {
		p := &v.Points[i]
		row := []cell{integer(p.Month)}
		for b := 1; b < retention.IntensityBins; b++ {
			row = append(row, percent(p.Shares[b], p.Status.Known()))
		}
		t.rows = append(t.rows, row)
	}
}

// periodCell is a period's name: "−6" … "−1", "0", "1" … "12" by number would
// sort the campaign itself between them, so it is text.
func periodCell(p *retention.Period) cell {
	if p.Phase == "during" {
		return cell{text: "0"}
	}
	return cell{text: itoa(p.Number)}
}

func (t *table) activity(v *retention.Activity) {
	t.x = say("chart-axis-activity")
	t.textField("period", t.x)
	name := say(groupName(v.Group))
	t.field("active", name)
	t.field("active_low", name.join(", ", plain("2.5%")))
	t.field("active_high", name.join(", ", plain("97.5%")))
	for i := range v.Points {
		p := &v.Points[i]
		known := p.Status.Known()
		t.rows = append(t.rows, []cell{periodCell(&p.Period), percent(p.Rate, known), percent(p.Low, known), percent(p.High, known)})
	}
}

func (t *table) lifecycle(v *retention.Lifecycle) {
	t.kind = "bar"
	t.x, t.y = say("chart-axis-activity"), say("chart-axis-people")
	t.textField("period", t.x)
	t.field("new", say("chart-new"))
	t.field("continuing", say("chart-continuing"))
	t.field("returning", say("chart-returning"))
	t.field("lapsed", say("chart-lapsed"))
	for i := range v.Points {
		p := &v.Points[i]
		row := []cell{periodCell(&p.Period), {}, {}, {}, {}}
		if p.Status.Known() {
			row = []cell{periodCell(&p.Period), integer(count(p.New)), integer(count(p.Continuing)), integer(count(p.Returning)), integer(-count(p.Lapsed))}
		}
		t.rows = append(t.rows, row)
	}
}

// comparison has a column for each campaign, without bounds: with them a chart
// of twelve campaigns would have 36 lines.
func (t *table) comparison(v *retention.Comparison) {
	n := max(len(v.Curves), len(v.Survivals), len(v.Rows))
	t.title = say("chart-kind-comparison", i18n.Int(n))
	one, english := oneCampaign(v), i18n.For("en")
	if v.Measure != retention.MeasureSurvival {
		t.x = say(monthsAfter(v.Definition.Anchor))
		rows := v.Rows
		if v.Measure != retention.MeasureCohorts {
			rows = nil
			for _, c := range v.Curves {
				if c != nil && len(rows) < maxCampaigns {
					title := c.Campaign.Title
					if one {
						title = english.Message(groupName(c.Group))
					}
					rows = append(rows, retention.CohortRow{Key: c.Campaign.ID, Title: title, Points: c.Points})
				}
			}
		}
		t.cohortRows(rows)
		return
	}
	t.x = say(weeksAfter(v.Definition.Anchor))
	t.field("week", t.x)
	var all []steps
	last := 0
	for _, c := range v.Survivals {
		if c == nil || len(all) == maxCampaigns {
			continue
		}
		k := newSteps(c)
		all = append(all, k)
		last = max(last, k.last)
		title := plain(bounded(c.Campaign.Title))
		if one {
			title = say(groupName(c.Group))
		}
		t.field(fmt.Sprintf("row_%d", len(all)), title)
	}
	for w := 0; w <= last; w++ {
		row := make([]cell, len(all)+1)
		row[0] = integer(w)
		for i := range all {
			if value, ok := all[i].at(w); ok {
				row[i+1] = percent(value, true)
			}
		}
		t.rows = append(t.rows, row)
	}
}

// at returns the curve's height in a week, and false outside its weeks.
func (k *steps) at(week int) (float64, bool) {
	if len(k.points) == 0 || week > k.last {
		return 0, false
	}
	value := 1.0
	for i := range k.points {
		if k.points[i].week > week {
			break
		}
		value = k.points[i].r.value
	}
	return value, true
}
