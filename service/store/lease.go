package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
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
	var has string
	var until int64
	_, err := s.w.ExecContext(ctx, s.claim("leases", []string{"name"}, 1, s.clock(), ttl), name, holder)
	if err == nil {
		err = s.w.QueryRowContext(ctx, `SELECT holder, expires FROM leases WHERE name = ? AND expires > `+s.clock(), name).Scan(&has, &until)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = ErrBusy // another had it and gave it back, or it took longer than the lease to take it
	case err == nil && has != holder:
		err = fmt.Errorf("%w, until %s at most", ErrBusy, time.UnixMilli(until).UTC().Format(time.TimeOnly))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// claim returns the statement that gives rows of a table of leases to a holder from
// now on for a time, where nobody else has them. Its arguments: for each row its keys
// and the holder. Whoever has the rows afterwards has them until they end: to look
// who that is, and that they have not ended yet, needs no transaction.
func (s *Store) claim(table string, keys []string, rows int, now string, ttl time.Duration) string {
	row := "(" + marks(len(keys)+1) + ", " + now + " + " + strconv.FormatInt(ttl.Milliseconds(), 10) + ")"
	// MariaDB assigns from left to right and SQLite all at once, so the end is
	// decided by a condition that is right before and after the holder changed.
	mine := table + ".holder = " + s.d.given("holder")
	taken := "CASE WHEN " + mine + " OR " + table + ".expires <= " + now + " THEN "
	return insertValues(table, append(slices.Clone(keys), "holder", "expires"), row, rows) + s.d.conflict(keys) +
		"holder = " + taken + s.d.given("holder") + " ELSE " + table + ".holder END, " +
		"expires = " + taken + s.d.given("expires") + " ELSE " + table + ".expires END"
}

// clock returns the time that leases are measured by, in Unix milliseconds, as a
// statement writes it.
func (s *Store) clock() string {
	if s.d.now == "" {
		return strconv.FormatInt(s.now().UnixMilli(), 10)
	}
	return s.d.now
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
	names, err := collect(ctx, s.r, single[string], `SELECT name FROM leases WHERE name >= ? AND name < ? AND expires > `+s.clock()+` ORDER BY name`,
		beginning, beginning+"\U0010FFFF")
	if err != nil {
		return nil, fmt.Errorf("read who holds what: %w", err)
	}
	return names, nil
}
