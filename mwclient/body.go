package mwclient

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// readBody reads an answer whole and decompressed, at most limit bytes of it.
// It returns ErrTooLarge beyond that, so a small body that unpacks into a huge
// one costs no more than limit.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	var r io.Reader = resp.Body
	switch encoding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
		if resp.ContentLength > limit {
			return nil, fmt.Errorf("%w: %d bytes, where %d are allowed", ErrTooLarge, resp.ContentLength, limit)
		}
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(r)
		if errors.Is(err, io.EOF) {
			return nil, nil // no body at all, as on 204
		}
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		defer func() { _ = z.Close() }()
		r = z
	default:
		return nil, fmt.Errorf("content encoding %q was not asked for", shorten(encoding))
	}
	var buf bytes.Buffer
	if n := resp.ContentLength; n > 0 && n <= limit {
		buf.Grow(int(n))
	}
	n, err := buf.ReadFrom(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if n > limit {
		return nil, fmt.Errorf("%w: more than the %d bytes allowed", ErrTooLarge, limit)
	}
	return buf.Bytes(), nil
}
