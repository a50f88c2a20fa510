package fakewiki

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// page is a page of a wiki: an event's, a redirect to one, or the main page.
type page struct {
	title    string // with the namespace's local name
	ns       int
	id       int64
	event    *event
	redirect string // title of the target; empty: no redirect
}

// normalTitle makes a title normal as MediaWiki does: spaces for underscores, the
// namespace by its local name, a capital first.
func (w *wiki) normalTitle(text string) string {
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, "_", " ")), " ")
	ns, rest := w.namespaceOf(text)
	first, size := utf8.DecodeRuneInString(rest)
	if size > 0 {
		rest = string(unicode.ToUpper(first)) + rest[size:]
	}
	return w.prefix(ns) + rest
}

// page finds a page by its normal title. The caller holds Farm.mu.
func (p *population) page(w *wiki, title string) (page, bool) {
	ns, _ := w.namespaceOf(title)
	if title == "Main Page" {
		return page{title: title, id: 1}, true
	}
	if made, ok := w.madePage(title); ok {
		made.ns = ns
		return made, true
	}
	for i, e := range p.events {
		if e.Wiki != w.DB {
			continue
		}
		target := w.normalTitle(e.Page)
		if target == title {
			return page{title: title, ns: ns, id: int64(i) + 2, event: e}, true
		}
		for k, from := range e.Redirects {
			if w.normalTitle(from) == title {
				return page{title: title, ns: ns, id: 1_000_000 + int64(i)*100 + int64(k), redirect: target}, true
			}
		}
	}
	return page{title: title, ns: ns}, false
}

// madePage finds a page that was set.
func (w *wiki) madePage(title string) (page, bool) {
	text, written := w.made.texts[title]
	if _, uploaded := w.made.files[title]; !written && !uploaded {
		return page{}, false
	}
	return page{title: title, id: w.made.ids[title], redirect: w.redirectOf(text)}, true
}

// urlTitle encodes a title for an address as MediaWiki does: underscores for
// spaces, and ; @ $ ! * ( ) , / ~ : as they are.
func urlTitle(title string) string {
	s := url.QueryEscape(strings.ReplaceAll(title, " ", "_"))
	return strings.NewReplacer("%3B", ";", "%40", "@", "%24", "$", "%21", "!", "%2A", "*", "%28", "(", "%29", ")",
		"%2C", ",", "%2F", "/", "%7E", "~", "%3A", ":").Replace(s)
}
