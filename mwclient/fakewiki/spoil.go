package fakewiki

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
)

// proxyPage is the answer of the proxy in front: HTML, with Retry-After or not.
func (s strike) proxyPage() *reply {
	status := http.StatusTooManyRequests
	if s.rule.Kind == Unavailable {
		status = http.StatusServiceUnavailable
	}
	text := http.StatusText(status)
	r := newReply(status, "text/html; charset=utf-8").text("<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>" +
		text + "</title>\n<h1>" + text + "</h1>\n<p>Our servers are currently under maintenance or experiencing a technical issue.</p>\n</html>\n")
	if s.rule.Kind != TooManyBare {
		r.header.Set("Retry-After", strconv.Itoa(s.rule.retryAfter()))
	}
	return r
}

// spoil sends the wiki's own answer with something wrong about its body.
func (s strike) spoil(w http.ResponseWriter, r *http.Request, rep *reply) {
	var body bytes.Buffer
	if rep.body != nil {
		if err := rep.body(&body); err != nil {
			return
		}
	}
	h := w.Header()
	for k, v := range rep.header {
		h[k] = v
	}
	b := body.Bytes()
	switch s.rule.Kind {
	case Truncated:
		// Half of the bodies claim the whole length, so that the connection breaks
		// before it; the others end well, as from a proxy that lost its origin.
		if len(b)%2 == 0 {
			h.Set("Content-Length", strconv.Itoa(len(b)))
		}
		w.WriteHeader(rep.status)
		_, _ = w.Write(b[:len(b)/2])
		_ = http.NewResponseController(w).Flush()
		if len(b)%2 == 0 {
			hangUp(w, false)
		}
	case BadGzip:
		h.Set("Content-Encoding", "gzip")
		w.WriteHeader(rep.status)
		_, _ = w.Write(b)
	case Oversized:
		w.WriteHeader(rep.status)
		if len(b) == 0 {
			return
		}
		_, _ = w.Write(b[:len(b)-1])
		blank := []byte(strings.Repeat(" ", 64<<10))
		for left := s.rule.bytes(); left > 0 && r.Context().Err() == nil; left -= int64(len(blank)) {
			if _, err := w.Write(blank); err != nil {
				return
			}
		}
		_, _ = w.Write(b[len(b)-1:])
	}
}

func (r Rule) bytes() int64 {
	if r.Bytes <= 0 {
		return 64 << 20
	}
	return r.Bytes
}
