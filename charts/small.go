package charts

import (
	"afterglow/charts/i18n"
	"afterglow/retention"
)

// Sizes of the charts for lists and wikitext.
const (
	sparkWidth  = 120 * px
	sparkHeight = 28 * px
	badgeHeight = 22 * px
)

// small starts a chart without heading and foot.
func small(o Options) (*sheet, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	o.Width = MinWidth
	s := newSheet(o)
	return s, nil
}

// resize sets the width; nothing may be drawn before.
func (s *sheet) resize(width int) { s.w, s.width = width, width }

// Sparkline draws a curve without axes: the line, its last known mark and that
// number. Its size is fixed (120 × 28) and it has no ground of its own;
// Options' size, title and ground are not used.
func Sparkline(c *retention.Curve, o Options) ([]byte, error) {
	o.Transparent = true
	s, err := small(o)
	if err != nil {
		return nil, err
	}
	s.resize(sparkWidth)
	months := min(max(c.Definition.Months, 1), maxMonths)
	k := newCurve(c.Points, months)
	k.style = seriesClass
	s.nameSmall(c)
	last := lastMark(k.points)
	text := []byte("–")
	if last >= 0 {
		text = []byte(s.loc.String(i18n.Percent(k.points[last].r.value)))
	}
	p := plot{left: 4 * px, right: sparkWidth - textWidth([]byte(s.loc.String(i18n.Percent(1))), styles[markTextClass].size, true) - 8*px, top: 4 * px, bottom: sparkHeight - 4*px}
	p.xs.Min, p.xs.Max, p.xs.Domain = 1, float64(max(months, 2)), p.right-p.left
	p.ys.Max, p.ys.Domain, p.ys.Descending = 1, p.bottom-p.top, true
	k.place(&p)
	s.use(k.style)
	s.begin()
	s.use(lineClass)
	prev := -1
	for i := range k.points {
		if cp := &k.points[i]; cp.ok {
			if prev >= 0 {
				s.LineTo(cp.px, cp.py)
			} else {
				s.MoveTo(cp.px, cp.py)
			}
			prev = i
		}
	}
	s.Stroke()
	if last >= 0 {
		s.use(dotClass)
		if k.points[last].status == retention.Provisional {
			s.use(hollowClass)
		}
		s.titled(s.pointTitle(&k.points[last]))
		s.Circle(3*px, k.points[last].px, k.points[last].py)
	}
	s.end()
	s.useWith(markTextClass, endClass)
	s.text(text, sparkWidth-2*px, sparkHeight/2+4*px)
	return s.documentOf(sparkHeight), nil
}

// nameSmall gives a small chart its name and the finding.
func (s *sheet) nameSmall(c *retention.Curve) {
	if title := bounded(c.Campaign.Title); title != "" {
		s.name = append(s.name, i18n.Isolate(title)...)
		s.name = append(s.name, ": "...)
	}
	s.name = append(s.name, s.msg("chart-kind-retention")...)
	s.desc = curveFinding(s.desc, s.loc, &c.Head, []retention.Series{c.Series})
}

// lastMark returns the index of the last known mark; where no mark is known,
// of the last known point; or -1.
func lastMark(points []curvePoint) int {
	any := -1
	for i := len(points) - 1; i >= 0; i-- {
		if !points[i].ok {
			continue
		}
		if isMark(points[i].month) {
			return i
		}
		if any < 0 {
			any = i
		}
	}
	return any
}

// Badge draws the last known mark of a curve as a line of text on two grounds,
// as wide as its words. Options' size, title and ground are not used.
func Badge(c *retention.Curve, o Options) ([]byte, error) {
	o.Transparent = true
	s, err := small(o)
	if err != nil {
		return nil, err
	}
	k := newCurve(c.Points, min(max(c.Definition.Months, 1), maxMonths))
	month, value := 3, s.word("chart-badge-none")
	if last := lastMark(k.points); last >= 0 {
		r := k.points[last].r
		month, value = k.points[last].month, s.loc.String(i18n.Percent(r.value))
		if r.interval {
			value = s.word("chart-rate", i18n.Percent(r.value), i18n.Share(r.low), i18n.Percent(r.high))
		}
	}
	label := s.word("chart-badge", i18n.Int(month))
	st := &styles[numberClass]
	left := textWidth([]byte(label), st.size, false) + 16*px
	right := textWidth([]byte(value), styles[markTextClass].size, true) + 16*px
	s.resize(left + right)
	s.nameSmall(c)
	s.use(groundClass)
	s.rect(0, 0, left+right, badgeHeight)
	s.use(fieldClass)
	s.rect(0, 0, left, badgeHeight)
	s.use(numberClass)
	s.Text(label, 8*px, 15*px)
	s.use(markTextClass)
	s.Text(value, left+8*px, 15*px)
	s.use(axisClass)
	s.rect(px/2, px/2, left+right-px, badgeHeight-px)
	return s.documentOf(badgeHeight), nil
}
