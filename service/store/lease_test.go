package store

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestLease(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, c *clock) {
		ctx := t.Context()
		must(t, s.Lease(ctx, "x", "one", time.Minute))
		if err := s.Lease(ctx, "x", "two", time.Minute); !errors.Is(err, ErrBusy) {
			t.Errorf("taken twice: %v", err)
		}
		must(t, s.Lease(ctx, "y", "two", time.Minute))
		c.t = c.t.Add(50 * time.Second)
		must(t, s.Lease(ctx, "x", "one", time.Minute)) // a heartbeat
		c.t = c.t.Add(50 * time.Second)
		if err := s.Lease(ctx, "x", "two", time.Minute); !errors.Is(err, ErrBusy) {
			t.Errorf("taken from one who is alive: %v", err)
		}
		must(t, s.Release(ctx, "x", "two")) // it is not theirs
		if err := s.Lease(ctx, "x", "two", time.Minute); !errors.Is(err, ErrBusy) {
			t.Errorf("released by another: %v", err)
		}
		c.t = c.t.Add(10 * time.Second)
		must(t, s.Lease(ctx, "x", "two", time.Minute))
		if err := s.Lease(ctx, "x", "one", time.Minute); !errors.Is(err, ErrBusy) {
			t.Errorf("lost, and renewed nevertheless: %v", err)
		}
		must(t, s.Release(ctx, "x", "two"))
		must(t, s.Lease(ctx, "x", "one", time.Minute))
	})
}

// Leases lists those that are held now and begin so.
func TestLeases(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, c *clock) {
		ctx := t.Context()
		for _, name := range []string{"campaign b-2", "campaign a-1", "campaigns", "scheduler"} {
			must(t, s.Lease(ctx, name, "one", time.Minute))
		}
		must(t, s.Lease(ctx, "campaign c-3", "two", time.Second))
		must(t, s.Release(ctx, "campaign b-2", "one"))
		must(t, s.Lease(ctx, "campaign é-4", "two", time.Minute))
		c.t = c.t.Add(2 * time.Second)
		got, err := s.Leases(ctx, "campaign ")
		must(t, err)
		if want := []string{"campaign a-1", "campaign é-4"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

func TestTakePairs(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, c *clock) {
		ctx := t.Context()
		take := func(holder string, accounts ...int64) []int64 {
			t.Helper()
			taken, err := s.TakePairs(ctx, "farm", "enwiki", accounts, holder, time.Minute)
			must(t, err)
			return taken
		}
		if got := take("one", 3, 1, 2, 2); !slices.Equal(got, []int64{1, 2, 3}) {
			t.Errorf("%v of a table that is empty", got)
		}
		if got := take("two", 2, 3, 4, 5); !slices.Equal(got, []int64{4, 5}) {
			t.Errorf("%v: the others are taken", got)
		}
		if got, err := s.TakePairs(ctx, "farm", "dewiki", []int64{1}, "two", time.Minute); err != nil || len(got) != 1 {
			t.Errorf("on another wiki: %v %v", got, err)
		}
		if got, err := s.TakePairs(ctx, "other", "enwiki", []int64{1}, "two", time.Minute); err != nil || len(got) != 1 {
			t.Errorf("on another farm: %v %v", got, err)
		}
		c.t = c.t.Add(40 * time.Second)
		if got := take("one", 1, 2); !slices.Equal(got, []int64{1, 2}) { // a heartbeat
			t.Errorf("%v of one's own", got)
		}
		c.t = c.t.Add(30 * time.Second)
		if got := take("two", 1, 2, 3); !slices.Equal(got, []int64{3}) {
			t.Errorf("%v: 3 was given up, 1 and 2 were not", got)
		}
		must(t, s.ReleasePairs(ctx, "farm", "enwiki", []int64{1, 3}, "one")) // 3 is not theirs any more
		if got := take("three", 1, 2, 3); !slices.Equal(got, []int64{1}) {
			t.Errorf("%v: only 1 was given back", got)
		}
		if got := take("two"); got != nil {
			t.Errorf("%v of nobody", got)
		}
		if _, err := s.TakePairs(ctx, "farm", "enwiki", []int64{1}, "", time.Minute); !errors.Is(err, ErrInvalid) {
			t.Errorf("without a holder: %v", err)
		}
		many := make([]int64, maxTaken+1)
		for i := range many {
			many[i] = int64(i + 1000)
		}
		if _, err := s.TakePairs(ctx, "farm", "enwiki", many, "one", time.Minute); !errors.Is(err, ErrInvalid) {
			t.Errorf("too many: %v", err)
		}
		if got := take("one", many[1:]...); len(got) != maxTaken {
			t.Errorf("%d of %d", len(got), maxTaken)
		}
	})
}

// Workers who ask for the same people at once share them: nobody is read twice,
// and nobody is left out.
func TestTakePairsAtOnce(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		const workers, people = 6, 120
		taken := make([][]int64, workers)
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for first := range people / 10 { // in an order of its own
					at := (first*7 + w*3) % (people / 10) * 10
					batch := make([]int64, 20) // half of it overlaps the next
					for i := range batch {
						batch[i] = int64((at+len(batch)-i)%people + 1)
					}
					got, err := s.TakePairs(t.Context(), "farm", "enwiki", batch, fmt.Sprint("worker ", w), time.Minute)
					if err != nil {
						t.Error(err)
						return
					}
					taken[w] = append(taken[w], got...)
				}
			})
		}
		wg.Wait()
		by := map[int64]int{}
		for w := range taken {
			for _, a := range taken[w] {
				if other, ok := by[a]; ok && other != w {
					t.Errorf("%d was given to workers %d and %d", a, other, w)
				}
				by[a] = w
			}
		}
		if len(by) != people {
			t.Errorf("%d people were given out, want %d", len(by), people)
		}
	})
}

func TestTakeSlot(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, c *clock) {
		ctx := t.Context()
		take := func(holder string, n int) error { return s.TakeSlot(ctx, "en.test", holder, n, time.Minute) }
		must(t, take("one", 2))
		must(t, take("one", 2)) // it has one
		must(t, take("two", 2))
		if err := take("three", 2); !errors.Is(err, ErrBusy) {
			t.Errorf("a third of two: %v", err)
		}
		must(t, take("three", 3))
		if err := take("four", 2); !errors.Is(err, ErrBusy) {
			t.Errorf("a fourth: %v", err)
		}
		must(t, s.TakeSlot(ctx, "de.test", "four", 1, time.Minute))
		must(t, s.ReleaseSlot(ctx, "en.test", "four")) // has none
		must(t, s.ReleaseSlot(ctx, "en.test", "one"))
		must(t, take("four", 2))
		c.t = c.t.Add(40 * time.Second)
		must(t, take("four", 2))
		c.t = c.t.Add(30 * time.Second)
		must(t, take("five", 2)) // two died
		if err := take("two", 2); !errors.Is(err, ErrBusy) {
			t.Errorf("a slot that was lost: %v", err)
		}
		for _, n := range []int{0, -1, maxSlots + 1} {
			if err := take("one", n); !errors.Is(err, ErrInvalid) {
				t.Errorf("%d slots: %v", n, err)
			}
		}
	})
}

// Of several wikis the first is taken that has a slot free.
func TestTakeAnySlot(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, c *clock) {
		ctx := t.Context()
		take := func(holder string, n int, wikis ...string) (int, error) {
			return s.TakeAnySlot(ctx, wikis, holder, n, time.Minute)
		}
		wikis := []string{"de.test", "en.test", "fr.test"}
		must(t, s.TakeSlot(ctx, "de.test", "other", 1, 2*time.Minute))
		must(t, s.TakeSlot(ctx, "it.test", "other", 1, time.Minute)) // not among them
		for i, want := range []int{1, 2} {
			if got, err := take(fmt.Sprint("holder ", i), 1, wikis...); err != nil || got != want {
				t.Errorf("%d is taken (%v), want %d", got, err, want)
			}
		}
		if got, err := take("late", 1, wikis...); !errors.Is(err, ErrBusy) {
			t.Errorf("all are taken: %d %v", got, err)
		}
		if got, err := take("second", 2, wikis...); err != nil || got != 0 {
			t.Errorf("one of two: %d %v", got, err)
		}
		c.t = c.t.Add(90 * time.Second)
		if got, err := take("late", 1, wikis...); err != nil || got != 1 {
			t.Errorf("after the end of what the first had: %d %v", got, err)
		}
		for _, bad := range [][]string{nil, {"de.test", ""}} {
			if _, err := take("one", 1, bad...); !errors.Is(err, ErrInvalid) {
				t.Errorf("%q: %v", bad, err)
			}
		}
	})
}

// However many workers ask, no more hold a slot than there are.
func TestTakeSlotAtOnce(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		const slots, workers, rounds = 2, 6, 15
		var mu sync.Mutex
		var inside, most int
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				holder := fmt.Sprint("worker ", w)
				for done := 0; done < rounds; {
					err := s.TakeSlot(t.Context(), "en.test", holder, slots, time.Minute)
					if errors.Is(err, ErrBusy) {
						time.Sleep(time.Millisecond)
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					inside++
					most = max(most, inside)
					mu.Unlock()
					time.Sleep(time.Millisecond)
					mu.Lock()
					inside--
					mu.Unlock()
					if err := s.ReleaseSlot(t.Context(), "en.test", holder); err != nil {
						t.Error(err)
						return
					}
					done++
				}
			})
		}
		wg.Wait()
		if most > slots || most == 0 {
			t.Errorf("%d at once, want at most %d", most, slots)
		}
	})
}
