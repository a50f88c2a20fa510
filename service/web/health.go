package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// checkResult is one line of /readyz.
type checkResult struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"` // at the private address alone
}

// readinessJSON is what /readyz answers.
type readinessJSON struct {
	Status string        `json:"status"`
	Checks []checkResult `json:"checks"`
}

// failing remembers which checks failed when they were last asked, so that the log
// gets a line when that changes, and not for every probe.
type failing struct {
	mu     sync.Mutex
	checks map[string]bool
}

// changed reports whether a check's outcome is another than before. One that was
// never asked is taken to have been well.
func (f *failing) changed(name string, failed bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.checks[name] == failed {
		return false
	}
	if f.checks == nil {
		f.checks = map[string]bool{}
	}
	f.checks[name] = failed
	return true
}

// healthz says that the process runs.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r, "healthz", nil); err != nil {
		return err
	}
	return writeJSON(w, r, http.StatusOK, struct {
		Status  string `json:"status"`
		Version string `json:"version"`
	}{"ok", s.o.Version})
}

// readyz asks every check, and says which failed. Why is in the log and at the
// private address: the cause may name hosts and paths.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r, "readyz", nil); err != nil {
		return err
	}
	status, answer := s.readiness(r.Context())
	for i := range answer.Checks {
		answer.Checks[i].Error = ""
	}
	return writeJSON(w, r, status, answer)
}

// readiness asks every check.
func (s *Server) readiness(ctx context.Context) (status int, answer readinessJSON) {
	status, answer = http.StatusOK, readinessJSON{Status: "ready", Checks: make([]checkResult, len(s.o.Checks))}
	for i, check := range s.o.Checks {
		bounded, cancel := context.WithTimeout(ctx, checkTimeout)
		err := check.Err(bounded)
		cancel()
		answer.Checks[i] = checkResult{Name: check.Name, OK: err == nil}
		if err != nil {
			status, answer.Status = http.StatusServiceUnavailable, "not ready"
			answer.Checks[i].Error = shorten(strings.Join(strings.Fields(err.Error()), " "))
		}
		if ctx.Err() != nil || !s.failing.changed(check.Name, err != nil) {
			continue // nobody waits for the answer, or it is known
		}
		if err != nil {
			s.o.Logger.ErrorContext(ctx, "not ready: a check fails", "check", check.Name, "error.message", err)
		} else {
			s.o.Logger.InfoContext(ctx, "a check that failed is well again", "check", check.Name)
		}
	}
	return status, answer
}

// serveMetrics is /metrics.
func (s *Server) serveMetrics() handler {
	h := s.metrics.handler()
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", cacheNot)
		h.ServeHTTP(w, r)
		return nil
	}
}

// writeJSON sends an answer that is not kept.
func writeJSON(w http.ResponseWriter, r *http.Request, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	body = append(body, '\n')
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Security-Policy", dataCSP)
	h.Set("Cache-Control", cacheNot)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
	return nil
}
