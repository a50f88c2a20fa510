package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Entry is one name of a list of participants.
type Entry struct {
	Position int64 // 0, 1, …
	Name     string
	Joined   time.Time // zero: unknown
	Account  int64     // 0: not resolved
}

// SaveEntries replaces a campaign's list of names. A name that was there before
// keeps the account it was resolved to. Names of people who are forgotten are left out.
func (s *Store) SaveEntries(ctx context.Context, id string, entries []Entry) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := lockCampaign(ctx, tx, id); err != nil {
			return err
		}
		farm, err := farmOf(ctx, tx, id)
		if err != nil {
			return err
		}
		gone, err := forgottenNames(ctx, tx, farm)
		if err != nil {
			return err
		}
		old, err := entriesOf(ctx, tx, id)
		if err != nil {
			return err
		}
		accounts := make(map[string]int64, len(old))
		for _, e := range old {
			accounts[e.Name] = e.Account
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM entries WHERE campaign = ?`, id); err != nil {
			return err
		}
		var rows [][]any
		for _, e := range entries {
			if len(gone) > 0 && gone[nameHash(e.Name)] {
				continue
			}
			rows = append(rows, []any{id, len(rows), e.Name, unix(e.Joined), accounts[e.Name]})
		}
		keys := []string{"campaign", "position"}
		if err := s.insertAll(ctx, tx, "entries", keys, []string{"name", "joined", "account"}, s.assignments("entries", keys, nil), rows); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE campaigns SET listed = 0, list_began = 0 WHERE id = ?`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("save a list: %w", err)
	}
	return nil
}

// Entries returns a campaign's list of names in its order.
func (s *Store) Entries(ctx context.Context, id string) ([]Entry, error) {
	entries, err := entriesOf(ctx, s.r, id)
	if err != nil {
		return nil, fmt.Errorf("read a list: %w", err)
	}
	return entries, nil
}

func entriesOf(ctx context.Context, q querier, id string) ([]Entry, error) {
	return collect(ctx, q, func(row scanner) (Entry, error) {
		var e Entry
		var joined int64
		if err := row.Scan(&e.Position, &e.Name, &joined, &e.Account); err != nil {
			return e, err
		}
		e.Joined = instant(joined)
		return e, nil
	}, `SELECT position, name, joined, account FROM entries WHERE campaign = ? ORDER BY position`, id)
}

// ResolveEntries saves which accounts names of a list belong to. A name that turns
// out to be that of somebody forgotten goes, and is kept out too.
func (s *Store) ResolveEntries(ctx context.Context, id string, entries []Entry) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		farm, err := farmOf(ctx, tx, id)
		if err != nil {
			return err
		}
		gone, err := forgottenOf(ctx, tx, farm)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if gone[e.Account] {
				if err := s.keepOut(ctx, tx, AccountKey{farm, e.Account}, e.Name); err != nil {
					return err
				}
				if _, err := tx.ExecContext(ctx, `DELETE FROM entries WHERE campaign = ? AND position = ?`, id, e.Position); err != nil {
					return err
				}
				continue
			}
			if _, err := tx.ExecContext(ctx, `UPDATE entries SET account = ? WHERE campaign = ? AND position = ?`, e.Account, id, e.Position); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save a list: %w", err)
	}
	return nil
}

// farmOf returns a campaign's farm.
func farmOf(ctx context.Context, tx *sql.Tx, id string) (farm string, err error) {
	err = tx.QueryRowContext(ctx, `SELECT farm FROM campaigns WHERE id = ?`, id).Scan(&farm)
	return farm, notFound(err, "campaign", id)
}
