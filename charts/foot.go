package charts

import (
	"afterglow/charts/i18n"
	"afterglow/retention"
)

// footMeasure says which parts of the definition a chart has.
type footMeasure struct {
	survival bool // the gap instead of edits a month
	periods  bool // edits in a period
	rollUp   bool
	fixed    bool // bins or phases: no threshold
	interval bool // the chart draws intervals
	extra    []string
}

const footSeparator = " · "

// foot says what the figures are: definition, number of people, date, source.
// It stands under every chart.
func (s *sheet) foot(h *retention.Head, m footMeasure) {
	parts := s.definition(nil, &h.Definition, m)
	parts = append(parts, m.extra...)
	if m.interval {
		parts = append(parts, s.word("chart-foot-interval", i18n.Percent(0.95)))
	}
	if !m.rollUp {
		parts = append(parts, s.word("chart-foot-n", i18n.Int(h.Coverage.Measured), i18n.Int(h.Coverage.Participants)))
	} else {
		parts = append(parts, s.word("chart-foot-public"))
	}
	if n := h.Unknown.Anchor; n > 0 {
		parts = append(parts, s.word("chart-foot-unknown", i18n.Int(n)))
	}
	if n := h.Unknown.HomeWiki; n > 0 {
		parts = append(parts, s.word("chart-foot-unknown-home", i18n.Int(n)))
	}
	if n := len(h.Coverage.WikisFailed); n > 0 {
		parts = append(parts, s.word("chart-foot-failed", i18n.Int(n)))
	}
	parts = append(parts, s.word("chart-foot-date", i18n.Date(h.AsOf)))
	if !m.rollUp {
		parts = append(parts, s.source(&h.Campaign.Source))
	}
	s.footLines(parts)
}

// footLines draws the parts with a rule above, as many to a line as fit.
func (s *sheet) footLines(parts []string) {
	if s.o.MadeUp {
		parts = append(parts, s.word("chart-foot-made-up"))
	}
	s.y += 8 * px
	s.use(gridClass)
	s.MoveTo(s.pad, s.y)
	s.LineTo(s.w-s.pad, s.y)
	s.Stroke()
	s.y += 5 * px
	width, size := s.w-2*s.pad, styles[axisTextClass].size
	s.use(axisTextClass)
	s.begin()
	s.use(inherited)
	line := make([]byte, 0, 256)
	flush := func() {
		if len(line) > 0 {
			s.y += 15 * px
			s.text(line, s.pad, s.y-3*px)
			line = line[:0]
		}
	}
	for _, part := range parts {
		before := len(line)
		if before > 0 {
			line = append(line, footSeparator...)
		}
		line = append(line, part...)
		if textWidth(line, size, false) <= width {
			continue
		}
		line = line[:before]
		flush()
		pieces, _ := wrap(nil, []byte(part), width, size, false, 4)
		for i, piece := range pieces {
			line = append(line[:0], piece...)
			if i < len(pieces)-1 {
				flush()
			}
		}
	}
	flush()
	s.end()
	s.y += s.pad - 4*px
}

// definition says which edits of whom count, one part for each parameter that
// is not the default.
func (s *sheet) definition(parts []string, d *retention.Definition, m footMeasure) []string {
	add := func(key string, args ...i18n.Arg) { parts = append(parts, s.word(key, args...)) }
	k := i18n.Int(d.Threshold)
	switch {
	case d.Preset != "":
		add("chart-foot-preset", i18n.Text(string(d.Preset)))
	case m.survival:
		add("chart-foot-gap", i18n.Int(d.Gap))
	case m.fixed:
	case m.periods:
		add("chart-foot-period", k)
	case d.Mode == retention.Unbounded:
		add("chart-foot-unbounded", k)
	case d.Mode == retention.Cumulative:
		add("chart-foot-cumulative", k)
	default:
		add("chart-foot-bracket", k)
	}
	switch d.Wikis.Kind {
	case "campaign":
		add("chart-foot-wikis-campaign")
	case "home":
		add("chart-foot-wikis-home")
	case "list":
		add("chart-foot-wikis-list", i18n.User(joined(d.Wikis.Names)))
	default:
		add("chart-foot-wikis-all")
	}
	switch d.Namespaces.Kind {
	case "content":
		add("chart-foot-content")
	case "list":
		names := make([]string, 0, len(d.Namespaces.Numbers))
		for _, n := range d.Namespaces.Numbers {
			names = append(names, itoa(n))
		}
		add("chart-foot-namespaces", i18n.Text(joined(names)))
	}
	if d.Reverted == retention.Exclude {
		add("chart-foot-reverted")
	}
	if d.LaterCampaigns == retention.Exclude {
		add("chart-foot-later")
	}
	if d.Population == retention.Active {
		add("chart-foot-active")
	}
	switch d.Group {
	case retention.FirstTime:
		add("chart-foot-first-time")
	case retention.Repeat:
		add("chart-foot-repeat")
	case retention.Newcomers, retention.Experienced, retention.All, "":
		if d.Preset != "" {
			break
		}
		if !m.survival && !m.periods && !m.fixed || d.Group == retention.Newcomers || d.Group == retention.Experienced {
			add("chart-foot-newcomers", i18n.Int(d.NewcomerDays))
		}
	}
	return parts
}

func joined(names []string) string {
	const most = 6
	b := make([]byte, 0, 64)
	for i, n := range names {
		if i > 0 {
			b = append(b, ", "...)
		}
		if i == most {
			b = append(b, ellipsis...)
			break
		}
		b = append(b, bounded(n)...)
	}
	return string(b)
}

func (s *sheet) source(c *retention.Source) string {
	if c.Kind == "list" {
		return s.word("chart-source-list")
	}
	return s.word("chart-source-event", i18n.Text(itoa(int(c.Event))), i18n.User(bounded(c.Wiki)))
}
