package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Reading says when a campaign's source was last read to its end, and what in
// it was not counted.
type Reading struct {
	At      time.Time      // zero: never
	LeftOut map[string]int // by reason
}

// SaveReading keeps a reading of a campaign's source in place of the one before.
func (s *Store) SaveReading(ctx context.Context, id string, r Reading) error {
	leftOut, err := json.Marshal(r.LeftOut)
	if err != nil {
		return fmt.Errorf("save what a source left out: %w", err)
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		columns := []string{"read_at", "left_out"}
		_, err := tx.ExecContext(ctx, s.insert("source_readings", []string{"campaign"}, columns, columns), id, unix(r.At), string(leftOut))
		return err
	})
	if err != nil {
		return fmt.Errorf("save what a source left out: %w", err)
	}
	return nil
}

// Reading returns the last reading of a campaign's source; the zero Reading
// where there was none.
func (s *Store) Reading(ctx context.Context, id string) (Reading, error) {
	var r Reading
	var at int64
	var leftOut string
	err := s.r.QueryRowContext(ctx, `SELECT read_at, left_out FROM source_readings WHERE campaign = ?`, id).Scan(&at, &leftOut)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return r, nil
	case err != nil:
		return r, fmt.Errorf("read what a source left out: %w", err)
	}
	r.At = instant(at)
	if err := json.Unmarshal([]byte(leftOut), &r.LeftOut); err != nil {
		return r, fmt.Errorf("read what a source left out: %w: %w", ErrFormat, err)
	}
	return r, nil
}
