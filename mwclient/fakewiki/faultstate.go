package fakewiki

import (
	"slices"
	"sync"
	"time"
)

// maxTried bounds the requests whose strikes are remembered; beyond it the oldest
// memory is lost at once, which can only strike some request once more.
const maxTried = 1 << 20

// faultState is the faults that are set and what they have done.
type faultState struct {
	mu       sync.Mutex
	faults   Faults
	requests int            // since SetFaults
	applied  int            // of faults.Changes, in order of After
	matched  []int          // requests that matched each rule
	tried    map[uint64]int // tries of a request under a rule
	struck   map[uint64]int // strikes of a request by a rule
	over     chan struct{}  // closed when other faults are set
}

// strike is a rule that strikes a request, until over is closed.
type strike struct {
	rule Rule
	over <-chan struct{}
}

// SetFaults replaces what goes wrong, and forgets what went wrong so far. Who
// waits for what was slow is answered at once.
func (f *Farm) SetFaults(x Faults) {
	x.Rules, x.Down, x.Changes = slices.Clone(x.Rules), slices.Clone(x.Down), slices.Clone(x.Changes)
	slices.SortStableFunc(x.Changes, func(a, b Change) int { return a.After - b.After })
	s := &f.faults
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.requests, s.applied = x, 0, 0
	s.matched = make([]int, len(x.Rules))
	s.tried, s.struck = map[uint64]int{}, map[uint64]int{}
	if s.over != nil {
		close(s.over)
	}
	s.over = make(chan struct{})
}

func (s *faultState) down(db string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.faults.Down, db)
}

// strike decides which rules strike a request: at most one decisive one, and Slow
// and Warnings beside it. With Probability it depends on the seed, the request and
// how often that was sent, and on nothing else that goes on.
func (s *faultState) strike(db string, req request) []strike {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []strike
	decided := false
	for i, r := range s.faults.Rules {
		if r.Wiki != "" && r.Wiki != db || r.Endpoint != "" && r.Endpoint != req.endpoint || !r.Kind.fits(req) ||
			decided && !r.Kind.joins() {
			continue
		}
		s.matched[i]++
		key := hash(uint64(i), req.key)
		if len(s.tried) >= maxTried {
			clear(s.tried)
			clear(s.struck)
		}
		try := s.tried[key]
		s.tried[key]++
		dice := rng{hash(s.faults.Seed, key, uint64(try))}
		if s.matched[i] > r.First && (!dice.chance(r.Probability) || r.times() >= 0 && s.struck[key] >= r.times()) {
			continue
		}
		s.struck[key]++
		decided = decided || !r.Kind.joins()
		out = append(out, strike{r, s.over})
	}
	return out
}

// applyChanges does to accounts what is due by the number of requests.
func (f *Farm) applyChanges() {
	s := &f.faults
	s.mu.Lock()
	s.requests++
	var due []Change
	for s.applied < len(s.faults.Changes) && s.faults.Changes[s.applied].After < s.requests {
		due = append(due, s.faults.Changes[s.applied])
		s.applied++
	}
	s.mu.Unlock()
	for _, c := range due {
		_ = f.Change(c) // who is gone by then cannot be changed
	}
}

// times is how often a request can be struck; −1: always.
func (r Rule) times() int {
	if r.Times == 0 {
		return 2
	}
	return r.Times
}

// retryAfter is in whole seconds, as the header wants.
func (r Rule) retryAfter() int {
	d := r.RetryAfter
	if d <= 0 {
		d = time.Second
	}
	return int((d + time.Second - 1) / time.Second)
}

func (r Rule) delay() time.Duration {
	if r.Delay <= 0 {
		return 50 * time.Millisecond
	}
	return r.Delay
}

func (r Rule) lag() float64 { return 7.5 }

// fits reports whether a kind can strike a request at all.
func (k Kind) fits(req request) bool {
	switch k {
	case ReadOnly:
		return req.params != nil || req.endpoint == EndpointToken
	case MaxLag, RateLimited, Warnings:
		return req.params != nil
	case DropContinue:
		return req.params != nil && slices.Contains([]string{EndpointUserContribs, EndpointLogEvents, EndpointCategory}, req.endpoint)
	case RepeatContinue:
		return req.params != nil && req.params.values["continue"] != ""
	}
	return true
}

// joins reports whether a kind goes together with others.
func (k Kind) joins() bool { return k == Slow || k == Warnings }

// isProxy reports whether the answer is that of a proxy in front of the wiki.
func (k Kind) isProxy() bool { return k == TooMany || k == TooManyBare || k == Unavailable }

// isBody reports whether the wiki answers and the body is spoiled.
func (k Kind) isBody() bool { return k == Truncated || k == BadGzip || k == Oversized }

// decisive returns the strike that is not only beside the answer.
func decisive(strikes []strike) (strike, bool) {
	i := slices.IndexFunc(strikes, func(s strike) bool { return !s.rule.Kind.joins() })
	if i < 0 {
		return strike{}, false
	}
	return strikes[i], true
}
