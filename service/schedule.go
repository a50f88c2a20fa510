package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"afterglow/mwclient"
	"afterglow/service/refresh"
	"afterglow/service/store"
)

// schedule refreshes the campaigns that are due, in one process of those that
// share a database: the one that has the lease "scheduler".
type schedule struct {
	store    *store.Store
	refresh  func(ctx context.Context, id string, wanted func(store.Campaign) bool, progress func(refresh.Progress)) (refresh.Report, error)
	interval time.Duration // after which a campaign is due again
	logger   *slog.Logger
	now      func() time.Time
	// look is how often it looks for what is due, or for the lease where another has it.
	look, lease time.Duration
	// again is when a campaign is tried again that could not be refreshed.
	again  time.Duration
	failed map[string]time.Time // when each is tried again
}

const (
	schedulerLease = "scheduler"
	scheduleLook   = time.Minute
	scheduleAgain  = time.Hour
)

func newSchedule(w *worker, interval time.Duration) *schedule {
	return &schedule{
		store: w.store, refresh: w.runIf, interval: interval, logger: w.logger, now: now,
		look: scheduleLook, lease: 3 * scheduleLook, again: scheduleAgain, failed: map[string]time.Time{},
	}
}

// run refreshes what is due until ctx ends.
func (s *schedule) run(ctx context.Context) error {
	holder := rand.Text()
	defer func() {
		giving, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
		defer cancel()
		if err := s.store.Release(giving, schedulerLease, holder); err != nil {
			s.logger.WarnContext(ctx, "the schedule's lease could not be given back; it ends by itself", "error.message", err)
		}
	}()
	mine := false
	for {
		err := s.store.Lease(ctx, schedulerLease, holder, s.lease)
		switch {
		case err == nil:
			if !mine {
				s.logger.InfoContext(ctx, "this process refreshes the campaigns that are due")
			}
			mine = true
			s.whileMine(ctx, holder)
		case errors.Is(err, store.ErrBusy):
			mine = false
		case ctx.Err() == nil:
			s.logger.ErrorContext(ctx, "asking whose the schedule is", "error.message", err)
		}
		if err := mwclient.Sleep(ctx, s.look); err != nil {
			return nil // the service ends
		}
	}
}

// whileMine refreshes what is due now, and keeps the lease meanwhile. It stops
// when the lease is lost.
func (s *schedule) whileMine(ctx context.Context, holder string) {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		beat := time.NewTicker(s.lease / 4)
		defer beat.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-beat.C:
				if err := s.store.Lease(ctx, schedulerLease, holder, s.lease); errors.Is(err, store.ErrBusy) {
					stop()
				}
			}
		}
	}()
	if err := s.refreshDue(ctx); err != nil && ctx.Err() == nil {
		s.logger.ErrorContext(ctx, "looking for what is due", "error.message", err)
	}
	stop()
	<-done
}

// refreshDue refreshes each campaign that is due, once.
func (s *schedule) refreshDue(ctx context.Context) error {
	var ids []string
	if err := eachDue(ctx, s.store, s.interval, s.now(), func(c store.Campaign) { ids = append(ids, c.ID) }); err != nil {
		return err
	}
	for _, id := range ids {
		if s.now().Before(s.failed[id]) {
			continue
		}
		report, err := s.refresh(ctx, id, isDue(s.interval, s.now), nil)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("stopped: %w", ctx.Err())
		case err == nil, errors.Is(err, store.ErrBusy), errors.Is(err, refresh.ErrNotWanted), errors.Is(err, store.ErrNotFound):
			delete(s.failed, id)
		case errors.Is(err, refresh.ErrPartial):
			delete(s.failed, id)
			s.logger.WarnContext(ctx, "some wikis could not be read", "campaign", id, "error.message", report.Campaign.LastError)
		default:
			s.failed[id] = s.now().Add(s.again)
			level := slog.LevelWarn
			if errors.Is(err, mwclient.ErrNoContact) {
				level = slog.LevelInfo // nothing is broken: nobody is to be asked
			}
			s.logger.Log(ctx, level, "a campaign could not be refreshed", "campaign", id, "error.message", err)
		}
	}
	return nil
}
