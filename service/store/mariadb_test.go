package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"afterglow/retention"
	"afterglow/service/e2e/mariadb"
)

// Names are their bytes: what MariaDB's usual collations take for the same is not.
func TestNamesAreTheirBytes(t *testing.T) {
	names := []string{"a", "A", "á", "ä", "a ", "a  ", " a", "æ", "ae", "ß", "ss", "😀", "😁", "\u00e9", "e\u0301", "a\u200b", "ﬁ", "fi"}
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		_, err := s.SaveCampaign(ctx, campaign(1))
		must(t, err)
		entries := make([]Entry, len(names))
		for i, n := range names {
			entries[i].Name = n
			must(t, s.Lease(ctx, n, "holder of "+n, time.Minute))
			must(t, s.TakeSlot(ctx, n, "holder", 1, time.Minute))
			must(t, s.SaveFarm(ctx, Farm{Name: n}, Wiki{Name: n, URL: n}))
			c := campaign(i + 10)
			c.ID, c.Farm, c.Title, c.Source.Page = "list-"+strings.ReplaceAll(n, " ", "_"), n, n, n
			_, err := s.SaveCampaign(ctx, c)
			must(t, err)
		}
		must(t, s.SaveEntries(ctx, "metawiki-1", entries))
		for i := range entries {
			entries[i].Position, entries[i].Account = int64(i), int64(i+1)
		}
		must(t, s.ResolveEntries(ctx, "metawiki-1", entries))
		must(t, s.SaveEntries(ctx, "metawiki-1", entries)) // keeps what each name was resolved to
		got, err := s.Entries(ctx, "metawiki-1")
		must(t, err)
		for i, n := range names {
			if got[i] != entries[i] {
				t.Errorf("%q: %+v, want %+v", n, got[i], entries[i])
			}
			if f, err := s.FarmByWiki(ctx, n, n); err != nil || f.Name != n {
				t.Errorf("the farm of %q is %q (%v)", n, f.Name, err)
			}
			page, _, err := s.Campaigns(ctx, Query{Page: n})
			if must(t, err); len(page) != 1 || page[0].Title != n {
				t.Errorf("%d campaigns have the page %q", len(page), n)
			}
		}
	})
}

// A statement by itself sees what is committed and locks no gaps; all that a
// transaction reads is of one moment.
func TestIsolation(t *testing.T) {
	s := openTest(t, mariaDatabase(t), &clock{testNow})
	ctx := t.Context()
	var level string
	must(t, s.w.QueryRowContext(ctx, `SELECT @@tx_isolation`).Scan(&level))
	if level != "READ-COMMITTED" {
		t.Errorf("a statement's isolation is %s", level)
	}
	names := func(tx *sql.Tx) (n int) {
		must(t, tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM leases`).Scan(&n))
		return n
	}
	for what, in := range map[string]func(context.Context, func(*sql.Tx) error) error{"read": s.read, "write": s.write} {
		must(t, in(ctx, func(tx *sql.Tx) error {
			before := names(tx)
			must(t, s.Lease(ctx, "taken while "+what, "another", time.Minute))
			if after := names(tx); after != before {
				t.Errorf("%s sees %d leases, then %d", what, before, after)
			}
			return nil
		}))
	}
}

// A worker whose clock is wrong by hours neither loses its leases nor takes others'.
func TestLeasesKeepTheServersTime(t *testing.T) {
	address := mariaDatabase(t)
	open := func(ahead time.Duration) *Store { return openTest(t, address, &clock{time.Now().Add(ahead)}) }
	right, ahead, behind := open(0), open(5*time.Hour), open(-5*time.Hour)
	ctx := t.Context()
	for name, s := range map[string]*Store{"right": right, "ahead": ahead, "behind": behind} {
		must(t, s.Lease(ctx, name, name, time.Minute))
		must(t, s.TakeSlot(ctx, name, name, 1, time.Minute))
		taken, err := s.TakePairs(ctx, "farm", name, []int64{1}, name, time.Minute)
		if must(t, err); len(taken) != 1 {
			t.Errorf("%s took %v", name, taken)
		}
		for other, o := range map[string]*Store{"right": right, "ahead": ahead, "behind": behind} {
			if other == name {
				continue
			}
			if err := o.Lease(ctx, name, other, time.Minute); !errors.Is(err, ErrBusy) {
				t.Errorf("%s takes the lease of %s: %v", other, name, err)
			}
			if err := o.TakeSlot(ctx, name, other, 1, time.Minute); !errors.Is(err, ErrBusy) {
				t.Errorf("%s takes the slot of %s: %v", other, name, err)
			}
			if taken, err := o.TakePairs(ctx, "farm", name, []int64{1}, other, time.Minute); err != nil || len(taken) != 0 {
				t.Errorf("%s takes the people of %s: %v %v", other, name, taken, err)
			}
		}
	}
	// And it ends when the server says so.
	must(t, ahead.Lease(ctx, "short", "ahead", 300*time.Millisecond))
	for range 600 {
		if err := behind.Lease(ctx, "short", "behind", time.Minute); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("a lease of 0.3 s did not end in 30 s")
}

// Two who wait for each other: the server ends one, and it is done again.
func TestDeadlockIsDoneAgain(t *testing.T) {
	address := mariaDatabase(t)
	s := openTest(t, address, &clock{testNow})
	for n := range 2 {
		_, err := s.SaveCampaign(t.Context(), campaign(n+1))
		must(t, err)
	}
	var both, wg sync.WaitGroup
	both.Add(2)
	var runs atomic.Int64
	for _, order := range [][]string{{"metawiki-1", "metawiki-2"}, {"metawiki-2", "metawiki-1"}} {
		wg.Go(func() {
			first := true
			err := s.write(t.Context(), func(tx *sql.Tx) error {
				runs.Add(1)
				if err := lockCampaign(t.Context(), tx, order[0]); err != nil {
					return err
				}
				if first {
					first = false
					both.Done()
					both.Wait()
				}
				_, err := tx.ExecContext(t.Context(), `UPDATE campaigns SET edit_rows = edit_rows + 1 WHERE id = ?`, order[1])
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := runs.Load(); n != 3 {
		t.Errorf("the two ran %d times in all, want 3", n)
	}
	for _, r := range rowsOf(t, s, `SELECT edit_rows FROM campaigns`) {
		if r[0] != "1" {
			t.Errorf("a campaign was changed %s times", r[0])
		}
	}
}

// Workers who replace different stretches of the same people's edits at once, in
// different orders, lose none of each other's.
func TestSaveEditsAtOnce(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		const workers, people, days = 4, 6, 10
		var all []someone
		for id := range people {
			all = append(all, someone{id: int64(id + 1)})
		}
		c := fill(t, s, campaign(1), testNow, all...)
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for d := range days {
					from := start.Add(time.Duration(w*days+d) * day)
					b := Batch{Farm: "farm", Wiki: "metawiki", From: from, To: from.Add(day)}
					for i := range people {
						packed, err := retention.Pack([]retention.Edit{edit(from.Add(time.Hour))})
						if err != nil {
							t.Error(err)
							return
						}
						b.Accounts = append(b.Accounts, AccountEdits{Account: int64((i*5+w)%people + 1), Packed: packed})
					}
					if err := s.SaveEdits(t.Context(), b); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		if n, want := load(t, s, c.ID).Edits(), workers*people*days; n != want {
			t.Errorf("%d edits, want %d", n, want)
		}
	})
}

// forgetful is connections whose first few commits and statements outside of
// transactions are carried out, and the answer never comes.
type forgetful struct {
	driver.Connector
	lost *atomic.Int64
}

func (f forgetful) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := f.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &forgetfulConn{nodeConn: c.(nodeConn), lost: f.lost}, nil
}

type forgetfulConn struct {
	nodeConn
	lost *atomic.Int64
	inTx bool
}

// lose says of every second answer that it was lost.
func (c *forgetfulConn) lose(err error) error {
	if err != nil || c.lost.Add(1)%2 == 0 {
		return err
	}
	c.Close()
	return mysql.ErrInvalidConn
}

func (c *forgetfulConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := c.nodeConn.BeginTx(ctx, o)
	c.inTx = err == nil
	return forgetfulTx{tx, c, o.ReadOnly}, err
}

func (c *forgetfulConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	res, err := c.nodeConn.ExecContext(ctx, query, args)
	if !c.inTx {
		err = c.lose(err)
	}
	return res, err
}

type forgetfulTx struct {
	driver.Tx
	c        *forgetfulConn
	readOnly bool
}

func (tx forgetfulTx) Commit() error {
	tx.c.inTx = false
	err := tx.Tx.Commit()
	if tx.readOnly {
		return err
	}
	return tx.c.lose(err)
}

func (tx forgetfulTx) Rollback() error {
	tx.c.inTx = false
	return tx.Tx.Rollback()
}

// A write whose answer was lost is done again, and comes to the same end.
func TestLostAnswers(t *testing.T) {
	address := mariaDatabase(t)
	s := openTest(t, address, &clock{testNow})
	config, err := mariaConfig(address)
	must(t, err)
	n, err := newNodes(config)
	must(t, err)
	var lost atomic.Int64
	s.w.Close()
	s.w.DB = sql.OpenDB(forgetful{n, &lost})

	w := &work{stores: []*Store{s}, campaigns: 2}
	w.run(t)
	if got, want := w.outcome(t, s), undisturbed(t, 2); !maps.Equal(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	_, err = s.CreateJob(t.Context(), "metawiki-1")
	must(t, err)
	j, err := s.ClaimJob(t.Context(), "one")
	if err == nil {
		j.Done = 7
		err = s.UpdateJob(t.Context(), &j)
	}
	if err != nil || len(rowsOf(t, s, `SELECT id FROM jobs WHERE done = 7`)) != 1 {
		t.Errorf("a job: %v", err)
	}
	must(t, s.DeleteCampaign(t.Context(), "metawiki-1"))
	if err := s.DeleteCampaign(t.Context(), "metawiki-1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
	if lost.Load() < 40 {
		t.Errorf("%d answers", lost.Load())
	}
}

// brittle is connections whose first result breaks after two rows.
type brittle struct {
	driver.Connector
	broke *atomic.Bool
}

func (b brittle) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := b.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return brittleConn{c.(nodeConn), b.broke}, nil
}

type brittleConn struct {
	nodeConn
	broke *atomic.Bool
}

func (c brittleConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.nodeConn.QueryContext(ctx, query, args)
	return &brittleRows{Rows: rows, c: c}, err
}

type brittleRows struct {
	driver.Rows
	c    brittleConn
	seen int
}

func (r *brittleRows) Next(dest []driver.Value) error {
	if r.seen++; r.seen > 2 && r.c.broke.CompareAndSwap(false, true) {
		r.c.Close()
		return mysql.ErrInvalidConn
	}
	return r.Rows.Next(dest)
}

// A list whose connection breaks on the way is read again, and has each row once.
func TestListsBreak(t *testing.T) {
	address := mariaDatabase(t)
	s := openTest(t, address, &clock{testNow})
	people := make([]someone, 9)
	for i := range people {
		people[i].id = int64(i + 1)
	}
	c := fill(t, s, campaign(1), testNow, people...)
	config, err := mariaConfig(address)
	must(t, err)
	n, err := newNodes(config)
	must(t, err)
	var broke atomic.Bool
	s.w.Close()
	s.w.DB = sql.OpenDB(brittle{n, &broke})
	pairs, err := s.Pairs(t.Context(), c.ID, "metawiki")
	must(t, err)
	if len(pairs) != 9 || !broke.Load() {
		t.Errorf("%d of 9 people, broke: %v", len(pairs), broke.Load())
	}
	broke.Store(false)
	if got := load(t, s, c.ID); got.People() != 9 || !broke.Load() {
		t.Errorf("a cohort of %d, broke: %v", got.People(), broke.Load())
	}
}

// Several workers come to the same end as one alone, and read nobody twice.
func TestWorkersAtOnce(t *testing.T) {
	stores := openStores(t, 4, func() func(int) string {
		address := mariaDatabase(t)
		return func(int) string { return address }
	}())
	w := &work{stores: stores, campaigns: 8}
	w.run(t)
	if got, want := w.outcome(t, stores[0]), undisturbed(t, 8); !maps.Equal(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
}

// A server that is killed and comes back in the middle of the work costs nothing.
func TestServerRestarts(t *testing.T) {
	if testing.Short() {
		t.Skip("restarts a server")
	}
	server := mariadb.Start(t, mariadb.Options{})
	address := server.Create(t, "work")
	stores := openStores(t, 3, func(int) string { return address })
	w := &work{stores: stores, campaigns: 6}
	var restarts sync.WaitGroup
	var mu sync.Mutex // the server's methods are for one goroutine
	w.after = func(saved int64) {
		if saved != 3 && saved != 9 {
			return
		}
		restarts.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			if err := errors.Join(server.Kill(), server.Restart()); err != nil {
				t.Errorf("restart: %v", err)
			}
		})
	}
	w.run(t)
	restarts.Wait()
	if got, want := w.outcome(t, stores[0]), undisturbed(t, 6); !maps.Equal(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	if w.saved.Load() < 9 {
		t.Errorf("%d batches: the server was restarted once at most", w.saved.Load())
	}
}

// What cannot pass is told at once, and without the password.
func TestMariaDBRefuses(t *testing.T) {
	address := mariaDatabase(t)
	wrong := strings.Replace(address, "root@", "nobody:secret@", 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := Open(ctx, wrong, Options{Now: (&clock{testNow}).now})
	var said *mysql.MySQLError
	if !errors.As(err, &said) || strings.Contains(fmt.Sprint(err), "secret") {
		t.Errorf("a wrong password: %v", err)
	}
	if _, err := Open(ctx, address, Options{Now: (&clock{testNow}).now, Connections: 1}); !errors.Is(err, ErrInvalid) {
		t.Errorf("one connection: %v", err)
	}
	s := openTest(t, address, &clock{testNow})
	if err := s.Freeze(ctx, "no such", "x"); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such campaign: %v", err)
	}
	long := campaign(1)
	long.Source.Kind = strings.Repeat("x", 17)
	if _, err := s.SaveCampaign(ctx, long); err == nil {
		t.Error("a kind that the column cannot hold was cut")
	}
}

// No more connections are opened than allowed, however many ask.
func TestConnectionsAreBounded(t *testing.T) {
	address := mariaDatabase(t)
	s, err := Open(t.Context(), address, Options{Now: (&clock{testNow}).now, Connections: 3})
	must(t, err)
	defer s.Close()
	must(t, s.Migrate(t.Context()))
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			if _, err := s.w.ExecContext(t.Context(), `DO SLEEP(0.05)`); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := s.w.Stats(); n.MaxOpenConnections != 3 || n.OpenConnections > 3 || n.WaitCount == 0 {
		t.Errorf("%+v", n)
	}
}

func TestHosts(t *testing.T) {
	for address, want := range map[string]string{
		"u:p@tcp(db)/x":                       "db:3306",
		"u:p@tcp(db:3307)/x":                  "db:3307",
		"u:p@tcp(a:3306,b:3307,c:3306)/x":     "a:3306 b:3307 c:3306",
		"u:p@tcp(a,b)/x":                      "a:3306 b:3306",
		"u:p@tcp(a,b:3307)/x":                 "a:3306 b:3307",
		"u:p@tcp([::1]:3306,[::2]:3307)/x":    "[::1]:3306 [::2]:3307",
		"u:p@tcp([::1]:3307)/x":               "[::1]:3307",
		"u:p@unix(/run/mysqld/mysqld.sock)/x": "/run/mysqld/mysqld.sock",
	} {
		c, err := mariaConfig(address)
		must(t, err)
		if got := strings.Join(hosts(c), " "); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
		// As it comes from the configuration, which may have put the password in.
		c, err = mysql.ParseDSN(c.FormatDSN())
		must(t, err)
		if got := strings.Join(hosts(c), " "); got != want {
			t.Errorf("%s, written anew: %s, want %s", address, got, want)
		}
	}
}
