package charts

import (
	"math"

	chart "github.com/wcharczuk/go-chart/v2"

	"afterglow/charts/i18n"
	"afterglow/retention"
)

// plot is the field that the data is drawn in, and its two scales.
type plot struct {
	left, right, top, bottom int
	xs, ys                   chart.ContinuousRange
}

// x is a hair less than v: Translate rounds up, and a rounding error of the
// division must not move a point.
func (p *plot) x(v float64) int { return p.left + p.xs.Translate(v-1e-9) }
func (p *plot) y(v float64) int { return p.top + p.ys.Translate(v) }

// plotHeight returns the height of the plot: what the height asked for leaves,
// or a good one for the layout.
func (s *sheet) plotHeight(natural [3]int) int {
	s.plotH = natural[s.layout] * px
	if s.givenPlot > 0 {
		s.plotH = s.givenPlot
	}
	return s.plotH
}

var curveHeights = [3]int{phone: 204, column: 258, wide: 320}

// percentPlot starts a plot of rates: 0 to 100 % from bottom to top, with the
// faint lines, and room for its labels. The x scale is from low to high.
func (s *sheet) percentPlot(low, high float64, marginRight, height int) plot {
	s.y += 12 * px // half a label above the top line
	p := plot{
		left:  s.pad + s.percentLabelWidth() + 6*px,
		right: s.w - s.pad - marginRight, top: s.y, bottom: s.y + height,
	}
	if n := int(high - low); marginRight > 0 && n > 16 {
		// Whole pixels from point to point: a fifth shorter to write.
		if step := (p.right - p.left) / n / px * px; step >= 8*px {
			p.right = p.left + n*step
		}
	}
	p.xs = chart.ContinuousRange{Min: low, Max: high, Domain: p.right - p.left}
	p.ys = chart.ContinuousRange{Min: 0, Max: 1, Domain: height, Descending: true}
	s.percentGrid(&p)
	s.y = p.bottom
	return p
}

func (s *sheet) percentLabelWidth() int {
	s.buf = s.loc.AppendPercent(s.buf[:0], 1)
	return textWidth(s.buf, styles[axisTextClass].size, false)
}

// percentTicks are the lines of every axis of rates. Only the last has a sign.
func (s *sheet) percentTicks() [5]chart.Tick {
	var ticks [5]chart.Tick
	for i := range ticks {
		v := float64(i) / 4
		ticks[i].Value = v
		if i == len(ticks)-1 {
			ticks[i].Label = s.loc.String(i18n.Percent(v))
		} else {
			ticks[i].Label = s.loc.String(i18n.Share(v))
		}
	}
	return ticks
}

func (s *sheet) percentGrid(p *plot) {
	ticks := s.percentTicks()
	s.use(gridClass)
	for _, t := range ticks[1:] {
		s.MoveTo(p.left, p.y(t.Value))
		s.LineTo(p.right, p.y(t.Value))
	}
	s.Stroke()
	s.use(axisClass)
	s.MoveTo(p.left, p.bottom)
	s.LineTo(p.right, p.bottom)
	s.Stroke()
	s.useWith(axisTextClass, endClass)
	s.begin()
	s.use(inherited)
	for _, t := range ticks {
		s.Text(t.Label, p.left-6*px, p.y(t.Value)+4*px)
	}
	s.end()
}

// isMark reports whether a month is one of the marks.
func isMark(month int) bool { return month == 1 || month == 3 || month == 6 || month == 12 }

// monthAxis labels months 1 … n under the plot, the marks in bold, as many as
// fit, and says what the months count from.
func (s *sheet) monthAxis(p *plot, n int, anchor retention.Anchor) {
	y := p.bottom + 17*px
	const size, gap = 115, 10 * px
	var shown [61]bool
	fits := func(month int) bool {
		w := textWidth(s.number(month), size, true)
		for m := 1; m <= n; m++ {
			if shown[m] && m != month && p.xs.Translate(math.Abs(float64(m-month))+p.xs.Min) < (w+textWidth(s.number(m), size, true))/2+gap {
				return false
			}
		}
		return true
	}
	for _, m := range [4]int{12, 1, 6, 3} {
		if m <= n && fits(m) {
			shown[m] = true
		}
	}
	for _, step := range [4]int{12, 6, 3, 1} { // a level whole or not at all
		all := true
		for m := step; m <= n && all; m += step {
			all = shown[m] || fits(m) && fits(m+step)
		}
		for m := step; m <= n && all; m += step {
			shown[m] = true
		}
	}
	if !shown[n] && fits(n) {
		shown[n] = true
	}
	for _, bold := range [2]bool{false, true} {
		if bold {
			s.useWith(markTextClass, middleClass)
		} else {
			s.useWith(axisTextClass, middleClass)
		}
		s.begin()
		s.use(inherited)
		for m := 1; m <= n; m++ {
			if shown[m] && isMark(m) == bold {
				s.text(s.number(m), p.x(float64(m)), y)
			}
		}
		s.end()
	}
	s.axisTitle(p, s.msg(monthsAfter(anchor)), y+19*px)
}

// axisTitle draws an axis' name in the middle under it and moves below it.
func (s *sheet) axisTitle(p *plot, text []byte, y int) {
	size := styles[axisTextClass].size
	width := s.w - 2*s.pad
	short := shorten(text, width, size, false)
	if len(short) != len(text) {
		s.titled(text)
	}
	text = short
	half := textWidth(text, size, false) / 2
	x := min(max((p.left+p.right)/2, s.pad+half), s.w-s.pad-half)
	s.useWith(axisTextClass, middleClass)
	s.text(text, x, y)
	s.y = y + 8*px
}

func monthsAfter(a retention.Anchor) string {
	switch a {
	case retention.AnchorStart:
		return "chart-axis-months-start"
	case retention.AnchorJoin:
		return "chart-axis-months-join"
	case retention.AnchorRegistration:
		return "chart-axis-months-registration"
	}
	return "chart-axis-months-end"
}

// field shades part of the plot and names it: inside where the words fit,
// above its edge where they don't.
func (s *sheet) field(p *plot, from, to int, name string) {
	from, to = max(from, p.left), min(to, p.right)
	if to-from < px {
		return
	}
	s.use(fieldClass)
	s.rect(from, p.top, to-from, p.bottom-p.top)
	if name == "" {
		return
	}
	text := s.msg(name)
	w := textWidth(text, styles[axisTextClass].size, false)
	if w+8*px <= to-from {
		s.useWith(axisTextClass, middleClass)
		s.text(text, (from+to)/2, p.top+16*px)
		return
	}
	s.useWith(axisTextClass, endClass)
	s.text(text, min(max(to, p.left+w), p.right), p.top-5*px)
}

// rate is a figure fit to be drawn.
type rate struct {
	value, low, high float64
	interval         bool
}

// usable returns a rate and its interval in 0 … 1, and false where the value is
// not a number: a figure that went wrong is left out, never drawn as nought.
func usable(value, low, high float64) (rate, bool) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return rate{}, false
	}
	r := rate{value: min(max(value, 0), 1)}
	if low <= high && !math.IsInf(low, 0) && !math.IsInf(high, 0) { // false for NaN
		r.low, r.high, r.interval = min(max(low, 0), r.value), max(min(high, 1), r.value), true
	}
	return r, true
}
