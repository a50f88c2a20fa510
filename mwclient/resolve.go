package mwclient

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// maxLevels bounds how far up the sub-pages of an event page are followed.
const maxLevels = 5

// ResolveEvent returns the wiki and the number of the event that arg names:
//
//   - the address of an event page, in any spelling and language, or of one of
//     its sub-pages ("https://meta.wikimedia.org/wiki/Event:Title");
//   - the address of Special:EventDetails/N or another special page of an event;
//   - with wikiURL, any address of the wiki: a title ("Event:Title"), a number, or
//     an id such as "metawiki-101", whose wiki the event's must then be.
//
// A number in the address or in arg costs no request; a page costs one, and one
// for each level that a sub-page is below the event page.
// Errors: ErrAddress, ErrNotFound (no such page, or not an event's), ErrNotAllowed,
// ErrNoContact.
func (c *Client) ResolveEvent(ctx context.Context, arg, wikiURL string) (w *Wiki, event int64, err error) {
	t, err := parseTarget(arg)
	if err != nil {
		return nil, 0, err
	}
	if t.page == nil && wikiURL == "" {
		return nil, 0, fmt.Errorf("%w: %q needs the address of a wiki, too", ErrAddress, shorten(arg))
	}
	at := wikiURL
	if t.page != nil {
		at = t.page.String()
	}
	if w, err = c.Wiki(ctx, at); err != nil {
		return nil, 0, err
	}
	switch {
	case t.dbname != "":
		return w, t.event, w.holds(ctx, t)
	case t.event > 0:
		return w, t.event, nil
	case t.page != nil:
		return c.climb(ctx, t.page, t.title)
	}
	return w.titled(ctx, t.title)
}

// holds checks that an id's wiki is that of the event: numbers of another farm
// are of other events.
func (w *Wiki) holds(ctx context.Context, t target) error {
	e, err := w.Event(ctx, t.event)
	if err != nil {
		return err
	}
	if e.PageWiki != t.dbname {
		return fmt.Errorf("%w: event %d at %s is on %s, not on %s", ErrNotFound, t.event, w.Host(), shorten(e.PageWiki), t.dbname)
	}
	return nil
}

// titled finds the event of a title on a wiki.
func (w *Wiki) titled(ctx context.Context, title string) (*Wiki, int64, error) {
	w.mu.Lock()
	api, confirmed := w.api, w.confirmed
	w.mu.Unlock()
	found, event, err := w.c.climb(ctx, pageAt(api, title), title)
	if err == nil || confirmed || ctx.Err() != nil || !isAbsent(err) {
		return found, event, err
	}
	// Perhaps index.php is elsewhere.
	if w.discover(ctx, api) != nil {
		return nil, 0, err
	}
	w.mu.Lock()
	moved := w.api
	w.mu.Unlock()
	if moved.String() == api.String() {
		return nil, 0, err
	}
	return w.c.climb(ctx, pageAt(moved, title), title)
}

// pageAt is the address of a title beside api.php.
func pageAt(api *url.URL, title string) *url.URL {
	u := script(api, "index.php")
	u.RawQuery = url.Values{"title": {strings.ReplaceAll(title, " ", "_")}}.Encode()
	return u
}

// climb reads a page, and the pages above it until one is an event page. Where
// none is, a single event that the page links to is taken.
func (c *Client) climb(ctx context.Context, at *url.URL, title string) (*Wiki, int64, error) {
	var linked int64
	first := at
	for range maxLevels {
		p, err := c.page(ctx, at)
		if err != nil {
			return nil, 0, fmt.Errorf("reading the page: %w", err)
		}
		if !p.mediaWiki {
			return nil, 0, &absentError{host: hostKey(p.url)}
		}
		w, err := c.wikiOf(p)
		if err != nil {
			return nil, 0, err
		}
		if p.name != "" {
			title = strings.ReplaceAll(p.name, "_", " ")
		}
		if p.special != "" {
			event, err := specialNumber(p.special, title)
			return w, event, err
		}
		if p.event > 0 {
			return w, p.event, nil
		}
		if at == first && len(p.links) == 1 {
			linked = p.links[0]
		}
		if title = parentTitle(title); title == "" {
			if linked > 0 {
				return w, linked, nil
			}
			break
		}
		w.mu.Lock()
		at = pageAt(w.api, title)
		w.mu.Unlock()
	}
	return nil, 0, fmt.Errorf("%w: %s has no event registration", ErrNotFound, shorten(first.String()))
}

// wikiOf is the wiki of a page that was read.
func (c *Client) wikiOf(p page) (*Wiki, error) {
	if p.api == nil {
		return c.wikiAt(conventionalAPI(p.url), p.url, false), nil
	}
	api, err := c.follow(p.url, p.api)
	if err != nil {
		return nil, err
	}
	return c.wikiAt(api, p.url, true), nil
}

// specialNumber is the number in a special page's title, whatever its language.
func specialNumber(special, title string) (int64, error) {
	if isEventPage(special) {
		if i := strings.LastIndexByte(title, '/'); i >= 0 && numberOnly.MatchString(title[i+1:]) {
			if id := parseID(title[i+1:]); id > 0 {
				return id, nil
			}
		}
	}
	return 0, fmt.Errorf("%w: %q is not a page of an event", ErrAddress, shorten(title))
}

// absentError says that an address is of no MediaWiki page.
type absentError struct{ host string }

func (e *absentError) Error() string { return "no page of a MediaWiki there, at " + e.host }

// Unwrap makes it an ErrNotFound.
func (e *absentError) Unwrap() error { return ErrNotFound }

func isAbsent(err error) bool {
	var absent *absentError
	return errors.As(err, &absent)
}
