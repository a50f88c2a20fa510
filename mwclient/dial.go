package mwclient

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

// A name that may be asked can lead to an address that may not: its owner can
// point it at this machine or at the operator's network, also between two
// lookups (DNS rebinding). So the address is looked at when the connection to it
// is made, after the last lookup.

// reserved are ranges that are no hosts of the Internet, beside those that
// netip.Addr names: https://www.iana.org/assignments/iana-ipv4-special-registry
// and https://www.iana.org/assignments/iana-ipv6-special-registry.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	// Addresses that hold an IPv4 address, by which any of the above can be meant.
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("3fff::/20"),
	netip.MustParsePrefix("fec0::/10"),
}

// isPublic reports whether an address is a host of the Internet: not this
// machine, not a private network, not a range with another meaning.
func isPublic(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a.IsValid() && a.IsGlobalUnicast() && !a.IsPrivate() &&
		!slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(a) })
}

// isInside reports whether a host key says by itself that it is not on the
// Internet: this machine, or an address that isPublic does not hold for.
func isInside(host string) bool {
	a, err := netip.ParseAddr(hostname(host))
	return isLoopback(host) || err == nil && !isPublic(a)
}

// guard makes connections. It refuses a name that leads to an address that is
// not public, unless the name was said to be inside.
type guard struct {
	dialer  net.Dialer
	inside  func(host string) bool
	proxies []string // host:port of the operator's own, which need not be public
}

func newGuard(o *Options) *guard {
	g := &guard{dialer: net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second, Resolver: o.Resolver}, inside: o.Inside}
	for _, scheme := range []string{"http", "https"} {
		u, err := http.ProxyFromEnvironment(&http.Request{URL: &url.URL{Scheme: scheme, Host: "example.org"}})
		if err == nil && u != nil {
			g.proxies = append(g.proxies, dialed(u))
		}
	}
	return g
}

// dialed is the address that net/http dials for a URL.
func dialed(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	}
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// dial connects to host:port.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	d := g.dialer
	_, literal := netip.ParseAddr(host)
	// What was written as an address leads nowhere else: admit has decided on it.
	if literal != nil && !isLoopback(host) && !slices.Contains(g.proxies, address) && !g.mayBeInside(host, port) {
		d.ControlContext = func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(resolved)
			if err != nil || !isPublic(at.Addr()) {
				return fmt.Errorf("%w: %s leads to %s, which is not on the Internet", ErrNotAllowed, host, resolved)
			}
			return nil
		}
	}
	return d.DialContext(ctx, network, address)
}

// mayBeInside asks for a host as Options speak of it: without a port that is a
// scheme's own.
func (g *guard) mayBeInside(host, port string) bool {
	if g.inside == nil {
		return false
	}
	host = strings.ToLower(host)
	if port != "443" && port != "80" {
		host += ":" + port
	}
	return g.inside(host)
}
