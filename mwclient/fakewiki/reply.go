package fakewiki

import (
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// reply is an answer before it is written, so that a fault can still change it.
type reply struct {
	status int
	header http.Header
	rows   int                     // list elements in the body
	body   func(w io.Writer) error // nil: none
}

func newReply(status int, contentType string) *reply {
	return &reply{status: status, header: http.Header{"Content-Type": {contentType},
		"X-Content-Type-Options": {"nosniff"}}}
}

// text sets a body that is at hand.
func (r *reply) text(s string) *reply {
	r.body = func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
	return r
}

// json sets a body that is streamed.
func (r *reply) json(v1 bool, write func(*jsonWriter)) *reply {
	r.body = func(out io.Writer) error {
		w := &jsonWriter{out: out, v1: v1, buf: make([]byte, 0, flushAt+4096)}
		write(w)
		w.flush()
		return w.err
	}
	return r
}

// smallBody is the length up to which a body is sent plain and with its length.
const smallBody = 1 << 10

// send writes the answer, with gzip where the client takes it.
func (s *server) send(w http.ResponseWriter, req *http.Request, r *reply) error {
	h := w.Header()
	for k, v := range r.header {
		h[k] = v
	}
	if r.body == nil {
		w.WriteHeader(r.status)
		return nil
	}
	out := &bodyWriter{w: w, status: r.status, gzip: acceptsGzip(req), pool: &s.farm.gzips}
	if err := r.body(out); err != nil {
		return err
	}
	return out.Close()
}

func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		weight, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(q), "q="), 64)
		if (strings.EqualFold(name, "gzip") || name == "*") && (q == "" || err == nil && weight > 0) {
			return true
		}
	}
	return false
}

// bodyWriter holds back the first bytes until it knows whether the body is small.
type bodyWriter struct {
	w      http.ResponseWriter
	status int
	gzip   bool
	pool   interface {
		Get() any
		Put(any)
	}
	held []byte
	zip  *gzip.Writer
	sent bool
}

func (b *bodyWriter) Write(p []byte) (int, error) {
	if !b.sent && len(b.held)+len(p) <= smallBody {
		b.held = append(b.held, p...)
		return len(p), nil
	}
	if !b.sent {
		b.sent = true
		if b.gzip {
			b.w.Header().Set("Content-Encoding", "gzip")
			b.zip, _ = b.pool.Get().(*gzip.Writer)
			b.zip.Reset(b.w)
		}
		b.w.WriteHeader(b.status)
		if _, err := b.write(b.held); err != nil {
			return 0, err
		}
	}
	return b.write(p)
}

func (b *bodyWriter) write(p []byte) (int, error) {
	if b.zip != nil {
		return b.zip.Write(p)
	}
	return b.w.Write(p)
}

// Close ends the body.
func (b *bodyWriter) Close() error {
	if !b.sent {
		b.w.WriteHeader(b.status)
		_, err := b.w.Write(b.held)
		return err
	}
	if b.zip == nil {
		return nil
	}
	err := b.zip.Close()
	b.pool.Put(b.zip)
	return err
}
