package mwclient

import (
	"context"
	"errors"
)

// Client reads wikis. It is safe for concurrent use.
type Client struct {
	o Options
}

var errTODO = errors.New("not written yet")

// New returns a client. It fails if an option makes no sense.
func New(o Options) (*Client, error) { return &Client{o: o}, nil }

// Wiki returns the wiki at an address: its base URL, api.php, or any of its pages.
// Nothing is asked where the address follows MediaWiki's conventions; the first
// answer then confirms it. The same wiki is the same *Wiki.
func (c *Client) Wiki(ctx context.Context, address string) (*Wiki, error) { return nil, errTODO }

// ResolveEvent returns the wiki and the number of the event that arg names: the
// address of an event page, of one of its sub-pages or of Special:EventDetails/N;
// or, with wikiURL, "Event:Title", a number, or an id such as "metawiki-101".
func (c *Client) ResolveEvent(ctx context.Context, arg, wikiURL string) (w *Wiki, event int64, err error) {
	return nil, 0, errTODO
}

// Stats returns what the client has done so far.
func (c *Client) Stats() Stats { return Stats{} }
