package charts

import (
	"afterglow/charts/i18n"
	"afterglow/retention"
)

// maxMonths bounds the axis, whatever a result says.
const maxMonths = 60

// retention draws the retention curve: newcomers and experienced where the
// result has them, else its one series.
func (s *sheet) retention(c *retention.Curve) {
	s.heading(c.Campaign.Title, s.word("chart-kind-retention"), appendFinding(nil, s.loc, c))
	s.curveBody(c)
	s.foot(&c.Head, footMeasure{interval: true})
}

// rollUp draws the curve of several campaigns with each person counted once.
func (s *sheet) rollUp(r *retention.RollUp) {
	finding := appendFinding(nil, s.loc, &r.Curve)
	s.heading(r.Campaign.Title, s.word("chart-kind-rollup", i18n.Int(len(r.Campaigns))), finding)
	s.paragraph(s.msg("chart-rollup-people", i18n.Int(r.People), i18n.Int(r.Registrations), i18n.Int(len(r.Campaigns))),
		findingClass, 18*px, 2, "")
	s.curveBody(&r.Curve)
	m := footMeasure{rollUp: true, interval: true}
	if r.TooFew > 0 {
		m.extra = append(m.extra, s.word("chart-foot-too-few", i18n.Int(r.TooFew)))
	}
	s.foot(&r.Head, m)
}

func (s *sheet) curveBody(c *retention.Curve) {
	if c.Coverage.Participants == 0 && c.People == 0 {
		s.emptyPlot(s.word("chart-empty"))
		return
	}
	if len(c.Points) == 1 && c.Points[0].Month == 0 {
		s.singleFigure(c)
		return
	}
	months := min(max(c.Definition.Months, 1), maxMonths)
	for _, p := range c.Points { // a preset names its own months
		months = max(months, min(p.Month, maxMonths))
	}
	if c.Definition.Preset != "" && len(c.Points) > 0 {
		months = min(max(c.Points[len(c.Points)-1].Month, 1), maxMonths)
	}
	s.drawCurves(s.curvesOf(c, months), months, c.Definition.Anchor)
}

// curvesOf returns the curves to draw: the groups, or all where the groups say
// nothing apart.
func (s *sheet) curvesOf(c *retention.Curve, months int) []curve {
	var curves []curve
	for _, g := range c.Groups {
		if g.People == 0 && !anyKnown(g.Points) {
			continue
		}
		k := newCurve(g.Points, months)
		k.label, k.style, k.people = s.word(groupName(g.Group)), groupStyle(g.Group), g.People
		curves = append(curves, k)
	}
	known := false
	for i := range curves {
		known = known || curves[i].lastKnown() >= 0
	}
	if len(curves) == 0 || !known && anyKnown(c.Points) {
		k := newCurve(c.Points, months)
		k.label, k.style, k.people = s.word(groupName(c.Group)), groupStyle(c.Group), c.People
		curves = append(curves[:0], k)
	}
	for i := range curves {
		curves[i].sub = s.word("chart-people", i18n.Int(curves[i].people))
	}
	return curves
}

func anyKnown(points []retention.Point) bool {
	for i := range points {
		if points[i].Status.Known() {
			return true
		}
	}
	return false
}

// drawCurves draws a plot of curves with their names.
func (s *sheet) drawCurves(curves []curve, months int, anchor retention.Anchor) {
	tags := make([]tag, len(curves))
	for i := range curves {
		tags[i] = tag{text: curves[i].label, sub: curves[i].sub, style: curves[i].style}
	}
	open := openFrom(curves, months)
	margin := 0
	if s.layout != phone {
		// Names stand in the field that is not over yet, where it has room.
		need := min(tagWidth(tags)+14*px, s.w/3)
		free := 0
		if plotWidth := s.w - 2*s.pad - 40*px; open <= months {
			free = plotWidth * (months - open + 1) / months
		}
		if free < need+4*px {
			margin = need
		}
	}
	p := s.percentPlot(0.5, float64(months)+0.5, margin, s.plotHeight(curveHeights))
	if open <= months {
		s.field(&p, p.x(float64(open)-0.5), p.right, "chart-open")
	}
	for i := range curves {
		curves[i].place(&p)
	}
	for i := range curves { // dashes over the solid line: both are seen where they meet
		s.drawCurve(&curves[i], &p)
	}
	s.nameCurves(curves, tags, &p, margin)
	s.monthAxis(&p, months, anchor)
}

func (s *sheet) drawCurve(c *curve, p *plot) {
	s.use(c.style)
	s.titled(s.named(c.label, c.sub))
	s.begin()
	if c.band {
		s.drawBand(c, p)
	}
	s.drawLine(c, p)
	s.drawDots(c, p)
	s.end()
}

// nameCurves writes each curve's name at its end, or on it on a phone.
func (s *sheet) nameCurves(curves []curve, tags []tag, p *plot, margin int) {
	end := p.left
	for i := range curves {
		if last := curves[i].lastKnown(); last >= 0 {
			tags[i].x, tags[i].y = max(curves[i].points[last].px, curves[i].end), curves[i].points[last].py
			end = max(end, tags[i].x)
		} else {
			tags[i].y = p.bottom - 30*px
			if curves[i].suppressed() {
				tags[i].sub = s.word("chart-suppressed")
			}
		}
	}
	if s.layout != phone {
		spread(tags, p.top, p.bottom)
		x := end + 12*px
		if end == p.left { // no line at all
			x = p.left + 12*px
		}
		s.drawTags(tags, x, s.w-s.pad-x)
		return
	}
	if alone(curves) {
		spread(tags, p.top, p.bottom)
		for i := range tags {
			tags[i].text, tags[i].sub = string(s.named(tags[i].text, tags[i].sub)), ""
			tags[i].at = tags[i].y + 4*px
		}
		x := end + 10*px
		if room := tagWidth(tags); x+room > s.w-s.pad {
			x = max(end-10*px-room, s.pad)
		}
		s.drawTags(tags, x, s.w-s.pad-x)
		return
	}
	var taken []box
	stacked := p.bottom - 8*px
	for i := range curves {
		c := &curves[i]
		text := s.named(c.label, s.loc.String(i18n.Int(c.people)))
		if c.lastKnown() < 0 {
			note := tags[i].sub
			s.useWith(labelClass, c.style)
			s.text(shorten(s.named(c.label, note), p.right-p.left, styles[labelClass].size, true), p.left+6*px, stacked)
			stacked -= tagLine
			continue
		}
		width := min(textWidth(text, styles[labelClass].size, true), p.right-p.left)
		x, y, b := placeOnLine(c, curves, taken, p, width)
		taken = append(taken, b)
		s.useWith(labelClass, c.style)
		s.text(shorten(text, width, styles[labelClass].size, true), x, y)
	}
}

// alone reports whether every curve that has a figure has but one.
func alone(curves []curve) bool {
	any := false
	for i := range curves {
		known := 0
		for j := range curves[i].points {
			if curves[i].points[j].ok {
				known++
			}
		}
		if known > 1 {
			return false
		}
		any = any || known == 1
	}
	return any
}

// named joins a name and what is said of it, in memory of its own.
func (s *sheet) named(name, what string) []byte {
	return s.loc.Append(make([]byte, 0, len(name)+len(what)+8), "chart-named", i18n.Text(name), i18n.Text(what))
}

// suppressed reports whether the curve has points that are too small to show.
func (c *curve) suppressed() bool {
	for i := range c.points {
		if c.points[i].status == retention.Suppressed {
			return true
		}
	}
	return false
}

// emptyPlot says in a sentence why there is no chart.
func (s *sheet) emptyPlot(sentence string) {
	if sentence == string(s.desc) { // once is enough
		s.b, s.y = s.b[:s.spoken], s.spokenY
	}
	height := s.plotHeight([3]int{phone: 120, column: 140, wide: 160})
	s.use(fieldClass)
	s.rect(s.pad, s.y, s.w-2*s.pad, height)
	lines, _ := wrap(nil, []byte(sentence), s.w-2*s.pad-32*px, styles[findingClass].size, false, 3)
	y := s.y + height/2 - (len(lines)-2)*9*px
	s.useWith(findingClass, middleClass)
	for _, line := range lines {
		s.text(line, s.w/2, y)
		y += 18 * px
	}
	s.y += height
}

// groupStyle gives the same group the same colour in every chart. All are
// drawn alone or, beside their groups, in grey.
func groupStyle(g retention.Group) class {
	switch g {
	case retention.Experienced, retention.Repeat:
		return seriesClass + 1
	case retention.Newcomers, retention.FirstTime:
		return seriesClass
	}
	return seriesClass
}
