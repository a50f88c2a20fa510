package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// maxTaken bounds the accounts of one TakePairs.
const maxTaken = 500

// TakePairs takes the lease on reading accounts on a wiki, and returns those that
// nobody else holds, in order: the caller reads them now, and the others' readings
// are somebody else's. A second call of the same holder makes the lease longer. It
// ends by itself after ttl, and whoever asks next takes over. One transaction of
// two statements for up to 500 accounts; ErrInvalid: more, or no holder.
func (s *Store) TakePairs(ctx context.Context, farm, wiki string, accounts []int64, holder string, ttl time.Duration) (taken []int64, err error) {
	// In order, so that two workers wait for each other and never in a circle.
	accounts = slices.Compact(slices.Sorted(slices.Values(accounts)))
	if len(accounts) == 0 {
		return nil, nil
	}
	if len(accounts) > maxTaken || holder == "" {
		return nil, fmt.Errorf("take %d accounts on %s for %q: at most %d, and a holder: %w", len(accounts), wiki, holder, maxTaken, ErrInvalid)
	}
	err = s.writeLeases(ctx, func(tx *sql.Tx) error {
		now, err := s.clock(ctx, tx)
		if err != nil {
			return err
		}
		var args []any
		for _, a := range accounts {
			args = append(args, farm, a, wiki, holder, now+ttl.Milliseconds())
		}
		if _, err := tx.ExecContext(ctx, s.claim("pair_leases", []string{"farm", "account", "wiki"}, len(accounts)), append(args, now, now)...); err != nil {
			return err
		}
		taken, err = heldPairs(ctx, tx, farm, wiki, accounts, holder)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("take people on %s: %w", wiki, err)
	}
	return taken, nil
}

func heldPairs(ctx context.Context, tx *sql.Tx, farm, wiki string, accounts []int64, holder string) ([]int64, error) {
	in, args := among(accounts)
	return collect(ctx, tx, single[int64], `SELECT account FROM pair_leases WHERE farm = ? AND account IN (`+in+`) AND wiki = ? AND holder = ?
		ORDER BY account`, append(append([]any{farm}, args...), wiki, holder)...)
}

// ReleasePairs gives accounts on a wiki back. Those that the holder has lost stay
// with whoever has them now.
func (s *Store) ReleasePairs(ctx context.Context, farm, wiki string, accounts []int64, holder string) error {
	for some := range slices.Chunk(accounts, maxTaken) {
		in, args := among(some)
		err := s.writeLeases(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM pair_leases WHERE farm = ? AND account IN (`+in+`) AND wiki = ? AND holder = ?`, //nolint:gosec // question marks
				append(append([]any{farm}, args...), wiki, holder)...)
			return err
		})
		if err != nil {
			return fmt.Errorf("release people on %s: %w", wiki, err)
		}
	}
	return nil
}
