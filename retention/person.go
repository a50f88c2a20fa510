package retention

import "time"

// PersonFigures is how one participant was active, by the default definition:
// all edits on all wikis, months of 30 days after the campaign's end. It names
// what a person did, so it is for those only who may know.
type PersonFigures struct {
	Before int // edits in the 180 days before the campaign, as far as they were read
	During int // edits in the campaign
	// Months is the edits in each of the twelve months after the end; -1 for one
	// that has not ended yet.
	Months [indexed]int
	// LastEdit is the last edit known; zero without one.
	LastEdit time.Time
}

// Retained reports whether the person edited in a month after the end, 1 … 12;
// known is false if that month has not ended yet.
func (f PersonFigures) Retained(month int) (retained, known bool) {
	n := f.Months[month-1]
	return n > 0, n >= 0
}

// ComputePeople returns the figures of some participants as of a time. Those who
// are not in the cohort are left out.
func ComputePeople(c *Cohort, keys []PersonKey, asOf time.Time) map[PersonKey]PersonFigures {
	wanted := make(map[PersonKey]bool, len(keys))
	for _, k := range keys {
		wanted[k] = true
	}
	out := make(map[PersonKey]PersonFigures, len(keys))
	for i := range c.ids {
		if k := c.key(i); wanted[k] {
			out[k] = c.person(i, unix(asOf))
		}
	}
	return out
}

func (c *Cohort) person(i int, asOf int64) PersonFigures {
	x := &c.all
	f := PersonFigures{Before: int(x.atStart[i] - c.offsets[i]), During: int(x.atEnd[i] - x.atStart[i])}
	from := x.atEnd[i]
	for m, to := range x.months(i) {
		f.Months[m] = int(to - from)
		if c.end+int64(m+1)*monthSecs > asOf {
			f.Months[m] = -1
		}
		from = to
	}
	if x.last[i] > 0 {
		f.LastEdit = time.Unix(int64(x.last[i]), 0).UTC()
	}
	return f
}
