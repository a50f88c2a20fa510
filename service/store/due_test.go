package store

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// due returns the numbers of the campaigns that are due.
func due(tb testing.TB, s *Store, now time.Time, interval time.Duration) []string {
	tb.Helper()
	var ids []string
	for c, err := range s.Due(tb.Context(), now, interval) {
		must(tb, err)
		ids = append(ids, c.ID)
	}
	return ids
}

// refreshed saves that a campaign was read at a time.
func refreshed(tb testing.TB, s *Store, id string, at time.Time) {
	tb.Helper()
	_, err := s.EndRefresh(tb.Context(), id, at, nil, "")
	must(tb, err)
}

func TestDue(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		if _, ok, err := s.NextDue(ctx, day); err != nil || ok {
			t.Errorf("something is due where nothing is tracked (%v)", err)
		}
		for n := range 4 {
			_, err := s.SaveCampaign(ctx, campaign(n+1))
			must(t, err)
		}
		last := end.Add(dailyAfter) // the campaigns' last day at the daily rhythm
		refreshed(t, s, "metawiki-1", last.Add(-day))
		refreshed(t, s, "metawiki-2", last.Add(-2*day))
		must(t, s.Freeze(ctx, "metawiki-3", "deleted"))
		for _, tc := range []struct {
			now  time.Time
			want []string
		}{
			{last.Add(-2 * day), []string{"metawiki-4"}}, // never read
			{last.Add(-day - day/10 - time.Second), []string{"metawiki-4"}},
			{last.Add(-day - day/10), []string{"metawiki-4", "metawiki-2"}}, // 0.9 days after it was
			{last.Add(-day / 10), []string{"metawiki-4", "metawiki-2", "metawiki-1"}},
			{last.Add(100 * day), []string{"metawiki-4", "metawiki-2", "metawiki-1"}},
		} {
			if got := due(t, s, tc.now, day); !slices.Equal(got, tc.want) {
				t.Errorf("at %s: %v, want %v", tc.now, got, tc.want)
			}
		}
		if at, ok, err := s.NextDue(ctx, day); err != nil || !ok || at.After(start) {
			t.Errorf("the next is due at %s, %v (%v): one was never read", at, ok, err)
		}

		// After its last day a campaign is refreshed every 30.
		for _, id := range []string{"metawiki-1", "metawiki-2", "metawiki-4"} {
			refreshed(t, s, id, last)
		}
		monthly := last.Add(month - day/10)
		if got := due(t, s, monthly.Add(-time.Second), day); len(got) != 0 {
			t.Errorf("%v is due before its month is over", got)
		}
		if at, ok, err := s.NextDue(ctx, day); err != nil || !ok || !at.Equal(monthly) {
			t.Errorf("the next is due at %s, %v (%v), want %s", at, ok, err, monthly)
		}
		if got := due(t, s, monthly, day); !slices.Equal(got, []string{"metawiki-1", "metawiki-2", "metawiki-4"}) {
			t.Errorf("%v", got)
		}
	})
}

// A campaign and the database say the same of when it is due.
func TestDueIsOneRule(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		_, err := s.SaveCampaign(t.Context(), campaign(1))
		must(t, err)
		for _, interval := range []time.Duration{time.Hour, 6 * time.Hour, day, 40 * day} {
			for hours := -30; hours < 500*24; hours += 191 {
				refreshed(t, s, "metawiki-1", end.Add(time.Duration(hours)*time.Hour))
				c, err := s.Campaign(t.Context(), "metawiki-1")
				must(t, err)
				at, never := c.NextDue(interval)
				next, ok, err := s.NextDue(t.Context(), interval)
				must(t, err)
				if never || !ok || !next.Equal(at) {
					t.Fatalf("every %s, read at %s: the campaign says %s, the database %s, %v", interval, c.Refreshed, at, next, ok)
				}
				before, then := due(t, s, at.Add(-time.Second), interval), due(t, s, at, interval)
				if len(before) != 0 || len(then) != 1 {
					t.Fatalf("every %s, read at %s, due at %s: %d a second before, %d then", interval, c.Refreshed, at, len(before), len(then))
				}
			}
		}
	})
}

// A daily run at a fixed time, whose readings each end a little after it, finds
// every campaign each day; and no campaign twice while it goes.
func TestDueDayByDay(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		const campaigns = 3*dueRows + 7
		for n := range campaigns {
			_, err := s.SaveCampaign(t.Context(), campaign(n))
			must(t, err)
		}
		began := end.Add(30 * day)
		for d := range 3 {
			seen := map[string]bool{}
			now := began.Add(time.Duration(d) * day)
			for c, err := range s.Due(t.Context(), now, day) {
				must(t, err)
				if seen[c.ID] {
					t.Fatalf("day %d: %s twice", d, c.ID)
				}
				seen[c.ID] = true
				refreshed(t, s, c.ID, now.Add(time.Duration(len(seen)*20)*time.Second))
			}
			if len(seen) != campaigns {
				t.Errorf("day %d: %d campaigns, want %d", d, len(seen), campaigns)
			}
		}
	})
}

func ExampleCampaign_NextDue() {
	c := campaign(1)
	c.Refreshed = c.End.Add(100 * day)
	at, _ := c.NextDue(24 * time.Hour)
	fmt.Println(at.Sub(c.Refreshed))
	c.Refreshed = c.End.Add(400 * day)
	at, _ = c.NextDue(24 * time.Hour)
	fmt.Println(at.Sub(c.Refreshed))
	// Output:
	// 21h36m0s
	// 717h36m0s
}
