package refresh

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"afterglow/service/store"
)

// hold takes the campaign for this worker and keeps it until release. The
// context ends with store.ErrBusy as its cause if the lease is lost.
func (r *Refresher) hold(ctx context.Context, id string) (held context.Context, release func(), err error) {
	name, holder := "campaign "+id, rand.Text()
	if err := r.s.Lease(ctx, name, holder, r.o.Lease); err != nil {
		return nil, nil, err
	}
	held, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		beat := time.NewTicker(r.o.Lease / 4)
		defer beat.Stop()
		for {
			select {
			case <-held.Done():
				return
			case <-beat.C:
				err := r.s.Lease(held, name, holder, r.o.Lease)
				switch {
				case err == nil || held.Err() != nil:
				case errors.Is(err, store.ErrBusy):
					cancel(fmt.Errorf("the campaign's lease was lost: %w", err))
				default: // the next beat may do better; if another takes the lease, it tells
					r.o.Logger.WarnContext(held, "a lease could not be renewed", "campaign", id, "error", err)
				}
			}
		}
	}()
	return held, func() {
		cancel(nil)
		<-done
		if err := r.s.Release(context.WithoutCancel(ctx), name, holder); err != nil {
			r.o.Logger.WarnContext(ctx, "a lease could not be given back; it ends by itself", "campaign", id, "error", err)
		}
	}, nil
}
