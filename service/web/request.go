package web

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// exchange is one request with its answer, as the log and the metrics see it.
type exchange struct {
	http.ResponseWriter
	id      string
	began   time.Time
	route   string
	page    bool   // people read it: errors are pages
	session bool   // it has been read who asks
	person  Person // who asks, on routes for people; zero: nobody has signed in
	status  int
	bytes   int64
}

func (e *exchange) WriteHeader(status int) {
	if e.status == 0 {
		e.status = status
	}
	e.ResponseWriter.WriteHeader(status)
}

func (e *exchange) Write(b []byte) (int, error) {
	if e.status == 0 {
		e.status = http.StatusOK
	}
	n, err := e.ResponseWriter.Write(b)
	e.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (e *exchange) Unwrap() http.ResponseWriter { return e.ResponseWriter }

type exchangeKey struct{}

// exchangeOf returns the request's exchange; a request that did not come
// through ServeHTTP has an empty one.
func exchangeOf(r *http.Request) *exchange {
	if e, ok := r.Context().Value(exchangeKey{}).(*exchange); ok {
		return e
	}
	return &exchange{}
}

// requestID is what the answer says too; a request that has not reached a
// handler yet has it there only.
func requestID(w http.ResponseWriter) string { return w.Header().Get("X-Request-Id") }

// identify gives the request its id, and the answer too.
func (e *exchange) identify(r *http.Request) {
	e.id = newRequestID(r)
	e.Header()["X-Request-Id"] = []string{e.id}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := &exchange{ResponseWriter: w, route: "none", began: s.o.Now()}
	s.metrics.inFlight.Inc()
	defer s.finish(e, r)
	defer s.recover(e, r)
	err := s.admit(r, e.began)
	if err == nil && s.again(e, r) {
		return
	}
	e.identify(r)
	if err != nil {
		// No page is made for whoever sends too much.
		secure(e.Header(), forAnyone)
		s.fail(e, r, err)
		return
	}
	r = r.WithContext(context.WithValue(r.Context(), exchangeKey{}, e))
	most := s.o.MaxBody
	if r.Method == http.MethodPost && (r.URL.Path == trackPath || r.URL.Path == trackPagePath) {
		most = max(most, mostTrackBytes)
	}
	r.Body = http.MaxBytesReader(e, r.Body, most)
	s.router.ServeHTTP(e, r)
}

// admit refuses what is not even looked at: an address that is too long, and
// one request too many.
func (s *Server) admit(r *http.Request, now time.Time) error {
	if len(r.RequestURI) > s.o.MaxURL {
		return plain(http.StatusRequestURITooLong, fmt.Sprintf("an address has at most %d bytes", s.o.MaxURL))
	}
	if s.limits.addresses == nil {
		return nil
	}
	return s.limits.addresses.allow(s.addressOf(r), now)
}

// finish counts and logs a request that was answered.
func (s *Server) finish(e *exchange, r *http.Request) {
	s.metrics.inFlight.Dec()
	took := s.o.Now().Sub(e.began)
	s.metrics.count(r.Method, e.route, e.status, took)
	if ctx := r.Context(); s.o.Logger.Enabled(ctx, slog.LevelDebug) {
		if e.id == "" {
			e.id = newRequestID(r)
		}
		s.o.Logger.LogAttrs(ctx, slog.LevelDebug, "request",
			slog.String("http.request.method", r.Method), slog.String("url.path", r.URL.Path),
			slog.Int("http.response.status_code", e.status), slog.Int64("http.response.body.bytes", e.bytes),
			slog.Int64("event.duration", int64(took)), slog.String("http.request.id", e.id))
	}
}

// recover turns a panic into a problem, or into a broken connection where an
// answer had begun, so that nobody takes half of one for the whole.
func (s *Server) recover(e *exchange, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	err, isError := v.(error)
	if isError && errors.Is(err, http.ErrAbortHandler) {
		panic(v)
	}
	s.metrics.panics.Inc()
	s.o.Logger.LogAttrs(r.Context(), slog.LevelError, "panic",
		slog.String("http.request.id", e.id), slog.String("url.path", r.URL.Path),
		slog.String("error.message", fmt.Sprint(v)), slog.String("error.stack_trace", string(debug.Stack())))
	if e.status != 0 {
		panic(http.ErrAbortHandler)
	}
	secure(e.Header(), forAnyone)
	s.fail(e, r, plain(http.StatusInternalServerError, "something went wrong here; the log has it under the request's id"))
}

// newRequestID takes a proxy's request id where it is harmless, or makes one.
func newRequestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if id != "" && len(id) <= 64 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == "" {
		return id
	}
	// An id tells requests apart; it is no secret.
	var b [12]byte
	binary.BigEndian.PutUint64(b[:], rand.Uint64())  //nolint:gosec // see above
	binary.BigEndian.PutUint32(b[8:], rand.Uint32()) //nolint:gosec // see above
	return hex.EncodeToString(b[:])
}

// wantsPage reports whether an error is read by a person in a browser.
func wantsPage(r *http.Request) bool {
	e := exchangeOf(r)
	return e.page && prefersHTML(r.Header.Get("Accept"))
}

// prefersHTML reports whether a browser asks: programs send */* or nothing.
func prefersHTML(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		media, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(media), "text/html") {
			continue
		}
		q, ok := strings.CutPrefix(strings.TrimSpace(params), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return !ok || err == nil && weight > 0
	}
	return false
}

// handler answers a request or returns why it cannot.
type handler func(http.ResponseWriter, *http.Request) error

// route names a handler for the log and the metrics, sets the headers of its
// audience, answers OPTIONS, refuses what another site's page sends in a
// person's name, finds out who asks, and turns errors into problems. The answer
// has Options.Timeout.
func (s *Server) route(name string, a audience, h handler) http.Handler {
	answer := s.stream(name, a, h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), s.o.Timeout)
		defer cancel()
		answer.ServeHTTP(w, r.WithContext(ctx))
	})
}

// stream is route for an answer that may take any time.
func (s *Server) stream(name string, a audience, h handler) http.Handler {
	answer := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	}))
	if a.personal() && s.login != nil {
		answer = s.login.withSession(answer)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := exchangeOf(r)
		e.route, e.page = name, a == forPeople || a == forPages
		secure(w.Header(), a)
		if r.Method == http.MethodOptions {
			preflight(w, a)
			return
		}
		if err := s.origins.Check(r); err != nil {
			s.fail(w, r, &problem{
				Type: typeCrossSite, Title: "Not from another site", Status: http.StatusForbidden,
				Detail: "what changes something must come from a page of this server", cause: err,
			})
			return
		}
		answer.ServeHTTP(w, r)
	})
}

// checkTimeout is the time that a check may take before it counts as failed.
const checkTimeout = 5 * time.Second
