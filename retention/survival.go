package retention

import "math"

// lifetimes is the times of one group: by week, how many ended there and how
// many were last seen there.
type lifetimes struct {
	people  int // of the group, with a known anchor
	leftOut int // of those, observed for less than the gap
	unknown Unknown

	// weeks is by week the censored and the events.
	weeks [][2]int
}

// upTo makes room for times up to that many weeks.
func (l *lifetimes) upTo(weeks int64) {
	for int64(len(l.weeks)) <= weeks {
		l.weeks = append(l.weeks, [2]int{})
	}
}

// inCurve is the people who were observed for longer than the gap.
func (l lifetimes) inCurve() int { return l.people - l.leftOut }

func (l lifetimes) plus(m lifetimes) lifetimes {
	out := lifetimes{people: l.people + m.people, leftOut: l.leftOut + m.leftOut, unknown: l.unknown.plus(m.unknown)}
	out.upTo(int64(max(len(l.weeks), len(m.weeks))) - 1)
	for _, part := range []lifetimes{l, m} {
		for w, n := range part.weeks {
			out.weeks[w][0] += n[0]
			out.weeks[w][1] += n[1]
		}
	}
	return out
}

// lifetimes is the times to the last edit of the group and its complement. A
// participant who has made no edit for the gap has left at their last edit;
// nobody can be seen to leave in the data's last gap, so who is still here is
// censored at its beginning, not at the data's end.
func (v *view) lifetimes(assign func(i int) int) []lifetimes {
	out := make([]lifetimes, 2)
	horizon := v.tau - int64(v.d.Gap)*day
	// Where nothing is to be found out of a person but the time of their last
	// edit, it is at hand.
	if v.isCommon && v.index != nil && int64(v.index.latest) < v.tau && !v.active {
		v.lifetimesAtHand(out, horizon, assign)
		return out
	}
	unknown := func(bucket int) *Unknown { return &out[bucket].unknown }
	v.each(Window{}, assign, unknown, func(i, bucket int, anchor int64) {
		l := &out[bucket]
		l.people++
		if horizon <= anchor {
			l.leftOut++
			return
		}
		last := v.lastSeen(i, anchor)
		l.upTo((horizon - anchor) / week)
		l.weeks[(min(last, horizon)-anchor)/week][left(last, horizon)]++
	})
	return out
}

// lifetimesAtHand is lifetimes for everybody assigned, from a common anchor.
func (v *view) lifetimesAtHand(out []lifetimes, horizon int64, assign func(i int) int) {
	anchor := v.common
	for b := range out {
		out[b].upTo(max(0, horizon-anchor) / week)
	}
	for i, t := range v.index.last {
		bucket := assign(i)
		if bucket == nobody {
			continue
		}
		l := &out[bucket]
		l.people++
		last := max(int64(t), anchor)
		l.weeks[max(0, min(last, horizon)-anchor)/week][left(last, horizon)]++
	}
	if horizon <= anchor {
		for b := range out {
			out[b].leftOut, out[b].weeks = out[b].people, nil
		}
	}
}

// left is 1 for somebody whose last edit is so long ago that they have left.
func left(last, horizon int64) int {
	if last <= horizon {
		return 1
	}
	return 0
}

// lastSeen is the time of i's last qualifying edit in [anchor, τ), or the anchor.
func (v *view) lastSeen(i int, anchor int64) int64 {
	if last := int64(v.c.all.last[i]); last < anchor || v.every && last < v.tau {
		return max(last, anchor)
	}
	lo := v.from(i, anchor)
	j, ok := v.last(i, lo, v.until(i, lo, v.tau), 1)
	switch {
	case !ok:
		return anchor
	case j+1 == v.c.offsets[i+1]: // mostly: no need to look the time up
		return int64(v.c.all.last[i])
	}
	return int64(v.c.times[j])
}

// computeSurvival is the Kaplan–Meier curve of one cohort.
func computeSurvival(c *Cohort, d Definition, o Options) (*Survival, lifetimes, error) {
	v, err := newView(c, d, o)
	if err != nil {
		return nil, lifetimes{}, err
	}
	assign := v.inPart
	if d.Anchor == AnchorRegistration {
		assign = v.inGroup
	}
	parts := v.lifetimes(assign)
	l, others := parts[0], parts[1].inCurve()
	if d.Group == All {
		l, others = parts[0].plus(parts[1]), 0
	}
	s := &Survival{
		Head: v.head(MeasureSurvival, o, l.unknown), Group: d.Group,
		People: l.inCurve(), LeftOut: l.leftOut,
		// Who has left may come back, and edits may be late: like unbounded
		// retention, the curve never stands.
		Status: status(l.people, l.inCurve(), others, l.inCurve(), o),
	}
	if s.Status.Known() {
		s.Points = kaplanMeier(l.weeks)
		s.Median = median(s.Points)
	}
	return s, l, nil
}

// kaplanMeier is the product-limit estimate with Greenwood's variance and the
// 95 % interval by the log-log transform (E. L. Kaplan, P. Meier, Nonparametric
// estimation from incomplete observations, JASA 53 (1958), 457–481; J. D.
// Kalbfleisch, R. L. Prentice, The statistical analysis of failure time data,
// 2nd ed. 2002, 1.4), as R's survival::survfit with conf.type = "log-log"
// gives. weeks is the censored and the events of each; at a tie events come
// first. There is a point for every week in which something happened.
func kaplanMeier(weeks [][2]int) []SurvivalPoint {
	risk := 0
	for _, n := range weeks {
		risk += n[0] + n[1]
	}
	var out []SurvivalPoint
	s, variance := 1.0, 0.0 // variance of log S
	for w, n := range weeks {
		censored, events := n[0], n[1]
		d, r := float64(events), float64(risk)
		if events+censored == 0 {
			continue
		}
		if events == risk {
			s = 0 // exactly, so that the interval's end is told
		} else if d > 0 {
			s *= 1 - d/r
			variance += d / (r * (r - d))
		}
		p := SurvivalPoint{Week: w, AtRisk: risk, Events: events, Censored: censored, Survival: s}
		if s > 0 && s < 1 {
			half := z * math.Sqrt(variance) / math.Log(s)
			at := math.Log(-math.Log(s))
			p.Low, p.High = math.Exp(-math.Exp(at-half)), math.Exp(-math.Exp(at+half))
			p.HasInterval = true
		}
		out = append(out, p)
		risk -= events + censored
	}
	return out
}

// median is the week at which survival reaches one half, and where the
// interval's limits do; the midpoint to the next step where a curve is exactly
// one half (R's survival:::survmean; R. Brookmeyer, J. Crowley, A confidence
// interval for the median survival time, Biometrics 38 (1982), 29–41).
func median(points []SurvivalPoint) Quantile {
	half := func(value func(p SurvivalPoint) (float64, bool)) *float64 {
		const tolerance = 1.4901161193847656e-08 // the square root of the float's epsilon, as in R
		first := math.NaN()
		for _, p := range points {
			y, ok := value(p)
			if !ok || y >= 0.5+tolerance {
				continue
			}
			if math.IsNaN(first) {
				first = float64(p.Week)
				if math.Abs(y-0.5) >= tolerance {
					return &first
				}
				continue
			}
			if y < 0.5-tolerance {
				first = (first + float64(p.Week)) / 2
				return &first
			}
		}
		if math.IsNaN(first) {
			return nil
		}
		return &first
	}
	return Quantile{
		Weeks: half(func(p SurvivalPoint) (float64, bool) { return p.Survival, true }),
		Low:   half(func(p SurvivalPoint) (float64, bool) { return p.Low, p.HasInterval }),
		High:  half(func(p SurvivalPoint) (float64, bool) { return p.High, p.HasInterval }),
	}
}
