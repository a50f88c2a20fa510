package charts

import (
	"math"

	chart "github.com/wcharczuk/go-chart/v2"

	"afterglow/charts/i18n"
	"afterglow/retention"
)

// maxWeeks bounds a survival curve: forty years.
const maxWeeks = 2080

// steps is a survival curve, ready to be drawn.
type steps struct {
	label, sub string
	style      class
	points     []step
	people     int
	band       bool
	last       int // week of the last point
}

type step struct {
	week                     int
	r                        rate
	atRisk, events, censored int
}

// newSteps reads a survival result. Points that are out of order or not
// numbers are left out.
func newSteps(v *retention.Survival) steps {
	k := steps{band: true}
	if !v.Status.Known() {
		return k
	}
	k.points = make([]step, 0, len(v.Points))
	before := -1
	for i := range v.Points {
		p := &v.Points[i]
		if p.Week <= before || p.Week > maxWeeks {
			continue
		}
		r, ok := usable(p.Survival, p.Low, p.High)
		if !ok {
			continue
		}
		r.interval = r.interval && p.HasInterval
		before = p.Week
		k.points = append(k.points, step{p.Week, r, p.AtRisk, p.Events, p.Censored})
		k.last = p.Week
	}
	return k
}

// survival draws a Kaplan–Meier curve: steps, their interval, ticks where
// people are no longer observed, and how many are at risk.
func (s *sheet) survival(v *retention.Survival) {
	s.heading(v.Campaign.Title, s.word("chart-kind-survival"), appendFinding(nil, s.loc, v))
	extra := []string{}
	if v.LeftOut > 0 {
		extra = append(extra, s.word("chart-left-out", i18n.Int(v.LeftOut)))
	}
	k := newSteps(v)
	if len(k.points) == 0 {
		reason := "chart-suppressed"
		switch {
		case v.Coverage.Participants == 0:
			reason = "chart-empty"
		case v.Status == retention.Open:
			reason = "chart-open"
		case v.Status == retention.Empty:
			reason = "chart-empty-group"
		}
		s.emptyPlot(s.word(reason))
	} else {
		k.label, k.style = s.word(groupName(v.Group)), groupStyle(v.Group)
		k.people, k.sub = v.People, s.word("chart-people", i18n.Int(v.People))
		s.drawSteps([]steps{k}, v.Definition.Anchor, v.Median)
	}
	s.foot(&v.Head, footMeasure{survival: true, interval: len(k.points) > 0, extra: extra})
}

// drawSteps draws survival curves over one axis of weeks.
func (s *sheet) drawSteps(all []steps, anchor retention.Anchor, median retention.Quantile) {
	last := 1
	tags := make([]tag, len(all))
	for i := range all {
		last = max(last, all[i].last)
		tags[i] = tag{text: all[i].label, sub: all[i].sub, style: all[i].style, short: s.loc.String(i18n.Int(all[i].people))}
	}
	numbered := s.numberTags(tags)
	margin := s.tagMargin(tags)
	p := s.percentPlot(0, float64(last), margin, s.plotHeight(curveHeights))
	if m := median.Weeks; m != nil && len(all) == 1 && *m >= 0 && *m <= float64(last) {
		s.drawMedian(&p, *m)
	}
	for i := len(all) - 1; i >= 0; i-- {
		k := &all[i]
		s.use(k.style)
		s.titled(s.named(k.label, k.sub))
		s.begin()
		if k.band {
			s.stepBand(k, &p)
		}
		s.stepLine(k, &p)
		s.censorTicks(k, &p)
		s.end()
		end := k.points[len(k.points)-1]
		tags[i].x, tags[i].y = p.x(float64(k.last)), p.y(end.r.value)
	}
	s.nameEnds(tags, &p, margin)
	if s.layout == phone && len(all) == 1 {
		c := all[0].asCurve(&p)
		s.nameOnLine(&c, &p)
	}
	s.weekAxis(&p, last, anchor, all)
	if numbered {
		s.tagList(tags)
	}
}

// stepLine draws the curve: level from week to week, down at each last edit.
func (s *sheet) stepLine(k *steps, p *plot) {
	s.use(lineClass)
	s.MoveTo(p.x(0), p.y(1))
	y := p.y(1)
	for i := range k.points {
		pt := &k.points[i]
		if next := p.y(pt.r.value); next != y || i == len(k.points)-1 {
			x := p.x(float64(pt.week))
			s.LineTo(x, y)
			s.LineTo(x, next)
			y = next
		}
	}
	s.Stroke()
}

func (s *sheet) stepBand(k *steps, p *plot) {
	start := -1
	run := func(from, to int) {
		end := func(i int) int { // where the step that begins at i ends
			if i+1 < len(k.points) {
				return p.x(float64(k.points[i+1].week))
			}
			return p.x(float64(k.points[i].week))
		}
		s.use(bandClass)
		s.MoveTo(p.x(float64(k.points[from].week)), p.y(k.points[from].r.high))
		for i := from; i < to; i++ {
			y := p.y(k.points[i].r.high)
			s.LineTo(p.x(float64(k.points[i].week)), y)
			s.LineTo(end(i), y)
		}
		for i := to - 1; i >= from; i-- {
			y := p.y(k.points[i].r.low)
			s.LineTo(end(i), y)
			s.LineTo(p.x(float64(k.points[i].week)), y)
		}
		s.Close()
		s.Fill()
	}
	for i := range k.points {
		inside := k.points[i].r.interval
		if inside && start < 0 {
			start = i
		}
		if !inside && start >= 0 {
			run(start, i)
			start = -1
		}
	}
	if start >= 0 {
		run(start, len(k.points))
	}
}

// censorTicks marks the weeks after which some people are no longer observed.
func (s *sheet) censorTicks(k *steps, p *plot) {
	if len(k.points) > 120 { // each its own title would outweigh the chart
		s.use(whiskerClass)
		for i := range k.points {
			if pt := &k.points[i]; pt.censored > 0 {
				s.MoveTo(p.x(float64(pt.week)), p.y(pt.r.value)-4*px)
				s.LineTo(p.x(float64(pt.week)), p.y(pt.r.value)+4*px)
			}
		}
		s.Stroke()
		return
	}
	for i := range k.points {
		pt := &k.points[i]
		if pt.censored == 0 {
			continue
		}
		s.use(whiskerClass)
		if k.band {
			s.titled(s.msg("chart-week-censored", i18n.Int(pt.week), i18n.Int(pt.censored)))
		}
		s.MoveTo(p.x(float64(pt.week)), p.y(pt.r.value)-4*px)
		s.LineTo(p.x(float64(pt.week)), p.y(pt.r.value)+4*px)
		s.Stroke()
	}
}

func (s *sheet) drawMedian(p *plot, weeks float64) {
	x, y := p.x(weeks), p.y(0.5)
	s.use(outlineClass)
	s.MoveTo(p.left, y)
	s.LineTo(x, y)
	s.LineTo(x, p.bottom)
	s.Stroke()
	text := s.msg("chart-median")
	w := textWidth(text, styles[axisTextClass].size, false)
	s.use(axisTextClass)
	if x+w+6*px > p.right {
		s.useWith(axisTextClass, endClass)
		s.text(text, x-5*px, p.bottom-6*px)
		return
	}
	s.text(text, x+5*px, p.bottom-6*px)
}

// weekTicks returns the weeks to label: every 1, 2, 4, … as fits the room.
func weekTicks(last, width, least int) []chart.Tick {
	every := 1
	for _, step := range [...]int{1, 2, 4, 8, 13, 26, 52, 104, 208, 520} {
		every = step
		if width*step/max(last, 1) >= least {
			break
		}
	}
	var ticks []chart.Tick
	for w := 0; w <= last; w += every {
		ticks = append(ticks, chart.Tick{Value: float64(w)})
	}
	return ticks
}

// weekAxis labels the weeks and, for one curve, how many are at risk at each.
func (s *sheet) weekAxis(p *plot, last int, anchor retention.Anchor, all []steps) {
	least := 30 * px
	if len(all) == 1 && len(all[0].points) > 0 {
		least = max(least, textWidth(s.number(all[0].points[0].atRisk), styles[axisTextClass].size, false)+12*px)
	}
	ticks := weekTicks(last, p.right-p.left, least)
	y := p.bottom + 17*px
	s.useWith(axisTextClass, middleClass)
	s.begin()
	s.use(inherited)
	for _, t := range ticks {
		s.text(s.number(int(t.Value)), p.x(t.Value), y)
	}
	s.end()
	s.axisTitle(p, s.msg(weeksAfter(anchor)), y+19*px)
	if len(all) != 1 {
		return
	}
	s.y += 14 * px
	s.use(axisTextClass)
	s.Text(s.word("chart-still-here"), s.pad, s.y)
	s.y += 15 * px
	s.useWith(axisTextClass, middleClass)
	s.begin()
	s.use(inherited)
	for _, t := range ticks {
		s.text(s.number(all[0].atRiskAt(int(math.Round(t.Value)))), p.x(t.Value), s.y)
	}
	s.end()
	s.y += 4 * px
}

// asCurve returns the steps as a line, to find a place for its name.
func (k *steps) asCurve(p *plot) curve {
	c := curve{label: k.label, style: k.style, people: k.people}
	for i := range k.points {
		pt := &k.points[i]
		c.points = append(c.points, curvePoint{x: float64(pt.week), ok: true, r: pt.r})
	}
	c.place(p)
	return c
}

// atRiskAt returns how many are at risk in a week.
func (k *steps) atRiskAt(week int) int {
	for i := range k.points {
		if k.points[i].week >= week {
			return k.points[i].atRisk
		}
	}
	return 0
}

func weeksAfter(a retention.Anchor) string {
	switch a {
	case retention.AnchorStart:
		return "chart-axis-weeks-start"
	case retention.AnchorJoin:
		return "chart-axis-weeks-join"
	case retention.AnchorRegistration:
		return "chart-axis-weeks-registration"
	}
	return "chart-axis-weeks-end"
}
