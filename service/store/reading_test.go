package store

import (
	"maps"
	"testing"
	"time"
)

func TestReading(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		c := fill(t, s, campaign(1), testNow)
		r, err := s.Reading(t.Context(), c.ID)
		must(t, err)
		if !r.At.IsZero() || len(r.LeftOut) != 0 {
			t.Errorf("before the first: %+v", r)
		}
		for _, want := range []Reading{
			{At: testNow, LeftOut: map[string]int{"ip addresses": 2, "struck through": 1}},
			{At: testNow.Add(time.Hour), LeftOut: map[string]int{}},
		} {
			must(t, s.SaveReading(t.Context(), c.ID, want))
			if r, err = s.Reading(t.Context(), c.ID); err != nil || !r.At.Equal(want.At) || !maps.Equal(r.LeftOut, want.LeftOut) {
				t.Errorf("%+v, %v, want %+v", r, err, want)
			}
		}
		if err := s.SaveReading(t.Context(), "list-none", Reading{At: testNow}); err == nil {
			t.Error("a reading of no campaign is kept")
		}
		must(t, s.DeleteCampaign(t.Context(), c.ID))
		if r, err := s.Reading(t.Context(), c.ID); err != nil || !r.At.IsZero() {
			t.Errorf("after the campaign is deleted: %+v, %v", r, err)
		}
	})
}
