package service

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"afterglow/service/store"
)

// figures exports what the database knows of all processes' work: how fresh the
// campaigns are, what refreshing cost, which jobs wait. Every process of serve
// exports the same, so a query takes the greatest, not the sum.
type figures struct {
	store  *store.Store
	logger *slog.Logger
	now    func() time.Time

	mu   sync.Mutex
	at   time.Time // when last was read
	last []prometheus.Metric
}

const (
	// figuresFresh is how long figures serve before they are read again,
	// however many ask.
	figuresFresh = 15 * time.Second
	figuresTime  = 5 * time.Second
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("afterglow_"+name, help, labels, nil)
}

var (
	descCampaigns = describe("campaigns", "Campaigns, by how often they are refreshed.", "bucket")
	descFailing   = describe("campaigns_failing", "Campaigns whose last refresh left something unread.", "bucket")
	descAge       = describe("refresh_age_seconds", "Time since the oldest last refresh of a bucket's campaigns.", "bucket")
	descJobs      = describe("jobs", "Jobs that have not ended.", "state")
	descRequests  = describe("api_requests_total", "Requests that refreshes sent to a wiki, tries again included.", "wiki")
	descRetries   = describe("api_retries_total", "Requests to a wiki that were a try again.", "wiki")
	descThrottled = describe("api_throttled_total", "Answers of a wiki that asked for patience: 429, 503, maxlag, ratelimited, readonly.", "wiki")
	descRefreshes = describe("refreshes_total", "Refreshes of a campaign, by outcome.", "outcome")
	descDuration  = describe("refresh_duration_seconds", "Time to refresh a campaign.")
	descRead      = describe("figures_read_timestamp_seconds", "When these figures were last read from the database.")
)

// Describe and Collect make figures a prometheus.Collector.
func (f *figures) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descCampaigns, descFailing, descAge, descJobs, descRequests, descRetries,
		descThrottled, descRefreshes, descDuration, descRead} {
		ch <- d
	}
}

// Collect sends the figures. Where the database does not answer, those that were
// read last are sent, with the time of that reading.
func (f *figures) Collect(ch chan<- prometheus.Metric) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.now(); f.at.IsZero() || now.Sub(f.at) >= figuresFresh {
		ctx, cancel := context.WithTimeout(context.Background(), figuresTime)
		defer cancel()
		if list, err := f.read(ctx, now); err != nil {
			f.logger.WarnContext(ctx, "cannot read the figures for /metrics", "error", err)
		} else {
			f.at, f.last = now, list
		}
	}
	for _, m := range f.last {
		ch <- m
	}
}

func (f *figures) read(ctx context.Context, now time.Time) ([]prometheus.Metric, error) {
	o, err := f.store.Overview(ctx, now)
	if err != nil {
		return nil, err
	}
	counters, err := f.store.Counters(ctx)
	if err != nil {
		return nil, err
	}
	list := []prometheus.Metric{gauge(descRead, float64(now.Unix()))}
	for _, name := range store.Buckets() {
		b := o.Buckets[name]
		list = append(list, gauge(descCampaigns, float64(b.Campaigns), name), gauge(descFailing, float64(b.Failing), name))
		if name == store.BucketDaily || name == store.BucketMonthly {
			list = append(list, gauge(descAge, b.Oldest.Seconds(), name))
		}
	}
	for state, n := range o.Jobs {
		list = append(list, gauge(descJobs, float64(n), string(state)))
	}
	return append(list, counted(counters)...), nil
}

func gauge(d *prometheus.Desc, v float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

// counted turns the database's counters into metrics. Every outcome is there
// from the start, so that the first failure is an increase.
func counted(counters []store.Counter) []prometheus.Metric {
	by := map[string]*prometheus.Desc{countRequests: descRequests, countRetries: descRetries, countThrottled: descThrottled}
	outcomes := map[string]int64{outcomeDone: 0, outcomePartial: 0, outcomeFailed: 0}
	buckets := map[string]int64{}
	var millis int64
	var list []prometheus.Metric
	for _, c := range counters {
		switch d := by[c.Name]; {
		case d != nil:
			list = append(list, prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(c.Amount), c.Label))
		case c.Name == countRefreshes:
			outcomes[c.Label] = c.Amount
		case c.Name == countSeconds:
			buckets[c.Label] = c.Amount
		case c.Name == countMillis:
			millis = c.Amount
		}
	}
	for outcome, n := range outcomes {
		list = append(list, prometheus.MustNewConstMetric(descRefreshes, prometheus.CounterValue, float64(n), outcome))
	}
	cumulative, sum := map[float64]uint64{}, uint64(0)
	for _, bound := range refreshBuckets {
		sum += uint64(buckets[strconv.FormatFloat(bound, 'f', -1, 64)])
		cumulative[bound] = sum
	}
	sum += uint64(buckets["+Inf"])
	return append(list, prometheus.MustNewConstHistogram(descDuration, sum, float64(millis)/1000, cumulative))
}
