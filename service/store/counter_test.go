package store

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestCounters(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		if list, err := s.Counters(ctx); err != nil || len(list) != 0 {
			t.Errorf("a new database counts %v (%v)", list, err)
		}
		long := strings.Repeat("é", 40)
		var adders sync.WaitGroup
		for range 10 {
			adders.Go(func() {
				if err := s.AddCounters(ctx, []Counter{{"requests", "enwiki", 3}, {"requests", "dewiki", 1}, {"runs", "", 1}, {"requests", long, 1}}); err != nil {
					t.Error(err)
				}
			})
		}
		adders.Wait()
		want := []Counter{{"requests", "dewiki", 10}, {"requests", "enwiki", 30}, {"requests", strings.Repeat("é", 32), 10}, {"runs", "", 10}}
		if list, err := s.Counters(ctx); err != nil || !slices.Equal(list, want) {
			t.Errorf("%v (%v), want %v", list, err, want)
		}
		for _, wrong := range []Counter{{"", "x", 1}, {strings.Repeat("n", 65), "x", 1}, {"requests", "enwiki", -1}} {
			if err := s.AddCounters(ctx, []Counter{{"runs", "", 1}, wrong}); !errors.Is(err, ErrInvalid) {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
		if list, err := s.Counters(ctx); err != nil || !slices.Equal(list, want) {
			t.Errorf("after what was refused: %v (%v)", list, err)
		}
	})
}
