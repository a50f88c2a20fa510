package replica

import (
	"maps"
	"sync"

	"afterglow/mwclient"
)

// Stats returns what the client has done so far, in mwclient's terms: a request
// is a query, a retry one that was tried again, and throttled is what ran into
// the query limit and was split. Bytes are not counted.
func (c *Client) Stats() mwclient.Stats {
	c.stats.mu.Lock()
	defer c.stats.mu.Unlock()
	all := mwclient.Stats{Wikis: map[string]map[mwclient.Endpoint]mwclient.Counts{}}
	for wiki, of := range c.stats.counts {
		all.Wikis[wiki] = maps.Clone(of)
		for _, n := range of {
			all.Total = sum(all.Total, n)
		}
	}
	return all
}

// counters collects Stats by wiki.
type counters struct {
	mu     sync.Mutex
	counts map[string]map[mwclient.Endpoint]mwclient.Counts
}

func (s *counters) add(wiki string, endpoint mwclient.Endpoint, n mwclient.Counts) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts == nil {
		s.counts = map[string]map[mwclient.Endpoint]mwclient.Counts{}
	}
	of := s.counts[wiki]
	if of == nil {
		of = map[mwclient.Endpoint]mwclient.Counts{}
		s.counts[wiki] = of
	}
	of[endpoint] = sum(of[endpoint], n)
}

func sum(a, b mwclient.Counts) mwclient.Counts {
	return mwclient.Counts{
		Requests: a.Requests + b.Requests, Rows: a.Rows + b.Rows, Retries: a.Retries + b.Retries,
		Throttled: a.Throttled + b.Throttled, Bytes: a.Bytes + b.Bytes,
	}
}
