package refresh

import (
	"cmp"
	"slices"
	"time"

	"afterglow/service/store"
)

// stretch is a batch to read: accounts of one wiki, and from when to when. A zero
// to means up to the present.
type stretch struct {
	from, to time.Time
	pairs    []store.Pair
}

const (
	// spread is how far apart the beginnings of accounts in one batch may lie. All
	// of them are read from the earliest: rows that were not needed, against a
	// request saved.
	spread = 7 * day
	// botLasts is how long an account is believed to be a bot.
	botLasts = 7 * day
)

// plan says what to read of the accounts of a wiki so that every edit since need
// is stored up to the present, and none is read twice without a reason:
//
//   - who was never read is read from need on;
//   - who was read from later than need (for another campaign) is read from need to there;
//   - whose last reading is not fresh is read from 30 days before its mark on;
//   - bots are looked at again after a week, in case they no longer are.
//
// A batch has at most size accounts.
func plan(pairs []store.Pair, need, now time.Time, fresh time.Duration, size int) []stretch {
	var never, earlier, later []stretch
	one := func(from, to time.Time, p store.Pair) stretch {
		return stretch{from: from, to: to, pairs: []store.Pair{p}}
	}
	for _, p := range pairs {
		switch {
		case p.Bot && now.Sub(p.BotSeen) < botLasts:
		case p.HighWater.IsZero():
			never = append(never, one(need, time.Time{}, p))
		default:
			if need.Before(p.From) {
				earlier = append(earlier, one(need, p.From, p))
			}
			if now.Sub(p.HighWater) >= fresh {
				from := p.HighWater.Add(-reread)
				if from.Before(p.From) {
					from = p.From
				}
				later = append(later, one(from, time.Time{}, p))
			}
		}
	}
	return slices.Concat(merge(never, size), merge(earlier, size), merge(later, size))
}

// merge puts accounts into batches of at most size whose beginnings, and ends, lie near
// each other.
func merge(ones []stretch, size int) []stretch {
	slices.SortStableFunc(ones, func(a, b stretch) int {
		return cmp.Or(a.from.Compare(b.from), a.to.Compare(b.to))
	})
	var batches []stretch
	for _, s := range ones {
		if k := len(batches) - 1; k >= 0 && len(batches[k].pairs) < size && batches[k].takes(s) {
			b := &batches[k]
			b.pairs = append(b.pairs, s.pairs...)
			if s.to.After(b.to) {
				b.to = s.to
			}
			continue
		}
		batches = append(batches, s)
	}
	return batches
}

// takes reports whether s may be read together with b.
func (b stretch) takes(s stretch) bool {
	return s.from.Sub(b.from) <= spread && s.to.Sub(b.to).Abs() <= spread
}
