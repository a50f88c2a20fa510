package store

import (
	"testing"
	"time"

	"afterglow/retention"
)

func TestOverview(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, c *clock) {
		ctx := t.Context()
		if o, err := s.Overview(ctx, testNow); err != nil || len(o.Buckets) != 0 || o.Jobs[Queued] != 0 {
			t.Errorf("an empty database: %+v (%v)", o, err)
		}
		old := campaign(4)
		old.Start, old.End = start.AddDate(-3, 0, 0), end.AddDate(-3, 0, 0)
		for _, campaign := range []Campaign{campaign(1), campaign(2), campaign(3), old, campaign(5)} {
			_, err := s.SaveCampaign(ctx, campaign)
			must(t, err)
		}
		refreshed(t, s, "metawiki-1", testNow.Add(-3*time.Hour))
		refreshed(t, s, "metawiki-2", testNow.Add(-50*time.Hour))
		must(t, s.FailRefresh(ctx, "metawiki-2", "503"))
		refreshed(t, s, "metawiki-4", testNow.Add(-20*day))
		refreshed(t, s, "metawiki-5", testNow.Add(-100*day))
		must(t, s.Freeze(ctx, "metawiki-5", "deleted"))
		_, err := s.CreateJob(ctx, "metawiki-3")
		must(t, err)
		o, err := s.Overview(ctx, testNow)
		must(t, err)
		want := map[string]Bucket{
			BucketNew: {Campaigns: 1}, BucketDaily: {2, 1, 50 * time.Hour}, BucketMonthly: {1, 0, 20 * day}, BucketFrozen: {Campaigns: 1},
		}
		for _, name := range Buckets() {
			if o.Buckets[name] != want[name] {
				t.Errorf("%s: %+v, want %+v", name, o.Buckets[name], want[name])
			}
		}
		if o.Jobs[Queued] != 1 || o.Jobs[Running] != 0 {
			t.Errorf("jobs %v", o.Jobs)
		}
	})
}

// TestBucketsAreTheSchedule: a bucket is what NextDue makes of a campaign.
func TestBucketsAreTheSchedule(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		for i, ago := range []time.Duration{day, 12 * month, 13*month - day, 13*month + 2*day, 40 * month} {
			c := campaign(1)
			c.Start, c.End = testNow.Add(-ago-day), testNow.Add(-ago)
			c.Campaign = retention.Campaign{ID: c.ID, Title: c.Title, Start: c.Start, End: c.End, Source: c.Source}
			_, err := s.SaveCampaign(ctx, c)
			must(t, err)
			refreshed(t, s, c.ID, testNow.Add(-time.Hour))
			saved, err := s.Campaign(ctx, c.ID)
			must(t, err)
			next, _ := saved.NextDue(day)
			want := BucketDaily
			if next.Sub(testNow) > 2*day {
				want = BucketMonthly
			}
			o, err := s.Overview(ctx, testNow)
			must(t, err)
			if o.Buckets[want].Campaigns != 1 {
				t.Errorf("%d: ended %s ago: %+v, want %s", i, ago, o.Buckets, want)
			}
		}
	})
}

func TestSchemaVersion(t *testing.T) {
	s := openTest(t, "sqlite::memory:", &clock{testNow})
	has, knows, err := s.SchemaVersion(t.Context())
	if err != nil || has != knows || knows < 5 {
		t.Errorf("%d of %d (%v)", has, knows, err)
	}
	p, err := s.provider()
	must(t, err)
	_, err = p.Down(t.Context())
	must(t, err)
	if behind, _, err := s.SchemaVersion(t.Context()); err != nil || behind >= knows {
		t.Errorf("after one step down: %d of %d (%v)", behind, knows, err)
	}
}
