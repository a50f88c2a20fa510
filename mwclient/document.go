package mwclient

import (
	"context"
	"fmt"
	"net/http"
)

// Document reads JSON from a site that is no wiki, with the client's manners:
// its User-Agent, pacing, tries, limits, and Options.Allow for the address and
// every redirect. Errors: ErrAddress, ErrNotAllowed, ErrNotFound, ErrForbidden,
// *StatusError, *ResponseError, *RateLimitError.
func (c *Client) Document(ctx context.Context, address string) ([]byte, error) {
	u, err := parseURL(address)
	if err != nil {
		return nil, err
	}
	if u, err = c.admit(u); err != nil {
		return nil, err
	}
	host := hostKey(u)
	e := &exchange{c: c, ctx: ctx, label: host, key: host, endpoint: EndpointDocument, kind: kindREST, known: true}
	body, err := e.get(ctx, u)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shorten(address), err)
	}
	if e.last.status >= http.StatusBadRequest {
		return nil, fmt.Errorf("%s: %w", shorten(address), &StatusError{Status: e.last.status, Wiki: host})
	}
	return body, nil
}
