package web

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics is one server's registry. Names follow Wikimedia's services.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	panics   prometheus.Counter
	cohorts  *prometheus.CounterVec
	compute  prometheus.Histogram

	answerHit, answerMiss prometheus.Counter

	mu     sync.RWMutex
	series map[seriesOf]series // of requests and duration, found by their labels
}

// seriesOf is the labels of a request. There are few: methods that are known,
// routes, and the statuses that they answer with.
type seriesOf struct {
	method, route string
	status        int
}

type series struct {
	requests prometheus.Counter
	duration prometheus.Observer
}

// latencies are the bounds of Wikimedia's services, in seconds.
var latencies = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1}

func newMetrics(version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total", Help: "Requests answered, by method, route and status.",
		}, []string{"method", "handler", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds", Help: "Time to answer a request, by method and route.", Buckets: latencies,
		}, []string{"method", "handler"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "http_requests_in_flight", Help: "Requests being answered."}),
		panics:   prometheus.NewCounter(prometheus.CounterOpts{Name: "afterglow_panics_total", Help: "Requests that panicked."}),
		cohorts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "afterglow_cohort_cache_total", Help: "Cohorts asked of memory, by result.",
		}, []string{"result"}),
		series: map[seriesOf]series{},
		compute: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "afterglow_compute_duration_seconds", Help: "Time to compute and write one answer from a loaded cohort.", Buckets: latencies,
		}),
	}
	answers := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "afterglow_answer_cache_total", Help: "Answers asked of memory, by result.",
	}, []string{"result"})
	m.answerHit, m.answerMiss = answers.WithLabelValues("hit"), answers.WithLabelValues("miss")
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "afterglow_build_info", Help: "The program's version.", ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.duration, m.inFlight, m.panics, m.cohorts, answers, m.compute, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watch exports the sizes of the memories.
func (m *metrics) watch(cohorts, answers func() int64) {
	gauge := func(name, help string, f func() int64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(f()) }))
	}
	gauge("afterglow_cohort_cache_bytes", "Memory held by loaded cohorts.", cohorts)
	gauge("afterglow_answer_cache_bytes", "Memory held by finished answers.", answers)
}

func (m *metrics) count(method, route string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch:
	default:
		method = "other" // a client can invent methods without end
	}
	of := m.seriesOf(seriesOf{method, route, status})
	of.requests.Inc()
	of.duration.Observe(took.Seconds())
}

// seriesOf finds series without putting their labels together each time.
func (m *metrics) seriesOf(k seriesOf) series {
	m.mu.RLock()
	found, ok := m.series[k]
	m.mu.RUnlock()
	if ok {
		return found
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	found = series{m.requests.WithLabelValues(k.method, k.route, strconv.Itoa(k.status)), m.duration.WithLabelValues(k.method, k.route)}
	m.series[k] = found
	return found
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, MaxRequestsInFlight: 3})
}

// Registry returns the server's own registry, for the metrics of other parts of
// the process.
func (s *Server) Registry() *prometheus.Registry { return s.metrics.registry }
