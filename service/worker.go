package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"afterglow/config"
	"afterglow/mwclient"
	"afterglow/mwclient/replica"
	"afterglow/service/refresh"
	"afterglow/service/store"
)

// worker refreshes campaigns as the configuration says: for the command, for the
// schedule of serve, and for jobs.
type worker struct {
	store    *store.Store
	client   *mwclient.Client
	replicas *replica.Client // nil: contributions are read over the API
	turns    *slots          // nil: no other worker reads these wikis
	r        *refresh.Refresher
	tally    *tally
	logger   *slog.Logger
}

// newWorker returns a worker. Close ends what it holds; the store stays open.
func newWorker(cfg *config.Config, s *store.Store, logger *slog.Logger) (*worker, error) {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	// All workers on this database together keep to the limit for each wiki.
	turns := newSlots(s, cfg.Refresh.PerWiki, logger)
	client, err := newClient(cfg, logger, turns.turn)
	if err != nil {
		turns.close()
		return nil, err
	}
	w := &worker{store: s, client: client, turns: turns, tally: &tally{store: s, stats: client.Stats}, logger: logger}
	dashboards, err := newDashboards(cfg, logger)
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	o := refresh.Options{Logger: logger, MinCell: cfg.Privacy.MinCell, Dashboards: dashboards, Choose: turns.choose}
	if cfg.Contributions == "replica" {
		if w.replicas, err = newReplicas(cfg, logger); err != nil {
			return nil, errors.Join(err, w.Close())
		}
		o.Replica = func(wiki string) (refresh.Replica, error) { return w.replicas.Wiki(wiki) }
	}
	w.r = newRefresher(s, client, o)
	return w, nil
}

// newReplicas returns the client for the configured replicas.
func newReplicas(cfg *config.Config, logger *slog.Logger) (*replica.Client, error) {
	r := cfg.Replicas
	c, err := replica.New(replica.Options{
		User: r.User, Password: r.Password.Reveal(), Service: r.Service, Host: r.Host, Database: r.Database,
		NoMeta: !r.Meta, NoCentralAuth: !r.CentralAuth, Logger: logger,
	})
	if err != nil {
		return nil, fmt.Errorf("setting up the replicas: %w", err)
	}
	return c, nil
}

// Close ends the connections to replicas and gives the wikis' slots back. No
// campaign may be under way.
func (w *worker) Close() error {
	if w.turns != nil {
		w.turns.close()
	}
	if w.replicas == nil {
		return nil
	}
	return w.replicas.Close()
}

// runCampaign refreshes one campaign. progress may be nil. Its errors are
// refresh.Refresher.Refresh's: store.ErrBusy where another worker has the
// campaign, refresh.ErrPartial where some wikis could not be read.
func (w *worker) runCampaign(ctx context.Context, id string, progress func(refresh.Progress)) (refresh.Report, error) {
	return w.runIf(ctx, id, nil, progress)
}

// runIf is runCampaign if wanted says so of the campaign once this worker has it,
// else refresh.ErrNotWanted.
func (w *worker) runIf(ctx context.Context, id string, wanted func(store.Campaign) bool, progress func(refresh.Progress)) (refresh.Report, error) {
	return w.counted(ctx, func() (refresh.Report, error) { return w.r.RefreshIf(ctx, id, wanted, progress) })
}
