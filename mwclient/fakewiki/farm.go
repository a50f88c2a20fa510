package fakewiki

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Farm is a farm of wikis that answer. Its methods may be called while it serves.
type Farm struct {
	spec    Spec
	modules []module
	servers []*server
	gzips   sync.Pool
	cache   historyCache
	faults  faultState
	counts  counters
	oauth   *oauth

	mu  sync.RWMutex // guards now, and in pop what Change and others change
	now time.Time
	pop *population

	stop context.CancelFunc // ends waits of requests in flight
}

// New makes everybody up and starts a server for each wiki. Close stops them.
func New(spec Spec) (*Farm, error) {
	if spec.Now.IsZero() {
		spec.Now = time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	}
	pop, err := newPopulation(&spec)
	if err != nil {
		return nil, err
	}
	f := &Farm{spec: spec, pop: pop, now: spec.Now, modules: queryModules(spec.CentralAuth, spec.GlobalUsers)}
	if f.oauth, err = newOAuth(&spec); err != nil {
		return nil, err
	}
	f.gzips.New = func() any {
		w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
		return w
	}
	f.counts.reset(pop.wikis)
	ctx, cancel := context.WithCancel(context.Background())
	f.stop = cancel
	for _, w := range pop.wikis {
		s, err := listen(ctx, f, w)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("fakewiki: %s: %w", w.DB, err)
		}
		f.servers = append(f.servers, s)
	}
	for _, s := range f.servers {
		s.start()
	}
	return f, nil
}

// URL returns a wiki's address without a path, such as "http://127.0.0.1:40001";
// empty for a database name that is not on the farm.
func (f *Farm) URL(db string) string {
	if w := f.pop.wiki(db); w != nil {
		return w.url
	}
	return ""
}

// EventURL returns the address of an event's page; empty if there is no event
// with that id.
func (f *Farm) EventURL(id int64) string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	e := f.pop.event(id)
	if e == nil {
		return ""
	}
	return f.pop.wiki(e.Wiki).url + "/wiki/" + urlTitle(e.Page)
}

// Close stops the servers and waits for requests in flight, whose waiting it
// ends.
func (f *Farm) Close() {
	f.stop()
	var done sync.WaitGroup
	for _, s := range f.servers {
		done.Go(s.close)
	}
	done.Wait()
}

// Now returns the farm's clock.
func (f *Farm) Now() time.Time {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.now
}

// SetNow moves the farm's clock. What was made up to the earlier of the two times
// stays as it was.
func (f *Farm) SetNow(t time.Time) {
	f.mu.Lock()
	f.now = t
	f.mu.Unlock()
	f.cache.clear()
}

// Change does something to an account at once: it gets a state, and a name if
// Rename is not empty.
func (f *Farm) Change(c Change) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := f.pop.find(c.Name, f.now.Unix())
	if i < 0 {
		return fmt.Errorf("fakewiki: nobody is called %q", c.Name)
	}
	if c.Rename != "" {
		name, ok := canonicalName(c.Rename)
		if _, taken := f.pop.names[name]; !ok || taken || name != c.Rename {
			return fmt.Errorf("fakewiki: nobody can be renamed to %q", c.Rename)
		}
		f.pop.rename(&f.pop.people[i], name, f.now)
	}
	f.pop.people[i].state = c.To
	return nil
}

// Unregister takes a participant off an event's list, as leaving it does.
func (f *Farm) Unregister(event int64, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	e, i := f.pop.event(event), f.pop.find(name, f.now.Unix())
	if e == nil || i < 0 {
		return fmt.Errorf("fakewiki: no event %d, or nobody called %q", event, name)
	}
	n := len(e.parts)
	e.parts = slices.DeleteFunc(slices.Clone(e.parts), func(x part) bool { return x.person == i })
	if len(e.parts) == n {
		return fmt.Errorf("fakewiki: %q is not in event %d", name, event)
	}
	return nil
}

// EditEvent lets change alter what an event says of itself: its name, dates, zone,
// wikis, whether it is closed, a test, or deleted. Its id, page, wiki and people
// stay. Edits that were made up for its dates stay too.
func (f *Farm) EditEvent(id int64, change func(*Event)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.pop.event(id)
	if e == nil {
		return fmt.Errorf("fakewiki: no event %d", id)
	}
	x := e.Event
	change(&x)
	if x.Start.IsZero() || x.End.IsZero() {
		return errors.New("fakewiki: an event needs a start and an end")
	}
	e.said = &x
	x.ID, x.Page, x.Wiki, x.Organizers, x.Participants = e.ID, e.Page, e.Wiki, e.Organizers, nil
	return nil
}

// event finds an event that a wiki shows: any of the farm's where the wikis share
// their accounts, else its own. The caller holds mu.
func (f *Farm) event(w *wiki, id int64) *event {
	e := f.pop.event(id)
	if e == nil || !f.spec.CentralAuth && e.Wiki != w.DB {
		return nil
	}
	return e
}

// Organizers returns the names of an event's organizers, the creator first.
func (f *Farm) Organizers(event int64) []string {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var names []string
	if e := f.pop.event(event); e != nil {
		for _, o := range e.Organizers {
			names = append(names, o.Name)
		}
	}
	return names
}
