package mwclient

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
)

// A wiki's cookies are kept, as it asks of its clients
// (https://www.mediawiki.org/wiki/API:Etiquette), but few, small, and for the
// host alone that set them.
const (
	maxCookies    = 20
	maxCookieSize = 4 << 10
)

// keepCookies stores the cookies of an answer.
func keepCookies(jar *cookiejar.Jar, from *url.URL, h http.Header) {
	if len(h["Set-Cookie"]) == 0 {
		return
	}
	room := maxCookies - len(jar.Cookies(from))
	var kept []*http.Cookie
	for _, c := range (&http.Response{Header: h}).Cookies() {
		gone := c.MaxAge < 0
		if len(c.Name)+len(c.Value) > maxCookieSize || (len(kept) >= room && !gone) {
			continue
		}
		c.Domain = ""
		kept = append(kept, c)
	}
	jar.SetCookies(from, kept)
}
