package mwclient

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
)

// TestIsPublic: what is on the Internet and what only looks so.
func TestIsPublic(t *testing.T) {
	for _, a := range []string{"208.80.154.224", "2620:0:861:ed1a::1", "::ffff:208.80.154.224", "8.8.8.8"} {
		if !isPublic(netip.MustParseAddr(a)) {
			t.Errorf("%s is public", a)
		}
	}
	for _, a := range []string{
		"127.0.0.1", "127.1.2.3", "::1", "0.0.0.0", "::", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
		"fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9",
		"224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
		"::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "fec0::1",
	} {
		if isPublic(netip.MustParseAddr(a)) {
			t.Errorf("%s is not public", a)
		}
	}
}

// nameServer answers every question for an IPv4 address with the next of
// addresses, and the last for ever: a name whose owner changes it.
type nameServer struct {
	addresses []netip.Addr
	asked     atomic.Int64
}

func (n *nameServer) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { conn.Close(); <-done })
	go func() {
		defer close(done)
		buf := make([]byte, 512)
		for {
			size, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if answer := n.answer(buf[:size]); answer != nil {
				_, _ = conn.WriteTo(answer, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// answer is the reply to one question: RFC 1035, 4.1.
func (n *nameServer) answer(q []byte) []byte {
	end := 12
	for end < len(q) && q[end] != 0 {
		end += int(q[end]) + 1
	}
	if end+5 > len(q) {
		return nil
	}
	question := q[12 : end+5]
	r := append([]byte{q[0], q[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
	if binary.BigEndian.Uint16(q[end+1:]) != 1 { // not A: there is none
		return r
	}
	i := min(int(n.asked.Add(1)), len(n.addresses)) - 1
	a := n.addresses[i].As4()
	r[7] = 1
	return append(append(r, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4), a[:]...)
}

// rebound is a client of wikis whose names lead where a test says.
func rebound(t *testing.T, inside func(string) bool, addresses ...string) *Client {
	t.Helper()
	n := &nameServer{}
	for _, a := range addresses {
		n.addresses = append(n.addresses, netip.MustParseAddr(a))
	}
	c, _ := newTestClient(t, Options{Contact: "test", Allow: func(string) error { return nil }, Inside: inside, Resolver: n.resolver(t), MaxRetries: -1})
	c.o.PlainHTTP = []string{"wiki.example.org", "wiki.example.org:8080"}
	return c
}

// TestRebinding: a name that is allowed and leads inside is refused before a
// byte is sent, whenever it changes; one that the operator said is inside is not.
func TestRebinding(t *testing.T) {
	reached := atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		w.WriteHeader(http.StatusNotFound)
	}))
	defer server.Close()
	port := server.URL[strings.LastIndexByte(server.URL, ':'):]
	read := func(c *Client) error {
		c.o.PlainHTTP = []string{"wiki.example.org" + port}
		w, err := c.Wiki(t.Context(), "http://wiki.example.org"+port)
		if err != nil {
			return err
		}
		_, err = w.SiteInfo(t.Context())
		return err
	}
	for _, a := range []string{"127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.0.1"} {
		if err := read(rebound(t, nil, a)); !errors.Is(err, ErrNotAllowed) || !strings.Contains(err.Error(), "not on the Internet") {
			t.Errorf("a name that leads to %s: %v", a, err)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Fatalf("%d requests came through", n)
	}
	inside := func(host string) bool { return host == "wiki.example.org"+port }
	if err := read(rebound(t, inside, "127.0.0.1")); errors.Is(err, ErrNotAllowed) {
		t.Errorf("a name that the operator said is inside: %v", err)
	}
	if reached.Load() == 0 {
		t.Error("no request came through to a name that is said to be inside")
	}
	// The first lookup is harmless, the next is not: what counts is the address
	// that is connected to.
	c := rebound(t, nil, "8.8.8.8", "127.0.0.1")
	if a, err := c.o.Resolver.LookupNetIP(t.Context(), "ip4", "wiki.example.org"); err != nil || !isPublic(a[0]) {
		t.Fatalf("%v %v", a, err)
	}
	before := reached.Load()
	if err := read(c); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("a name that changed: %v", err)
	}
	if reached.Load() != before {
		t.Error("a request came through to a name that changed")
	}
}

// TestRedirectInside: a wiki on the Internet cannot send us inside, whatever is
// allowed.
func TestRedirectInside(t *testing.T) {
	c, _ := newTestClient(t, Options{Contact: "test"})
	from := mustURL(t, "https://wiki.example.org/w/api.php")
	for _, to := range []string{"http://127.0.0.1:8080/", "http://localhost/", "https://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://[fd00:ec2::254]/", "https://[::ffff:10.0.0.1]/"} {
		if at, err := c.follow(from, mustURL(t, to)); !errors.Is(err, ErrNotAllowed) {
			t.Errorf("%s: %v %v", to, at, err)
		}
	}
	if _, err := c.follow(from, mustURL(t, "https://en.example.org/")); err != nil {
		t.Error(err)
	}
}

// TestProxyMayBeInside: the operator's own proxy is no wiki.
func TestProxyMayBeInside(t *testing.T) {
	g := &guard{proxies: []string{"proxy.internal:3128"}}
	if got := dialed(mustURL(t, "http://proxy.internal:3128")); got != g.proxies[0] {
		t.Errorf("dials %s", got)
	}
	for address, want := range map[string]string{"http://a": "a:80", "https://a": "a:443", "socks5://a": "a:1080"} {
		if got := dialed(mustURL(t, address)); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}
