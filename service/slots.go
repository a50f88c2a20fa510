package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"time"

	"afterglow/mwclient"
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
	ctx          context.Context // what it was taken under, without its end
	since        time.Time       // when it was taken
	unused       *time.Timer     // gives it back; nil before its first request is over
}

const (
	slotTTL  = 15 * time.Second     // of a worker that died
	slotBeat = 4 * time.Second      // how often it is made longer
	slotTurn = 3 * time.Second      // how long it is kept while others may wait
	slotIdle = 5 * time.Millisecond // how long it is kept without a request
	// slotChosen is how long one is kept for the first request to a wiki that was
	// chosen: what to ask it is looked up first.
	slotChosen = 50 * time.Millisecond
	slotAgain  = 10 * time.Millisecond // the first wait for a slot that is taken
	slotPause  = 40 * time.Millisecond
	// slotErrors is how long a database may fail to give one.
	slotErrors = time.Minute
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

// choose returns the first of these hosts that can be asked at once, with a slot
// ready for the next request to it; -1: all are being asked by other workers.
func (l *slots) choose(ctx context.Context, hosts []string) (int, error) {
	l.mu.Lock()
	for i, host := range hosts {
		if len(l.idle[host]) > 0 {
			l.mu.Unlock()
			return i, nil
		}
	}
	l.mu.Unlock()
	s := &slot{holder: rand.Text(), ctx: context.WithoutCancel(ctx)}
	i, err := l.store.TakeAnySlot(ctx, hosts, s.holder, l.n, slotTTL)
	switch {
	case errors.Is(err, store.ErrBusy):
		return -1, nil
	case err != nil:
		s.host = hosts[i]
		l.giveBack(s) // it may have been taken all the same
		return -1, err
	}
	s.host, s.since = hosts[i], now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held[s] = true
	l.putAside(s, slotChosen)
	return i, nil
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
	if s.unused.Stop() {
		l.done.Done()
	}
	return s
}

// take waits until the database gives a slot.
func (l *slots) take(ctx context.Context, host string) (*slot, error) {
	s := &slot{host: host, holder: rand.Text(), ctx: context.WithoutCancel(ctx)}
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
			l.giveBack(s) // it may have been taken all the same
			return nil, ctx.Err()
		case errors.Is(err, store.ErrBusy):
			failing = time.Time{}
		case failing.IsZero():
			failing = now()
		case now().Sub(failing) > slotErrors:
			l.giveBack(s)
			return nil, fmt.Errorf("waiting for a turn to ask %s: %w", host, err)
		}
		// Those who wait for the same slot should not ask in step.
		if err := mwclient.Sleep(ctx, wait/2+mathrand.N(wait)); err != nil { //nolint:gosec // not a secret
			return nil, err
		}
	}
}

// over puts a slot aside for the next request, which follows at once or not at
// all, or gives it back if it was held for long.
func (l *slots) over(s *slot) {
	l.mu.Lock()
	long := now().Sub(s.since) >= slotTurn
	if !long {
		l.putAside(s, slotIdle)
	}
	l.mu.Unlock()
	if long {
		l.giveBack(s)
	}
}

// putAside keeps a slot for d. The caller holds mu.
func (l *slots) putAside(s *slot, d time.Duration) {
	l.idle[s.host] = append(l.idle[s.host], s)
	l.done.Add(1)
	s.unused = time.AfterFunc(d, func() {
		defer l.done.Done()
		if l.takeOut(s) {
			l.giveBack(s)
		}
	})
}

// takeOut takes a slot out of those without a request; false: it has one by now.
func (l *slots) takeOut(s *slot) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.idle[s.host], s)
	if i < 0 {
		return false
	}
	l.idle[s.host] = slices.Delete(l.idle[s.host], i, i+1)
	if len(l.idle[s.host]) == 0 {
		delete(l.idle, s.host)
	}
	return true
}

// giveBack returns a slot that is not idle any more to the database.
func (l *slots) giveBack(s *slot) {
	l.mu.Lock()
	delete(l.held, s)
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(s.ctx, slotTTL)
	defer cancel()
	if err := l.store.ReleaseSlot(ctx, s.host, s.holder); err != nil {
		l.logger.Warn("a slot could not be given back; it ends by itself", "wiki", s.host, "error.message", err)
	}
}

// keep makes the slots that are held longer, until close.
func (l *slots) keep() {
	beat := time.NewTicker(slotBeat)
	defer beat.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-beat.C:
			l.extend()
		}
	}
}

// extend makes longer the slots that have been held for a while: those of requests
// that take long.
func (l *slots) extend() {
	for _, s := range l.all(slotBeat) {
		ctx, cancel := context.WithTimeout(s.ctx, slotTTL)
		if err := l.store.TakeSlot(ctx, s.host, s.holder, l.n, slotTTL); err != nil {
			l.logger.Warn("a slot could not be made longer", "wiki", s.host, "error.message", err)
		}
		cancel()
		// One that was given back meanwhile has just been taken anew.
		l.mu.Lock()
		held := l.held[s]
		l.mu.Unlock()
		if !held {
			l.giveBack(s)
		}
	}
}

// all returns the slots that have been held for so long.
func (l *slots) all(age time.Duration) []*slot {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]*slot, 0, len(l.held))
	for s := range l.held {
		if now().Sub(s.since) >= age {
			out = append(out, s)
		}
	}
	return out
}

// close gives everything back. No request may be under way.
func (l *slots) close() {
	close(l.stop)
	l.done.Wait()
	for _, s := range l.all(0) {
		l.giveBack(s)
	}
}
