package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"afterglow/charts"
	"afterglow/config"
	"afterglow/mwclient"
	"afterglow/retention"
	"afterglow/service/refresh"
	"afterglow/service/store"
)

// RefreshOptions is what `afterglow refresh` was asked for: Due, All, or IDs.
type RefreshOptions struct {
	Due, All       bool
	IDs            []string
	Shard          string
	Quiet          bool
	Stdout, Stderr io.Writer
}

// Refresh reads what is new for tracked campaigns.
func Refresh(ctx context.Context, cfg *config.Config, o RefreshOptions) error {
	part, err := parseShard(o.Shard)
	if err != nil {
		return err
	}
	logger := newLogger(cfg, o.Stderr)
	s, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	w, err := newWorker(cfg, s, logger)
	if err != nil {
		return err
	}
	defer w.Close()
	p := newProgress(o.Stderr, o.Quiet)
	defer p.finish()
	began := now()
	done, partial, err := o.run(ctx, w, part, cfg.Refresh.Interval, now, p)
	if err != nil {
		return err
	}
	p.say("refreshed %d campaigns; %s", done, cost(mwclient.Stats{}, w.client.Stats(), now().Sub(began)))
	return partial
}

// run refreshes with a worker what was asked for and is in that part, at the times
// that now tells. What it returns is refreshAll's.
func (o RefreshOptions) run(
	ctx context.Context, w *worker, part shard, interval time.Duration, now func() time.Time, p *progress,
) (done int, partial, err error) {
	q := newQueue(w.store, w.r.Reading)
	wanted, err := o.pick(ctx, w.store, interval, now, q.add)
	if err != nil {
		return 0, nil, err
	}
	q.waiting = slices.DeleteFunc(q.waiting, func(w waiting) bool { return !part.holds(w.id) })
	run := func(ctx context.Context, id string, progress func(refresh.Progress)) (refresh.Report, error) {
		return w.runIf(ctx, id, wanted, progress)
	}
	return refreshAll(ctx, run, q, p)
}

// pick calls add with the campaigns to refresh, and returns what must still be so
// of one when its turn comes: another worker may have been there; nil: nothing.
func (o RefreshOptions) pick(ctx context.Context, s *store.Store, interval time.Duration, now func() time.Time, add func(store.Campaign)) (wanted func(store.Campaign) bool, err error) {
	at := now()
	switch {
	case o.Due:
		return isDue(interval, now), eachDue(ctx, s, interval, at, add)
	case o.All:
		return func(c store.Campaign) bool { return c.Refreshed.Before(at) }, eachCampaign(ctx, s, add)
	}
	for _, id := range o.IDs {
		c, err := s.Campaign(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("campaign %s: %w", id, err)
		}
		add(c)
	}
	return nil, nil
}

// eachDue calls f with the campaigns that are due, the longest waiting first.
func eachDue(ctx context.Context, s *store.Store, interval time.Duration, at time.Time, f func(store.Campaign)) error {
	for c, err := range s.Due(ctx, at, interval) {
		if err != nil {
			return fmt.Errorf("looking for what is due: %w", err)
		}
		f(c)
	}
	return nil
}

// isDue says of a campaign whether it is due now.
func isDue(interval time.Duration, now func() time.Time) func(store.Campaign) bool {
	return func(c store.Campaign) bool {
		at, never := c.NextDue(interval)
		return !never && !now().Before(at)
	}
}

// eachCampaign calls f with every campaign.
func eachCampaign(ctx context.Context, s *store.Store, f func(store.Campaign)) error {
	q := store.Query{Limit: 100}
	for {
		page, next, err := s.Campaigns(ctx, q)
		if err != nil {
			return fmt.Errorf("listing campaigns: %w", err)
		}
		for _, c := range page {
			f(c)
		}
		if next == "" {
			return nil
		}
		q.Cursor = next
	}
}

// runner refreshes one campaign: refresh.Refresher.Refresh, or around it.
type runner func(ctx context.Context, id string, progress func(refresh.Progress)) (refresh.Report, error)

// refreshAll refreshes campaigns one after the other and returns how many it did.
// A campaign that fails does not stop the others; one that another worker is
// reading, or has just read, is passed over. partial wraps ErrPartial where some
// wikis could not be read.
func refreshAll(ctx context.Context, run runner, q *queue, p *progress) (done int, partial, err error) {
	var failed []string
	var errs []error
	for {
		id, ok, err := q.next(ctx)
		if err != nil {
			errs = append(errs, err)
		}
		if err != nil || !ok {
			break
		}
		rep, err := run(ctx, id, func(pr refresh.Progress) {
			if pr.Phase != refresh.PhaseDone {
				p.step(pr.Campaign+": "+string(pr.Phase), pr.Done, pr.Total)
			}
		})
		switch {
		case err == nil:
			done++
		case ctx.Err() != nil:
			return done, nil, fmt.Errorf("stopped; the next run goes on from here: %w", ctx.Err())
		case errors.Is(err, store.ErrBusy), errors.Is(err, refresh.ErrNotWanted):
			p.say("%s: another worker has it", id)
		case errors.Is(err, store.ErrNotFound):
			p.say("%s: it was removed", id)
		case errors.Is(err, refresh.ErrPartial):
			done++
			for _, wiki := range slices.Sorted(maps.Keys(rep.WikisFailed)) {
				failed = append(failed, fmt.Sprintf("%s for %s (%v)", wiki, id, rep.WikisFailed[wiki]))
			}
		default:
			errs = append(errs, fmt.Errorf("%s: %w", id, err))
		}
	}
	if len(errs) > 0 {
		return done, nil, errors.Join(errs...)
	}
	if len(failed) > 0 {
		return done, fmt.Errorf("%w: could not read %s", ErrPartial, strings.Join(failed, ", ")), nil
	}
	return done, nil, nil
}

// cost says what reading took since before.
func cost(before, after mwclient.Stats, took time.Duration) string {
	var wikis []string
	for _, w := range slices.Sorted(maps.Keys(after.Wikis)) {
		if n := requests(after.Wikis[w]) - requests(before.Wikis[w]); n > 0 {
			wikis = append(wikis, fmt.Sprintf("%s %d", w, n))
		}
	}
	text := fmt.Sprintf("%d requests, %d rows, %.1f s", after.Total.Requests-before.Total.Requests, after.Total.Rows-before.Total.Rows, took.Seconds())
	if len(wikis) > 0 {
		text += " (requests: " + strings.Join(wikis, ", ") + ")"
	}
	return text
}

func requests(endpoints map[mwclient.Endpoint]mwclient.Counts) int64 {
	var n int64
	for _, c := range endpoints {
		n += c.Requests
	}
	return n
}

// summary is the findings of a report in a line each.
func summary(results map[string]retention.Result, lang string) string {
	var lines []string
	for _, name := range []string{"retention", "survival", "baseline", "compare-retention"} {
		if r, ok := results[name]; ok {
			lines = append(lines, charts.Finding(r, lang))
		}
	}
	lines = slices.DeleteFunc(lines, func(s string) bool { return s == "" })
	return strings.Join(lines, "\n")
}
