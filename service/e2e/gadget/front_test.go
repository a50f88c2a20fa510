package gadget

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// front stands before the service at the address that the gadget knows: it
// passes requests on, or does what a test says instead.
type front struct {
	URL  string
	Host string

	service http.Handler

	mu       sync.Mutex
	instead  http.Handler // nil: the service
	requests []*http.Request
}

func startFront(t *testing.T, service string) *front {
	t.Helper()
	to, err := url.Parse(service)
	if err != nil {
		t.Fatal(err)
	}
	f := &front{service: httputil.NewSingleHostReverseProxy(to)}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.URL, f.Host = server.URL, strings.TrimPrefix(server.URL, "http://")
	return f
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	f.requests = append(f.requests, r.Clone(r.Context()))
	h := f.instead
	f.mu.Unlock()
	if h == nil {
		h = f.service
	}
	h.ServeHTTP(w, r)
}

// be has another handler answer; nil: the service again.
func (f *front) be(h http.Handler) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.instead = h
}

// asked returns the requests since the last call.
func (f *front) asked() []*http.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := slices.Clone(f.requests)
	f.requests = nil
	return all
}

// away closes connections without an answer, as a service that died does.
func away(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}
