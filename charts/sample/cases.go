package sample

import (
	"math"

	"afterglow/retention"
)

// Case is a result under a name.
type Case struct {
	Name string
	// Make makes the result; the title is the campaign's, where it has one.
	Make func(title string) retention.Result
	// Highlight is the campaign to show in colour, or "".
	Highlight string
}

// Kinds is one result for each kind of chart that has axes.
func Kinds() []Case {
	comparison := func(m retention.Measure, n int) func(string) retention.Result {
		return func(string) retention.Result {
			c := Comparison(n, 12)
			c.Measure = m
			return c
		}
	}
	return []Case{
		{Name: "retention", Make: func(t string) retention.Result { return Curve(t, 60, 52, 12, 9) }},
		{Name: "marks", Make: func(t string) retention.Result { return Marks(t, 60, 52, 9) }},
		{Name: "survival", Make: func(t string) retention.Result { return Survival(t, 112, 45, 0.01) }},
		{Name: "cohorts", Make: func(t string) retention.Result { return Cohorts(t, 7, 12) }},
		{Name: "intensity", Make: func(t string) retention.Result { return Intensity(t, 112, 12, 9) }},
		{Name: "activity", Make: func(t string) retention.Result { return Activity(t, 112, 9) }},
		{Name: "lifecycle", Make: func(t string) retention.Result { return Lifecycle(t, 112, 9) }},
		{Name: "baseline", Make: func(t string) retention.Result { return Baseline(t, 57, 230, 9) }},
		{Name: "rollup", Make: func(t string) retention.Result { return RollUp(t) }},
		{Name: "comparison", Make: comparison(retention.MeasureRetention, 5)},
		{Name: "comparison-survival", Make: comparison(retention.MeasureSurvival, 4)},
		{Name: "comparison-cohorts", Make: comparison(retention.MeasureCohorts, 6)},
		{Name: "comparison-marks", Make: comparison(retention.MeasureMarks, 3)},
	}
}

// Edges are the shapes that figures take on their worst days.
func Edges() []Case {
	curve := func(newcomers, experienced, months, closed int) func(string) retention.Result {
		return func(t string) retention.Result { return Curve(t, newcomers, experienced, months, closed) }
	}
	changed := func(change func(c *retention.Curve)) func(string) retention.Result {
		return func(t string) retention.Result {
			c := Curve(t, 60, 52, 12, 12)
			change(c)
			return c
		}
	}
	return []Case{
		{Name: "edge-nought", Make: changed(flat(0))},
		{Name: "edge-hundred", Make: changed(flat(1))},
		{Name: "edge-one-point", Make: curve(60, 52, 12, 1)},
		{Name: "edge-one-month", Make: curve(60, 52, 1, 1)},
		{Name: "edge-one-person", Make: curve(1, 52, 12, 9)},
		{Name: "edge-nobody", Make: func(t string) retention.Result {
			return &retention.Curve{Head: Head(retention.MeasureRetention, t, 0)}
		}},
		{Name: "edge-open", Make: curve(60, 52, 12, 0)},
		{Name: "edge-many", Make: curve(6000, 4000, 12, 9)},
		{Name: "edge-60-months", Make: curve(60, 52, 60, 50)},
		{Name: "edge-gaps", Make: changed(gaps)},
		{Name: "edge-not-numbers", Make: changed(notNumbers)},
		{Name: "edge-preset", Make: changed(func(c *retention.Curve) {
			c.Definition.Preset, c.Groups, c.Group = retention.Growth, nil, retention.Newcomers
			c.Points = c.Points[:1]
			c.Points[0].Month = 0
		})},
		{Name: "edge-preset-months", Make: changed(func(c *retention.Curve) {
			c.Definition.Preset, c.Groups = retention.ProgramEvaluation, nil
			c.Points = c.Points[:3]
			for i, m := range []int{3, 6, 12} {
				c.Points[i].Month = m
			}
		})},
		{Name: "edge-long-title", Make: func(string) retention.Result { return Curve(Long, 60, 52, 12, 9) }},
		{Name: "edge-hostile-title", Make: func(string) retention.Result { return Curve(Nasty, 60, 52, 12, 9) }},
		{Name: "edge-cohorts-60", Make: func(t string) retention.Result { return Cohorts(t, 12, 60) }},
		{Name: "edge-campaigns-12", Make: func(string) retention.Result { return Comparison(12, 12) }},
		{Name: "edge-campaigns-chosen", Highlight: "metawiki-104", Make: func(string) retention.Result { return Comparison(12, 12) }},
	}
}

// flat makes every rate the same.
func flat(rate float64) func(c *retention.Curve) {
	return func(c *retention.Curve) {
		for _, g := range c.Groups {
			for i, p := range g.Points {
				g.Points[i] = Point(p.Month, int(rate*float64(p.AtRisk)), p.AtRisk, p.Status)
			}
		}
	}
}

// gaps makes some points too small to show, within the curves and at an end.
func gaps(c *retention.Curve) {
	for i := 3; i < 6; i++ {
		c.Groups[0].Points[i].Status, c.Groups[1].Points[i].Status = retention.Suppressed, retention.Suppressed
	}
	for i := 9; i < 12; i++ {
		c.Groups[1].Points[i].Status = retention.Suppressed
	}
}

// notNumbers breaks some figures, as no computation should.
func notNumbers(c *retention.Curve) {
	c.Groups[0].Points[2].Rate = math.NaN()
	c.Groups[0].Points[4].Rate = math.Inf(1)
	c.Groups[0].Points[6].Low = math.NaN()
	c.Groups[1].Points[3].Rate, c.Groups[1].Points[3].High = -7, 1e300
}
