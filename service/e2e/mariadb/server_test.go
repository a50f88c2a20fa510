package mariadb

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"testing"
	"time"
)

func open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func must(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func count(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func TestServerKeepsItsDataOverKillAndRestart(t *testing.T) {
	s := Start(t, Options{Settings: map[string]string{"max-connections": "17"}})
	port := s.Port()
	db := open(t, s.Create(t, "kept"))
	if got := count(t, db, "SELECT @@max_connections"); got != 17 {
		t.Errorf("max_connections is %d", got)
	}
	must(t, db, "CREATE TABLE t (id INT PRIMARY KEY)")
	must(t, db, "INSERT INTO t VALUES (1), (2)")
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("a killed server answers")
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if got := count(t, db, "SELECT COUNT(*) FROM t"); got != 2 || s.Port() != port {
		t.Errorf("%d rows on port %d after a kill, want 2 on %d", got, s.Port(), port)
	}
	must(t, db, "INSERT INTO t VALUES (3)")
	if err := s.Restart(); err != nil { // in order, this time
		t.Fatal(err)
	}
	if got := count(t, db, "SELECT COUNT(*) FROM t"); got != 3 {
		t.Errorf("%d rows after a restart, want 3", got)
	}

	// The folder that a stopped server leaves is where another can start.
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	other := Start(t, Options{Data: s.Data()})
	if got := count(t, open(t, other.DSN("kept")), "SELECT COUNT(*) FROM t"); got != 3 {
		t.Errorf("%d rows in the copy, want 3", got)
	}
}

func TestFrozenServerAnswersOnceThawed(t *testing.T) {
	s := Start(t, Options{})
	db := open(t, s.DSN(""))
	must(t, db, "DO 1")
	if err := s.Freeze(); err != nil {
		t.Fatal(err)
	}
	// The kernel stops the threads one by one: an answer or two may still come.
	var err error
	for range 10 {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err = db.ExecContext(ctx, "DO 1")
		cancel()
		if err != nil {
			break
		}
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a frozen server answered: %v", err)
	}
	if err := s.Thaw(); err != nil {
		t.Fatal(err)
	}
	must(t, db, "DO 1")
}

func TestServerLeavesNothingBehind(t *testing.T) {
	s := Start(t, Options{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func TestSettingsCannotSpanLines(t *testing.T) {
	if _, err := configuration("dir", 1, map[string]string{"a": "b\nc"}); err == nil {
		t.Error("accepted")
	}
}
