package fakewiki

import (
	"sort"
	"time"
)

// person is one account and all that is needed to make up its edits again.
// A farm of 100,000 people holds 100,000 of these and few edits.
type person struct {
	id     int64 // central id
	name   string
	reg    int64 // Unix seconds; 0: null
	seed   uint64
	former string
	rename int64 // when it was renamed
	exact  *Account
	locals []local // by wiki, in the order of database names
	joins  []join  // events taken part in, in the order of Spec.Events
	group  int32   // index into population.groups
	home   int16   // index into population.wikis
	state  State
	bot    bool
}

// local is a person's account on one wiki.
type local struct {
	id, actor  int64
	reg        int64 // 0: null
	before     int32 // edits made before the ones that are made up
	share      float32
	wiki       int16
	creation   creation
	unattached bool
	exact      *Local
}

// join is a person's part in an event.
type join struct {
	event int32 // index into population.events
	at    int64
}

// creation says how an account came to be; it is the log's action.
type creation uint8

const (
	notLogged creation = iota
	created
	createdByOther
	createdByMail
	createdAutomatically
)

func (c creation) String() string {
	return [...]string{"", "create", "create2", "byemail", "autocreate"}[c]
}

// on returns the person's account on a wiki that exists at a time.
func (p *person) on(wiki int, now int64) *local {
	for i := range p.locals {
		if l := &p.locals[i]; int(l.wiki) == wiki && l.reg <= now {
			return l
		}
	}
	return nil
}

// at returns the person's account on a wiki, whenever it comes to be.
func (p *person) at(wiki int) *local { return p.on(wiki, 1<<62) }

// exists reports whether the account had been created by then.
func (p *person) exists(now int64) bool { return p.reg <= now }

// central reports whether the person has a central account that others may see.
func (p *person) central(now int64) bool {
	return p.exists(now) && p.state != Hidden && p.state != NotFound
}

// sortLocals orders accounts as the wiki lists them.
func (p *person) sortLocals(wikis []*wiki) {
	sort.Slice(p.locals, func(i, j int) bool { return wikis[p.locals[i].wiki].DB < wikis[p.locals[j].wiki].DB })
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func instant(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}
