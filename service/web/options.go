package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"time"

	"afterglow/retention"
	"afterglow/service/store"
)

// Campaigns is what the server reads. Errors wrap store.ErrNotFound where there
// is no such campaign (or, for Baseline, no stored comparison), and
// store.ErrInvalid where a query makes no sense.
type Campaigns interface {
	Campaign(ctx context.Context, id string) (store.Campaign, error)
	Campaigns(ctx context.Context, q store.Query) (page []store.Campaign, next string, err error)
	Cohort(ctx context.Context, id string) (*retention.Cohort, error)
	Baseline(ctx context.Context, id string) (*retention.Baseline, error)
}

// Events finds a campaign by any wiki of its farm, since event numbers are
// shared by a farm. The error wraps store.ErrNotFound where there is none.
type Events interface {
	FindEvent(ctx context.Context, wiki string, event int64) (store.Campaign, error)
}

// Check is one thing that must work before the server can answer. Err returns
// nil if it does.
type Check struct {
	Name string
	Err  func(context.Context) error
}

// Options configures a Server. Campaigns and Now are required; the rest has
// defaults.
type Options struct {
	Campaigns Campaigns
	Events    Events    // nil: no redirects from other wikis of a farm
	Checks    []Check   // what /readyz asks
	Version   string    // of the program; part of every ETag
	BaseURL   string    // as readers see it, without a slash at the end; empty: links are relative
	Login     *Login    // nil: nobody can sign in, and pages do not offer it
	ReadOnly  bool      // nobody can track a campaign here: pages do not offer it
	Snapshots Snapshots // nil: none are kept
	Tracker   Tracker   // nil: nothing can be tracked here
	Jobs      Jobs      // nil: nothing can be tracked here
	People    People    // nil: nothing can be tracked here

	// EventExample is the address that the form for tracking gives as an example;
	// default: one of Meta-Wiki without a name.
	EventExample string

	// PrivateMetrics keeps /metrics to Server.Private.
	PrivateMetrics bool

	MinCell int // points with fewer people at risk are suppressed; default 5
	Gap     int // default of the parameter gap, days; default 60

	CohortBytes  int64         // memory for loaded cohorts; default 256 MiB
	AnswerBytes  int64         // memory for finished answers; default 64 MiB
	Computations int           // figures computed at once; default 4
	MaxURL       int           // bytes of a request's address; default 8192
	MaxBody      int64         // bytes of a request's body; default 64 KiB
	Timeout      time.Duration // for one answer; default 30 s
	// Proxies are the networks of the proxies in front, whose X-Forwarded-For is
	// believed.
	Proxies []netip.Prefix
	// AddressRate is how many requests a second one address may send for long,
	// AddressBurst how many at once; 0: any number.
	AddressRate, AddressBurst int
	// EventClients bounds those who follow jobs' events at once, EventClientsEach
	// those of one address; default 256 and 8.
	EventClients, EventClientsEach int
	// JobBeat is how often a job is looked at that somebody follows, Heartbeat
	// after how long a client is told that the connection still stands; default
	// 1 s and 15 s.
	JobBeat, Heartbeat time.Duration
	// Freshness is how long what was read of a campaign is believed before its
	// revision is asked for again; default 1 s, negative: never.
	Freshness time.Duration

	Logger *slog.Logger     // default: discards
	Now    func() time.Time // tells the time; required
}

// withDefaults fills in what is zero and refuses what cannot work.
func (o Options) withDefaults() (Options, error) {
	if o.Campaigns == nil || o.Now == nil {
		return o, errors.New("web: Options.Campaigns and Options.Now are required")
	}
	if o.BaseURL != "" {
		if u, err := url.Parse(o.BaseURL); err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
			return o, fmt.Errorf("web: Options.BaseURL: %q is not an absolute address", o.BaseURL)
		}
	}
	setDefault(&o.MinCell, 5)
	setDefault(&o.Gap, 60)
	setDefault(&o.CohortBytes, 256<<20)
	setDefault(&o.AnswerBytes, 64<<20)
	setDefault(&o.Computations, 4)
	setDefault(&o.MaxURL, 8192)
	setDefault(&o.MaxBody, 64<<10)
	setDefault(&o.Timeout, 30*time.Second)
	setDefault(&o.Freshness, time.Second)
	setDefault(&o.EventClients, 256)
	setDefault(&o.EventClientsEach, 8)
	setDefault(&o.JobBeat, time.Second)
	setDefault(&o.Heartbeat, eventsHeartbeat)
	if o.Version == "" {
		o.Version = "unknown"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

func setDefault[T int | int64 | time.Duration](v *T, to T) {
	if *v == 0 {
		*v = to
	}
}
