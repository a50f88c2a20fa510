package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// maxTaken bounds the accounts of one TakePairs.
const maxTaken = 500

// TakePairs takes the lease on reading accounts on a wiki, and returns those that
// nobody else holds, in order: the caller reads them now, and the others' readings
// are somebody else's. A second call of the same holder makes the lease longer. It
// ends by itself after ttl, and whoever asks next takes over. Three statements for up
// to 500 accounts; ErrInvalid: more, or no holder.
func (s *Store) TakePairs(ctx context.Context, farm, wiki string, accounts []int64, holder string, ttl time.Duration) (taken []int64, err error) {
	// In order, so that two workers wait for each other and never in a circle.
	accounts = slices.Compact(slices.Sorted(slices.Values(accounts)))
	if len(accounts) == 0 {
		return nil, nil
	}
	if len(accounts) > maxTaken || holder == "" {
		return nil, fmt.Errorf("take %d accounts on %s for %q: at most %d, and a holder: %w", len(accounts), wiki, holder, maxTaken, ErrInvalid)
	}
	var rows []any
	for _, a := range accounts {
		rows = append(rows, farm, a, wiki, holder)
	}
	// One reading of the clock for all rows. It is not ahead when they are written.
	var now int64
	err = s.w.QueryRowContext(ctx, `SELECT `+s.clock()).Scan(&now)
	if err == nil {
		_, err = s.w.ExecContext(ctx, s.claim("pair_leases", pairKeys, len(accounts), strconv.FormatInt(now, 10), ttl), rows...)
	}
	if err == nil {
		in, args := among(accounts)
		taken, err = collect(ctx, s.w, single[int64], `SELECT account FROM pair_leases WHERE farm = ? AND account IN (`+in+`) AND wiki = ? AND holder = ?
			AND expires > `+s.clock()+` ORDER BY account`, append(append([]any{farm}, args...), wiki, holder)...)
	}
	if err != nil {
		return nil, fmt.Errorf("take people on %s: %w", wiki, err)
	}
	return taken, nil
}

// ReleasePairs gives accounts on a wiki back. Those that the holder has lost stay
// with whoever has them now.
func (s *Store) ReleasePairs(ctx context.Context, farm, wiki string, accounts []int64, holder string) error {
	for some := range slices.Chunk(accounts, maxTaken) {
		in, args := among(some)
		_, err := s.w.ExecContext(ctx, `DELETE FROM pair_leases WHERE farm = ? AND account IN (`+in+`) AND wiki = ? AND holder = ?`, //nolint:gosec // question marks
			append(append([]any{farm}, args...), wiki, holder)...)
		if err != nil {
			return fmt.Errorf("release people on %s: %w", wiki, err)
		}
	}
	return nil
}
