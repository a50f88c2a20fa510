package store

import (
	"context"
	"fmt"
	"time"
)

// Buckets of campaigns by how often they are refreshed: see Campaign.NextDue.
const (
	BucketNew     = "new"     // never refreshed
	BucketDaily   = "daily"   // at the short interval
	BucketMonthly = "monthly" // long over
	BucketFrozen  = "frozen"  // never again
)

// Buckets returns every bucket of campaigns.
func Buckets() []string { return []string{BucketNew, BucketDaily, BucketMonthly, BucketFrozen} }

// Bucket is what is known of a bucket's campaigns together.
type Bucket struct {
	Campaigns int
	Failing   int           // whose last reading had an error
	Oldest    time.Duration // since the refresh that is longest ago; 0 where there is none
}

// Overview is a look at the whole database.
type Overview struct {
	Buckets map[string]Bucket // by Buckets; one without campaigns may be missing
	Jobs    map[JobState]int  // those that have not ended
}

// Overview returns what the database holds at a time.
func (s *Store) Overview(ctx context.Context, now time.Time) (Overview, error) {
	type bucket struct {
		name string
		Bucket
	}
	buckets, err := collect(ctx, s.r, func(row scanner) (b bucket, err error) {
		var oldest int64
		err = row.Scan(&b.name, &b.Campaigns, &b.Failing, &oldest)
		if oldest > 0 && b.name != BucketFrozen {
			b.Oldest = max(0, now.Sub(instant(oldest)))
		}
		return b, err
	}, `SELECT CASE WHEN frozen <> '' THEN ? WHEN refreshed = 0 THEN ? WHEN ends + ? > ? THEN ? ELSE ? END AS bucket,
		COUNT(*), SUM(CASE WHEN last_error <> '' THEN 1 ELSE 0 END), MIN(refreshed) FROM campaigns GROUP BY bucket`,
		BucketFrozen, BucketNew, int64(dailyAfter/time.Second), now.Unix(), BucketDaily, BucketMonthly)
	if err != nil {
		return Overview{}, fmt.Errorf("count the campaigns: %w", err)
	}
	jobs, err := table[JobState, int](ctx, s.r, `SELECT state, COUNT(*) FROM jobs WHERE state IN (?, ?) GROUP BY state`, Queued, Running)
	if err != nil {
		return Overview{}, fmt.Errorf("count the jobs: %w", err)
	}
	o := Overview{Buckets: map[string]Bucket{}, Jobs: map[JobState]int{Queued: jobs[Queued], Running: jobs[Running]}}
	for _, b := range buckets {
		o.Buckets[b.name] = b.Bucket
	}
	return o, nil
}
