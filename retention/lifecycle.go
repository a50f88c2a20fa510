package retention

// computeLifecycle is who came, stayed, came back and left, by period. The
// first period that was read only serves as the one before the second: what
// was before it is not known.
func computeLifecycle(c *Cohort, d Definition, o Options) (*Lifecycle, error) {
	v, err := newView(c, d, o)
	if err != nil {
		return nil, err
	}
	ps := periods(c.campaign)
	people := make([]periodTally, 2)
	counts := [2][]LifecyclePoint{make([]LifecyclePoint, len(ps)), make([]LifecyclePoint, len(ps))}
	in := make([]bool, len(ps))
	v.each(Window{}, v.inPart, func(bucket int) *Unknown { return &people[bucket].unknown }, func(i, bucket int, _ int64) {
		people[bucket].people++
		v.activeIn(in, ps, i)
		countLife(counts[bucket], in, v.accountIsNew(i))
	})
	mine, others := people[0], people[1].people
	if d.Group == All {
		mine, others = mine.plus(people[1]), 0
		for j := range counts[0] {
			a, b := &counts[0][j], counts[1][j]
			a.New += b.New
			a.Continuing += b.Continuing
			a.Returning += b.Returning
			a.Lapsed += b.Lapsed
		}
	}
	r := &Lifecycle{Head: v.head(MeasureLifecycle, o, mine.unknown), Group: d.Group, People: mine.people}
	for j, p := range ps {
		if j == 0 {
			continue
		}
		q := LifecyclePoint{Period: p}
		q.AtRisk, q.Status = v.observed(p, mine.people, others, o)
		if n := counts[0][j]; q.Status.Known() {
			q.New, q.Continuing, q.Returning, q.Lapsed = n.New, n.Continuing, n.Returning, n.Lapsed
		}
		r.Points = append(r.Points, q)
	}
	return r, nil
}

// accountIsNew reports whether the account was created since the first edits
// that were read, so that its first edit seen is its first of all.
func (v *view) accountIsNew(i int) bool {
	r := int64(v.c.registered[i])
	return r != 0 && r >= v.c.start-readBack
}

// countLife counts one person by period.
func countLife(out []LifecyclePoint, in []bool, accountIsNew bool) {
	seen := false
	for j, active := range in {
		before := j > 0 && in[j-1]
		switch {
		case active && before:
			out[j].Continuing++
		case active && !seen && accountIsNew:
			out[j].New++
		case active:
			out[j].Returning++
		case before:
			out[j].Lapsed++
		}
		seen = seen || active
	}
}
