package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// maxSlots bounds the slots of a wiki.
const maxSlots = 100

// TakeSlot takes one of a wiki's n slots (1 … 100) for a time, so that all workers
// together have at most n requests in flight to it: hold one for a batch of
// requests, send them one after another, and take it again (which makes it longer)
// well before ttl is over. wiki is any name that all workers call it by, such as
// its host. A holder has one slot of a wiki; whoever wants two is two holders.
// ErrBusy: all n are taken.
func (s *Store) TakeSlot(ctx context.Context, wiki, holder string, n int, ttl time.Duration) error {
	_, err := s.TakeAnySlot(ctx, []string{wiki}, holder, n, ttl)
	return err
}

// TakeAnySlot is TakeSlot for the first of several wikis that has a slot free. It
// returns that wiki's place among them; with an error other than ErrBusy, the place
// of the one that may have been taken all the same. ErrBusy: none has a slot free.
func (s *Store) TakeAnySlot(ctx context.Context, wikis []string, holder string, n int, ttl time.Duration) (int, error) {
	if n < 1 || n > maxSlots || len(wikis) == 0 || slices.Contains(wikis, "") || holder == "" {
		return 0, fmt.Errorf("take one of %d slots of %.100q for %q: 1 … %d, with names: %w", n, wikis, holder, maxSlots, ErrInvalid)
	}
	taken, err := s.takenSlots(ctx, wikis)
	if err != nil {
		return 0, fmt.Errorf("a slot of %s: %w", wikis[0], err)
	}
	for i, wiki := range wikis {
		has, err := s.takeSlot(ctx, wiki, holder, worthClaiming(taken[wiki], holder, n), ttl)
		if err != nil {
			return i, fmt.Errorf("a slot of %s: %w", wiki, err)
		}
		if has {
			return i, nil
		}
	}
	return 0, fmt.Errorf("a slot of %s, or of %d others: %w", wikis[0], len(wikis)-1, ErrBusy)
}

// takenSlots returns who holds which slots of wikis now.
func (s *Store) takenSlots(ctx context.Context, wikis []string) (map[string]map[int]string, error) {
	type slot struct {
		wiki, holder string
		number       int
	}
	// All that are taken are few beside all wikis of a farm.
	one, args := "", []any(nil)
	if len(wikis) == 1 {
		one, args = "wiki = ? AND ", []any{wikis[0]}
	}
	slots, err := collect(ctx, s.w, func(row scanner) (l slot, err error) {
		err = row.Scan(&l.wiki, &l.number, &l.holder)
		return l, err
	}, `SELECT wiki, slot, holder FROM slot_leases WHERE `+one+`expires > `+s.clock(), args...)
	taken := map[string]map[int]string{}
	for _, l := range slots {
		if taken[l.wiki] == nil {
			taken[l.wiki] = map[int]string{}
		}
		taken[l.wiki][l.number] = l.holder
	}
	return taken, err
}

// worthClaiming returns a wiki's slots that a holder may get: its own alone, or
// those that seem free, in order.
func worthClaiming(taken map[int]string, holder string, n int) []int {
	var free []int
	for slot := range n {
		switch has, ok := taken[slot]; {
		case !ok:
			free = append(free, slot)
		case has == holder:
			return []int{slot}
		}
	}
	return free
}

// takeSlot claims slots of a wiki in order until the holder has one.
func (s *Store) takeSlot(ctx context.Context, wiki, holder string, order []int, ttl time.Duration) (bool, error) {
	for _, slot := range order {
		if _, err := s.w.ExecContext(ctx, s.claim("slot_leases", []string{"wiki", "slot"}, 1, s.clock(), ttl), wiki, slot, holder); err != nil {
			return false, err
		}
		var has string
		err := s.w.QueryRowContext(ctx, `SELECT holder FROM slot_leases WHERE wiki = ? AND slot = ? AND expires > `+s.clock(), wiki, slot).Scan(&has)
		// No row: another had it and has just given it back, or it took longer than ttl to take it.
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return false, err
		}
		if has == holder {
			return true, nil
		}
	}
	return false, nil
}

// ReleaseSlot gives a holder's slot of a wiki back. It is no error if it was lost.
func (s *Store) ReleaseSlot(ctx context.Context, wiki, holder string) error {
	if _, err := s.w.ExecContext(ctx, `DELETE FROM slot_leases WHERE wiki = ? AND holder = ?`, wiki, holder); err != nil {
		return fmt.Errorf("release a slot of %s: %w", wiki, err)
	}
	return nil
}
