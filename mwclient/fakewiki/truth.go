package fakewiki

// What the farm really holds, not through the wire: for tests to compare with.

// Event returns an event with all its registrations, private and future ones
// included; false if there is none with that id.
func (f *Farm) Event(id int64) (Event, bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	e := f.pop.event(id)
	if e == nil {
		return Event{}, false
	}
	out := *e.current()
	for _, x := range e.parts {
		p := &f.pop.people[x.person]
		out.Participants = append(out.Participants, Participant{ID: x.id, User: p.id, Name: p.nameAt(f.now.Unix()),
			Registered: instant(x.at), Private: x.private})
	}
	return out, true
}

// Events returns the ids of all events, in the order in which they were given.
func (f *Farm) Events() []int64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var out []int64
	for _, e := range f.pop.events {
		out = append(out, e.ID)
	}
	return out
}

// Account returns an account by its central id with all its edits up to the
// farm's clock, those that have vanished included; false if there is none.
func (f *Farm) Account(id int64) (Account, bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	i, ok := f.pop.ids[id]
	if !ok {
		return Account{}, false
	}
	now := f.now.Unix()
	p := &f.pop.people[i]
	out := Account{ID: p.id, Name: p.nameAt(now), Registration: instant(p.reg), Home: f.pop.wikis[p.home].DB,
		Groups: globalGroups(p), State: p.state, FormerName: p.former, Renamed: instant(p.rename)}
	h := f.history(i)
	for j := range p.locals {
		l := &p.locals[j]
		w := f.pop.wikis[l.wiki]
		loc := Local{Wiki: w.DB, ID: l.id, Actor: l.actor, Registration: instant(l.reg), Groups: localGroups(p, l),
			Unattached: l.unattached, Creation: l.creation.String(), EditCount: int(f.editCount(i, l, now))}
		for k := range h[j] {
			if e := &h[j][k]; e.time <= now {
				loc.Edits = append(loc.Edits, e.export(w, out.Name))
			}
		}
		out.Locals = append(out.Locals, loc)
	}
	return out, true
}

// export is the edit as a dataset would give it.
func (e *edit) export(w *wiki, user string) Edit {
	if e.exact != nil {
		x := *e.exact
		x.RevID = e.rev
		return x
	}
	size, diff, ok := e.sizes()
	text, hidden := e.comment()
	return Edit{Time: e.time, RevID: e.rev, ParentID: e.parent(), PageID: e.page(), RevertedAt: e.revertedAt,
		DeletedAt: e.deletedAt, Title: e.title(w, user), Comment: text, CommentHidden: hidden, Tags: e.tags(0),
		Namespace: int(e.ns), Size: int(size), SizeDiff: int(diff), NoSize: !ok, New: e.isNew(), Minor: e.minor(),
		Top: e.top()}
}

// EditsOf counts the edits of an event's public participants that can be read
// now, over all wikis: hidden and lost accounts have none.
func (f *Farm) EditsOf(event int64) int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	e := f.pop.event(event)
	if e == nil {
		return 0
	}
	now, n := f.now.Unix(), 0
	for _, x := range e.parts {
		p := &f.pop.people[x.person]
		if x.private || x.at > now || !p.central(now) {
			continue
		}
		for _, edits := range f.pop.history(x.person, now) {
			for k := range edits {
				if edits[k].visible(now) {
					n++
				}
			}
		}
	}
	return n
}
