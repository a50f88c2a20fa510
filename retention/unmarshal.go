package retention

import (
	"encoding/json"
	"fmt"
)

// What is stored as a figure must be read again when the people behind it are
// gone: baselines, whose control accounts are deleted, and the marks' snapshots.

// UnmarshalJSON reads what MarshalJSON wrote.
func (b *Baseline) UnmarshalJSON(data []byte) error {
	var j baselineJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("retention: baseline: %w", err)
	}
	*b = Baseline{Head: j.head(MeasureBaseline), Matched: j.Matched, Unmatched: j.Unmatched, Controls: j.Controls}
	b.Participants = Series{Group: Newcomers, People: j.Matched}
	b.Control = Series{Group: Control, People: j.Controls}
	for _, p := range j.Points {
		s := &b.Participants
		if p.Group == Control {
			s = &b.Control
		}
		s.Points = append(s.Points, p.point())
	}
	for _, d := range j.Differences {
		b.Differences = append(b.Differences, Difference{orZero(d.Month), orZero(d.Value), orZero(d.Low), orZero(d.High), d.Status})
	}
	return nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *Marks) UnmarshalJSON(data []byte) error {
	var j struct {
		headJSON
		Groups []groupJSON `json:"groups"`
		Points []pointJSON `json:"points"`
	}
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("retention: marks: %w", err)
	}
	*r = Marks{Head: j.head(MeasureMarks)}
	for _, g := range j.Groups {
		s := Series{Group: g.Group, People: g.People}
		for _, p := range j.Points {
			if p.Group == g.Group {
				s.Points = append(s.Points, p.point())
			}
		}
		r.Groups = append(r.Groups, s)
	}
	return nil
}

func (h headJSON) head(m Measure) Head {
	return Head{
		Measure: m, Campaign: h.Campaign, Definition: h.Definition.definition(m), AsOf: h.AsOf, Coverage: h.Coverage,
		MinCell: h.MinCell, Unknown: Unknown{Anchor: h.LeftOut.UnknownAnchor, HomeWiki: h.LeftOut.UnknownHomeWiki},
	}
}

// definition is what the parameters say, and the measure's defaults elsewhere.
func (j definitionJSON) definition(m Measure) Definition {
	d := defaults(m)
	take(&d.Anchor, j.Anchor)
	take(&d.Mode, j.Mode)
	take(&d.Threshold, j.Threshold)
	take(&d.Group, j.Group)
	take(&d.Wikis, j.Wikis)
	take(&d.Population, j.Population)
	take(&d.Months, j.Months)
	take(&d.Namespaces, j.Namespaces)
	take(&d.Reverted, j.Reverted)
	take(&d.LaterCampaigns, j.LaterCampaigns)
	take(&d.NewcomerDays, j.NewcomerDays)
	take(&d.Gap, j.Gap)
	return d
}

func take[T any](field *T, v *T) {
	if v != nil {
		*field = *v
	}
}

func orZero[T any](v *T) T {
	var zero T
	if v == nil {
		return zero
	}
	return *v
}

func (p pointJSON) point() Point {
	out := Point{
		Month: orZero(p.Month), AtRisk: p.AtRisk, Retained: orZero(p.Retained),
		Rate: orZero(p.Rate), Low: orZero(p.Low), High: orZero(p.High), Status: p.Status,
	}
	if w := p.Window; w != nil {
		out.Window = Window{w.From, untilData}
		take(&out.Window.To, w.To)
	} else {
		out.Window = Window{int64(out.Month-1) * monthSecs, int64(out.Month) * monthSecs}
	}
	return out
}
