package running

import (
	"context"
	"errors"
	"sync"
	"testing"

	"afterglow/config"
	"afterglow/service"
	"afterglow/service/e2e/machine"
)

// Service is a service at work.
type Service struct {
	*service.Service
	Log machine.Buffer // what it has logged so far

	t    testing.TB
	end  context.CancelFunc
	done chan error // of Run
	once sync.Once
}

// Start starts the service of a configuration. It is stopped when the test ends.
func Start(t testing.TB, cfg *config.Config) *Service {
	t.Helper()
	ctx, end := context.WithCancel(context.WithoutCancel(t.Context())) // cleanups still need the service
	s := &Service{t: t, end: end, done: make(chan error, 1)}
	var err error
	if s.Service, err = service.New(ctx, cfg, &s.Log); err != nil {
		end()
		t.Fatal(err)
	}
	go func() { s.done <- s.Run(ctx) }()
	t.Cleanup(s.Stop)
	return s
}

// Stop ends the service as Ctrl-C does, and waits. The test fails where it does
// not end well. More than once does no harm.
func (s *Service) Stop() {
	s.t.Helper()
	s.once.Do(func() {
		s.end()
		if err := errors.Join(<-s.done, s.Close()); err != nil {
			s.t.Errorf("the service ended with %v\n%s", err, &s.Log)
		}
	})
}
