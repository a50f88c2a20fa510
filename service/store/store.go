package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Options of Open.
type Options struct {
	// Now tells the time, for leases and jobs. Required.
	Now func() time.Time
}

// Store keeps everything. It is safe for concurrent use.
type Store struct {
	d    dialect
	w, r *sql.DB   // one connection that writes, several that read
	keep *sql.Conn // holds a database in memory; nil for others
	now  func() time.Time
}

// Open opens a database: "sqlite:PATH", or "sqlite::memory:" for one that goes
// with the process. Empty is DefaultDatabase. Migrate makes its tables.
// ErrInvalid: no such kind of database.
func Open(ctx context.Context, database string, o Options) (*Store, error) {
	if o.Now == nil {
		return nil, fmt.Errorf("store: a clock is required: %w", ErrInvalid)
	}
	d, w, r, keep, err := open(ctx, database)
	// A new file is switched to WAL by whoever opens it first; SQLite does not
	// make the others wait for that, whatever their busy_timeout.
	for tries := 0; isLocked(err) && tries < openTries; tries++ {
		if err := pause(ctx, openPause); err != nil {
			return nil, fmt.Errorf("open %s: %w", database, err)
		}
		d, w, r, keep, err = open(ctx, database)
	}
	if err != nil {
		return nil, err
	}
	return &Store{d: d, w: w, r: r, keep: keep, now: o.Now}, nil
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
	return errors.Join(append(errs, s.r.Close(), s.w.Close())...)
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.r.PingContext(ctx); err != nil {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	return nil
}

func (s *Store) provider() (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(s.d.goose, s.w, dir, goose.WithDisableGlobalRegistry(true))
}

// Migrate brings the tables up to date. Several processes may call it at once.
func (s *Store) Migrate(ctx context.Context) error {
	unlock, err := s.lockMigrations(ctx)
	if err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	p, err := s.provider()
	if err == nil {
		_, err = p.Up(ctx)
	}
	if err := errors.Join(err, unlock()); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// Migration is one step of the schema.
type Migration struct {
	Version int64
	Name    string
	State   string    // "applied" or "pending"
	Applied time.Time // zero: not yet
}

// Migrations returns every step and when it was applied.
func (s *Store) Migrations(ctx context.Context) ([]Migration, error) {
	p, err := s.provider()
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	status, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	var ms []Migration
	for _, st := range status {
		ms = append(ms, Migration{Version: st.Source.Version, Name: st.Source.Path, State: string(st.State), Applied: st.AppliedAt})
	}
	return ms, nil
}

// exec runs one statement that writes.
func (s *Store) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return s.w.ExecContext(ctx, query, args...)
}

// write runs f in a transaction that may write. It commits if f returns nil.
func (s *Store) write(ctx context.Context, f func(tx *sql.Tx) error) error {
	return inTx(ctx, s.w, nil, f)
}

// read runs f on one state of the database.
func (s *Store) read(ctx context.Context, f func(tx *sql.Tx) error) error {
	return inTx(ctx, s.r, &sql.TxOptions{ReadOnly: true}, f)
}

func inTx(ctx context.Context, db *sql.DB, o *sql.TxOptions, f func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			return errors.Join(err, undo)
		}
		return err
	}
	return tx.Commit()
}

// insert returns INSERT … VALUES (?, …) for the key and other columns of a table.
// A row that has these keys gets the columns of update instead, or stays.
func (s *Store) insert(table string, keys, columns, update []string) string {
	set := make([]string, len(update))
	for i, c := range update {
		set[i] = c + " = " + s.d.given(c)
	}
	if len(set) == 0 {
		set = []string{keys[0] + " = " + table + "." + keys[0]}
	}
	return s.insertRows(table, append(append([]string(nil), keys...), columns...), 1) + s.d.conflict(keys) + strings.Join(set, ", ")
}

// insertRows returns INSERT … VALUES (?, …), … for a number of rows.
func (s *Store) insertRows(table string, columns []string, rows int) string {
	row := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
	return "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES " +
		strings.TrimSuffix(strings.Repeat(row+", ", rows), ", ")
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
