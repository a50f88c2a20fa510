package store

import (
	"context"
	"fmt"
)

// SaveTracker remembers that a person asked for a campaign. sub is the
// account's id as the farm's OAuth gives it; no name is kept.
func (s *Store) SaveTracker(ctx context.Context, farm, sub, campaign string) error {
	_, err := s.w.ExecContext(ctx, s.insert("trackers", []string{"farm", "sub", "campaign"}, []string{"since"}, nil),
		farm, sub, campaign, s.now().Unix())
	if err != nil {
		return fmt.Errorf("remember who tracks %.100q: %w", campaign, err)
	}
	return nil
}

// mostTracked bounds what TrackedBy returns.
const mostTracked = 1000

// TrackedBy returns the ids of the campaigns that a person asked for, the
// latest first, at most 1,000.
func (s *Store) TrackedBy(ctx context.Context, farm, sub string) ([]string, error) {
	ids, err := collect(ctx, s.r, single[string], `SELECT campaign FROM trackers WHERE farm = ? AND sub = ? ORDER BY since DESC, campaign LIMIT ?`,
		farm, sub, mostTracked)
	if err != nil {
		return nil, fmt.Errorf("read what a person tracks: %w", err)
	}
	return ids, nil
}

// Tracks reports whether a person asked for a campaign.
func (s *Store) Tracks(ctx context.Context, farm, sub, campaign string) (bool, error) {
	var n int
	err := s.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM trackers WHERE farm = ? AND sub = ? AND campaign = ?`, farm, sub, campaign).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read who tracks %.100q: %w", campaign, err)
	}
	return n > 0, nil
}
