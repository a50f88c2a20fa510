package mwclient

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeClock stands still but for sleeps, which take no time and are written down.
type fakeClock struct {
	mu     sync.Mutex
	now    time.Time
	sleeps []time.Duration
}

func newClock() *fakeClock { return &fakeClock{now: time.Date(2026, 11, 24, 6, 41, 54, 0, time.UTC)} }

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.sleeps = append(c.sleeps, d)
	return nil
}

// slept is the sum of the sleeps.
func (c *fakeClock) slept() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	var sum time.Duration
	for _, d := range c.sleeps {
		sum += d
	}
	return sum
}

// newTestClient has a fake clock and no jitter: waits are the shortest possible.
func newTestClient(t testing.TB, o Options) (*Client, *fakeClock) {
	t.Helper()
	clock := newClock()
	if o.Clock == nil {
		o.Clock = clock
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.jitter = func(time.Duration) time.Duration { return 0 }
	return c, clock
}

func mustWiki(t testing.TB, c *Client, address string) *Wiki {
	t.Helper()
	w, err := c.Wiki(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// captureDir holds what real wikis answered; fakewiki's contract is tested with the same.
const captureDir = "fakewiki/testdata/captures"

// capture is an answer that a real wiki gave.
type capture struct {
	Request struct {
		Method, URL, Body string
	}
	Response struct {
		Status  string
		Headers []string
		Body    json.RawMessage
	}
}

func loadCapture(t testing.TB, name string) capture {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(captureDir, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var c capture
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return c
}

// query is the captured request's query.
func (c capture) query(t testing.TB) url.Values {
	t.Helper()
	u, err := url.Parse(c.Request.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// body is the captured body as the wiki wrote it: compact JSON, or text.
func (c capture) body(t testing.TB) []byte {
	t.Helper()
	var text string
	if json.Unmarshal(c.Response.Body, &text) == nil {
		return []byte(text)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, c.Response.Body); err != nil {
		t.Fatal(err)
	}
	return compact.Bytes()
}

// play writes the captured answer.
func (c capture) play(t testing.TB, rw http.ResponseWriter) {
	t.Helper()
	body := c.body(t)
	for _, line := range c.Response.Headers {
		name, value, _ := strings.Cut(line, ": ")
		if name != "Content-Length" {
			rw.Header().Set(name, value)
		}
	}
	status, err := strconv.Atoi(c.Response.Status[:3])
	if err != nil {
		t.Fatal(err)
	}
	rw.WriteHeader(status)
	rw.Write(body)
}

// replay is a server that answers each request with the capture or the handler
// that pick names for it, and writes down what it was asked.
type replay struct {
	*httptest.Server
	t testing.TB

	mu   sync.Mutex
	seen []asked
}

// asked is one request with its parameters, from wherever they came.
type asked struct {
	method, path string
	form         url.Values
	header       http.Header
}

// answerer answers a request; n counts from 1.
type answerer func(rw http.ResponseWriter, r asked, n int)

func newReplay(t testing.TB, answer answerer) *replay {
	t.Helper()
	s := &replay{t: t}
	s.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		a := asked{method: r.Method, path: r.URL.Path, form: r.Form, header: r.Header}
		s.mu.Lock()
		s.seen = append(s.seen, a)
		n := len(s.seen)
		s.mu.Unlock()
		answer(rw, a, n)
	}))
	t.Cleanup(s.Close)
	return s
}

// requests is what was asked so far.
func (s *replay) requests() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]asked(nil), s.seen...)
}

// captures answers the n-th request with the n-th capture, and the last one from
// then on.
func captures(t testing.TB, names ...string) answerer {
	list := make([]capture, len(names))
	for i, name := range names {
		list[i] = loadCapture(t, name)
	}
	return func(rw http.ResponseWriter, _ asked, n int) {
		list[min(n, len(list))-1].play(t, rw)
	}
}

// sayJSON answers with JSON.
func sayJSON(rw http.ResponseWriter, text string) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	io.WriteString(rw, text)
}

// transport is a function as an http.RoundTripper, for hosts that a test cannot
// be.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// respond makes a response of parts.
func respond(r *http.Request, status int, body string, headers ...string) *http.Response {
	resp := &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
	for i := 0; i+1 < len(headers); i += 2 {
		resp.Header.Set(headers[i], headers[i+1])
	}
	return resp
}

const emptySite = `{"batchcomplete":true,"query":{"general":{"wikiid":"testwiki","server":"http://127.0.0.1","centralidlookupprovider":"CentralAuth"},"namespaces":{"0":{"id":0,"content":true},"1":{"id":1,"content":false}}}}`
