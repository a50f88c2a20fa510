package service

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"afterglow/mwclient"
	"afterglow/service/refresh"
	"afterglow/service/store"
)

// Names of counters in the database. A command lives for minutes, too short for
// Prometheus to ask it, so it leaves its figures there and serve exports them:
// docs/adr/0005-figures-of-short-runs.md.
const (
	countRequests  = "api_requests"         // by wiki
	countRetries   = "api_retries"          // by wiki
	countThrottled = "api_throttled"        // by wiki
	countRefreshes = "refreshes"            // by outcome
	countSeconds   = "refresh_bucket"       // by the least of refreshBuckets that holds it
	countMillis    = "refresh_milliseconds" // the sum
)

// refreshBuckets are upper bounds of a refresh's duration, in seconds.
var refreshBuckets = []float64{1, 5, 15, 60, 300, 1800, 7200, 28800}

// Outcomes of a refresh.
const (
	outcomeDone    = "done"
	outcomePartial = "partial"
	outcomeFailed  = "failed"
)

// Wikis that are counted by name; what comes after them is counted as one. A
// name once counted stays, so that no count ever falls.
const (
	mostWikis  = 200
	otherWikis = "other"
)

// tally adds what refreshes of this process cost to the database's counters. It
// is safe for concurrent use.
type tally struct {
	store *store.Store
	stats func() mwclient.Stats

	mu      sync.Mutex
	counted mwclient.Stats  // what has been added
	names   map[string]bool // of wikis; nil: not read yet
}

// saveTime is the time that saving counters may take, also after the command
// was told to stop.
const saveTime = 10 * time.Second

// add counts a refresh that took so long, and the requests since the last call.
// One that did not take place (another worker has the campaign, or the process
// was told to stop) counts for its requests only.
func (t *tally) add(ctx context.Context, took time.Duration, refreshed error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.readNames(ctx); err != nil {
		return err
	}
	stats := t.stats()
	list := append(t.requests(stats), outcome(took, refreshed)...)
	if len(list) == 0 {
		return nil
	}
	if err := t.store.AddCounters(ctx, list); err != nil {
		return err
	}
	t.counted = stats
	return nil
}

func (t *tally) readNames(ctx context.Context) error {
	if t.names != nil {
		return nil
	}
	list, err := t.store.Counters(ctx)
	if err != nil {
		return err
	}
	t.names = map[string]bool{}
	for _, c := range list {
		if c.Name == countRequests {
			t.names[c.Label] = true
		}
	}
	return nil
}

// requests returns what was asked since the last call, by wiki.
func (t *tally) requests(stats mwclient.Stats) []store.Counter {
	var list []store.Counter
	for wiki, endpoints := range stats.Wikis {
		var sum mwclient.Counts
		for endpoint, n := range endpoints {
			before := t.counted.Wikis[wiki][endpoint]
			sum.Requests += n.Requests - before.Requests
			sum.Retries += n.Retries - before.Retries
			sum.Throttled += n.Throttled - before.Throttled
		}
		if sum.Requests <= 0 {
			continue
		}
		if !t.names[wiki] && len(t.names) >= mostWikis {
			wiki = otherWikis
		}
		t.names[wiki] = true
		list = append(list, store.Counter{Name: countRequests, Label: wiki, Amount: sum.Requests},
			store.Counter{Name: countRetries, Label: wiki, Amount: max(0, sum.Retries)},
			store.Counter{Name: countThrottled, Label: wiki, Amount: max(0, sum.Throttled)})
	}
	return list
}

// outcome returns how a refresh ended, and its duration.
func outcome(took time.Duration, err error) []store.Counter {
	how := outcomeDone
	switch {
	case err == nil:
	case errors.Is(err, refresh.ErrPartial):
		how = outcomePartial
	case errors.Is(err, store.ErrBusy), errors.Is(err, store.ErrNotFound), errors.Is(err, refresh.ErrNotWanted), errors.Is(err, mwclient.ErrNoContact),
		errors.Is(err, context.Canceled):
		return nil
	default:
		how = outcomeFailed
	}
	bucket := "+Inf"
	for _, bound := range refreshBuckets {
		if took.Seconds() <= bound {
			bucket = strconv.FormatFloat(bound, 'f', -1, 64)
			break
		}
	}
	return []store.Counter{
		{Name: countRefreshes, Label: how, Amount: 1}, {Name: countSeconds, Label: bucket, Amount: 1},
		{Name: countMillis, Amount: max(0, took.Milliseconds())},
	}
}

// counted runs a refresh and counts it. Counting that fails is logged: the
// refresh is worth more.
func (w *worker) counted(ctx context.Context, do func() (refresh.Report, error)) (refresh.Report, error) {
	began := now()
	rep, err := do()
	if failed := w.tally.add(ctx, now().Sub(began), err); failed != nil {
		w.logger.WarnContext(ctx, "cannot count a refresh", "error", failed)
	}
	return rep, err
}
