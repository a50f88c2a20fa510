package retention

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// maxRolledUp bounds a roll-up.
const maxRolledUp = 100

// ComputeRollUp is the retention curve of several campaigns in which each
// person is counted once, from the end of the first campaign they took part in
// (the one that started first). d.Anchor must be the end, and no preset can be
// rolled up. Errors are a *ParamError, an *UnavailableError, or one that says
// the call was wrong.
func ComputeRollUp(cs []*Cohort, d Definition, o Options) (*RollUp, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if len(cs) == 0 || len(cs) > maxRolledUp {
		return nil, &ParamError{"campaign", strconv.Itoa(len(cs)) + " campaigns", "1 to " + strconv.Itoa(maxRolledUp) + " campaigns"}
	}
	if d.Anchor != AnchorEnd {
		return nil, &ParamError{"anchor", string(d.Anchor), "a roll-up counts from the end of each person's first campaign"}
	}
	if d.Preset != "" {
		return nil, &ParamError{"preset", string(d.Preset), "no preset in a roll-up"}
	}
	d, err := d.normal(MeasureRollUp)
	if err != nil {
		return nil, err
	}
	cs = slices.Clone(cs)
	slices.SortStableFunc(cs, func(a, b *Cohort) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end), cmp.Compare(a.campaign.ID, b.campaign.ID))
	})
	r := &RollUp{}
	first := map[PersonKey]int{} // the campaign that counts a person, plus one
	for n, c := range cs {
		if n > 0 && slices.ContainsFunc(cs[:n], func(b *Cohort) bool { return b.campaign.ID == c.campaign.ID }) {
			return nil, &ParamError{"campaign", c.campaign.ID, "each campaign once"}
		}
		r.Campaigns = append(r.Campaigns, c.campaign)
		r.Registrations += len(c.ids)
		for i := range c.ids {
			if k := c.key(i); first[k] == 0 {
				first[k] = n + 1
			}
		}
	}
	r.People = len(first)
	return r, r.compute(cs, first, d, o)
}

func (r *RollUp) compute(cs []*Cohort, first map[PersonKey]int, d Definition, o Options) error {
	frames := d.frames(months(d.Months))
	parts := newTallies(2, len(frames))
	active := 0
	for n, c := range cs {
		v, err := newView(c, d, o)
		if err != nil {
			return fmt.Errorf("campaign %s: %w", c.campaign.ID, err)
		}
		counts := v.count(frames, Window{}, 2, func(i int) int {
			if first[c.key(i)] != n+1 {
				return nobody
			}
			return v.part(i)
		})
		for i := range c.ids {
			if first[c.key(i)] == n+1 && v.tookPart(i) {
				active++
			}
		}
		r.add(parts, counts, d, o)
	}
	mine, others := parts[0], &parts[1]
	if d.Group == All {
		mine, others = parts[0].plus(parts[1]), nil
	}
	r.Curve = Curve{
		Head:   r.head(cs, d, o, active),
		Series: Series{d.Group, mine.people, mine.points(frames, others, o)},
	}
	r.Unknown = mine.unknown
	return nil
}

// add adds the counts of the people whom one campaign brought. If they are too
// few to show they are left out, since a roll-up with that campaign less one
// without it would tell their figures.
func (r *RollUp) add(parts, counts []tally, d Definition, o Options) {
	small := suppress(counts[0].people+counts[1].people, o)
	if d.Group != All {
		small = suppressPart(counts[0].people, counts[1].people, o)
	}
	if small {
		r.TooFew += counts[0].people
		if d.Group == All {
			r.TooFew += counts[1].people
		}
		return
	}
	for p := range parts {
		parts[p] = parts[p].plus(counts[p])
	}
}

// head is the roll-up's own: from the first start to the last end, and covering
// everybody once. Accounts that could not be measured cannot be told apart, so
// those are counted as often as they registered.
func (r *RollUp) head(cs []*Cohort, d Definition, o Options, active int) Head {
	h := Head{Measure: MeasureRollUp, Definition: d, AsOf: o.AsOf.UTC(), MinCell: o.MinCell}
	h.Campaign.Source.Kind = "rollup"
	cov := &h.Coverage
	cov.Measured, cov.Active = r.People, active
	wikis, failed := []string{}, []string{}
	for n, c := range cs {
		if n == 0 || c.campaign.Start.Before(h.Campaign.Start) {
			h.Campaign.Start = c.campaign.Start
		}
		if c.campaign.End.After(h.Campaign.End) {
			h.Campaign.End = c.campaign.End
		}
		cov.Hidden += c.coverage.Hidden
		cov.NotFound += c.coverage.NotFound
		cov.Bots += c.coverage.Bots
		wikis = append(wikis, c.coverage.Wikis...)
		failed = append(failed, c.coverage.WikisFailed...)
	}
	slices.Sort(wikis)
	slices.Sort(failed)
	cov.Wikis, cov.WikisFailed = slices.Compact(wikis), slices.Compact(failed)
	cov.Participants = cov.Measured + cov.Hidden + cov.NotFound + cov.Bots
	h.Coverage = hideActive(*cov, o)
	return h
}
