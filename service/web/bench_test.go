package web

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// reader is a ResponseWriter that costs next to nothing.
type reader struct {
	header http.Header
	status int
}

func (r *reader) Header() http.Header         { return r.header }
func (r *reader) Write(b []byte) (int, error) { return len(b), nil }
func (r *reader) WriteHeader(status int)      { r.status = status }

// BenchmarkHandler measures the server's own work for one request, without a
// connection, beside a handler that writes the same bytes from memory.
func BenchmarkHandler(b *testing.B) {
	f := newFixture(b, func(o *Options) { o.AddressRate, o.AddressBurst = 1e6, 1e6 })
	address := chartPath(libraries, "retention.svg")
	first := f.get(b, address, "Accept-Encoding", "gzip")
	plain := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml")
		_, _ = io.Copy(w, bytes.NewReader(first.body))
	})
	run := func(name string, h http.Handler, address string, headers ...string) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, address, nil)
			for i := 0; i+1 < len(headers); i += 2 {
				r.Header.Set(headers[i], headers[i+1])
			}
			for b.Loop() {
				w := &reader{header: http.Header{}}
				h.ServeHTTP(w, r)
			}
		})
	}
	run("memory", plain, address)
	run("cached", f, address, "Accept-Encoding", "gzip")
	run("304", f, address, "Accept-Encoding", "gzip", "If-None-Match", first.Header.Get("ETag"))
	uncached := newFixture(b, func(o *Options) { o.AnswerBytes = 1 })
	run("uncached", uncached, address)
	run("page", f, "/campaigns/"+libraries)
	run("home", f, "/")
}
