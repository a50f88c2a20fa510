package retention

// computeActivity is the shares of participants active before, during and
// after the campaign. All participants are in every denominator, also those
// whose account did not exist yet.
func computeActivity(c *Cohort, d Definition, o Options) (*Activity, error) {
	v, err := newView(c, d, o)
	if err != nil {
		return nil, err
	}
	ps := periods(c.campaign)
	people := make([]periodTally, 2)
	active := [2][]int{make([]int, len(ps)), make([]int, len(ps))}
	in := make([]bool, len(ps))
	v.each(Window{}, v.inPart, func(bucket int) *Unknown { return &people[bucket].unknown }, func(i, bucket int, _ int64) {
		people[bucket].people++
		v.activeIn(in, ps, i)
		for j, a := range in {
			if a {
				active[bucket][j]++
			}
		}
	})
	mine, others, counts := people[0], people[1].people, active[0]
	if d.Group == All {
		mine, others = mine.plus(people[1]), 0
		for j := range counts {
			counts[j] += active[1][j]
		}
	}
	r := &Activity{Head: v.head(MeasureActivity, o, mine.unknown), Group: d.Group, People: mine.people}
	for j, p := range ps {
		q := ActivityPoint{Period: p}
		q.AtRisk, q.Status = v.observed(p, mine.people, others, o)
		if q.Status.Known() {
			q.Active = counts[j]
			q.Rate = float64(q.Active) / float64(q.AtRisk)
			q.Low, q.High = Wilson(q.Active, q.AtRisk)
		}
		r.Points = append(r.Points, q)
	}
	return r, nil
}
