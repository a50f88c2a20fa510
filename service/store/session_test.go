package store

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestSessions: a session is there until it ends, expires or is replaced.
func TestSessions(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, c *clock) {
		ctx := t.Context()
		if _, err := s.Session(ctx, "a"); !errors.Is(err, ErrNotFound) {
			t.Errorf("no session: %v", err)
		}
		binary := []byte{0, 255, '\'', 0xc3, 0x28}
		must(t, s.SaveSession(ctx, "a", []byte("old"), c.now().Add(time.Hour)))
		must(t, s.SaveSession(ctx, "a", binary, c.now().Add(2*time.Hour)))
		must(t, s.SaveSession(ctx, "b", []byte("b"), c.now().Add(time.Hour)))
		must(t, s.SaveSession(ctx, "A", []byte("another"), c.now().Add(time.Hour)))
		if got, err := s.Session(ctx, "a"); err != nil || string(got) != string(binary) {
			t.Errorf("%q, %v", got, err)
		}
		c.t = c.t.Add(time.Hour)
		if _, err := s.Session(ctx, "b"); !errors.Is(err, ErrNotFound) {
			t.Errorf("an expired session: %v", err)
		}
		must(t, s.DeleteExpiredSessions(ctx))
		var left int
		must(t, s.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM sessions`).Scan(&left))
		if left != 1 {
			t.Errorf("%d sessions are left", left)
		}
		must(t, s.DeleteSession(ctx, "a"))
		must(t, s.DeleteSession(ctx, "a"))
		if _, err := s.Session(ctx, "a"); !errors.Is(err, ErrNotFound) {
			t.Errorf("an ended session: %v", err)
		}
		err := s.SaveSession(ctx, "secret-id", []byte(strings.Repeat("x", maxSession+1)), c.now().Add(time.Hour))
		if !errors.Is(err, ErrInvalid) || strings.Contains(err.Error(), "secret-id") {
			t.Errorf("too large: %v", err)
		}
	})
}

// TestTrackers: who asked for a campaign is known by farm and id, the latest
// first, and goes with the campaign.
func TestTrackers(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, c *clock) {
		ctx := t.Context()
		for n := range 3 {
			_, err := s.SaveCampaign(ctx, campaign(n+1))
			must(t, err)
			must(t, s.SaveTracker(ctx, "farm", "7", campaign(n+1).ID))
			c.t = c.t.Add(time.Minute)
		}
		must(t, s.SaveTracker(ctx, "farm", "7", "metawiki-1")) // again: nothing changes
		must(t, s.SaveTracker(ctx, "elsewhere", "7", "metawiki-1"))
		ids, err := s.TrackedBy(ctx, "farm", "7")
		if err != nil || strings.Join(ids, " ") != "metawiki-3 metawiki-2 metawiki-1" {
			t.Errorf("%v, %v", ids, err)
		}
		for _, x := range []struct {
			farm, sub, id string
			want          bool
		}{{"farm", "7", "metawiki-2", true}, {"elsewhere", "7", "metawiki-2", false}, {"farm", "70", "metawiki-2", false}, {"farm", "7", "metawiki-9", false}} {
			if got, err := s.Tracks(ctx, x.farm, x.sub, x.id); err != nil || got != x.want {
				t.Errorf("%+v: %v, %v", x, got, err)
			}
		}
		must(t, s.DeleteCampaign(ctx, "metawiki-2"))
		if ids, err = s.TrackedBy(ctx, "farm", "7"); err != nil || len(ids) != 2 {
			t.Errorf("after deleting: %v, %v", ids, err)
		}
		if err := s.SaveTracker(ctx, "farm", "7", "metawiki-2"); err == nil {
			t.Error("a campaign that is not there was tracked")
		}
	})
}
