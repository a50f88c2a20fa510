package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
)

// This file holds all that differs between databases.

// DefaultDatabase is what an empty database string means.
const DefaultDatabase = "sqlite:afterglow.db"

// dialect says how one kind of database is written to.
type dialect struct {
	goose goose.Dialect
	// conflict returns the end of an INSERT, up to the assignments to a row that
	// has these keys already.
	conflict func(keys []string) string
	// given returns what the INSERT would have put into a column, for those.
	given func(column string) string
	// now is the server's time in Unix milliseconds; empty: the process's.
	now string
}

var sqliteDialect = dialect{
	goose: goose.DialectSQLite3,
	conflict: func(keys []string) string {
		return " ON CONFLICT (" + strings.Join(keys, ", ") + ") DO UPDATE SET "
	},
	given: func(column string) string { return "excluded." + column },
}

// Reading connections. SQLite lets any number read beside one that writes.
const readers = 4

// open opens the database's two pools: one connection that writes, several
// that read. keep, where not nil, must stay open as long as the pools.
func open(ctx context.Context, database string) (d dialect, w, r *sql.DB, keep *sql.Conn, err error) {
	if database == "" {
		database = DefaultDatabase
	}
	path, ok := strings.CutPrefix(database, "sqlite:")
	if !ok || path == "" {
		return d, nil, nil, nil, fmt.Errorf("the database %s is not sqlite:PATH: %w", scheme(database), ErrInvalid)
	}
	dsn, err := sqliteDSN(path)
	if err != nil {
		return d, nil, nil, nil, err
	}
	// A transaction that will write takes the lock when it begins: one that
	// began by reading could not wait for it.
	if w, err = sql.Open("sqlite", dsn+"&_txlock=immediate"); err != nil {
		return d, nil, nil, nil, fmt.Errorf("open %s: %w", database, err)
	}
	if r, err = sql.Open("sqlite", dsn); err != nil {
		return d, nil, nil, nil, errors.Join(fmt.Errorf("open %s: %w", database, err), w.Close())
	}
	w.SetMaxOpenConns(1)
	r.SetMaxOpenConns(readers)
	r.SetMaxIdleConns(readers)
	if path == ":memory:" {
		// The database goes when its last connection does.
		w.SetMaxOpenConns(2)
		keep, err = w.Conn(ctx)
	} else {
		err = w.PingContext(ctx)
	}
	if err != nil {
		return d, nil, nil, nil, errors.Join(fmt.Errorf("open %s: %w", database, err), r.Close(), w.Close())
	}
	return sqliteDialect, w, r, keep, nil
}

// scheme returns what may be said aloud of a database string: a MariaDB one
// holds a password.
func scheme(database string) string {
	before, _, _ := strings.Cut(database, ":")
	return fmt.Sprintf("%.20q", before+":…")
}

// sqliteDSN returns the data source name of a file, which it makes readable by
// its owner only, or of a memory of its own for ":memory:".
func sqliteDSN(path string) (string, error) {
	pragmas := "_pragma=busy_timeout(20000)&_pragma=foreign_keys(1)&_pragma=cache_size(-16000)&_pragma=temp_store(2)"
	if path == ":memory:" {
		// SQLite's memdb is one database for all connections that name it, with
		// locks as a file has; a shared cache would refuse instead of waiting.
		return "file:/" + rand.Text() + "?vfs=memdb&" + pragmas, nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return "", fmt.Errorf("open the database: %w", err)
	}
	if err := f.Close(); err != nil {
		return "", fmt.Errorf("open the database: %w", err)
	}
	// "file:" takes a path with a percent escape for what has a meaning in a URL.
	escaped := (&url.URL{Path: filepath.Clean(path)}).EscapedPath()
	return "file:" + escaped + "?" + pragmas + "&_pragma=journal_mode(WAL)&_pragma=synchronous(1)", nil
}

// likeEscape stands before a wildcard that means itself. A backslash would
// have to be written differently for SQLite and MariaDB.
const likeEscape = "!"

// like returns the pattern that finds s anywhere in a text.
func like(s string) string {
	r := strings.NewReplacer(likeEscape, likeEscape+likeEscape, "%", likeEscape+"%", "_", likeEscape+"_")
	return "%" + r.Replace(s) + "%"
}
