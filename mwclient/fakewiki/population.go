package fakewiki

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// population is everybody on the farm, and the events. It is built once; what
// changes later (states, names, events) is guarded by Farm.mu.
type population struct {
	seed   uint64
	shared bool // central accounts
	wikis  []*wiki
	people []person
	groups []*group
	events []*event
	names  map[string]int32 // present and former names; see find
	ids    map[int64]int32  // by central id
	exact  map[*Local][]edit
	namer  *namer
}

// newPopulation builds everybody from a spec: what is exact, then events in
// their order, then the background, then the ids of all.
func newPopulation(spec *Spec) (*population, error) {
	p := &population{seed: spec.Seed, shared: spec.CentralAuth, names: map[string]int32{},
		ids: map[int64]int32{}, exact: map[*Local][]edit{}}
	p.namer = &namer{taken: p.names}
	wikis := spec.Wikis
	if len(wikis) == 0 {
		wikis = []WikiSpec{{DB: "metawiki"}}
	}
	for i, w := range wikis {
		if w.DB == "" || p.wiki(w.DB) != nil {
			return nil, fmt.Errorf("fakewiki: wiki %d: database name %q is empty or taken", i, w.DB)
		}
		p.wikis = append(p.wikis, newWiki(w, i))
	}
	if err := p.size(spec); err != nil {
		return nil, err
	}
	if spec.Exact != nil {
		if err := p.addAccounts(spec.Exact.Accounts); err != nil {
			return nil, err
		}
	}
	for i := range spec.Events {
		if err := p.addEvent(&spec.Events[i], i); err != nil {
			return nil, fmt.Errorf("fakewiki: event %q: %w", spec.Events[i].Title, err)
		}
	}
	for i := range spec.Background {
		if err := p.addBackground(&spec.Background[i], i); err != nil {
			return nil, fmt.Errorf("fakewiki: background %d: %w", i, err)
		}
	}
	p.number()
	if spec.Exact != nil {
		for i := range spec.Exact.Events {
			if err := p.addExactEvent(spec.Exact.Events[i]); err != nil {
				return nil, fmt.Errorf("fakewiki: event %q: %w", spec.Exact.Events[i].Name, err)
			}
		}
	}
	return p, p.numberEvents()
}

// size refuses a population that is too large for its revision ids, and makes
// room for one that is not.
func (p *population) size(spec *Spec) error {
	n := 0
	if spec.Exact != nil {
		n += len(spec.Exact.Accounts)
	}
	for _, e := range spec.Events {
		if e.Participants < 0 || e.Private < 0 || e.NewcomerShare < 0 || e.NewcomerShare > 1 ||
			e.RepeatShare < 0 || e.RepeatShare > 1 || e.EditsPerPerson < 0 {
			return fmt.Errorf("fakewiki: event %q: a number or share out of range", e.Title)
		}
		n += e.Participants + e.Private + len(e.Organizers) + 1
	}
	for _, b := range spec.Background {
		if b.Accounts < 0 {
			return errors.New("fakewiki: background: a negative number of accounts")
		}
		n += b.Accounts
	}
	if n >= maxPeople {
		return fmt.Errorf("fakewiki: %d accounts are more than the %d a farm can hold", n, maxPeople-1)
	}
	p.people = make([]person, 0, n)
	return nil
}

// wiki finds a wiki by its database name; nil if the farm has no such wiki.
func (p *population) wiki(db string) *wiki {
	for _, w := range p.wikis {
		if w.DB == db {
			return w
		}
	}
	return nil
}

// wikiOr is wiki, with the farm's first for an empty name.
func (p *population) wikiOr(db string) (*wiki, error) {
	if db == "" {
		return p.wikis[0], nil
	}
	if w := p.wiki(db); w != nil {
		return w, nil
	}
	return nil, fmt.Errorf("the farm has no wiki %q", db)
}

// add registers a person and returns the index.
func (p *population) add(who person) int32 {
	i := int32(len(p.people))
	who.seed = hash(p.seed, 'p', uint64(i))
	p.people = append(p.people, who)
	p.names[who.name] = i
	if who.former != "" {
		p.names[who.former] = i
	}
	return i
}

// nameAt is the person's name at a time.
func (p *person) nameAt(now int64) string {
	if p.former != "" && now < p.rename {
		return p.former
	}
	return p.name
}

// find returns who bears a canonical name at a time; −1: nobody.
func (p *population) find(name string, now int64) int32 {
	if i, ok := p.names[name]; ok && p.people[i].nameAt(now) == name && p.people[i].exists(now) {
		return i
	}
	return -1
}

// number gives ids to those who have none: central ids in order of registration,
// local ids in order of the local one, actor ids in an order of their own, as
// real wikis do not promise any.
func (p *population) number() {
	order := make([]int32, 0, len(p.people))
	next := int64(1000)
	for i := range p.people {
		if id := p.people[i].id; id != 0 {
			next = max(next, id+1)
			p.ids[id] = int32(i)
		} else {
			order = append(order, int32(i))
		}
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(p.people[a].reg, p.people[b].reg), cmp.Compare(a, b))
	})
	for k, i := range order {
		p.people[i].id = next + int64(k)
		p.ids[p.people[i].id] = i
	}
	type slot struct {
		reg    int64
		person int32
		local  int32
	}
	for _, w := range p.wikis {
		var open []slot
		nextID, nextActor := w.FirstUser+1, w.FirstUser+1
		for i := range p.people {
			for j := range p.people[i].locals {
				l := &p.people[i].locals[j]
				if int(l.wiki) != w.index {
					continue
				}
				if l.id != 0 {
					w.locals = append(w.locals, localRef{l.id, int32(i)})
					nextID, nextActor = max(nextID, l.id+1), max(nextActor, l.actor+1)
				} else {
					open = append(open, slot{l.reg, int32(i), int32(j)})
				}
			}
		}
		slices.SortFunc(open, func(a, b slot) int { return cmp.Or(cmp.Compare(a.reg, b.reg), cmp.Compare(a.person, b.person)) })
		base := (max(nextID, nextActor) + 63) &^ 63
		for k, s := range open {
			l := &p.people[s.person].locals[s.local]
			l.id = nextID + int64(k)
			l.actor = (base + int64(k)) ^ 0x2a
			w.locals = append(w.locals, localRef{l.id, s.person})
		}
		slices.SortFunc(w.locals, func(a, b localRef) int { return cmp.Compare(a.id, b.id) })
		w.log = p.creations(w)
	}
}

// creations builds a wiki's log of new accounts.
func (p *population) creations(w *wiki) []logEntry {
	var out []logEntry
	for _, ref := range w.locals {
		for j := range p.people[ref.person].locals {
			l := &p.people[ref.person].locals[j]
			if int(l.wiki) == w.index && l.creation != notLogged && l.reg != 0 {
				out = append(out, logEntry{l.reg, ref.person, l.creation})
			}
		}
	}
	slices.SortFunc(out, func(a, b logEntry) int { return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.person, b.person)) })
	return out
}

// addAccounts registers exact accounts.
func (p *population) addAccounts(accounts []Account) error {
	for i := range accounts {
		if err := p.addAccount(&accounts[i]); err != nil {
			return fmt.Errorf("fakewiki: account %q: %w", accounts[i].Name, err)
		}
	}
	p.numberRevisions()
	return nil
}

func (p *population) addAccount(a *Account) error {
	name, ok := canonicalName(a.Name)
	if !ok || name != a.Name {
		return errors.New("no user can be called so")
	}
	if _, taken := p.names[name]; taken {
		return errors.New("the name is taken")
	}
	if len(a.Locals) == 0 {
		return errors.New("has no account on any wiki")
	}
	who := person{id: a.ID, name: name, reg: unix(a.Registration), state: a.State, exact: a,
		former: a.FormerName, rename: unix(a.Renamed)}
	home := a.Home
	for j := range a.Locals {
		l := &a.Locals[j]
		w := p.wiki(l.Wiki)
		if w == nil {
			return fmt.Errorf("the farm has no wiki %q", l.Wiki)
		}
		if home == "" {
			home = w.DB
		}
		actor := l.Actor
		if actor == 0 {
			actor = l.ID
		}
		who.locals = append(who.locals, local{id: l.ID, actor: actor, reg: unix(l.Registration),
			wiki: int16(w.index), creation: creationNamed(l.Creation), unattached: l.Unattached, exact: l})
		who.bot = who.bot || slices.Contains(l.Groups, "bot")
		p.exact[l] = exactEdits(l.Edits)
	}
	w := p.wiki(home)
	if w == nil {
		return fmt.Errorf("the farm has no wiki %q", home)
	}
	who.home = int16(w.index)
	who.sortLocals(p.wikis)
	p.add(who)
	return nil
}

func creationNamed(action string) creation {
	for c := created; c <= createdAutomatically; c++ {
		if c.String() == action {
			return c
		}
	}
	return notLogged
}

// exactEdits puts given edits in order of time.
func exactEdits(given []Edit) []edit {
	out := make([]edit, len(given))
	for i := range given {
		g := &given[i]
		out[i] = edit{time: g.Time, rev: g.RevID, revertedAt: g.RevertedAt, deletedAt: g.DeletedAt,
			exact: g, mark: hash(uint64(g.Time), uint64(i)), ns: int32(g.Namespace)}
	}
	sort.SliceStable(out, func(a, b int) bool {
		if out[a].time != out[b].time {
			return out[a].time < out[b].time
		}
		return out[a].rev < out[b].rev
	})
	return out
}

// numberRevisions gives revision ids to exact edits without one: on each wiki
// the next ones in order of time.
func (p *population) numberRevisions() {
	for _, w := range p.wikis {
		var open []*edit
		next := int64(1)
		for i := range p.people {
			for j := range p.people[i].locals {
				l := &p.people[i].locals[j]
				if int(l.wiki) != w.index {
					continue
				}
				edits := p.exact[l.exact]
				for k := range edits {
					if edits[k].rev == 0 {
						open = append(open, &edits[k])
					}
					next = max(next, edits[k].rev+1)
				}
			}
		}
		sort.SliceStable(open, func(a, b int) bool { return open[a].time < open[b].time })
		for k, e := range open {
			e.rev = next + int64(k)
		}
	}
}

// title makes a title out of any text: what titles cannot hold is left out.
func title(text string) string {
	text = strings.Map(func(r rune) rune {
		if strings.ContainsRune("#<>[]|{}", r) || r < ' ' {
			return -1
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, "_", " ")), " ")
	for len(text) > maxName {
		text = text[:len(text)-1]
	}
	return strings.ToValidUTF8(text, "")
}

// zone reads a time zone as events have them. A zone that nobody knows is UTC
// with that name, so that a farm can have such an event.
func zone(name string) *time.Location {
	if loc, err := time.LoadLocation(name); err == nil && name != "" {
		return loc
	}
	if t, err := time.Parse("-07:00", name); err == nil {
		_, offset := t.Zone()
		return time.FixedZone(name, offset)
	}
	return time.UTC
}
