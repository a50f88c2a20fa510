package retention

import "slices"

// view is a cohort seen through a definition: who is counted from when, and
// which of their edits qualify. It belongs to one computation.
type view struct {
	c   *Cohort
	d   Definition
	tau int64 // as of, Unix seconds

	// every says that every edit qualifies, so that times alone tell all.
	every bool
	// qualifies is 1 for each class that qualifies, by the class's number.
	qualifies []uint8
	home      bool // only edits on each person's home wiki
	skipLater bool
	scratch   []uint32

	newcomerFrom int64
}

// newView checks that what the definition needs is known of somebody. The
// error is an *UnavailableError.
func newView(c *Cohort, d Definition, o Options) (*view, error) {
	v := &view{
		c: c, d: d, tau: unix(o.AsOf), every: true,
		qualifies:    make([]uint8, len(c.classes)),
		home:         d.Wikis.Kind == "home",
		skipLater:    d.LaterCampaigns == Exclude && len(c.later) > 0,
		newcomerFrom: c.start - int64(d.NewcomerDays)*day,
	}
	wikis, err := v.wikis()
	if err != nil {
		return nil, err
	}
	if err := v.checkKnown(); err != nil {
		return nil, err
	}
	for i, k := range c.classes {
		if wikis[k.wiki] && v.namespace(k) && (d.Reverted == Include || !k.reverted) {
			v.qualifies[i] = 1
		} else {
			v.every = false
		}
	}
	if v.home || v.skipLater {
		v.every = false
	}
	return v, nil
}

// wikis is which wikis' edits qualify, by number.
func (v *view) wikis() ([]bool, error) {
	c, d := v.c, v.d
	out := make([]bool, len(c.wikis))
	names := d.Wikis.Names
	switch d.Wikis.Kind {
	case "all", "home":
		for i := range out {
			out[i] = true
		}
		return out, nil
	case "campaign":
		names = c.campaignWikis
		if len(names) == 0 || slices.Contains(names, "*") {
			names = []string{c.campaign.Source.Wiki}
		}
		if names[0] == "" {
			return nil, &UnavailableError{"wikis", "campaign", "the campaign names no wiki"}
		}
	}
	known := false
	for i, w := range c.wikis {
		out[i] = slices.Contains(names, w.name)
		known = known || out[i] && w.read
	}
	// A misspelt wiki must not look like one where nobody edits.
	for _, name := range names {
		known = known || slices.Contains(c.coverage.Wikis, name)
	}
	if !known && d.Wikis.Kind == "list" && len(c.keys) > 0 {
		return nil, &UnavailableError{"wikis", d.Wikis.String(), "none of these wikis was read for this campaign"}
	}
	return out, nil
}

// firstExtraNamespace is the first namespace that not every wiki has: 0 to 15
// are MediaWiki's own.
const firstExtraNamespace = 16

// namespace reports whether edits of a class are in a namespace that qualifies.
func (v *view) namespace(k class) bool {
	switch v.d.Namespaces.Kind {
	case "content":
		return v.c.wikis[k.wiki].content[k.namespace]
	case "list":
		return slices.Contains(v.d.Namespaces.Numbers, int(k.namespace))
	}
	return true
}

// checkKnown reports what is known of nobody.
func (v *view) checkKnown() error {
	c, d := v.c, v.d
	if len(c.keys) == 0 {
		return nil
	}
	some := func(column []uint32) bool { return slices.ContainsFunc(column, func(t uint32) bool { return t != 0 }) }
	if d.Anchor == AnchorJoin && !some(c.joined) {
		return &UnavailableError{"anchor", string(d.Anchor), "it is not known when any participant signed up"}
	}
	if d.Anchor == AnchorRegistration && !some(c.registered) {
		return &UnavailableError{"anchor", string(d.Anchor), "it is not known of any participant when the account was created"}
	}
	if v.home && !slices.ContainsFunc(c.home, func(n uint16) bool { return n != noWiki }) {
		return &UnavailableError{"wikis", "home", "no participant's home wiki is known"}
	}
	if d.Namespaces.Kind == "list" && !slices.ContainsFunc(d.Namespaces.Numbers, v.hasNamespace) {
		return &UnavailableError{"namespaces", d.Namespaces.String(), "no wiki that was read is known to have such a namespace"}
	}
	return nil
}

// hasNamespace reports whether a wiki that was read is known to have a
// namespace: it is MediaWiki's own, has content, or somebody edited there.
func (v *view) hasNamespace(n int) bool {
	if n < firstExtraNamespace {
		return true
	}
	for _, w := range v.c.wikis {
		if w.content[int32(n)] { //nolint:gosec // a definition's numbers are bounded
			return true
		}
	}
	return slices.ContainsFunc(v.c.classes, func(k class) bool { return int(k.namespace) == n })
}

// edits is the sorted times of i's qualifying edits in [from, to). The slice
// is good until the next call.
func (v *view) edits(i int, from, to int64) []uint32 {
	c := v.c
	lo, hi := c.offsets[i], c.offsets[i+1]
	switch {
	case from >= c.end:
		lo = c.atEnd[i]
	case from >= c.start:
		lo = c.atStart[i]
	}
	if lo == hi {
		return nil
	}
	if from != c.end && from != c.start {
		lo += uint32(lowerBound(c.times[lo:hi], from)) //nolint:gosec // an index of edits
	}
	switch {
	case to == c.end:
		hi = max(lo, c.atEnd[i])
	case lo < hi && int64(c.times[hi-1]) >= to:
		hi = lo + uint32(lowerBound(c.times[lo:hi], to)) //nolint:gosec // an index of edits
	}
	if v.every {
		return c.times[lo:hi]
	}
	return v.filter(i, lo, hi)
}

// filter copies the times of the qualifying edits among lo:hi.
func (v *view) filter(i int, lo, hi uint32) []uint32 {
	c := v.c
	times, kinds := c.times[lo:hi], c.kinds[lo:hi]
	if cap(v.scratch) < len(times) {
		v.scratch = make([]uint32, 2*len(times))
	}
	out := v.scratch[:len(times)]
	n := 0
	if v.home {
		home := c.home[i]
		for j, k := range kinds {
			if v.qualifies[k] == 1 && c.classes[k].wiki == home {
				out[n] = times[j]
				n++
			}
		}
	} else {
		// Without a branch: which edits qualify is hard to foretell.
		for j, k := range kinds {
			out[n] = times[j]
			n += int(v.qualifies[k])
		}
	}
	out = out[:n]
	if v.skipLater {
		for _, s := range c.later[i] {
			from := lowerBound(out, s.Start)
			to := from + lowerBound(out[from:], s.End)
			out = append(out[:from], out[to:]...)
		}
	}
	return out
}

// last is the time of i's last qualifying edit in [from, tau).
func (v *view) last(i int, from int64) (int64, bool) {
	e := v.edits(i, from, v.tau)
	if len(e) == 0 {
		return 0, false
	}
	return int64(e[len(e)-1]), true
}

// active reports whether i has a qualifying edit in [start, end).
func (v *view) active(i int) bool {
	c := v.c
	if c.atStart[i] == c.atEnd[i] || v.home && c.home[i] == noWiki {
		return false
	}
	if v.every && v.tau >= c.end {
		return true
	}
	return len(v.edits(i, c.start, min(c.end, v.tau))) > 0
}

// anchor is the instant from which i's time is counted. It is false where that
// is unknown or lies before the first edits that were read, since i's months
// could not be seen whole.
func (v *view) anchor(i int) (int64, bool) {
	c := v.c
	var at int64
	switch v.d.Anchor {
	case AnchorEnd:
		return c.end, true
	case AnchorStart:
		return c.start, true
	case AnchorJoin:
		at = int64(c.joined[i])
	case AnchorRegistration:
		at = int64(c.registered[i])
	}
	return at, at != 0 && at >= c.start-readBack
}

// common reports whether all participants have the same anchor.
func (v *view) common() bool { return v.d.Anchor == AnchorEnd || v.d.Anchor == AnchorStart }

// newcomer reports whether i is a newcomer by the definition.
func (v *view) newcomer(i int) bool {
	r := int64(v.c.registered[i])
	return r != 0 && r >= v.newcomerFrom && r <= v.c.end
}

// part is 0 for i in the definition's group and 1 for i in its complement.
// Group all is split into newcomers and experienced.
func (v *view) part(i int) int {
	in := false
	switch v.d.Group {
	case All, Newcomers:
		in = v.newcomer(i)
	case Experienced:
		in = !v.newcomer(i)
	case FirstTime:
		in = v.c.flags[i]&flagRepeat == 0
	case Repeat:
		in = v.c.flags[i]&flagRepeat != 0
	}
	if in {
		return 0
	}
	return 1
}

// head is what the result carries; unknown are those the view leaves out.
func (v *view) head(m Measure, o Options, unknown Unknown) Head {
	return Head{
		Measure: m, Campaign: v.c.campaign, Definition: v.d, AsOf: o.AsOf.UTC(),
		Coverage: v.coverage(o), MinCell: o.MinCell, Unknown: unknown,
	}
}

// coverage is the cohort's, with the participants active by this definition.
func (v *view) coverage(o Options) Coverage {
	cov := v.c.coverage
	if v.every && v.tau >= v.c.end {
		return hideActive(cov, o)
	}
	cov.Active = 0
	for i := range v.c.keys {
		if v.active(i) {
			cov.Active++
		}
	}
	return hideActive(cov, o)
}

// hideActive makes the number of active participants unknown where it would be
// told of fewer people than a figure may be.
func hideActive(cov Coverage, o Options) Coverage {
	if suppress(cov.Measured, o) {
		cov.Active = NotShown
	}
	return cov
}
