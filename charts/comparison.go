package charts

import (
	"slices"
	"strconv"

	"afterglow/charts/i18n"
	"afterglow/retention"
)

// maxCampaigns bounds a comparison.
const maxCampaigns = 12

// comparison draws two to twelve campaigns beside each other: overlaid curves,
// survival curves, rows of marks, or a heatmap, as its measure says.
func (s *sheet) comparison(v *retention.Comparison) {
	n := max(len(v.Curves), len(v.Survivals), len(v.Rows))
	title, kind := "", s.word("chart-kind-comparison", i18n.Int(n))
	if oneCampaign(v) {
		title, kind = s.sameCampaign(v), s.word("chart-kind-retention")
	}
	s.heading(title, kind, appendFinding(nil, s.loc, v))
	m := footMeasure{rollUp: true}
	switch v.Measure {
	case retention.MeasureSurvival:
		m.survival = true
		s.compareSurvival(v)
	case retention.MeasureCohorts:
		s.heat(v.Rows, nil, min(max(v.Definition.Months, 1), maxMonths), v.Definition.Anchor)
	case retention.MeasureMarks:
		s.compareMarks(v)
	default:
		s.compareCurves(v)
	}
	m.interval = v.Measure == retention.MeasureMarks || v.Measure != retention.MeasureCohorts && n <= 2
	m.extra = s.tests(v)
	h := retention.Head{Definition: v.Definition, AsOf: v.AsOf}
	for _, c := range v.Curves {
		if c != nil && len(c.Coverage.WikisFailed) > len(h.Coverage.WikisFailed) {
			h.Coverage.WikisFailed = c.Coverage.WikisFailed
		}
	}
	s.foot(&h, m)
}

// tests says what the comparison's test found and whom the campaigns share.
func (s *sheet) tests(v *retention.Comparison) []string {
	var parts []string
	shared := 0
	for _, p := range v.Pairs {
		shared = max(shared, p.Shared)
	}
	if shared > 0 {
		parts = append(parts, s.word("chart-shared", i18n.Int(shared)))
	}
	if t := v.LogRank; t != nil && v.Measure == retention.MeasureSurvival && finite(t.ChiSquared) && finite(t.P) {
		parts = append(parts, s.word("chart-logrank", i18n.Decimal(t.ChiSquared), i18n.Int(t.DF), i18n.Text(pValue(t.P))))
	}
	return parts
}

func pValue(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	digits := 2
	if p < 0.01 {
		digits = 3
	}
	return "= " + strconv.FormatFloat(p, 'f', digits, 64)
}

// sameCampaign returns the title of the campaign whose groups are compared.
func (s *sheet) sameCampaign(v *retention.Comparison) string {
	for _, c := range v.Curves {
		if c != nil {
			return c.Campaign.Title
		}
	}
	for _, c := range v.Survivals {
		if c != nil {
			return c.Campaign.Title
		}
	}
	return ""
}

// sideName names a side of a comparison for a label.
func (s *sheet) sideName(one bool, c *retention.Campaign, g retention.Group) string {
	return s.loc.String(sideArg(s.loc, one, c, g))
}

// campaignStyle gives the first eight campaigns a hue and the others grey, or
// all but the highlighted one grey.
func (s *sheet) campaignStyle(i int, id string) class {
	switch {
	case s.o.Highlight != "" && id == s.o.Highlight:
		return seriesClass
	case s.o.Highlight != "", i >= hues:
		return greyClass
	}
	return seriesClass + class(i)
}

func (s *sheet) compareCurves(v *retention.Comparison) {
	if v.Definition.Preset != "" && singleFigures(v.Curves) {
		s.compareMarks(v)
		return
	}
	months, one := min(max(v.Definition.Months, 1), maxMonths), oneCampaign(v)
	var curves []curve
	for i, c := range v.Curves {
		if c == nil || i >= maxCampaigns {
			continue
		}
		k := newCurve(c.Points, months)
		k.label, k.style, k.people = s.sideName(one, &c.Campaign, c.Group), s.campaignStyle(i, c.Campaign.ID), c.People
		k.sub = s.word("chart-people", i18n.Int(c.People))
		k.band, k.bare = len(v.Curves) <= 2, len(v.Curves) > 2
		curves = append(curves, k)
	}
	if len(curves) == 0 {
		s.emptyPlot(s.word("chart-finding-comparison-none"))
		return
	}
	s.highlightLast(len(curves), func(i int) bool { return curves[i].style == greyClass }, func(i, j int) { curves[i], curves[j] = curves[j], curves[i] })
	tags := make([]tag, len(curves))
	for i := range curves {
		tags[i] = tag{text: curves[i].label, sub: curves[i].sub, style: curves[i].style, short: s.loc.String(i18n.Int(curves[i].people))}
	}
	numbered := s.numberTags(tags)
	margin := s.tagMargin(tags)
	p := s.percentPlot(0.5, float64(months)+0.5, margin, s.plotHeight(curveHeights))
	if open := openFrom(curves, months); open <= months {
		s.field(&p, p.x(float64(open)-0.5), p.right, "chart-open")
	}
	for i := len(curves) - 1; i >= 0; i-- {
		curves[i].place(&p)
		s.drawCurve(&curves[i], &p)
		if last := curves[i].lastKnown(); last >= 0 {
			tags[i].x, tags[i].y = max(curves[i].points[last].px, curves[i].end), curves[i].points[last].py
		} else {
			tags[i].y = p.bottom
			tags[i].sub = s.word(curves[i].why())
			tags[i].short = tags[i].sub
		}
	}
	s.nameEnds(tags, &p, margin)
	s.monthAxis(&p, months, v.Definition.Anchor)
	if numbered {
		s.tagList(tags)
	}
}

// why is the message that says why a curve has no figure.
func (c *curve) why() string {
	if c.suppressed() {
		return "chart-suppressed"
	}
	if len(c.points) > 0 && c.points[0].status == retention.Open {
		return "chart-open"
	}
	return "chart-nobody"
}

// highlightLast moves series in colour to the front of the list: they are
// drawn last, on top of grey ones.
func (s *sheet) highlightLast(n int, grey func(int) bool, swap func(i, j int)) {
	if s.o.Highlight == "" {
		return
	}
	for i := 1; i < n; i++ {
		if !grey(i) {
			swap(0, i)
			return
		}
	}
}

func (s *sheet) compareSurvival(v *retention.Comparison) {
	var all []steps
	var empty []tag
	one := oneCampaign(v)
	for i, c := range v.Survivals {
		if c == nil || i >= maxCampaigns {
			continue
		}
		k := newSteps(c)
		k.label, k.style = s.sideName(one, &c.Campaign, c.Group), s.campaignStyle(i, c.Campaign.ID)
		k.people, k.sub = c.People, s.word("chart-people", i18n.Int(c.People))
		k.band = len(v.Survivals) <= 2
		if len(k.points) == 0 {
			empty = append(empty, tag{text: k.label, sub: s.word(statusWord(c.Status)), style: k.style})
			continue
		}
		all = append(all, k)
	}
	if len(all) == 0 {
		s.emptyPlot(s.word("chart-finding-comparison-none"))
		return
	}
	s.drawSteps(all, v.Definition.Anchor, retention.Quantile{})
	for _, t := range empty { // not silently absent
		s.y += 4 * px
		s.paragraph(s.named(t.text, t.sub), axisTextClass, 15*px, 2, "")
	}
}

func (s *sheet) compareMarks(v *retention.Comparison) {
	groups := make([]retention.Series, 0, len(v.Curves))
	for _, c := range v.Curves {
		if c != nil {
			groups = append(groups, c.Series)
		}
	}
	one := oneCampaign(v)
	var blocks []block
	months := markMonths(groups)
	if singleFigures(v.Curves) {
		months = []int{0}
	}
	for _, month := range months {
		var b block
		if month > 0 {
			if !isMark(month) {
				continue
			}
			b.heading = s.word(monthHeading(v.Definition.Anchor), i18n.Int(month))
		}
		for i, c := range v.Curves {
			if c == nil || i >= maxCampaigns {
				continue
			}
			for j := range c.Points {
				if c.Points[j].Month == month {
					b.rows = append(b.rows, s.pointRow(s.sideName(one, &c.Campaign, c.Group), s.campaignStyle(i, c.Campaign.ID), &c.Points[j]))
				}
			}
		}
		if d := differenceAt(v, month); d != nil && len(b.rows) == 2 && b.rows[1].ok {
			b.rows = append(b.rows, s.differenceRow(d, b.rows[1].r.value))
		}
		blocks = append(blocks, b)
	}
	if len(blocks) == 0 {
		s.emptyPlot(s.word("chart-finding-comparison-none"))
		return
	}
	s.drawRows(blocks)
}

// singleFigures reports whether all curves are a preset's one figure.
func singleFigures(curves []*retention.Curve) bool {
	some := false
	for _, c := range curves {
		if c == nil {
			continue
		}
		if len(c.Points) != 1 || c.Points[0].Month != 0 {
			return false
		}
		some = true
	}
	return some
}

// differenceAt returns the tested difference of the two sides of a comparison.
func differenceAt(v *retention.Comparison, month int) *retention.Difference {
	if len(v.Curves) != 2 || len(v.Pairs) != 1 || !v.Pairs[0].Tested || v.Pairs[0].A != 0 {
		return nil
	}
	for i := range v.Pairs[0].Differences {
		if d := &v.Pairs[0].Differences[i]; d.Month == month && d.Status.Known() {
			return d
		}
	}
	return nil
}

// numberTags gives names numbers where there is no room beside the lines: on a
// phone. The names then stand in a list below.
func (s *sheet) numberTags(tags []tag) bool {
	if s.layout != phone || len(tags) < 2 {
		return false
	}
	for i := range tags {
		tags[i].number = i + 1
	}
	return true
}

// tagMargin returns the room to the right of the plot for names or numbers.
func (s *sheet) tagMargin(tags []tag) int {
	if s.layout == phone {
		if len(tags) > 1 {
			return 30 * px
		}
		return 0
	}
	return min(tagWidth(tags)+24*px, s.w*33/100)
}

// nameEnds writes names, or numbers, at the ends of lines.
func (s *sheet) nameEnds(tags []tag, p *plot, margin int) {
	shown := slices.Clone(tags)
	height := 0
	for i := range shown {
		if shown[i].number > 0 {
			shown[i].text, shown[i].sub = s.loc.String(i18n.Int(shown[i].number)), ""
		}
		height += shown[i].height()
	}
	if height > p.bottom-p.top { // one line each
		for i := range shown {
			if shown[i].sub != "" {
				room := s.w - s.pad - p.right - 14*px
				count := s.named("", shown[i].short)
				name := shorten([]byte(shown[i].text), room-textWidth(count, styles[labelClass].size, true), styles[labelClass].size, true)
				shown[i].text = string(s.named(string(name), shown[i].short))
				shown[i].sub = ""
			}
		}
	}
	if s.layout == phone && len(tags) == 1 {
		return // the chart places it
	}
	spread(shown, p.top-8*px, p.bottom+8*px)
	x := p.right + 14*px
	if shown[0].number > 0 {
		x = p.right + 12*px
	}
	s.drawTags(shown, x, s.w-s.pad-x+4*px)
}

// tagList lists numbered names under the plot, in the order of their numbers.
func (s *sheet) tagList(tags []tag) {
	s.y += 4 * px
	for i := range tags {
		t := &tags[i]
		s.y += 18 * px
		s.useWith(labelClass, t.style)
		s.text(s.number(t.number), s.pad, s.y)
		s.use(t.style)
		s.begin()
		s.use(lineClass)
		s.MoveTo(s.pad+20*px, s.y-4*px)
		s.LineTo(s.pad+46*px, s.y-4*px)
		s.Stroke()
		s.end()
		text := s.named(t.text, t.sub)
		room := s.w - 2*s.pad - 54*px
		short := shorten(text, room, styles[numberClass].size, false)
		s.use(numberClass)
		if len(short) < len(text) {
			s.titled(text)
		}
		s.text(short, s.pad+54*px, s.y)
	}
	s.y += 6 * px
}
