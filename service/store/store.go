package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Options of Open.
type Options struct {
	// Now tells the time, for jobs and, with SQLite, for leases. Required.
	Now func() time.Time
	// Connections bounds this process's connections to MariaDB: 0 is 10, at least
	// 2. ToolsDB allows a tool 20 in all.
	Connections int
	// fileSystem tells what a path is on; tests replace it.
	fileSystem func(path string) (string, error)
}

// Store keeps everything. It is safe for concurrent use.
type Store struct {
	d dialect
	// SQLite has one connection that writes and several that read; with MariaDB
	// both are one pool.
	w, r *pool
	keep *sql.Conn // holds a database in memory; nil for others
	now  func() time.Time
}

// Open opens a database. Migrate makes its tables. It is one of
//
//	sqlite:PATH                         a file
//	sqlite::memory:                     one that goes with the process
//	user:password@tcp(host:3306)/name   a MariaDB server
//	user:password@tcp(a:3306,b:3306)/n  nodes of a Galera cluster
//
// Empty is DefaultDatabase. Of a cluster's nodes the first that takes part is
// used, until it fails. ErrInvalid: no such kind of database, or SQLite on a
// network file system.
func Open(ctx context.Context, database string, o Options) (*Store, error) {
	if o.Now == nil {
		return nil, fmt.Errorf("store: a clock is required: %w", ErrInvalid)
	}
	if o.Connections == 0 {
		o.Connections = defaultConnections
	}
	if o.Connections < 2 {
		return nil, fmt.Errorf("store: %d connections are too few, 2 are needed: %w", o.Connections, ErrInvalid)
	}
	if database == "" {
		database = DefaultDatabase
	}
	s := &Store{now: o.Now}
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		if o.fileSystem == nil {
			o.fileSystem = fileSystem
		}
		if err := s.openSQLite(ctx, path, o); err != nil {
			return nil, err
		}
		return s, nil
	}
	db, err := openMariaDB(ctx, database, o.Connections)
	if err != nil {
		return nil, err
	}
	s.d = mariaDialect
	s.w = &pool{DB: db, passes: mariaPasses}
	s.r = s.w
	return s, nil
}

// pause waits for d, or until ctx ends and then returns its error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close closes the database.
func (s *Store) Close() error {
	var errs []error
	if s.keep != nil {
		errs = append(errs, s.keep.Close())
	}
	errs = append(errs, s.w.Close())
	if s.r != s.w {
		errs = append(errs, s.r.Close())
	}
	return errors.Join(errs...)
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.r.PingContext(ctx); err != nil {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	return nil
}

// write runs f in a transaction that may write. It commits if f returns nil.
//
// On MariaDB f may run more than once: after a deadlock, a lost connection or a
// failed certification all of it is done again. If the connection breaks while it
// commits, nobody can say whether it did, and f runs again too. So f must come to
// the same end on a state where it was done already: it saves states, not
// differences, and names new rows so that it finds them again. It must set, not
// add to, what it hands out.
//
// What f writes by what it read must have been read FOR UPDATE there, its
// campaign's row first: SQLite has one writer at a time, MariaDB has not. A plain
// SELECT after that sees all that was committed before.
func (s *Store) write(ctx context.Context, f func(tx *sql.Tx) error) error {
	return s.w.again(ctx, func() error { return s.w.inTx(ctx, &sql.TxOptions{Isolation: s.d.isolation}, f) })
}

// read runs f on one state of the database. On MariaDB f may run more than once.
func (s *Store) read(ctx context.Context, f func(tx *sql.Tx) error) error {
	return s.r.again(ctx, func() error { return s.readOnce(ctx, f) })
}

// readOnce is read for an f that cannot run again.
func (s *Store) readOnce(ctx context.Context, f func(tx *sql.Tx) error) error {
	return s.r.inTx(ctx, &sql.TxOptions{Isolation: s.d.isolation, ReadOnly: true}, f)
}

// notFound turns sql.ErrNoRows into ErrNotFound about something.
func notFound(err error, kind, id string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s %.100q: %w", kind, id, ErrNotFound)
	}
	return err
}

// unix returns t in Unix seconds, 0 for the zero time.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// instant is the reverse of unix.
func instant(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// clip shortens s to at most n bytes, between two characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
