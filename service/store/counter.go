package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Counter is a number that only grows. All processes add to the same.
type Counter struct {
	Name   string // what is counted
	Label  string // of what; empty: of all
	Amount int64  // at least 0
}

// longestCounter bounds a counter's name and its label, in bytes.
const longestCounter = 64

// AddCounters adds to each counter. Its label is cut where it is too long.
// ErrInvalid: a name that is empty or too long, or an amount below 0.
func (s *Store) AddCounters(ctx context.Context, counters []Counter) error {
	counters = slices.Clone(counters)
	for i, c := range counters {
		if c.Name == "" || len(c.Name) > longestCounter || c.Amount < 0 {
			return fmt.Errorf("count %.70q %d: %w", c.Name, c.Amount, ErrInvalid)
		}
		counters[i].Label = clip(c.Label, longestCounter)
	}
	// In one order for all, so that no two processes wait for each other.
	slices.SortFunc(counters, func(a, b Counter) int {
		return strings.Compare(a.Name+"\x00"+a.Label, b.Name+"\x00"+b.Label)
	})
	rows := make([][]any, len(counters))
	for i, c := range counters {
		rows[i] = []any{c.Name, c.Label, c.Amount}
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		return s.insertAll(ctx, tx, "counters", []string{"name", "label"}, []string{"amount"},
			"amount = counters.amount + "+s.d.given("amount"), rows)
	})
	if err != nil {
		return fmt.Errorf("add to the counters: %w", err)
	}
	return nil
}

// mostCounters bounds what Counters returns: wikis by three kinds of counts, and more.
const mostCounters = 20_000

// Counters returns every counter, by name, then label.
func (s *Store) Counters(ctx context.Context) ([]Counter, error) {
	list, err := collect(ctx, s.r, func(row scanner) (Counter, error) {
		var c Counter
		if err := row.Scan(&c.Name, &c.Label, &c.Amount); err != nil {
			return c, err
		}
		return c, nil
	}, `SELECT name, label, amount FROM counters ORDER BY name, label LIMIT ?`, mostCounters)
	if err != nil {
		return nil, fmt.Errorf("read the counters: %w", err)
	}
	return list, nil
}
