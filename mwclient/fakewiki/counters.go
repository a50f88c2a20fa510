package fakewiki

import (
	"maps"
	"slices"
	"sync"
)

// maxAgents bounds the User-Agents that are remembered.
const maxAgents = 1000

// counters counts requests. Its lock is held for a few additions only.
type counters struct {
	mu       sync.Mutex
	names    []string // of the wikis
	wikis    []WikiStats
	inFlight []int
	all      int // in flight on all wikis
	most     int
	agents   map[string]int
}

func (c *counters) reset(wikis []*wiki) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil {
		c.inFlight = make([]int, len(wikis))
		for _, w := range wikis {
			c.names = append(c.names, w.DB)
		}
	}
	c.wikis = make([]WikiStats, len(c.names))
	for i := range c.wikis {
		c.wikis[i].Endpoints = map[string]int{}
		c.wikis[i].MaxInFlight = c.inFlight[i]
	}
	c.most, c.agents = c.all, map[string]int{}
}

// enter counts a request that begins. The returned function must be called once
// when it ends.
func (c *counters) enter(wiki int, endpoint, agent string) func(rows int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := &c.wikis[wiki]
	w.Requests++
	w.Endpoints[endpoint]++
	c.inFlight[wiki]++
	c.all++
	w.MaxInFlight = max(w.MaxInFlight, c.inFlight[wiki])
	c.most = max(c.most, c.all)
	if _, known := c.agents[agent]; known || len(c.agents) < maxAgents {
		c.agents[agent]++
	}
	return func(rows int) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.inFlight[wiki]--
		c.all--
		c.wikis[wiki].Rows += rows
	}
}

// strike counts faults as they strike: a slow answer before it is given.
func (c *counters) strike(wiki, faults int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wikis[wiki].Faults += faults
}

// Requests returns the number of requests by database name and endpoint.
func (f *Farm) Requests() map[string]map[string]int {
	out := map[string]map[string]int{}
	for db, w := range f.Stats().Wikis {
		out[db] = w.Endpoints
	}
	return out
}

// Stats returns what was asked since the start or ResetStats.
func (f *Farm) Stats() Stats {
	c := &f.counts
	c.mu.Lock()
	defer c.mu.Unlock()
	out := Stats{MaxInFlight: c.most, Wikis: map[string]WikiStats{}, UserAgents: maps.Clone(c.agents)}
	for i, w := range c.wikis {
		out.Requests += w.Requests
		out.Rows += w.Rows
		out.Faults += w.Faults
		w.Endpoints = maps.Clone(w.Endpoints)
		out.Wikis[c.names[i]] = w
	}
	return out
}

// ResetStats sets all counters to 0; the requests in flight still count as such.
func (f *Farm) ResetStats() { f.counts.reset(f.pop.wikis) }

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
