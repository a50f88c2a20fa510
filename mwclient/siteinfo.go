package mwclient

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"cgt.name/pkg/go-mwclient/params"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// siteGeneral is siprop=general.
type siteGeneral struct {
	WikiID      string    `json:"wikiid"`
	SiteName    string    `json:"sitename"`
	Server      string    `json:"server"`
	ScriptPath  string    `json:"scriptpath"`
	ArticlePath string    `json:"articlepath"`
	Generator   string    `json:"generator"`
	Lang        string    `json:"lang"`
	Time        timestamp `json:"time"`
	Central     string    `json:"centralidlookupprovider"`
}

// siteNamespace is one of siprop=namespaces.
type siteNamespace struct {
	ID        number `json:"id"`
	Name      string `json:"name"`
	Canonical string `json:"canonical"`
	Content   flag   `json:"content"`
}

// SiteInfo returns what the wiki says of itself. It is asked for at most once a
// day; the first Accounts or Contributions brings it along in the same request.
// https://www.mediawiki.org/wiki/API:Siteinfo
func (w *Wiki) SiteInfo(ctx context.Context) (SiteInfo, error) {
	if site, ok := w.siteKnown(); ok {
		return site, nil
	}
	p := params.Values{"action": "query"}
	w.askSite(p)
	if _, err := w.query(ctx, EndpointSiteInfo, p, false); err != nil {
		return SiteInfo{}, err
	}
	site, ok := w.siteKnown()
	if !ok {
		return SiteInfo{}, &ResponseError{Wiki: w.label(), Err: errors.New("it does not say which wiki it is")}
	}
	return site, nil
}

// siteKnown returns what is remembered.
func (w *Wiki) siteKnown() (SiteInfo, bool) {
	now := w.c.clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	site := w.site
	site.ContentNamespaces = slices.Clone(site.ContentNamespaces)
	return site, site.WikiID != "" && now.Sub(w.siteAt) < factsLast
}

// askSite adds siteinfo to a query unless it is known.
func (w *Wiki) askSite(p params.Values) {
	if _, known := w.siteKnown(); known {
		return
	}
	p.Add("meta", "siteinfo")
	p.Set("siprop", "general|namespaces")
}

// learn keeps the siteinfo that came with an answer.
func (w *Wiki) learn(r *reply) {
	g := r.Query.General
	if g.WikiID == "" {
		return
	}
	site := SiteInfo{
		WikiID: g.WikiID, SiteName: g.SiteName, Server: g.Server, ScriptPath: g.ScriptPath,
		ArticlePath: g.ArticlePath, Generator: g.Generator, Lang: g.Lang, Time: g.Time.Time,
		CentralAuth: g.Central == "CentralAuth",
	}
	for key, ns := range r.Query.Namespaces {
		if id, err := strconv.Atoi(key); err == nil && ns.Content {
			site.ContentNamespaces = append(site.ContentNamespaces, id)
		}
	}
	slices.Sort(site.ContentNamespaces)
	now := w.c.clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.site, w.siteAt = site, now
}

// maxSites bounds a farm; Wikimedia's has about 1,000 wikis.
const maxSites = 20_000

// Sites returns all wikis of the farm, by database name, from
// https://www.mediawiki.org/wiki/Extension:SiteMatrix. It is asked for at most
// once a day. A wiki without that extension is an ErrNotFound.
func (w *Wiki) Sites(ctx context.Context) ([]Site, error) {
	now := w.c.clock.Now()
	w.mu.Lock()
	sites, at := w.sites, w.sitesAt
	w.mu.Unlock()
	if sites != nil && now.Sub(at) < factsLast {
		return slices.Clone(sites), nil
	}
	r, err := w.query(ctx, EndpointSites, params.Values{
		"action": "sitematrix", "smlangprop": "site", "smsiteprop": "url|dbname|lang",
	}, false)
	var refused *APIError
	if errors.As(err, &refused) && (refused.Code == "badvalue" || refused.Code == "unknown_action") {
		return nil, fmt.Errorf("%s has no site matrix: %w: %w", w.label(), ErrNotFound, err)
	}
	if err != nil {
		return nil, err
	}
	sites, err = readMatrix(r.Matrix)
	if err != nil {
		return nil, &ResponseError{Wiki: w.label(), Err: err}
	}
	w.c.stats.add(w.key(), EndpointSites, Counts{Rows: int64(len(sites))})
	w.mu.Lock()
	w.sites, w.sitesAt = sites, now
	w.mu.Unlock()
	return slices.Clone(sites), nil
}

// siteRow is one wiki of action=sitematrix.
type siteRow struct {
	URL     string `json:"url"`
	DBName  string `json:"dbname"`
	Lang    string `json:"lang"`
	Closed  flag   `json:"closed"`
	Private flag   `json:"private"`
}

// readMatrix reads action=sitematrix: languages under numbers, each with its
// wikis, and "specials" beside them.
func readMatrix(matrix jsontext.Value) ([]Site, error) {
	var parts map[string]jsontext.Value
	if err := json.Unmarshal(matrix, &parts, lenient()); err != nil {
		return nil, err
	}
	byName := map[string]Site{}
	add := func(rows []siteRow) error {
		for _, row := range rows {
			u, err := url.Parse(row.URL)
			if row.DBName == "" || err != nil || u.Host == "" {
				continue
			}
			if u.Scheme == "" {
				u.Scheme = "https"
			}
			byName[row.DBName] = Site{
				DBName: row.DBName, URL: u.Scheme + "://" + u.Host, Lang: row.Lang,
				Closed: bool(row.Closed), Private: bool(row.Private),
			}
			if len(byName) > maxSites {
				return fmt.Errorf("%w: more than %d wikis", ErrTooLarge, maxSites)
			}
		}
		return nil
	}
	for key, part := range parts {
		var rows []siteRow
		switch part.Kind() {
		case '[': // specials
			if err := json.Unmarshal(part, &rows, lenient()); err != nil {
				return nil, fmt.Errorf("%s: %w", shorten(key), err)
			}
		case '{': // a language
			var language struct {
				Sites []siteRow `json:"site"`
			}
			if err := json.Unmarshal(part, &language, lenient()); err != nil {
				return nil, fmt.Errorf("%s: %w", shorten(key), err)
			}
			rows = language.Sites
		}
		if err := add(rows); err != nil {
			return nil, err
		}
	}
	sites := make([]Site, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		sites = append(sites, byName[name])
	}
	return sites, nil
}
