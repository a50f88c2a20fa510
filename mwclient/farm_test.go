package mwclient_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
)

// fastClock is a clock on which sleeping takes no time.
type fastClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *fastClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fastClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

// newFarm is two wikis that share an event of 128 people.
func newFarm(t *testing.T, central, bulk bool) *fakewiki.Farm {
	t.Helper()
	start := time.Date(2025, 3, 8, 9, 0, 0, 0, time.UTC)
	f, err := fakewiki.New(fakewiki.Spec{
		Seed: 7, Now: time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC), CentralAuth: central, GlobalUsers: bulk, Recent: true,
		Wikis: []fakewiki.WikiSpec{{DB: "metawiki"}, {DB: "enwiki", FirstUser: 7000}},
		Events: []fakewiki.EventSpec{{
			ID: 101, Title: "Edit-a-thon", Timezone: "Europe/Paris", Start: start, End: start.Add(8 * time.Hour),
			Participants: 128, NewcomerShare: 0.5, EditsPerPerson: 40, Names: fakewiki.Mixed, Wikis: []string{"*"},
			Odd: fakewiki.Odd{Hidden: 1, NotFound: 1, Locked: 2, Bots: 1, NullDate: 2},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// reading is all that a client reads of an event.
type reading struct {
	Event         mwclient.Event
	People        []mwclient.Participant
	Organizers    []mwclient.Organizer
	Accounts      []mwclient.Account
	Sites         []string
	Locals        map[string][]mwclient.LocalAccount
	Contributions map[string][]mwclient.Contribution
}

func read(t *testing.T, c *mwclient.Client, f *fakewiki.Farm, organizers bool) reading {
	t.Helper()
	ctx := t.Context()
	fail := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	w, id, err := c.ResolveEvent(ctx, f.EventURL(101), "")
	fail(err)
	r := reading{Locals: map[string][]mwclient.LocalAccount{}, Contributions: map[string][]mwclient.Contribution{}}
	r.Event, err = w.Event(ctx, id)
	fail(err)
	var ids []int64
	var names []string
	for p, err := range w.Participants(ctx, id) {
		fail(err)
		r.People = append(r.People, p)
		if !p.Hidden && !p.NotFound {
			ids, names = append(ids, p.UserID), append(names, p.Name)
		}
	}
	if organizers {
		for o, err := range w.Organizers(ctx, id) {
			fail(err)
			r.Organizers = append(r.Organizers, o)
		}
	}
	for a, err := range w.Accounts(ctx, ids, mwclient.AccountOptions{}) {
		fail(err)
		r.Accounts = append(r.Accounts, a)
	}
	site, err := w.SiteInfo(ctx)
	fail(err)
	at := map[string]string{site.WikiID: w.URL()}
	if site.CentralAuth {
		sites, err := w.Sites(ctx)
		fail(err)
		for _, s := range sites {
			at[s.DBName] = s.URL
		}
	}
	for db, url := range at {
		r.Sites = append(r.Sites, db)
		wiki, err := c.Wiki(ctx, url)
		fail(err)
		q := mwclient.ContributionsQuery{Users: names, OnAccount: func(a mwclient.LocalAccount) {
			a.URL = "" // has a port by chance
			r.Locals[db] = append(r.Locals[db], a)
		}}
		for e, err := range wiki.Contributions(ctx, q) {
			fail(err)
			r.Contributions[db] = append(r.Contributions[db], e)
		}
	}
	slices.Sort(r.Sites)
	for i := range r.Accounts {
		for j := range r.Accounts[i].Local {
			r.Accounts[i].Local[j].URL = ""
		}
	}
	return r
}

// TestFarmBudget: an event of 128 people on two wikis costs no more than the
// least number of requests, and one page, and the site matrix.
func TestFarmBudget(t *testing.T) {
	for _, test := range []struct{ central, bulk bool }{{true, true}, {true, false}, {false, false}} {
		t.Run(fmt.Sprintf("%+v", test), func(t *testing.T) {
			f := newFarm(t, test.central, test.bulk)
			c, err := mwclient.New(mwclient.Options{Contact: "test@example.org", Clock: &fastClock{now: f.Now()}})
			if err != nil {
				t.Fatal(err)
			}
			got := read(t, c, f, false)
			if len(got.People) != 128 || got.Event.Start.Format(time.RFC3339) != "2025-03-08T09:00:00Z" {
				t.Errorf("%d people, %+v", len(got.People), got.Event)
			}
			wikis := 1
			if test.central {
				wikis = 2
			}
			if len(got.Sites) != wikis {
				t.Fatalf("wikis %v", got.Sites)
			}
			known := len(got.Accounts)
			accounts := (known + 49) / 50
			if test.central && !test.bulk {
				accounts = known
			}
			least := (128+19)/20 + 1 + accounts
			rows := 0
			for _, db := range got.Sites {
				rows += len(got.Contributions[db])
				byUser := map[string]int{}
				for _, e := range got.Contributions[db] {
					byUser[e.User]++
				}
				for i := 0; i < known; i += 50 {
					n := 0
					for _, a := range got.Accounts[i:min(i+50, known)] {
						n += byUser[a.Name]
					}
					least += max(1, (n+499)/500)
				}
				if len(got.Locals[db]) != known {
					t.Errorf("%s: %d local accounts of %d", db, len(got.Locals[db]), known)
				}
			}
			stats := c.Stats()
			if limit := int64(least + least/4); stats.Total.Requests > limit {
				t.Errorf("%d requests, the least are %d: %+v", stats.Total.Requests, least, stats.Wikis)
			}
			if n := f.Stats().Requests; int64(n) != stats.Total.Requests {
				t.Errorf("the farm counted %d requests, the client %d", n, stats.Total.Requests)
			}
			if rows == 0 || stats.Wikis["metawiki"][mwclient.EndpointParticipants].Rows != 128 {
				t.Errorf("%d edits, %+v", rows, stats)
			}
			if most := f.Stats().MaxInFlight; most != 1 {
				t.Errorf("%d in flight", most)
			}
			t.Logf("%d requests, the least are %d, %d edits", stats.Total.Requests, least, rows)
		})
	}
}

// TestFarmFaults: whatever passes by itself changes nothing of what is read.
func TestFarmFaults(t *testing.T) {
	kinds := []fakewiki.Kind{
		fakewiki.TooMany, fakewiki.TooManyBare, fakewiki.Unavailable, fakewiki.MaxLag, fakewiki.RateLimited, fakewiki.ReadOnly,
		fakewiki.Truncated, fakewiki.Reset, fakewiki.RepeatContinue, fakewiki.DropContinue, fakewiki.BadGzip, fakewiki.Oversized, fakewiki.Warnings, fakewiki.Slow,
	}
	f := newFarm(t, true, true)
	newClient := func() *mwclient.Client {
		c, err := mwclient.New(mwclient.Options{Clock: &fastClock{now: f.Now()}, MaxBody: 512 << 10})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	want := fmt.Sprintf("%+v", read(t, newClient(), f, true))
	one := func(t *testing.T, rules []fakewiki.Rule) {
		f.ResetStats()
		f.SetFaults(fakewiki.Faults{Seed: 3, Rules: rules})
		defer f.SetFaults(fakewiki.Faults{})
		c := newClient()
		if got := fmt.Sprintf("%+v", read(t, c, f, true)); got != want {
			t.Error("something else was read")
		}
		if f.Stats().Faults == 0 {
			t.Error("nothing went wrong")
		}
		t.Logf("%d faults, %+v", f.Stats().Faults, c.Stats().Total)
	}
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			if testing.Short() {
				t.Skip("all of them together are tried")
			}
			one(t, []fakewiki.Rule{{Kind: kind, Probability: 0.5, Bytes: 600 << 10, Delay: time.Millisecond}})
		})
	}
	t.Run("all", func(t *testing.T) {
		rules := make([]fakewiki.Rule, len(kinds))
		for i, kind := range kinds {
			rules[i] = fakewiki.Rule{Kind: kind, Probability: 0.08, Bytes: 600 << 10, Delay: time.Millisecond}
		}
		one(t, rules)
	})
}

// TestFarmDown: a wiki that is down is an error that names it, soon.
func TestFarmDown(t *testing.T) {
	f := newFarm(t, true, true)
	f.SetFaults(fakewiki.Faults{Down: []string{"enwiki"}})
	c, err := mwclient.New(mwclient.Options{Clock: &fastClock{now: f.Now()}})
	if err != nil {
		t.Fatal(err)
	}
	w, err := c.Wiki(t.Context(), f.URL("enwiki"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.SiteInfo(t.Context()); err == nil || errors.Is(err, mwclient.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if n := c.Stats().Total.Requests; n > 8 {
		t.Errorf("%d requests", n)
	}
}
