package charts

import (
	"afterglow/charts/i18n"
	"afterglow/retention"
)

// part is one kind of people in a stack of columns.
type part struct {
	label string
	style class // a series' or a level's
}

// bar draws a part of a column, with its title.
func (s *sheet) bar(style class, x, y, w, h int, provisional bool) {
	if h <= 0 || w <= 0 {
		s.title = s.title[:0]
		return
	}
	level := style >= levelClass
	if level {
		s.use(style)
	} else {
		s.useWith(barClass, style)
	}
	s.rect(x, y, w, h)
	if provisional {
		s.use(outlineClass)
		s.MoveTo(x, y)
		s.LineTo(x+w, y)
		s.Stroke()
	}
}

// nameParts writes the names of parts beside the last column, each with a
// sample of its colour.
func (s *sheet) nameParts(tags []tag, x, room, top, bottom int) {
	spread(tags, top, bottom)
	for i := range tags {
		t := &tags[i]
		if t.style >= levelClass {
			s.use(t.style)
		} else {
			s.useWith(barClass, t.style)
		}
		s.rect(x, t.at-9*px, 10*px, 10*px)
		s.use(numberClass)
		s.text(shorten([]byte(t.text), room-16*px, styles[numberClass].size, false), x+16*px, t.at)
	}
}

// keyLine lists parts in lines above a plot, for a phone.
func (s *sheet) keyLine(parts []part) {
	x := s.pad
	y := s.y + 12*px
	for _, p := range parts {
		w := textWidth([]byte(p.label), styles[numberClass].size, false)
		if x > s.pad && x+16*px+w > s.w-s.pad {
			x = s.pad
			y += 18 * px
		}
		if p.style >= levelClass {
			s.use(p.style)
		} else {
			s.useWith(barClass, p.style)
		}
		s.rect(x, y-9*px, 10*px, 10*px)
		s.use(numberClass)
		s.Text(p.label, x+16*px, y)
		x += 16*px + w + 14*px
	}
	s.y = y + 14*px
}

// intensity draws, for each month, the shares of people with few, some and
// many edits, stacked from below; what is left to 100 % made none.
func (s *sheet) intensity(v *retention.Intensity) {
	s.heading(v.Campaign.Title, s.word("chart-kind-intensity"), appendFinding(nil, s.loc, v))
	months := min(max(v.Definition.Months, 1), maxMonths)
	parts := []part{
		{s.word("chart-edits-from", i18n.Int(100)), levelClass + 2},
		{s.word("chart-edits-range", i18n.Int(5), i18n.Int(99)), levelClass + 1},
		{s.word("chart-edits-range", i18n.Int(1), i18n.Int(4)), levelClass},
	}
	if v.Coverage.Participants == 0 && v.People == 0 {
		s.emptyPlot(s.word("chart-empty"))
		s.foot(&v.Head, footMeasure{fixed: true})
		return
	}
	tags := make([]tag, len(parts))
	for i := range parts {
		tags[i] = tag{text: parts[i].label, style: parts[i].style}
	}
	margin := 0
	if s.layout == phone {
		s.keyLine(parts)
	} else {
		margin = tagWidth(tags) + 28*px
	}
	p := s.percentPlot(0.5, float64(months)+0.5, margin, s.plotHeight(curveHeights))
	width := max((p.x(1.5)-p.x(0.5))*7/10, 2*px)
	open := months + 1
	for i := len(v.Points) - 1; i >= 0 && v.Points[i].Status == retention.Open; i-- {
		open = v.Points[i].Month
	}
	if open <= months {
		s.field(&p, p.x(float64(open)-0.5), p.right, "chart-open")
	}
	before := 0
	for i := range v.Points {
		pt := &v.Points[i]
		if pt.Month <= before || pt.Month > months {
			continue
		}
		before = pt.Month
		x := p.x(float64(pt.Month)) - width/2
		if pt.Status == retention.Suppressed {
			s.gapColumn(x, width, &p)
			continue
		}
		if !pt.Status.Known() {
			continue
		}
		sum := 0.0
		for b := 1; b < retention.IntensityBins; b++ {
			r, ok := usable(pt.Shares[b], 0, 1)
			if !ok {
				continue
			}
			share := min(r.value, 1-sum)
			y, y0 := p.y(sum+share), p.y(sum)
			s.titled(s.msg("chart-mark-share", i18n.Int(pt.Month), i18n.Text(parts[3-b].label), i18n.Percent(share), i18n.Int(pt.Counts[b]), i18n.Int(pt.AtRisk)))
			s.bar(levelClass+class(b-1), x, y, width, y0-y, pt.Status == retention.Provisional && b == 3)
			tags[3-b].y = (y + y0) / 2
			sum += share
		}
	}
	if s.layout != phone {
		s.nameParts(tags, p.right+12*px, margin-12*px, p.top, p.bottom)
	}
	s.monthAxis(&p, months, v.Definition.Anchor)
	s.foot(&v.Head, footMeasure{fixed: true})
}

// gapColumn stands for a column that is too small to show.
func (s *sheet) gapColumn(x, width int, p *plot) {
	s.titled(s.msg("chart-suppressed"))
	s.use(outlineClass)
	s.rect(x, p.top+(p.bottom-p.top)/2, width, (p.bottom-p.top)/2-px)
}
