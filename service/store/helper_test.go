package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"afterglow/retention"
)

// clock is a time that stands until a test moves it.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

var (
	testNow = time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
	start   = time.Date(2025, 6, 1, 8, 0, 0, 0, time.UTC)
	end     = time.Date(2025, 6, 30, 20, 0, 0, 0, time.UTC)
)

const day = 24 * time.Hour

// databases runs a test on a file, in memory and on MariaDB.
func databases(t *testing.T, f func(t *testing.T, s *Store, c *clock)) {
	t.Helper()
	for name, address := range map[string]func(testing.TB) string{
		"file":    func(tb testing.TB) string { return "sqlite:" + filepath.Join(tb.TempDir(), "afterglow.db") },
		"memory":  func(testing.TB) string { return "sqlite::memory:" },
		"MariaDB": mariaDatabase,
	} {
		t.Run(name, func(t *testing.T) {
			c := &clock{testNow}
			s := openTest(t, address(t), c)
			// Leases follow the clock that the test moves. That MariaDB's own is
			// taken otherwise is TestLeasesKeepTheServersTime.
			s.d.now = ""
			f(t, s, c)
		})
	}
}

func openTest(tb testing.TB, database string, c *clock) *Store {
	tb.Helper()
	s, err := Open(tb.Context(), database, Options{Now: c.now})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	if err := s.Migrate(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	if err := s.SaveFarm(tb.Context(), Farm{Name: "farm", Central: true}, Wiki{Name: "metawiki", URL: "https://meta.test", ContentNamespaces: []int{0}}); err != nil {
		tb.Fatal(err)
	}
	return s
}

// campaign returns an event that can be saved.
func campaign(n int) Campaign {
	return Campaign{
		Campaign: retention.Campaign{
			ID: fmt.Sprintf("metawiki-%d", n), Title: fmt.Sprintf("Campaign %d", n), Start: start, End: end,
			Source: retention.Source{Kind: "event", Wiki: "metawiki", Event: int64(n), Page: fmt.Sprintf("Event:Campaign %d", n), URL: "https://meta.test/wiki/Event:C"},
		},
		Farm: "farm", Timezone: "UTC",
	}
}

// person of a test: an account with its edits on metawiki.
type someone struct {
	id    int64
	state ParticipantState
	bot   bool
	edits []retention.Edit
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// fill reads a campaign as a refresh would, in one go.
func fill(tb testing.TB, s *Store, c Campaign, to time.Time, people ...someone) Campaign {
	tb.Helper()
	ctx := tb.Context()
	_, err := s.SaveCampaign(ctx, c)
	must(tb, err)
	list(tb, s, c.ID, people...)
	accounts := make([]Account, 0, len(people))
	batch := Batch{Farm: c.Farm, Wiki: "metawiki", From: c.Start.Add(-180 * day), To: to}
	for _, p := range people {
		if p.state != "" {
			continue
		}
		accounts = append(accounts, Account{ID: p.id, Name: name(p.id), Registered: start.Add(-day), HomeWiki: "metawiki", Bot: p.bot,
			EditCount: len(p.edits), Reach: ReachAll, Checked: to, Wikis: []string{"metawiki"}})
		packed, err := retention.Pack(p.edits)
		must(tb, err)
		batch.Accounts = append(batch.Accounts, AccountEdits{Account: p.id, Packed: packed})
	}
	must(tb, s.SaveAccounts(ctx, c.Farm, accounts))
	must(tb, s.SaveEdits(ctx, batch))
	c, err = s.EndRefresh(ctx, c.ID, testNow, nil, "")
	must(tb, err)
	return c
}

// list reads a campaign's list to the end.
func list(tb testing.TB, s *Store, id string, people ...someone) (left int) {
	tb.Helper()
	ctx := tb.Context()
	n, err := s.BeginList(ctx, id)
	must(tb, err)
	ps := make([]Participant, len(people))
	for i, p := range people {
		ps[i] = Participant{Account: p.id, Name: name(p.id), Joined: start, State: Pending}
		if p.state != "" {
			ps[i].State, ps[i].Name = p.state, ""
		}
	}
	must(tb, s.SaveParticipants(ctx, id, n, ps))
	_, left, err = s.EndList(ctx, id, n, testNow)
	must(tb, err)
	return left
}

func name(id int64) string { return fmt.Sprintf("User %d", id) }

func edit(t time.Time) retention.Edit { return retention.Edit{Time: t.Unix()} }

func load(tb testing.TB, s *Store, id string) *retention.Cohort {
	tb.Helper()
	c, err := s.Cohort(context.Background(), id)
	must(tb, err)
	return c
}
