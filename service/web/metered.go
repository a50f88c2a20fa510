package web

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"afterglow/retention"
	"afterglow/service/store"
)

// metered is Campaigns with its time and its errors measured, by operation.
type metered struct {
	campaigns Campaigns
	now       func() time.Time
	duration  *prometheus.HistogramVec
	errors    *prometheus.CounterVec
}

// Operations on the store.
const (
	opCampaign = "campaign"
	opList     = "list"
	opCohort   = "cohort"
	opBaseline = "baseline"
)

// meter measures what is read of campaigns.
func (m *metrics) meter(c Campaigns, now func() time.Time) Campaigns {
	s := metered{
		campaigns: c, now: now,
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "afterglow_store_duration_seconds", Help: "Time to read from the database, by operation.", Buckets: latencies,
		}, []string{"operation"}),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "afterglow_store_errors_total", Help: "Readings from the database that failed, by operation.",
		}, []string{"operation"}),
	}
	for _, op := range []string{opCampaign, opList, opCohort, opBaseline} {
		s.errors.WithLabelValues(op) // from the start, so that the first error is an increase
	}
	m.registry.MustRegister(s.duration, s.errors)
	return s
}

// observe notes a reading that began at a time. What is not there, what makes
// no sense and who went away are no failures of the database.
func (m metered) observe(op string, began time.Time, err error) {
	m.duration.WithLabelValues(op).Observe(m.now().Sub(began).Seconds())
	if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrInvalid) && !errors.Is(err, context.Canceled) {
		m.errors.WithLabelValues(op).Inc()
	}
}

func (m metered) Campaign(ctx context.Context, id string) (store.Campaign, error) {
	began := m.now()
	c, err := m.campaigns.Campaign(ctx, id)
	m.observe(opCampaign, began, err)
	return c, err
}

func (m metered) Campaigns(ctx context.Context, q store.Query) (page []store.Campaign, next string, err error) {
	began := m.now()
	page, next, err = m.campaigns.Campaigns(ctx, q)
	m.observe(opList, began, err)
	return page, next, err
}

func (m metered) Cohort(ctx context.Context, id string) (*retention.Cohort, error) {
	began := m.now()
	c, err := m.campaigns.Cohort(ctx, id)
	m.observe(opCohort, began, err)
	return c, err
}

func (m metered) Baseline(ctx context.Context, id string) (*retention.Baseline, error) {
	began := m.now()
	b, err := m.campaigns.Baseline(ctx, id)
	m.observe(opBaseline, began, err)
	return b, err
}
