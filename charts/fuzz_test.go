package charts

import (
	"math"
	"testing"
	"time"

	"afterglow/charts/sample"
	"afterglow/retention"
)

// bytesOf deals out values for figures; it repeats when it is used up.
type dealer struct {
	data []byte
	at   int
}

func (d *dealer) byte() byte {
	if len(d.data) == 0 {
		return 0
	}
	b := d.data[d.at%len(d.data)]
	d.at++
	return b
}

// float returns numbers of every shape, the broken ones often.
func (d *dealer) float() float64 {
	switch b := d.byte(); b % 12 {
	case 0:
		return math.NaN()
	case 1:
		return math.Inf(1)
	case 2:
		return math.Inf(-1)
	case 3:
		return -1
	case 4:
		return 1e308
	case 5:
		return 0
	case 6:
		return 1
	default:
		return float64(d.byte()) / 255
	}
}

func (d *dealer) int() int {
	switch b := d.byte(); b % 10 {
	case 0:
		return math.MaxInt
	case 1:
		return math.MinInt
	case 2:
		return -1
	case 3:
		return 0
	default:
		return int(d.byte())
	}
}

func (d *dealer) status() retention.Status {
	return []retention.Status{retention.Final, retention.Final, retention.Provisional, retention.Open, retention.Suppressed, retention.Empty, "made-up", ""}[d.byte()%8]
}

func (d *dealer) points() []retention.Point {
	points := make([]retention.Point, d.byte()%64)
	for i := range points {
		points[i] = retention.Point{Month: i + 1, AtRisk: d.int(), Retained: d.int(), Rate: d.float(), Low: d.float(), High: d.float(), Status: d.status()}
		if d.byte()%16 == 0 {
			points[i].Month = d.int()
		}
	}
	return points
}

func (d *dealer) group() retention.Group {
	return []retention.Group{retention.All, retention.Newcomers, retention.Experienced, retention.FirstTime, retention.Repeat, "", "<x>"}[d.byte()%7]
}

func (d *dealer) series() []retention.Series {
	all := make([]retention.Series, d.byte()%5)
	for i := range all {
		all[i] = retention.Series{Group: d.group(), People: d.int(), Points: d.points()}
	}
	return all
}

func (d *dealer) head(title string) retention.Head {
	h := sample.Head(retention.MeasureRetention, title, int(d.byte()))
	h.Definition.Months = d.int()
	h.Definition.Threshold = d.int()
	h.Definition.Mode = []retention.Mode{retention.Bracket, retention.Unbounded, retention.Cumulative, "x"}[d.byte()%4]
	h.Definition.Anchor = []retention.Anchor{retention.AnchorEnd, retention.AnchorStart, retention.AnchorJoin, retention.AnchorRegistration}[d.byte()%4]
	h.Definition.Wikis = retention.Wikis{Kind: "list", Names: []string{title, "enwiki"}}
	h.Campaign.Source.Wiki = title
	h.AsOf = time.Unix(int64(d.int()%1e11), 0)
	return h
}

func (d *dealer) survival(title string) *retention.Survival {
	v := &retention.Survival{Head: d.head(title), Group: d.group(), People: d.int(), LeftOut: d.int(), Status: d.status()}
	for i := range d.byte() % 80 {
		p := retention.SurvivalPoint{Week: int(i) * 2, AtRisk: d.int(), Events: d.int(), Censored: d.int(), Survival: d.float(), Low: d.float(), High: d.float(), HasInterval: d.byte()%2 == 0}
		if d.byte()%8 == 0 {
			p.Week = d.int()
		}
		v.Points = append(v.Points, p)
	}
	if d.byte()%2 == 0 {
		w, low, high := d.float(), d.float(), d.float()
		v.Median = retention.Quantile{Weeks: &w, Low: &low, High: &high}
	}
	return v
}

func (d *dealer) period() retention.Period {
	return retention.Period{Phase: []string{"before", "during", "after", "<x>"}[d.byte()%4], Number: d.int()}
}

// result makes a result of any kind, most of it nonsense.
func (d *dealer) result(title string) retention.Result {
	switch d.byte() % 11 {
	case 0:
		return &retention.Curve{Head: d.head(title), Series: retention.Series{Group: d.group(), People: d.int(), Points: d.points()}, Groups: d.series()}
	case 1:
		return &retention.Marks{Head: d.head(title), Groups: d.series()}
	case 2:
		return d.survival(title)
	case 3, 4:
		c := &retention.Cohorts{Head: d.head(title), Total: retention.CohortRow{People: d.int(), Points: d.points()}}
		for range d.byte() % 12 {
			c.Rows = append(c.Rows, retention.CohortRow{Key: title, Title: title, People: d.int(), Points: d.points()})
		}
		return c
	case 5:
		v := &retention.Intensity{Head: d.head(title), Group: d.group(), People: d.int()}
		for i := range d.byte() % 70 {
			p := retention.IntensityPoint{Month: int(i) + 1, AtRisk: d.int(), Status: d.status()}
			for b := range p.Shares {
				p.Shares[b], p.Counts[b] = d.float(), d.int()
			}
			v.Points = append(v.Points, p)
		}
		return v
	case 6:
		v := &retention.Activity{Head: d.head(title), Group: d.group(), People: d.int()}
		for range d.byte() % 70 {
			v.Points = append(v.Points, retention.ActivityPoint{Period: d.period(), AtRisk: d.int(), Active: d.int(), Rate: d.float(), Low: d.float(), High: d.float(), Status: d.status()})
		}
		return v
	case 7:
		v := &retention.Lifecycle{Head: d.head(title), Group: d.group(), People: d.int()}
		for range d.byte() % 70 {
			v.Points = append(v.Points, retention.LifecyclePoint{Period: d.period(), AtRisk: d.int(), New: d.int(), Continuing: d.int(), Returning: d.int(), Lapsed: d.int(), Status: d.status()})
		}
		return v
	case 8:
		v := &retention.Baseline{Head: d.head(title), Matched: d.int(), Unmatched: d.int(), Controls: d.int()}
		v.Participants.Points, v.Control.Points = d.points(), d.points()
		for i := range d.byte() % 13 {
			v.Differences = append(v.Differences, retention.Difference{Month: int(i), Value: d.float(), Low: d.float(), High: d.float(), Status: d.status()})
		}
		return v
	case 9:
		return &retention.RollUp{Curve: retention.Curve{Head: d.head(title), Series: retention.Series{Points: d.points()}, Groups: d.series()}, People: d.int(), Registrations: d.int()}
	}
	h := d.head(title)
	c := &retention.Comparison{Measure: []retention.Measure{retention.MeasureRetention, retention.MeasureSurvival, retention.MeasureCohorts, retention.MeasureMarks}[d.byte()%4], Definition: h.Definition, AsOf: h.AsOf}
	for i := range d.byte() % 16 {
		c.Curves = append(c.Curves, &retention.Curve{Head: d.head(title), Series: retention.Series{People: d.int(), Points: d.points()}})
		c.Survivals = append(c.Survivals, d.survival(title))
		c.Rows = append(c.Rows, retention.CohortRow{Key: "k", Title: title, People: d.int(), Points: d.points()})
		if i == 3 {
			c.Curves[1], c.Survivals[2] = nil, nil
		}
	}
	c.LogRank = &retention.LogRank{ChiSquared: d.float(), P: d.float(), DF: d.int()}
	c.Pairs = []retention.Pair{{Shared: d.int()}}
	return c
}

// FuzzFigures draws results of nonsense: whatever the numbers are, the answer
// is XML made of allowed parts, within bounds.
func FuzzFigures(f *testing.F) {
	for i := range 40 {
		seed := make([]byte, 97)
		for j := range seed {
			seed[j] = byte(i*131 + j*j*7 + j)
		}
		seed[0] = byte(i)
		f.Add(seed, "title & <more>")
	}
	f.Fuzz(func(t *testing.T, data []byte, title string) {
		d := &dealer{data: data}
		r := d.result(title)
		o := Options{Width: MinWidth + int(d.byte())*5, Lang: []string{"en", "ar", "hi", "qps"}[d.byte()%4], Title: d.byte()%2 == 0, Theme: []string{"auto", "light", "dark"}[d.byte()%3]}
		if d.byte()%4 == 0 {
			o.Height = MinHeight + int(d.byte())*5
		}
		svg, err := SVG(r, o)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkSVG(svg); err != nil {
			t.Fatalf("%T: %v", r, err)
		}
		if len(svg) > 3<<20 {
			t.Fatalf("%T: %d bytes", r, len(svg))
		}
		_ = Finding(r, o.Lang)
		if page, err := Tab(r); err == nil {
			checkTab(t, page)
		}
	})
}
