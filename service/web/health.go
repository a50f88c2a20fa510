package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// checkResult is one line of /readyz.
type checkResult struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
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

// readyz asks every check, and says what is wrong.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r, "readyz", nil); err != nil {
		return err
	}
	status, word := http.StatusOK, "ready"
	results := make([]checkResult, len(s.o.Checks))
	for i, check := range s.o.Checks {
		ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
		err := check.Err(ctx)
		cancel()
		results[i] = checkResult{Name: check.Name, OK: err == nil}
		if err != nil {
			status, word = http.StatusServiceUnavailable, "not ready"
			results[i].Error = shorten(strings.Join(strings.Fields(err.Error()), " "))
		}
	}
	return writeJSON(w, r, status, struct {
		Status string        `json:"status"`
		Checks []checkResult `json:"checks"`
	}{word, results})
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
