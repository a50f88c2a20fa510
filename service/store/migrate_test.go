package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"afterglow/retention"
)

// empties runs a test on the addresses of empty databases: a file's and MariaDB's.
func empties(t *testing.T, f func(t *testing.T, address string)) {
	t.Helper()
	t.Run("file", func(t *testing.T) { f(t, "sqlite:"+filepath.Join(t.TempDir(), "m.db")) })
	t.Run("MariaDB", func(t *testing.T) { f(t, mariaDatabase(t)) })
}

// bare opens a database without its tables.
func bare(tb testing.TB, address string, c *clock) *Store {
	tb.Helper()
	s, err := Open(tb.Context(), address, Options{Now: c.now})
	must(tb, err)
	tb.Cleanup(func() { s.Close() })
	return s
}

// schema returns the definition of each table and its indexes.
func schema(tb testing.TB, s *Store) map[string]string {
	tb.Helper()
	defs := map[string]string{}
	if s.d.goose == goose.DialectSQLite3 {
		for _, r := range rowsOf(tb, s, `SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC, name`) {
			defs[r[0]] += r[1] + "\n"
		}
		delete(defs, "sqlite_sequence")
		return defs
	}
	for _, r := range rowsOf(tb, s, `SHOW TABLES`) {
		def := rowsOf(tb, s, "SHOW CREATE TABLE "+r[0])[0][1]
		defs[r[0]] = regexp.MustCompile(` AUTO_INCREMENT=\d+`).ReplaceAllString(def, "")
	}
	return defs
}

// content returns the rows of each table.
func content(tb testing.TB, s *Store) map[string][][]string {
	tb.Helper()
	all := map[string][][]string{}
	for table := range schema(tb, s) {
		if table == goose.DefaultTablename {
			continue
		}
		rows := rowsOf(tb, s, "SELECT * FROM "+table)
		slices.SortFunc(rows, slices.Compare)
		all[table] = rows
	}
	return all
}

// rowsOf returns the rows of a query as texts.
func rowsOf(tb testing.TB, s *Store, query string, args ...any) (all [][]string) {
	tb.Helper()
	rows, err := s.r.QueryContext(tb.Context(), query, args...)
	must(tb, err)
	defer rows.Close()
	columns, err := rows.Columns()
	must(tb, err)
	for rows.Next() {
		values, dest := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range dest {
			dest[i] = &values[i]
		}
		must(tb, rows.Scan(dest...))
		row := make([]string, len(columns))
		for i, v := range values {
			row[i] = v.String
		}
		all = append(all, row)
	}
	must(tb, rows.Err())
	return all
}

// Several processes that start at once migrate once.
func TestMigrateAtOnce(t *testing.T) {
	empties(t, func(t *testing.T, address string) {
		c := &clock{testNow}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				s, err := Open(t.Context(), address, Options{Now: c.now})
				if err != nil {
					t.Error(err)
					return
				}
				defer s.Close()
				if err := s.Migrate(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		s := bare(t, address, c)
		ms, err := s.Migrations(t.Context())
		must(t, err)
		for _, m := range ms {
			if m.State != "applied" || m.Applied.IsZero() || m.Name == "" {
				t.Errorf("%+v", m)
			}
		}
		applied := rowsOf(t, s, "SELECT version_id FROM "+goose.DefaultTablename)
		if len(ms) == 0 || len(applied) != len(ms)+1 {
			t.Errorf("%d steps were applied %d times", len(ms), len(applied)-1)
		}
	})
}

// Every table of MariaDB tells names apart as SQLite does.
func TestCollation(t *testing.T) {
	s := bare(t, mariaDatabase(t), &clock{testNow})
	must(t, s.Migrate(t.Context()))
	columns := rowsOf(t, s, `SELECT table_name, column_name, collation_name, engine FROM information_schema.columns JOIN information_schema.tables
		USING (table_schema, table_name) WHERE table_schema = DATABASE() AND collation_name IS NOT NULL AND table_name <> ?`, goose.DefaultTablename)
	if len(columns) < 50 {
		t.Fatalf("%d columns", len(columns))
	}
	for _, c := range columns {
		if c[2] != "utf8mb4_nopad_bin" || c[3] != "InnoDB" {
			t.Errorf("%s.%s has collation %s in %s", c[0], c[1], c[2], c[3])
		}
	}
}

// filled makes a database with something in every table.
func filled(tb testing.TB, s *Store) {
	tb.Helper()
	ctx := tb.Context()
	must(tb, s.Migrate(ctx))
	must(tb, s.SaveFarm(ctx, Farm{Name: "farm", Central: true}, Wiki{Name: "metawiki", URL: "https://meta.test", ContentNamespaces: []int{0}}))
	edits := []retention.Edit{edit(start.Add(day)), edit(end.Add(day))}
	c := fill(tb, s, campaign(1), testNow, someone{id: 1, edits: edits}, someone{id: 2}, someone{id: 3, state: Hidden})
	_, err := s.Forget(ctx, AccountKey{"farm", 99}, "Somebody")
	must(tb, err)
	must(tb, s.SaveReading(ctx, c.ID, Reading{At: testNow}))
	must(tb, s.SaveEntries(ctx, c.ID, []Entry{{Name: "Ä"}, {Name: "ä"}}))
	must(tb, s.SaveBaseline(ctx, c.ID, &retention.Baseline{}))
	must(tb, s.SaveSnapshot(ctx, snapshot(c, 1)))
	_, err = s.CreateJob(ctx, c.ID)
	must(tb, err)
	must(tb, s.SaveTracker(ctx, "farm", "7", c.ID))
	must(tb, s.SaveSession(ctx, "s", []byte{1, 2}, testNow.Add(day)))
	must(tb, s.AddCounters(ctx, []Counter{{Name: "requests", Amount: 3}}))
	_, err = s.TakePairs(ctx, "farm", "metawiki", []int64{1}, "one", time.Hour)
	must(tb, err)
	must(tb, s.TakeSlot(ctx, "metawiki", "one", 1, time.Hour))
}

// Each step goes down and up again on data: the schema is then what it is without
// the step, or with it, and every table that the step does not change keeps its rows.
func TestMigrationsOnData(t *testing.T) {
	empties(t, func(t *testing.T, address string) {
		ctx := t.Context()
		s := bare(t, address, &clock{testNow})
		must(t, s.Migrate(ctx))
		p, err := s.provider()
		must(t, err)
		steps := p.ListSources()
		at := make([]map[string]string, len(steps)+1) // the schema after so many steps
		must(t, s.Rollback(ctx, 0))
		for i := range at {
			at[i] = schema(t, s)
			if i < len(steps) {
				_, err := p.UpByOne(ctx)
				must(t, err)
			}
		}
		if len(at[0]) != 2 { // goose's and leases
			t.Errorf("tables are left: %v", slices.Collect(maps.Keys(at[0])))
		}
		filled(t, s)
		for table, rows := range content(t, s) {
			if len(rows) == 0 && table != "leases" {
				t.Errorf("%s is empty: this test says nothing of it", table)
			}
		}
		check := func(what string, want, before map[string]string, rows map[string][][]string) {
			t.Helper()
			if got := schema(t, s); !maps.Equal(got, want) {
				t.Errorf("%s: the schema is\n%v\nwant\n%v", what, got, want)
			}
			now := content(t, s)
			for table := range want {
				if _, kept := rows[table]; kept && before[table] == want[table] && fmt.Sprint(now[table]) != fmt.Sprint(rows[table]) {
					t.Errorf("%s: %s has other rows:\n%v\nwant\n%v", what, table, now[table], rows[table])
				}
			}
		}
		for i := len(steps); i > 0; i-- {
			rows := content(t, s)
			_, err := p.Down(ctx)
			must(t, err)
			check(steps[i-1].Path+" down", at[i-1], at[i], rows)
			if i > 1 {
				rows = content(t, s)
			}
			_, err = p.UpByOne(ctx)
			must(t, err)
			check(steps[i-1].Path+" up", at[i], at[i-1], rows)
			if i == len(steps) {
				if cohort := load(t, s, "metawiki-1"); cohort.People() != 2 || cohort.Edits() != 2 {
					t.Errorf("after %s: %d people with %d edits", steps[i-1].Path, cohort.People(), cohort.Edits())
				}
			}
			_, err = p.Down(ctx)
			must(t, err)
		}
		must(t, s.Migrate(ctx))
		filled(t, s)
	})
}

// Leases count seconds before the second step and milliseconds after it.
func TestLeasesOverAnUpgrade(t *testing.T) {
	empties(t, func(t *testing.T, address string) {
		ctx := t.Context()
		s := bare(t, address, &clock{testNow})
		must(t, s.Migrate(ctx))
		must(t, s.Rollback(ctx, 1))
		old := testNow.Add(time.Hour).Unix()
		_, err := s.w.ExecContext(ctx, `INSERT INTO leases VALUES ('campaign x', 'one', ?)`, old)
		must(t, err)
		must(t, s.Migrate(ctx))
		if got := rowsOf(t, s, `SELECT expires FROM leases WHERE holder = 'one'`)[0][0]; got != fmt.Sprint(old*1000) {
			t.Errorf("%s, want %d", got, old*1000)
		}
		must(t, s.Rollback(ctx, 1))
		if got := rowsOf(t, s, `SELECT expires FROM leases WHERE holder = 'one'`)[0][0]; got != fmt.Sprint(old) {
			t.Errorf("%s, want %d", got, old)
		}
		if err := s.Rollback(ctx, 999); !errors.Is(err, ErrInvalid) {
			t.Errorf("no such version: %v", err)
		}
	})
}

// A process that died while it migrated holds the others up for its lease only.
func TestMigrateAfterADeath(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, c *clock) {
		must(t, s.Rollback(t.Context(), 1))
		must(t, s.lockMigrations(t.Context(), "the dead"))
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := s.Migrate(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("another migrates: %v", err)
		}
		c.t = c.t.Add(migrationTTL)
		must(t, s.Migrate(t.Context()))
	})
}

// breaking is connections of which each statement but the first few fails, as if
// the process had died: the server then undoes what was not committed.
type breaking struct {
	driver.Connector
	left *int
}

func (b breaking) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := b.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return breakingConn{c.(nodeConn), b.left}, nil
}

type breakingConn struct {
	nodeConn
	left *int
}

var errKilled = errors.New("killed")

func (c breakingConn) alive() error {
	if *c.left--; *c.left < 0 {
		c.Close()
		return errKilled
	}
	return nil
}

func (c breakingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.alive(); err != nil {
		return nil, err
	}
	return c.nodeConn.ExecContext(ctx, query, args)
}

func (c breakingConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := c.nodeConn.BeginTx(ctx, o)
	return breakingTx{tx, c}, err
}

type breakingTx struct {
	driver.Tx
	c breakingConn
}

func (tx breakingTx) Commit() error {
	if err := tx.c.alive(); err != nil {
		return err
	}
	return tx.Tx.Commit()
}

// breakAfter has a store's connections break after a number of statements.
func breakAfter(tb testing.TB, address string, s *Store, statements int) {
	tb.Helper()
	config, err := mariaConfig(address)
	must(tb, err)
	n, err := newNodes(config)
	must(tb, err)
	db := sql.OpenDB(breaking{n, &statements})
	tb.Cleanup(func() { db.Close() })
	s.w.Close()
	s.w.DB = db
}

// Wherever a migration breaks off on MariaDB, which cannot undo it, the next
// begins again and ends with the same tables. So does a rollback.
func TestMigrationsResume(t *testing.T) {
	if testing.Short() {
		t.Skip("a database for each statement")
	}
	c := &clock{testNow}
	open := func(address string) *Store {
		s := bare(t, address, c)
		s.d.now = ""
		return s
	}
	whole := open(mariaDatabase(t))
	must(t, whole.Migrate(t.Context()))
	want := schema(t, whole)
	must(t, whole.Rollback(t.Context(), 0))
	undone := schema(t, whole)
	must(t, whole.Close())

	// In one database each step breaks off after no statement, then after one, and
	// so on: each time the next attempt finds what those before left.
	address := mariaDatabase(t)
	s := open(address)
	version := func() (v int64) {
		_ = s.r.QueryRowContext(t.Context(), "SELECT MAX(version_id) FROM "+goose.DefaultTablename).Scan(&v) // 0: no table yet
		return v
	}
	places := 0
	steps := func(one func(context.Context, *goose.Provider) error) {
		t.Helper()
		for n := 0; ; {
			dying := open(address)
			breakAfter(t, address, dying, n)
			before := version()
			err := dying.migrating(t.Context(), one)
			dying.Close()
			c.t = c.t.Add(migrationTTL) // the dead one's lease
			switch {
			case errors.Is(err, goose.ErrNoNextVersion):
				return
			case version() != before: // done; what broke, if anything, is giving the lease back
				n = 0
			case strings.Contains(err.Error(), errKilled.Error()):
				n, places = n+1, places+1
			default:
				t.Fatalf("begun again after %d statements: %v", n, err)
			}
		}
	}
	steps(func(ctx context.Context, p *goose.Provider) error {
		_, err := p.UpByOne(ctx)
		return err
	})
	if got := schema(t, s); !maps.Equal(got, want) {
		t.Errorf("broken off and begun again:\n%v\nwant\n%v", got, want)
	}
	filled(t, s)
	up := places
	steps(func(ctx context.Context, p *goose.Provider) error {
		_, err := p.Down(ctx)
		return err
	})
	if got := schema(t, s); !maps.Equal(got, undone) {
		t.Errorf("undone, broken off and begun again:\n%v\nwant\n%v", got, undone)
	}
	if up < 2*len(want) || places-up < 2*len(want) {
		t.Errorf("%d places to break off upwards, %d downwards, in %d tables", up, places-up, len(want))
	}
	t.Logf("broke off at %d places upwards, %d downwards", up, places-up)
}
