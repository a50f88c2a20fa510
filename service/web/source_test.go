package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"afterglow/retention"
	"afterglow/service/store"
)

// underlying is Campaigns under another name, which a struct can embed beside
// its method Campaigns.
type underlying interface{ Campaigns }

// countingCampaigns counts what is asked of a store, and can change under it.
type countingCampaigns struct {
	underlying
	campaigns, cohorts atomic.Int64
	loading            func(n int64) // called with each load of a cohort
	revision           atomic.Int64  // added to every campaign's
}

func (c *countingCampaigns) Campaign(ctx context.Context, id string) (store.Campaign, error) {
	c.campaigns.Add(1)
	campaign, err := c.underlying.Campaign(ctx, id)
	campaign.Revision += c.revision.Load()
	return campaign, err
}

func (c *countingCampaigns) Cohort(ctx context.Context, id string) (*retention.Cohort, error) {
	n := c.cohorts.Add(1)
	if c.loading != nil {
		c.loading(n)
	}
	return c.underlying.Cohort(ctx, id)
}

func newCounting(t *testing.T, change func(*Options)) (*fixture, *countingCampaigns) {
	t.Helper()
	counting := &countingCampaigns{}
	f := newFixture(t, func(o *Options) {
		counting.underlying = o.Campaigns
		o.Campaigns = counting
		if change != nil {
			change(o)
		}
	})
	return f, counting
}

// TestOneLoad: simultaneous requests share one load and one computation, and
// later ones need neither.
func TestOneLoad(t *testing.T) {
	gate := make(chan struct{})
	f, counting := newCounting(t, nil)
	counting.loading = func(int64) { <-gate }
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			name := []string{"retention.json", "marks.json"}[i%2]
			if a := f.get(t, chartPath(libraries, name)); a.StatusCode != http.StatusOK {
				t.Errorf("%d %s", a.StatusCode, a.body)
			}
		})
	}
	close(gate)
	wg.Wait()
	if n := counting.cohorts.Load(); n != 1 {
		t.Errorf("the cohort was loaded %d times", n)
	}
	asked := counting.campaigns.Load()
	for _, name := range []string{"survival.json", "retention.json?months=3", "marks.svg"} {
		f.get(t, chartPath(libraries, name))
	}
	if counting.cohorts.Load() != 1 || counting.campaigns.Load() != asked {
		t.Errorf("later requests: %d loads, %d more questions", counting.cohorts.Load(), counting.campaigns.Load()-asked)
	}
	f.clock.add(2 * time.Second)
	f.get(t, chartPath(libraries, "activity.json"))
	if counting.cohorts.Load() != 1 || counting.campaigns.Load() != asked+1 {
		t.Errorf("an unchanged revision: %d loads, %d questions", counting.cohorts.Load(), counting.campaigns.Load()-asked)
	}
	counting.revision.Add(1)
	f.clock.add(2 * time.Second)
	f.get(t, chartPath(libraries, "activity.json"))
	if counting.cohorts.Load() != 2 {
		t.Errorf("a new revision: %d loads", counting.cohorts.Load())
	}
}

// TestChangeWhileLoading: a cohort is kept under the revision that it belongs to.
func TestChangeWhileLoading(t *testing.T) {
	f, counting := newCounting(t, nil)
	counting.loading = func(n int64) {
		if n == 1 {
			counting.revision.Add(1) // a refresh is saved meanwhile
		}
	}
	c, err := f.source.campaign(t.Context(), libraries)
	if err != nil {
		t.Fatal(err)
	}
	l, err := f.source.cohort(t.Context(), c)
	if err != nil || l.campaign.Revision != c.Revision+1 || counting.cohorts.Load() != 2 {
		t.Errorf("revision %d after %d, %d loads, %v", l.campaign.Revision, c.Revision, counting.cohorts.Load(), err)
	}
	counting.loading = func(int64) { counting.revision.Add(1) }
	c.Revision += 10
	if _, err := f.source.cohort(t.Context(), c); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a campaign that never rests: %v", err)
	}
}

// TestCohortBudget: the memory of cohorts keeps to its budget, and what does not
// fit is answered all the same.
func TestCohortBudget(t *testing.T) {
	f, counting := newCounting(t, func(o *Options) { o.CohortBytes = 1 })
	for range 2 {
		if a := f.get(t, chartPath(libraries, "retention.json")); a.StatusCode != http.StatusOK {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
		f.get(t, chartPath(libraries, "marks.json"))
	}
	if f.source.cohorts.bytes() != 0 || counting.cohorts.Load() != 2 { // the second round comes from finished answers
		t.Errorf("%d bytes kept, %d loads", f.source.cohorts.bytes(), counting.cohorts.Load())
	}
	large := newFixture(t, nil)
	large.get(t, chartPath(libraries, "retention.json"))
	one := large.source.cohorts.bytes()
	if one < 1000 {
		t.Errorf("a cohort counts as %d bytes", one)
	}
	large.get(t, chartPath(nasty, "retention.json"))
	if large.source.cohorts.bytes() <= one {
		t.Error("a second cohort costs nothing")
	}
}

func TestLRU(t *testing.T) {
	c := newLRU[string](10)
	c.put("a", "A", 4)
	c.put("b", "B", 4)
	if _, ok := c.get("a"); !ok {
		t.Error("a is gone")
	}
	c.put("c", "C", 4) // b was used least recently
	if _, ok := c.get("b"); ok {
		t.Error("b is still there")
	}
	c.put("a", "A2", 2)
	if v, _ := c.get("a"); v != "A2" || c.bytes() != 6 {
		t.Errorf("%q, %d bytes", v, c.bytes())
	}
	c.put("huge", "H", 11)
	if _, ok := c.get("huge"); ok || c.bytes() != 6 {
		t.Errorf("a value beyond the budget is kept, %d bytes", c.bytes())
	}
	c.put("d", "D", 10)
	if c.bytes() != 10 || len(c.items) != 1 || c.order.Len() != 1 {
		t.Errorf("%d bytes, %d items", c.bytes(), len(c.items))
	}
}

// TestFlightOutlivesItsFirstAsker: the work goes on for the others, and an error
// is everybody's but not remembered.
func TestFlightOutlivesItsFirstAsker(t *testing.T) {
	f := newFlights[int](time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	began, gate := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		_, err := f.do(ctx, "k", func(ctx context.Context) (int, error) {
			close(began)
			<-gate
			return 7, ctx.Err()
		})
		first <- err
	}()
	<-began
	cancel()
	second := make(chan int, 1)
	go func() {
		n, _ := f.do(t.Context(), "k", func(context.Context) (int, error) { return 0, errors.New("a second time") })
		second <- n
	}()
	impatient, stop := context.WithCancel(t.Context())
	stop()
	if _, err := f.do(impatient, "k", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("an asker who is gone: %v", err)
	}
	close(gate)
	if err := <-first; err != nil {
		t.Errorf("the first: %v", err)
	}
	// The second either waited for the first, or came after it and did its own.
	if n := <-second; n != 7 && n != 0 {
		t.Errorf("the second got %d", n)
	}
	if n, err := f.do(t.Context(), "k", func(context.Context) (int, error) { return 9, nil }); n != 9 || err != nil {
		t.Errorf("afterwards: %d, %v", n, err)
	}
}

// TestServe: requests under way end, new ones are refused, and then Serve ends.
func TestServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	began, gate := make(chan struct{}), make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(began)
		<-gate
		fmt.Fprint(w, "whole")
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, h, Limits{}, nil) }()
	got := make(chan string, 1)
	go func() {
		res, err := http.Get("http://" + l.Addr().String())
		if err != nil {
			got <- err.Error()
			return
		}
		defer res.Body.Close()
		b := make([]byte, 10)
		n, _ := res.Body.Read(b)
		got <- string(b[:n])
	}()
	<-began
	stop()
	select {
	case err := <-ended:
		t.Fatalf("ended with a request under way: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(gate)
	if text := <-got; text != "whole" {
		t.Errorf("the request under way got %q", text)
	}
	if err := <-ended; err != nil {
		t.Errorf("the end: %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("the address is still open")
	}
}

// TestServeGivesUp: a request that never ends does not keep the server.
func TestServeGivesUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	began := make(chan struct{})
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, h, Limits{Shutdown: 20 * time.Millisecond}, nil) }()
	go func() {
		if res, err := http.Get("http://" + l.Addr().String()); err == nil {
			res.Body.Close()
		}
	}()
	<-began
	stop()
	if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the end: %v", err)
	}
	closed, _ := net.Listen("tcp", "127.0.0.1:0")
	closed.Close()
	if err := Serve(t.Context(), closed, h, Limits{}, nil); err == nil {
		t.Error("a closed listener is no error")
	}
}

// TestHugeHeaders: a request with too much of a header is refused by the server itself.
func TestHugeHeaders(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, shared(), Limits{HeaderBytes: 4096}, nil) }()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String()+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Large", fmt.Sprintf("%020000d", 1))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("20,000 bytes of header: %d", res.StatusCode)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := New(Options{Now: time.Now}); err == nil {
		t.Error("no Campaigns")
	}
	if _, err := New(Options{Campaigns: brokenCampaigns{}}); err == nil {
		t.Error("no clock")
	}
	for _, base := range []string{"afterglow", "/a", "https://a.example.org/?x=1", "https://a.example.org/#x", ":"} {
		if _, err := New(Options{Now: time.Now, Campaigns: brokenCampaigns{}, BaseURL: base}); err == nil {
			t.Errorf("BaseURL %q", base)
		}
	}
}
