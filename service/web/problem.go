package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"

	"afterglow/charts"
	"afterglow/retention"
	"afterglow/service/store"
)

// problem is an error as RFC 9457 writes it, and what handlers return to have
// it written.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// Parameter, Value and Allowed name a parameter that was refused.
	Parameter string `json:"parameter,omitempty"`
	Value     string `json:"value,omitempty"`
	Allowed   string `json:"allowed,omitempty"`
	// Track is where an event that is not tracked yet can be tracked.
	Track     string `json:"track,omitempty"`
	RequestID string `json:"request_id,omitempty"`

	retryAfter int    // seconds; 0: no such header
	cause      error  // logged, never shown
	reason     reason // for pages, in place of Detail or Allowed
}

// reason says in the reader's language why something was refused. The zero
// reason says nothing.
type reason struct {
	key  string
	args []any
}

// because gives a problem a reason for pages.
func (p *problem) because(key string, args ...any) *problem {
	p.reason = reason{key, args}
	return p
}

// reason is a reason's text; empty for none.
func (b base) reason(r reason) string {
	if r.key == "" {
		return ""
	}
	return b.T(r.key, r.args...)
}

func (p *problem) Error() string {
	if p.cause != nil {
		return p.Title + ": " + p.cause.Error()
	}
	return p.Title + ": " + p.Detail
}

func (p *problem) Unwrap() error { return p.cause }

// Types of problems. docs/api.md describes each.
const (
	typeParameter   = "urn:afterglow:problem:parameter"
	typeUnavailable = "urn:afterglow:problem:unavailable"
	typeCampaign    = "urn:afterglow:problem:campaign-not-found"
	typeBaseline    = "urn:afterglow:problem:no-baseline"
	typeFormat      = "urn:afterglow:problem:no-such-chart"
	typeFailed      = "urn:afterglow:problem:campaign-failed"
	typeSignIn      = "urn:afterglow:problem:sign-in"
	typeForbidden   = "urn:afterglow:problem:not-yours"
	typeTooOften    = "urn:afterglow:problem:too-often"
	typeWiki        = "urn:afterglow:problem:wiki"
	typeEvent       = "urn:afterglow:problem:no-such-event"
	typeList        = "urn:afterglow:problem:list"
	typeTaken       = "urn:afterglow:problem:taken"
	typeJob         = "urn:afterglow:problem:job-not-found"
	typeSnapshot    = "urn:afterglow:problem:no-snapshot"
	typeCrossSite   = "urn:afterglow:problem:cross-site"
	typeBusy        = "urn:afterglow:problem:busy"
	typeOther       = "about:blank" // the status says it all
)

// statusGone is the status for a client that went away. It is sent too: one that only
// stopped sending, and reads on, must not take nothing for an answer of status 200.
const statusGone = 499

// refuse is a parameter that is not allowed.
func refuse(name, value, allowed string) *problem {
	return &problem{
		Type: typeParameter, Title: "A parameter is not allowed", Status: http.StatusBadRequest,
		Detail:    fmt.Sprintf("%s=%s is not allowed; allowed: %s", name, shorten(value), allowed),
		Parameter: shorten(name), Value: shorten(value), Allowed: allowed,
	}
}

// plain is a problem that its status describes.
func plain(status int, detail string) *problem {
	return &problem{Type: typeOther, Title: http.StatusText(status), Status: status, Detail: detail}
}

// problemOf is the one place where errors become statuses.
func problemOf(err error) *problem {
	var (
		p           *problem
		param       *retention.ParamError
		option      *charts.OptionError
		unavailable *retention.UnavailableError
		tooLarge    *http.MaxBytesError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &param):
		return refuse(param.Param, param.Value, param.Allowed)
	case errors.As(err, &option):
		return refuse(option.Param, option.Value, option.Allowed)
	case errors.As(err, &unavailable):
		return &problem{
			Type: typeUnavailable, Title: "This figure cannot be known for this campaign", Status: http.StatusUnprocessableEntity,
			Detail: unavailable.Reason, Parameter: unavailable.Param, Value: shorten(unavailable.Value),
		}
	case errors.Is(err, charts.ErrNoChart):
		return &problem{Type: typeFormat, Title: "There is no such chart", Status: http.StatusNotFound, Detail: "this chart cannot be had in this format"}
	case errors.Is(err, store.ErrNotFound):
		return plain(http.StatusNotFound, "there is nothing here")
	case errors.As(err, &tooLarge):
		return plain(http.StatusRequestEntityTooLarge, fmt.Sprintf("a request's body has at most %d bytes", tooLarge.Limit))
	case errors.Is(err, context.DeadlineExceeded):
		return &problem{
			Type: typeBusy, Title: "It takes too long", Status: http.StatusServiceUnavailable,
			Detail: "the answer was not ready in time; try again in a while", retryAfter: 10, cause: err,
		}
	}
	p = plain(http.StatusInternalServerError, "something went wrong here; the log has it under the request's id")
	p.cause = err
	return p
}

// fail answers with an error: problem+json for programs, a page for people.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		w.WriteHeader(statusGone)
		return
	}
	p := *problemOf(err)
	p.RequestID = requestID(w)
	if p.Status >= http.StatusInternalServerError {
		s.o.Logger.LogAttrs(r.Context(), slog.LevelError, "request failed",
			slog.String("http.request.id", p.RequestID), slog.String("url.path", r.URL.Path), slog.Any("error.message", err))
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	for _, name := range []string{"ETag", "Content-Disposition", "Content-Encoding", "Link"} {
		h.Del(name) // of an answer that did not come to be
	}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	if wantsPage(r) {
		s.failPage(w, r, &p)
		return
	}
	body, err := json.Marshal(p)
	if err != nil { // strings only: cannot be
		body = []byte("{}")
	}
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Security-Policy", dataCSP)
	h.Set("Content-Length", strconv.Itoa(len(body)+1))
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(append(body, '\n'))
	}
}

// shorten keeps what came from outside to a readable length.
func shorten(s string) string {
	const most = 120
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
