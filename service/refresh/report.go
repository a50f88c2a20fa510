package refresh

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"afterglow/mwclient"
	"afterglow/service/store"
)

// Phase is a part of a refresh.
type Phase string

// Phases, in order.
const (
	PhaseEvent         Phase = "event"
	PhaseParticipants  Phase = "participants"  // Done counts people; Total is 0: unknown
	PhaseAccounts      Phase = "accounts"      // people
	PhaseContributions Phase = "contributions" // pairs of a person and a wiki
	PhaseDone          Phase = "done"
)

// Progress is how far a refresh is.
type Progress struct {
	Campaign    string
	Phase       Phase
	Done, Total int
	Wiki        string // that was just read, for contributions
}

// Report says what a refresh did. Requests and rows are all that the client
// did meanwhile: those of other refreshes at the same time are among them.
type Report struct {
	Campaign    store.Campaign // as saved
	People      int            // on the list
	Left        int            // were on it, and no longer are
	Requests    int64
	Rows        int64
	Wikis       map[string]WikiReport // by database name
	WikisFailed map[string]error
	Seconds     map[Phase]float64
	Elapsed     time.Duration
}

// WikiReport is what one wiki cost.
type WikiReport struct {
	Requests, Rows, Retries int64
	Edits                   int64 // contributions read
}

// Dominant returns the phase that took longest, and its share of the time.
func (r Report) Dominant() (phase Phase, share float64) {
	for _, p := range slices.Sorted(maps.Keys(r.Seconds)) {
		if phase == "" || r.Seconds[p] > r.Seconds[phase] {
			phase = p
		}
	}
	if r.Elapsed <= 0 {
		return phase, 0
	}
	return phase, r.Seconds[phase] / r.Elapsed.Seconds()
}

// watch follows a refresh: where it is, and what each phase took.
type watch struct {
	now    func() time.Time
	tell   func(Progress)
	before mwclient.Stats
	began  time.Time

	mu      sync.Mutex
	at      Progress
	since   time.Time
	seconds map[Phase]float64
	told    time.Time // when progress was saved last
}

// tellEvery is how often progress is saved for those who look at it elsewhere.
const tellEvery = time.Second

// isTelling reports whether progress is to be saved now.
func (w *watch) isTelling() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	if now.Sub(w.told) < tellEvery {
		return false
	}
	w.told = now
	return true
}

func newWatch(now func() time.Time, id string, tell func(Progress), before mwclient.Stats) *watch {
	if tell == nil {
		tell = func(Progress) {}
	}
	at := now()
	return &watch{now: now, tell: tell, before: before, began: at, since: at, at: Progress{Campaign: id}, seconds: map[Phase]float64{}}
}

// phase begins a phase.
func (w *watch) phase(p Phase) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	if w.at.Phase != "" {
		w.seconds[w.at.Phase] += now.Sub(w.since).Seconds()
	}
	w.since = now
	w.at = Progress{Campaign: w.at.Campaign, Phase: p}
	w.tell(w.at)
}

// total says how much the phase will be.
func (w *watch) total(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at.Total = n
	w.tell(w.at)
}

// done counts n more and returns how far the phase is.
func (w *watch) done(n int, wiki string) (done, total int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at.Done += n
	w.at.Wiki = wiki
	w.tell(w.at)
	return w.at.Done, w.at.Total
}

func (n *run) report() Report {
	w := n.watch
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	if w.at.Phase != "" && w.at.Phase != PhaseDone {
		w.seconds[w.at.Phase] += now.Sub(w.since).Seconds()
		w.since = now
	}
	rep := Report{
		Campaign: n.campaign, People: n.people, Left: n.left, WikisFailed: n.failed,
		Seconds: maps.Clone(w.seconds), Elapsed: now.Sub(w.began), Wikis: map[string]WikiReport{},
	}
	after := n.c.Stats()
	rep.Requests = after.Total.Requests - w.before.Total.Requests
	rep.Rows = after.Total.Rows - w.before.Total.Rows
	for name, endpoints := range after.Wikis {
		var of WikiReport
		for endpoint, counts := range endpoints {
			old := w.before.Wikis[name][endpoint]
			of.Requests += counts.Requests - old.Requests
			of.Rows += counts.Rows - old.Rows
			of.Retries += counts.Retries - old.Retries
			if endpoint == mwclient.EndpointContributions {
				of.Edits += counts.Rows - old.Rows
			}
		}
		if of != (WikiReport{}) {
			rep.Wikis[name] = of
		}
	}
	return rep
}

func (n *run) failedNames() []string { return slices.Sorted(maps.Keys(n.failed)) }

// failureText says in a line for readers which wikis failed and why; empty if none did.
func (n *run) failureText() string {
	var parts []string
	for _, name := range n.failedNames() {
		parts = append(parts, name+": "+reasonOr(n.failed[name], "it could not be read; the log says why"))
	}
	return strings.Join(parts, "; ")
}
