package fakewiki

import "sync"

// cachedEdits bounds the made-up edits that are kept: about 20 MB. A reader pages
// through fifty people at a time, so that few are made up twice.
const cachedEdits = 300_000

// historyCache keeps the histories made last. Those that were given are not in
// it.
type historyCache struct {
	mu     sync.Mutex
	people map[int32]history
	order  []int32 // oldest first
	edits  int
	era    int // changes when the clock does
}

func (c *historyCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.people, c.order, c.edits = nil, nil, 0
	c.era++
}

func (c *historyCache) get(i int32) (history, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.people[i], c.era
}

// put keeps a history, unless the clock was moved while it was made.
func (c *historyCache) put(i int32, h history, era int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, have := c.people[i]; have || era != c.era {
		return
	}
	if c.people == nil {
		c.people = map[int32]history{}
	}
	c.people[i] = h
	c.order = append(c.order, i)
	for c.edits += h.size() + 1; c.edits > cachedEdits && len(c.order) > 1; {
		c.edits -= c.people[c.order[0]].size() + 1
		delete(c.people, c.order[0])
		c.order = c.order[1:]
	}
}

// history returns a person's edits up to the clock. The caller holds mu.
func (f *Farm) history(i int32) history {
	if f.pop.people[i].exact != nil {
		return f.pop.history(i, 0)
	}
	h, era := f.cache.get(i)
	if h == nil {
		h = f.pop.history(i, f.now.Unix())
		f.cache.put(i, h, era)
	}
	return h
}

// editCount is a local account's number of edits, those that have vanished
// included, as the wiki counts.
func (f *Farm) editCount(i int32, l *local, now int64) int64 {
	if l.exact != nil && l.exact.EditCount != 0 {
		return int64(l.exact.EditCount)
	}
	n := int64(l.before)
	p := &f.pop.people[i]
	for j, edits := range f.history(i) {
		if p.locals[j].wiki != l.wiki {
			continue
		}
		for k := range edits {
			if edits[k].time <= now {
				n++
			}
		}
	}
	return n
}
