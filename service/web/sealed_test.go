package web

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync"
	"testing"
	"time"
)

// TestUnchanged: the 304 of a known address says what RFC 9110, 15.4.5 asks for
// and lets any site see it, and leaves alone the other headers of the answer
// that the reader has, the id of its request among them.
func TestUnchanged(t *testing.T) {
	f := newFixture(t, nil)
	address := chartPath(libraries, "retention.svg")
	first := f.get(t, address, "Accept-Encoding", "gzip")
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		a := f.ask(t, method, address, "Accept-Encoding", "gzip", "If-None-Match", `"other", W/`+first.Header.Get("ETag"))
		want := http.Header{}
		for _, name := range []string{"Etag", "Cache-Control", "Vary", "Access-Control-Allow-Origin", "Cross-Origin-Resource-Policy"} {
			want[name] = first.Header[name]
			if len(want[name]) != 1 {
				t.Errorf("%s of the answer: %q", name, want[name])
			}
		}
		if a.StatusCode != http.StatusNotModified || len(a.body) != 0 || !reflect.DeepEqual(a.Header, want) {
			t.Errorf("%s: %d, %d bytes, %v; want %v", method, a.StatusCode, len(a.body), a.Header, want)
		}
	}
	// Two lines of a header are one list.
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	r.Header = http.Header{"Accept-Encoding": {"gzip"}, "If-None-Match": {`"other"`, first.Header.Get("ETag")}}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	if w.Code != http.StatusNotModified {
		t.Errorf("the tag in a second line: %d", w.Code)
	}
}

// TestHeadOfAKnownAddress: HEAD has the headers of GET, and no body.
func TestHeadOfAKnownAddress(t *testing.T) {
	f := newFixture(t, nil)
	address := chartPath(libraries, "retention.csv")
	f.get(t, address)
	get, head := f.get(t, address), f.ask(t, http.MethodHead, address)
	get.Header.Del("X-Request-Id")
	head.Header.Del("X-Request-Id")
	if head.StatusCode != http.StatusOK || len(head.body) != 0 || len(get.body) == 0 || !reflect.DeepEqual(get.Header, head.Header) {
		t.Errorf("HEAD: %d, %d bytes, %v; GET: %v", head.StatusCode, len(head.body), head.Header, get.Header)
	}
	if get.Header.Get("Content-Disposition") == "" || get.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("GET: %v", get.Header)
	}
}

// TestSharedHeaders: all requests share the values of headers, so that nothing
// that is done to one answer's may show in another's.
func TestSharedHeaders(t *testing.T) {
	f := newFixture(t, nil)
	address := chartPath(libraries, "marks.svg")
	first := f.get(t, address)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
				w := &reader{header: http.Header{}}
				f.ServeHTTP(w, r)
				addVary(w.header, "Cookie")
				w.header.Add("Access-Control-Allow-Origin", "null")
				w.header.Set("Etag", "another")
				clear(w.header)
			}
		})
	}
	wg.Wait()
	after := f.get(t, address)
	first.Header.Del("X-Request-Id")
	after.Header.Del("X-Request-Id")
	if !reflect.DeepEqual(first.Header, after.Header) || !bytes.Equal(first.body, after.body) {
		t.Errorf("%v became %v", first.Header, after.Header)
	}
}

// TestVary: what depends on who asks says so beside the encoding.
func TestVary(t *testing.T) {
	h := http.Header{}
	varyByEncoding(h)
	varyByEncoding(h)
	addVary(h, "Cookie")
	other := http.Header{"Vary": {"Cookie"}}
	varyByEncoding(other)
	if !reflect.DeepEqual(h["Vary"], []string{"Accept-Encoding", "Cookie"}) || !reflect.DeepEqual(other["Vary"], []string{"Cookie", "Accept-Encoding"}) || len(byEncoding.values) != 1 {
		t.Errorf("%q, %q, %q", h["Vary"], other["Vary"], byEncoding.values)
	}
}

// TestKnownAddressIsCheap counts what a known address makes: the speed of the
// server hangs on it. BenchmarkHandler measures the time.
func TestKnownAddressIsCheap(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.AddressRate, o.AddressBurst, o.Freshness = 1e6, 1e6, time.Hour })
	address := chartPath(libraries, "retention.svg")
	etag := f.get(t, address, "Accept-Encoding", "gzip").Header.Get("ETag")
	for _, test := range []struct {
		name   string
		header http.Header
		status int
		most   float64
	}{
		{"the answer", http.Header{"Accept-Encoding": {"gzip"}}, http.StatusOK, 12},
		{"a 304", http.Header{"Accept-Encoding": {"gzip"}, "If-None-Match": {etag}}, http.StatusNotModified, 7},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		r.Header = test.header
		made := testing.AllocsPerRun(200, func() {
			w := &reader{header: http.Header{}}
			f.ServeHTTP(w, r)
			if w.status != test.status {
				t.Fatalf("%s: %d", test.name, w.status)
			}
		})
		if made > test.most {
			t.Errorf("%s makes %.0f things, of at most %.0f", test.name, made, test.most)
		}
	}
}
