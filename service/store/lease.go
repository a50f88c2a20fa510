package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// leasesTable is made before any migration, which happens under a lease.
const leasesTable = `CREATE TABLE IF NOT EXISTS leases (
    name    VARCHAR(191) NOT NULL PRIMARY KEY,
    holder  VARCHAR(191) NOT NULL,
    expires BIGINT       NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin */`

// Lease takes the lease of that name for a time, or makes it longer for the
// holder who has it. ErrBusy: another holds it. A holder that says nothing more
// loses it when it ends.
//
// All leases are timed by the database server's clock, never by the workers': a
// worker whose clock is wrong neither loses its lease nor takes another's. With
// SQLite that is the machine's clock. The nodes of a Galera cluster have a clock
// each: where they differ, a lease is shorter or longer by as much, so a holder
// must renew well before its end.
func (s *Store) Lease(ctx context.Context, name, holder string, ttl time.Duration) error {
	err := s.writeLeases(ctx, func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, s.claim("leases", []string{"name"}, 1), name, holder, now+ttl.Milliseconds(), now, now); err != nil {
			return err
		}
		var has string
		var until int64
		if err := tx.QueryRowContext(ctx, `SELECT holder, expires FROM leases WHERE name = ?`, name).Scan(&has, &until); err != nil {
			return err
		}
		if has != holder {
			return fmt.Errorf("%w, until %s at most", ErrBusy, time.UnixMilli(until).UTC().Format(time.TimeOnly))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// claim returns the statement that gives rows of a table of leases to a holder,
// where nobody else has them. Its arguments: for each row its keys, the holder
// and the end of the lease; then twice the present time. Times are in ms.
func (s *Store) claim(table string, keys []string, rows int) string {
	// MariaDB assigns from left to right and SQLite all at once, so the end is
	// decided by a condition that is right before and after the holder changed.
	mine := table + ".holder = " + s.d.given("holder")
	return s.insertRows(table, append(append([]string(nil), keys...), "holder", "expires"), rows) + s.d.conflict(keys) +
		"holder = CASE WHEN " + mine + " OR " + table + ".expires <= ? THEN " + s.d.given("holder") + " ELSE " + table + ".holder END, " +
		"expires = CASE WHEN " + mine + " OR " + table + ".expires <= ? THEN " + s.d.given("expires") + " ELSE " + table + ".expires END"
}

// writeLeases is write for a transaction on leases alone.
func (s *Store) writeLeases(ctx context.Context, f func(tx *sql.Tx) error) error {
	return s.w.again(ctx, func() error { return s.w.inTx(ctx, s.d.leases, f) })
}

// clock returns the time that leases are measured by, in Unix milliseconds.
func (s *Store) clock(ctx context.Context, tx *sql.Tx) (ms int64, err error) {
	if s.d.now == "" {
		return s.now().UnixMilli(), nil
	}
	err = tx.QueryRowContext(ctx, `SELECT `+s.d.now).Scan(&ms)
	return ms, err
}

// Release gives a lease back. It is no error if the holder has lost it.
func (s *Store) Release(ctx context.Context, name, holder string) error {
	if _, err := s.w.ExecContext(ctx, `DELETE FROM leases WHERE name = ? AND holder = ?`, name, holder); err != nil {
		return fmt.Errorf("release %s: %w", name, err)
	}
	return nil
}

// Leases returns the names of the leases that somebody holds now and that begin
// so, in order: who is at work on this database. Empty: all of them.
func (s *Store) Leases(ctx context.Context, beginning string) ([]string, error) {
	now, args := s.d.now, []any{beginning, beginning + "\U0010FFFF"}
	if now == "" {
		now, args = "?", append(args, s.now().UnixMilli())
	}
	names, err := collect(ctx, s.r, single[string], `SELECT name FROM leases WHERE name >= ? AND name < ? AND expires > `+now+` ORDER BY name`, args...)
	if err != nil {
		return nil, fmt.Errorf("read who holds what: %w", err)
	}
	return names, nil
}
