package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// answer is a finished answer. Sealed, it can be sent in either encoding.
type answer struct {
	contentType string
	csp         string
	filename    string // of a download; empty: shown where it was asked for
	links       string // the Link header
	body        []byte
	gzip        []byte // nil where it would not be smaller
	plain       sealed
	packed      sealed
}

// size is what an answer costs in memory.
func (a *answer) size() int64 { return int64(len(a.body)+len(a.gzip)) + 2048 }

// seal finishes an answer of that name, which may be kept as cache says: it is
// compressed, and its headers are written, once, so that sending it again makes
// nothing anew.
func (s *Server) seal(a *answer, cache, name string) error {
	if err := s.compress(a); err != nil {
		return err
	}
	a.plain = a.sealed(a.body, "", cache, etag(name, false))
	if a.gzip != nil {
		a.packed = a.sealed(a.gzip, "gzip", cache, etag(name, true))
	}
	return nil
}

// compress fills in the gzip encoding.
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
		s.metrics.answerHit.Inc()
	} else {
		s.metrics.answerMiss.Inc()
		var err error
		a, err = s.answering.do(r.Context(), name, func(ctx context.Context) (*answer, error) {
			a, err := compute(ctx)
			if err != nil {
				return nil, err
			}
			if err := s.seal(a, cache, name); err != nil {
				return nil, err
			}
			s.answers.put(name, a, a.size())
			return a, nil
		})
		if err != nil {
			return err
		}
	}
	write(w, r, a.in(acceptsGzip(r)))
	return nil
}

// unnamed sends an answer that no revision covers, such as a list: its tag is
// made of what it says.
func (s *Server) unnamed(w http.ResponseWriter, r *http.Request, a *answer, cache string) error {
	name := s.tag("unnamed", a.contentType, a.links, string(a.body))
	if fresh(w, r, cache, name) {
		return nil
	}
	if err := s.seal(a, cache, name); err != nil {
		return err
	}
	write(w, r, a.in(acceptsGzip(r)))
	return nil
}

// fresh answers 304 to a reader who has the answer already. Which encodings
// there will be is not known before it is computed; both tags name it.
func fresh(w http.ResponseWriter, r *http.Request, cache, name string) bool {
	given := noneMatch(r)
	if given == "" {
		return false
	}
	for _, gzipped := range []bool{acceptsGzip(r), false} {
		if tag := etag(name, gzipped); matches(given, tag) {
			unchanged(w, headers{header("Cache-Control", cache), header("ETag", tag)})
			return true
		}
	}
	return false
}

// noneMatch is the tags that a reader has.
func noneMatch(r *http.Request) string {
	if lines := r.Header["If-None-Match"]; len(lines) != 1 {
		return strings.Join(lines, ",")
	}
	return r.Header["If-None-Match"][0]
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
