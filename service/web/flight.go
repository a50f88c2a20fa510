package web

import (
	"context"
	"errors"
	"sync"
	"time"
)

// flights lets simultaneous requests for the same thing share one piece of
// work. The first asker does it, in its own goroutine and to the end even if
// its client goes away, since others may wait for it.
type flights[T any] struct {
	timeout time.Duration
	mu      sync.Mutex
	under   map[string]*flight[T]
}

type flight[T any] struct {
	done  chan struct{}
	value T
	err   error
}

var errPanicked = errors.New("the request that did this work for others panicked")

func newFlights[T any](timeout time.Duration) *flights[T] {
	return &flights[T]{timeout: timeout, under: map[string]*flight[T]{}}
}

// do returns what work returns, once for all who ask for key meanwhile.
func (f *flights[T]) do(ctx context.Context, key string, work func(context.Context) (T, error)) (T, error) {
	if err := ctx.Err(); err != nil {
		var zero T
		return zero, err // work that nobody waits for any more is not begun
	}
	f.mu.Lock()
	if other, ok := f.under[key]; ok {
		f.mu.Unlock()
		select {
		case <-other.done:
			return other.value, other.err
		case <-ctx.Done():
			var zero T
			return zero, ctx.Err()
		}
	}
	mine := &flight[T]{done: make(chan struct{}), err: errPanicked}
	f.under[key] = mine
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		delete(f.under, key)
		f.mu.Unlock()
		close(mine.done)
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.timeout)
	defer cancel()
	mine.value, mine.err = work(ctx)
	return mine.value, mine.err
}

// slots lets at most so many pieces of work run at once.
type slots chan struct{}

// take waits for a slot; the caller calls give. The error is ctx's.
func (s slots) take(ctx context.Context) (give func(), err error) {
	select {
	case s <- struct{}{}:
		return func() { <-s }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
