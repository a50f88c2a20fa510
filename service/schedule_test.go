package service

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"afterglow/config"
	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
	"afterglow/service/refresh"
	"afterglow/service/store"
)

// within waits until done, for 30 seconds at most.
func within(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 1500 {
		if done() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("%s: not within 30 s", what)
}

// movable is a time that several goroutines read.
type movable struct{ unix atomic.Int64 }

func (m *movable) now() time.Time { return time.Unix(m.unix.Load(), 0).UTC() }

func openFile(t *testing.T, path string, now func() time.Time) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite:"+path, store.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func saveCampaign(t *testing.T, s *store.Store, id string, end time.Time) {
	t.Helper()
	if err := s.SaveFarm(t.Context(), store.Farm{Name: "farm"}, store.Wiki{Name: "metawiki", URL: "http://127.0.0.1:1"}); err != nil {
		t.Fatal(err)
	}
	c := store.Campaign{Farm: "farm"}
	c.ID, c.Title, c.Start, c.End, c.Source.Kind, c.Source.Wiki = id, id, end.Add(-time.Hour), end, "list", "metawiki"
	if _, err := s.SaveCampaign(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// Of several processes on one database one has the schedule. Another takes over
// when it ends, and when it dies.
func TestOneScheduleAtATime(t *testing.T) {
	clock := &movable{}
	clock.unix.Store(1_750_000_000)
	path := filepath.Join(t.TempDir(), "afterglow.db")
	saveCampaign(t, openFile(t, path, clock.now), "list-a", clock.now())
	var mu sync.Mutex
	did := map[string]int{}
	var asked atomic.Int64 // how often a schedule's store looked at the clock, as it does to ask for the lease
	begin := func(name string) (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		s := openFile(t, path, func() time.Time { asked.Add(1); return clock.now() })
		c := &schedule{
			store: s, interval: 24 * time.Hour, logger: slog.New(slog.DiscardHandler), now: clock.now,
			look: 10 * time.Millisecond, lease: 3 * time.Minute, again: time.Hour, failed: map[string]time.Time{},
			refresh: func(ctx context.Context, id string, wanted func(store.Campaign) bool, _ func(refresh.Progress)) (refresh.Report, error) {
				mu.Lock()
				defer mu.Unlock()
				did[name]++
				_, err := s.EndRefresh(ctx, id, clock.now(), nil, "")
				return refresh.Report{}, err
			},
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			if err := c.run(ctx); err != nil {
				t.Error(err)
			}
		}()
		return func() { cancel(); <-done }
	}
	count := func(name string) int {
		mu.Lock()
		defer mu.Unlock()
		return did[name]
	}
	stopA := begin("a")
	within(t, "the first refreshes", func() bool { return count("a") == 1 })
	stopB := begin("b")
	clock.unix.Add(86_400)
	// A lease that was not made longer since then has ended: either may have it
	// now, but only one of them.
	within(t, "one refreshes the next day", func() bool { return count("a")+count("b") == 2 })
	stopA()
	stopB()
	if n := count("a") + count("b"); n != 2 {
		t.Errorf("%d refreshes on two days", n)
	}

	stopC := begin("c")
	clock.unix.Add(86_400)
	within(t, "a third takes over what the others gave back", func() bool { return count("c") == 1 })
	stopC()

	// One that died holds its lease to the end, and no longer, whatever is due.
	dead := openFile(t, path, clock.now)
	if err := dead.Lease(t.Context(), schedulerLease, "dead", 48*time.Hour); err != nil {
		t.Fatal(err)
	}
	clock.unix.Add(86_400)
	due := 0
	if err := eachDue(t.Context(), dead, 24*time.Hour, clock.now(), func(store.Campaign) { due++ }); err != nil || due != 1 {
		t.Fatalf("%d campaigns are due (%v): the test shows nothing", due, err)
	}
	stopD := begin("d")
	defer stopD()
	before := asked.Load()
	within(t, "it asks for the lease again and again", func() bool { return asked.Load() >= before+10 })
	if n := count("d"); n != 0 {
		t.Errorf("%d refreshes while another has the lease", n)
	}
	clock.unix.Add(86_400)
	within(t, "another takes over from the dead", func() bool { return count("d") == 1 })
}

// A refresh that takes several leases' length keeps the schedule's lease, and is
// stopped when another has got it all the same.
func TestScheduleKeepsItsLeaseMeanwhile(t *testing.T) {
	const lease, step = 200 * time.Millisecond, 150 * time.Millisecond
	var passed atomic.Int64 // by the clock of the leases, which waits for whoever renews
	begin := time.Unix(1_750_000_000, 0).UTC()
	ahead := func(d time.Duration) func() time.Time {
		return func() time.Time { return begin.Add(time.Duration(passed.Load()) + d) }
	}
	path := filepath.Join(t.TempDir(), "afterglow.db")
	s := openFile(t, path, ahead(0))
	saveCampaign(t, s, "list-a", begin)
	started, stopped := make(chan struct{}), make(chan error)
	c := &schedule{
		store: s, interval: 24 * time.Hour, logger: slog.New(slog.DiscardHandler), now: ahead(0),
		look: 10 * time.Millisecond, lease: lease, again: time.Hour, failed: map[string]time.Time{},
		refresh: func(ctx context.Context, _ string, _ func(store.Campaign) bool, _ func(refresh.Progress)) (refresh.Report, error) {
			started <- struct{}{}
			<-ctx.Done()
			stopped <- ctx.Err()
			return refresh.Report{}, ctx.Err()
		},
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.run(ctx) }()
	<-started
	next, other := openFile(t, path, ahead(step)), openFile(t, path, ahead(0))
	for range 8 {
		passed.Add(int64(step))
		within(t, "the lease is made longer", func() bool {
			held, err := next.Leases(t.Context(), schedulerLease)
			return err == nil && len(held) == 1
		})
		if err := other.Lease(t.Context(), schedulerLease, "other", lease); !errors.Is(err, store.ErrBusy) {
			t.Fatalf("another asks for the lease during a refresh: %v", err)
		}
	}
	thief := openFile(t, path, ahead(time.Hour))
	if err := thief.Lease(t.Context(), schedulerLease, "thief", time.Hour); err != nil {
		t.Fatal(err)
	}
	receive(t, "the refresh is stopped when the lease is lost", stopped)
	if err := thief.Release(t.Context(), schedulerLease, "thief"); err != nil {
		t.Fatal(err)
	}
	receive(t, "it refreshes again when it has the lease again", started)
	cancel()
	<-stopped
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// receive waits for a value, for 30 seconds at most.
func receive[T any](t *testing.T, what string, from <-chan T) {
	t.Helper()
	select {
	case <-from:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s: not within 30 s", what)
	}
}

// What fails is tried again after a while, not at once, and stops nothing else.
func TestScheduleOfWhatFails(t *testing.T) {
	clock := &movable{}
	clock.unix.Store(1_750_000_000)
	s := openFile(t, filepath.Join(t.TempDir(), "afterglow.db"), clock.now)
	for _, id := range []string{"list-a", "list-b", "list-c"} {
		saveCampaign(t, s, id, clock.now())
	}
	did := map[string]int{}
	c := &schedule{
		store: s, interval: 24 * time.Hour, logger: slog.New(slog.DiscardHandler), now: clock.now, again: time.Hour, failed: map[string]time.Time{},
		refresh: func(_ context.Context, id string, _ func(store.Campaign) bool, _ func(refresh.Progress)) (refresh.Report, error) {
			did[id]++
			switch id {
			case "list-a":
				return refresh.Report{}, errors.New("no")
			case "list-b":
				return refresh.Report{}, store.ErrBusy
			}
			return refresh.Report{}, nil
		},
	}
	for _, step := range []struct {
		after time.Duration
		a     int
	}{{0, 1}, {time.Minute, 1}, {58 * time.Minute, 1}, {2 * time.Minute, 2}} {
		clock.unix.Add(int64(step.after.Seconds()))
		before := did["list-b"]
		if err := c.refreshDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if did["list-a"] != step.a || did["list-b"] != before+1 {
			t.Errorf("after %s: %v", step.after, did)
		}
	}
}

// Serve refreshes what is due, unless it is told not to.
func TestServeRefreshesWhatIsDue(t *testing.T) {
	farm, err := fakewiki.New(fakewiki.Spec{
		Seed: 5, Now: now(), CentralAuth: true, GlobalUsers: true, Recent: true,
		Events: []fakewiki.EventSpec{{ID: 101, Title: "A day", Start: now().Add(-50 * 24 * time.Hour), End: now().Add(-49 * 24 * time.Hour), Participants: 5}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer farm.Close()
	for _, on := range []string{"true", "false"} {
		t.Run("schedule="+on, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "afterglow.db")
			host := farm.URL("metawiki")[len("http://"):]
			cfg, err := config.Load("", []string{
				"AFTERGLOW_DATABASE=sqlite:" + path, "AFTERGLOW_LISTEN=127.0.0.1:0", "AFTERGLOW_WIKIS=" + host, "AFTERGLOW_REFRESH_SCHEDULE=" + on,
			})
			if err != nil {
				t.Fatal(err)
			}
			s, err := New(t.Context(), cfg, t.Output())
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			wiki, err := s.worker.client.Wiki(t.Context(), farm.URL("metawiki"))
			if err != nil {
				t.Fatal(err)
			}
			c, err := s.worker.r.Track(t.Context(), wiki, 101)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- s.Run(ctx) }()
			refreshed := func() bool {
				c, err = s.store.Campaign(t.Context(), c.ID)
				return err == nil && c.State == store.Ready
			}
			if on == "true" {
				within(t, "it is refreshed", refreshed)
			} else {
				time.Sleep(300 * time.Millisecond)
				if refreshed() {
					t.Error("it was refreshed, though the schedule is off")
				}
			}
			cancel()
			if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
}

// Without a contact nobody off this machine is asked, and a campaign is not
// marked as failed for it.
func TestScheduleNeedsAContact(t *testing.T) {
	cfg, err := config.Load("", []string{"AFTERGLOW_DATABASE=sqlite:" + filepath.Join(t.TempDir(), "a.db"), "AFTERGLOW_LISTEN=127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), cfg, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.store.SaveFarm(t.Context(), store.Farm{Name: "wikimedia"}, store.Wiki{Name: "metawiki", URL: "https://meta.wikimedia.org"}); err != nil {
		t.Fatal(err)
	}
	c := store.Campaign{Farm: "wikimedia"}
	c.ID, c.Title, c.Start, c.End, c.Source.Kind, c.Source.Wiki, c.Source.Event = "metawiki-1", "x", now().Add(-time.Hour), now(), "event", "metawiki", 1
	if _, err := s.store.SaveCampaign(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if _, err := s.worker.runCampaign(t.Context(), c.ID, nil); !errors.Is(err, mwclient.ErrNoContact) {
		t.Errorf("%v", err)
	}
	if err := s.schedule.refreshDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err = s.store.Campaign(t.Context(), c.ID)
	if err != nil || c.State != store.New || c.LastError != "" {
		t.Errorf("%s, %q (%v)", c.State, c.LastError, err)
	}
}
