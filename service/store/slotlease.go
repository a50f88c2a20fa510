package store

import (
	"context"
	"database/sql"
	"fmt"
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
	if n < 1 || n > maxSlots || wiki == "" || holder == "" {
		return fmt.Errorf("take one of %d slots of %q for %q: 1 … %d, with names: %w", n, wiki, holder, maxSlots, ErrInvalid)
	}
	err := s.writeLeases(ctx, func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		order, err := slotOrder(ctx, tx, wiki, holder, n, now)
		if err != nil {
			return err
		}
		for _, slot := range order {
			if _, err := tx.ExecContext(ctx, s.claim("slot_leases", []string{"wiki", "slot"}, 1),
				wiki, slot, holder, now+ttl.Milliseconds(), now, now); err != nil {
				return err
			}
			var has string
			if err := tx.QueryRowContext(ctx, `SELECT holder FROM slot_leases WHERE wiki = ? AND slot = ? /*! FOR UPDATE */`, wiki, slot).Scan(&has); err != nil {
				return err
			}
			if has == holder {
				return nil
			}
		}
		return ErrBusy
	})
	if err != nil {
		return fmt.Errorf("a slot of %s: %w", wiki, err)
	}
	return nil
}

// slotOrder returns the slots worth claiming: the holder's own alone, or those
// that seem free, in order.
func slotOrder(ctx context.Context, tx *sql.Tx, wiki, holder string, n int, now int64) ([]int, error) {
	rows, err := tx.QueryContext(ctx, `SELECT slot, holder, expires FROM slot_leases WHERE wiki = ?`, wiki)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	taken := make([]bool, n)
	for rows.Next() {
		var slot int
		var has string
		var until int64
		if err := rows.Scan(&slot, &has, &until); err != nil {
			return nil, err
		}
		switch {
		case slot >= n: // from when there were more
		case has == holder && until > now:
			return []int{slot}, rows.Close()
		case until > now:
			taken[slot] = true
		}
	}
	var free []int
	for slot, t := range taken {
		if !t {
			free = append(free, slot)
		}
	}
	return free, rows.Err()
}

// ReleaseSlot gives a holder's slot of a wiki back. It is no error if it was lost.
func (s *Store) ReleaseSlot(ctx context.Context, wiki, holder string) error {
	if _, err := s.w.ExecContext(ctx, `DELETE FROM slot_leases WHERE wiki = ? AND holder = ?`, wiki, holder); err != nil {
		return fmt.Errorf("release a slot of %s: %w", wiki, err)
	}
	return nil
}

// BusySlots returns the wikis whose n slots are all taken.
func (s *Store) BusySlots(ctx context.Context, n int) (map[string]bool, error) {
	now, args := s.d.now, []any{}
	if now == "" {
		now, args = "?", append(args, s.now().UnixMilli())
	}
	busy, err := set[string](ctx, s.r, `SELECT wiki FROM slot_leases WHERE expires > `+now+` GROUP BY wiki HAVING COUNT(*) >= ?`, append(args, n)...)
	if err != nil {
		return nil, fmt.Errorf("read which wikis are busy: %w", err)
	}
	return busy, nil
}
