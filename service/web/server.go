package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/gorilla/mux"

	"afterglow/retention"
)

// Server answers HTTP requests. It is safe for concurrent use, keeps its own
// metrics registry, and starts no goroutine that outlives the requests it is for.
type Server struct {
	o         Options
	basePath  string // of Options.BaseURL: what a proxy in front takes off
	router    *mux.Router
	metrics   *metrics
	source    *source
	answers   *lru[*answer]
	memos     *lru[*memo]
	gzips     sync.Pool // of *gzip.Writer: each is 800 KB
	answering *flights[*answer]
	computing slots
	pages     *pages
	login     *login // nil: nobody can sign in
	origins   *http.CrossOriginProtection
	// Rights: who organizes events, and how often somebody may ask.
	organizers       *lru[organizersKnown]
	askingOrganizers *flights[organizersKnown]
	limits           rateLimits
	largeBodies      slots
	watches          *watches
	feeds            *lru[feedKnown]
	feeding          *flights[*answer]
	stopping         chan struct{} // closed by Stop
	stop             sync.Once
	failing          failing // of Options.Checks
	// markSeries is each campaign's marks for the list, by tag.
	markSeries *lru[retention.Series]
}

// New returns a server. The error says which option is wrong.
func New(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	o.BaseURL = strings.TrimRight(o.BaseURL, "/")
	s := &Server{
		o: o, metrics: newMetrics(o.Version), answers: newLRU[*answer](o.AnswerBytes), memos: newLRU[*memo](memoBytes),
		answering: newFlights[*answer](o.Timeout), computing: make(slots, o.Computations),
		organizers: newLRU[organizersKnown](mostOrganized), askingOrganizers: newFlights[organizersKnown](o.Timeout),
		limits: newRateLimits(o), largeBodies: make(slots, mostLargeBodies), watches: newWatches(o), feeds: newLRU[feedKnown](mostFeeds), feeding: newFlights[*answer](o.Timeout), stopping: make(chan struct{}),
		markSeries: newLRU[retention.Series](mostMarkSeries), origins: http.NewCrossOriginProtection(),
	}
	if u, err := url.Parse(o.BaseURL); err == nil && u.Host != "" { // withDefaults has parsed it
		s.basePath = u.Path
		// A proxy in front may change the Host that the Origin is compared with.
		if err := s.origins.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, fmt.Errorf("web: Options.BaseURL: %w", err)
		}
	}
	if s.login, err = newLogin(o, s.fail); err != nil {
		return nil, err
	}
	if s.pages, err = newPages(); err != nil {
		return nil, fmt.Errorf("web: the pages: %w", err)
	}
	s.o.Campaigns = s.metrics.meter(o.Campaigns, o.Now)
	s.source = newSource(s.o, s.metrics)
	s.metrics.watch(s.source.cohorts.bytes, s.answers.bytes)
	s.router = s.routes()
	return s, nil
}

// routes lists every path. Paths are matched as they were sent, so that an
// encoded slash stays part of its segment and matches nothing.
func (s *Server) routes() *mux.Router {
	m := mux.NewRouter().SkipClean(true).UseEncodedPath()
	route := func(methods []string, path string, h http.Handler) { m.Handle(path, h).Methods(methods...) }
	reads := []string{http.MethodGet, http.MethodHead, http.MethodOptions}
	handle := func(path, name string, a audience, h handler) { route(reads, path, s.route(name, a, h)) }
	on := func(method, path, name string, h handler) { route([]string{method}, path, s.route(name, forPerson, h)) }
	const (
		id    = "{id:" + idPattern + "}"
		job   = "{job:" + jobPattern + "}"
		chart = "{chart:[a-z]+}.{format:[a-z]+}"
	)
	handle("/v1/campaigns", "campaigns", forAnyone, s.campaigns)
	handle("/v1/campaigns/"+id, "campaign", forAnyone, s.campaign)
	on(http.MethodPost, trackPath, "track campaign", s.trackCampaign)
	on(http.MethodDelete, "/v1/campaigns/"+id, "remove campaign", s.removeCampaign)
	on(http.MethodPost, "/v1/campaigns/"+id+"/refresh", "refresh", s.refreshCampaign)
	handle("/v1/campaigns/"+id+"/participants", "participants", forPerson, s.participants)
	handle("/v1/campaigns/"+id+"/snapshots/{mark:[1-9][0-9]?}.json", "snapshot", forAnyone, s.snapshot)
	handle("/v1/campaigns/"+id+"/feed.atom", "feed", forAnyone, s.feed)
	handle("/v1/feed.atom", "feed", forAnyone, s.feed)
	handle("/v1/jobs/"+job, "job", forAnyone, s.job)
	route(reads, "/v1/jobs/"+job+"/events", s.stream("job events", forAnyone, s.jobEvents))
	handle("/v1/campaigns/"+id+"/"+chart, "chart", forAnyone, s.chart)
	handle("/v1/compare/"+chart, "compare", forAnyone, s.compare)
	handle("/openapi.yaml", "openapi", forAnyone, s.openapi)
	handle("/healthz", "healthz", forOwners, s.healthz)
	handle("/readyz", "readyz", forOwners, s.readyz)
	if !s.o.PrivateMetrics {
		handle("/metrics", "metrics", forOwners, s.serveMetrics())
	}
	handle("/", "home", forPeople, s.home)
	handle("/campaigns/"+id, "page", forPeople, s.campaignPage)
	on(http.MethodPost, "/campaigns/"+id+"/delete", "remove campaign", s.removeByForm)
	handle("/about", "about", forPeople, s.about)
	handle(embedPath, "playground", forPeople, s.embedPage)
	handle("/compare", "comparepage", forPeople, s.comparePage)
	handle("/privacy", "privacy", forPeople, s.privacy)
	handle(trackPagePath, "track", forPeople, s.trackPage)
	m.Handle(trackPagePath, s.route("track", forPeople, s.postTrack)).Methods(http.MethodPost)
	handle("/mine", "mine", forPeople, s.mine)
	handle("/campaigns/"+id+"/participants", "participants page", forPeople, s.participantsPage)
	handle("/campaigns/"+id+"/delete", "delete page", forPeople, s.deletePage)
	if s.login != nil {
		handle("/login", "login", forPeople, s.beginLogin)
		handle(CallbackPath, "callback", forPeople, s.endLogin)
		m.Handle("/logout", s.route("logout", forPeople, s.endSession)).Methods(http.MethodPost)
	}
	handle("/static/{file:[a-z0-9.-]+}", "static", forPages, s.static)
	handle("/robots.txt", "robots", forPages, s.robots)

	m.NotFoundHandler = s.none(func(*http.Request) error {
		return plain(http.StatusNotFound, "there is nothing at this address; /openapi.yaml lists what there is")
	})
	m.MethodNotAllowedHandler = s.none(func(r *http.Request) error {
		return plain(http.StatusMethodNotAllowed, "this address understands "+s.methodsOf(r))
	})
	return m
}

// methodsOf is what an address understands.
func (s *Server) methodsOf(r *http.Request) string {
	var found []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPost, http.MethodDelete} {
		asked := *r
		asked.Method = method
		var match mux.RouteMatch
		if s.router.Match(&asked, &match) && match.MatchErr == nil {
			found = append(found, method)
		}
	}
	return strings.Join(found, ", ")
}

// none answers for addresses and methods that do not exist. Below /v1 programs
// ask, elsewhere perhaps people.
func (s *Server) none(because func(*http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := forPeople
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			a = forAnyone
		}
		s.route("none", a, func(w http.ResponseWriter, r *http.Request) error {
			err := because(r)
			if problemOf(err).Status == http.StatusMethodNotAllowed {
				w.Header().Set("Allow", s.methodsOf(r))
			}
			return err
		}).ServeHTTP(w, r)
	})
}

// Stop ends the answers that would go on by themselves, such as a job's events.
// It may be called while requests are under way, and more than once.
func (s *Server) Stop() { s.stop.Do(func() { close(s.stopping) }) }
