package charts

import (
	"afterglow/charts/i18n"
	"afterglow/retention"
)

// curve is one series of rates over months, ready to be drawn.
type curve struct {
	label  string // its name, in its colour
	sub    string // under the name: how many people
	people int
	style  class
	points []curvePoint
	months int // the last month of the axis
	band   bool
	bare   bool // dots at the marks only
	end    int  // where a tail of suppressed points ends; 0: there is none
}

type curvePoint struct {
	x      float64
	month  int
	status retention.Status
	ok     bool
	r      rate
	atRisk int
	of     int
	px, py int
	when   string // the point's time in words, where it is not a month
}

// newCurve reads a retention series. Months out of range are left out.
func newCurve(points []retention.Point, months int) curve {
	c := curve{months: months, band: true, points: make([]curvePoint, 0, len(points))}
	last := 0
	for i := range points {
		p := &points[i]
		if p.Month <= last || p.Month > months {
			continue
		}
		last = p.Month
		cp := curvePoint{x: float64(p.Month), month: p.Month, status: p.Status, atRisk: p.AtRisk, of: p.Retained}
		if p.Status.Known() {
			cp.r, cp.ok = usable(p.Rate, p.Low, p.High)
		}
		c.points = append(c.points, cp)
	}
	return c
}

// place computes where the points lie.
func (c *curve) place(p *plot) {
	for i := range c.points {
		cp := &c.points[i]
		cp.px, cp.py = p.x(cp.x), p.y(cp.r.value)
	}
}

// lastKnown returns the index of the last point that has a value, or -1.
func (c *curve) lastKnown() int {
	for i := len(c.points) - 1; i >= 0; i-- {
		if c.points[i].ok {
			return i
		}
	}
	return -1
}

// drawBand draws the interval: an area along neighbouring points, a bar at a
// point that stands alone.
func (s *sheet) drawBand(c *curve, p *plot) {
	run := func(from, to int) {
		if to-from == 1 {
			cp := &c.points[from]
			s.use(whiskerClass)
			s.MoveTo(cp.px, p.y(cp.r.low))
			s.LineTo(cp.px, p.y(cp.r.high))
			s.Stroke()
			return
		}
		s.use(bandClass)
		s.MoveTo(c.points[from].px, p.y(c.points[from].r.high))
		for i := from + 1; i < to; i++ {
			s.LineTo(c.points[i].px, p.y(c.points[i].r.high))
		}
		for i := to - 1; i >= from; i-- {
			s.LineTo(c.points[i].px, p.y(c.points[i].r.low))
		}
		s.Close()
		s.Fill()
	}
	start := -1
	for i := range c.points {
		inside := c.points[i].ok && c.points[i].r.interval
		if inside && start < 0 {
			start = i
		}
		if !inside && start >= 0 {
			run(start, i)
			start = -1
		}
	}
	if start >= 0 {
		run(start, len(c.points))
	}
}

// drawLine joins the known points, and bridges suppressed ones with dots that
// say so.
func (s *sheet) drawLine(c *curve, p *plot) {
	s.use(lineClass)
	prev := -1
	for i := range c.points {
		if !c.points[i].ok {
			continue
		}
		cp := &c.points[i]
		if prev == i-1 && prev >= 0 {
			s.LineTo(cp.px, cp.py)
		} else {
			s.MoveTo(cp.px, cp.py)
		}
		prev = i
	}
	s.Stroke()
	prev = -1
	for i := range c.points {
		if !c.points[i].ok {
			continue
		}
		if prev >= 0 && i-prev > 1 {
			s.bridge(c, prev, i)
		}
		prev = i
	}
	if prev >= 0 && prev+1 < len(c.points) && c.points[prev+1].status == retention.Suppressed {
		s.tail(c, prev, p)
	}
}

func (s *sheet) bridge(c *curve, from, to int) {
	a, b := &c.points[from], &c.points[to]
	s.use(gapClass)
	s.MoveTo(a.px, a.py)
	s.LineTo(b.px, b.py)
	s.Stroke()
	for i := from + 1; i < to; i++ {
		if c.points[i].status == retention.Suppressed {
			s.gapNote((a.px+b.px)/2, (a.py+b.py)/2-8*px)
			return
		}
	}
}

// tail draws the suppressed points after the last known one as a dotted line
// at its height: the value is not known.
func (s *sheet) tail(c *curve, from int, p *plot) {
	to := from
	for to+1 < len(c.points) && c.points[to+1].status == retention.Suppressed {
		to++
	}
	a := &c.points[from]
	end := c.points[to].px
	c.end = end
	s.use(gapClass)
	s.MoveTo(a.px, a.py)
	s.LineTo(end, a.py)
	s.Stroke()
	s.gapNote((a.px+end)/2, a.py+15*px)
}

func (s *sheet) gapNote(x, y int) {
	text := s.msg("chart-suppressed")
	half := textWidth(text, styles[axisTextClass].size, false) / 2
	x = min(max(x, s.pad+half), s.w-s.pad-half)
	s.useWith(axisTextClass, middleClass)
	s.text(text, x, y)
}

// drawDots draws the points, each with its title: large at the marks, hollow
// while the figure may change.
func (s *sheet) drawDots(c *curve, p *plot) {
	spacing := p.x(2) - p.x(1)
	open := false // a group of solid dots
	for i := range c.points {
		cp := &c.points[i]
		if !cp.ok {
			continue
		}
		mark := isMark(cp.month) || cp.month > 0 && cp.month%12 == 0 && !c.bare
		alone := (i == 0 || !c.points[i-1].ok) && (i == len(c.points)-1 || !c.points[i+1].ok)
		if !mark && !alone && (c.bare || spacing < 8*px) {
			continue
		}
		radius := 2.5 * px
		if mark {
			radius = 4.5 * px
			if spacing < 14*px {
				radius = 3.5 * px
			}
		}
		if cp.status == retention.Provisional {
			if open {
				s.end()
				open = false
			}
			s.use(hollowClass)
			radius -= 0.5 * px
		} else if !open {
			s.use(dotClass)
			if c.bare {
				s.use(roundClass)
			}
			s.begin()
			s.use(inherited)
			open = true
		}
		s.titled(s.pointTitle(cp))
		if c.bare && open {
			// A line of no length with round ends: a dot in half the bytes.
			s.MoveTo(cp.px, cp.py)
			s.LineTo(cp.px, cp.py)
			s.Stroke()
			continue
		}
		s.Circle(radius, cp.px, cp.py)
	}
	if open {
		s.end()
	}
}

func (s *sheet) pointTitle(cp *curvePoint) []byte {
	low, high := cp.r.low, cp.r.high
	if !cp.r.interval {
		low, high = cp.r.value, cp.r.value
	}
	key, when := "chart-mark", i18n.Int(cp.month)
	if cp.when != "" {
		key, when = "chart-period-rate", i18n.Text(cp.when)
	}
	s.buf = s.loc.Append(s.buf[:0], key, when, i18n.Percent(cp.r.value),
		i18n.Share(low), i18n.Percent(high), i18n.Int(cp.of), i18n.Int(cp.atRisk))
	if cp.status == retention.Provisional {
		s.buf = append(s.buf, "; "...)
		s.buf = s.loc.Append(s.buf, "chart-provisional")
	}
	return s.buf
}

// openFrom returns the first month that is open in every curve, or months+1.
func openFrom(curves []curve, months int) int {
	first := months + 1
	for m := months; m >= 1; m-- {
		for i := range curves {
			for j := range curves[i].points {
				if cp := &curves[i].points[j]; cp.month == m && cp.status != retention.Open {
					return first
				}
			}
		}
		first = m
	}
	return first
}
