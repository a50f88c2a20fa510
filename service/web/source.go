package web

import (
	"context"
	"errors"
	"fmt"
	"time"

	"afterglow/retention"
	"afterglow/service/store"
)

// source reads campaigns and their cohorts, and remembers both: what is known
// of a campaign for Options.Freshness, a cohort as long as its revision lasts
// and the budget allows.
type source struct {
	o         Options
	campaigns *lru[*known]
	cohorts   *lru[loaded]
	asking    *flights[store.Campaign]
	loading   *flights[loaded]
	loads     slots
	metrics   *metrics
}

// known is what was last read of a campaign.
type known struct {
	campaign store.Campaign
	err      error // nil, or wraps store.ErrNotFound
	at       time.Time
}

// loaded is a cohort with the campaign's state that it belongs to.
type loaded struct {
	campaign store.Campaign
	cohort   *retention.Cohort
}

// mostCampaigns bounds the campaigns remembered; each is about 1 KiB.
const mostCampaigns = 10_000

func newSource(o Options, m *metrics) *source {
	return &source{
		o: o, campaigns: newLRU[*known](mostCampaigns), cohorts: newLRU[loaded](o.CohortBytes),
		asking: newFlights[store.Campaign](o.Timeout), loading: newFlights[loaded](o.Timeout),
		loads: make(slots, o.Computations), metrics: m,
	}
}

// campaign returns a campaign as it was at most Options.Freshness ago.
func (s *source) campaign(ctx context.Context, id string) (store.Campaign, error) {
	if k, ok := s.fresh(id, s.o.Now()); ok {
		return k.campaign, k.err
	}
	return s.ask(ctx, id)
}

// fresh returns what is known of a campaign, if at a time it is not older than
// Options.Freshness.
func (s *source) fresh(id string, now time.Time) (*known, bool) {
	k, ok := s.campaigns.get(id)
	if !ok {
		return nil, false
	}
	age := now.Sub(k.at)
	return k, age >= 0 && age < s.o.Freshness
}

// ask reads a campaign now.
func (s *source) ask(ctx context.Context, id string) (store.Campaign, error) {
	return s.asking.do(ctx, id, func(ctx context.Context) (store.Campaign, error) {
		at := s.o.Now() // before: what changes while it is read counts as unseen
		c, err := s.o.Campaigns.Campaign(ctx, id)
		if err == nil || errors.Is(err, store.ErrNotFound) {
			s.campaigns.put(id, &known{c, err, at}, 1)
		}
		return c, err
	})
}

// cohort returns the cohort of a campaign that is ready, with the state of the
// campaign that it belongs to, which may be newer than c.
func (s *source) cohort(ctx context.Context, c store.Campaign) (loaded, error) {
	if l, ok := s.cohorts.get(c.ID); ok && l.campaign.Revision >= c.Revision {
		s.metrics.cohorts.WithLabelValues("hit").Inc()
		return l, nil
	}
	s.metrics.cohorts.WithLabelValues("miss").Inc()
	key := fmt.Sprintf("%d %s", c.Revision, c.ID)
	return s.loading.do(ctx, key, func(ctx context.Context) (loaded, error) {
		give, err := s.loads.take(ctx)
		if err != nil {
			return loaded{}, err
		}
		defer give()
		return s.load(ctx, c)
	})
}

// load reads a cohort from the store. A refresh may be saved between reading
// the campaign and reading the cohort, so the campaign is asked for again, and
// a pair that does not match is read anew.
func (s *source) load(ctx context.Context, c store.Campaign) (loaded, error) {
	const tries = 5
	for range tries {
		cohort, err := s.o.Campaigns.Cohort(ctx, c.ID)
		if err != nil {
			return loaded{}, fmt.Errorf("loading the cohort of %s: %w", c.ID, err)
		}
		after, err := s.ask(ctx, c.ID)
		if err != nil {
			return loaded{}, fmt.Errorf("loading the cohort of %s: %w", c.ID, err)
		}
		if after.Revision == c.Revision {
			l := loaded{after, cohort}
			s.cohorts.put(c.ID, l, int64(cohort.Bytes()))
			return l, nil
		}
		c = after
	}
	return loaded{}, fmt.Errorf("loading the cohort of %s: it changed %d times meanwhile: %w", c.ID, tries, context.DeadlineExceeded)
}
