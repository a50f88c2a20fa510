package retention

import "time"

// Periods before and after a campaign.
const (
	periodsBefore = 6
	periodsAfter  = 12
)

// periods is the 30-day periods up to the start, the campaign itself, and the
// 30-day periods from the end.
func periods(c Campaign) []Period {
	const length = monthSecs * time.Second
	var out []Period
	for n := periodsBefore; n >= 1; n-- {
		start := c.Start.Add(-time.Duration(n) * length)
		out = append(out, Period{Phase: "before", Number: -n, Start: start, End: start.Add(length)})
	}
	if c.End.After(c.Start) { // else there is nothing to observe
		out = append(out, Period{Phase: "during", Number: 0, Start: c.Start, End: c.End})
	}
	for n := 1; n <= periodsAfter; n++ {
		start := c.End.Add(time.Duration(n-1) * length)
		out = append(out, Period{Phase: "after", Number: n, Start: start, End: start.Add(length)})
	}
	return out
}

// activeIn is in which periods i has a qualifying edit. What lies after the
// data's end is of no period that can be observed.
func (v *view) activeIn(out []bool, ps []Period, i int) {
	clear(out)
	c := v.c
	start := unix(ps[0].Start)
	if v.index == nil {
		lo := v.from(i, start)
		v.activeInTurn(out, ps, i, lo, v.until(i, lo, v.tau))
		return
	}
	lo, hi := c.offsets[i], c.all.atStart[i]
	if lo < hi {
		lo += uint32(lowerBound(c.times[lo:hi], start))
		v.activeInTurn(out[:periodsBefore], ps[:periodsBefore], i, lo, hi)
	}
	out = out[periodsBefore:]
	at := v.index.atEnd[i]
	if len(out) > periodsAfter {
		out[0] = v.index.atStart[i] < at
		out = out[1:]
	}
	for n, next := range v.index.months(i)[:periodsAfter] {
		out[n] = at < next
		at = next
	}
}

// activeInTurn looks for qualifying edits among i's lo:hi, period by period.
func (v *view) activeInTurn(out []bool, ps []Period, i int, lo, hi uint32) {
	for j, p := range ps {
		end := unix(p.End)
		if lo == hi {
			return
		}
		if int64(v.c.times[lo]) >= end {
			continue
		}
		next := lo + uint32(gallop(v.c.times[lo:hi], end))
		out[j] = v.countUpTo(i, lo, next, 1) == 1
		lo = next
	}
}

// periodTally is the people of the group, or of its complement.
type periodTally struct {
	people  int
	unknown Unknown
}

func (p periodTally) plus(q periodTally) periodTally {
	return periodTally{p.people + q.people, p.unknown.plus(q.unknown)}
}

// observed is how many of the people can be observed in the whole period, and
// the status of figures about them.
func (v *view) observed(p Period, mine, others int, o Options) (atRisk int, s Status) {
	end := unix(p.End)
	if end > v.tau {
		return 0, status(mine, 0, 0, 0, o)
	}
	late := 0
	if end > v.tau-v.d.settling() {
		late = mine
	}
	return mine, status(mine, mine, others, late, o)
}
