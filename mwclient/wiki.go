package mwclient

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Wiki is one wiki. It is safe for concurrent use.
type Wiki struct {
	c     *Client
	typed *url.URL // the address that the wiki was named by

	finding chan struct{} // held while the API is looked for

	mu        sync.Mutex
	api       *url.URL // of api.php; rest.php and index.php are beside it
	confirmed bool     // api answered, or a page of the wiki named it
	anonymous bool     // the token's account does not exist here
	site      SiteInfo // zero until WikiID is known
	siteAt    time.Time
	sites     []Site
	sitesAt   time.Time
	bulk      bulk
	events    map[int64]readEvent

	namespaces knownNamespaces
}

// bulk says whether the wiki has list=globalusers.
type bulk int

const (
	bulkUnknown bulk = iota
	bulkYes
	bulkNo
)

// factsLast is how long siteinfo and the site matrix are believed.
const factsLast = 24 * time.Hour

// Wiki returns the wiki at an address: its base URL, api.php, or any of its pages.
// Nothing is asked where the address follows MediaWiki's conventions (/wiki/ and
// /w/, or index.php's folder); the first answer then confirms it, and where it
// does not, the page's EditURI link is followed. The same wiki is the same *Wiki.
// Errors: ErrAddress, ErrNotAllowed, ErrNoContact.
func (c *Client) Wiki(_ context.Context, address string) (*Wiki, error) {
	u, err := parseURL(address)
	if err != nil {
		return nil, err
	}
	if u, err = c.admit(u); err != nil {
		return nil, err
	}
	return c.wikiAt(conventionalAPI(u), u, false), nil
}

// wikiAt returns the wiki with that api.php.
func (c *Client) wikiAt(api, typed *url.URL, confirmed bool) *Wiki {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := api.String()
	w, ok := c.wikis[key]
	if !ok {
		w = &Wiki{c: c, typed: typed, api: api, finding: make(chan struct{}, 1), events: map[int64]readEvent{}}
		if len(c.wikis) >= maxWikis {
			clear(c.wikis)
		}
		c.wikis[key] = w
	}
	if confirmed {
		w.mu.Lock()
		w.confirmed = true
		w.mu.Unlock()
	}
	return w
}

// conventionalAPI guesses the address of api.php from that of a page.
// https://www.mediawiki.org/wiki/Manual:Short_URL
func conventionalAPI(page *url.URL) *url.URL {
	folder := "/w/"
	for _, script := range [...]string{"/index.php", "/api.php", "/rest.php", "/load.php"} {
		if i := strings.Index(page.Path, script); i >= 0 {
			rest := page.Path[i+len(script):]
			if rest == "" || rest[0] == '/' {
				folder = page.Path[:i+1]
				break
			}
		}
	}
	return &url.URL{Scheme: page.Scheme, Host: hostKey(page), Path: folder + "api.php"}
}

// URL returns the wiki's address, such as "https://meta.wikimedia.org".
func (w *Wiki) URL() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.api.Scheme + "://" + w.api.Host
}

// Host returns the wiki's host, with its port where that is not the scheme's own.
func (w *Wiki) Host() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return hostKey(w.api)
}

// DBName returns the wiki's database name if an answer has told it, else "".
// SiteInfo asks for it.
func (w *Wiki) DBName() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.site.WikiID
}

// label names the wiki in errors and logs.
func (w *Wiki) label() string {
	if name := w.DBName(); name != "" {
		return name
	}
	return w.Host()
}

// script returns the address of a script beside api.php.
func script(api *url.URL, name string) *url.URL {
	u := *api
	u.Path = strings.TrimSuffix(api.Path, "api.php") + name
	u.RawPath, u.RawQuery = "", ""
	return &u
}

// exchange prepares a request to the wiki as it is known now.
func (w *Wiki) exchange(ctx context.Context, k kind, endpoint Endpoint) (*exchange, *url.URL) {
	label := w.label()
	w.mu.Lock()
	defer w.mu.Unlock()
	e := &exchange{
		c: w.c, ctx: ctx, label: label, key: w.api.String(), endpoint: endpoint, kind: k,
		known: w.confirmed, bearer: !w.anonymous && w.c.o.Tokens[hostKey(w.api)] != "",
	}
	return e, w.api
}

// perform runs one call, and once more where the address was wrong and the
// right one could be found, or where the token's account does not exist on the
// wiki, whose public pages can be read without it.
func (w *Wiki) perform(ctx context.Context, k kind, endpoint Endpoint, call func(e *exchange, api *url.URL) error) error {
	for looked := false; ; {
		e, api := w.exchange(ctx, k, endpoint)
		err := call(e, api)
		switch {
		case err == nil:
			w.confirm(api, e.last.url)
			return nil
		case errors.Is(err, errNotAPI) && !looked:
			looked = true
			if err := w.discover(ctx, api); err != nil {
				return err
			}
			continue
		case errors.Is(err, errNotAPI):
			return fmt.Errorf("%w: %w", ErrNotFound, err)
		case e.bearer && errors.Is(err, errNoAccount):
			w.c.log.WarnContext(ctx, "the token is not accepted there, reading without it", "wiki", w.label())
			w.mu.Lock()
			w.anonymous = true
			w.mu.Unlock()
			continue
		}
		return err
	}
}

// confirm remembers that the API is where it was asked, or where it redirected to.
func (w *Wiki) confirm(asked, answered *url.URL) {
	w.mu.Lock()
	if w.api.String() != asked.String() {
		w.mu.Unlock()
		return
	}
	w.confirmed = true
	w.mu.Unlock()
	if answered == nil {
		return
	}
	for _, name := range [...]string{"/api.php", "/rest.php"} {
		if i := strings.Index(answered.Path+"/", name+"/"); i >= 0 {
			w.move(&url.URL{Scheme: answered.Scheme, Host: hostKey(answered), Path: answered.Path[:i] + "/api.php"})
			return
		}
	}
}

// move changes where the API is.
func (w *Wiki) move(api *url.URL) {
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.confirmed = true
	if w.api.String() == api.String() {
		return
	}
	w.api = api
	if w.c.wikis[api.String()] == nil {
		w.c.wikis[api.String()] = w
	}
}

// discover looks for the API through the EditURI link of the page that the wiki
// was named by.
func (w *Wiki) discover(ctx context.Context, failed *url.URL) error {
	select {
	case w.finding <- struct{}{}:
		defer func() { <-w.finding }()
	case <-ctx.Done():
		return ctx.Err()
	}
	w.mu.Lock()
	found := w.api.String() != failed.String()
	w.mu.Unlock()
	if found {
		return nil
	}
	page, err := w.c.page(ctx, w.typed)
	if err != nil {
		return fmt.Errorf("looking for the API of %s: %w", w.Host(), err)
	}
	if page.api == nil {
		return fmt.Errorf("%w: no MediaWiki at %s (nothing at %s, and no EditURI link)", ErrNotFound, w.Host(), failed.Path)
	}
	api, err := w.c.follow(page.url, page.api)
	if err != nil {
		return err
	}
	w.move(api)
	return nil
}

// hostOfKey is the host of a counter's key.
func hostOfKey(key string) string {
	if u, err := url.Parse(key); err == nil && u.Host != "" {
		return u.Host
	}
	return key
}

// key is the wiki in counters.
func (w *Wiki) key() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.api.String()
}
