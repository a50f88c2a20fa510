package retention

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// Bounds of a comparison.
const (
	minCompared = 2
	maxCompared = 12
	// maxShared is the share of the smaller group above which two groups are
	// not tested against each other: the tests assume different people.
	maxShared = 0.05
)

// Measures of a comparison that take other parameters than those of one
// campaign do.
const (
	measureMarksOfOne Measure = "marks of one group"
	measureCampaigns  Measure = "cohorts of a comparison"
)

// compareAs is the measure whose parameters a comparison by m takes.
func compareAs(m Measure) Measure {
	switch m {
	case MeasureMarks:
		return measureMarksOfOne
	case MeasureCohorts:
		return measureCampaigns
	}
	return m
}

// compared is one side of a comparison.
type compared struct {
	c *Cohort
	d Definition
}

// Compare puts two to twelve campaigns beside each other by one definition and
// one of the measures retention, marks, survival and cohorts. Curves is filled
// for retention and marks (at months 1, 3, 6, 12), Survivals for survival, and
// Rows for cohorts. Errors are a *ParamError, an *UnavailableError, or one that
// says the call was wrong.
func Compare(cs []*Cohort, m Measure, d Definition, o Options) (*Comparison, error) {
	if len(cs) < minCompared || len(cs) > maxCompared {
		return nil, &ParamError{"campaign", strconv.Itoa(len(cs)) + " campaigns", fmt.Sprintf("%d to %d campaigns", minCompared, maxCompared)}
	}
	sides := make([]compared, len(cs))
	for i, c := range cs {
		sides[i] = compared{c, d}
		for _, other := range cs[:i] {
			if other.campaign.ID == c.campaign.ID {
				return nil, &ParamError{"campaign", c.campaign.ID, "each campaign once"}
			}
		}
	}
	return compare(sides, m, o)
}

// CompareGroups puts two groups of one campaign beside each other, by the
// measures retention, marks and survival. d.Group is not looked at.
func CompareGroups(c *Cohort, a, b Group, m Measure, d Definition, o Options) (*Comparison, error) {
	if m == MeasureCohorts {
		return nil, &ParamError{"measure", string(m), "retention, marks, survival"}
	}
	if d.Preset != "" {
		return nil, &ParamError{"preset", string(d.Preset), "no preset: presets choose their own group"}
	}
	if a == b {
		return nil, &ParamError{"group", string(b), "two different groups"}
	}
	sides := []compared{{c, d}, {c, d}}
	sides[0].d.Group, sides[1].d.Group = a, b
	return compare(sides, m, o)
}

func compare(sides []compared, m Measure, o Options) (*Comparison, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if !slices.Contains([]Measure{MeasureRetention, MeasureMarks, MeasureSurvival, MeasureCohorts}, m) {
		return nil, &ParamError{"measure", string(m), "retention, marks, survival, cohorts"}
	}
	as := compareAs(m)
	if as != MeasureRetention && sides[0].d.Preset != "" {
		return nil, &ParamError{"preset", string(sides[0].d.Preset), "a preset only by the measure retention"}
	}
	for i := range sides {
		d, err := sides[i].d.normal(as)
		if err != nil {
			return nil, err
		}
		sides[i].d = d
	}
	r := &Comparison{Measure: m, Definition: sides[0].d, AsOf: o.AsOf.UTC(), MinCell: o.MinCell}
	if m == MeasureSurvival {
		return r, r.survivals(sides, o)
	}
	return r, r.curves(sides, o)
}

// curves fills the comparison with curves, and the heatmap's rows from them.
func (r *Comparison) curves(sides []compared, o Options) error {
	for _, s := range sides {
		frames := s.d.frames(months(s.d.Months))
		switch {
		case s.d.Preset != "":
			frames = s.d.rule().presetFrames()
		case r.Measure == MeasureMarks:
			frames = s.d.frames(MarkMonths())
		}
		c, err := curveOf(s.c, s.d, o, frames)
		if err != nil {
			return fmt.Errorf("campaign %s: %w", s.c.campaign.ID, err)
		}
		c.Groups = nil
		r.Curves = append(r.Curves, c)
	}
	if r.Measure == MeasureCohorts {
		r.rows()
		return nil
	}
	r.pairs(sides, func(i int) int { return r.Curves[i].People }, o)
	for n := range r.Pairs {
		if p := &r.Pairs[n]; p.Tested {
			p.Differences = differences(r.Curves[p.A].Points, r.Curves[p.B].Points)
		}
	}
	return nil
}

// rows is one row a campaign in order of its end.
func (r *Comparison) rows() {
	for _, c := range r.Curves {
		r.Rows = append(r.Rows, CohortRow{Key: c.Campaign.ID, Title: c.Campaign.Title, People: c.People, Points: c.Points})
	}
	ends := map[string]Campaign{}
	for _, c := range r.Curves {
		ends[c.Campaign.ID] = c.Campaign
	}
	slices.SortStableFunc(r.Rows, func(a, b CohortRow) int {
		return cmp.Or(ends[a.Key].End.Compare(ends[b.Key].End), cmp.Compare(a.Key, b.Key))
	})
}

// differences is A − B at the marks, or at every point of a preset.
func differences(a, b []Point) []Difference {
	marks := MarkMonths()
	var out []Difference
	for j, p := range a {
		if p.Month != 0 && !slices.Contains(marks, p.Month) {
			continue
		}
		q := b[j]
		d := Difference{Month: p.Month, Status: worse(p.Status, q.Status)}
		if d.Status.Known() {
			d.Value, d.Low, d.High = Newcombe(p.Retained, p.AtRisk, q.Retained, q.AtRisk)
		}
		out = append(out, d)
	}
	return out
}

// worse is the status of what is made of two figures.
func worse(a, b Status) Status {
	for _, s := range []Status{Suppressed, Empty, Open, Provisional} {
		if a == s || b == s {
			return s
		}
	}
	return Final
}

// survivals fills the comparison with survival curves and their tests.
func (r *Comparison) survivals(sides []compared, o Options) error {
	lives := make([]lifetimes, len(sides))
	for i, s := range sides {
		c, l, err := computeSurvival(s.c, s.d, o)
		if err != nil {
			return fmt.Errorf("campaign %s: %w", s.c.campaign.ID, err)
		}
		r.Survivals = append(r.Survivals, c)
		lives[i] = l
	}
	r.pairs(sides, func(i int) int { return r.Survivals[i].People }, o)
	all := true
	for n := range r.Pairs {
		p := &r.Pairs[n]
		known := r.Survivals[p.A].Status.Known() && r.Survivals[p.B].Status.Known()
		all = all && p.Tested && known
		if p.Tested && known {
			p.LogRank = logRank([]lifetimes{lives[p.A], lives[p.B]})
		}
	}
	if all {
		r.LogRank = logRank(lives)
	}
	return nil
}

// pairs counts for each two sides the people in both, and whether they may be
// tested against each other. people is the number in each side's figures.
func (r *Comparison) pairs(sides []compared, people func(i int) int, o Options) {
	in := map[PersonKey]uint16{} // a bit for each side; there are twelve at most
	for n, s := range sides {
		v, err := newView(s.c, s.d, o)
		if err != nil {
			continue // the figures were computed by the same view
		}
		v.each(s.d.rule().entry, v.inSeries, func(int) *Unknown { return &Unknown{} }, func(i, _ int, _ int64) {
			in[s.c.key(i)] |= 1 << n
		})
	}
	shared := map[[2]int]int{}
	for _, mask := range in {
		if mask&(mask-1) == 0 {
			continue
		}
		for a := range sides {
			for b := a + 1; b < len(sides); b++ {
				if mask>>a&1 == 1 && mask>>b&1 == 1 {
					shared[[2]int{a, b}]++
				}
			}
		}
	}
	for a := range sides {
		for b := a + 1; b < len(sides); b++ {
			p := Pair{A: a, B: b, Shared: shared[[2]int{a, b}]}
			p.Tested = float64(p.Shared) <= maxShared*float64(min(people(a), people(b)))
			r.Pairs = append(r.Pairs, p)
		}
	}
}

// inSeries is the assignment of everybody whom the definition's own group
// holds; group all holds all.
func (v *view) inSeries(i int) int {
	if v.d.Group == All {
		return 0
	}
	return v.inGroup(i)
}
