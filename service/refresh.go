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
	ids, err := o.pick(ctx, s, cfg.Refresh.Interval)
	if err != nil {
		return err
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return !part.holds(id) })
	p := newProgress(o.Stderr, o.Quiet)
	defer p.finish()
	began := now()
	partial, err := refreshAll(ctx, w.runCampaign, ids, p)
	if err != nil {
		return err
	}
	p.say("refreshed %d campaigns; %s", len(ids), cost(mwclient.Stats{}, w.client.Stats(), now().Sub(began)))
	return partial
}

// pick returns the ids of the campaigns to refresh.
func (o RefreshOptions) pick(ctx context.Context, s *store.Store, interval time.Duration) ([]string, error) {
	for _, id := range o.IDs {
		if _, err := s.Campaign(ctx, id); err != nil {
			return nil, fmt.Errorf("campaign %s: %w", id, err)
		}
	}
	if !o.Due && !o.All {
		return o.IDs, nil
	}
	var ids []string
	q := store.Query{Limit: 100}
	for {
		page, next, err := s.Campaigns(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("listing campaigns: %w", err)
		}
		for _, c := range page {
			if o.All || c.Frozen == "" && now().Sub(c.Refreshed) >= interval {
				ids = append(ids, c.ID)
			}
		}
		if next == "" {
			return ids, nil
		}
		q.Cursor = next
	}
}

// runner refreshes one campaign: refresh.Refresher.Refresh, or around it.
type runner func(ctx context.Context, id string, progress func(refresh.Progress)) (refresh.Report, error)

// refreshAll refreshes campaigns one after the other. A campaign that fails does
// not stop the others. partial wraps ErrPartial where some wikis could not be read.
func refreshAll(ctx context.Context, run runner, ids []string, p *progress) (partial, err error) {
	var failed []string
	var errs []error
	for _, id := range ids {
		rep, err := run(ctx, id, func(pr refresh.Progress) {
			if pr.Phase != refresh.PhaseDone {
				p.step(pr.Campaign+": "+string(pr.Phase), pr.Done, pr.Total)
			}
		})
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return nil, fmt.Errorf("stopped; the next run goes on from here: %w", ctx.Err())
		case errors.Is(err, refresh.ErrPartial):
			for _, wiki := range slices.Sorted(maps.Keys(rep.WikisFailed)) {
				failed = append(failed, fmt.Sprintf("%s for %s (%v)", wiki, id, rep.WikisFailed[wiki]))
			}
		default:
			errs = append(errs, fmt.Errorf("%s: %w", id, err))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if len(failed) > 0 {
		return fmt.Errorf("%w: could not read %s", ErrPartial, strings.Join(failed, ", ")), nil
	}
	return nil, nil
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
