package web

import (
	"net/http"
	"slices"
	"strconv"
)

// sealed is an answer in one encoding as it is sent: its bytes, and its headers
// in the form that http.Header has, which all requests share.
type sealed struct {
	body  []byte
	etag  string
	whole headers // the headers of the answer
	same  headers // those that tell a reader that theirs is the same
}

// field is one header. Its name is canonical, and its values are never changed.
type field struct {
	name   string
	values []string
}

// headers are those of an answer.
type headers []field

// header makes a field.
func header(name, value string) field { return field{http.CanonicalHeaderKey(name), []string{value}} }

// set puts the fields into an answer's headers.
func (f headers) set(h http.Header) {
	for i := range f {
		h[f[i].name] = f[i].values
	}
}

// sealed makes an answer's form in an encoding; "" is none.
func (a *answer) sealed(body []byte, encoding, cache, etag string) sealed {
	same := headers{header("Cache-Control", cache), header("ETag", etag)}
	whole := append(slices.Clip(same), header("Content-Type", a.contentType), header("Content-Length", strconv.Itoa(len(body))))
	if encoding != "" {
		whole = append(whole, header("Content-Encoding", encoding))
	}
	if a.csp != "" {
		whole = append(whole, header("Content-Security-Policy", a.csp))
	}
	if a.filename != "" {
		whole = append(whole, header("Content-Disposition", `attachment; filename="`+a.filename+`"`))
	}
	if a.links != "" {
		whole = append(whole, header("Link", a.links))
	}
	return sealed{body, etag, whole, same}
}

// in is the answer for a reader who accepts gzip, or does not.
func (a *answer) in(gzip bool) *sealed {
	if gzip && a.gzip != nil {
		return &a.packed
	}
	return &a.plain
}

// has is the form of the answer that a reader has already, or nil.
func (a *answer) has(given string, gzip bool) *sealed {
	if gzip && a.gzip != nil && matches(given, a.packed.etag) {
		return &a.packed
	}
	if matches(given, a.plain.etag) {
		return &a.plain
	}
	return nil
}

// write sends an answer.
func write(w http.ResponseWriter, r *http.Request, s *sealed) {
	h := w.Header()
	varyByEncoding(h)
	s.whole.set(h)
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		// The reader may have gone; there is nothing to do about it. The body is a chart
		// or a document of ours, escaped where it was made.
		_, _ = w.Write(s.body) //nolint:gosec // not what the request said
	}
}

// unchanged says 304 with the headers of an answer that a reader has.
func unchanged(w http.ResponseWriter, same headers) {
	h := w.Header()
	varyByEncoding(h)
	same.set(h)
	w.WriteHeader(http.StatusNotModified)
}

var byEncoding = header("Vary", "Accept-Encoding")

// varyByEncoding is addVary for the header that nearly every answer depends on.
func varyByEncoding(h http.Header) {
	if len(h[byEncoding.name]) == 0 {
		h[byEncoding.name] = byEncoding.values
		return
	}
	addVary(h, byEncoding.values[0])
}

// addVary adds a request header that the answer depends on: to Cookie, where
// the answer depends on who asks.
func addVary(h http.Header, name string) {
	if !slices.Contains(h.Values("Vary"), name) {
		h.Add("Vary", name)
	}
}
