package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pressly/goose/v3"
)

// personal are the tables that hold something of people.
var personal = []string{"accounts", "account_wikis", "participants", "entries", "trackers", "sessions", "pair_leases"}

// Scrub rewrites what is stored, so that nothing of deleted rows is left in the
// files: SQLite and InnoDB only mark the space of a deleted row as free. It needs
// as much free space as the database has. On SQLite the write-ahead log is emptied
// too; ErrBusy: another process reads from it all the time, try again.
//
// https://www.sqlite.org/lang_vacuum.html, https://mariadb.com/kb/en/optimize-table/
func (s *Store) Scrub(ctx context.Context) error {
	scrub := s.vacuum
	if s.d.goose == goose.DialectMySQL {
		scrub = s.optimize
	}
	if err := scrub(ctx); err != nil {
		return fmt.Errorf("scrub the database: %w", err)
	}
	return nil
}

func (s *Store) vacuum(ctx context.Context) error {
	if _, err := s.w.ExecContext(ctx, `VACUUM`); err != nil {
		return err
	}
	const tries = 100
	for range tries {
		var busy, frames, moved int
		if err := s.w.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &moved); err != nil {
			return err
		}
		if busy == 0 {
			return nil
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("the write-ahead log could not be emptied: %w", ErrBusy)
}

func (s *Store) optimize(ctx context.Context) error {
	for _, table := range personal {
		if err := s.optimizeTable(ctx, table); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}

func (s *Store) optimizeTable(ctx context.Context, table string) error {
	rows, err := s.w.QueryContext(ctx, `OPTIMIZE TABLE `+table) //nolint:gosec // a name of this package
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, op, kind, text string
		if err := rows.Scan(&name, &op, &kind, &text); err != nil {
			return err
		}
		if kind == "error" {
			return errors.New(text)
		}
	}
	return rows.Err()
}
