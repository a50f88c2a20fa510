package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// answer is a finished answer, ready to be written in either encoding.
type answer struct {
	contentType string
	csp         string
	filename    string // of a download; empty: shown where it was asked for
	links       string // the Link header
	body        []byte
	gzip        []byte // nil where it would not be smaller
}

// size is what an answer costs in memory.
func (a *answer) size() int64 { return int64(len(a.body)+len(a.gzip)) + 512 }

// compress fills in the gzip encoding, once, so that it costs nothing when the
// answer is read again.
func (s *Server) compress(a *answer) error {
	const tooSmall = 256 // the header costs more than is won
	if len(a.body) < tooSmall || strings.HasPrefix(a.contentType, "image/png") {
		return nil
	}
	z, ok := s.gzips.Get().(*gzip.Writer)
	if !ok {
		z = gzip.NewWriter(nil)
	}
	defer s.gzips.Put(z)
	var b bytes.Buffer
	z.Reset(&b)
	_, err := z.Write(a.body)
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return fmt.Errorf("compressing an answer: %w", err)
	}
	if b.Len() < len(a.body) {
		a.gzip = bytes.Clone(b.Bytes())
	}
	return nil
}

// tag is an answer's name: equal tags, equal bytes. It is made of all that an
// answer depends on, before the answer is computed.
func tag(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p) // with its length, so that no two lists of parts look alike
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:15])
}

// etag is the strong entity tag of an answer in an encoding.
func etag(tag string, gzipped bool) string {
	if gzipped {
		return `"` + tag + `.gz"`
	}
	return `"` + tag + `"`
}

// remembered answers from memory, or has make compute the answer, once for all
// who ask for it meanwhile. name is all that the answer depends on.
func (s *Server) remembered(w http.ResponseWriter, r *http.Request, cache, name string, compute func(context.Context) (*answer, error)) error {
	if fresh(w, r, cache, name) {
		return nil // a reader who has it needs no computing
	}
	a, ok := s.answers.get(name)
	if ok {
		s.metrics.answers.WithLabelValues("hit").Inc()
	} else {
		s.metrics.answers.WithLabelValues("miss").Inc()
		var err error
		a, err = s.answering.do(r.Context(), name, func(ctx context.Context) (*answer, error) {
			a, err := compute(ctx)
			if err != nil {
				return nil, err
			}
			if err := s.compress(a); err != nil {
				return nil, err
			}
			s.answers.put(name, a, a.size())
			return a, nil
		})
		if err != nil {
			return err
		}
	}
	write(w, r, a, cache, name)
	return nil
}

// unnamed sends an answer that no revision covers, such as a list: its tag is
// made of what it says.
func (s *Server) unnamed(w http.ResponseWriter, r *http.Request, a *answer, cache string) error {
	name := s.tag("unnamed", a.contentType, a.links, string(a.body))
	if fresh(w, r, cache, name) {
		return nil
	}
	if err := s.compress(a); err != nil {
		return err
	}
	write(w, r, a, cache, name)
	return nil
}

// write sends a finished answer.
func write(w http.ResponseWriter, r *http.Request, a *answer, cache, name string) {
	h := w.Header()
	body, gzipped := a.body, a.gzip != nil && acceptsGzip(r)
	if gzipped {
		body = a.gzip
		h.Set("Content-Encoding", "gzip")
	}
	addVary(h, "Accept-Encoding")
	h.Set("Cache-Control", cache)
	h.Set("ETag", etag(name, gzipped))
	h.Set("Content-Type", a.contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if a.csp != "" {
		h.Set("Content-Security-Policy", a.csp)
	}
	if a.filename != "" {
		h.Set("Content-Disposition", `attachment; filename="`+a.filename+`"`)
	}
	if a.links != "" {
		h.Set("Link", a.links)
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, bytes.NewReader(body)) // the reader may have gone; there is nothing to do about it
	}
}

// addVary adds a request header that the answer depends on: to Cookie, where
// the answer depends on who asks.
func addVary(h http.Header, name string) {
	if !slices.Contains(h.Values("Vary"), name) {
		h.Add("Vary", name)
	}
}

// fresh answers 304 to a reader who has the answer already. Which encodings
// there will be is not known before it is computed; both tags name it.
func fresh(w http.ResponseWriter, r *http.Request, cache, name string) bool {
	given := strings.Join(r.Header.Values("If-None-Match"), ",")
	if given == "" {
		return false
	}
	for _, gzipped := range []bool{acceptsGzip(r), false} {
		if !matches(given, etag(name, gzipped)) {
			continue
		}
		h := w.Header()
		addVary(h, "Accept-Encoding")
		h.Set("Cache-Control", cache)
		h.Set("ETag", etag(name, gzipped))
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	return false
}

// matches reports whether an If-None-Match names a tag. The comparison is weak,
// as RFC 9110, 13.1.2 has it. Tags of ours hold no comma.
func matches(given, etag string) bool {
	for part := range strings.SplitSeq(given, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == etag {
			return true
		}
	}
	return false
}

// acceptsGzip reads Accept-Encoding: RFC 9110, 12.5.3.
func acceptsGzip(r *http.Request) bool {
	accepted, star := -1.0, -1.0
	for _, line := range r.Header.Values("Accept-Encoding") {
		for part := range strings.SplitSeq(line, ",") {
			coding, params, _ := strings.Cut(part, ";")
			weight := 1.0
			if q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(params)), "q="); ok {
				var err error
				if weight, err = strconv.ParseFloat(q, 64); err != nil {
					weight = 0
				}
			}
			switch strings.ToLower(strings.TrimSpace(coding)) {
			case "gzip", "x-gzip":
				accepted = weight
			case "*":
				star = weight
			}
		}
	}
	if accepted < 0 {
		accepted = star
	}
	return accepted > 0
}
