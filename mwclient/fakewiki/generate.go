package fakewiki

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

const (
	newcomerLead   = 14 * day // newcomers register from here before the start
	signUpLead     = 21 * day // and the others sign up from here
	experiencedAge = 60 * day // at least, at the start
	meanAge        = 4 * 365 * day
	wikiBirth      = 982713600 // 2001-02-21: nobody registered before
)

// crowd makes people up for one event or background.
type crowd struct {
	*population
	r       rng
	home    []float64 // weight of each wiki
	total   float64
	place   *wiki // the event's wiki
	style   NameStyle
	from    int64 // first account made for it
	current int32 // the event's index; −1: none
	others  int32 // the group of the event's experienced participants
}

// addEvent makes up an event and its participants.
func (p *population) addEvent(spec *EventSpec, n int) error {
	w, err := p.wikiOr(spec.Wiki)
	if err != nil {
		return err
	}
	e := &event{Event: Event{ID: spec.ID, Name: spec.Title, Page: spec.Page, Wiki: w.DB, Timezone: spec.Timezone,
		Start: spec.Start, End: spec.End, Wikis: spec.Wikis, Redirects: spec.Redirects, Closed: spec.Closed,
		Test: spec.Test, Deleted: spec.Deleted}}
	if err := p.register(e); err != nil {
		return err
	}
	c := &crowd{population: p, r: rng{hash(p.seed, 'v', uint64(n))}, place: w, style: spec.Names,
		current: int32(len(p.events) - 1)}
	if err := c.weigh(spec.EditWikis); err != nil {
		return err
	}
	c.organize(e, spec.Organizers)
	newcomers := &group{Activity: orActivity(spec.Newcomer, DefaultNewcomer()), newcomers: true}
	others := &group{Activity: orActivity(spec.Experienced, DefaultExperienced())}
	all := spec.Participants + spec.Private
	fresh := int(float64(all)*spec.NewcomerShare + 0.5)
	for _, g := range []*group{newcomers, others} {
		g.event, g.start, g.end = true, unix(spec.Start), unix(spec.End)
		p.groups = append(p.groups, g)
	}
	edits := spec.EditsPerPerson
	if edits == 0 {
		edits = 30
	}
	calibrate([]*group{newcomers, others}, []int{fresh, all - fresh}, edits)
	c.from, c.others = int64(len(p.people)), int32(len(p.groups)-1)
	repeaters := c.repeaters(int(float64(all-fresh)*spec.RepeatShare + 0.5))
	for k := range all {
		var i int32
		switch {
		case k < fresh:
			i = c.newcomer(c.others - 1)
		case k-fresh < len(repeaters):
			i = repeaters[k-fresh]
		default:
			i = c.experienced(c.others)
		}
		c.join(e, i, k < fresh)
	}
	c.finish(e, spec.Private)
	return c.odd(e, spec.Odd)
}

// addBackground makes up accounts that take part in nothing.
func (p *population) addBackground(spec *BackgroundSpec, n int) error {
	w, err := p.wikiOr(spec.Wiki)
	if err != nil {
		return err
	}
	if spec.Bots < 0 || spec.ByOthers < 0 || spec.Bots+spec.ByOthers > spec.Accounts {
		return fmt.Errorf("%d accounts cannot hold %d bots and %d made by others", spec.Accounts, spec.Bots, spec.ByOthers)
	}
	g := &group{Activity: orActivity(spec.Newcomer, DefaultNewcomer()), newcomers: true,
		start: unix(spec.From), end: unix(spec.To)}
	edits := spec.EditsPerPerson
	if edits == 0 {
		edits = 10
	}
	calibrate([]*group{g}, []int{spec.Accounts}, edits)
	p.groups = append(p.groups, g)
	c := &crowd{population: p, r: rng{hash(p.seed, 'b', uint64(n))}, place: w, style: spec.Names, current: -1}
	if err := c.weigh(map[string]float64{w.DB: 1}); err != nil {
		return err
	}
	for k := range spec.Accounts {
		i := c.account(int32(len(p.groups)-1), c.r.between(g.start, g.end-1))
		who := &p.people[i]
		who.bot = k < spec.Bots
		if k >= spec.Bots && k < spec.Bots+spec.ByOthers {
			who.at(w.index).creation = createdByOther + creation(k%2)
		}
	}
	return nil
}

func orActivity(a, def Activity) Activity {
	if a == (Activity{}) {
		return def
	}
	return a
}

// weigh says on which wikis people edit.
func (c *crowd) weigh(given map[string]float64) error {
	c.home = make([]float64, len(c.wikis))
	for db, weight := range given {
		w := c.wiki(db)
		if w == nil || weight < 0 {
			return fmt.Errorf("EditWikis: the farm has no wiki %q, or %g is negative", db, weight)
		}
		c.home[w.index] = weight
	}
	if len(given) == 0 {
		for i := range c.home {
			c.home[i] = 1 / float64(max(len(c.wikis)-1, 1))
		}
		c.home[c.place.index] = 3
	}
	if !c.shared { // every wiki stands alone
		clear(c.home)
		c.home[c.place.index] = 1
	}
	for _, weight := range c.home {
		c.total += weight
	}
	if c.total == 0 {
		return fmt.Errorf("EditWikis: no wiki has a weight")
	}
	return nil
}

// organize finds or creates the organizers.
func (c *crowd) organize(e *event, names []string) {
	if len(names) == 0 {
		names = []string{c.namer.name(Latin, &c.r)}
	}
	for k, name := range names {
		role := "organizer"
		if k == 0 {
			role = "creator"
		}
		if canonical, ok := canonicalName(name); ok {
			name = canonical
		}
		if _, ok := c.names[name]; !ok {
			g := &group{Activity: Activity{Never: 1}}
			c.groups = append(c.groups, g)
			c.create(name, int32(len(c.groups)-1), unix(e.Start)-int64(meanAge.Seconds()))
		}
		e.Organizers = append(e.Organizers, Organizer{Name: name, Roles: []string{role}})
	}
}

// newcomer creates an account for the event: half of them during it, the others
// in the days before.
func (c *crowd) newcomer(g int32) int32 {
	grp := c.groups[g]
	reg := c.r.between(grp.start, grp.end-1)
	if c.r.chance(0.5) {
		reg = grp.start - 60 - int64(min(c.r.exp(3*day.Seconds()), newcomerLead.Seconds()-120))
	}
	return c.account(g, reg)
}

func (c *crowd) experienced(g int32) int32 {
	age := experiencedAge.Seconds() + c.r.exp(meanAge.Seconds())
	i := c.account(g, max(c.groups[g].start-int64(age), wikiBirth+c.r.between(0, 1e7)))
	for j := range c.people[i].locals {
		l := &c.people[i].locals[j]
		l.before = int32(min(c.r.lognormal(1.5)*300*float64(l.share), 1e6))
	}
	return i
}

// account creates an account with a made-up name.
func (c *crowd) account(g int32, reg int64) int32 {
	return c.create(c.namer.name(c.style, &c.r), g, reg)
}

// create registers an account at home, on the event's wiki, and on some others
// where the person edits.
func (c *crowd) create(name string, g int32, reg int64) int32 {
	home := c.chooseHome()
	who := person{name: name, reg: reg, group: g, home: int16(home), locals: make([]local, 1, 3)}
	who.locals[0] = local{wiki: int16(home), reg: reg, share: 1, creation: created}
	spare := float32(0.1 + 0.3*c.r.float())
	for i, w := range c.wikis {
		u := c.r.float()
		if i == home || (w != c.place && u > 0.6*c.home[i]/c.total+0.05) || (!c.shared && w != c.place) {
			continue
		}
		l := local{wiki: int16(i), reg: reg + c.r.between(30, 3600), creation: createdAutomatically}
		if c.home[i] > 0 {
			l.share = spare
			who.locals[0].share -= spare
			spare /= 3
		}
		who.locals = append(who.locals, l)
	}
	who.sortLocals(c.wikis)
	return c.add(who)
}

func (c *crowd) chooseHome() int {
	u := c.r.float() * c.total
	for i, weight := range c.home {
		if u -= weight; u < 0 {
			return i
		}
	}
	return c.place.index
}

// repeaters chooses people who were in an event before.
func (c *crowd) repeaters(n int) []int32 {
	var pool []int32
	for i := range c.people {
		who := &c.people[i]
		if len(who.joins) > 0 && (c.shared || who.at(c.place.index) != nil) {
			pool = append(pool, int32(i))
		}
	}
	for k := range min(n, len(pool)) {
		j := k + c.r.intn(len(pool)-k)
		pool[k], pool[j] = pool[j], pool[k]
	}
	return pool[:min(n, len(pool))]
}

// join signs a person up: newcomers soon after their account was made. Whoever
// had no account on the event's wiki gets one by coming.
func (c *crowd) join(e *event, i int32, fresh bool) {
	start, end := unix(e.Start), unix(e.End)
	at := c.r.between(start-int64(signUpLead.Seconds()), end-1)
	if reg := c.people[i].reg; fresh || reg > at {
		at = min(reg+c.r.between(30, 2*3600), max(end-1, reg+30))
		if c.r.chance(0.2) {
			at = c.r.between(reg+30, end-1)
		}
	}
	who := &c.people[i]
	who.joins = append(who.joins, join{c.current, at})
	if who.at(c.place.index) == nil {
		who.locals = append(who.locals, local{wiki: int16(c.place.index), reg: at - 30, creation: createdAutomatically})
		who.sortLocals(c.wikis)
	}
	e.parts = append(e.parts, part{at: at, person: i})
}

// finish puts the registrations in the order in which they came and makes some
// of them private.
func (c *crowd) finish(e *event, private int) {
	slices.SortFunc(e.parts, func(a, b part) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.person, b.person)) })
	order := make([]int, len(e.parts))
	for k := range order {
		j := c.r.intn(k + 1)
		order[k], order[j] = order[j], k
	}
	for _, k := range order[:private] {
		e.parts[k].private = true
	}
}

// odd makes the wanted number of participants odd: each in one way, and only
// people who were made up for this event.
func (c *crowd) odd(e *event, o Odd) error {
	var pool []int32
	for _, x := range e.parts {
		if !x.private && int64(x.person) >= c.from {
			pool = append(pool, x.person)
		}
	}
	for k := range pool {
		j := k + c.r.intn(len(pool)-k)
		pool[k], pool[j] = pool[j], pool[k]
	}
	for _, kind := range []struct {
		n    int
		turn func(*person)
	}{
		{o.Hidden, func(p *person) { p.state = Hidden }},
		{o.NotFound, func(p *person) { p.state = NotFound }},
		{o.Locked, func(p *person) { p.state = Locked }},
		{o.Renamed, func(p *person) { c.rename(p, c.namer.name(c.style, &c.r), e.End.Add(day)) }},
		{o.Vanished, func(p *person) {
			c.rename(p, fmt.Sprintf("Vanished user %08x", uint32(p.seed)), e.End.Add(day))
			p.state = Locked
		}},
		{o.Bots, func(p *person) { p.bot = true }},
		{o.NullDate, c.forget},
	} {
		if kind.n < 0 || kind.n > len(pool) {
			return fmt.Errorf("Odd: %d more participants than there are", kind.n-len(pool))
		}
		for _, i := range pool[:kind.n] {
			kind.turn(&c.people[i])
		}
		pool = pool[kind.n:]
	}
	return nil
}

// forget makes a person one of whom nobody knows since when they are there.
func (c *crowd) forget(p *person) {
	p.reg, p.group = 0, c.others
	for j := range p.locals {
		p.locals[j].reg, p.locals[j].creation = 0, notLogged
	}
}

// rename gives a person another name from a time on. The old one stays in the
// index: see find.
func (p *population) rename(who *person, name string, at time.Time) {
	i := p.names[who.name]
	if who.former != "" {
		delete(p.names, who.former)
	}
	who.former, who.name, who.rename = who.name, name, at.Unix()
	p.names[name] = i
}
