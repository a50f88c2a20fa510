package refresh

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
	"afterglow/retention"
	"afterglow/service/store"
)

// clock stands still until a test moves it.
type clock struct{ t time.Time }

func (c *clock) Now() time.Time { return c.t }

// waits is a client's clock: waiting takes no time and moves it, so that the
// times that a store and a refresher see do not depend on how often a client waited.
type waits struct {
	mu sync.Mutex
	t  time.Time
}

func (w *waits) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.t
}

func (w *waits) Sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	w.t = w.t.Add(max(d, 0))
	w.mu.Unlock()
	return ctx.Err()
}

var (
	testNow = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	start   = time.Date(2025, 5, 1, 8, 0, 0, 0, time.UTC)
	end     = time.Date(2025, 5, 31, 20, 0, 0, 0, time.UTC)
)

// bench is a farm, a client and a store to test a refresher with.
type bench struct {
	tb    testing.TB
	farm  *fakewiki.Farm
	clock *clock
	// leases is the clock of the store, by which leases end.
	leases *clock
	path   string // of the database
	s      *store.Store
	c      *mwclient.Client
	r      *Refresher
	// local is the wiki whose own account numbers count, where there are no central ones.
	local string
}

// spec is a farm of two wikis with an event of that many people.
func spec(people int) fakewiki.Spec {
	return fakewiki.Spec{
		Seed: 7, Now: testNow, CentralAuth: true, GlobalUsers: true, Recent: true,
		Wikis: []fakewiki.WikiSpec{{DB: "metawiki", Code: "special"}, {DB: "enwiki", ContentNamespaces: []int{0, 4}}},
		Events: []fakewiki.EventSpec{{
			ID: 101, Title: "Libraries", Start: start, End: end, Participants: people, NewcomerShare: .5,
			EditsPerPerson: 20, Wikis: []string{"*"},
		}},
	}
}

func newBench(tb testing.TB, s fakewiki.Spec, o Options) *bench {
	tb.Helper()
	farm, err := fakewiki.New(s)
	must(tb, err)
	tb.Cleanup(farm.Close)
	return onFarm(tb, farm, o)
}

// onFarm is a bench with a store of its own on a farm.
func onFarm(tb testing.TB, farm *fakewiki.Farm, o Options) *bench {
	tb.Helper()
	b := &bench{tb: tb, farm: farm, clock: &clock{farm.Now()}}
	b.path = filepath.Join(tb.TempDir(), "afterglow.db")
	b.openStore("sqlite:" + b.path)
	b.restart(o)
	return b
}

func (b *bench) openStore(database string) {
	if b.leases == nil {
		b.leases = &clock{b.clock.t}
	}
	s, err := store.Open(b.tb.Context(), database, store.Options{Now: b.leases.Now})
	must(b.tb, err)
	b.tb.Cleanup(func() { s.Close() })
	must(b.tb, s.Migrate(b.tb.Context()))
	b.s = s
}

// restart takes a new client and a new refresher, as a new process has.
func (b *bench) restart(o Options) {
	b.restartOver(o, nil)
}

// restartOver is restart with a transport of the test's own.
func (b *bench) restartOver(o Options, over http.RoundTripper) {
	c, err := mwclient.New(mwclient.Options{Clock: &waits{t: b.clock.t}, Base: over})
	must(b.tb, err)
	o.Now = b.clock.Now
	b.c, b.r = c, New(b.s, c, o)
}

func (b *bench) wiki(db string) *mwclient.Wiki {
	b.tb.Helper()
	w, err := b.c.Wiki(b.tb.Context(), b.farm.URL(db))
	must(b.tb, err)
	return w
}

func (b *bench) track(event int64) store.Campaign {
	b.tb.Helper()
	c, err := b.r.Track(b.tb.Context(), b.wiki("metawiki"), event)
	must(b.tb, err)
	return c
}

func (b *bench) refresh(id string) Report {
	b.tb.Helper()
	rep, err := b.r.Refresh(b.tb.Context(), id, nil)
	must(b.tb, err)
	return rep
}

// pass moves the clocks of the farm and of this machine.
func (b *bench) pass(d time.Duration) {
	b.clock.t = b.clock.t.Add(d)
	b.leases.t = b.leases.t.Add(d)
	b.farm.SetNow(b.clock.t)
}

// print is everything that a campaign's figures are made of, byte for byte: the
// campaign as stored, and each person with their edits on each wiki.
func (b *bench) print(id string) string {
	b.tb.Helper()
	ctx := context.Background()
	c, err := b.s.Campaign(ctx, id)
	must(b.tb, err)
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s %q %s %s %s %+v frozen=%q as of %s %s\n", c.ID, c.Title, c.Start, c.End, c.Timezone, c.Coverage, c.Frozen, c.AsOf, c.State)
	must(b.tb, b.s.Export(ctx, id, func(e store.Exported) error {
		edits, err := retention.Unpack(e.Packed)
		must(b.tb, err)
		fmt.Fprintf(&out, "%d %s joined %s registered %s home %q on %q: %v\n", e.Account, e.State, e.Joined, e.Registered, e.HomeWiki, e.Wiki, edits)
		return nil
	}))
	cohort, err := b.s.Cohort(ctx, id)
	must(b.tb, err)
	o := retention.Options{AsOf: c.AsOf}
	for _, m := range []retention.Measure{retention.MeasureRetention, retention.MeasureMarks, retention.MeasureActivity} {
		d, err := retention.ParseDefinition(nil, m)
		must(b.tb, err)
		r, err := retention.Compute(cohort, m, d, o)
		must(b.tb, err)
		j, err := r.MarshalJSON()
		must(b.tb, err)
		fmt.Fprintf(&out, "%s\n", j)
	}
	return out.String()
}

// differ fails with the first line in which two prints differ.
func differ(tb testing.TB, what, got, want string) {
	tb.Helper()
	if got == want {
		return
	}
	g, w := bytes.Split([]byte(got), []byte("\n")), bytes.Split([]byte(want), []byte("\n"))
	for i := range min(len(g), len(w)) {
		if !bytes.Equal(g[i], w[i]) {
			tb.Errorf("%s: line %d differs\n got %.600s\nwant %.600s", what, i, g[i], w[i])
			return
		}
	}
	tb.Errorf("%s: %d lines, want %d", what, len(g), len(w))
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func ceil(n, by int) int { return int(math.Ceil(float64(n) / float64(by))) }
