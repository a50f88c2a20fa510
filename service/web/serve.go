package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits bounds a connection. Zero values have the defaults of the comments.
type Limits struct {
	HeaderBytes int           // 16 KiB
	Read        time.Duration // for the headers and body to arrive: 10 s
	Write       time.Duration // for the answer to be computed and sent: 45 s
	Idle        time.Duration // for a kept connection: 2 min
	Shutdown    time.Duration // for the requests under way when ctx ends: 15 s
}

// Serve answers requests on l until ctx ends, then lets the requests under way
// finish for at most Limits.Shutdown, and closes l. It returns nil after such
// an end, and an error where serving or the end failed.
func Serve(ctx context.Context, l net.Listener, h http.Handler, limits Limits, logger *slog.Logger) error {
	setDefault(&limits.HeaderBytes, 16<<10)
	setDefault(&limits.Read, 10*time.Second)
	setDefault(&limits.Write, 45*time.Second)
	setDefault(&limits.Idle, 2*time.Minute)
	setDefault(&limits.Shutdown, 15*time.Second)
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: limits.Read,
		ReadTimeout:       limits.Read,
		WriteTimeout:      limits.Write,
		IdleTimeout:       limits.Idle,
		MaxHeaderBytes:    limits.HeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	if s, ok := h.(*Server); ok {
		server.RegisterOnShutdown(s.Stop)
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	// ctx is over, but the requests under way may end in their own time.
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), limits.Shutdown)
	defer cancel()
	err := server.Shutdown(ending)
	if err != nil {
		err = fmt.Errorf("stopping: requests still under way after %s: %w", limits.Shutdown, errors.Join(err, server.Close()))
	}
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) { // its goroutine is over
		err = errors.Join(err, served)
	}
	return err
}
