package retention

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Control is the group of the accounts that newcomers are compared with. It is
// no value of a definition's group.
const Control Group = "control"

// ComputeBaseline compares a campaign's newcomers with matched accounts that
// did not take part, at the marks, by the default definition. control is a
// cohort of the same campaign (its start and end) that holds the control
// accounts, read on the same wikis; participants among them are left out.
//
// A newcomer is matched if their stratum holds a control account. The control
// rate is the strata's rates weighted by their matched newcomers,
// p = Σ w_h x_h/n_h with w_h = m_h/Σm. Its interval is Wilson's with Kish's
// effective number n* = 1/Σ(w_h²/n_h) (L. Kish, Survey sampling, 1965, 11.7;
// score intervals with an effective sample size: N. Dean, M. Pagano, Journal of
// Survey Statistics and Methodology 3 (2015), 484–503). The difference's
// interval is made of both rates' (Zou and Donner, see Newcombe).
//
// It is a comparison, never an effect: people who join a campaign differ.
func ComputeBaseline(c, control *Cohort, o Options) (*Baseline, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if c.start != control.start || c.end != control.end {
		return nil, fmt.Errorf("retention: the control accounts of %q are of another campaign", c.campaign.ID)
	}
	d, err := defaults(MeasureBaseline).normal(MeasureBaseline)
	if err != nil {
		return nil, err
	}
	v, err := newView(c, d, o)
	if err != nil {
		return nil, err
	}
	frames := d.frames(MarkMonths())
	mine, unplaced := byStratum(v, frames, nil)
	cv, err := newView(control, d, o)
	if err != nil {
		return nil, err
	}
	others, _ := byStratum(cv, frames, c)
	b := &Baseline{Head: v.head(MeasureBaseline, o, Unknown{})}
	matched := b.match(mine, others, unplaced, o)
	b.points(matched, mine, others, frames, o)
	return b, nil
}

// byStratum tallies a cohort's newcomers by stratum, without the people of
// skip, if any. unplaced is the newcomers whose stratum is unknown.
func byStratum(v *view, frames []frame, skip *Cohort) (map[Stratum]tally, int) {
	c := v.c
	number := map[Stratum]int{}
	of := make([]int, len(c.ids))
	leave := map[PersonKey]bool{}
	if skip != nil {
		for i := range skip.ids {
			leave[skip.key(i)] = true
		}
	}
	unplaced := 0
	for i := range c.ids {
		of[i] = nobody
		s, ok := c.stratum(i)
		switch {
		case leave[c.key(i)]:
		case ok:
			if _, known := number[s]; !known {
				number[s] = len(number)
			}
			of[i] = number[s]
		case v.newcomer(i):
			unplaced++
		}
	}
	tallies := v.count(frames, Window{}, len(number), func(i int) int { return of[i] })
	out := make(map[Stratum]tally, len(number))
	for s, n := range number {
		out[s] = tallies[n]
	}
	return out, unplaced
}

// match is the strata in which newcomers are compared, in order. Where the
// unmatched are too few to show, strata are left unmatched, the smallest first,
// until they are enough: all newcomers' figures less the matched ones' would
// tell theirs.
func (b *Baseline) match(mine, others map[Stratum]tally, unplaced int, o Options) []Stratum {
	var out []Stratum
	b.Unmatched = unplaced
	for _, s := range slices.SortedFunc(maps.Keys(mine), compareStrata) {
		if others[s].people > 0 {
			out = append(out, s)
		} else {
			b.Unmatched += mine[s].people
		}
	}
	for suppress(b.Unmatched, o) && len(out) > 0 {
		least := slices.MinFunc(out, func(s, t Stratum) int { return cmp.Compare(mine[s].people, mine[t].people) })
		b.Unmatched += mine[least].people
		out = slices.DeleteFunc(out, func(s Stratum) bool { return s == least })
	}
	for _, s := range out {
		b.Matched += mine[s].people
		b.Controls += others[s].people
	}
	return out
}

// points fills both series and their differences.
func (b *Baseline) points(matched []Stratum, mine, others map[Stratum]tally, frames []frame, o Options) {
	people := newTallies(1, len(frames))[0]
	controls := newTallies(1, len(frames))[0]
	for _, s := range matched {
		people = people.plus(mine[s])
		controls = controls.plus(others[s])
	}
	b.Participants = Series{Newcomers, people.people, people.points(frames, nil, o)}
	b.Control = Series{Control, controls.people, controls.points(frames, nil, o)}
	for j, f := range frames {
		p, q := b.Participants.Points[j], &b.Control.Points[j]
		if q.Status.Known() {
			weigh(q, matched, mine, others, j)
		}
		d := Difference{Month: f.month, Status: worse(p.Status, q.Status)}
		if d.Status.Known() {
			d.Value, d.Low, d.High = difference(estimate{p.Rate, p.Low, p.High}, estimate{q.Rate, q.Low, q.High})
		}
		b.Differences = append(b.Differences, d)
	}
}

// weigh makes a control point's rate that of the strata weighted by their
// matched newcomers. All are at risk at once, the anchor being the campaign's end.
func weigh(q *Point, matched []Stratum, mine, others map[Stratum]tally, frame int) {
	var total float64
	for _, s := range matched {
		total += float64(mine[s].atRisk[frame])
	}
	var rate, spread float64
	for _, s := range matched {
		w := float64(mine[s].atRisk[frame]) / total
		n := float64(others[s].atRisk[frame])
		rate += w * float64(others[s].retained[frame]) / n
		spread += w * w / n
	}
	q.Rate = min(rate, 1) // a sum of weights may round to a hair above 1
	q.Low, q.High = wilson(q.Rate, 1/spread)
}
