package charts

import "afterglow/retention"

// Headline returns the point of a curve that Finding speaks of, and its group;
// nil where nothing is known yet. A text beside the chart can so speak of the
// same people.
func Headline(c *retention.Curve) (retention.Group, *retention.Point) {
	for _, g := range allSeries(c) {
		if p := speaking(g.Points); p != nil {
			return g.Group, p
		}
	}
	return c.Group, nil
}
