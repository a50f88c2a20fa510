package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"afterglow/retention"
)

func TestCohortHoldsWhatWasSaved(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		c := fill(t, s, campaign(1), testNow,
			someone{id: 11, edits: []retention.Edit{edit(start.Add(time.Hour)), edit(end.Add(10 * day))}},
			someone{id: 12},
			someone{id: 13, bot: true, edits: []retention.Edit{edit(end.Add(day))}},
			someone{id: 14, state: Hidden},
			someone{id: 15, state: NotFound})
		cohort := load(t, s, c.ID)
		if cohort.People() != 2 || cohort.Edits() != 2 {
			t.Errorf("the cohort has %d people and %d edits, want 2 and 2", cohort.People(), cohort.Edits())
		}
		v := cohort.Coverage()
		if v.Participants != 5 || v.Measured != 2 || v.Hidden != 1 || v.NotFound != 1 || v.Bots != 1 {
			t.Errorf("coverage %+v", v)
		}
		if v.Participants != c.Coverage.Participants || c.State != Ready || !c.AsOf.Equal(testNow) {
			t.Errorf("the campaign is %+v", c)
		}
	})
}

func TestCohortOfNobody(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		if _, err := s.Cohort(t.Context(), "metawiki-9"); !errors.Is(err, ErrNotFound) {
			t.Errorf("an unknown campaign: %v", err)
		}
		c := fill(t, s, campaign(1), testNow)
		if n := load(t, s, c.ID).People(); n != 0 {
			t.Errorf("an empty event has %d people", n)
		}
		if !c.AsOf.Equal(testNow) {
			t.Errorf("an empty event is complete up to %s, want when its list was read", c.AsOf)
		}
	})
}

const (
	loadPeople = 100_000
	loadEdits  = 100 // of each on average
)

// big makes a database with 10⁷ edits of 10⁵ people on two wikis.
func big(b *testing.B, address string, people int) (*Store, string) {
	b.Helper()
	s := openTest(b, address, &clock{testNow})
	ctx := b.Context()
	must(b, s.SaveFarm(ctx, Farm{Name: "farm", Central: true}, Wiki{Name: "enwiki", URL: "https://en.test", ContentNamespaces: []int{0}}))
	c, err := s.SaveCampaign(ctx, campaign(1))
	must(b, err)
	rng := rand.New(rand.NewPCG(1, 2))
	listing, err := s.BeginList(ctx, c.ID)
	must(b, err)
	from := start.Add(-180 * day)
	span := testNow.Unix() - from.Unix()
	for first := 0; first < people; first += 1000 {
		var ps []Participant
		var as []Account
		batches := []Batch{{Farm: "farm", Wiki: "metawiki", From: from, To: testNow}, {Farm: "farm", Wiki: "enwiki", From: from, To: testNow}}
		for i := range 1000 {
			id := int64(first + i + 1)
			ps = append(ps, Participant{Account: id, Name: name(id), Joined: start, State: Pending})
			as = append(as, Account{ID: id, Name: name(id), Registered: start, HomeWiki: "enwiki", Reach: ReachAll, Checked: testNow, Wikis: []string{"metawiki", "enwiki"}})
			for w := range batches {
				edits := make([]retention.Edit, loadEdits*(1+2*w)/4)
				for j := range edits {
					edits[j] = retention.Edit{Time: from.Unix() + rng.Int64N(span), Namespace: int32(rng.IntN(4)), Reverted: rng.IntN(20) == 0}
				}
				packed, err := retention.Pack(edits)
				must(b, err)
				batches[w].Accounts = append(batches[w].Accounts, AccountEdits{Account: id, Packed: packed})
			}
		}
		must(b, s.SaveParticipants(ctx, c.ID, listing, ps))
		must(b, s.SaveAccounts(ctx, "farm", as))
		for _, batch := range batches {
			must(b, s.SaveEdits(ctx, batch))
		}
	}
	_, _, err = s.EndList(ctx, c.ID, listing, testNow)
	must(b, err)
	_, err = s.EndRefresh(ctx, c.ID, testNow, nil, "")
	must(b, err)
	return s, c.ID
}

// countRows reads edits as rows.
func countRows(b *testing.B, s *Store) (n int) {
	rows, err := s.r.QueryContext(b.Context(), `SELECT account, at, namespace, reverted FROM edit_rows`)
	must(b, err)
	defer rows.Close()
	for rows.Next() {
		var account, at, namespace int64
		var reverted bool
		must(b, rows.Scan(&account, &at, &namespace, &reverted))
		n++
	}
	must(b, rows.Err())
	return n
}

// BenchmarkLoadCohort loads 10⁷ edits of 10⁵ people, and beside it reads as many
// rows (account, time, namespace, reverted) through database/sql, which is what
// storing edits as rows would cost. The ratio of the two is reported.
func BenchmarkLoadCohort(b *testing.B) {
	b.Run("SQLite", func(b *testing.B) {
		benchmarkLoad(b, "sqlite:"+filepath.Join(b.TempDir(), "big.db"),
			`WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			INSERT INTO edit_rows SELECT i / ?, 1750000000 + i, i % 4, i % 20 = 0 FROM n`, loadPeople*loadEdits-1, loadEdits)
	})
	b.Run("MariaDB", func(b *testing.B) {
		benchmarkLoad(b, mariaDatabase(b), fmt.Sprintf(
			`INSERT INTO edit_rows SELECT seq DIV ?, 1750000000 + seq, seq %% 4, seq %% 20 = 0 FROM seq_0_to_%d`, loadPeople*loadEdits-1), loadEdits)
	})
}

// benchmarkLoad takes the statement that fills the table of rows.
func benchmarkLoad(b *testing.B, address, rows string, args ...any) {
	s, id := big(b, address, loadPeople)
	ctx := b.Context()
	_, err := s.w.ExecContext(ctx, `CREATE TABLE edit_rows (account BIGINT NOT NULL, at BIGINT NOT NULL, namespace BIGINT NOT NULL, reverted SMALLINT NOT NULL)`)
	must(b, err)
	_, err = s.w.ExecContext(ctx, rows, args...)
	must(b, err)
	b.ResetTimer()
	var compact, plain time.Duration
	for b.Loop() {
		began := time.Now()
		c := load(b, s, id)
		compact += time.Since(began)
		if c.People() != loadPeople || c.Edits() < loadPeople*loadEdits*9/10 {
			b.Fatalf("%d people, %d edits", c.People(), c.Edits())
		}
		began = time.Now()
		n := countRows(b, s)
		plain += time.Since(began)
		if n != loadPeople*loadEdits {
			b.Fatalf("%d rows", n)
		}
	}
	b.ReportMetric(compact.Seconds()/float64(b.N), "s/load")
	b.ReportMetric(plain.Seconds()/float64(b.N), "s/rows")
	b.ReportMetric(plain.Seconds()/compact.Seconds(), "rows/load")
}
