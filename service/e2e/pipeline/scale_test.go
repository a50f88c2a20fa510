//go:build linux

package pipeline

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
	"afterglow/service/e2e/mariadb"
	"afterglow/service/store"
)

// Sizes are small unless the environment says otherwise: docs/reports/pipeline.sh
// runs these tests at full size. Only there is time judged, on a machine that does
// nothing else.
var full = os.Getenv("AFTERGLOW_SCALE") == "full"

func scale(name string, small int) int {
	if n, err := strconv.Atoi(os.Getenv("AFTERGLOW_" + name)); err == nil {
		return n
	}
	return small
}

// row prints a row of a table of docs/reports/pipeline.md.
func row(cells ...any) {
	var text []string
	for _, c := range cells {
		if f, ok := c.(float64); ok {
			c = strconv.FormatFloat(f, 'f', 2, 64)
		}
		text = append(text, fmt.Sprint(c))
	}
	fmt.Println("| " + strings.Join(text, " | ") + " |")
}

func ceil(n, by int) int { return (n + by - 1) / by }

// powerLaw is a campaign of people on three wikis of whom the one of rank r has
// most/r edits, half of them during the campaign and ever fewer after it.
func powerLaw(people, most int, now time.Time, latency time.Duration) fakewiki.Spec {
	start, end := now.Add(-200*day), now.Add(-170*day)
	s := fakewiki.Spec{
		Seed: 5, Now: now, CentralAuth: true, GlobalUsers: true, Recent: true, Latency: latency,
		Wikis: []fakewiki.WikiSpec{{DB: "metawiki", Code: "special"}, {DB: "enwiki"}, {DB: "commonswiki", Code: "special"}},
	}
	data := &fakewiki.Dataset{}
	event := fakewiki.Event{ID: 101, Name: "Power law", Wiki: "metawiki", Timezone: "UTC", Start: start, End: end, Wikis: []string{"*"}}
	for i := range people {
		rank := 1 + (i*7919)%people // in no order of rank
		a := fakewiki.Account{Name: fmt.Sprintf("Person %06d", i), Registration: start.Add(-400 * day), Home: "enwiki"}
		for w, wiki := range []string{"metawiki", "enwiki", "commonswiki"} {
			n := most / rank * (w + 1) / 6
			l := fakewiki.Local{Wiki: wiki, Registration: start.Add(-400 * day)}
			for k := range n {
				at := start.Add(30 * day * time.Duration(k+1) / time.Duration(n+1))
				if k%2 == 1 { // after the end: the later the fewer
					x := float64(k) / float64(n)
					at = end.Add(time.Duration(float64(165*day) * x * x))
				}
				l.Edits = append(l.Edits, fakewiki.Edit{Time: at.Unix(), Namespace: k % 4, PageID: int64(k % 97), Size: 100})
			}
			a.Locals = append(a.Locals, l)
		}
		data.Accounts = append(data.Accounts, a)
		event.Participants = append(event.Participants, fakewiki.Participant{Name: a.Name, Registered: start.Add(-day)})
	}
	data.Events = []fakewiki.Event{event}
	s.Exact = data
	return s
}

// leastPages is the requests of a reader who knows beforehand how many edits since
// then each batch of so many people has on each wiki.
func leastPages(t *testing.T, farm *fakewiki.Farm, db *store.Store, since time.Time, size int) (pages int, wikis map[string]int) {
	t.Helper()
	wikis = map[string]int{}
	for wiki := range farm.Requests() {
		pairs, err := db.Pairs(t.Context(), "metawiki-101", wiki)
		if err != nil {
			t.Fatal(err)
		}
		for batch := range slices.Chunk(pairs, size) {
			rows := 0
			for _, p := range batch {
				a, _ := farm.Account(p.Account)
				for _, l := range a.Locals {
					if l.Wiki != wiki {
						continue
					}
					for _, e := range l.Edits {
						if e.Time >= since.Unix() && (e.DeletedAt == 0 || e.DeletedAt > farm.Now().Unix()) {
							rows++
						}
					}
				}
			}
			wikis[wiki] += max(1, ceil(rows, 500))
		}
		pages += wikis[wiki]
	}
	return pages, wikis
}

// bareRequests sends requests, one after another, to a server that does nothing but
// wait for the latency, until stop, which returns what one took on average: what
// the machine, busy as it is, makes of the latency.
func bareRequests(t *testing.T, latency time.Duration) (stop func() time.Duration) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(latency)
		w.WriteHeader(http.StatusNoContent)
	}))
	began, n := time.Now(), 0
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			answer, err := http.Get(server.URL)
			if err != nil {
				t.Error(err)
				return
			}
			answer.Body.Close()
			n++
		}
	}()
	return func() time.Duration {
		cancel()
		<-done
		server.Close()
		return time.Since(began) / time.Duration(max(n, 1))
	}
}

// A campaign on three wikis with a power law of edits takes hardly more requests
// than it must, and hardly more time than they do; a second refresh the same day
// asks for each batch once, for the last 30 days.
func TestRequestsOfALargeCampaign(t *testing.T) {
	people := scale("PEOPLE", 600)
	latency := time.Duration(scale("LATENCY_MS", 0)) * time.Millisecond
	now := time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
	farm, err := fakewiki.New(powerLaw(people, 20*people/10, now, latency))
	if err != nil {
		t.Fatal(err)
	}
	defer farm.Close()
	s := onFile(t, farm)
	s.track()
	took := func() (wall, bare time.Duration) {
		if full {
			stop := bareRequests(t, latency)
			defer func() { bare = stop() }()
		}
		began := time.Now()
		s.run(0, "refresh", "metawiki-101", "--quiet")
		return time.Since(began), 0
	}
	wall, bare := took()
	db := s.open()
	check := func(name string, since time.Time) {
		asked := farm.Requests()
		contributions, most, elsewhere := 0, 0, 0
		for _, of := range asked {
			contributions += of[fakewiki.EndpointUserContribs]
			most = max(most, of[fakewiki.EndpointUserContribs])
			for endpoint, n := range of {
				if endpoint != fakewiki.EndpointUserContribs {
					elsewhere += n
				}
			}
		}
		least, _ := leastPages(t, farm, db, since, 50)
		alone, onWiki := leastPages(t, farm, db, since, 1)
		ratio := float64(contributions) / float64(least)
		list := asked["metawiki"][fakewiki.EndpointParticipants]
		// One request in flight for each wiki, three in all: the list and the accounts
		// come from one wiki, one request after another.
		bound := time.Duration(elsewhere+max(ceil(contributions, 3), most)) * latency
		slower, slowerThanBare := math.NaN(), math.NaN()
		if bound > 0 && bare > 0 {
			slower = wall.Seconds() / bound.Seconds()
			slowerThanBare = slower * latency.Seconds() / bare.Seconds()
		}
		row(name, people, farm.Stats().Rows, list, contributions, least, ratio, wall.Seconds(), bound.Seconds(), slower, bare.Seconds()*1000, slowerThanBare)
		// What the usual tools do, counted and not run: a request for each person and wiki.
		lone := time.Duration(elsewhere+max(ceil(alone, 3), slices.Max(slices.Collect(maps.Values(onWiki))))) * latency
		row(name+", one person at a time, counted", people, farm.Stats().Rows, list, alone, least, float64(alone)/float64(least), "", lone.Seconds(), "", "", "")
		if ratio > 1.05 {
			t.Errorf("%s: %d requests for contributions, at least %d", name, contributions, least)
		}
		if list > ceil(people, 20)+1 {
			t.Errorf("%s: %d requests for the list of %d", name, list, people)
		}
		if full && slower > 1.2 {
			t.Errorf("%s: %s, the requests take %s", name, wall, bound)
		}
	}
	row("refresh", "people", "rows", "requests for the list", "for contributions", "least", "ratio", "s", "requests' s", "ratio", "ms of a bare request", "ratio to these")
	check("first", now.Add(-380*day))
	c, err := db.Campaign(t.Context(), "metawiki-101")
	if err != nil {
		t.Fatal(err)
	}

	// The same day, later than what was read stays fresh.
	s.age(7 * time.Hour)
	farm.ResetStats()
	wall, bare = took()
	check("second, the same day", c.AsOf.Add(-7*time.Hour-30*day))
	for wiki, of := range farm.Requests() {
		if n := of[fakewiki.EndpointUserContribs]; n > ceil(people, 50) {
			t.Errorf("second: %d requests for contributions on %s, at most %d", n, wiki, ceil(people, 50))
		}
	}
}

// age lets time pass since the last refresh: what is stored gets older.
func (s *site) age(d time.Duration) {
	s.t.Helper()
	s.exec(
		fmt.Sprintf("UPDATE campaigns SET refreshed = refreshed - %[1]d, listed = listed - %[1]d, list_began = list_began - %[1]d", int(d.Seconds())),
		fmt.Sprintf("UPDATE account_wikis SET high_water = high_water - %d WHERE high_water > 0", int(d.Seconds())),
		fmt.Sprintf("UPDATE accounts SET checked = checked - %d WHERE checked > 0", int(d.Seconds())))
}

// Memory does not grow with a campaign's people and edits beyond a bound.
func TestMemoryOfALargeCampaign(t *testing.T) {
	people, each := scale("MANY_PEOPLE", 2000), scale("EDITS_EACH", 100)
	now := time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
	farm, err := fakewiki.New(fakewiki.Spec{
		Seed: 23, Now: now, CentralAuth: true, GlobalUsers: true, Recent: true,
		Wikis: []fakewiki.WikiSpec{{DB: "metawiki", Code: "special"}, {DB: "enwiki"}},
		Events: []fakewiki.EventSpec{{
			ID: 101, Title: "Everybody", Start: now.Add(-420 * day), End: now.Add(-400 * day), Participants: people,
			NewcomerShare: .5, EditsPerPerson: float64(each), Wikis: []string{"*"},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer farm.Close()
	s := onFile(t, farm)
	s.track()
	began := time.Now()
	p := s.start("refresh", "metawiki-101", "--quiet")
	if code := p.State().ExitCode(); code != 0 {
		t.Fatalf("exit code %d\n%s", code, p.Said())
	}
	wall := time.Since(began)
	usage, ok := p.State().SysUsage().(*syscall.Rusage)
	if !ok {
		t.Fatal("the process does not tell what it used")
	}
	db := s.open()
	edits, err := db.EditsByWiki(t.Context(), "metawiki-101")
	if err != nil {
		t.Fatal(err)
	}
	all := 0
	for _, n := range edits {
		all += n
	}
	peak := float64(usage.Maxrss) / 1024
	row("people", "edits", "s", "CPU s", "greatest resident MB")
	row(people, all, wall.Seconds(), p.State().UserTime().Seconds()+p.State().SystemTime().Seconds(), peak)
	if peak > 512 {
		t.Errorf("%.0f MB resident", peak)
	}
}

// Four workers on many campaigns are nearly four times as quick as one, and never
// have more than one request in flight for a wiki.
func TestFourWorkersAreQuicker(t *testing.T) {
	campaigns, people := scale("CAMPAIGNS", 8), scale("CAMPAIGN_PEOPLE", 40)
	now := time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
	spec := fakewiki.Spec{
		Seed: 29, Now: now, CentralAuth: true, GlobalUsers: true, Recent: true, Latency: time.Duration(scale("LATENCY_MS", 5)) * time.Millisecond,
	}
	for i := range 12 {
		spec.Wikis = append(spec.Wikis, fakewiki.WikiSpec{DB: fmt.Sprintf("w%02dwiki", i)})
	}
	for i := range campaigns {
		edits := map[string]float64{}
		for k := range 3 {
			edits[spec.Wikis[(i*5+k*4)%12].DB] = 1
		}
		spec.Events = append(spec.Events, fakewiki.EventSpec{
			ID: int64(101 + i), Title: fmt.Sprint("Campaign ", i), Wiki: spec.Wikis[(i*5)%12].DB, Start: now.Add(-100 * day), End: now.Add(-90 * day),
			Participants: people, NewcomerShare: .5, EditsPerPerson: 30, EditWikis: edits, Wikis: []string{"*"},
		})
	}
	farm, err := fakewiki.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer farm.Close()
	// Many processes write to MariaDB, as in production; a small run takes a file.
	var server *mariadb.Server
	if full {
		server = mariadb.Start(t, mariadb.Options{})
	}
	walls := map[int]float64{}
	row("workers", "campaigns", "requests", "s", "most in flight", "times one worker")
	for _, workers := range []int{1, 4} {
		s := onFile(t, farm)
		if full {
			s = at(t, farm, server.Create(t, fmt.Sprint("workers", workers)))
		}
		for _, id := range farm.Events() {
			s.run(0, "campaign", "add", farm.EventURL(id))
		}
		farm.ResetStats()
		began := time.Now()
		s.together(workers, "refresh", "--due", "--quiet")
		walls[workers] = time.Since(began).Seconds()
		stats := farm.Stats()
		row(workers, campaigns, stats.Requests, walls[workers], stats.MaxInFlight, walls[1]/walls[workers])
		if stats.MaxInFlight > 3*workers {
			t.Errorf("%d workers had %d requests in flight", workers, stats.MaxInFlight)
		}
		for wiki, of := range stats.Wikis {
			if of.MaxInFlight > 1 {
				t.Errorf("%d workers had %d requests in flight for %s", workers, of.MaxInFlight, wiki)
			}
		}
		db := s.open()
		for c, err := range db.Due(t.Context(), time.Now(), day) {
			t.Errorf("%s is due after %d workers (%v)", c.ID, workers, err)
		}
	}
	// Below, the processors that the wikis, the database and all workers share here
	// are what is short, not the wikis' slots.
	const judged = 50 * time.Millisecond
	if speedup := walls[1] / walls[4]; full && spec.Latency >= judged && speedup < 3.2 {
		t.Errorf("four workers are %.2f times as quick as one", speedup)
	}
}
