package service

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Several workers, each with requests of its own to two wikis, never have more than
// the wiki's slots in flight together, and all requests get their turn.
func TestWorkersShareAWikisSlots(t *testing.T) {
	for _, n := range []int{1, 2} {
		path := filepath.Join(t.TempDir(), "afterglow.db")
		var inFlight, most [2]atomic.Int64
		var sent atomic.Int64
		var group sync.WaitGroup
		for range 3 {
			l := newSlots(openFile(t, path, now), n, slog.New(slog.DiscardHandler))
			group.Go(func() {
				defer l.close()
				var requests sync.WaitGroup
				for host := range 2 {
					for range n { // in flight in one worker, as its client lets them
						requests.Go(func() {
							for range 20 {
								done, err := l.turn(t.Context(), []string{"a.example", "b.example"}[host])
								if err != nil {
									t.Error(err)
									return
								}
								now := inFlight[host].Add(1)
								for old := most[host].Load(); now > old && !most[host].CompareAndSwap(old, now); old = most[host].Load() {
								}
								time.Sleep(time.Millisecond)
								inFlight[host].Add(-1)
								sent.Add(1)
								done()
							}
						})
					}
				}
				requests.Wait()
			})
		}
		group.Wait()
		if most[0].Load() != int64(n) || most[1].Load() != int64(n) || sent.Load() != int64(3*2*n*20) {
			t.Errorf("%d slots: %d and %d at once, %d sent", n, most[0].Load(), most[1].Load(), sent.Load())
		}
	}
}

// A worker that died keeps its slot until the lease ends; one that works keeps it
// as long as a request takes.
func TestSlotsOfTheDeadAndTheSlow(t *testing.T) {
	clock := &movable{}
	clock.unix.Store(1_750_000_000)
	path := filepath.Join(t.TempDir(), "afterglow.db")
	dead := openFile(t, path, clock.now)
	if err := dead.TakeSlot(t.Context(), "a.example", "dead", 1, slotTTL); err != nil {
		t.Fatal(err)
	}
	l := newSlots(openFile(t, path, clock.now), 1, slog.New(slog.DiscardHandler))
	defer l.close()
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := l.turn(short, "a.example"); err == nil {
		t.Fatal("two have one slot")
	}
	clock.unix.Add(int64(slotTTL/time.Second) + 1)
	done, err := l.turn(t.Context(), "a.example")
	if err != nil {
		t.Fatal(err)
	}
	// Its request takes longer than the lease.
	l.mu.Lock()
	for s := range l.held {
		s.since = s.since.Add(-slotBeat)
	}
	l.mu.Unlock()
	for range 3 {
		clock.unix.Add(int64(slotBeat / time.Second))
		l.extend()
	}
	clock.unix.Add(int64(slotBeat / time.Second))
	if err := dead.TakeSlot(t.Context(), "a.example", "another", 1, slotTTL); err == nil {
		t.Error("a slot was lost while its request was under way")
	}
	done()
	within(t, "an unused slot is given back", func() bool {
		return dead.TakeSlot(t.Context(), "a.example", "another", 1, slotTTL) == nil
	})
}

// Making slots longer never takes one that was given back meanwhile.
func TestSlotsAreNotTakenAfterTheyWereGivenBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "afterglow.db")
	s := openFile(t, path, now)
	l := newSlots(s, 1, slog.New(slog.DiscardHandler))
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
				l.extend()
			}
		}
	}()
	for range 200 {
		end, err := l.turn(t.Context(), "a.example")
		if err != nil {
			t.Fatal(err)
		}
		l.mu.Lock()
		for s := range l.held { // as if its request had taken long
			s.since = s.since.Add(-2 * slotBeat)
		}
		l.mu.Unlock()
		end()
	}
	close(stop)
	<-done
	l.close()
	if err := s.TakeSlot(t.Context(), "a.example", "another", 1, slotTTL); err != nil {
		t.Errorf("a slot stayed taken: %v", err)
	}
}
