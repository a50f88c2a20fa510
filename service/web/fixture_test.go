package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"afterglow/retention"
	"afterglow/service/store"
)

// The fixture is a real store in memory with campaigns of every state and shape.
const (
	libraries = "metawiki-101" // 120 people, ended ten months ago, with a baseline
	nasty     = "metawiki-102" // a title that would break anything unescaped
	measuring = "metawiki-103"
	fresh104  = "metawiki-104" // new
	failed    = "metawiki-105"
	tiny      = "metawiki-106" // three people
	empty     = "metawiki-107" // nobody
	frozen    = "metawiki-108" // frozen, with a wiki that could not be read
	lastWeek  = "metawiki-109"
	arabic    = "metawiki-110"
	writers   = "list-writers"
)

const nastyTitle = `=Ünïted <script>alert(1)</script> & "Friends" ]]> ' ` + "`x`"

const day = 24 * time.Hour

var now = time.Date(2025, 11, 3, 9, 0, 0, 0, time.UTC)

type fixture struct {
	*Server
	store *store.Store
	clock *clock
}

// clock is a time that stands until a test moves it.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// newFixture serves a store of its own; change is applied to its options.
func newFixture(tb testing.TB, change func(*Options)) *fixture {
	tb.Helper()
	c := &clock{t: now}
	s := newStore(tb, c.now)
	o := Options{Campaigns: s, Events: s, Version: "test", Now: c.now, Checks: []Check{{"database", s.Ping}}}
	if change != nil {
		change(&o)
	}
	server, err := New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return &fixture{server, s, c}
}

// shared is one fixture for the tests that change nothing in it.
var shared = sync.OnceValue(func() *fixture {
	c := &clock{t: now}
	s, err := buildStore(context.Background(), c.now)
	if err != nil {
		panic(err)
	}
	server, err := New(Options{Campaigns: s, Events: s, Version: "test", Now: c.now, Checks: []Check{{"database", s.Ping}}})
	if err != nil {
		panic(err)
	}
	return &fixture{server, s, c}
})

func newStore(tb testing.TB, now func() time.Time) *store.Store {
	tb.Helper()
	s, err := buildStore(tb.Context(), now)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func buildStore(ctx context.Context, clock func() time.Time) (*store.Store, error) {
	s, err := store.Open(ctx, "sqlite::memory:", store.Options{Now: clock})
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(ctx); err != nil {
		return nil, err
	}
	if err := s.SaveFarm(ctx, store.Farm{Name: "meta.example.org", Central: true},
		store.Wiki{Name: "metawiki", URL: "https://meta.example.org", ContentNamespaces: []int{0}},
		store.Wiki{Name: "enwiki", URL: "https://en.example.org", ContentNamespaces: []int{0}}); err != nil {
		return nil, err
	}
	f := filler{ctx: ctx, s: s}
	f.fill(libraries, "Wiki Loves Libraries 2025", 300*day, 2*day, 120, 0.5)
	f.fill(nasty, nastyTitle, 200*day, 30*day, 60, 0.7)
	f.fill(tiny, "Kleines Treffen", 150*day, day, 3, 0.5)
	f.fill(empty, "Nobody came", 90*day, day, 0, 0)
	f.fill(frozen, "A deleted event", 400*day, 14*day, 40, 0.4)
	f.fill(lastWeek, "Ended last week", 7*day, 3*day, 45, 0.6)
	f.fill(arabic, "ويكي تحب المكتبات – القاهرة 2025", 240*day, 10*day, 80, 0.8)
	f.fill(writers, "A list of writers", 220*day, 20*day, 30, 0.3)
	f.do(s.Freeze(ctx, frozen, "the event was deleted"))
	f.save(measuring, "A large photo contest", 30*day, 30*day)
	if f.err == nil {
		_, f.err = s.BeginList(ctx, measuring)
		f.do(s.SetProgress(ctx, measuring, 1200, 5000))
	}
	f.save(fresh104, "Just added", 10*day, 2*day)
	f.save(failed, "A wiki that is down", 50*day, 2*day)
	f.do(s.FailRefresh(ctx, failed, "meta.example.org: 503 Service Unavailable"))
	f.baseline(libraries)
	return s, f.err
}

// filler saves campaigns as a refresh would.
type filler struct {
	ctx context.Context
	s   *store.Store
	err error
}

func (f *filler) do(err error) {
	if f.err == nil {
		f.err = err
	}
}

func (f *filler) save(id, title string, endedAgo, lasted time.Duration) store.Campaign {
	c := store.Campaign{Farm: "meta.example.org", Timezone: "UTC", MadeUp: id != writers}
	c.ID, c.Title, c.End = id, title, now.Add(-endedAgo).Truncate(time.Hour)
	c.Start = c.End.Add(-lasted)
	c.Source = retention.Source{Kind: "list"}
	if wiki, event, ok := eventOf(id); ok {
		c.Source = retention.Source{Kind: "event", Wiki: wiki, Event: event, Page: "Event:" + title, URL: fmt.Sprintf("https://meta.example.org/wiki/Special:EventDetails/%d", event)}
	}
	if f.err != nil {
		return c
	}
	c, f.err = f.s.SaveCampaign(f.ctx, c)
	return c
}

// fill makes people up: newcomers stop soon, the experienced rarely.
func (f *filler) fill(id, title string, endedAgo, lasted time.Duration, people int, newcomers float64) {
	c := f.save(id, title, endedAgo, lasted)
	if f.err != nil {
		return
	}
	random := rand.New(rand.NewPCG(uint64(c.End.Unix()), 7))
	listing, err := f.s.BeginList(f.ctx, id)
	f.do(err)
	accounts := make([]store.Account, people)
	list := make([]store.Participant, people)
	batch := store.Batch{Farm: c.Farm, Wiki: "metawiki", From: c.Start.Add(-180 * day), To: now.Add(-3 * time.Hour)}
	for i := range people {
		n := c.End.Unix()/1000*1000 + int64(i)
		joined := c.Start.Add(-time.Duration(random.IntN(40*24)) * time.Hour)
		isNew := float64(i) < newcomers*float64(people)
		registered := c.Start.AddDate(-3, 0, 0)
		if isNew {
			registered = c.Start.Add(-time.Duration(random.IntN(10*24)) * time.Hour)
		}
		edits := someEdits(random, c, registered, isNew)
		list[i] = store.Participant{Account: n, Name: fmt.Sprintf("User %d", n), Joined: joined, State: store.Pending}
		accounts[i] = store.Account{ID: n, Name: list[i].Name, Registered: registered, HomeWiki: "metawiki", EditCount: len(edits),
			Reach: store.ReachAll, Checked: now.Add(-3 * time.Hour), Wikis: []string{"metawiki"}}
		packed, err := retention.Pack(edits)
		f.do(err)
		batch.Accounts = append(batch.Accounts, store.AccountEdits{Account: n, Packed: packed})
	}
	f.do(f.s.SaveParticipants(f.ctx, id, listing, list))
	_, _, err = f.s.EndList(f.ctx, id, listing, now)
	f.do(err)
	f.do(f.s.SaveAccounts(f.ctx, c.Farm, accounts))
	if people > 0 {
		f.do(f.s.SaveEdits(f.ctx, batch))
	}
	var failed []string
	last := ""
	if id == frozen {
		failed, last = []string{"enwiki"}, "en.example.org: 503 Service Unavailable"
	}
	_, err = f.s.EndRefresh(f.ctx, id, now, failed, last)
	f.do(err)
}

func someEdits(random *rand.Rand, c store.Campaign, registered time.Time, isNew bool) []retention.Edit {
	first := c.Start.Add(-180 * day)
	if registered.After(first) {
		first = registered
	}
	stays := 40 * day
	if !isNew {
		stays = 400 * day
	}
	leaves := c.End.Add(time.Duration(random.ExpFloat64() * float64(stays)))
	var edits []retention.Edit
	for t := first; t.Before(now.Add(-4 * time.Hour)); {
		t = t.Add(time.Duration(math.Max(1, random.ExpFloat64()*9*24*60)) * time.Minute)
		during := !t.Before(c.Start) && t.Before(c.End)
		if t.Before(now.Add(-4*time.Hour)) && t.Before(leaves) && (!isNew || during || random.Float64() < 0.6) {
			edits = append(edits, retention.Edit{Time: t.Unix(), Namespace: int32(random.IntN(3)), Reverted: random.Float64() < 0.05})
		}
	}
	return edits
}

// baseline stores a comparison of a campaign with people like its own.
func (f *filler) baseline(id string) {
	if f.err != nil {
		return
	}
	cohort, err := f.s.Cohort(f.ctx, id)
	f.do(err)
	if f.err != nil {
		return
	}
	c := cohort.Campaign()
	random := rand.New(rand.NewPCG(11, 12))
	b := retention.NewBuilder(c)
	wiki := b.Wiki("metawiki", []int{0})
	for i := range 150 {
		registered := c.Start.Add(-time.Duration(random.IntN(10*24)) * time.Hour)
		b.Add(retention.Participant{Key: retention.PersonKey{Farm: "meta.example.org", ID: int64(1_000_000 + i)}, Registered: registered.Unix(), HomeWiki: "metawiki"})
		leaving := store.Campaign{Campaign: c}
		leaving.End = c.Start.Add(10 * day)
		packed, err := retention.Pack(someEdits(random, leaving, registered, true))
		f.do(err)
		f.do(b.AddEdits(wiki, packed))
	}
	control, err := b.Cohort()
	f.do(err)
	if f.err != nil {
		return
	}
	result, err := retention.ComputeBaseline(cohort, control, retention.Options{AsOf: now.Add(-3 * time.Hour), MinCell: 5})
	f.do(err)
	if f.err == nil {
		f.do(f.s.SaveBaseline(f.ctx, id, result))
	}
}

// answered is an answer that was read to its end.
type answered struct {
	*http.Response
	body []byte
}

// get asks for an address; headers come in pairs.
func (f *fixture) get(tb testing.TB, address string, headers ...string) answered {
	tb.Helper()
	return f.ask(tb, http.MethodGet, address, headers...)
}

func (f *fixture) ask(tb testing.TB, method, address string, headers ...string) answered {
	tb.Helper()
	return ask(tb, f.Server, method, address, headers...)
}

func ask(tb testing.TB, h http.Handler, method, address string, headers ...string) answered {
	tb.Helper()
	return send(tb, h, method, address, "", headers...)
}

// send is ask with a body.
func send(tb testing.TB, h http.Handler, method, address, content string, headers ...string) answered {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), method, address, strings.NewReader(content))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	res := w.Result()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(err)
	}
	r.Body = io.NopCloser(strings.NewReader(content)) // the server has read it
	checkContract(tb, r, res, body)
	return answered{res, body}
}

// problem reads a problem, and holds it to its form.
func (a answered) problem(tb testing.TB) problem {
	tb.Helper()
	if ct := a.Header.Get("Content-Type"); ct != "application/problem+json" {
		tb.Fatalf("%d with Content-Type %q: %s", a.StatusCode, ct, a.body)
	}
	var p problem
	if err := json.Unmarshal(a.body, &p); err != nil {
		tb.Fatal(err)
	}
	if p.Status != a.StatusCode || p.Title == "" || p.Type == "" || p.RequestID == "" || a.Header.Get("Cache-Control") != "no-store" {
		tb.Fatalf("problem %+v, status %d, Cache-Control %q", p, a.StatusCode, a.Header.Get("Cache-Control"))
	}
	return p
}

var errBroken = errors.New("the disk of host db-7 is on fire")

// brokenCampaigns is a store whose every call fails.
type brokenCampaigns struct{ err error }

func (b brokenCampaigns) Campaign(context.Context, string) (store.Campaign, error) {
	return store.Campaign{}, b.err
}

func (b brokenCampaigns) Campaigns(context.Context, store.Query) ([]store.Campaign, string, error) {
	return nil, "", b.err
}

func (b brokenCampaigns) Cohort(context.Context, string) (*retention.Cohort, error) {
	return nil, b.err
}

func (b brokenCampaigns) Baseline(context.Context, string) (*retention.Baseline, error) {
	return nil, b.err
}

func contains(tb testing.TB, text string, wanted ...string) {
	tb.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			tb.Errorf("no %q in %.2000s", w, text)
		}
	}
}
