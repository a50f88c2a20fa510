package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"golang.org/x/sync/errgroup"

	"afterglow/config"
	"afterglow/service/store"
	"afterglow/service/web"
)

// Service is the server with everything it needs. A test can embed it on
// 127.0.0.1:0.
type Service struct {
	cfg      *config.Config
	logger   *slog.Logger
	store    *store.Store
	worker   *worker
	jobs     *jobs
	schedule *schedule // nil: cron refreshes what is due
	web      *web.Server
	listener net.Listener
	private  net.Listener // nil: none is configured
}

// New opens the database, brings it up to date, and starts to listen. Run
// serves; Close gives everything back.
func New(ctx context.Context, cfg *config.Config, logOutput io.Writer) (*Service, error) {
	s := &Service{cfg: cfg, logger: newLogger(cfg, logOutput)}
	var err error
	if s.store, err = openStore(ctx, cfg); err != nil {
		return nil, err
	}
	if s.worker, err = newWorker(cfg, s.store, s.logger); err != nil {
		return nil, errors.Join(err, s.store.Close())
	}
	s.jobs = newJobs(s.worker)
	if cfg.Refresh.Schedule {
		s.schedule = newSchedule(s.worker, cfg.Refresh.Interval)
	}
	login, err := newLogin(ctx, cfg, s.store, s.worker.client, s.worker.r)
	if err != nil {
		return nil, errors.Join(err, s.worker.Close(), s.store.Close())
	}
	s.web, err = web.New(web.Options{
		Tracker: &tracker{worker: s.worker, dashboards: cfg.Dashboards}, Jobs: s.jobs, People: s.store, Snapshots: s.store,
		Campaigns: s.store, Events: s.store, Version: Version, BaseURL: cfg.BaseURL, Login: login, ReadOnly: !cfg.Login(),
		Checks:  checks(cfg, s.store),
		MinCell: cfg.Privacy.MinCell, Gap: cfg.Refresh.Gap,
		CohortBytes: int64(cfg.Limits.CohortCacheMB) << 20, AnswerBytes: int64(cfg.Limits.AnswerCacheMB) << 20,
		Computations: cfg.Limits.Computations, MaxURL: cfg.Limits.URLBytes, MaxBody: int64(cfg.Limits.BodyBytes),
		Timeout: cfg.Limits.RequestTimeout, Logger: s.logger, Now: now,
		Proxies: cfg.Proxies(), AddressRate: cfg.Limits.AddressRate, AddressBurst: cfg.Limits.AddressBurst,
		PrivateMetrics: cfg.PrivateListen != "",
	})
	if err == nil {
		err = s.web.Registry().Register(&figures{store: s.store, logger: s.logger, now: now})
	}
	if err == nil {
		err = s.listen(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.worker.Close(), s.store.Close())
	}
	return s, nil
}

// listen takes the configured addresses.
func (s *Service) listen(ctx context.Context) (err error) {
	var lc net.ListenConfig
	if s.listener, err = lc.Listen(ctx, "tcp", s.cfg.Listen); err != nil {
		return fmt.Errorf("listen %s: %w", s.cfg.Listen, err)
	}
	if s.cfg.PrivateListen == "" {
		return nil
	}
	if s.private, err = lc.Listen(ctx, "tcp", s.cfg.PrivateListen); err != nil {
		s.listener.Close()
		return fmt.Errorf("private_listen %s: %w", s.cfg.PrivateListen, err)
	}
	return nil
}

// Addr returns the address that the service listens on.
func (s *Service) Addr() string { return s.listener.Addr().String() }

// PrivateAddr returns the address of metrics and profiles; empty: there is none.
func (s *Service) PrivateAddr() string {
	if s.private == nil {
		return ""
	}
	return s.private.Addr().String()
}

// Run serves, does the refreshes that people ask for, and those that are due
// unless another process does, until ctx ends or one of its addresses fails.
func (s *Service) Run(ctx context.Context) error {
	s.logger.Info("serving", "address", s.Addr(), "private_address", s.PrivateAddr(), "version", Version, "database", s.cfg.Database)
	l := s.cfg.Limits
	limits := web.Limits{
		HeaderBytes: l.HeaderBytes, Read: l.ReadTimeout, Write: l.RequestTimeout + 15*time.Second,
		Idle: l.IdleTimeout, Shutdown: l.ShutdownTimeout,
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return web.Serve(ctx, s.listener, s.web, limits, s.logger) })
	g.Go(func() error { return s.jobs.run(ctx) })
	if s.schedule != nil {
		g.Go(func() error { return s.schedule.run(ctx) })
	}
	if s.private != nil {
		limits.Write = profileTime
		g.Go(func() error { return web.Serve(ctx, s.private, s.web.Private(), limits, s.logger) })
	}
	return g.Wait()
}

// profileTime is the longest that a profile may be taken for.
const profileTime = 2 * time.Minute

// Close gives back the database and the address.
func (s *Service) Close() error {
	s.listener.Close() // closed already where Run has ended
	if s.private != nil {
		s.private.Close()
	}
	return errors.Join(s.worker.Close(), s.store.Close())
}

// Serve runs the service until ctx ends.
func Serve(ctx context.Context, cfg *config.Config, logOutput io.Writer) error {
	defer spareCollections()()
	s, err := New(ctx, cfg, logOutput)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Run(ctx)
}
