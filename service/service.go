package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

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
	web      *web.Server
	listener net.Listener
}

// New opens the database, brings it up to date, and starts to listen. Run
// serves; Close gives everything back.
func New(ctx context.Context, cfg *config.Config, logOutput io.Writer) (*Service, error) {
	s := &Service{cfg: cfg, logger: newLogger(cfg, logOutput)}
	var err error
	if s.store, err = openStore(ctx, cfg); err != nil {
		return nil, err
	}
	s.web, err = web.New(web.Options{
		Campaigns: s.store, Events: s.store, Version: Version, BaseURL: cfg.BaseURL, ReadOnly: !cfg.Login(),
		Checks:  []web.Check{{Name: "database", Err: s.store.Ping}},
		MinCell: cfg.Privacy.MinCell, Gap: cfg.Refresh.Gap,
		CohortBytes: int64(cfg.Limits.CohortCacheMB) << 20, AnswerBytes: int64(cfg.Limits.AnswerCacheMB) << 20,
		Computations: cfg.Limits.Computations, MaxURL: cfg.Limits.URLBytes, MaxBody: int64(cfg.Limits.BodyBytes),
		Timeout: cfg.Limits.RequestTimeout, Logger: s.logger, Now: now,
	})
	if err == nil {
		s.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Listen)
	}
	if err != nil {
		return nil, fmt.Errorf("listen %s: %w", cfg.Listen, errors.Join(err, s.store.Close()))
	}
	return s, nil
}

// Addr returns the address that the service listens on.
func (s *Service) Addr() string { return s.listener.Addr().String() }

// Run serves until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	s.logger.Info("serving", "address", s.Addr(), "version", Version, "database", s.cfg.Database)
	l := s.cfg.Limits
	return web.Serve(ctx, s.listener, s.web, web.Limits{
		HeaderBytes: l.HeaderBytes, Read: l.ReadTimeout, Write: l.RequestTimeout + 15*time.Second,
		Idle: l.IdleTimeout, Shutdown: l.ShutdownTimeout,
	}, s.logger)
}

// Close gives back the database and the address.
func (s *Service) Close() error {
	s.listener.Close() // closed already where Run has ended
	return s.store.Close()
}

// Serve runs the service until ctx ends.
func Serve(ctx context.Context, cfg *config.Config, logOutput io.Writer) error {
	s, err := New(ctx, cfg, logOutput)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Run(ctx)
}
