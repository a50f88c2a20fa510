package replica

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"afterglow/mwclient"
)

func users(n, edits int, f *testFarm, db string) ([]string, map[string]int) {
	f.t.Helper()
	var names []string
	want := map[string]int{}
	for i := range n {
		name := fmt.Sprintf("User %02d", i)
		f.edits(db, name, edits)
		names = append(names, name)
		want[name] = edits
	}
	return names, want
}

func (f *testFarm) throttled(c *Client) int64 {
	f.t.Helper()
	return c.Stats().Total.Throttled
}

func testSlow(t *testing.T, f *testFarm) {
	f.add("s1", "slowwiki")
	names, want := users(12, 60, f, "slowwiki")
	f.edits("slowwiki", "Busy", 400)
	names, want["Busy"] = append(names, "Busy"), 400
	f.crowd("slowwiki")
	q := mwclient.ContributionsQuery{Users: names}

	t.Run("quick ones are not", func(t *testing.T) {
		c := f.client(Options{QueryLimit: 20 * time.Second})
		checkEdits(t, readRows(t, f.wiki(c, "slowwiki").Contributions(t.Context(), q)), want)
		if n := f.throttled(c); n != 0 {
			t.Errorf("%d queries split", n)
		}
	})
	t.Run("where rows trickle", func(t *testing.T) {
		f.slow("slowwiki", 2*time.Millisecond, false)
		c := f.client(Options{QueryLimit: 800 * time.Millisecond})
		w := f.wiki(c, "slowwiki")
		checkEdits(t, readRows(t, w.Contributions(t.Context(), q)), want)
		if f.throttled(c) == 0 || w.batchSize() >= 200 {
			t.Errorf("%d queries split, batches of %d", f.throttled(c), w.batchSize())
		}
	})
	t.Run("where no row comes before the limit, by people and by time", func(t *testing.T) {
		f.slow("slowwiki", 2*time.Millisecond, true)
		c := f.client(Options{QueryLimit: 800 * time.Millisecond})
		q := q
		q.Start, q.End = farmStart, farmStart.Add(8*time.Hour)
		checkEdits(t, readRows(t, f.wiki(c, "slowwiki").Contributions(t.Context(), q)), want)
		if n := f.throttled(c); n < 3 {
			t.Errorf("%d queries split", n)
		}
	})
	t.Run("until they cannot be made smaller", func(t *testing.T) {
		f.slow("slowwiki", time.Second, true)
		c := f.client(Options{QueryLimit: 200 * time.Millisecond})
		q := mwclient.ContributionsQuery{Users: []string{"Busy"}, Start: farmStart, End: farmStart.Add(3 * time.Hour)}
		var got error
		for _, err := range f.wiki(c, "slowwiki").Contributions(t.Context(), q) {
			got = err
		}
		wantError(t, got, ErrQueryLimit)
	})
}

// The replicas' own watchdog ends queries, or their connections, without asking.
func testKilled(t *testing.T, f *testFarm) {
	f.add("s1", "killedwiki")
	names, want := users(6, 100, f, "killedwiki")
	f.crowd("killedwiki")
	f.slow("killedwiki", 2*time.Millisecond, false)
	for _, how := range []string{"KILL QUERY", "KILL CONNECTION"} {
		t.Run(how, func(t *testing.T) {
			// Queries of a watchdog that ends them sooner than was said.
			killed := f.watchdog(t, how, 300*time.Millisecond)
			c := f.client(Options{QueryLimit: 30 * time.Second})
			checkEdits(t, readRows(t, f.wiki(c, "killedwiki").Contributions(t.Context(), mwclient.ContributionsQuery{Users: names})), want)
			if killed() == 0 {
				t.Error("no query was killed")
			}
		})
	}
}

// watchdog ends the reader's queries that take longer than a limit, until the
// test ends. It returns how many it ended.
func (f *testFarm) watchdog(t *testing.T, how string, limit time.Duration) func() int64 {
	t.Helper()
	db := openRoot(t, f)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	var killed atomic.Int64
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			var id int64
			err := db.QueryRowContext(ctx, "SELECT id FROM information_schema.processlist WHERE user = ? AND command = 'Query' AND time_ms > ? LIMIT 1",
				testUser, limit.Milliseconds()).Scan(&id)
			if err != nil {
				continue
			}
			if _, err := db.ExecContext(ctx, fmt.Sprintf("%s %d", how, id)); err == nil {
				killed.Add(1)
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return killed.Load
}

func testRestart(t *testing.T, f *testFarm) {
	f.add("s1", "restartwiki")
	names, want := users(8, 100, f, "restartwiki")
	f.slow("restartwiki", time.Millisecond, false)
	c := f.client(Options{Batch: 2, MaxRetries: 12})
	var rows []mwclient.Contribution
	for row, err := range f.wiki(c, "restartwiki").Contributions(t.Context(), mwclient.ContributionsQuery{Users: names}) {
		if err != nil {
			t.Fatal(err)
		}
		if rows = append(rows, row); len(rows) == 250 {
			if err := f.server.Kill(); err != nil {
				t.Fatal(err)
			}
			restarted := make(chan error, 1)
			go func() { restarted <- f.server.Restart() }()
			defer func() {
				if err := <-restarted; err != nil {
					t.Error(err)
				}
			}()
		}
	}
	checkEdits(t, rows, want)
	if c.Stats().Total.Retries == 0 {
		t.Error("nothing was tried again")
	}
}

func testConnections(t *testing.T, f *testFarm) {
	f.add("s1", "onewiki", "twowiki")
	for _, db := range []string{"onewiki", "twowiki"} {
		f.edits(db, "Ada", 30)
		f.slow(db, 5*time.Millisecond, false)
	}
	root := openRoot(t, f)
	connections := func() (n int) {
		t.Helper()
		if err := root.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.processlist WHERE user = ?", testUser).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	c := f.client(Options{NoCentralAuth: true})
	errs := make(chan error, 2)
	for _, db := range []string{"onewiki", "twowiki"} { // at once, in one section
		go func() {
			w := f.wiki(c, db)
			for range 3 {
				for _, err := range w.Contributions(t.Context(), mwclient.ContributionsQuery{Users: []string{"Ada"}}) {
					if err != nil {
						errs <- err
						return
					}
				}
			}
			errs <- nil
		}()
	}
	most, seen := 0, 0
	for running := 2; running > 0; {
		select {
		case err := <-errs:
			if err != nil {
				t.Error(err)
			}
			running--
		case <-time.After(5 * time.Millisecond):
			n := connections()
			most = max(most, n)
			seen += n
		}
	}
	if most != 1 || seen == 0 {
		t.Errorf("%d connections at once, want 1", most)
	}
	// Inside a loop over rows nothing is held, so that another read may be made.
	w := f.wiki(c, "onewiki")
	for _, err := range w.Contributions(t.Context(), mwclient.ContributionsQuery{Users: []string{"Ada"}}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Lag(t.Context()); err != nil {
			t.Fatal(err)
		}
		break
	}
	for try := 0; connections() != 0; try++ {
		if try == 100 {
			t.Fatalf("%d connections stay", connections())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func testContext(t *testing.T, f *testFarm) {
	f.add("s1", "contextwiki")
	f.edits("contextwiki", "Ada", 100)
	f.slow("contextwiki", time.Second, true)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	var got error
	for _, err := range f.wiki(f.client(Options{}), "contextwiki").Contributions(ctx, mwclient.ContributionsQuery{Users: []string{"Ada"}}) {
		got = err
	}
	wantError(t, got, context.DeadlineExceeded)
}

func testFailures(t *testing.T, f *testFarm) {
	f.add("s1", "failwiki", "gonewiki")
	f.exec("DROP DATABASE gonewiki_p")
	first := func(w *Wiki, q mwclient.ContributionsQuery) error {
		for _, err := range w.Contributions(t.Context(), q) {
			return err
		}
		return nil
	}
	ada := mwclient.ContributionsQuery{Users: []string{"Ada"}}
	c := f.client(Options{})
	wantError(t, first(f.wiki(c, "gonewiki"), ada), mwclient.ErrNotFound)
	wantError(t, first(f.wiki(c, "neverwiki"), ada), mwclient.ErrNotFound)

	stranger := open(t, Options{User: testUser, Password: "wrong", Host: f.server.Address()})
	err := first(f.wiki(stranger, "failwiki"), ada)
	wantError(t, err, mwclient.ErrForbidden)
	if err != nil && strings.Contains(err.Error(), "wrong") {
		t.Errorf("the password shows: %v", err)
	}

	ada.Start, ada.End = farmStart, farmStart.Add(-time.Second)
	if first(f.wiki(c, "failwiki"), ada) == nil {
		t.Error("a span that ends before it starts was read")
	}
	if _, err := c.Wiki("failwiki`; DROP DATABASE meta_p"); !errors.Is(err, mwclient.ErrNotFound) {
		t.Errorf("a wiki of that name: %v", err)
	}

	f.exec("INSERT INTO failwiki_p.actor_revision VALUES (1, 1, 'Ada')", "INSERT INTO failwiki_p.revisions VALUES (1, 1, 1, '2025063112xx00')")
	ada.Start, ada.End = time.Time{}, time.Time{}
	var bad *mwclient.ResponseError
	if err := first(f.wiki(c, "failwiki"), ada); !errors.As(err, &bad) {
		t.Errorf("a row with a broken time gave %v", err)
	}
}

func testAway(t *testing.T, f *testFarm) {
	f.add("s1", "awaywiki")
	if err := f.server.Kill(); err != nil {
		t.Fatal(err)
	}
	c := f.client(Options{MaxRetries: 2})
	var got error
	for _, err := range f.wiki(c, "awaywiki").Contributions(t.Context(), mwclient.ContributionsQuery{Users: []string{"Ada"}}) {
		got = err
	}
	if got == nil || errors.As(got, new(*mysql.MySQLError)) {
		t.Errorf("a server that is down gave %v", got)
	}
	if n := c.Stats().Total.Retries; n != 2 {
		t.Errorf("%d tries again, want 2", n)
	}
}
