package retention

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Builder puts a cohort together. The order is: the wikis, then each
// participant followed by their edits on each wiki. It is not for use by
// several goroutines at once.
type Builder struct {
	c           *Cohort
	wikiNumbers map[string]uint16
	classNumber map[class]uint16
	hasCoverage bool
	err         error // the first; told by Cohort

	from  uint32   // earlier edits are not kept
	runs  []uint32 // where each wiki's edits of the last participant begin
	kinds []kind   // memory to reuse
	index []uint16 // of the blob's kinds in the cohort's classes
	// stands is 1 for the classes whose edits were not reverted.
	stands []uint32

	mergeTimes []uint32
	mergeKinds []uint16
}

// NewBuilder begins the cohort of a campaign.
func NewBuilder(campaign Campaign) *Builder {
	campaign.Start, campaign.End = campaign.Start.UTC(), campaign.End.UTC()
	b := &Builder{
		c: &Cohort{
			campaign: campaign, start: unix(campaign.Start), end: unix(campaign.End),
			later: map[int][]Span{},
		},
		wikiNumbers: map[string]uint16{},
		classNumber: map[class]uint16{},
	}
	switch c := b.c; {
	case c.start <= 0 || c.end > math.MaxUint32:
		b.err = fmt.Errorf("retention: campaign %q from %s to %s is outside 1970 … 2106", campaign.ID, campaign.Start, campaign.End)
	case c.end < c.start:
		b.err = fmt.Errorf("retention: campaign %q ends before it starts", campaign.ID)
	}
	b.from = uint32(max(0, min(b.c.start-readBack, math.MaxUint32)))
	return b
}

// Grow makes room for that many participants and edits more, so that a cohort
// whose size is known is built without copying.
func (b *Builder) Grow(people, edits int) {
	c := b.c
	c.ids = slices.Grow(c.ids, people)
	c.farms = slices.Grow(c.farms, people)
	c.joined = slices.Grow(c.joined, people)
	c.registered = slices.Grow(c.registered, people)
	c.home = slices.Grow(c.home, people)
	c.flags = slices.Grow(c.flags, people)
	c.offsets = slices.Grow(c.offsets, people+1)
	c.all.grow(people)
	c.unreverted.grow(people)
	c.times = slices.Grow(c.times, edits)
	c.kinds = slices.Grow(c.kinds, edits)
}

// Wiki registers a wiki that was read and returns its number for AddEdits. A
// wiki whose content namespaces are not given has namespace 0. The same name
// again gives the same number, and without namespaces keeps those it had.
func (b *Builder) Wiki(dbname string, contentNamespaces []int) int {
	n := b.name(dbname)
	if n == noWiki {
		return -1
	}
	w := &b.c.wikis[n]
	if w.read && contentNamespaces == nil {
		return int(n)
	}
	w.read = true
	w.content = map[int32]bool{}
	for _, ns := range contentNamespaces {
		w.content[int32(ns)] = true
	}
	if len(contentNamespaces) == 0 {
		w.content[0] = true
	}
	return int(n)
}

// name is the number of a wiki, registered or only somebody's home.
func (b *Builder) name(dbname string) uint16 {
	if n, ok := b.wikiNumbers[dbname]; ok {
		return n
	}
	if len(b.c.wikis) >= noWiki {
		b.fail(fmt.Errorf("retention: more than %d wikis", noWiki))
		return noWiki
	}
	n := uint16(len(b.c.wikis))
	b.wikiNumbers[dbname] = n
	b.c.wikis = append(b.c.wikis, wiki{name: dbname})
	return n
}

// SetCampaignWikis says on which wikis the registration counts edits: database
// names; none or "*" means the wiki of the event page.
func (b *Builder) SetCampaignWikis(names []string) { b.c.campaignWikis = slices.Clone(names) }

// SetCoverage says who could not be measured, and which wikis were read.
// Measured is counted by the builder itself, Active by each figure.
func (b *Builder) SetCoverage(cov Coverage) { b.c.coverage, b.hasCoverage = cov, true }

// Add adds a participant; the edits that follow are theirs.
func (b *Builder) Add(p Participant) {
	b.closePerson()
	c := b.c
	if p.Joined < 0 || p.Joined > math.MaxUint32 || p.Registered < 0 || p.Registered > math.MaxUint32 {
		b.fail(fmt.Errorf("retention: account %d of %q has an instant outside 1970 … 2106", p.Key.ID, p.Key.Farm))
		p.Joined, p.Registered = 0, 0
	}
	home := uint16(noWiki)
	if p.HomeWiki != "" {
		home = b.name(p.HomeWiki)
	}
	var flags uint8
	if p.Repeat {
		flags |= flagRepeat
	}
	if len(p.Later) > 0 {
		c.later[len(c.ids)] = sortedSpans(p.Later)
	}
	c.ids = append(c.ids, p.Key.ID)
	c.farms = append(c.farms, b.farm(p.Key.Farm))
	c.joined = append(c.joined, uint32(p.Joined))
	c.registered = append(c.registered, uint32(p.Registered))
	c.home = append(c.home, home)
	c.flags = append(c.flags, flags)
	c.offsets = append(c.offsets, uint32(len(c.times)))
	b.runs = b.runs[:0]
}

// farm is the number of a farm.
func (b *Builder) farm(name string) uint16 {
	n := slices.Index(b.c.farmNames, name) // there are hardly ever two
	if n < 0 {
		if n = len(b.c.farmNames); n > maxFarms {
			b.fail(fmt.Errorf("retention: more than %d farms in a cohort", maxFarms))
			return 0
		}
		b.c.farmNames = append(b.c.farmNames, name)
	}
	return uint16(n)
}

// maxFarms bounds a cohort's farms: its participants come from one, or from a
// handful in a list.
const maxFarms = 1000

// sortedSpans is the spans that last, by their start.
func sortedSpans(spans []Span) []Span {
	out := make([]Span, 0, len(spans))
	for _, s := range spans {
		if s.End > s.Start {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b Span) int { return cmp.Compare(a.Start, b.Start) })
	return out
}

// AddEdits adds packed edits (see Pack) of the participant added last, on the
// wiki of that number. Edits from before the campaign's start − 180 d are not
// kept: they may be there or not, according to what else was read. The errors
// are a *FormatError, or one that says the call was wrong; the participant's
// edits from this call are then left out.
func (b *Builder) AddEdits(wiki int, packed []byte) error {
	c := b.c
	if len(c.ids) == 0 {
		return errors.New("retention: edits before any participant")
	}
	if wiki < 0 || wiki >= len(c.wikis) || !c.wikis[wiki].read {
		return fmt.Errorf("retention: no wiki has number %d", wiki)
	}
	h, err := readHeader(packed, b.kinds)
	if err != nil {
		return err
	}
	b.kinds = h.kinds
	if len(c.times)+h.n > math.MaxUint32 {
		return fmt.Errorf("retention: more than %d edits in a cohort", math.MaxUint32)
	}
	b.index = b.index[:0]
	for _, k := range h.kinds {
		n, err := b.class(class{uint16(wiki), k})
		if err != nil {
			return err
		}
		b.index = append(b.index, n)
	}
	begin := len(c.times)
	c.times = slices.Grow(c.times, h.n)
	c.kinds = slices.Grow(c.kinds, h.n)
	times, kinds := c.times[:begin+h.n], c.kinds[:begin+h.n]
	d := decoder{rest: h.rest, shift: h.shift, kinds: uint64(len(b.index))}
	at := begin
	for range h.n {
		k, ok := d.next()
		if !ok {
			return d.err()
		}
		t := uint32(d.time)
		if t < b.from {
			continue
		}
		times[at], kinds[at] = t, b.index[k]
		at++
	}
	if len(d.rest) != 0 {
		return &FormatError{"bytes after the last edit"}
	}
	c.times, c.kinds = c.times[:at], c.kinds[:at]
	if at > begin {
		b.runs = append(b.runs, uint32(begin))
	}
	return nil
}

// class is the number of a class in the cohort's dictionary.
func (b *Builder) class(k class) (uint16, error) {
	if n, ok := b.classNumber[k]; ok {
		return n, nil
	}
	if len(b.c.classes) > math.MaxUint16 {
		return 0, fmt.Errorf("retention: more than %d combinations of wiki, namespace and reverted", math.MaxUint16+1)
	}
	n := uint16(len(b.c.classes))
	b.classNumber[k] = n
	b.c.classes = append(b.c.classes, k)
	b.stands = append(b.stands, uint32(1-bit(k.reverted)))
	return n, nil
}

func (b *Builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// closePerson sorts the last participant's edits across wikis and notes where
// the campaign's start and end fall among them.
func (b *Builder) closePerson() {
	c := b.c
	n := len(c.ids)
	if n == len(c.all.last) {
		return
	}
	b.merge()
	b.indexPerson(c.offsets[n-1])
}

// merge joins the sorted runs of the last participant's wikis two by two.
func (b *Builder) merge() {
	c := b.c
	for len(b.runs) > 1 {
		out := b.runs[:0:len(b.runs)]
		for i := 0; i < len(b.runs); i += 2 {
			lo := b.runs[i]
			if i+1 < len(b.runs) {
				hi := uint32(len(c.times))
				if i+2 < len(b.runs) {
					hi = b.runs[i+2]
				}
				b.mergeTwo(lo, b.runs[i+1], hi)
			}
			out = append(out, lo)
		}
		b.runs = out
	}
}

// mergeTwo merges edits lo:mid with mid:hi, both sorted. Only the first run
// is copied aside.
func (b *Builder) mergeTwo(lo, mid, hi uint32) {
	times, kinds := b.c.times, b.c.kinds
	if times[mid-1] <= times[mid] {
		return
	}
	b.mergeTimes = append(b.mergeTimes[:0], times[lo:mid]...)
	b.mergeKinds = append(b.mergeKinds[:0], kinds[lo:mid]...)
	at, j := lo, mid
	for i := 0; i < len(b.mergeTimes); at++ {
		if j < hi && times[j] < b.mergeTimes[i] {
			times[at], kinds[at] = times[j], kinds[j]
			j++
			continue
		}
		times[at], kinds[at] = b.mergeTimes[i], b.mergeKinds[i]
		i++
	}
}

// Cohort is the cohort of all that was added; the builder is then used up. The
// error is the first thing that was wrong: a campaign that ends before it
// starts, an instant that cannot be, the same person twice.
func (b *Builder) Cohort() (*Cohort, error) {
	if b.c == nil {
		return nil, errors.New("retention: the builder was used up")
	}
	b.closePerson()
	c := b.c
	b.c = nil
	if b.err != nil {
		return nil, b.err
	}
	if k, twice := c.twice(); twice {
		return nil, fmt.Errorf("retention: account %d of %q was added twice", k.ID, k.Farm)
	}
	c.offsets = append(c.offsets, uint32(len(c.times)))
	c.times, c.kinds = fit(c.times), fit(c.kinds)
	c.coverage = b.coverage(c)
	return c, nil
}

// twice is somebody who is in the cohort more than once.
func (c *Cohort) twice() (PersonKey, bool) {
	type key struct {
		id   int64
		farm uint16
	}
	keys := make([]key, len(c.ids))
	for i, id := range c.ids {
		keys[i] = key{id, c.farms[i]}
	}
	slices.SortFunc(keys, func(a, b key) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.farm, b.farm)) })
	for i := 1; i < len(keys); i++ {
		if keys[i] == keys[i-1] {
			return PersonKey{c.farmNames[keys[i].farm], keys[i].id}, true
		}
	}
	return PersonKey{}, false
}

// fit copies s where growing left more than an eighth of it unused.
func fit[T any](s []T) []T {
	if cap(s)-len(s) > len(s)/8 {
		return append(make([]T, 0, len(s)), s...)
	}
	return s
}

// coverage completes what SetCoverage said.
func (b *Builder) coverage(c *Cohort) Coverage {
	cov := c.coverage
	cov.Measured = len(c.ids)
	cov.Participants = max(cov.Participants, cov.Measured+cov.Hidden+cov.NotFound+cov.Bots)
	cov.Wikis = slices.Clone(cov.Wikis)
	if !b.hasCoverage {
		for _, w := range c.wikis {
			if w.read {
				cov.Wikis = append(cov.Wikis, w.name)
			}
		}
	}
	if cov.Wikis == nil {
		cov.Wikis = []string{}
	}
	cov.WikisFailed = slices.Clone(cov.WikisFailed)
	if cov.WikisFailed == nil {
		cov.WikisFailed = []string{}
	}
	cov.Active = 0
	for i := range c.ids {
		if c.all.atStart[i] < c.all.atEnd[i] {
			cov.Active++
		}
	}
	return cov
}
