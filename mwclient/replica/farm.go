package replica

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"afterglow/mwclient"
)

// farm is what meta_p.wiki tells of all wikis.
type farm struct {
	read     time.Time
	sites    []mwclient.Site
	sections map[string]string
	urls     map[string]string
}

// farmFresh is how long it is believed; wikis seldom come, and seldom move.
const farmFresh = 24 * time.Hour

// maxSites bounds a farm: Wikimedia's has about a thousand.
const maxSites = 20_000

// Sites returns the farm's wikis that have a replica, by name. None are private.
func (c *Client) Sites(ctx context.Context) ([]mwclient.Site, error) {
	f, err := c.readFarm(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Clone(f.sites), nil
}

// Sites returns all wikis of the farm.
func (w *Wiki) Sites(ctx context.Context) ([]mwclient.Site, error) { return w.c.Sites(ctx) }

// readFarm returns what is known of the farm's wikis, and asks at most once a day.
func (c *Client) readFarm(ctx context.Context) (*farm, error) {
	if c.o.NoMeta {
		return nil, fmt.Errorf("replica: the farm has no list of wikis (meta_p): %w", mwclient.ErrNotFound)
	}
	c.mu.Lock()
	f := c.farm
	c.mu.Unlock()
	if f != nil && c.o.Clock.Now().Sub(f.read) < farmFresh {
		return f, nil
	}
	s, err := c.at(ctx, "meta")
	if err != nil {
		return nil, err
	}
	f = &farm{read: c.o.Clock.Now(), sections: map[string]string{}, urls: map[string]string{}}
	f.sites, err = read(ctx, c, s, query{
		wiki: "meta", endpoint: mwclient.EndpointSites,
		text: fmt.Sprintf("SELECT dbname, slice, url, lang, is_closed FROM %swiki ORDER BY dbname LIMIT %d", c.views("meta"), maxSites),
	}, func(rows *sql.Rows) (mwclient.Site, error) {
		var name, slice, lang string
		var url sql.NullString
		var closed float64 // numeric(1)
		if err := rows.Scan(&name, &slice, &url, &lang, &closed); err != nil {
			return mwclient.Site{}, err
		}
		// "s1.labsdb" is section s1.
		if section, _, _ := strings.Cut(slice, "."); isDBName(section) {
			f.sections[name] = section
		}
		f.urls[name] = url.String
		return mwclient.Site{DBName: name, URL: url.String, Lang: lang, Closed: closed != 0}, nil
	})
	if err != nil {
		return nil, err
	}
	f.sites = slices.DeleteFunc(f.sites, func(site mwclient.Site) bool { return !isDBName(site.DBName) })
	c.mu.Lock()
	c.farm = f
	c.mu.Unlock()
	return f, nil
}

// url returns a wiki's address, "" where it is not known.
func (c *Client) url(ctx context.Context, db string) string {
	c.mu.Lock()
	known, asked := c.farm, c.urlsAsked
	c.urlsAsked = true
	c.mu.Unlock()
	if known == nil && !asked && !c.o.NoMeta {
		// Nothing depends on it, so that a failure is neither told nor repeated.
		known, _ = c.readFarm(ctx)
	}
	if known == nil {
		return ""
	}
	return known.urls[db]
}

// Lag returns by how much the replica is behind the wiki: edits younger than
// that may be missing. It is an mwclient.ErrNotFound where the server does not
// tell (heartbeat_p).
func (w *Wiki) Lag(ctx context.Context) (time.Duration, error) {
	name, err := w.c.sectionName(ctx, w.db)
	if err != nil {
		return 0, err
	}
	s, err := w.c.section(name)
	if err != nil {
		return 0, err
	}
	seconds, err := read(ctx, w.c, s, query{
		wiki: w.db, endpoint: mwclient.EndpointSiteInfo,
		text: "SELECT `lag` FROM " + w.c.views("heartbeat") + "heartbeat WHERE shard = ?", args: binary(name),
	}, func(rows *sql.Rows) (lag float64, err error) { return lag, rows.Scan(&lag) })
	if err != nil {
		return 0, err
	}
	if len(seconds) != 1 {
		return 0, fmt.Errorf("replica: nothing tells the lag of %s: %w", name, mwclient.ErrNotFound)
	}
	return time.Duration(seconds[0] * float64(time.Second)), nil
}
