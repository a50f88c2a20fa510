package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"afterglow/service/store"
)

// slots lets all workers on one database together have only so many requests in
// flight to each wiki. A slot is a row in the database. A worker that has one
// sends requests one after another over it, and gives it back when it has nothing
// to send for a moment, or has had it for long and others may be waiting.
type slots struct {
	store  *store.Store
	n      int // slots of each wiki
	logger *slog.Logger

	mu   sync.Mutex
	idle map[string][]*slot // held, without a request; by host
	held map[*slot]bool     // all that are held
	stop chan struct{}
	done sync.WaitGroup
}

// slot is one that this worker holds.
type slot struct {
	host, holder string
	since        time.Time // when it was taken
	free         time.Time // since when it has no request; zero: it has one
}

const (
	slotTTL    = 15 * time.Second       // of a worker that died
	slotBeat   = 4 * time.Second        // how often it is made longer
	slotTurn   = 3 * time.Second        // how long it is kept while others may wait
	slotIdle   = 150 * time.Millisecond // how long it is kept without a request
	slotSweep  = 50 * time.Millisecond
	slotAgain  = 10 * time.Millisecond // the first wait for a slot that is taken
	slotPause  = 160 * time.Millisecond
	slotErrors = time.Minute // how long a database may fail to give one
)

// newSlots returns slots for a worker; close ends them.
func newSlots(s *store.Store, n int, logger *slog.Logger) *slots {
	l := &slots{store: s, n: n, logger: logger, idle: map[string][]*slot{}, held: map[*slot]bool{}, stop: make(chan struct{})}
	l.done.Go(l.keep)
	return l
}

// turn waits for a slot of a host. done says that the request is over.
func (l *slots) turn(ctx context.Context, host string) (done func(), err error) {
	s := l.reuse(host)
	if s == nil {
		if s, err = l.take(ctx, host); err != nil {
			return nil, err
		}
	}
	return func() { l.over(s) }, nil
}

// reuse returns a slot of the host that is held and has no request, or nil.
func (l *slots) reuse(host string) *slot {
	l.mu.Lock()
	defer l.mu.Unlock()
	free := l.idle[host]
	if len(free) == 0 {
		return nil
	}
	s := free[len(free)-1]
	l.idle[host] = free[:len(free)-1]
	s.free = time.Time{}
	return s
}

// take waits until the database gives a slot.
func (l *slots) take(ctx context.Context, host string) (*slot, error) {
	s := &slot{host: host, holder: rand.Text()}
	var failing time.Time
	for wait := slotAgain; ; wait = min(2*wait, slotPause) {
		err := l.store.TakeSlot(ctx, host, s.holder, l.n, slotTTL)
		switch {
		case err == nil:
			s.since = now()
			l.mu.Lock()
			l.held[s] = true
			l.mu.Unlock()
			return s, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, store.ErrBusy):
			failing = time.Time{}
		case failing.IsZero():
			failing = now()
		case now().Sub(failing) > slotErrors:
			return nil, fmt.Errorf("waiting for a turn to ask %s: %w", host, err)
		}
		// Those who wait for the same slot should not ask in step.
		if err := pause(ctx, wait/2+mathrand.N(wait)); err != nil { //nolint:gosec // not a secret
			return nil, err
		}
	}
}

// over puts a slot aside for the next request, or gives it back if it was held
// for long.
func (l *slots) over(s *slot) {
	at := now()
	l.mu.Lock()
	long := at.Sub(s.since) >= slotTurn
	if !long {
		s.free = at
		l.idle[s.host] = append(l.idle[s.host], s)
	}
	l.mu.Unlock()
	if long {
		l.giveBack(s)
	}
}

// giveBack returns a slot that is not idle any more to the database.
func (l *slots) giveBack(s *slot) {
	l.mu.Lock()
	delete(l.held, s)
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), slotTTL)
	defer cancel()
	if err := l.store.ReleaseSlot(ctx, s.host, s.holder); err != nil {
		l.logger.Warn("a slot could not be given back; it ends by itself", "wiki", s.host, "error.message", err)
	}
}

// keep makes the slots that have a request longer, and gives back those that
// have none, until close.
func (l *slots) keep() {
	sweep := time.NewTicker(slotSweep)
	defer sweep.Stop()
	beat := now()
	for {
		select {
		case <-l.stop:
			return
		case <-sweep.C:
		}
		for _, s := range l.unused(now()) {
			l.giveBack(s)
		}
		if now().Sub(beat) < slotBeat {
			continue
		}
		beat = now()
		l.extend()
	}
}

// extend makes all slots that are held longer.
func (l *slots) extend() {
	ctx, cancel := context.WithTimeout(context.Background(), slotTTL)
	defer cancel()
	for _, s := range l.all() {
		if err := l.store.TakeSlot(ctx, s.host, s.holder, l.n, slotTTL); err != nil {
			l.logger.Warn("a slot could not be made longer", "wiki", s.host, "error.message", err)
		}
	}
}

// unused takes out the slots that had no request for a moment.
func (l *slots) unused(at time.Time) []*slot {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []*slot
	for host, free := range l.idle {
		var stay []*slot
		for _, s := range free {
			if at.Sub(s.free) >= slotIdle {
				out = append(out, s)
			} else {
				stay = append(stay, s)
			}
		}
		if len(stay) == 0 {
			delete(l.idle, host)
		} else {
			l.idle[host] = stay
		}
	}
	return out
}

// all returns the slots that are held.
func (l *slots) all() []*slot {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]*slot, 0, len(l.held))
	for s := range l.held {
		out = append(out, s)
	}
	return out
}

// close gives everything back. No request may be under way.
func (l *slots) close() {
	close(l.stop)
	l.done.Wait()
	for _, s := range l.all() {
		l.giveBack(s)
	}
}

// pause waits for d, or until ctx ends and then returns its error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
