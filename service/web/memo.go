package web

import (
	"net/http"

	"afterglow/service/store"
)

// memo is what an address meant when it was last read: the answer's name, and
// the campaigns and revisions that it holds for. It saves a reader of a known
// address the reading of its parameters.
type memo struct {
	name      string
	route     string
	campaigns []memoCampaign
}

type memoCampaign struct {
	id       string
	revision int64
}

// Bounds of the memory for memos.
const (
	memoBytes   = 8 << 20
	longestMemo = 1024 // of an address
)

// memo notes what a request's address means. All its parameters have been
// checked, and every campaign is ready.
func (s *Server) memo(r *http.Request, name string, cs ...store.Campaign) {
	if len(r.RequestURI) > longestMemo {
		return
	}
	m := &memo{name: name, route: exchangeOf(r).route, campaigns: make([]memoCampaign, len(cs))}
	for i, c := range cs {
		m.campaigns[i] = memoCampaign{c.ID, c.Revision}
	}
	s.memos.put(r.RequestURI, m, int64(2*len(r.RequestURI)+64*len(cs)+256))
}

// again answers an address that was answered before, if what it depends on is
// known to be the same.
func (s *Server) again(e *exchange, r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	m, ok := s.memos.get(r.RequestURI)
	if !ok {
		return false
	}
	for _, c := range m.campaigns {
		k, ok := s.source.fresh(c.id, e.began)
		if !ok || k.err != nil || k.campaign.Revision != c.revision || k.campaign.State != store.Ready {
			return false
		}
	}
	a, ok := s.answers.get(m.name)
	if !ok {
		return false
	}
	e.route = m.route
	s.metrics.answerHit.Inc()
	gzip := acceptsGzip(r)
	if given := noneMatch(r); given != "" {
		if had := a.has(given, gzip); had != nil {
			// The headers of a 304 replace those of the answer that a reader has, so it
			// needs no more than what names it and lets them see it, and least of all
			// the id of another request: RFC 9110, 15.4.5.
			anyOrigin.set(e.Header())
			unchanged(e, had.same)
			return true
		}
	}
	e.identify(r)
	secure(e.Header(), forAnyone)
	write(e, r, a.in(gzip))
	return true
}
