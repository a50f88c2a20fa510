package mwclient

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"cgt.name/pkg/go-mwclient/params"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// UserLink is a user whom a page links to.
type UserLink struct {
	Name string // as MediaWiki writes names; an IP address or a temporary account too
	// Struck is set where every link to the user is struck through, as lists of
	// participants mark those who withdrew.
	Struck bool
}

// UserPage is the users that a page lists.
type UserPage struct {
	Title string     // after redirects, with the namespace's local name
	Users []UserLink // each once, in the order of the page
	// Elsewhere counts links to users of wikis that are not of the farm.
	Elsewhere int
}

// redirect is a page that leads to another.
type redirect struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// parsedPage is action=parse.
type parsedPage struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// maxSisters bounds the other wikis whose namespaces are asked for because of
// one page.
const maxSisters = 30

// UserLinks returns the users whom a page links to as readers see it, templates
// included: links to pages of User and User talk and to Special:Contributions,
// by any of the wiki's names for them, here or on another wiki of the farm. A
// section (its anchor or heading) limits it to that section and those below it.
// Redirects are followed, and a user page that leads to another because its owner
// was renamed gives the new name. It is one request, one for each other wiki that
// is linked to, and one for 50 such redirects. ErrNotFound: there is no such page, or no such section.
//
// The page's HTML is read (action=parse&prop=text) rather than the table of
// links (prop=links), which has no special pages, no sections, and the targets
// of conditions in templates that nobody sees.
// https://www.mediawiki.org/wiki/API:Parsing_wikitext
func (w *Wiki) UserLinks(ctx context.Context, title, section string) (UserPage, error) {
	fail := func(err error) (UserPage, error) {
		return UserPage{}, fmt.Errorf("users of the page %q: %w", shorten(title), err)
	}
	site, err := w.SiteInfo(ctx)
	if err != nil {
		return fail(err)
	}
	names, err := w.Namespaces(ctx)
	if err != nil {
		return fail(err)
	}
	r, err := w.query(ctx, EndpointParse, params.Values{
		"action": "parse", "page": title, "prop": "text", "redirects": "1",
		"disableeditsection": "1", "disabletoc": "1", "disablelimitreport": "1",
	}, false)
	var refused *APIError
	if errors.As(err, &refused) && (refused.Code == "missingtitle" || refused.Code == "invalidtitle" || refused.Code == "pagecannotexist") {
		return fail(fmt.Errorf("%w: %w", ErrNotFound, err))
	}
	if err != nil {
		return fail(err)
	}
	links, found := readLinks(r.Parse.Text, section)
	if !found {
		return fail(fmt.Errorf("it has no section %q: %w", shorten(section), ErrNotFound))
	}
	base, err := url.Parse(w.URL())
	if err != nil {
		return fail(err)
	}
	page := UserPage{Title: r.Parse.Title}
	c := userCollector{page: &page, at: map[string]int{}, redirects: map[string]bool{}}
	sisters := map[string]*sister{hostKey(base): {site: site, names: names}}
	for _, l := range links {
		u, err := base.Parse(l.href)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
			continue
		}
		s, ok := sisters[hostKey(u)]
		if !ok {
			if s, err = w.sister(ctx, u, site, len(sisters) > maxSisters); err != nil {
				return fail(err)
			}
			sisters[hostKey(u)] = s
		}
		if s == nil {
			if looksLikeUser(u) {
				page.Elsewhere++
			}
			continue
		}
		name := s.names.UserOf(titleOf(u, s.site))
		if l.redirect && name != "" && hostKey(u) == hostKey(base) {
			c.redirects[name] = true
		}
		c.add(name, l.struck)
	}
	if page.Users, err = w.renamed(ctx, names, page.Users, c.redirects); err != nil {
		return fail(err)
	}
	w.c.stats.add(w.key(), EndpointParse, Counts{Rows: int64(len(page.Users))})
	return page, nil
}

// renamed gives users who are no more, and whose pages lead to another user's,
// that user's name. An account that is there stays itself: people have several.
func (w *Wiki) renamed(ctx context.Context, names Namespaces, users []UserLink, redirects map[string]bool) ([]UserLink, error) {
	prefix := names.Name(NamespaceUser) + ":"
	now := map[string]string{}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(redirects)), batch) {
		part = slices.DeleteFunc(part, func(name string) bool { return !usableName(name) })
		titles := make([]string, len(part))
		for i, name := range part {
			titles[i] = prefix + name
		}
		r, err := w.query(ctx, EndpointParse, params.Values{
			"action": "query", "titles": strings.Join(titles, "|"), "redirects": "1", "list": "users", "ususers": strings.Join(part, "|"),
		}, false)
		if err != nil {
			return nil, err
		}
		gone := map[string]bool{}
		for _, u := range r.Query.Users {
			gone[normalName(u.Name)] = bool(u.Missing)
		}
		for _, to := range r.Query.Redirects {
			if from := names.UserOf(to.From); gone[from] && names.UserOf(to.To) != "" {
				now[from] = names.UserOf(to.To)
			}
		}
	}
	if len(now) == 0 {
		return users, nil
	}
	c := userCollector{page: &UserPage{}, at: map[string]int{}}
	for _, u := range users {
		if name, ok := now[u.Name]; ok {
			u.Name = name
		}
		c.add(u.Name, u.Struck)
	}
	return c.page.Users, nil
}

// sister is a wiki of the farm that a page links to.
type sister struct {
	site  SiteInfo
	names Namespaces
}

// sister finds the wiki of the same farm that an address leads to; nil where it
// is none. Nothing is asked of hosts that the farm does not list.
func (w *Wiki) sister(ctx context.Context, u *url.URL, site SiteInfo, tooMany bool) (*sister, error) {
	// Without central accounts a name elsewhere is somebody else's.
	if tooMany || !site.CentralAuth || !looksLikeUser(u) {
		return nil, nil //nolint:nilnil // no sister is no error
	}
	sites, err := w.Sites(ctx)
	if errors.Is(err, ErrNotFound) {
		return nil, nil //nolint:nilnil // a wiki that stands alone
	}
	if err != nil {
		return nil, err
	}
	for _, s := range sites {
		at, err := url.Parse(s.URL)
		if err != nil || hostKey(at) != hostKey(u) || s.Private {
			continue
		}
		other, err := w.c.Wiki(ctx, s.URL)
		if err != nil {
			return nil, err
		}
		names, err := other.Namespaces(ctx)
		if err != nil {
			return nil, err
		}
		its, err := other.SiteInfo(ctx)
		return &sister{site: its, names: names}, err
	}
	return nil, nil //nolint:nilnil // not of the farm
}

// looksLikeUser reports whether an address has the shape of a page with a
// namespace on a MediaWiki, so that other sites are not asked about theirs.
func looksLikeUser(u *url.URL) bool {
	return strings.Contains(titleOf(u, SiteInfo{}), ":")
}

// titleOf returns the title that an address of a wiki names, or "".
func titleOf(u *url.URL, site SiteInfo) string {
	q := u.Query()
	if title := q.Get("title"); title != "" {
		if target := q.Get("target"); target != "" && !strings.Contains(title, "/") {
			return title + "/" + target // Special:Contributions&target=NAME
		}
		return title
	}
	before, after, ok := strings.Cut(site.ArticlePath, "$1")
	if !ok {
		before, after = "/wiki/", ""
	}
	if title, ok := strings.CutPrefix(u.Path, before); ok && before != "" {
		return strings.TrimSuffix(title, after)
	}
	_, title, _ := strings.Cut(u.Path, "/index.php/")
	return title
}

// userCollector gathers users, each once.
type userCollector struct {
	page      *UserPage
	at        map[string]int
	redirects map[string]bool // whose page is a redirect
}

func (c *userCollector) add(name string, struck bool) {
	if name == "" {
		return
	}
	i, known := c.at[name]
	if !known {
		c.at[name] = len(c.page.Users)
		c.page.Users = append(c.page.Users, UserLink{Name: name, Struck: struck})
		return
	}
	c.page.Users[i].Struck = c.page.Users[i].Struck && struck
}

// pageLink is a link of a page's HTML.
type pageLink struct {
	href             string
	struck, redirect bool
}

// readLinks returns the links of a page, or of a section of it, in their order.
// found is false where there is no such section.
func readLinks(text, section string) (links []pageLink, found bool) {
	in := section == ""
	found = in
	want := foldTitle(section)
	level, struck := 0, 0 // of the wanted section; how deep in struck text
	z := html.NewTokenizer(strings.NewReader(text))
	z.SetMaxBuf(1 << 20) // of one tag: names of pages are short
	var heading headingText
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			return links, found
		case html.TextToken:
			heading.write(z.Text())
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			name, more := z.TagName()
			tag := atom.Lookup(name)
			open := kind != html.EndTagToken
			switch tag {
			case atom.S, atom.Strike, atom.Del:
				if open {
					struck++
				} else {
					struck = max(struck-1, 0)
				}
			case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
				if open {
					heading.begin(int(name[1] - '0'))
				} else if section != "" && heading.level > 0 {
					here := heading.is(want)
					switch {
					case here && !found:
						in, found, level = true, true, heading.level
					case in && heading.level <= level:
						in = false
					}
					heading = headingText{}
				}
			}
			if !open {
				continue
			}
			link := pageLink{struck: struck > 0}
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				switch string(key) {
				case "href":
					link.href = string(value)
				case "class":
					link.redirect = slices.Contains(strings.Fields(string(value)), "mw-redirect")
				case "id":
					heading.id(string(value))
				}
			}
			if tag == atom.A && in && link.href != "" {
				links = append(links, link)
			}
		}
	}
}

// headingText is the heading that is being read: its anchors and its words.
type headingText struct {
	level   int // 0: none is
	anchors []string
	words   strings.Builder
}

func (h *headingText) begin(level int) { *h = headingText{level: level} }

func (h *headingText) id(anchor string) {
	if h.level > 0 && len(h.anchors) < 8 {
		h.anchors = append(h.anchors, anchor)
	}
}

func (h *headingText) write(text []byte) {
	if h.level > 0 && h.words.Len() < 1024 {
		h.words.Write(text)
	}
}

// is reports whether a section of this heading was asked for. Anchors stand in
// the heading itself, or, before 1.42, in a span in it.
// https://www.mediawiki.org/wiki/Heading_HTML_changes
func (h *headingText) is(want string) bool {
	if foldTitle(html.UnescapeString(h.words.String())) == want {
		return true
	}
	for _, anchor := range h.anchors {
		if foldTitle(anchor) == want {
			return true
		}
	}
	return false
}
