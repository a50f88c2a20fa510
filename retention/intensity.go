package retention

// manyEdits is the least number of edits in the last bin.
const manyEdits = 100

// intensityBin is the bin of a number of edits in a month: 0, 1–4, 5–99, 100+.
func intensityBin(edits int) int {
	switch {
	case edits == 0:
		return 0
	case edits < 5:
		return 1
	case edits < manyEdits:
		return 2
	}
	return 3
}

// computeIntensity is the distribution of the participants by their edits in
// each month.
func computeIntensity(c *Cohort, d Definition, o Options) (*Intensity, error) {
	v, err := newView(c, d, o)
	if err != nil {
		return nil, err
	}
	assign := v.inPart
	if d.Anchor == AnchorRegistration {
		assign = v.inGroup
	}
	frames := d.frames(months(d.Months))
	parts := newTallies(2, len(frames))
	counts := make([][][IntensityBins]int, 2)
	for p := range counts {
		counts[p] = make([][IntensityBins]int, len(frames))
	}
	indexed := v.index != nil && v.byMonth(frames)
	v.each(Window{}, assign, func(bucket int) *Unknown { return &parts[bucket].unknown }, func(i, bucket int, anchor int64) {
		t := &parts[bucket]
		t.people++
		closed, late := v.closed(frames, anchor)
		t.add(1, closed, late)
		if indexed {
			at, ends := v.index.atEnd[i], v.index.months(i)
			for j := range frames[:closed] {
				end := ends[frames[j].month-1]
				counts[bucket][j][intensityBin(int(end-at))]++
				at = end
			}
			return
		}
		lo := v.from(i, anchor)
		for j := range frames[:closed] {
			hi := lo
			if lo < v.c.offsets[i+1] {
				hi = v.until(i, lo, anchor+frames[j].To)
			}
			counts[bucket][j][intensityBin(v.countUpTo(i, lo, hi, manyEdits))]++
			lo = hi
		}
	})
	mine, others := parts[0], &parts[1]
	if d.Group == All {
		mine, others = parts[0].plus(parts[1]), nil
		for j := range frames {
			for b := range IntensityBins {
				counts[0][j][b] += counts[1][j][b]
			}
		}
	}
	r := &Intensity{Head: v.head(MeasureIntensity, o, mine.unknown), Group: d.Group, People: mine.people}
	for j, p := range mine.points(frames, others, o) {
		q := IntensityPoint{Month: p.Month, AtRisk: p.AtRisk, Status: p.Status}
		if p.Status.Known() {
			q.Counts = counts[0][j]
			for b, n := range q.Counts {
				q.Shares[b] = float64(n) / float64(q.AtRisk)
			}
		}
		r.Points = append(r.Points, q)
	}
	return r, nil
}
