package retention

import "math"

// lifetimes is the times of one group: by week, how many ended there and how
// many were last seen there.
type lifetimes struct {
	people  int // of the group, with a known anchor
	leftOut int // of those, observed for less than the gap
	unknown Unknown

	events, censored []int // by week
}

// add counts a lifetime of that many whole weeks.
func (l *lifetimes) add(weeks int, event bool) {
	for len(l.events) <= weeks {
		l.events = append(l.events, 0)
		l.censored = append(l.censored, 0)
	}
	if event {
		l.events[weeks]++
	} else {
		l.censored[weeks]++
	}
}

// inCurve is the people who were observed for longer than the gap.
func (l lifetimes) inCurve() int { return l.people - l.leftOut }

func (l lifetimes) plus(m lifetimes) lifetimes {
	out := lifetimes{people: l.people + m.people, leftOut: l.leftOut + m.leftOut, unknown: l.unknown.plus(m.unknown)}
	n := max(len(l.events), len(m.events))
	out.events, out.censored = make([]int, n), make([]int, n)
	for _, part := range []lifetimes{l, m} {
		for w := range part.events {
			out.events[w] += part.events[w]
			out.censored[w] += part.censored[w]
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
	gap := int64(v.d.Gap) * day
	v.each(Window{}, assign, func(bucket int) *Unknown { return &out[bucket].unknown }, func(i, bucket int, anchor int64) {
		l := &out[bucket]
		l.people++
		horizon := v.tau - gap - anchor
		if horizon <= 0 {
			l.leftOut++
			return
		}
		last := v.lastSeen(i, anchor)
		if last <= v.tau-gap {
			l.add(int((last-anchor)/week), true)
		} else {
			l.add(int(horizon/week), false)
		}
	})
	return out
}

// lastSeen is the time of i's last qualifying edit in [anchor, τ), or the anchor.
func (v *view) lastSeen(i int, anchor int64) int64 {
	if last := int64(v.c.last[i]); last < anchor || v.every && last < v.tau {
		return max(last, anchor)
	}
	lo := v.from(i, anchor)
	if j, ok := v.last(i, lo, v.until(i, lo, v.tau), 1); ok {
		return int64(v.c.times[j])
	}
	return anchor
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
		s.Points = kaplanMeier(l.events, l.censored)
		s.Median = median(s.Points)
	}
	return s, l, nil
}

// kaplanMeier is the product-limit estimate with Greenwood's variance and the
// 95 % interval by the log-log transform (E. L. Kaplan, P. Meier, Nonparametric
// estimation from incomplete observations, JASA 53 (1958), 457–481; J. D.
// Kalbfleisch, R. L. Prentice, The statistical analysis of failure time data,
// 2nd ed. 2002, 1.4), as R's survival::survfit with conf.type = "log-log"
// gives. events and censored are by week; at a tie events come first. There is
// a point for every week in which something happened.
func kaplanMeier(events, censored []int) []SurvivalPoint {
	risk := 0
	for w := range events {
		risk += events[w] + censored[w]
	}
	var out []SurvivalPoint
	s, variance := 1.0, 0.0 // variance of log S
	for w := range events {
		d, r := float64(events[w]), float64(risk)
		if events[w]+censored[w] == 0 {
			continue
		}
		if events[w] == risk {
			s = 0 // exactly, so that the interval's end is told
		} else if d > 0 {
			s *= 1 - d/r
			variance += d / (r * (r - d))
		}
		p := SurvivalPoint{Week: w, AtRisk: risk, Events: events[w], Censored: censored[w], Survival: s}
		if s > 0 && s < 1 {
			half := z * math.Sqrt(variance) / math.Log(s)
			at := math.Log(-math.Log(s))
			p.Low, p.High = math.Exp(-math.Exp(at-half)), math.Exp(-math.Exp(at+half))
			p.HasInterval = true
		}
		out = append(out, p)
		risk -= events[w] + censored[w]
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
