package mwclient

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"cgt.name/pkg/go-mwclient/params"
)

// Numbers of namespaces that mean the same on every wiki.
// https://www.mediawiki.org/wiki/Manual:Namespace_constants
const (
	NamespaceSpecial  = -1
	NamespaceMain     = 0
	NamespaceUser     = 2
	NamespaceUserTalk = 3
	NamespaceFile     = 6
	NamespaceCategory = 14
)

// Namespaces is how a wiki names its namespaces, in its own language and in all
// the ways in which links may write them: local and canonical names, aliases,
// and the forms by gender that some languages have for users.
type Namespaces struct {
	numbers map[string]int  // by foldTitle's form of the name
	local   map[int]string  // the name that the wiki shows
	special map[string]bool // special pages whose sub-page is a user, likewise
}

// namespaceAlias is one of siprop=namespacealiases.
type namespaceAlias struct {
	ID    number `json:"id"`
	Alias string `json:"alias"`
}

// specialPageAlias is one of siprop=specialpagealiases.
type specialPageAlias struct {
	RealName string `json:"realname"`
	Aliases  texts  `json:"aliases"`
}

// knownNamespaces is what Namespaces are remembered with.
type knownNamespaces struct {
	names Namespaces
	at    time.Time
}

// Namespaces returns the names of a wiki's namespaces. They are asked for at
// most once a day. https://www.mediawiki.org/wiki/API:Siteinfo
func (w *Wiki) Namespaces(ctx context.Context) (Namespaces, error) {
	now := w.c.clock.Now()
	w.mu.Lock()
	known := w.namespaces
	w.mu.Unlock()
	if known.names.numbers != nil && now.Sub(known.at) < factsLast {
		return known.names, nil
	}
	r, err := w.query(ctx, EndpointSiteInfo, params.Values{
		"action": "query", "meta": "siteinfo", "siprop": "general|namespaces|namespacealiases|specialpagealiases",
	}, false)
	if err != nil {
		return Namespaces{}, fmt.Errorf("namespaces: %w", err)
	}
	n := Namespaces{numbers: map[string]int{}, local: map[int]string{}, special: map[string]bool{}}
	for _, ns := range r.Query.Namespaces {
		id := int(ns.ID)
		n.local[id] = ns.Name
		// The local name wins where it is another namespace's canonical one.
		n.numbers[foldTitle(ns.Name)] = id
	}
	for _, ns := range r.Query.Namespaces {
		n.add(ns.Canonical, int(ns.ID))
	}
	for _, a := range r.Query.Aliases {
		n.add(a.Alias, int(a.ID))
	}
	for _, page := range r.Query.SpecialPages {
		if page.RealName != "Contributions" && page.RealName != "CentralAuth" {
			continue
		}
		for _, name := range append(page.Aliases, page.RealName) {
			n.special[foldTitle(name)] = true
		}
	}
	if _, ok := n.local[NamespaceUser]; !ok {
		return Namespaces{}, &ResponseError{Wiki: w.label(), Err: errors.New("it does not name its namespaces")}
	}
	w.mu.Lock()
	w.namespaces = knownNamespaces{names: n, at: now}
	w.mu.Unlock()
	return n, nil
}

func (n Namespaces) add(name string, id int) {
	if key := foldTitle(name); key != "" {
		if _, taken := n.numbers[key]; !taken {
			n.numbers[key] = id
		}
	}
}

// Name returns the name that the wiki shows for a namespace, without a colon.
func (n Namespaces) Name(id int) string { return n.local[id] }

// Split parts a title into its namespace's number and the rest, which has
// blanks for underscores. A colon may stand before it, as in links.
func (n Namespaces) Split(title string) (id int, rest string) {
	title = strings.TrimPrefix(cleanTitle(title), ":")
	before, after, ok := strings.Cut(title, ":")
	if ok {
		if id, known := n.numbers[foldTitle(before)]; known && id != NamespaceMain {
			return id, strings.TrimSpace(after)
		}
	}
	return NamespaceMain, strings.TrimSpace(title)
}

// UserOf returns the user whom a page is about: the owner of a page in User or
// User talk and of its sub-pages, or whom Special:Contributions lists. It is
// empty for any other title. An address (IP) is returned as it is written.
func (n Namespaces) UserOf(title string) string {
	id, rest := n.Split(title)
	switch id {
	case NamespaceUser, NamespaceUserTalk:
	case NamespaceSpecial:
		page, user, _ := strings.Cut(rest, "/")
		if !n.special[foldTitle(page)] {
			return ""
		}
		rest = user
	default:
		return ""
	}
	// Names hold no slash, but for ranges of addresses, which nobody is.
	name, _, _ := strings.Cut(rest, "/")
	return normalName(name)
}

// cleanTitle writes a title with single blanks.
func cleanTitle(title string) string {
	title = strings.Map(func(r rune) rune {
		// Marks of direction, which MediaWiki takes out of titles too.
		if r >= '\u200e' && r <= '\u200f' || r >= '\u202a' && r <= '\u202e' {
			return -1
		}
		return r
	}, title)
	return strings.Join(strings.FieldsFunc(title, func(r rune) bool { return r == '_' || r == ' ' || r == '\u00a0' }), " ")
}

// foldTitle is a name as names of namespaces are compared: in lower case.
func foldTitle(name string) string { return strings.ToLower(cleanTitle(name)) }
