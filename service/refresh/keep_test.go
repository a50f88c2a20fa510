package refresh

import (
	"database/sql"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"afterglow/service/store"
)

// leaseClock is the time that leases end by. It waits for whoever makes them longer,
// so that a slow machine loses none.
type leaseClock struct{ passed atomic.Int64 }

func (c *leaseClock) ahead(d time.Duration) func() time.Time {
	return func() time.Time { return testNow.Add(time.Duration(c.passed.Load()) + d) }
}

const (
	shortLease = 400 * time.Millisecond
	leaseStep  = 300 * time.Millisecond // a lease that is not made longer has ended after two
)

// slow is a worker on a farm one of whose answers comes when the test lets it.
type slow struct {
	*bench
	id       string
	clock    leaseClock
	sql      *sql.DB
	let      func()        // lets answers come
	asked    chan struct{} // the request that is not answered was made
	answered chan error    // how the refresh ended
}

// newSlow begins a refresh, which then waits for the first answer to a request that
// has this in it.
func newSlow(t *testing.T, part string) *slow {
	t.Helper()
	b := newBench(t, spec(60), Options{})
	w := &slow{bench: b, id: b.track(101).ID, asked: make(chan struct{}), answered: make(chan error, 1)}
	b.s = w.open(t, 0)
	gate := &gate{part: part, asked: w.asked, open: make(chan struct{})}
	w.let = sync.OnceFunc(func() { close(gate.open) })
	t.Cleanup(w.let)
	b.restartOver(Options{Lease: shortLease}, gate)
	var err error
	w.sql, err = sql.Open("sqlite", "file:"+b.path+"?_pragma=busy_timeout(10000)")
	must(t, err)
	t.Cleanup(func() { w.sql.Close() })
	go func() {
		_, err := b.r.Refresh(t.Context(), w.id, nil)
		w.answered <- err
	}()
	w.within("the refresh asks for "+part, w.asked)
	return w
}

// open opens the database for a process whose leases' clock is so far ahead.
func (w *slow) open(t *testing.T, ahead time.Duration) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite:"+w.path, store.Options{Now: w.clock.ahead(ahead)})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func (w *slow) within(what string, done <-chan struct{}) {
	w.tb.Helper()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		w.tb.Fatalf("%s: not within 30 s", what)
	}
}

// ended waits for the end of the refresh.
func (w *slow) ended() error {
	w.tb.Helper()
	select {
	case err := <-w.answered:
		return err
	case <-time.After(30 * time.Second):
		w.tb.Fatal("the refresh did not end within 30 s")
		return nil
	}
}

// pass lets time pass, and waits until the leases that the query tells the first
// end of were made longer since.
func (w *slow) pass(query string) {
	w.tb.Helper()
	w.clock.passed.Add(int64(leaseStep))
	least := w.clock.ahead(leaseStep)().UnixMilli()
	for range 1500 {
		var first sql.NullInt64
		must(w.tb, w.sql.QueryRowContext(w.tb.Context(), query).Scan(&first))
		if first.Int64 > least {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.tb.Fatal("the lease was not made longer within 30 s")
}

// gate lets some requests wait until it is open, as a wiki that is slow.
type gate struct {
	part  string // of an address or a form, by which these requests are known
	once  sync.Once
	asked chan struct{}
	open  chan struct{}
}

func (g *gate) RoundTrip(req *http.Request) (*http.Response, error) {
	asked := req.URL.String()
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		form, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		asked += string(form)
	}
	if !strings.Contains(asked, g.part) {
		return http.DefaultTransport.RoundTrip(req)
	}
	g.once.Do(func() { close(g.asked) })
	select {
	case <-g.open:
		return http.DefaultTransport.RoundTrip(req)
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

// A refresh that takes several leases' length keeps its campaign all the while: no
// other worker gets it.
func TestCampaignIsKeptWhileItIsRead(t *testing.T) {
	w := newSlow(t, "/participants")
	other := &bench{tb: t, farm: w.farm, clock: w.bench.clock, s: w.open(t, 0)}
	other.restart(Options{Lease: shortLease})
	w.farm.ResetStats()
	for range 6 {
		w.pass("SELECT expires FROM leases WHERE name = 'campaign " + w.id + "'")
		if _, err := other.r.Refresh(t.Context(), w.id, nil); !errors.Is(err, store.ErrBusy) {
			t.Fatalf("another worker, while the campaign is read: %v", err)
		}
	}
	if n := w.farm.Stats().Requests; n != 0 {
		t.Errorf("the other made %d requests", n)
	}
	w.let()
	must(t, w.ended())
	w.check(w.id)
	other.refresh(w.id) // it was given back
}

// The same of the people whose contributions are being read.
func TestPeopleAreKeptWhileTheyAreRead(t *testing.T) {
	w := newSlow(t, "usercontribs")
	other := w.open(t, 0)
	var farm string
	must(t, w.sql.QueryRowContext(t.Context(), "SELECT MIN(farm) FROM pair_leases").Scan(&farm))
	for range 6 {
		w.pass("SELECT MIN(expires) FROM pair_leases")
		for wiki, people := range w.taken() {
			got, err := other.TakePairs(t.Context(), farm, wiki, people, "other", shortLease)
			must(t, err)
			if len(got) > 0 {
				t.Fatalf("another worker gets %d of %d people on %s who are being read", len(got), len(people), wiki)
			}
		}
	}
	w.let()
	must(t, w.ended())
	w.check(w.id)
	if left := w.taken(); len(left) > 0 {
		t.Errorf("not given back: %v", left)
	}
}

// taken returns the accounts that somebody reads, by wiki.
func (w *slow) taken() map[string][]int64 {
	w.tb.Helper()
	rows, err := w.sql.QueryContext(w.tb.Context(), "SELECT wiki, account FROM pair_leases")
	must(w.tb, err)
	defer rows.Close()
	people := map[string][]int64{}
	for rows.Next() {
		var wiki string
		var account int64
		must(w.tb, rows.Scan(&wiki, &account))
		people[wiki] = append(people[wiki], account)
	}
	must(w.tb, rows.Err())
	return people
}

// A refresh whose campaign another worker has got ends at once and says why. The
// campaign is not marked as failed, and stays the other's.
func TestRefreshEndsWhenItsLeaseIsLost(t *testing.T) {
	for _, part := range []string{"/participants", "usercontribs"} {
		t.Run(strings.Trim(part, "/"), func(t *testing.T) {
			w := newSlow(t, part)
			thief := w.open(t, time.Hour) // by whose clock the lease has ended
			must(t, thief.Lease(t.Context(), leaseOf+w.id, "thief", time.Hour))
			if err := w.ended(); !errors.Is(err, store.ErrBusy) {
				t.Errorf("the lease was lost: %v", err)
			}
			c, err := w.s.Campaign(t.Context(), w.id)
			must(t, err)
			if c.LastError != "" || c.State == store.Ready {
				t.Errorf("%s, %q", c.State, c.LastError)
			}
			if err := w.s.Lease(t.Context(), leaseOf+w.id, "third", shortLease); !errors.Is(err, store.ErrBusy) {
				t.Errorf("the other's lease is gone: %v", err)
			}
			w.let()
			must(t, thief.Release(t.Context(), leaseOf+w.id, "thief"))
			w.clock.passed.Add(int64(leaseStep) * 2)
			w.restart(Options{Lease: shortLease})
			w.refresh(w.id)
			w.check(w.id)
		})
	}
}
