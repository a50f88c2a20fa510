package fakewiki

// session is a day with edits.
type session struct {
	at, until int64 // edits are made in [at, until); until 0: no limit
	seed      uint64
}

// sessions makes up the days on which a person edits, those that start by until.
func (p *population) sessions(who *person, g *group, until int64) []session {
	d := days{population: p, who: who, group: g, until: until, r: rng{hash(who.seed, 'd')}}
	fate, rate := d.r.float(), g.rate*d.r.lognormal(g.Spread)
	stay := int64(min(d.r.lomax(g.Scale.Seconds(), g.Shape), 1e10))
	switch {
	case fate < g.Never:
	case fate < g.Never+g.OneDay:
		d.one()
	case g.newcomers:
		d.add(d.first(), 0, g.keep)
		d.inEvents()
		d.life(rate, who.reg, who.reg+stay)
	default:
		d.inEvents()
		d.life(rate, max(g.start-int64(lookBack.Seconds()), who.reg), g.start+stay)
	}
	return d.out
}

// days collects the days on which a person edits. Each has a seed of its own and
// draws are made in the same order whatever until is.
type days struct {
	*population
	who   *person
	group *group
	r     rng
	until int64
	n     uint64
	out   []session
}

// add adds a day, with probability keep.
func (d *days) add(at, limit int64, keep float64) {
	d.n++
	if seed := hash(d.who.seed, 's', d.n); at <= d.until && (keep >= 1 || (&rng{seed}).chance(keep)) {
		d.out = append(d.out, session{at, limit, seed})
	}
}

// first is when a newcomer edits first: soon after registering.
func (d *days) first() int64 { return d.who.reg + 60 + int64(d.r.exp(1800)) }

// span is when an event can be edited in by somebody who joined.
func (d *days) span(j join) (from, to int64) {
	e := d.events[j.event]
	return max(unix(e.Start), j.at), unix(e.End)
}

// one adds the only day of somebody who edits on one: in the event, but that some
// newcomers edit when they register and no more.
func (d *days) one() {
	at, limit := d.first(), int64(0)
	if len(d.who.joins) > 0 && (!d.group.newcomers || d.r.chance(eventTurnout)) {
		if from, to := d.span(d.who.joins[0]); from < to {
			at, limit = d.r.between(from, from+(to-from)*4/5), to
		}
	}
	d.add(at, limit, d.group.keep)
}

// inEvents adds the days in the events that the person joined.
func (d *days) inEvents() {
	for _, j := range d.who.joins {
		from, to := d.span(j)
		n := min(d.r.geometric(float64(eventDays(unix(d.events[j.event].Start), to))), maxEventDays)
		if !d.r.chance(eventTurnout) || from >= to {
			continue
		}
		for range n {
			d.add(d.r.between(from, from+(to-from)*4/5), to, d.group.keep)
		}
	}
}

// life adds the days that come at the person's rate until they leave.
func (d *days) life(rate float64, begin, leave int64) {
	if rate <= 0 {
		return
	}
	t := float64(begin)
	for len(d.out) < maxSessions {
		t += d.r.exp(1 / rate)
		if t > float64(d.until) || t >= float64(leave) {
			return
		}
		d.add(int64(t), leave, 1)
	}
}
