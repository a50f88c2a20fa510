package charts

import (
	chart "github.com/wcharczuk/go-chart/v2"

	"afterglow/charts/i18n"
	"afterglow/retention"
)

// row is one figure of a chart that lies: a dot with its interval as a bar,
// its name before and its number behind.
type row struct {
	label  string
	style  class
	status retention.Status
	ok     bool
	r      rate
	text   string // the figure in words
	title  string
	from   float64 // where a difference starts: the rate it is added to
	isDiff bool
}

// block is some rows under one heading.
type block struct {
	heading string
	rows    []row
}

const (
	rowHeight     = 22 * px
	headingHeight = 24 * px
)

// pointRow makes a row of a rate.
func (s *sheet) pointRow(label string, style class, p *retention.Point) row {
	r := row{label: label, style: style, status: p.Status}
	if !p.Status.Known() {
		r.text = s.word(statusWord(p.Status))
		return r
	}
	if r.r, r.ok = usable(p.Rate, p.Low, p.High); !r.ok {
		r.text = s.word("chart-suppressed")
		return r
	}
	cp := curvePoint{month: p.Month, status: p.Status, r: r.r, atRisk: p.AtRisk, of: p.Retained}
	r.title = string(s.pointTitle(&cp))
	if p.Month == 0 {
		low, high := r.r.low, r.r.high
		if !r.r.interval {
			low, high = r.r.value, r.r.value
		}
		r.title = s.word("chart-figure", i18n.Percent(r.r.value), i18n.Share(low), i18n.Percent(high), i18n.Int(p.Retained), i18n.Int(p.AtRisk))
	}
	if !r.r.interval || s.layout == phone {
		r.text = s.loc.String(i18n.Percent(r.r.value))
	} else {
		r.text = s.word("chart-rate", i18n.Percent(r.r.value), i18n.Share(r.r.low), i18n.Percent(r.r.high))
	}
	return r
}

// drawRows draws blocks of rows over one scale from 0 to 100 %.
func (s *sheet) drawRows(blocks []block) {
	labelWidth, textRoom, lines := 0, 0, 0
	for _, b := range blocks {
		for i := range b.rows {
			r := &b.rows[i]
			labelWidth = max(labelWidth, textWidth([]byte(r.label), styles[labelClass].size, true))
			if r.ok {
				textRoom = max(textRoom, textWidth([]byte(r.text), styles[numberClass].size, false))
			}
		}
		lines += len(b.rows)
	}
	labelWidth = min(labelWidth, (s.w-2*s.pad)*2/5)
	textRoom = min(textRoom, (s.w-2*s.pad)*3/10)
	height := lines * rowHeight
	for _, b := range blocks {
		if b.heading != "" {
			height += headingHeight
		}
	}
	s.plotH = height
	p := plot{left: s.pad + labelWidth + 12*px, right: s.w - s.pad - textRoom - 10*px, top: s.y + 4*px, bottom: s.y + 4*px + height}
	p.xs = chart.ContinuousRange{Min: 0, Max: 1, Domain: p.right - p.left}
	s.rowScale(&p)
	y := p.top
	for _, b := range blocks {
		if b.heading != "" {
			s.use(markTextClass)
			s.Text(b.heading, s.pad, y+17*px)
			y += headingHeight
		}
		s.rowGrid(&p, y, y+len(b.rows)*rowHeight)
		for i := range b.rows {
			s.drawRow(&b.rows[i], &p, y, labelWidth)
			y += rowHeight
		}
	}
	s.y = p.bottom + 26*px
}

// rowGrid draws the lines of the scale behind some rows.
func (s *sheet) rowGrid(p *plot, top, bottom int) {
	s.use(gridClass)
	for v := 0.25; v <= 1; v += 0.25 {
		s.MoveTo(p.x(v), top)
		s.LineTo(p.x(v), bottom)
	}
	s.Stroke()
	s.use(axisClass)
	s.MoveTo(p.left, top)
	s.LineTo(p.left, bottom)
	s.Stroke()
}

// rowScale writes the scale under the rows.
func (s *sheet) rowScale(p *plot) {
	s.useWith(axisTextClass, middleClass)
	s.begin()
	s.use(inherited)
	for _, t := range s.percentTicks() {
		s.Text(t.Label, p.x(t.Value), p.bottom+16*px)
	}
	s.end()
}

func (s *sheet) drawRow(r *row, p *plot, y, labelWidth int) {
	middle := y + rowHeight/2
	s.useWith(labelClass, r.style)
	short := shorten([]byte(r.label), labelWidth, styles[labelClass].size, true)
	if len(short) < len(r.label) {
		s.titled([]byte(r.label))
	}
	s.text(short, s.pad, middle+4*px)
	if !r.ok {
		s.rowStatus(r, p, y)
		return
	}
	s.use(r.style)
	s.begin()
	low, high, at := p.x(r.r.low), p.x(r.r.high), p.x(r.r.value)
	if r.isDiff { // from the rate that the difference is added to
		s.use(outlineClass)
		s.MoveTo(p.x(r.from), y-rowHeight/2)
		s.LineTo(p.x(r.from), y+rowHeight-3*px)
		s.Stroke()
	}
	if r.r.interval && high > low {
		s.use(whiskerClass)
		s.MoveTo(low, middle)
		s.LineTo(high, middle)
		s.Stroke()
	}
	s.titled([]byte(r.title))
	s.marker(r.style, r.status == retention.Provisional, at, middle)
	s.end()
	s.use(numberClass)
	text := shorten([]byte(r.text), s.w-s.pad-p.right-10*px, styles[numberClass].size, false)
	if len(text) != len(r.text) {
		s.titled([]byte(r.text))
	}
	s.text(text, p.right+10*px, middle+4*px)
}

// rowStatus says why a row has no figure.
func (s *sheet) rowStatus(r *row, p *plot, y int) {
	middle := y + rowHeight/2
	if r.status == retention.Open {
		s.use(fieldClass)
		s.rect(p.left, y+3*px, p.right-p.left, rowHeight-6*px)
	}
	text := []byte(r.text)
	w := textWidth(text, styles[axisTextClass].size, false)
	if r.status == retention.Suppressed {
		s.useWith(gapClass, r.style)
		s.MoveTo(p.left+w+16*px, middle)
		s.LineTo(p.right, middle)
		s.Stroke()
	}
	s.use(axisTextClass)
	s.text(text, p.left+8*px, middle+4*px)
}

// marker draws a figure's dot: round, or square for the second of two.
func (s *sheet) marker(style class, hollow bool, x, y int) {
	s.use(dotClass)
	r := 5 * px
	if hollow {
		s.use(hollowClass)
		r -= px
	}
	switch style {
	case seriesClass + 1:
		r = r * 9 / 10
		s.MoveTo(x-r, y-r)
		s.LineTo(x+r, y-r)
		s.LineTo(x+r, y+r)
		s.LineTo(x-r, y+r)
		s.Close()
		s.FillStroke()
	case seriesClass:
		s.Circle(float64(r), x, y)
	default:
		r = r * 12 / 10
		s.MoveTo(x, y-r)
		s.LineTo(x+r, y)
		s.LineTo(x, y+r)
		s.LineTo(x-r, y)
		s.Close()
		s.FillStroke()
	}
}

// marks draws the rates at months 1, 3, 6 and 12, group under group.
func (s *sheet) marks(m *retention.Marks) {
	s.heading(m.Campaign.Title, s.word("chart-kind-marks"), appendFinding(nil, s.loc, m))
	var blocks []block
	for _, month := range markMonths(m.Groups) {
		b := block{heading: s.word(monthHeading(m.Definition.Anchor), i18n.Int(month))}
		for _, g := range m.Groups {
			for i := range g.Points {
				if g.Points[i].Month == month {
					style := groupStyle(g.Group)
					if g.Group == retention.All && len(m.Groups) > 1 {
						style = greyClass
					}
					b.rows = append(b.rows, s.pointRow(s.word(groupName(g.Group)), style, &g.Points[i]))
					break
				}
			}
		}
		blocks = append(blocks, b)
	}
	if len(blocks) == 0 || m.Coverage.Participants == 0 {
		s.emptyPlot(s.word("chart-empty"))
	} else {
		s.drawRows(blocks)
	}
	s.foot(&m.Head, footMeasure{interval: true})
}

// markMonths returns the months of the groups, in order, each once.
func markMonths(groups []retention.Series) []int {
	var months []int
	for _, g := range groups {
		for i := range g.Points {
			m := g.Points[i].Month
			known := false
			for _, have := range months {
				known = known || have == m
			}
			if !known && m > 0 && m <= maxMonths && len(months) < 12 {
				months = append(months, m)
			}
		}
	}
	return months
}

func monthHeading(a retention.Anchor) string {
	switch a {
	case retention.AnchorStart:
		return "chart-month-start"
	case retention.AnchorJoin:
		return "chart-month-join"
	case retention.AnchorRegistration:
		return "chart-month-registration"
	}
	return "chart-month-end"
}

// singleFigure draws a preset's one figure.
func (s *sheet) singleFigure(c *retention.Curve) {
	s.drawRows([]block{{rows: []row{s.pointRow(s.word(groupName(c.Group)), groupStyle(c.Group), &c.Points[0])}}})
}
