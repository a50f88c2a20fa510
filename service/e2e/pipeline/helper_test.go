//go:build linux

package pipeline

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
	"afterglow/retention"
	"afterglow/service/e2e/machine"
	"afterglow/service/store"
)

const day = 24 * time.Hour

func TestMain(m *testing.M) { machine.Main(m) }

// farmOf is a farm of three wikis, with campaigns of people who edit on all of
// them. Its time stands still an hour ago, so that what is read does not depend on when.
func farmOf(t *testing.T, change func(*fakewiki.Spec), people ...int) *fakewiki.Farm {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
	s := fakewiki.Spec{
		Seed: 17, Now: now, CentralAuth: true, GlobalUsers: true, Recent: true, Latency: 4 * time.Millisecond,
		Wikis: []fakewiki.WikiSpec{{DB: "metawiki", Code: "special"}, {DB: "enwiki"}, {DB: "commonswiki", Code: "special"}},
	}
	for i, n := range people {
		s.Events = append(s.Events, fakewiki.EventSpec{
			ID: int64(101 + i), Title: fmt.Sprint("Campaign ", i), Start: now.Add(-100 * day), End: now.Add(-80 * day),
			Participants: n, NewcomerShare: .5, RepeatShare: .6, EditsPerPerson: 40, Wikis: []string{"*"},
			EditWikis: map[string]float64{"metawiki": 1, "enwiki": 3, "commonswiki": 2},
			Odd:       fakewiki.Odd{Hidden: 1, NotFound: 1, Renamed: 2, Bots: 1},
		})
	}
	if change != nil {
		change(&s)
	}
	farm, err := fakewiki.New(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(farm.Close)
	return farm
}

// site is a database, and the program configured for it and for a farm.
type site struct {
	t        *testing.T
	farm     *fakewiki.Farm
	database string // as the program takes it
	env      []string
	dir      string // of logs
	starts   int
}

// onFile is a site on an SQLite file.
func onFile(t *testing.T, farm *fakewiki.Farm) *site {
	t.Helper()
	return at(t, farm, "sqlite:"+filepath.Join(t.TempDir(), "afterglow.db"))
}

func at(t *testing.T, farm *fakewiki.Farm, database string) *site {
	t.Helper()
	var hosts []string
	for wiki := range farm.Requests() {
		hosts = append(hosts, strings.TrimPrefix(farm.URL(wiki), "http://"))
	}
	return &site{t: t, farm: farm, database: database, dir: t.TempDir(), env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(),
		"AFTERGLOW_DATABASE=" + database, "AFTERGLOW_WIKIS=" + strings.Join(hosts, ","),
	}}
}

// start starts the program. It ends with the test.
func (s *site) start(args ...string) *machine.Process {
	s.t.Helper()
	s.starts++
	p, err := machine.StartProcess(machine.Command{
		Path: machine.Program(s.t), Args: args, Env: s.env, Bare: true, Dir: s.dir, Log: filepath.Join(s.dir, fmt.Sprintf("%02d-%s.log", s.starts, args[0])),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { p.Kill() })
	return p
}

// mustRun fails where the process has ended already: what happens next would not
// happen to it.
func mustRun(t *testing.T, p *machine.Process) {
	t.Helper()
	if !p.Running() {
		t.Fatalf("it ended too early\n%s", p.Said())
	}
}

// run runs the program to its end.
func (s *site) run(want int, args ...string) string {
	s.t.Helper()
	p := s.start(args...)
	if got := p.State().ExitCode(); got != want {
		s.t.Fatalf("afterglow %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, want, p.Said())
	}
	return p.Said()
}

// track tracks all events of the farm and returns the campaigns' ids.
func (s *site) track() []string {
	s.t.Helper()
	var ids []string
	for _, id := range s.farm.Events() {
		s.run(0, "campaign", "add", s.farm.EventURL(id))
		ids = append(ids, fmt.Sprintf("metawiki-%d", id))
	}
	s.farm.ResetStats()
	return ids
}

// afterRequests waits until the farm was asked so often since its counters were
// reset, or the process has ended.
func (s *site) afterRequests(n int, p *machine.Process) {
	for s.farm.Stats().Requests < n {
		select {
		case <-p.Done():
			return
		case <-time.After(time.Millisecond):
		}
	}
}

// open opens the site's database.
func (s *site) open() *store.Store {
	s.t.Helper()
	db, err := store.Open(s.t.Context(), s.database, store.Options{Now: time.Now})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { db.Close() })
	return db
}

// letLeasesEnd is the time that passes until a dead worker's leases have ended.
func (s *site) letLeasesEnd() {
	s.t.Helper()
	s.exec("UPDATE leases SET expires = 0", "UPDATE pair_leases SET expires = 0", "UPDATE slot_leases SET expires = 0")
}

// exec changes the database behind the program's back, which must be a file.
func (s *site) exec(statements ...string) {
	s.t.Helper()
	path, ok := strings.CutPrefix(s.database, "sqlite:")
	if !ok {
		s.t.Fatal("only on a file")
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	for _, text := range statements {
		if _, err := db.ExecContext(s.t.Context(), text); err != nil {
			s.t.Fatal(err)
		}
	}
}

// print is all that a campaign's figures are made of, but for when it was read:
// each person with their packed edits on each wiki, coverage, and the curve as of
// the farm's time.
func (s *site) print(id string) string {
	s.t.Helper()
	ctx := context.Background()
	db, err := store.Open(ctx, s.database, store.Options{Now: time.Now})
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	c, err := db.Campaign(ctx, id)
	if err != nil {
		s.t.Fatal(err)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s %s to %s %+v frozen %q\n", c.ID, c.State, c.Start, c.End, c.Coverage, c.Frozen)
	err = db.Export(ctx, id, func(e store.Exported) error {
		_, err := fmt.Fprintf(&out, "%d %q %s %s %s %q %s %x\n", e.Account, e.Name, e.State, e.Joined, e.Registered, e.HomeWiki, e.Wiki, e.Packed)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	cohort, err := db.Cohort(ctx, id)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, m := range []retention.Measure{retention.MeasureRetention, retention.MeasureMarks} {
		r, err := retention.Compute(cohort, m, retention.Default(), retention.Options{AsOf: s.farm.Now()})
		if err != nil {
			s.t.Fatal(err)
		}
		text, err := r.MarshalJSON()
		if err != nil {
			s.t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s\n", text)
	}
	return out.String()
}

// undisturbed is the farm's campaigns as they are when nothing happens, and the
// requests that all of them take.
func undisturbed(t *testing.T, farm *fakewiki.Farm) (want map[string]string, requests int) {
	t.Helper()
	s := onFile(t, farm)
	ids := s.track()
	s.run(0, "refresh", "--all")
	requests = farm.Stats().Requests
	want = map[string]string{}
	for _, id := range ids {
		want[id] = s.print(id)
	}
	return want, requests
}

// same fails where a campaign is not as it should be.
func (s *site) same(what string, want map[string]string) {
	s.t.Helper()
	for id, text := range want {
		got := s.print(id)
		if got == text {
			continue
		}
		g, w := strings.Split(got, "\n"), strings.Split(text, "\n")
		for i := range min(len(g), len(w)) {
			if g[i] != w[i] {
				s.t.Errorf("%s: %s, line %d differs\n got %.400s\nwant %.400s", what, id, i, g[i], w[i])
				break
			}
		}
		if len(g) != len(w) {
			s.t.Errorf("%s: %s has %d lines, want %d", what, id, len(g), len(w))
		}
	}
}

func copyFile(t *testing.T, to, from string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func isKilled(p *machine.Process) bool {
	status, ok := p.State().Sys().(syscall.WaitStatus)
	return ok && status.Signaled()
}
