package refresh

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"afterglow/service/store"
)

// leaseOf is the beginning of the name of a campaign's lease.
const leaseOf = "campaign "

// Reading returns the campaigns that a worker, this one or another, reads now.
func (r *Refresher) Reading(ctx context.Context) ([]string, error) {
	ids, err := r.s.Leases(ctx, leaseOf)
	for i := range ids {
		ids[i] = strings.TrimPrefix(ids[i], leaseOf)
	}
	return ids, err
}

// hold takes the campaign for this worker and keeps it until release. The
// context ends with store.ErrBusy as its cause if the lease is lost.
func (r *Refresher) hold(ctx context.Context, id string) (held context.Context, release func(), err error) {
	name, holder := leaseOf+id, rand.Text()
	take := func(ctx context.Context) error { return r.s.Lease(ctx, name, holder, r.o.Lease) }
	giveBack := func() {
		r.giveBack(ctx, name, func(ctx context.Context) error { return r.s.Release(ctx, name, holder) })
	}
	if err := take(ctx); err != nil {
		if !errors.Is(err, store.ErrBusy) {
			giveBack() // it may have been taken all the same
		}
		return nil, nil, err
	}
	held, stop := r.keep(ctx, name, take)
	return held, func() {
		stop()
		giveBack()
	}, nil
}

// giveBack gives a lease back, also where ctx has ended.
func (r *Refresher) giveBack(ctx context.Context, name string, release func(context.Context) error) {
	if err := release(context.WithoutCancel(ctx)); err != nil {
		r.o.Logger.WarnContext(ctx, "a lease could not be given back; it ends by itself", "lease", name, "error", err)
	}
}

// keep takes a lease again and again, well before it ends, until stop. The
// context ends with store.ErrBusy as its cause if another has got it.
func (r *Refresher) keep(ctx context.Context, name string, again func(context.Context) error) (held context.Context, stop func()) {
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
				// Not broken off by stop: what the database does then could come after
				// the lease was given back.
				renewing, cancelRenewing := context.WithTimeout(context.WithoutCancel(held), r.o.Lease/4)
				err := again(renewing)
				cancelRenewing()
				switch {
				case err == nil || held.Err() != nil:
				case errors.Is(err, store.ErrBusy):
					cancel(fmt.Errorf("the lease of %s was lost: %w", name, err))
				default: // the next beat may do better; if another takes the lease, it tells
					r.o.Logger.WarnContext(held, "a lease could not be renewed", "lease", name, "error", err)
				}
			}
		}
	}()
	return held, func() {
		cancel(nil)
		<-done
	}
}

// taken is accounts on a wiki that this worker reads.
type taken struct {
	held    context.Context // in which they are read
	pairs   []store.Pair
	release func()
}

// taking is a batch's accounts that are being taken while those of the batch before
// are read. nil: there is no batch.
type taking struct {
	done chan struct{}
	t    taken
	err  error
}

// takeNext takes the accounts of the first of these batches, without waiting for
// them. own must not change until get.
func (n *run) takeNext(ctx context.Context, wiki string, batches []stretch, own map[int64]bool) *taking {
	if len(batches) == 0 {
		return nil
	}
	k := &taking{done: make(chan struct{})}
	go func() {
		defer close(k.done)
		k.t, k.err = n.take(ctx, wiki, batches[0].pairs, own)
	}()
	return k
}

// get waits for the accounts, which are the caller's to release unless there is an error.
func (k *taking) get() (taken, error) {
	<-k.done
	t := k.t
	k.t = taken{}
	return t, k.err
}

// giveBack gives back what nobody got.
func (k *taking) giveBack() {
	if k == nil {
		return
	}
	if t, err := k.get(); err == nil && t.release != nil {
		t.release()
	}
}

// take takes accounts on a wiki for this worker, until release: those that no
// other worker is reading, and that none has read since they were planned. own
// are those that this worker has taken itself since then.
func (n *run) take(ctx context.Context, wiki string, planned []store.Pair, own map[int64]bool) (t taken, err error) {
	ids := make([]int64, len(planned))
	before := make(map[int64]store.Pair, len(planned))
	for i, p := range planned {
		ids[i], before[p.Account] = p.Account, p
	}
	farm, name := n.campaign.Farm, "people on "+wiki
	giveBack := func(ids []int64) {
		n.giveBack(ctx, name, func(ctx context.Context) error { return n.s.ReleasePairs(ctx, farm, wiki, ids, n.holder) })
	}
	asked := ids
	if ids, err = n.s.TakePairs(ctx, farm, wiki, asked, n.holder, n.o.Lease); err != nil {
		giveBack(asked) // they may have been taken all the same
		return t, err
	}
	var stop func()
	t.held, stop = n.keep(ctx, name, func(ctx context.Context) error {
		// Whoever got them meanwhile reads them too, which does no harm.
		_, err := n.s.TakePairs(ctx, farm, wiki, ids, n.holder, n.o.Lease)
		return err
	})
	t.release = func() {
		stop()
		giveBack(ids)
	}
	now, err := n.s.PairsOf(ctx, farm, wiki, ids)
	if err != nil {
		t.release()
		return t, err
	}
	for _, p := range now {
		// Under another name the account is planned anew.
		if b := before[p.Account]; p.Name == b.Name && (own[p.Account] || p.From.Equal(b.From) && p.HighWater.Equal(b.HighWater)) {
			t.pairs = append(t.pairs, p)
		}
	}
	return t, nil
}
