package retention

import "slices"

// view is a cohort seen through a definition: who is counted from when, and
// which of their edits qualify. It belongs to one computation and does not
// change, apart from being built.
type view struct {
	c   *Cohort
	d   Definition
	tau int64 // as of, Unix seconds

	// every says that every edit qualifies, so that times alone tell all.
	every bool
	// index counts the edits that qualify, if one does.
	index *index
	// qualifies is 1 for each class that qualifies, by the class's number.
	qualifies []uint8
	home      bool // only edits on each person's home wiki
	skipLater bool
	active    bool // population active

	// Newcomers' accounts were created in [newcomerFrom, newcomerFrom + newcomerSpan],
	// which is after 0, the unknown.
	newcomerFrom, newcomerSpan uint32
	// splitBy is the flags of a participant that tell the group from its
	// complement; 0 tells them by the account's age. inside is whether having
	// them is being in the group.
	splitBy uint8
	inside  bool
	// common is the anchor of all participants, if they have one.
	common   int64
	isCommon bool
}

// newView checks that what the definition needs is known of somebody. The
// error is an *UnavailableError.
func newView(c *Cohort, d Definition, o Options) (*view, error) {
	v := &view{
		c: c, d: d, tau: unix(o.AsOf), every: true,
		qualifies:    make([]uint8, len(c.classes)),
		home:         d.Wikis.Kind == "home",
		skipLater:    d.LaterCampaigns == Exclude && len(c.later) > 0,
		active:       d.Population == Active,
		newcomerFrom: uint32(max(1, c.start-int64(d.NewcomerDays)*day)),
		inside:       d.Group != Experienced && d.Group != FirstTime,
	}
	v.newcomerSpan = uint32(c.end) - v.newcomerFrom
	if d.Group == FirstTime || d.Group == Repeat {
		v.splitBy = flagRepeat
	}
	switch d.Anchor {
	case AnchorEnd:
		v.common, v.isCommon = c.end, true
	case AnchorStart:
		v.common, v.isCommon = c.start, true
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
	switch {
	case v.every:
		v.index = &c.all
	case !v.home && !v.skipLater && v.onlyReverts():
		v.index = &c.unreverted
	}
	return v, nil
}

// onlyReverts reports whether just the reverted edits do not qualify.
func (v *view) onlyReverts() bool {
	for i, k := range v.c.classes {
		if (v.qualifies[i] == 1) == k.reverted {
			return false
		}
	}
	return true
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
	if !known && d.Wikis.Kind == "list" && len(c.ids) > 0 {
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
	if len(c.ids) == 0 {
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
		if w.content[int32(n)] {
			return true
		}
	}
	return slices.ContainsFunc(v.c.classes, func(k class) bool { return int(k.namespace) == n })
}

// from is the index of i's first edit at or after t.
func (v *view) from(i int, t int64) uint32 {
	c := v.c
	lo, hi := c.offsets[i], c.offsets[i+1]
	switch {
	case t == c.end:
		return c.all.atEnd[i]
	case t > c.end:
		lo = c.all.atEnd[i]
	case t == c.start:
		return c.all.atStart[i]
	case t > c.start:
		lo = c.all.atStart[i]
	}
	if int64(c.all.last[i]) < t {
		return hi
	}
	return lo + uint32(lowerBound(c.times[lo:hi], t))
}

// until is the index after i's last edit before t, none being before lo.
func (v *view) until(i int, lo uint32, t int64) uint32 {
	c := v.c
	switch hi := c.offsets[i+1]; {
	case int64(c.all.last[i]) < t || lo == hi:
		return hi
	case t == c.end:
		return max(lo, c.all.atEnd[i])
	default:
		return lo + uint32(gallop(c.times[lo:hi], t))
	}
}

// countUpTo is the number of qualifying edits among i's lo:hi, counted no
// further than k.
func (v *view) countUpTo(i int, lo, hi uint32, k int) int {
	if lo >= hi {
		return 0
	}
	if v.every {
		return min(int(hi-lo), k)
	}
	n := 0
	if v.home || v.skipLater {
		for j := lo; j < hi && n < k; j++ {
			if v.qualifiesFor(i, j) {
				n++
			}
		}
		return n
	}
	for _, class := range v.c.kinds[lo:hi] {
		n += int(v.qualifies[class])
		if n == k {
			break
		}
	}
	return n
}

// first and last are the index of i's k-th qualifying edit among lo:hi from
// the beginning and from the end.
func (v *view) first(i int, lo, hi uint32, k int) (uint32, bool) {
	if v.every {
		j := lo + uint32(k) - 1
		return j, j < hi
	}
	for j := lo; j < hi; j++ {
		if v.qualifiesFor(i, j) {
			if k--; k == 0 {
				return j, true
			}
		}
	}
	return 0, false
}

func (v *view) last(i int, lo, hi uint32, k int) (uint32, bool) {
	if v.every {
		return hi - uint32(k), hi-lo >= uint32(k)
	}
	for j := hi; j > lo; j-- {
		if v.qualifiesFor(i, j-1) {
			if k--; k == 0 {
				return j - 1, true
			}
		}
	}
	return 0, false
}

// qualifiesFor reports whether i's edit j qualifies.
func (v *view) qualifiesFor(i int, j uint32) bool {
	c := v.c
	class := c.kinds[j]
	if v.qualifies[class] == 0 || v.home && c.classes[class].wiki != c.home[i] {
		return false
	}
	if !v.skipLater {
		return true
	}
	t := int64(c.times[j])
	for _, s := range c.later[i] {
		if t < s.Start {
			break
		}
		if t < s.End {
			return false
		}
	}
	return true
}

// tookPart reports whether i has a qualifying edit in [start, end).
func (v *view) tookPart(i int) bool {
	c := v.c
	lo, hi := c.all.atStart[i], c.all.atEnd[i]
	if lo == hi || v.home && c.home[i] == noWiki {
		return false
	}
	switch {
	case v.tau < c.end:
		hi = v.until(i, lo, v.tau)
	case v.index != nil:
		return v.index.atStart[i] < v.index.atEnd[i]
	}
	return v.countUpTo(i, lo, hi, 1) == 1
}

// anchor is the instant from which i's time is counted. It is false where that
// is unknown or lies before the first edits that were read, since i's months
// could not be seen whole.
func (v *view) anchor(i int) (int64, bool) {
	if v.isCommon {
		return v.common, true
	}
	at := int64(v.c.joined[i])
	if v.d.Anchor == AnchorRegistration {
		at = int64(v.c.registered[i])
	}
	return at, at != 0 && at >= v.c.start-readBack
}

// newcomer reports whether i is a newcomer by the definition.
func (v *view) newcomer(i int) bool {
	return v.c.registered[i]-v.newcomerFrom <= v.newcomerSpan // earlier ones wrap around
}

// part is 0 for i in the definition's group and 1 for i in its complement.
// Group all is split into newcomers and experienced.
func (v *view) part(i int) int {
	in := v.newcomer(i)
	if v.splitBy != 0 {
		in = v.c.flags[i]&v.splitBy != 0
	}
	// No branch on in: half of the people are, and no telling which.
	part := 0
	if in != v.inside {
		part = 1
	}
	return part
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
	for i := range v.c.ids {
		if v.tookPart(i) {
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
