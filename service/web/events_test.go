package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"afterglow/service/store"
)

// countedJobs counts what is asked of a store.
type countedJobs struct {
	*store.Store
	asked atomic.Int64
	err   atomic.Pointer[error]
}

func (c *countedJobs) Job(ctx context.Context, id string) (store.Job, error) {
	c.asked.Add(1)
	if err := c.err.Load(); err != nil {
		return store.Job{}, *err
	}
	return c.Store.Job(ctx, id)
}

// stage is a server on the network with a job that a worker has.
type stage struct {
	*httptest.Server
	web  *Server
	jobs *countedJobs
	job  store.Job
}

func newStage(t *testing.T, change func(*Options)) *stage {
	t.Helper()
	s := newStore(t, time.Now)
	st := &stage{jobs: &countedJobs{Store: s}}
	o := Options{
		Campaigns: s, Jobs: st.jobs, Version: "test", Now: time.Now,
		JobBeat: 5 * time.Millisecond, Heartbeat: 20 * time.Millisecond, Timeout: 100 * time.Millisecond,
	}
	if change != nil {
		change(&o)
	}
	var err error
	if st.web, err = New(o); err != nil {
		t.Fatal(err)
	}
	st.Server = httptest.NewServer(checked(t, st.web))
	t.Cleanup(st.Close)
	if _, err := s.CreateJob(t.Context(), measuring); err != nil {
		t.Fatal(err)
	}
	if st.job, err = s.ClaimJob(t.Context(), "worker"); err != nil {
		t.Fatal(err)
	}
	return st
}

// progress says that the worker has done so much.
func (st *stage) progress(t *testing.T, done int, state store.JobState) {
	t.Helper()
	st.job.Phase, st.job.Done, st.job.Total, st.job.State = "accounts", done, 100, state
	if err := st.jobs.UpdateJob(t.Context(), &st.job); err != nil {
		t.Fatal(err)
	}
}

// follow opens a job's events.
func (st *stage) follow(t *testing.T, headers ...string) *follower {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, st.URL+"/v1/jobs/"+st.job.ID+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	f := &follower{Response: res, lines: bufio.NewScanner(res.Body), cancel: cancel}
	t.Cleanup(f.leave)
	return f
}

// follower reads server-sent events as a browser does.
type follower struct {
	*http.Response
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

func (f *follower) leave() {
	f.cancel()
	f.Body.Close()
}

// sent is an event; comment is true for a heartbeat.
type sent struct {
	name, id, data, retry string
	comment               bool
}

// next reads an event; ok is false at the stream's end.
func (f *follower) next() (e sent, ok bool) {
	for f.lines.Scan() {
		name, value, _ := strings.Cut(f.lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case f.lines.Text() == "":
			return e, true
		case name == "":
			e.comment = true
		case name == "event":
			e.name = value
		case name == "id":
			e.id = value
		case name == "data":
			e.data = value
		case name == "retry":
			e.retry = value
		}
	}
	return e, false
}

// event reads the next that is neither a heartbeat nor the stream's head.
func (f *follower) event(t *testing.T) sent {
	t.Helper()
	for {
		e, ok := f.next()
		if !ok {
			t.Fatal("the stream has ended")
		}
		if e.name != "" {
			return e
		}
	}
}

// TestJobEvents: events come as the job changes, whichever process changes it,
// for longer than other answers may take, with heartbeats, and end with the job.
func TestJobEvents(t *testing.T) {
	path := "sqlite:" + filepath.Join(t.TempDir(), "jobs.db")
	other, err := store.Open(t.Context(), path, store.Options{Now: time.Now}) // as another process has it open
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := filler{ctx: t.Context(), s: other}
	f.do(other.SaveFarm(t.Context(), store.Farm{Name: "meta.example.org", Central: true}, store.Wiki{Name: "metawiki", URL: "https://meta.example.org"}))
	f.save(measuring, "A campaign", 30*day, day)
	if f.err != nil {
		t.Fatal(f.err)
	}
	mine, err := store.Open(t.Context(), path, store.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer mine.Close()
	st := newStage(t, func(o *Options) { o.Campaigns, o.Jobs = mine, mine })
	st.jobs = &countedJobs{Store: other}
	if _, err := other.CreateJob(t.Context(), measuring); err != nil {
		t.Fatal(err)
	}
	if st.job, err = other.ClaimJob(t.Context(), "worker"); err != nil {
		t.Fatal(err)
	}
	w := st.follow(t)
	for name, want := range map[string]string{
		"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no", "Access-Control-Allow-Origin": "*",
	} {
		if got := w.Header.Get(name); got != want {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
	if head, ok := w.next(); !ok || head.retry != "3000" {
		t.Errorf("%+v", head)
	}
	if e := w.event(t); e.name != eventProgress || e.id != fmt.Sprint(st.job.Version) {
		t.Errorf("%+v", e)
	}
	beats := 0
	for began := time.Now(); time.Since(began) < 300*time.Millisecond; { // three times Options.Timeout
		e, ok := w.next()
		if !ok {
			t.Fatal("the stream ended with the time for other answers")
		}
		if e.comment {
			beats++
		}
	}
	if beats == 0 {
		t.Error("no heartbeat")
	}
	for _, done := range []int{10, 60} {
		st.progress(t, done, store.Running)
		e := w.event(t)
		var j jobJSON
		if err := json.Unmarshal([]byte(e.data), &j); err != nil || j.Done != done || j.Total != 100 || j.State != store.Running || j.ID != st.job.ID {
			t.Errorf("%+v %v", e, err)
		}
	}
	// One who comes back gets what they have not seen, and nothing twice.
	seen := fmt.Sprint(st.job.Version)
	back := st.follow(t, "Last-Event-ID", seen)
	st.progress(t, 90, store.Running)
	if e := back.event(t); e.id != fmt.Sprint(st.job.Version) || !strings.Contains(e.data, `"done":90`) {
		t.Errorf("after %s came %+v", seen, e)
	}
	st.progress(t, 100, store.Done)
	for _, x := range []*follower{w, back} {
		e := x.event(t)
		for e.name == eventProgress {
			e = x.event(t)
		}
		if e.name != eventEnd || !strings.Contains(e.data, `"state":"done"`) {
			t.Errorf("%+v", e)
		}
		if e, ok := x.next(); ok {
			t.Errorf("after the end came %+v", e)
		}
	}
	if again := st.follow(t, "Last-Event-ID", fmt.Sprint(st.job.Version)); again.StatusCode != http.StatusNoContent {
		t.Errorf("one who has seen the end: %d", again.StatusCode)
	}
	if late := st.follow(t); late.event(t).name != eventEnd {
		t.Error("one who comes late is not told the end")
	}
}

// TestOneQuestionForAll: many who follow a job cost the store as much as one,
// and nothing goes on once they have left.
func TestOneQuestionForAll(t *testing.T) {
	st := newStage(t, func(o *Options) { o.JobBeat, o.EventClientsEach = 20*time.Millisecond, 1000 })
	var followers []*follower
	for range 40 {
		followers = append(followers, st.follow(t))
	}
	opened := st.jobs.asked.Load() // each is looked up once when it comes
	began := time.Now()
	st.progress(t, 50, store.Running)
	for _, f := range followers {
		for !strings.Contains(f.event(t).data, `"done":50`) {
			continue
		}
	}
	if beats := int64(time.Since(began)/(20*time.Millisecond)) + 2; st.jobs.asked.Load()-opened > beats {
		t.Errorf("%d questions in %d beats", st.jobs.asked.Load()-opened, beats)
	}
	for _, f := range followers {
		f.leave()
	}
	for deadline := time.Now().Add(time.Minute); ; runtime.Gosched() {
		st.web.watches.mu.Lock()
		under, all, addresses := len(st.web.watches.under), st.web.watches.all, len(st.web.watches.clients)
		st.web.watches.mu.Unlock()
		if under+all+addresses == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d watches, %d clients, %d addresses are left", under, all, addresses)
		}
	}
}

// TestEventClientsAreBounded: of one address, and in all; a place is free again
// when somebody leaves.
func TestEventClientsAreBounded(t *testing.T) {
	st := newStage(t, func(o *Options) {
		o.EventClients, o.EventClientsEach = 3, 2
		o.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	from := func(address string) *follower { return st.follow(t, "X-Forwarded-For", address) }
	one := from("192.0.2.1")
	one.event(t)
	from("192.0.2.1").event(t)
	refused := from("192.0.2.1")
	if refused.StatusCode != http.StatusTooManyRequests || refused.Header.Get("Retry-After") == "" || refused.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("a third of one address: %d %v", refused.StatusCode, refused.Header)
	}
	from("192.0.2.2").event(t)
	if full := from("192.0.2.3"); full.StatusCode != http.StatusServiceUnavailable || full.Header.Get("Retry-After") == "" {
		t.Errorf("a fourth in all: %d", full.StatusCode)
	}
	one.leave()
	for deadline := time.Now().Add(time.Minute); ; runtime.Gosched() {
		if from("192.0.2.3").StatusCode == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the place of who left stays taken")
		}
	}
}

// TestEventsOfAJobThatGoes: the followers of a campaign that is deleted are told.
func TestEventsOfAJobThatGoes(t *testing.T) {
	st := newStage(t, nil)
	f := st.follow(t)
	f.event(t)
	// A store that fails for a while is no end.
	broken := errors.New("the disk is on fire")
	st.jobs.err.Store(&broken)
	for before := st.jobs.asked.Load(); st.jobs.asked.Load() < before+2; {
		runtime.Gosched()
	}
	st.jobs.err.Store(nil)
	st.progress(t, 20, store.Running)
	if e := f.event(t); !strings.Contains(e.data, `"done":20`) {
		t.Errorf("after the store's failure: %+v", e)
	}
	if err := st.jobs.DeleteCampaign(t.Context(), measuring); err != nil {
		t.Fatal(err)
	}
	if e := f.event(t); e.name != eventGone {
		t.Errorf("%+v", e)
	}
	if e, ok := f.next(); ok {
		t.Errorf("after the end came %+v", e)
	}
	if gone := st.follow(t); gone.StatusCode != http.StatusNotFound {
		t.Errorf("%d", gone.StatusCode)
	}
}

// TestServerStopsEvents: a server that stops does not wait for those who follow.
func TestServerStopsEvents(t *testing.T) {
	st := newStage(t, nil)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var ended sync.WaitGroup
	var served error
	ended.Go(func() {
		served = Serve(ctx, l, st.web, Limits{Shutdown: time.Minute, Write: 50 * time.Millisecond}, nil)
	})
	st.URL = "http://" + l.Addr().String()
	f := st.follow(t)
	f.event(t)
	for range 5 { // longer than Limits.Write
		if _, ok := f.next(); !ok {
			t.Fatal("the stream ended with the time to write other answers")
		}
	}
	stop()
	ended.Wait()
	if served != nil {
		t.Errorf("stopping: %v", served)
	}
	for {
		if _, ok := f.next(); !ok {
			break
		}
	}
}

// TestJob: whoever has its id sees how far a job is; nobody guesses one.
func TestJob(t *testing.T) {
	p := newPeople(t, nil)
	j, err := p.store.CreateJob(t.Context(), measuring)
	if err != nil {
		t.Fatal(err)
	}
	a := p.get(t, "/v1/jobs/"+j.ID)
	if got := decode[jobJSON](t, a); a.StatusCode != http.StatusOK || got.Campaign != measuring || got.Phase != nil ||
		a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Retry-After") != "2" {
		t.Errorf("%d %v %s", a.StatusCode, a.Header, a.body)
	}
	for address, want := range map[string]int{"/v1/jobs/x": 404, "/v1/jobs/x/events": 404, "/v1/jobs/" + j.ID + "?x=1": 400, "/v1/jobs/" + j.ID + "/events?x=1": 400} {
		if a := p.get(t, address); a.StatusCode != want {
			t.Errorf("%s: %d, want %d", address, a.StatusCode, want)
		}
	}
	if a := p.ask(t, http.MethodHead, "/v1/jobs/"+j.ID+"/events"); a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("HEAD: %d %v", a.StatusCode, a.Header)
	}
	if a := shared().get(t, "/v1/jobs/"+j.ID); a.StatusCode != http.StatusNotFound {
		t.Errorf("where there are no jobs: %d", a.StatusCode)
	}
}

// TestAddressOf: what a client says of itself is not believed, only what trusted
// proxies say of theirs.
func TestAddressOf(t *testing.T) {
	f := newFixture(t, func(o *Options) {
		o.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	})
	for _, test := range []struct {
		remote, forwarded, want string
	}{
		{"192.0.2.1:1000", "", "192.0.2.1"},
		{"192.0.2.1:1000", "198.51.100.1", "192.0.2.1"}, // a client that lies
		{"10.0.0.1:1000", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1000", "203.0.113.9, 198.51.100.1", "198.51.100.1"}, // the left part anybody can write
		{"10.0.0.1:1000", "198.51.100.1, 10.0.0.2", "198.51.100.1"},
		{"10.0.0.1:1000", "nonsense", "10.0.0.1"},
		{"10.0.0.1:1000", "198.51.100.1, nonsense", "10.0.0.1"},
		{"10.0.0.1:1000", "10.0.0.3", "10.0.0.3"},
		{"10.0.0.1:1000", "", "10.0.0.1"},
		{"[::ffff:10.0.0.1]:1000", "198.51.100.1", "198.51.100.1"},
		{"[fd00::1]:1000", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{"[2001:db8:1:2::9]:1000", "198.51.100.1", "2001:db8:1:2::/64"},
		{"nonsense", "198.51.100.1", "invalid IP"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = test.remote
		if test.forwarded != "" {
			r.Header.Set("X-Forwarded-For", test.forwarded)
		}
		if got := f.addressOf(r); got != test.want {
			t.Errorf("%s with %q: %s, want %s", test.remote, test.forwarded, got, test.want)
		}
	}
}
