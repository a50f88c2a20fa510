package fakewiki

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// event is a registration with who signed up, in order of participant ids.
type event struct {
	Event        // as it was made, without Participants
	said  *Event // what it says of itself since EditEvent; nil: the same
	parts []part
}

// current is the event as it is now.
func (e *event) current() *Event {
	if e.said != nil {
		return e.said
	}
	return &e.Event
}

// part is one participant of an event.
type part struct {
	id, at  int64
	person  int32
	private bool
}

// addExactEvent registers an event as it is given. People are numbered already.
func (p *population) addExactEvent(given Event) error {
	e := &event{Event: given}
	e.Participants = nil
	for _, g := range given.Participants {
		i, err := p.resolve(g.User, g.Name)
		if err != nil {
			return err
		}
		e.parts = append(e.parts, part{g.ID, unix(g.Registered), i, g.Private})
	}
	for k := range given.Organizers {
		o := &e.Organizers[k]
		i, err := p.resolve(o.User, o.Name)
		if err != nil {
			return err
		}
		o.User, o.Name = p.people[i].id, p.people[i].name
	}
	return p.register(e)
}

// resolve finds a person by central id, or by name where the id is 0.
func (p *population) resolve(id int64, name string) (int32, error) {
	i, ok := p.ids[id]
	if id == 0 {
		i, ok = p.names[name]
	}
	if !ok {
		return 0, fmt.Errorf("no account has the id %d or the name %q", id, name)
	}
	return i, nil
}

// register adds an event and completes what was left out.
func (p *population) register(e *event) error {
	w, err := p.wikiOr(e.Wiki)
	if err != nil {
		return err
	}
	e.Wiki = w.DB
	if e.Page == "" {
		e.Page = w.prefix(eventNamespace) + title(e.Name)
	}
	if e.Timezone == "" {
		e.Timezone = "UTC"
	}
	if e.Start.IsZero() || e.End.IsZero() {
		return errors.New("an event needs a start and an end")
	}
	p.events = append(p.events, e)
	return nil
}

// numberEvents gives ids to events, participants and organizers without one.
func (p *population) numberEvents() error {
	nextEvent, nextPart, nextOrganizer := int64(101), int64(1), int64(1)
	for _, e := range p.events {
		nextEvent = max(nextEvent, e.ID+1)
		for _, x := range e.parts {
			nextPart = max(nextPart, x.id+1)
		}
		for _, o := range e.Organizers {
			nextOrganizer = max(nextOrganizer, o.ID+1)
		}
	}
	seen := map[int64]bool{}
	for _, e := range p.events {
		if e.ID == 0 {
			e.ID = nextEvent
			nextEvent++
		}
		if e.ID < 0 || seen[e.ID] {
			return fmt.Errorf("fakewiki: event %q: the id %d is negative or taken", e.Name, e.ID)
		}
		seen[e.ID] = true
		for k := range e.parts {
			if e.parts[k].id == 0 {
				e.parts[k].id = nextPart
				nextPart++
			}
		}
		slices.SortFunc(e.parts, func(a, b part) int { return cmp.Compare(a.id, b.id) })
		for k := range e.Organizers {
			o := &e.Organizers[k]
			if o.ID == 0 {
				o.ID = nextOrganizer
				nextOrganizer++
			}
			if i, ok := p.names[o.Name]; ok && o.User == 0 {
				o.User = p.people[i].id
			}
		}
	}
	return nil
}

// event finds an event by its id; nil if there is none.
func (p *population) event(id int64) *event {
	for _, e := range p.events {
		if e.ID == id {
			return e
		}
	}
	return nil
}
