package refresh

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"afterglow/mwclient"
	"afterglow/retention"
	"afterglow/service/refresh/source"
	"afterglow/service/store"
)

// reasonDeleted is why a campaign is frozen whose event was deleted.
const reasonDeleted = "the event was deleted"

// Track adds an event to the store, or updates what is known of it; it reads no
// participants. Errors: mwclient's (ErrNotFound, ErrDeleted, ErrEvent, …);
// store.ErrExists where another farm has a campaign of that id. An event that
// was deleted after it was tracked is frozen, and no error.
func (r *Refresher) Track(ctx context.Context, wiki *mwclient.Wiki, event int64) (store.Campaign, error) {
	info, farm, err := r.identify(ctx, wiki)
	if err != nil {
		return store.Campaign{}, fmt.Errorf("track event %d: %w", event, err)
	}
	ev, err := wiki.Event(ctx, event)
	if errors.Is(err, mwclient.ErrDeleted) {
		if c, found := r.s.FindEvent(ctx, info.WikiID, event); found == nil {
			if err := r.s.Freeze(ctx, c.ID, reasonDeleted); err != nil {
				return c, err
			}
			return r.s.Campaign(ctx, c.ID)
		}
	}
	if err != nil {
		return store.Campaign{}, fmt.Errorf("track event %d: %w", event, err)
	}
	if ev.PageWiki == "" {
		ev.PageWiki = info.WikiID
	}
	if !isDBName(ev.PageWiki) {
		return store.Campaign{}, fmt.Errorf("track event %d: its page is on %.80q, which is no wiki's name: %w", event, ev.PageWiki, mwclient.ErrEvent)
	}
	c := store.Campaign{
		Campaign: retention.Campaign{
			ID:     fmt.Sprintf("%s-%d", ev.PageWiki, ev.ID),
			Source: retention.Source{Kind: string(source.Event), Wiki: ev.PageWiki, Event: ev.ID},
		},
		Farm: farm.Name, MadeUp: r.o.MadeUp,
	}
	if c.Source.URL, err = r.pageURL(ctx, wiki, info, farm, ev); err != nil {
		return store.Campaign{}, err
	}
	return r.s.SaveCampaign(ctx, describe(c, ev))
}

// describe brings a campaign up to date with its event. Where people meet or
// chat is never taken over.
func describe(c store.Campaign, ev mwclient.Event) store.Campaign {
	c.Title, c.Start, c.End, c.Timezone, c.Wikis, c.Frozen = ev.Name, ev.Start, ev.End, ev.Timezone, ev.Wikis, ""
	c.Source.Page = ev.Page
	return c
}

// Farm returns the farm that a wiki belongs to. One that was not known is saved.
func (r *Refresher) Farm(ctx context.Context, wiki *mwclient.Wiki) (store.Farm, error) {
	_, farm, err := r.identify(ctx, wiki)
	if err != nil {
		return farm, fmt.Errorf("find the farm of %s: %w", wiki.Host(), err)
	}
	return farm, nil
}

// identify returns what a wiki says of itself and the farm it belongs to, which
// is saved if it was not known.
func (r *Refresher) identify(ctx context.Context, wiki *mwclient.Wiki) (mwclient.SiteInfo, store.Farm, error) {
	info, err := wiki.SiteInfo(ctx)
	if err != nil {
		return info, store.Farm{}, err
	}
	if !isDBName(info.WikiID) {
		return info, store.Farm{}, fmt.Errorf("%s calls itself %.80q: %w", wiki.URL(), info.WikiID, mwclient.ErrAddress)
	}
	self := store.Wiki{Name: info.WikiID, URL: address(wiki, info), ContentNamespaces: content(info), Checked: r.o.Now()}
	farm, err := r.s.FarmByWiki(ctx, self.Name, self.URL)
	if err == nil || !errors.Is(err, store.ErrNotFound) {
		return info, farm, err
	}
	farm = store.Farm{Name: wiki.Host(), Central: info.CentralAuth}
	wikis := []store.Wiki{self}
	if farm.Central {
		if wikis, err = r.sites(ctx, wiki); err != nil {
			return info, farm, err
		}
		if len(wikis) > 0 {
			farm.SitesChecked = r.o.Now()
		}
		// It may be the farm of a wiki that is known already.
		for _, w := range wikis {
			other, err := r.s.FarmByWiki(ctx, w.Name, w.URL)
			if err == nil {
				farm.Name = other.Name
				break
			}
			if !errors.Is(err, store.ErrNotFound) {
				return info, farm, err
			}
		}
		wikis = append(wikis, self)
	}
	return info, farm, r.s.SaveFarm(ctx, farm, wikis...)
}

// sites returns the wikis of a farm; none where the wiki cannot tell.
func (r *Refresher) sites(ctx context.Context, wiki *mwclient.Wiki) ([]store.Wiki, error) {
	sites, err := wiki.Sites(ctx)
	if errors.Is(err, mwclient.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	wikis := make([]store.Wiki, 0, len(sites))
	for _, s := range sites {
		if isDBName(s.DBName) && len(s.URL) <= 255 {
			wikis = append(wikis, store.Wiki{Name: s.DBName, URL: s.URL, Private: s.Private})
		}
	}
	return wikis, nil
}

// address is where a wiki is found again: its host, and its api.php where that
// is not in the folder that nearly all wikis have it in.
func address(wiki *mwclient.Wiki, info mwclient.SiteInfo) string {
	if info.ScriptPath == "/w" {
		return wiki.URL()
	}
	return wiki.URL() + info.ScriptPath + "/api.php"
}

// content is a wiki's content namespaces, never nil.
func content(info mwclient.SiteInfo) []int {
	if len(info.ContentNamespaces) == 0 {
		return []int{0}
	}
	return info.ContentNamespaces
}

// pageURL is the address of the event page.
func (r *Refresher) pageURL(ctx context.Context, wiki *mwclient.Wiki, info mwclient.SiteInfo, farm store.Farm, ev mwclient.Event) (string, error) {
	base := wiki.URL()
	if ev.PageWiki != info.WikiID {
		wikis, err := r.s.Wikis(ctx, farm.Name)
		if err != nil {
			return "", err
		}
		base = ""
		for _, w := range wikis {
			if u, err := url.Parse(w.URL); err == nil && w.Name == ev.PageWiki {
				base = u.Scheme + "://" + u.Host
			}
		}
		if base == "" {
			return "", nil // the wiki is not known; the page has no address then
		}
	}
	return base + pagePath(info, ev.Page), nil
}

// pagePath is the path of a page on a wiki.
func pagePath(info mwclient.SiteInfo, page string) string {
	path := info.ArticlePath
	if !strings.Contains(path, "$1") {
		path = "/wiki/$1"
	}
	title := (&url.URL{Path: "/" + strings.ReplaceAll(page, " ", "_")}).EscapedPath()
	return strings.Replace(path, "$1", strings.TrimPrefix(title, "/"), 1)
}

// isDBName reports whether s can be a wiki's database name.
// https://www.mediawiki.org/wiki/Manual:$wgDBname
func isDBName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	return strings.Trim(s, nameLetters) == ""
}

// nameLetters are what the name of a database is made of.
const nameLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
