package fakewiki

import "sort"

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

// session is a day with edits.
type session struct {
	at, until int64 // edits are made in [at, until); until 0: no limit
	seed      uint64
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
	for _, s := range p.sessions(who, g, until) {
		p.edits(h, who, g, s, i)
	}
	for j := range h {
		h[j] = settle(h[j], i, until)
	}
	return h
}

// sessions makes up the days on which a person edits, those that start by until.
func (p *population) sessions(who *person, g *group, until int64) []session {
	r := rng{hash(who.seed, 'd')}
	fate, rate := r.float(), g.rate*r.lognormal(g.Spread)
	stay := int64(min(r.lomax(g.Scale.Seconds(), g.Shape), 1e10))
	if fate < g.Never {
		return nil
	}
	var out []session
	n := uint64(0)
	add := func(at, limit int64) {
		n++
		if seed := hash(who.seed, 's', n); at <= until && (g.keep >= 1 || (&rng{seed}).chance(g.keep)) {
			out = append(out, session{at, limit, seed})
		}
	}
	begin := max(g.start-int64(lookBack.Seconds()), who.reg)
	leave := g.start + stay
	if g.newcomers {
		begin, leave = who.reg, who.reg+stay
		add(begin+60+int64(r.exp(1800)), 0)
	}
	if fate < g.Never+g.OneDay {
		if !g.newcomers && len(who.joins) > 0 {
			e := p.events[who.joins[0].event]
			add(r.between(max(unix(e.Start), who.joins[0].at), unix(e.End)-1), unix(e.End))
		}
		return out
	}
	for _, j := range who.joins {
		e := p.events[j.event]
		from, to := max(unix(e.Start), j.at), unix(e.End)
		days := min(r.geometric(float64(eventDays(unix(e.Start), to))), maxEventDays)
		if !r.chance(eventTurnout) || from >= to {
			continue
		}
		for range days {
			add(r.between(from, from+(to-from)*4/5), to)
		}
	}
	if rate <= 0 {
		return out
	}
	t := float64(begin)
	for len(out) < maxSessions {
		t += r.exp(1 / rate)
		if t > float64(until) || t >= float64(leave) {
			break
		}
		add(int64(t), leave)
	}
	return out
}

// edits adds a session's edits to the list of the wiki it is on.
func (p *population) edits(h history, who *person, g *group, s session, i int32) {
	r := rng{hash(s.seed, 'e')}
	size := g.daySize * (&rng{hash(who.seed, 'z')}).lognormal(sizeSpread)
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
	sort.Slice(edits, func(a, b int) bool {
		if edits[a].time != edits[b].time {
			return edits[a].time < edits[b].time
		}
		return edits[a].mark < edits[b].mark
	})
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
