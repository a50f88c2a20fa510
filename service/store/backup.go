package store

import (
	"context"
	"fmt"
	"os"

	"github.com/pressly/goose/v3"
)

// Backup writes the database as it is at this moment to a new SQLite file, that
// only its owner may read, while others read and write. It holds nothing of
// deleted rows. ErrExists: there is a file of that name. ErrInvalid: not SQLite.
//
// https://www.sqlite.org/lang_vacuum.html#vacuuminto
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.d.goose != goose.DialectSQLite3 {
		return fmt.Errorf("back up to %s: this is for SQLite; for MariaDB: mariadb-dump --single-transaction DATABASE: %w", path, ErrInvalid)
	}
	// SQLite writes into a file that is empty; made here it has our permissions.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the operator names the file
	if os.IsExist(err) {
		return fmt.Errorf("back up to %s: %w", path, ErrExists)
	}
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if _, err := s.r.ExecContext(ctx, `VACUUM INTO ?`, path); err != nil {
		os.Remove(path) //nolint:errcheck // half a copy is worth nothing
		return fmt.Errorf("back up to %s: %w", path, err)
	}
	return nil
}
