package mwclient

import "sync"

// Endpoint names what a request asks for, in Stats.
type Endpoint string

// Endpoints. A request for several things counts under what it was made for:
// the users and the siteinfo that contributions bring along are usercontribs.
const (
	EndpointPage           Endpoint = "page" // a page's HTML
	EndpointSiteInfo       Endpoint = "siteinfo"
	EndpointSites          Endpoint = "sitematrix"
	EndpointEvent          Endpoint = "event"
	EndpointParticipants   Endpoint = "participants"
	EndpointOrganizers     Endpoint = "organizers"
	EndpointGlobalUsers    Endpoint = "globalusers"
	EndpointGlobalUserInfo Endpoint = "globaluserinfo"
	EndpointUsers          Endpoint = "users"
	EndpointContributions  Endpoint = "usercontribs"
	EndpointParse          Endpoint = "parse"           // a page's users
	EndpointCategory       Endpoint = "categorymembers" // a category's files
	EndpointEdit           Endpoint = "edit"            // and what it takes: a login, a token, the page's text
	EndpointDocument       Endpoint = "document"        // of a site that is no wiki
)

// Counts are what was asked of a wiki and what came back.
type Counts struct {
	Requests  int64 // sent, with tries again and redirects
	Rows      int64 // participants, organizers, accounts, contributions or sites received
	Retries   int64 // requests that were a try again
	Throttled int64 // answers that asked for patience: 429, 503, maxlag, ratelimited, readonly
	Bytes     int64 // of the answers' bodies, after decompression
}

func (n *Counts) add(m Counts) {
	n.Requests += m.Requests
	n.Rows += m.Rows
	n.Retries += m.Retries
	n.Throttled += m.Throttled
	n.Bytes += m.Bytes
}

// Stats says what a client has done so far. Wikis are named by database name
// where it is known, by host elsewhere.
type Stats struct {
	Total Counts
	Wikis map[string]map[Endpoint]Counts
}

// counters collects Stats by key: an api.php's address, or a host for pages of
// a wiki that is not known yet.
type counters struct {
	mu     sync.Mutex
	counts map[string]map[Endpoint]Counts
}

func (s *counters) add(key string, endpoint Endpoint, n Counts) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counts == nil {
		s.counts = map[string]map[Endpoint]Counts{}
	}
	of := s.counts[key]
	if of == nil {
		of = map[Endpoint]Counts{}
		s.counts[key] = of
	}
	sum := of[endpoint]
	sum.add(n)
	of[endpoint] = sum
}

// stats sums up, under the names that name gives the keys.
func (s *counters) stats(name func(key string) string) Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := Stats{Wikis: map[string]map[Endpoint]Counts{}}
	for key, endpoints := range s.counts {
		wiki := name(key)
		of := all.Wikis[wiki]
		if of == nil {
			of = map[Endpoint]Counts{}
			all.Wikis[wiki] = of
		}
		for endpoint, n := range endpoints {
			sum := of[endpoint]
			sum.add(n)
			of[endpoint] = sum
			all.Total.add(n)
		}
	}
	return all
}
