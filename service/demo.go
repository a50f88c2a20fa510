package service

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"time"

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
	spec := sampleFarm(now())
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
	client, err := mwclient.New(mwclient.Options{Version: Version, PerWiki: 3})
	if err != nil {
		return fmt.Errorf("setting up the client: %w", err)
	}
	r := newRefresher(s, client, refresh.Options{MadeUp: true})
	ids, err := trackSamples(ctx, spec, farm.URL("metawiki"), client, r)
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
	partial, err := refreshAll(ctx, r.Refresh, ids, p)
	if err == nil {
		err = partial
	}
	if err != nil {
		return err
	}
	p.say("%s", cost(mwclient.Stats{}, client.Stats(), now().Sub(began)))
	p.say("Serving on http://%s (Ctrl-C stops)", listener.Addr())
	return o.serve(ctx, s, listener)
}

// trackSamples tracks the events of the sample farm.
func trackSamples(ctx context.Context, spec fakewiki.Spec, address string, client *mwclient.Client, r *refresh.Refresher) ([]string, error) {
	wiki, err := client.Wiki(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("reading the sample wiki: %w", err)
	}
	var ids []string
	for _, e := range spec.Events {
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

func (o DemoOptions) serve(ctx context.Context, s *store.Store, l net.Listener) error {
	logger := slog.New(slog.NewTextHandler(o.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	w, err := web.New(web.Options{
		Campaigns: s, Events: s, Version: Version, ReadOnly: true, Logger: logger, Now: now,
		Checks: []web.Check{{Name: "database", Err: s.Ping}},
	})
	if err != nil {
		return fmt.Errorf("setting up the server: %w", err)
	}
	return web.Serve(ctx, l, w, web.Limits{Shutdown: 2 * time.Second}, logger)
}

// defaultMinCell is privacy.min_cell's default.
const defaultMinCell = 5
