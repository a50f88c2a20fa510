package store

import (
	"errors"
	"testing"
)

// TestReached: the latest first, of one campaign or of all, one for each mark,
// and a campaign that has reached one has a new revision.
func TestReached(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, clock *clock) {
		ctx := t.Context()
		a := fill(t, s, campaign(1), testNow, someone{id: 1})
		b := fill(t, s, campaign(2), testNow, someone{id: 1})
		for _, n := range []Snapshot{snapshot(a, 1), snapshot(b, 1), snapshot(a, 3)} {
			must(t, s.SaveSnapshot(ctx, n))
			clock.t = clock.t.Add(day)
		}
		other := snapshot(a, 3)
		other.Kind = "marks"
		must(t, s.SaveSnapshot(ctx, other))
		all, err := s.Reached(ctx, "", "retention", 200)
		must(t, err)
		if len(all) != 3 || all[0].Campaign != a.ID || all[0].Mark != 3 || all[1].Campaign != b.ID || all[2].Mark != 1 ||
			all[0].Title != a.Title || !all[0].End.Equal(a.End) || all[0].Saved.IsZero() || len(all[0].Body) == 0 {
			t.Errorf("%+v", all)
		}
		if one, err := s.Reached(ctx, b.ID, "retention", 200); err != nil || len(one) != 1 || one[0].Campaign != b.ID {
			t.Errorf("%+v %v", one, err)
		}
		if last, err := s.Reached(ctx, "", "retention", 1); err != nil || len(last) != 1 || last[0].Mark != 3 {
			t.Errorf("%+v %v", last, err)
		}
		if _, err := s.Reached(ctx, "", "retention", 0); !errors.Is(err, ErrInvalid) {
			t.Errorf("limit 0: %v", err)
		}
		if now, err := s.Campaign(ctx, a.ID); err != nil || now.Revision <= a.Revision {
			t.Errorf("a mark more, and no new revision: %d %v", now.Revision, err)
		}
	})
}
