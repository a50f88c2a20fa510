package charts

import (
	"math"

	chart "github.com/wcharczuk/go-chart/v2"

	"afterglow/charts/i18n"
	"afterglow/retention"
)

// slots are the places of periods on an axis: so many before the campaign, the
// campaign, so many after.
type slots struct{ before, after int }

const maxSlots = 60

func (k *slots) include(p *retention.Period) {
	switch p.Phase {
	case "before":
		k.before = max(k.before, min(-p.Number, maxSlots))
	case "after":
		k.after = max(k.after, min(p.Number, maxSlots))
	}
}

// at returns a period's place, and false where it has none.
func (k *slots) at(p *retention.Period) (float64, bool) {
	switch {
	case p.Phase == "before" && p.Number < 0 && p.Number >= -maxSlots:
		return float64(k.before + p.Number), true
	case p.Phase == "during":
		return float64(k.before), true
	case p.Phase == "after" && p.Number > 0 && p.Number <= maxSlots:
		return float64(k.before + p.Number), true
	}
	return 0, false
}

func (k *slots) last() float64 { return float64(k.before + k.after) }

// activity draws the share of participants active in each period before,
// during and after the campaign.
func (s *sheet) activity(v *retention.Activity) {
	s.heading(v.Campaign.Title, s.word("chart-kind-activity"), appendFinding(nil, s.loc, v))
	if len(v.Points) == 0 || v.Coverage.Participants == 0 && v.People == 0 {
		s.emptyPlot(s.word("chart-empty"))
		s.foot(&v.Head, footMeasure{periods: true, interval: true})
		return
	}
	var k slots
	for i := range v.Points {
		k.include(&v.Points[i].Period)
	}
	c := curve{band: true, label: s.word(groupName(v.Group)), sub: s.word("chart-people", i18n.Int(v.People)), style: groupStyle(v.Group), people: v.People}
	open := k.last() + 1
	before := -1.0
	for i := range v.Points {
		p := &v.Points[i]
		x, ok := k.at(&p.Period)
		if !ok || x <= before {
			continue
		}
		before = x
		cp := curvePoint{x: x, status: p.Status, atRisk: p.AtRisk, of: p.Active, when: periodText(s.loc, &p.Period)}
		if p.Phase == "after" {
			cp.month = p.Number
		}
		if p.Status.Known() {
			cp.r, cp.ok = usable(p.Rate, p.Low, p.High)
		}
		if p.Status == retention.Open {
			open = min(open, x)
		} else {
			open = k.last() + 1
		}
		c.points = append(c.points, cp)
	}
	p := s.percentPlot(-0.5, k.last()+0.5, 0, s.plotHeight(curveHeights))
	s.field(&p, p.x(float64(k.before)-0.5), p.x(float64(k.before)+0.5), "")
	if open <= k.last() {
		s.field(&p, p.x(open-0.5), p.right, "chart-open")
	}
	c.place(&p)
	s.drawCurve(&c, &p)
	s.nameOnLine(&c, &p)
	s.periodAxis(&p, &k)
	s.foot(&v.Head, footMeasure{periods: true, interval: true})
}

// nameOnLine writes a curve's name where it covers least.
func (s *sheet) nameOnLine(c *curve, p *plot) {
	if c.lastKnown() < 0 {
		return
	}
	text := s.named(c.label, s.loc.String(i18n.Int(c.people)))
	width := textWidth(text, styles[labelClass].size, true)
	x, y, _ := placeOnLine(c, []curve{*c}, nil, p, width)
	s.useWith(labelClass, c.style)
	s.text(text, x, y)
}

// periodAxis labels the periods: −6 … −1, the campaign, 1 … 12.
func (s *sheet) periodAxis(p *plot, k *slots) {
	y := p.bottom + 17*px
	campaign := s.word("chart-campaign")
	cw := textWidth([]byte(campaign), styles[markTextClass].size, true)
	middle := p.x(float64(k.before))
	slot := p.x(1) - p.x(0)
	every := 1
	for every < 12 && slot*every < 20*px {
		every++
	}
	if every > 3 {
		every = 6
	}
	s.useWith(markTextClass, middleClass)
	s.Text(campaign, middle, y)
	free := func(x int) bool {
		d := x - middle
		return max(d, -d) > cw/2+12*px
	}
	for _, bold := range [2]bool{false, true} {
		if bold {
			s.useWith(markTextClass, middleClass)
		} else {
			s.useWith(axisTextClass, middleClass)
		}
		s.begin()
		s.use(inherited)
		for n := -k.before; n <= k.after; n++ {
			x := p.x(float64(k.before + n))
			if n == 0 || !free(x) || (n > 0 && isMark(n)) != bold {
				continue
			}
			always := bold && (n == 12 || every < 4 && n != 1)
			if n%every != 0 && !always {
				continue
			}
			s.text(s.number(n), x, y)
		}
		s.end()
	}
	s.axisTitle(p, s.msg("chart-axis-activity"), y+19*px)
}

// lifecycle draws the kinds of participants in each period: those active
// stacked above the axis, the lapsed below it.
func (s *sheet) lifecycle(v *retention.Lifecycle) {
	s.heading(v.Campaign.Title, s.word("chart-kind-lifecycle"), appendFinding(nil, s.loc, v))
	if len(v.Points) == 0 || v.Coverage.Participants == 0 && v.People == 0 {
		s.emptyPlot(s.word("chart-empty"))
		s.foot(&v.Head, footMeasure{periods: true})
		return
	}
	parts := []part{
		{s.word("chart-new"), seriesClass},
		{s.word("chart-returning"), seriesClass + 6},
		{s.word("chart-continuing"), seriesClass + 2},
		{s.word("chart-lapsed"), seriesClass + 1},
	}
	s.keyLine(parts)
	var k slots
	top, bottom := 1, 0
	for i := range v.Points {
		p := &v.Points[i]
		k.include(&p.Period)
		if p.Status.Known() {
			top = max(top, count(p.New)+count(p.Continuing)+count(p.Returning))
			bottom = max(bottom, count(p.Lapsed))
		}
	}
	p, ticks := s.countPlot(&k, top, bottom)
	s.field(&p, p.x(float64(k.before)-0.5), p.x(float64(k.before)+0.5), "")
	open := k.last() + 1
	for i := len(v.Points) - 1; i >= 0 && v.Points[i].Status == retention.Open; i-- {
		if x, ok := k.at(&v.Points[i].Period); ok {
			open = min(open, x)
		}
	}
	if open <= k.last() {
		s.field(&p, p.x(open-0.5), p.right, "chart-open")
	}
	s.countGrid(&p, ticks)
	width := max((p.x(1)-p.x(0))*7/10, 2*px)
	before := -1.0
	for i := range v.Points {
		pt := &v.Points[i]
		at, ok := k.at(&pt.Period)
		if !ok || at <= before {
			continue
		}
		before = at
		x := p.x(at) - width/2
		if pt.Status == retention.Suppressed {
			s.titled(s.msg("chart-suppressed"))
			s.use(outlineClass)
			s.rect(x, p.y(float64(top)/2), width, p.y(0)-p.y(float64(top)/2)-px)
			continue
		}
		if !pt.Status.Known() {
			continue
		}
		when := i18n.Text(periodText(s.loc, &pt.Period))
		sum := 0
		for j, n := range [3]int{count(pt.Continuing), count(pt.Returning), count(pt.New)} {
			kind := parts[2-j]
			if n > 0 {
				s.titled(s.msg("chart-mark-people", when, i18n.Text(kind.label), i18n.Int(n), i18n.Int(pt.AtRisk)))
				s.bar(kind.style, x, p.y(float64(sum+n)), width, p.y(float64(sum))-p.y(float64(sum+n)), false)
			}
			sum += n
		}
		if n := count(pt.Lapsed); n > 0 {
			s.titled(s.msg("chart-mark-people", when, i18n.Text(parts[3].label), i18n.Int(n), i18n.Int(pt.AtRisk)))
			s.bar(parts[3].style, x, p.y(0), width, p.y(float64(-n))-p.y(0), false)
		}
		if pt.Status == retention.Provisional {
			s.use(outlineClass)
			s.rect(x, p.y(float64(sum)), width, p.y(float64(-count(pt.Lapsed)))-p.y(float64(sum)))
		}
	}
	s.use(axisClass)
	s.MoveTo(p.left, p.y(0))
	s.LineTo(p.right, p.y(0))
	s.Stroke()
	s.periodAxis(&p, &k)
	s.foot(&v.Head, footMeasure{periods: true})
}

// count bounds a number of people.
func count(n int) int { return min(max(n, 0), 1e9) }

// countPlot starts a plot that counts people, from −bottom to top.
func (s *sheet) countPlot(k *slots, top, bottom int) (plot, []chart.Tick) {
	height := s.plotHeight(curveHeights)
	step := niceStep(float64(top+bottom) / float64(max(height/(44*px), 2)))
	low, high := -math.Ceil(float64(bottom)/step)*step, math.Ceil(float64(top)/step)*step
	var ticks []chart.Tick
	width := 0
	for v := low; v <= high+step/2; v += step {
		label := s.loc.String(i18n.Int(int(math.Abs(v)))) // people below the axis are people too
		ticks = append(ticks, chart.Tick{Value: v, Label: label})
		width = max(width, textWidth([]byte(label), styles[axisTextClass].size, false))
	}
	s.y += 22 * px
	p := plot{left: s.pad + width + 6*px, right: s.w - s.pad, top: s.y, bottom: s.y + height}
	p.xs = chart.ContinuousRange{Min: -0.5, Max: k.last() + 0.5, Domain: p.right - p.left}
	p.ys = chart.ContinuousRange{Min: low, Max: high, Domain: height, Descending: true}
	s.y = p.bottom
	return p, ticks
}

func (s *sheet) countGrid(p *plot, ticks []chart.Tick) {
	s.use(gridClass)
	for _, t := range ticks {
		if t.Value != 0 {
			s.MoveTo(p.left, p.y(t.Value))
			s.LineTo(p.right, p.y(t.Value))
		}
	}
	s.Stroke()
	s.use(axisTextClass)
	s.Text(s.word("chart-axis-people"), s.pad, p.top-10*px)
	s.useWith(axisTextClass, endClass)
	s.begin()
	s.use(inherited)
	for _, t := range ticks {
		s.Text(t.Label, p.left-6*px, p.y(t.Value)+4*px)
	}
	s.end()
}

// niceStep returns the least of 1, 2, 5, 10, 20, … that is not below v.
func niceStep(v float64) float64 {
	step := 1.0
	for i := 0; step < v && i < 40; i++ {
		if i%3 == 1 {
			step *= 2.5
		} else {
			step *= 2
		}
	}
	return step
}
