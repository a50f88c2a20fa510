package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// leasesTable is made before any migration, which happens under a lease.
const leasesTable = `CREATE TABLE IF NOT EXISTS leases (
    name    VARCHAR(191) NOT NULL PRIMARY KEY,
    holder  VARCHAR(191) NOT NULL,
    expires BIGINT       NOT NULL
) /*! ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin */`

// Lease takes the lease of that name for a time, or makes it longer for the
// holder who has it. ErrBusy: another holds it. A holder that says nothing more
// loses it when it ends.
func (s *Store) Lease(ctx context.Context, name, holder string, ttl time.Duration) error {
	now := s.now()
	err := s.write(ctx, func(tx *sql.Tx) error {
		expires := now.Add(ttl).Unix()
		res, err := tx.ExecContext(ctx, `UPDATE leases SET holder = ?, expires = ? WHERE name = ? AND (holder = ? OR expires <= ?)`,
			holder, expires, name, holder, now.Unix())
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		res, err = tx.ExecContext(ctx, s.insert("leases", []string{"name"}, []string{"holder", "expires"}, nil), name, holder, expires)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n > 0 {
			return err
		}
		var until int64
		if err := tx.QueryRowContext(ctx, `SELECT expires FROM leases WHERE name = ?`, name).Scan(&until); err != nil {
			return err
		}
		return fmt.Errorf("%w, until %s at most", ErrBusy, instant(until).Format(time.TimeOnly))
	})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Release gives a lease back. It is no error if the holder has lost it.
func (s *Store) Release(ctx context.Context, name, holder string) error {
	if _, err := s.w.ExecContext(ctx, `DELETE FROM leases WHERE name = ? AND holder = ?`, name, holder); err != nil {
		return fmt.Errorf("release %s: %w", name, err)
	}
	return nil
}

const (
	migrationTTL  = time.Minute
	migrationWait = 200 * time.Millisecond
)

// lockMigrations waits until no other process migrates the database.
func (s *Store) lockMigrations(ctx context.Context) (unlock func() error, err error) {
	if _, err := s.w.ExecContext(ctx, leasesTable); err != nil {
		return nil, err
	}
	holder := rand.Text()
	for {
		err := s.Lease(ctx, "migrations", holder, migrationTTL)
		if err == nil {
			return func() error { return s.Release(context.WithoutCancel(ctx), "migrations", holder) }, nil
		}
		if !errors.Is(err, ErrBusy) {
			return nil, err
		}
		if stopped := pause(ctx, migrationWait); stopped != nil {
			return nil, errors.Join(err, stopped)
		}
	}
}
