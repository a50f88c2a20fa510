package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// addressOf is the address that a request comes from, for bounds on what one
// client may do. What a proxy says of its client is believed where the proxy is
// one of Options.Proxies, and of a chain the part that such proxies wrote: the
// rest anybody can write. IPv6 clients are counted by their network of 64 bits,
// all of which one client commonly has.
func (s *Server) addressOf(r *http.Request) string {
	var at netip.Addr
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		at = peer.Addr().Unmap()
	}
	if s.isProxy(at) {
		at = s.beforeProxies(at, strings.Join(r.Header.Values("X-Forwarded-For"), ","))
	}
	if at.Is6() {
		if network, err := at.WithZone("").Prefix(64); err == nil {
			return network.String()
		}
	}
	return at.String()
}

// beforeProxies follows a chain of proxies back from a peer of ours that is one.
func (s *Server) beforeProxies(at netip.Addr, forwarded string) netip.Addr {
	chain := strings.Split(forwarded, ",")
	for i := len(chain) - 1; i >= 0 && s.isProxy(at); i-- {
		before, err := netip.ParseAddr(strings.TrimSpace(chain[i]))
		if err != nil {
			break
		}
		at = before.Unmap()
	}
	return at
}

func (s *Server) isProxy(a netip.Addr) bool {
	for _, p := range s.o.Proxies {
		if p.Contains(a.WithZone("")) {
			return true
		}
	}
	return false
}
