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
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var sqliteDialect = dialect{
	goose: goose.DialectSQLite3,
	conflict: func(keys []string) string {
		return " ON CONFLICT (" + strings.Join(keys, ", ") + ") DO UPDATE SET "
	},
	given: func(column string) string { return "excluded." + column },
}

// Reading connections. SQLite lets any number read beside one that writes.
const readers = 4

// openSQLite opens the two pools of a file, or of a memory.
func (s *Store) openSQLite(ctx context.Context, path string, o Options) error {
	if path == "" {
		return fmt.Errorf("the database sqlite: has no path: %w", ErrInvalid)
	}
	if path != ":memory:" {
		if err := refuseNetwork(path, o.fileSystem); err != nil {
			return err
		}
	}
	err := s.trySQLite(ctx, path)
	// A new file is switched to WAL by whoever opens it first; SQLite does not
	// make the others wait for that, whatever their busy_timeout.
	for tries := 0; isLocked(err) && tries < openTries; tries++ {
		if err := pause(ctx, openPause); err != nil {
			return fmt.Errorf("open %s: %w", path, err)
		}
		err = s.trySQLite(ctx, path)
	}
	return err
}

// Opening is tried again while another process prepares the file, for 10 s.
const (
	openTries = 200
	openPause = 50 * time.Millisecond
)

// isLocked reports whether SQLite said that another holds the file.
func isLocked(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

func (s *Store) trySQLite(ctx context.Context, path string) error {
	dsn, err := sqliteDSN(path)
	if err != nil {
		return err
	}
	// A transaction that will write takes the lock when it begins: one that
	// began by reading could not wait for it.
	w, err := sql.Open("sqlite", dsn+"&_txlock=immediate")
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	r, err := sql.Open("sqlite", dsn)
	if err != nil {
		return errors.Join(fmt.Errorf("open %s: %w", path, err), w.Close())
	}
	w.SetMaxOpenConns(1)
	r.SetMaxOpenConns(readers)
	r.SetMaxIdleConns(readers)
	if path == ":memory:" {
		// The database goes when its last connection does.
		w.SetMaxOpenConns(2)
		s.keep, err = w.Conn(ctx)
	} else {
		err = w.PingContext(ctx)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("open %s: %w", path, err), r.Close(), w.Close())
	}
	// SQLite waits for other writers by itself: busy_timeout.
	none := func(error) bool { return false }
	s.d, s.w, s.r = sqliteDialect, &pool{DB: w, passes: none}, &pool{DB: r, passes: none}
	return nil
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
