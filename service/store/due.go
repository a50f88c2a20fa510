package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"time"
)

// How long a campaign is refreshed at the short interval, and the long interval
// after that. A month of the figures has 30 days: docs/metrics.md.
const (
	month       = 30 * 24 * time.Hour
	dailyAfter  = 12*month + month // its end: until 30 days after the last mark
	lateRefresh = month
)

// slack is how much earlier than its interval a campaign counts as due. A run
// that cron starts each day at the same time must find those that the run before
// reached last, some minutes after it began.
func slack(interval time.Duration) time.Duration { return interval / 10 }

// NextDue returns when the campaign is to be refreshed next: an interval (a day,
// usually) after it was last, until 30 days after its mark of twelve months, then
// every 30 days; less a tenth of the interval, see Due. It is the zero time for
// one never refreshed, which is due at once. never: its figures are frozen.
func (c Campaign) NextDue(interval time.Duration) (at time.Time, never bool) {
	if c.Frozen != "" || c.Refreshed.IsZero() {
		return time.Time{}, c.Frozen != ""
	}
	early := slack(interval)
	if at = c.Refreshed.Add(interval - early); at.Before(c.End.Add(dailyAfter)) {
		return at, false
	}
	return c.Refreshed.Add(max(interval, lateRefresh) - early), false
}

// dueWindow is the condition that a campaign is due, with its arguments.
func dueWindow(now time.Time, interval time.Duration) (where string, args []any) {
	early := slack(interval)
	daily, late := now.Add(early-interval), now.Add(early-max(interval, lateRefresh))
	return `frozen = '' AND (refreshed = 0 OR refreshed <= ? OR (refreshed <= ? AND refreshed < ends - ?))`,
		[]any{late.Unix(), daily.Unix(), int64((interval - early - dailyAfter) / time.Second)}
}

// dueRows is how many campaigns are read at once.
const dueRows = 100

// Due returns the campaigns that are to be refreshed now, the oldest refreshed
// first, those never refreshed before all. See Campaign.NextDue. It reads in
// pages, so any number may come; what is refreshed meanwhile does not come again.
func (s *Store) Due(ctx context.Context, now time.Time, interval time.Duration) iter.Seq2[Campaign, error] {
	return func(yield func(Campaign, error) bool) {
		refreshed, id := int64(-1), ""
		for {
			page, err := s.duePage(ctx, now, interval, refreshed, id)
			if err != nil {
				yield(Campaign{}, fmt.Errorf("read what is due: %w", err))
				return
			}
			for _, c := range page {
				if !yield(c, nil) {
					return
				}
			}
			if len(page) < dueRows {
				return
			}
			last := page[len(page)-1]
			refreshed, id = unix(last.Refreshed), last.ID
		}
	}
}

func (s *Store) duePage(ctx context.Context, now time.Time, interval time.Duration, refreshed int64, id string) ([]Campaign, error) {
	where, args := dueWindow(now, interval)
	return collect(ctx, s.r, scanCampaign, `SELECT `+campaignColumns+` FROM campaigns WHERE `+where+` AND (refreshed > ? OR (refreshed = ? AND id > ?))
		ORDER BY refreshed, id LIMIT ?`, append(args, refreshed, refreshed, id, dueRows)...)
}

// NextDue returns when the next campaign is due: a time that has passed if one is
// now. ok is false if none ever is.
func (s *Store) NextDue(ctx context.Context, interval time.Duration) (at time.Time, ok bool, err error) {
	early := slack(interval)
	short := int64((interval - early) / time.Second)
	long := int64((max(interval, lateRefresh) - early) / time.Second)
	var next sql.NullInt64
	err = s.r.QueryRowContext(ctx, `SELECT MIN(CASE WHEN refreshed = 0 THEN 0 WHEN refreshed + ? < ends + ? THEN refreshed + ? ELSE refreshed + ? END)
		FROM campaigns WHERE frozen = ''`, short, int64(dailyAfter/time.Second), short, long).Scan(&next)
	if err != nil {
		return time.Time{}, false, fmt.Errorf("read what is due next: %w", err)
	}
	return instant(next.Int64), next.Valid, nil
}
