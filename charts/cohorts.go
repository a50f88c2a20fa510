package charts

import (
	"slices"
	"time"

	chart "github.com/wcharczuk/go-chart/v2"

	"afterglow/charts/i18n"
	"afterglow/retention"
)

// maxRows bounds a heatmap: ten years of months.
const maxRows = 120

// cohorts draws a heatmap: a row for each cohort, down in time, a column for
// each month, and all rows together at the end.
func (s *sheet) cohorts(c *retention.Cohorts) {
	s.heading(c.Campaign.Title, s.word("chart-kind-cohorts"), appendFinding(nil, s.loc, c))
	months := min(max(c.Definition.Months, 1), maxMonths)
	if len(c.Rows) == 0 {
		s.emptyPlot(s.word("chart-empty"))
	} else {
		s.heat(c.Rows, &c.Total, months, c.Definition.Anchor)
	}
	s.foot(&c.Head, footMeasure{})
}

// heat draws the table of rates.
func (s *sheet) heat(rows []retention.CohortRow, total *retention.CohortRow, months int, anchor retention.Anchor) {
	rows = rows[:min(len(rows), maxRows)]
	names := make([]string, len(rows))
	labelWidth, countWidth := 0, 0
	for i := range rows {
		names[i] = s.rowName(&rows[i])
		labelWidth = max(labelWidth, textWidth([]byte(names[i]), styles[numberClass].size, false))
		countWidth = max(countWidth, textWidth(s.number(rows[i].People), styles[axisTextClass].size, false))
	}
	totalName := ""
	if total != nil {
		totalName = s.word("chart-total")
		labelWidth = max(labelWidth, textWidth([]byte(totalName), styles[markTextClass].size, true))
		countWidth = max(countWidth, textWidth(s.number(total.People), styles[axisTextClass].size, false))
	}
	labelWidth = min(labelWidth, (s.w-2*s.pad)*3/10)
	p := plot{left: s.pad + labelWidth + countWidth + 18*px, right: s.w - s.pad, top: s.y}
	rowStep := 24 * px
	n := len(rows)
	if total != nil {
		n++
	}
	if s.givenPlot > 0 {
		rowStep = min(max(s.givenPlot/max(n, 1), 12*px), 48*px)
	}
	p.bottom = p.top + n*rowStep
	s.plotH = n * rowStep
	if total != nil {
		p.bottom += 6 * px
	}
	p.xs = chart.ContinuousRange{Min: 0.5, Max: float64(months) + 0.5, Domain: p.right - p.left}
	s.b = slices.Grow(s.b, n*months*140) // what a cell with its number and title takes
	y := p.top
	for i := range rows {
		s.heatRow(&rows[i], names[i], &p, y, rowStep, labelWidth, numberClass, months)
		y += rowStep
	}
	if total != nil {
		s.heatRow(total, totalName, &p, y+6*px, rowStep, labelWidth, markTextClass, months)
	}
	s.y = p.bottom
	s.monthAxis(&p, months, anchor)
}

func (s *sheet) rowName(r *retention.CohortRow) string {
	if r.Title != "" {
		return i18n.Isolate(bounded(r.Title))
	}
	if t, err := time.Parse("2006-01", r.Key); err == nil {
		return s.loc.String(i18n.Month(t))
	}
	return i18n.Isolate(bounded(r.Key))
}

// heatRow draws a row: its name, its people, and a cell for each month.
func (s *sheet) heatRow(r *retention.CohortRow, name string, p *plot, y, height, labelWidth int, nameClass class, months int) {
	base := y + height/2 + 4*px
	st := &styles[nameClass]
	s.use(nameClass)
	short := shorten([]byte(name), labelWidth, st.size, st.bold)
	if len(short) < len(name) {
		s.titled([]byte(name))
	}
	s.text(short, s.pad, base)
	s.useWith(axisTextClass, endClass)
	s.text(s.number(r.People), p.left-8*px, base)

	cell := p.x(1.5) - p.x(0.5)
	numbers, text := cell >= 15*px && height >= 14*px, cellClass
	if cell < 20*px {
		text = smallCellClass
	}
	steps := [maxMonths + 1]int8{}
	for i := range steps {
		steps[i] = -1
	}
	s.use(inherited)
	s.titled([]byte(name))
	s.begin()
	defer s.end()
	for i := range r.Points {
		c := &r.Points[i]
		if c.Month < 1 || c.Month > months {
			continue
		}
		left, right := p.x(float64(c.Month)-0.5), p.x(float64(c.Month)+0.5)
		v, ok := usable(c.Rate, c.Low, c.High)
		if !ok || !c.Status.Known() {
			s.heatGap(c, left, y, right-left-px, height-px)
			continue
		}
		step := heatStep(v.value)
		steps[c.Month] = int8(step)
		s.use(heatClass + class(step))
		s.titled(s.pointTitle(&curvePoint{month: c.Month, status: c.Status, r: v, of: c.Retained, atRisk: c.AtRisk}))
		s.MoveTo(left, y)
		s.LineTo(right-px, y)
		s.LineTo(right-px, y+height-px)
		s.LineTo(left, y+height-px)
		s.Close()
		s.Fill()
		if c.Status == retention.Provisional {
			s.use(outlineClass)
			s.MoveTo(left+px, y+height-3*px)
			s.LineTo(right-2*px, y+height-3*px)
			s.Stroke()
		}
	}
	if !numbers {
		return
	}
	for _, strong := range [2]bool{false, true} {
		open := false
		for i := range r.Points {
			c := &r.Points[i]
			if c.Month < 1 || c.Month > months || steps[c.Month] < 0 || (steps[c.Month] >= strongStep) != strong {
				continue
			}
			if !open {
				s.use(text)
				if strong {
					s.useWith(text, inverseClass)
				}
				s.begin()
				s.use(inherited)
				open = true
			}
			v, _ := usable(c.Rate, c.Low, c.High)
			s.buf = s.loc.AppendShare(s.buf[:0], v.value)
			s.text(s.buf, (p.x(float64(c.Month)-0.5)+p.x(float64(c.Month)+0.5))/2, base)
		}
		if open {
			s.end()
		}
	}
}

// strongStep is the first step of the heatmap whose number is inverse.
const strongStep = 7

// heatGap draws a cell without a figure: shaded while open, dotted around where
// it is too small to show.
func (s *sheet) heatGap(c *retention.Point, x, y, w, h int) {
	s.titled(s.msg("chart-mark-status", i18n.Int(c.Month), i18n.Text(s.loc.Message(statusWord(c.Status)))))
	if c.Status == retention.Suppressed {
		s.use(outlineClass)
		s.rect(x+px, y+px, w-2*px, h-2*px)
		return
	}
	s.use(fieldClass)
	s.rect(x, y, w, h)
}
