package web

import (
	"net/http"
	"net/http/pprof"
)

// Private returns what is for the operator's machines alone: /metrics, the
// profiles of net/http/pprof below /debug/pprof/, /healthz, and /readyz with the
// cause of what fails. It checks no one's rights: serve it on an address that only
// they reach. Where
// Options.PrivateMetrics is set, /metrics is here and not on the public address.
func (s *Server) Private() http.Handler {
	m := http.NewServeMux()
	get := func(path string, h http.HandlerFunc) { m.HandleFunc("GET "+path, h) }
	get("/metrics", s.metrics.handler().ServeHTTP)
	get("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	get("/readyz", func(w http.ResponseWriter, r *http.Request) {
		status, answer := s.readiness(r.Context())
		_ = writeJSON(w, r, status, answer) // texts only: cannot fail
	})
	get("/debug/pprof/", pprof.Index)
	get("/debug/pprof/cmdline", pprof.Cmdline)
	get("/debug/pprof/profile", pprof.Profile)
	get("/debug/pprof/symbol", pprof.Symbol)
	get("/debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header(), forOwners)
		w.Header().Set("Cache-Control", cacheNot)
		m.ServeHTTP(w, r)
	})
}
