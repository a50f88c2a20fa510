package service

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/service/refresh"
	"afterglow/service/store"
)

func openTallied(t *testing.T, stats func() mwclient.Stats) (*store.Store, *tally) {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite::memory:", store.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, &tally{store: s, stats: stats}
}

func amounts(t *testing.T, s *store.Store) map[string]int64 {
	t.Helper()
	list, err := s.Counters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]int64{}
	for _, c := range list {
		m[c.Name+" "+c.Label] = c.Amount
	}
	return m
}

// TestTallyBoundsWikis: a thousand wikis are 201 labels, and no label that was
// there goes away, in this process or in the next.
func TestTallyBoundsWikis(t *testing.T) {
	stats := mwclient.Stats{Wikis: map[string]map[mwclient.Endpoint]mwclient.Counts{}}
	all := func() mwclient.Stats {
		copied := mwclient.Stats{Wikis: map[string]map[mwclient.Endpoint]mwclient.Counts{}}
		for wiki, n := range stats.Wikis {
			copied.Wikis[wiki] = map[mwclient.Endpoint]mwclient.Counts{mwclient.EndpointUsers: n[mwclient.EndpointUsers]}
		}
		return copied
	}
	s, first := openTallied(t, all)
	for i := range 1000 {
		stats.Wikis[fmt.Sprintf("wiki%d", i)] = map[mwclient.Endpoint]mwclient.Counts{mwclient.EndpointUsers: {Requests: 2, Throttled: 1}}
	}
	for _, tally := range []*tally{first, first, {store: s, stats: all}} { // the second time there is nothing new
		if err := tally.add(t.Context(), time.Second, nil); err != nil {
			t.Fatal(err)
		}
	}
	m := amounts(t, s)
	labels, sum := 0, int64(0)
	for name, n := range m {
		var wiki string
		if _, err := fmt.Sscanf(name, countRequests+" %s", &wiki); err == nil {
			labels, sum = labels+1, sum+n
		}
	}
	if labels != mostWikis+1 || sum != 4000 || m[countRequests+" "+otherWikis] != 2*2*(1000-mostWikis) {
		t.Errorf("%d labels, %d requests, %d of them others", labels, sum, m[countRequests+" "+otherWikis])
	}
	if m[countRefreshes+" done"] != 3 {
		t.Errorf("%d refreshes", m[countRefreshes+" done"])
	}
}

func TestTallyOutcomes(t *testing.T) {
	s, tally := openTallied(t, func() mwclient.Stats { return mwclient.Stats{} })
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	for _, run := range []struct {
		took time.Duration
		err  error
	}{
		{500 * time.Millisecond, nil}, {5 * time.Second, nil}, {10 * time.Hour, fmt.Errorf("x: %w", refresh.ErrPartial)}, {time.Minute, errors.New("503")},
		{time.Minute, fmt.Errorf("x: %w", store.ErrBusy)}, {time.Minute, store.ErrNotFound}, {time.Minute, context.Canceled},
	} {
		if err := tally.add(stopped, run.took, run.err); err != nil { // also when told to stop
			t.Fatal(err)
		}
	}
	m := amounts(t, s)
	for name, want := range map[string]int64{
		countRefreshes + " done": 2, countRefreshes + " partial": 1, countRefreshes + " failed": 1,
		countSeconds + " 1": 1, countSeconds + " 5": 1, countSeconds + " 60": 1, countSeconds + " +Inf": 1, countMillis + " ": 36065500,
	} {
		if m[name] != want {
			t.Errorf("%s: %d, want %d", name, m[name], want)
		}
	}
	if len(m) != 8 {
		t.Errorf("counted %v", m)
	}
}

func TestCheckDisk(t *testing.T) {
	dir := t.TempDir()
	free, ok := freeDisk(dir)
	if ok && free < leastDisk {
		t.Skip("this machine's disk is full")
	}
	if err := checkDisk(dir); err != nil {
		t.Error(err)
	}
}
