package charts

import (
	"math"

	"afterglow/charts/i18n"
	"afterglow/retention"
)

// appendFinding appends the finding of a result: one sentence with its interval
// and its denominator, or why there is none.
func appendFinding(dst []byte, loc *i18n.Locale, r retention.Result) []byte {
	switch r := r.(type) {
	case *retention.Curve:
		return curveFinding(dst, loc, &r.Head, allSeries(r))
	case *retention.RollUp:
		return curveFinding(dst, loc, &r.Head, allSeries(&r.Curve))
	case *retention.Marks:
		return curveFinding(dst, loc, &r.Head, r.Groups)
	case *retention.Survival:
		return survivalFinding(dst, loc, r)
	case *retention.Cohorts:
		return curveFinding(dst, loc, &r.Head, []retention.Series{{Group: r.Definition.Group, People: r.Total.People, Points: r.Total.Points}})
	case *retention.Intensity:
		return intensityFinding(dst, loc, r)
	case *retention.Activity:
		return activityFinding(dst, loc, r)
	case *retention.Lifecycle:
		return lifecycleFinding(dst, loc, r)
	case *retention.Baseline:
		return baselineFinding(dst, loc, r)
	case *retention.Comparison:
		return comparisonFinding(dst, loc, r)
	}
	return dst
}

// allSeries is a curve's groups and, last, all its people.
func allSeries(c *retention.Curve) []retention.Series {
	return append(c.Groups[:len(c.Groups):len(c.Groups)], c.Series)
}

// curveFinding speaks of the first group that has a figure (newcomers come
// first): month 3 where it is known, else the last mark before it, else the
// last month known.
func curveFinding(dst []byte, loc *i18n.Locale, h *retention.Head, groups []retention.Series) []byte {
	for _, g := range groups {
		if p := speaking(g.Points); p != nil {
			return pointFinding(dst, loc, &h.Definition, g.Group, p)
		}
	}
	return noFinding(dst, loc, h, groups)
}

func speaking(points []retention.Point) *retention.Point {
	var best *retention.Point
	for i := range points {
		p := &points[i]
		if _, ok := usable(p.Rate, p.Low, p.High); !ok || !p.Status.Known() {
			continue
		}
		switch {
		case p.Month == 3:
			return p
		case best == nil, p.Month == 1:
			best = p
		case best.Month != 1:
			best = p
		}
	}
	return best
}

func pointFinding(dst []byte, loc *i18n.Locale, d *retention.Definition, g retention.Group, p *retention.Point) []byte {
	r, _ := usable(p.Rate, p.Low, p.High)
	if !r.interval {
		r.low, r.high = r.value, r.value
	}
	of := people(loc, g, p.AtRisk)
	value, low, high := i18n.Percent(r.value), i18n.Percent(r.low), i18n.Percent(r.high)
	if p.Month == 0 {
		return loc.Append(dst, "chart-finding-preset", value, of, i18n.Text(string(d.Preset)), low, high)
	}
	key := "chart-finding-bracket"
	switch d.Mode {
	case retention.Unbounded:
		key = "chart-finding-unbounded"
	case retention.Cumulative:
		key = "chart-finding-cumulative"
	}
	return loc.Append(dst, key, value, of, i18n.Int(p.Month), low, high, i18n.Int(d.Threshold))
}

// noFinding says why there is no figure.
func noFinding(dst []byte, loc *i18n.Locale, h *retention.Head, groups []retention.Series) []byte {
	status := retention.Empty
	for _, g := range groups {
		for i := range g.Points {
			status = reason(status, g.Points[i].Status)
		}
	}
	return statusFinding(dst, loc, h, status)
}

// reason is why there is no figure, of two points: suppressed goes before open,
// and open before empty.
func reason(of, or retention.Status) retention.Status {
	if or == retention.Suppressed || or == retention.Open && of != retention.Suppressed {
		return or
	}
	return of
}

// statusFinding says why there is no figure.
func statusFinding(dst []byte, loc *i18n.Locale, h *retention.Head, status retention.Status) []byte {
	switch {
	case h.Coverage.Participants == 0:
		return loc.Append(dst, "chart-empty")
	case status == retention.Suppressed:
		return loc.Append(dst, "chart-finding-suppressed")
	case status == retention.Open:
		return loc.Append(dst, "chart-finding-open")
	}
	return loc.Append(dst, "chart-empty-group")
}

// groupOf returns the message that names so many people of a group, as it
// stands after "of".
func groupOf(g retention.Group) string {
	switch g {
	case retention.Newcomers:
		return "chart-of-newcomers"
	case retention.Experienced:
		return "chart-of-experienced"
	case retention.FirstTime:
		return "chart-of-first-time"
	case retention.Repeat:
		return "chart-of-repeat"
	}
	return "chart-of-participants"
}

func people(loc *i18n.Locale, g retention.Group, n int) i18n.Arg {
	return i18n.Text(string(loc.Append(nil, groupOf(g), i18n.Int(n))))
}

func survivalFinding(dst []byte, loc *i18n.Locale, v *retention.Survival) []byte {
	if !v.Status.Known() || len(v.Points) == 0 {
		return statusFinding(dst, loc, &v.Head, v.Status)
	}
	of := people(loc, v.Group, v.People)
	m := v.Median
	if m.Weeks != nil && finite(*m.Weeks) {
		// Most left in the first week: "within 0 weeks" would say nothing, the
		// share that outlasted the week does.
		if first := v.Points[0]; *m.Weeks < 1 && first.Week == 0 && first.HasInterval {
			if r, ok := usable(first.Survival, first.Low, first.High); ok && r.interval {
				return loc.Append(dst, "chart-finding-still", i18n.Percent(r.value), of, i18n.Int(1), i18n.Percent(r.low), i18n.Percent(r.high))
			}
		}
		switch {
		case m.Low != nil && m.High != nil && finite(*m.Low) && finite(*m.High):
			return loc.Append(dst, "chart-finding-median", of, i18n.Decimal(*m.Weeks), i18n.Decimal(*m.Low), i18n.Decimal(*m.High))
		case m.Low != nil && finite(*m.Low):
			return loc.Append(dst, "chart-finding-median-low", of, i18n.Decimal(*m.Weeks), i18n.Decimal(*m.Low))
		}
		return loc.Append(dst, "chart-finding-median-alone", of, i18n.Decimal(*m.Weeks))
	}
	last := v.Points[len(v.Points)-1]
	r, ok := usable(last.Survival, last.Low, last.High)
	if !ok {
		return loc.Append(dst, "chart-finding-suppressed")
	}
	if !last.HasInterval || !r.interval {
		return loc.Append(dst, "chart-finding-still-alone", i18n.Percent(r.value), of, i18n.Int(last.Week))
	}
	return loc.Append(dst, "chart-finding-still", i18n.Percent(r.value), of, i18n.Int(last.Week), i18n.Percent(r.low), i18n.Percent(r.high))
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

func baselineFinding(dst []byte, loc *i18n.Locale, v *retention.Baseline) []byte {
	var best *retention.Difference
	for i := range v.Differences {
		d := &v.Differences[i]
		if d.Status.Known() && finite(d.Value) && (best == nil || d.Month <= 3) {
			best = d
		}
	}
	if best != nil {
		a, b := pointAt(v.Participants.Points, best.Month), pointAt(v.Control.Points, best.Month)
		if a != nil && b != nil {
			return loc.Append(dst, "chart-finding-baseline", i18n.Percent(a.Rate), people(loc, retention.Newcomers, a.AtRisk),
				i18n.Percent(b.Rate), i18n.Int(b.AtRisk), i18n.Int(best.Month), i18n.Points(best.Value), i18n.Points(best.Low), i18n.Points(best.High))
		}
	}
	return noFinding(dst, loc, &v.Head, []retention.Series{v.Participants, v.Control})
}

func pointAt(points []retention.Point, month int) *retention.Point {
	for i := range points {
		if points[i].Month == month && points[i].Status.Known() {
			return &points[i]
		}
	}
	return nil
}

// comparisonFinding names the lowest and the highest of the campaigns, in the
// last month that at least two of them know, with both intervals.
func comparisonFinding(dst []byte, loc *i18n.Locale, v *retention.Comparison) []byte {
	if v.Measure == retention.MeasureSurvival {
		return survivalComparison(dst, loc, v)
	}
	one := oneCampaign(v)
	for _, month := range [6]int{3, 1, 6, 12, 2, 0} { // 0: a preset's one figure
		var low, high *figure
		known := 0
		for _, c := range v.Curves {
			if c == nil {
				continue
			}
			if p := pointAt(c.Points, month); p != nil {
				if r, ok := usable(p.Rate, p.Low, p.High); ok && r.interval {
					known++
					f := &figure{sideArg(loc, one, &c.Campaign, c.Group), r}
					if low == nil || r.value < low.value {
						low = f
					}
					if high == nil || r.value > high.value {
						high = f
					}
				}
			}
		}
		if known >= 2 && month == 0 {
			return loc.Append(dst, "chart-finding-comparison-preset", i18n.Text(string(v.Definition.Preset)), i18n.Percent(low.value), low.name,
				i18n.Share(low.low), i18n.Percent(low.high), i18n.Percent(high.value), high.name, i18n.Share(high.low), i18n.Percent(high.high))
		}
		if known >= 2 {
			return loc.Append(dst, "chart-finding-comparison", i18n.Int(month), i18n.Percent(low.value), low.name,
				i18n.Share(low.low), i18n.Percent(low.high), i18n.Percent(high.value), high.name, i18n.Share(high.low), i18n.Percent(high.high))
		}
	}
	return loc.Append(dst, "chart-finding-comparison-none")
}

// figure is the rate of a side of a comparison.
type figure struct {
	name i18n.Arg
	rate
}

// oneCampaign reports whether a comparison is of groups of one campaign.
func oneCampaign(v *retention.Comparison) bool {
	id, sides := "", 0
	same := func(next string) bool {
		sides++
		if sides == 1 {
			id = next
		}
		return next == id
	}
	for _, c := range v.Curves {
		if c != nil && !same(c.Campaign.ID) {
			return false
		}
	}
	for _, c := range v.Survivals {
		if c != nil && !same(c.Campaign.ID) {
			return false
		}
	}
	return sides > 1 && id != ""
}

// sideArg names a side of a comparison: by its campaign, or by its group where
// the campaign is the same.
func sideArg(loc *i18n.Locale, one bool, c *retention.Campaign, g retention.Group) i18n.Arg {
	if one {
		return i18n.Text(loc.Message(groupName(g)))
	}
	return i18n.User(bounded(c.Title))
}

// survivalComparison names the lowest and the highest share still editing, in
// the last week that every campaign is observed in.
func survivalComparison(dst []byte, loc *i18n.Locale, v *retention.Comparison) []byte {
	week := -1
	for _, c := range v.Survivals {
		if c == nil || !c.Status.Known() || len(c.Points) == 0 {
			continue
		}
		if last := c.Points[len(c.Points)-1].Week; week < 0 || last < week {
			week = last
		}
	}
	var low, high *figure
	known, one := 0, oneCampaign(v)
	for _, c := range v.Survivals {
		if c == nil || !c.Status.Known() {
			continue
		}
		for i := len(c.Points) - 1; i >= 0; i-- {
			p := &c.Points[i]
			if p.Week > week {
				continue
			}
			if r, ok := usable(p.Survival, p.Low, p.High); ok && r.interval && p.HasInterval {
				known++
				f := &figure{sideArg(loc, one, &c.Campaign, c.Group), r}
				if low == nil || r.value < low.value {
					low = f
				}
				if high == nil || r.value > high.value {
					high = f
				}
			}
			break
		}
	}
	if known < 2 {
		return loc.Append(dst, "chart-finding-comparison-none")
	}
	return loc.Append(dst, "chart-finding-comparison-survival", i18n.Int(week), i18n.Percent(low.value), low.name,
		i18n.Share(low.low), i18n.Percent(low.high), i18n.Percent(high.value), high.name, i18n.Share(high.low), i18n.Percent(high.high))
}
