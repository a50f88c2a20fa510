package charts

import (
	"afterglow/charts/i18n"
	"afterglow/retention"
)

// baseline draws newcomers beside similar accounts: two dots, two intervals,
// and on a third row the difference with its own interval, laid off from the
// similar accounts' rate.
func (s *sheet) baseline(v *retention.Baseline) {
	s.heading(v.Campaign.Title, s.word("chart-kind-baseline"), appendFinding(nil, s.loc, v))
	control := seriesClass + class(1)
	var blocks []block
	for _, month := range markMonths([]retention.Series{v.Participants, v.Control}) {
		b := block{heading: s.word(monthHeading(v.Definition.Anchor), i18n.Int(month))}
		for i := range v.Participants.Points {
			if p := &v.Participants.Points[i]; p.Month == month {
				b.rows = append(b.rows, s.pointRow(s.word("chart-participants"), seriesClass, p))
			}
		}
		base := rate{}
		for i := range v.Control.Points {
			if p := &v.Control.Points[i]; p.Month == month {
				r := s.pointRow(s.word("chart-control"), control, p)
				base = r.r
				b.rows = append(b.rows, r)
			}
		}
		for i := range v.Differences {
			if d := &v.Differences[i]; d.Month == month && d.Status.Known() {
				b.rows = append(b.rows, s.differenceRow(d, base.value))
			}
		}
		blocks = append(blocks, b)
	}
	if len(blocks) == 0 {
		s.emptyPlot(s.word("chart-empty-group"))
	} else {
		s.drawRows(blocks)
	}
	s.foot(&v.Head, footMeasure{interval: true, extra: []string{
		s.word("chart-baseline-matched", i18n.Int(v.Matched), i18n.Int(v.Controls), i18n.Int(v.Unmatched)),
		s.word("chart-baseline-note"),
	}})
}

func (s *sheet) differenceRow(d *retention.Difference, from float64) row {
	r := row{label: s.word("chart-difference"), style: greyClass, status: d.Status, isDiff: true, from: from}
	if !finite(d.Value) || !finite(d.Low) || !finite(d.High) {
		r.text = s.word("chart-suppressed")
		return r
	}
	r.ok = true
	within := func(f float64) float64 { return min(max(f, 0), 1) }
	r.r = rate{value: within(from + d.Value), low: within(from + d.Low), high: within(from + d.High), interval: true}
	r.text = s.word("chart-difference-points", i18n.Points(d.Value), i18n.Points(d.Low), i18n.Points(d.High))
	r.title = r.text
	if s.layout == phone {
		r.text = s.loc.String(i18n.Points(d.Value))
	}
	return r
}
