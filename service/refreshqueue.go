package service

import (
	"context"
	"errors"
	"slices"

	"afterglow/service/store"
)

// queue is the campaigns that a worker is to refresh, the longest waiting first.
// All workers on a database begin with much the same queue.
type queue struct {
	waiting []waiting
	passed  int // how often the first has been passed over
	// reading returns the campaigns that any worker reads now; nil: there is none.
	reading func(ctx context.Context) ([]string, error)
	// campaign returns a campaign.
	campaign func(ctx context.Context, id string) (store.Campaign, error)
}

// waiting is a campaign, and the wiki that its list and its accounts are read from.
type waiting struct{ id, farm, wiki string }

// on returns the wiki alone.
func (w waiting) on() waiting { return waiting{farm: w.farm, wiki: w.wiki} }

func newQueue(s *store.Store, reading func(ctx context.Context) ([]string, error)) *queue {
	return &queue{reading: reading, campaign: s.Campaign}
}

func (q *queue) add(c store.Campaign) {
	q.waiting = append(q.waiting, waiting{c.ID, c.Farm, c.Source.Wiki})
}

// mostPassed is how often the campaign that has waited longest is passed over for
// others, while nobody reads its wiki.
const mostPassed = 12

// next takes out a campaign of a wiki on which no worker reads a campaign: two
// that read from one wiki wait for each other at every request. Of such wikis it
// is the one with most campaigns waiting, so that there are several to choose from
// to the end, and of its campaigns the first. Where all wikis are read it is the
// first of all. ok is false when none is left.
func (q *queue) next(ctx context.Context) (id string, ok bool, err error) {
	if len(q.waiting) == 0 {
		return "", false, nil
	}
	busy, err := q.busy(ctx)
	if err != nil {
		return "", false, err
	}
	i := q.choose(busy)
	if q.passed++; i == 0 {
		q.passed = 0
	}
	id = q.waiting[i].id
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return id, true, nil
}

// choose returns the place of the campaign to take next.
func (q *queue) choose(busy map[waiting]bool) int {
	counts := map[waiting]int{}
	for _, w := range q.waiting {
		counts[w.on()]++
	}
	best := -1
	for i, w := range q.waiting {
		switch {
		case busy[w.on()]:
		case best < 0 && q.passed >= mostPassed:
			return i
		case best < 0 || counts[w.on()] > counts[q.waiting[best].on()]:
			best = i
		}
	}
	return max(best, 0)
}

// busy returns the wikis on which a worker reads a campaign.
func (q *queue) busy(ctx context.Context) (map[waiting]bool, error) {
	if q.reading == nil || len(q.waiting) == 1 {
		return nil, nil
	}
	ids, err := q.reading(ctx)
	if err != nil {
		return nil, err
	}
	busy := map[waiting]bool{}
	for _, id := range ids {
		c, err := q.campaign(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue // it was removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		busy[waiting{farm: c.Farm, wiki: c.Source.Wiki}] = true
	}
	return busy, nil
}

// inOrder gives campaigns one after the other, where no other worker is about.
func inOrder(ids []string) *queue {
	q := &queue{}
	for _, id := range ids {
		q.waiting = append(q.waiting, waiting{id: id})
	}
	return q
}
