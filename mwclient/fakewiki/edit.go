package fakewiki

import (
	"cmp"
	"slices"
	"sort"
)

// edit is one revision in memory. What the wire shows beyond these fields is
// made from mark when it is written (see revision.go), unless exact has it.
type edit struct {
	time, rev             int64
	revertedAt, deletedAt int64 // 0: never
	exact                 *Edit
	mark                  uint64 // decides the page, sizes, tags and comment
	ns                    int32
}

// visible reports whether the edit has happened and has not vanished.
func (e *edit) visible(now int64) bool {
	return e.time <= now && (e.deletedAt == 0 || e.deletedAt > now)
}

// reverted reports whether the edit bears the tag mw-reverted.
func (e *edit) reverted(now int64) bool { return e.revertedAt != 0 && e.revertedAt <= now }

// history is a person's edits, one list for each of person.locals, in order of
// time. It is never written to once made.
type history [][]edit

func (h history) size() int {
	n := 0
	for _, edits := range h {
		n += len(edits)
	}
	return n
}

// history makes up a person's edits up to a time. Edits up to a time are the
// same whatever later time is asked for.
func (p *population) history(i int32, until int64) history {
	who := &p.people[i]
	h := make(history, len(who.locals))
	if who.exact != nil {
		for j := range who.locals {
			h[j] = p.exact[who.locals[j].exact]
		}
		return h
	}
	g := p.groups[who.group]
	size := 1 + (g.daySize-1)*(&rng{hash(who.seed, 'z')}).lognormal(sizeSpread)
	for _, s := range p.sessions(who, g, until) {
		p.edits(h, who, g, s, size)
	}
	for j := range h {
		h[j] = settle(h[j], i, until)
	}
	return h
}

// edits adds a session's edits, size of them in the mean, to the list of the wiki
// it is on.
func (p *population) edits(h history, who *person, g *group, s session, size float64) {
	r := rng{hash(s.seed, 'e')}
	slot := who.slot(&r, s.at)
	if slot < 0 {
		return
	}
	content := p.wikis[who.locals[slot].wiki].content
	count := min(r.geometric(size), maxDayEdits)
	for t := s.at; count > 0 && (s.until == 0 || t < s.until); count-- {
		e := edit{time: t, mark: r.uint64(), ns: namespace(&r, content)}
		if r.chance(g.Reverted) {
			e.revertedAt = t + later(&r)
		}
		if r.chance(g.Deleted) {
			e.deletedAt = t + later(&r)
		}
		h[slot] = append(h[slot], e)
		t += 5 + int64(r.exp(240))
	}
}

// slot chooses the wiki of a session among those where the person has an
// account by then; −1: none.
func (p *person) slot(r *rng, at int64) int {
	u, last := float32(r.float()), -1
	for j := range p.locals {
		l := &p.locals[j]
		if l.share <= 0 || l.reg > at {
			continue
		}
		last = j
		if u -= l.share; u < 0 {
			return j
		}
	}
	return last
}

// later is how many seconds pass until an edit is reverted or deleted.
func later(r *rng) int64 {
	mean := promptMean.Seconds()
	if r.chance(lateShare) {
		mean = lateMean.Seconds()
	}
	return 60 + int64(min(r.exp(mean), latest.Seconds()-60))
}

// namespace chooses where an edit is made: mostly in a content namespace.
func namespace(r *rng, content []int) int32 {
	if u := r.float(); u < 0.72 {
		return int32(content[r.intn(len(content))])
	}
	return [...]int32{1, 2, 2, 2, 3, 3, 4, 10, 14}[r.intn(9)]
}

// settle puts one wiki's edits in order, makes their seconds differ, and gives
// them their revision ids: unique on the wiki and rising with time.
func settle(edits []edit, i int32, until int64) []edit {
	slices.SortFunc(edits, func(a, b edit) int { return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.mark, b.mark)) })
	last := int64(0)
	for j := range edits {
		e := &edits[j]
		if e.time <= last {
			e.time = last + 1
		}
		last = e.time
		e.rev = (e.time-revisionEpoch)*maxPeople + int64(i) + 1
	}
	n := sort.Search(len(edits), func(j int) bool { return edits[j].time > until })
	return edits[:n:n]
}
