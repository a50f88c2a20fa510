package charts

import (
	"math"

	"afterglow/charts/sample"
	"afterglow/retention"
)

// picture is a chart of a golden file or of a test that looks at all.
type picture struct {
	name string
	draw func(o Options, title string) ([]byte, error)
}

func of(r func(title string) retention.Result) func(Options, string) ([]byte, error) {
	return func(o Options, title string) ([]byte, error) { return SVG(r(title), o) }
}

// kinds is one chart of each kind.
func kinds() []picture {
	comparison := func(m retention.Measure, n int) func(string) retention.Result {
		return func(string) retention.Result {
			c := sample.Comparison(n, 12)
			c.Measure = m
			return c
		}
	}
	return []picture{
		{"retention", of(func(t string) retention.Result { return sample.Curve(t, 60, 52, 12, 9) })},
		{"marks", of(func(t string) retention.Result { return sample.Marks(t, 60, 52, 9) })},
		{"survival", of(func(t string) retention.Result { return sample.Survival(t, 112, 45, 0.01) })},
		{"cohorts", of(func(t string) retention.Result { return sample.Cohorts(t, 7, 12) })},
		{"intensity", of(func(t string) retention.Result { return sample.Intensity(t, 112, 12, 9) })},
		{"activity", of(func(t string) retention.Result { return sample.Activity(t, 112, 9) })},
		{"lifecycle", of(func(t string) retention.Result { return sample.Lifecycle(t, 112, 9) })},
		{"baseline", of(func(t string) retention.Result { return sample.Baseline(t, 57, 230, 9) })},
		{"rollup", of(func(t string) retention.Result { return sample.RollUp(t) })},
		{"comparison", of(comparison(retention.MeasureRetention, 5))},
		{"comparison-survival", of(comparison(retention.MeasureSurvival, 4))},
		{"comparison-cohorts", of(comparison(retention.MeasureCohorts, 6))},
		{"comparison-marks", of(comparison(retention.MeasureMarks, 3))},
		{"sparkline", func(o Options, t string) ([]byte, error) { return Sparkline(sample.Curve(t, 60, 52, 12, 9), o) }},
		{"badge", func(o Options, t string) ([]byte, error) { return Badge(sample.Curve(t, 60, 52, 12, 9), o) }},
		{"placeholder", func(o Options, t string) ([]byte, error) {
			return Placeholder(sample.Head(retention.MeasureRetention, t, 112).Campaign, 40, 112, o)
		}},
	}
}

// edges are the shapes that data takes on its worst days.
func edges() []picture {
	changed := func(change func(c *retention.Curve)) func(string) retention.Result {
		return func(string) retention.Result {
			c := sample.Curve(sample.Title, 60, 52, 12, 12)
			change(c)
			return c
		}
	}
	all := func(rate float64) func(c *retention.Curve) {
		return func(c *retention.Curve) {
			for g := range c.Groups {
				for i, p := range c.Groups[g].Points {
					c.Groups[g].Points[i] = sample.Point(p.Month, int(rate*float64(p.AtRisk)), p.AtRisk, p.Status)
				}
			}
		}
	}
	curve := func(newcomers, experienced, months, closed int) func(string) retention.Result {
		return func(string) retention.Result {
			return sample.Curve(sample.Title, newcomers, experienced, months, closed)
		}
	}
	return []picture{
		{"edge-nought", of(changed(all(0)))},
		{"edge-hundred", of(changed(all(1)))},
		{"edge-one-point", of(curve(60, 52, 12, 1))},
		{"edge-one-month", of(curve(60, 52, 1, 1))},
		{"edge-one-person", of(curve(1, 52, 12, 9))},
		{"edge-nobody", of(changed(func(c *retention.Curve) {
			*c = retention.Curve{Head: sample.Head(retention.MeasureRetention, sample.Title, 0)}
		}))},
		{"edge-open", of(curve(60, 52, 12, 0))},
		{"edge-many", of(curve(6000, 4000, 12, 9))},
		{"edge-60-months", of(curve(60, 52, 60, 50))},
		{"edge-gaps", of(changed(func(c *retention.Curve) {
			for i := 3; i < 6; i++ {
				c.Groups[0].Points[i].Status, c.Groups[1].Points[i].Status = retention.Suppressed, retention.Suppressed
			}
			for i := 9; i < 12; i++ {
				c.Groups[1].Points[i].Status = retention.Suppressed
			}
		}))},
		{"edge-not-numbers", of(changed(func(c *retention.Curve) {
			c.Groups[0].Points[2].Rate = math.NaN()
			c.Groups[0].Points[4].Rate = math.Inf(1)
			c.Groups[0].Points[6].Low = math.NaN()
			c.Groups[1].Points[3].Rate, c.Groups[1].Points[3].High = -7, 1e300
		}))},
		{"edge-preset", of(changed(func(c *retention.Curve) {
			c.Definition.Preset, c.Groups, c.Group = retention.Growth, nil, retention.Newcomers
			c.Points = c.Points[:1]
			c.Points[0].Month = 0
		}))},
		{"edge-preset-months", of(changed(func(c *retention.Curve) {
			c.Definition.Preset, c.Groups = retention.ProgramEvaluation, nil
			c.Points = c.Points[:3]
			for i, m := range []int{3, 6, 12} {
				c.Points[i].Month = m
			}
		}))},
		{"edge-long-title", func(o Options, _ string) ([]byte, error) { return SVG(sample.Curve(sample.Long, 60, 52, 12, 9), o) }},
		{"edge-hostile-title", func(o Options, _ string) ([]byte, error) { return SVG(sample.Curve(sample.Nasty, 60, 52, 12, 9), o) }},
		{"edge-cohorts-60", of(func(t string) retention.Result { return sample.Cohorts(t, 12, 60) })},
		{"edge-campaigns-12", of(func(string) retention.Result { return sample.Comparison(12, 12) })},
		{"edge-campaigns-chosen", func(o Options, _ string) ([]byte, error) {
			o.Highlight = "metawiki-104"
			return SVG(sample.Comparison(12, 12), o)
		}},
	}
}
