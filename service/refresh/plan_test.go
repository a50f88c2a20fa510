package refresh

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"afterglow/service/store"
)

func TestPlan(t *testing.T) {
	need, now := start.Add(-readBack), testNow
	pair := func(id int64, from, highWater time.Time) store.Pair {
		return store.Pair{Account: id, From: from, HighWater: highWater}
	}
	for name, tc := range map[string]struct {
		pairs []store.Pair
		want  []stretch
	}{
		"never read": {[]store.Pair{pair(1, time.Time{}, time.Time{})}, []stretch{{from: need}}},
		"just read":  {[]store.Pair{pair(1, need, now.Add(-time.Hour))}, nil},
		"yesterday":  {[]store.Pair{pair(1, need, now.Add(-day))}, []stretch{{from: now.Add(-31 * day)}}},
		"a year ago": {[]store.Pair{pair(1, need, now.Add(-365*day))}, []stretch{{from: now.Add(-395 * day)}}},
		"read for less than the 30 days": {[]store.Pair{pair(1, now.Add(-10*day), now.Add(-day))},
			[]stretch{{from: need, to: now.Add(-10 * day)}, {from: now.Add(-10 * day)}}},
		"read for a later campaign": {[]store.Pair{pair(1, need.Add(50*day), now.Add(-time.Hour))}, []stretch{{from: need, to: need.Add(50 * day)}}},
		"a bot":                     {[]store.Pair{{Account: 1, Bot: true, BotSeen: now.Add(-day)}}, nil},
		"a bot last week":           {[]store.Pair{{Account: 1, Bot: true, BotSeen: now.Add(-8 * day)}}, []stretch{{from: need}}},
	} {
		got := plan(tc.pairs, need, now, 6*time.Hour, batchSize)
		if !slices.EqualFunc(got, tc.want, func(a, b stretch) bool { return a.from.Equal(b.from) && a.to.Equal(b.to) }) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

// Whatever the marks, every account is in the batches it needs, those hold at most 50, and
// none begins later or ends earlier than its accounts need.
func TestPlanLeavesNobodyOut(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	need, now := start.Add(-readBack), testNow
	for range 200 {
		var pairs []store.Pair
		for i := range rng.IntN(300) {
			p := store.Pair{Account: int64(i + 1)}
			if rng.IntN(3) > 0 {
				p.HighWater = now.Add(-time.Duration(rng.IntN(60*24)) * time.Hour)
				p.From = need.Add(time.Duration(rng.IntN(100)-50) * day)
			}
			pairs = append(pairs, p)
		}
		batches := plan(pairs, need, now, 6*time.Hour, batchSize)
		for _, b := range batches {
			if len(b.pairs) > batchSize {
				t.Fatalf("a batch of %d", len(b.pairs))
			}
			for _, p := range b.pairs {
				// SaveEdits refuses a stretch that leaves a hole.
				if !p.HighWater.IsZero() && (b.from.After(p.HighWater) || !b.to.IsZero() && b.to.Before(p.From)) {
					t.Fatalf("a hole between %s…%s and %s…%s", p.From, p.HighWater, b.from, b.to)
				}
			}
		}
		covered := func(p store.Pair) (from, to bool) {
			from = !p.HighWater.IsZero() && !p.From.After(need)
			to = !p.HighWater.IsZero() && now.Sub(p.HighWater) < 6*time.Hour
			for _, b := range batches {
				if slices.ContainsFunc(b.pairs, func(q store.Pair) bool { return q.Account == p.Account }) {
					from = from || !b.from.After(need)
					to = to || b.to.IsZero()
				}
			}
			return from, to
		}
		for _, p := range pairs {
			if from, to := covered(p); !from || !to {
				t.Fatalf("%+v is not read whole: %t %t", p, from, to)
			}
		}
	}
}
