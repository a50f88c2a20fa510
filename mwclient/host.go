package mwclient

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// isWikimedia reports whether a host is one of the Wikimedia Foundation, whose
// gateway wants a minute's patience where it names no time.
// https://www.mediawiki.org/wiki/API:Etiquette
func isWikimedia(host string) bool {
	name := hostname(host)
	for _, domain := range [...]string{
		"wikipedia.org", "wikimedia.org", "wiktionary.org", "wikibooks.org", "wikinews.org",
		"wikiquote.org", "wikisource.org", "wikiversity.org", "wikivoyage.org", "wikidata.org",
		"wikifunctions.org", "mediawiki.org", "wmflabs.org", "wmcloud.org", "toolforge.org",
	} {
		if name == domain || strings.HasSuffix(name, "."+domain) {
			return true
		}
	}
	return false
}

// hostKey is a URL's host as Options speak of it: in lower case, without a dot
// at the end, with the port unless it is the scheme's own.
func hostKey(u *url.URL) string {
	name, port := strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), u.Port()
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if port == "" || (u.Scheme == "https" && port == "443") || (u.Scheme == "http" && port == "80") {
		return name
	}
	return name + ":" + port
}

// hostname is a host key without its port.
func hostname(host string) string {
	u := url.URL{Host: host}
	return u.Hostname()
}

// isLoopback reports whether a host key names this machine. Names are not
// looked up: only "localhost" and addresses count.
func isLoopback(host string) bool {
	name := hostname(host)
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback()
}

// parseURL parses an address with a host. One without a scheme is taken as
// https, or http on loopback. Names and passwords in it are refused, because
// they disguise hosts.
func parseURL(address string) (*url.URL, error) {
	raw := strings.TrimSpace(address)
	bare := !strings.Contains(raw, "://")
	if bare {
		raw = "https://" + strings.TrimPrefix(raw, "//")
	}
	u, err := url.Parse(raw)
	if err != nil {
		// The text of url.Error repeats the address, which the caller gives too.
		return nil, fmt.Errorf("%w: %q cannot be parsed", ErrAddress, shorten(address))
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%w: %q is neither https nor http", ErrAddress, shorten(address))
	case u.Hostname() == "":
		return nil, fmt.Errorf("%w: %q has no host", ErrAddress, shorten(address))
	case u.User != nil:
		return nil, fmt.Errorf("%w: an address must not hold a user name or password", ErrAddress)
	}
	if bare && isLoopback(hostKey(u)) {
		u.Scheme = "http"
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// admit decides whether a URL may be asked, and by which scheme: https, except
// on loopback and for the hosts of Options.PlainHTTP.
func (c *Client) admit(u *url.URL) (*url.URL, error) {
	host := hostKey(u)
	if u.Scheme == "http" && !isLoopback(host) && !slices.Contains(c.o.PlainHTTP, host) {
		upgraded := *u
		upgraded.Scheme = "https"
		if upgraded.Port() == "80" {
			upgraded.Host = upgraded.Hostname()
		}
		u = &upgraded
		host = hostKey(u)
	}
	if c.o.Allow != nil {
		if err := c.o.Allow(host); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrNotAllowed, host, err)
		}
	}
	if c.o.Contact == "" && !isLoopback(host) {
		return nil, fmt.Errorf("%w: %s is not read without one", ErrNoContact, host)
	}
	return u, nil
}

// follow is admit for an address that a wiki gave, in a redirect or in a page.
// From outside no address leads to this machine's own services.
func (c *Client) follow(from, to *url.URL) (*url.URL, error) {
	if host := hostKey(to); isInside(host) && !isInside(hostKey(from)) {
		return nil, fmt.Errorf("%w: %s leads to %s", ErrNotAllowed, hostKey(from), host)
	}
	return c.admit(to)
}

// shorten bounds text that came from outside before it goes into an error.
func shorten(text string) string {
	const most = 200
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
