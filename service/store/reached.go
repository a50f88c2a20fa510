package store

import (
	"context"
	"fmt"
	"time"
)

// Reached is a mark that a campaign has reached: there is a snapshot of it.
type Reached struct {
	Campaign, Title string
	Mark            int // in months
	// Start and End are the campaign's dates then.
	Start, End  time.Time
	AsOf, Saved time.Time
	Kind        string // of the snapshot that Body is from
	Body        []byte
}

// maxReached bounds what Reached returns.
const maxReached = 200

// Reached returns the marks that were reached last, at most limit (1 … 200), the
// latest first: of a campaign, or of all where it is empty. Of each it has one
// snapshot, of the given kind.
func (s *Store) Reached(ctx context.Context, campaign, kind string, limit int) ([]Reached, error) {
	if limit < 1 || limit > maxReached {
		return nil, fmt.Errorf("read the marks reached: limit %d is not 1 … %d: %w", limit, maxReached, ErrInvalid)
	}
	all, err := collect(ctx, s.r, func(row scanner) (Reached, error) {
		var m Reached
		var starts, ends, asOf, saved int64
		if err := row.Scan(&m.Campaign, &m.Title, &m.Mark, &starts, &ends, &asOf, &saved, &m.Kind, &m.Body); err != nil {
			return m, err
		}
		m.Start, m.End, m.AsOf, m.Saved = instant(starts), instant(ends), instant(asOf), instant(saved)
		return m, nil
	}, `SELECT s.campaign, c.title, s.mark, s.starts, s.ends, s.as_of, s.saved, s.kind, s.body
		FROM snapshots s JOIN campaigns c ON c.id = s.campaign
		WHERE s.kind = ? AND (? = '' OR s.campaign = ?)
		ORDER BY s.saved DESC, s.campaign, s.mark DESC, s.starts, s.ends LIMIT ?`, kind, campaign, campaign, limit)
	if err != nil {
		return nil, fmt.Errorf("read the marks reached: %w", err)
	}
	return all, nil
}
