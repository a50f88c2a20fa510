package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
	"afterglow/service/refresh"
	"afterglow/service/store"
	"afterglow/service/web"
)

// DemoOptions is what `afterglow demo` was asked for.
type DemoOptions struct {
	Addr           string
	Once           bool   // write reports into Dir and return
	Dir            string // one directory a campaign is made in it
	Quiet          bool
	Stdout, Stderr io.Writer
}

// Demo starts a farm of wikis in the process, reads its campaigns, and serves
// them (or, with Once, writes their reports).
func Demo(ctx context.Context, o DemoOptions) error {
	var listener net.Listener
	if !o.Once { // a taken address is said at once, not after the work
		var err error
		if listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", o.Addr); err != nil {
			return fmt.Errorf("--addr %s: %w; give another with --addr", o.Addr, err)
		}
		defer listener.Close()
	}
	base := ""
	if listener != nil {
		base = demoBase(listener.Addr())
	}
	spec := sampleFarm(now(), base)
	farm, err := fakewiki.New(spec) //nolint:contextcheck // the farm lives until Close
	if err != nil {
		return fmt.Errorf("starting the sample wikis: %w", err)
	}
	defer farm.Close()
	s, err := store.Open(ctx, "sqlite::memory:", store.Options{Now: now})
	if err != nil {
		return fmt.Errorf("opening a database in memory: %w", err)
	}
	defer s.Close()
	if err := s.Migrate(ctx); err != nil {
		return fmt.Errorf("preparing the database in memory: %w", err)
	}
	// The farm is in this process: there is nobody to be polite to.
	// Whatever address a visitor types, only its wikis are asked.
	client, err := mwclient.New(mwclient.Options{Version: Version, PerWiki: 3, Allow: onlyFarm(farm, spec)})
	if err != nil {
		return fmt.Errorf("setting up the client: %w", err)
	}
	r := newRefresher(s, client, refresh.Options{MadeUp: true})
	ids, err := trackSamples(ctx, spec, farm.URL(sampleHome), client, r)
	if err != nil {
		return err
	}
	p := newProgress(o.Stderr, o.Quiet)
	defer p.finish()
	p.say("Six sample campaigns on three sample wikis. The people are made up.")
	if o.Once {
		return o.writeReports(ctx, s, client, r, ids)
	}
	began := now()
	_, partial, err := refreshAll(ctx, r.Refresh, inOrder(ids), p)
	if err == nil {
		err = partial
	}
	if err != nil {
		return err
	}
	p.say("%s", cost(mwclient.Stats{}, client.Stats(), now().Sub(began)))
	p.say("Sign in as one of the made-up people; no password is asked. One event is not tracked yet: %s", farm.EventURL(sampleUntracked))
	p.say("Serving on %s (Ctrl-C stops)", base)
	return o.serve(ctx, &worker{store: s, client: client, r: r, tally: &tally{store: s, stats: client.Stats}}, farm, base, listener)
}

// trackSamples tracks the events of the sample farm.
func trackSamples(ctx context.Context, spec fakewiki.Spec, address string, client *mwclient.Client, r *refresh.Refresher) ([]string, error) {
	wiki, err := client.Wiki(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("reading the sample wiki: %w", err)
	}
	var ids []string
	for _, e := range spec.Events {
		if e.ID == sampleUntracked {
			continue
		}
		c, err := r.Track(ctx, wiki, e.ID)
		if err != nil {
			return nil, fmt.Errorf("tracking a sample campaign: %w", err)
		}
		ids = append(ids, c.ID)
	}
	return ids, nil
}

func (o DemoOptions) writeReports(ctx context.Context, s *store.Store, client *mwclient.Client, r *refresh.Refresher, ids []string) error {
	for _, id := range ids {
		ro := ReportOptions{
			Dir: filepath.Join(o.Dir, id), Formats: []string{"svg", "json", "csv", "html"}, Lang: "en",
			Definition: url.Values{}, MinCell: defaultMinCell, Quiet: o.Quiet,
			Stdout: o.Stdout, Stderr: o.Stderr, madeUp: true,
		}
		if err := ro.run(ctx, s, client, r, []string{id}); err != nil {
			return err
		}
	}
	return nil
}

// demoBase is the address that a browser on this machine finds a listener at.
func demoBase(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if ip, errIP := netip.ParseAddr(host); err != nil || errIP != nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// onlyFarm allows the wikis of a farm.
func onlyFarm(farm *fakewiki.Farm, spec fakewiki.Spec) func(host string) error {
	allowed := map[string]bool{}
	for _, w := range spec.Wikis {
		allowed[strings.TrimPrefix(farm.URL(w.DB), "http://")] = true
	}
	return func(host string) error {
		if allowed[host] {
			return nil
		}
		return errors.New("the demo reads its own wikis only")
	}
}

func (o DemoOptions) serve(ctx context.Context, work *worker, farm *fakewiki.Farm, base string, l net.Listener) error {
	work.logger = slog.New(slog.NewTextHandler(o.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s, j := work.store, newJobs(work)
	login, err := loginAt(ctx, farm.URL(sampleHome), mwclient.OAuthOptions{ClientID: sampleConsumer, ClientSecret: sampleSecret, Callback: base + web.CallbackPath},
		s, work.client, work.r)
	if err != nil {
		return fmt.Errorf("setting up the login: %w", err)
	}
	w, err := web.New(web.Options{
		Campaigns: s, Events: s, Tracker: &tracker{worker: work}, Jobs: j, People: s, Snapshots: s, Login: login, BaseURL: base,
		EventExample: farm.EventURL(sampleUntracked),
		Version:      Version, Logger: work.logger, Now: now, Checks: []web.Check{{Name: "database", Err: s.Ping}},
	})
	if err != nil {
		return fmt.Errorf("setting up the server: %w", err)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return web.Serve(ctx, l, w, web.Limits{Shutdown: 2 * time.Second}, work.logger) })
	g.Go(func() error { return j.run(ctx) })
	return g.Wait()
}

// defaultMinCell is privacy.min_cell's default.
const defaultMinCell = 5
