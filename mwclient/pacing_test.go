package mwclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// flight counts the requests that are in the air and lets them land one by one.
type flight struct {
	mu          sync.Mutex
	now, most   int
	byHost      map[string]int
	mostPerHost int
	land        chan struct{}
}

func newFlight() *flight { return &flight{byHost: map[string]int{}, land: make(chan struct{})} }

func (f *flight) RoundTrip(r *http.Request) (*http.Response, error) {
	host := r.URL.Host
	f.mu.Lock()
	f.now++
	f.byHost[host]++
	f.most, f.mostPerHost = max(f.most, f.now), max(f.mostPerHost, f.byHost[host])
	f.mu.Unlock()
	<-f.land
	f.mu.Lock()
	f.now--
	f.byHost[host]--
	f.mu.Unlock()
	return respond(r, 200, emptySite), nil
}

// TestInFlight: three requests at once in all, one to a wiki, however many ask.
// The bubble tells when every goroutine waits, so nothing is timed.
func TestInFlight(t *testing.T) {
	for _, test := range []struct{ all, per, hosts, inAll, toOne int }{
		{0, 0, 5, 3, 1},
		{0, 0, 1, 1, 1},
		{2, 2, 5, 2, 2},
		{3, 2, 1, 2, 2},
	} {
		t.Run(fmt.Sprintf("%+v", test), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFlight()
				c, err := New(Options{Base: f, MaxInFlight: test.all, PerWiki: test.per})
				if err != nil {
					t.Fatal(err)
				}
				var done sync.WaitGroup
				const each = 4
				for host := range test.hosts {
					for range each {
						// A wiki of its own: a wiki's siteinfo is asked for once.
						w := &Wiki{c: c, finding: make(chan struct{}, 1)}
						w.api = mustURL(t, fmt.Sprintf("http://127.0.0.%d/w/api.php", host+1))
						done.Go(func() {
							if _, err := w.SiteInfo(t.Context()); err != nil {
								t.Error(err)
							}
						})
					}
				}
				for range test.hosts * each {
					synctest.Wait()
					f.mu.Lock()
					if f.now == 0 {
						t.Error("nobody's turn")
					}
					f.mu.Unlock()
					f.land <- struct{}{}
				}
				done.Wait()
				if f.most != test.inAll || f.mostPerHost < 1 || f.mostPerHost > test.toOne {
					t.Errorf("%d in flight (want %d), %d to one host (at most %d)", f.most, test.inAll, f.mostPerHost, test.toOne)
				}
				if len(c.pacer.lanes) != 0 {
					t.Errorf("%d lanes are left", len(c.pacer.lanes))
				}
			})
		})
	}
}

// TestPatienceIsShared: while a wiki asks for patience, nobody asks it, and the
// others are asked.
func TestPatienceIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var mu sync.Mutex
		at := map[string][]time.Duration{}
		c, err := New(Options{Base: transport(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			at[r.URL.Host] = append(at[r.URL.Host], time.Since(begin))
			if r.URL.Host == "127.0.0.1" && len(at[r.URL.Host]) == 1 {
				return respond(r, 429, "", "Retry-After", "30"), nil
			}
			return respond(r, 200, emptySite), nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		c.jitter = func(time.Duration) time.Duration { return 0 }
		var done sync.WaitGroup
		for i, host := range []string{"127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.2"} {
			w := &Wiki{c: c, finding: make(chan struct{}, 1), api: mustURL(t, "http://"+host+"/w/api.php")}
			done.Go(func() {
				time.Sleep(time.Duration(i) * time.Second)
				if _, err := w.SiteInfo(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		if got := at["127.0.0.2"]; len(got) != 1 || got[0] != 3*time.Second {
			t.Errorf("the other wiki was asked at %v", got)
		}
		got := at["127.0.0.1"]
		if len(got) != 4 || got[0] != 0 {
			t.Fatalf("asked at %v", got)
		}
		for _, d := range got[1:] {
			if d != 30*time.Second {
				t.Errorf("asked at %v, before 30 s", got)
			}
		}
	})
}

// TestQueueCancel: who waits for a turn can leave.
func TestQueueCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFlight()
		c, err := New(Options{Base: f})
		if err != nil {
			t.Fatal(err)
		}
		api := mustURL(t, "http://127.0.0.1/w/api.php")
		var done sync.WaitGroup
		done.Go(func() {
			w := &Wiki{c: c, finding: make(chan struct{}, 1), api: api}
			if _, err := w.SiteInfo(t.Context()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		done.Go(func() {
			w := &Wiki{c: c, finding: make(chan struct{}, 1), api: api}
			if _, err := w.SiteInfo(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		f.land <- struct{}{}
		done.Wait()
		if f.most != 1 {
			t.Errorf("%d were in flight", f.most)
		}
	})
}

// TestBackoff: the bound of the waits doubles, jitter spreads over all of it, and
// what a wiki asks for comes on top.
func TestBackoff(t *testing.T) {
	whole := func(most time.Duration) time.Duration { return most }
	want := []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, longestWait, longestWait}
	for n, d := range want {
		if got := (&fault{class: passing}).pause(n, "x", whole); got != d {
			t.Errorf("try %d: %v, want %v", n, got, d)
		}
	}
	if got := (&fault{class: throttled, retryAfter: 7 * time.Second}).pause(1, "x", whole); got != 8*time.Second {
		t.Errorf("asked for 7 s: %v", got)
	}
	if got := (&fault{class: throttled, retryAfter: -1}).pause(0, "www.wikidata.org", whole); got != time.Minute+firstWait {
		t.Errorf("Wikimedia: %v", got)
	}
	low, high := false, false
	for range 1000 {
		d := randomJitter(time.Second)
		if d < 0 || d > time.Second {
			t.Fatalf("jitter of %v", d)
		}
		low, high = low || d < 250*time.Millisecond, high || d > 750*time.Millisecond
	}
	if !low || !high {
		t.Error("jitter does not spread")
	}
}

func TestSystemClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := SystemClock{}
		begin := clock.Now()
		if err := clock.Sleep(t.Context(), time.Hour); err != nil || clock.Now().Sub(begin) != time.Hour {
			t.Errorf("%v after %v", err, clock.Now().Sub(begin))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := clock.Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || clock.Now().Sub(begin) != time.Hour+time.Minute {
			t.Errorf("%v after %v", err, clock.Now().Sub(begin))
		}
	})
}

// A turn is waited for before each request, with the client's own slot of the host
// in hand and before one of those that all hosts share, and ends with the request.
func TestTurnOfOtherProcesses(t *testing.T) {
	var asked []string
	held := 0
	p := newPacer(SystemClock{}, 1, 1, func(_ context.Context, host string) (func(), error) {
		asked = append(asked, host)
		if host == "refused.example" {
			return nil, context.DeadlineExceeded
		}
		held++
		return func() { held-- }, nil
	})
	release, err := p.acquire(t.Context(), "a.example")
	if err != nil || held != 1 {
		t.Fatalf("%v, %d turns held", err, held)
	}
	release()
	if _, err := p.acquire(t.Context(), "refused.example"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a turn that was refused: %v", err)
	}
	// What was taken for the refused one was given back.
	for _, host := range []string{"refused.example", "a.example"} {
		short, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if release, err = p.acquire(short, host); err == nil {
			release()
		} else if host == "a.example" {
			t.Errorf("%s: %v", host, err)
		}
		cancel()
	}
	if held != 0 || len(asked) != 4 {
		t.Errorf("%d turns held, asked for %v", held, asked)
	}
}
