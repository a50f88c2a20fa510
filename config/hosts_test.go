package config

import (
	"errors"
	"strings"
	"testing"
)

func TestHostEntries(t *testing.T) {
	for _, good := range []string{"wiki.example.org", "WIKI.example.org", "wiki.example.org:8443", "*.example.org", "10.1.2.3", "10.1.2.3:8080",
		"127.0.0.1:8081", "[::1]:8081", "localhost:8081", "[2001:db8::1]", "intranet", "xn--mnchen-3ya.example.org"} {
		if _, err := NewHosts([]string{good}); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for bad, why := range map[string]string{
		"":                    "empty",
		"*":                   "characters",
		"*.":                  "empty",
		"*.org":               "two labels",
		"*.localhost":         "two labels",
		"*.x.localhost":       "loopback",
		"*.*.org":             "characters",
		"a*.example.org":      "characters",
		"wiki.*.org":          "characters",
		"*.1.2.3.4":           "addresses",
		"*.example.org:80":    "",
		"*.example.org:8080":  "no port",
		"https://a.org":       "port",
		"a.org/path":          "characters",
		"a@b.org":             "characters",
		"a.org.":              "not a host name",
		"-a.org":              "not a host name",
		"127.0.0.1":           "needs its port",
		"[::1]":               "needs its port",
		"localhost":           "needs its port",
		"0.0.0.0":             "needs its port",
		"a.org:0":             "port",
		"a.org:99999":         "port",
		"a.org:080":           "port",
		"a.org:":              "port is empty",
		"::1":                 "port",
		"127.1":               "neither",
		"0x7f.1":              "neither",
		"2130706433":          "neither",
		"münchen.example.org": "xn--",
		"a b.org":             "characters",
		"[::ffff:127.0.0.1]":  "IPv6",
		"[fe80::1%eth0]:80":   "IPv6",
		"[::1":                "IPv6",
	} {
		_, err := NewHosts([]string{bad})
		if why == "" {
			if err != nil {
				t.Errorf("%q: %v", bad, err)
			}
			continue
		}
		var e *Error
		if !errors.As(err, &e) || e.Key != "wikis" || e.Value != bad || !strings.Contains(e.Problem, why) {
			t.Errorf("%q: %v, want a problem with %q", bad, err, why)
		}
	}
}

func TestAllowed(t *testing.T) {
	h, err := NewHosts([]string{"*.wikipedia.org", "wiki.example.org", "other.example.org:8443", "127.0.0.1:8081", "[::1]:8081", "localhost:9"})
	if err != nil {
		t.Fatal(err)
	}
	for _, good := range []string{"en.wikipedia.org", "EN.Wikipedia.ORG", "en.m.wikipedia.org", "en.wikipedia.org:443", "en.wikipedia.org:80", "wiki.example.org", "wiki.example.org:443",
		"other.example.org:8443", "127.0.0.1:8081", "[::1]:8081", "[0:0::1]:8081", "localhost:9"} {
		if err := h.Allowed(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "wikipedia.org", "evilwikipedia.org", "en.wikipedia.org.evil.org", "en.wikipedia.org:8080", "x.wiki.example.org", "other.example.org",
		"127.0.0.1", "127.0.0.1:8082", "127.0.0.2:8081", "[::1]:8082", "[::ffff:127.0.0.1]:8081", "localhost", "localhost:10", "127.1:8081", "2130706433:8081",
		"en.wikipedia.org.", "en.wikipedia.org@evil.org", "evil.org#.wikipedia.org", "evil.org/.wikipedia.org", "evil.org\\.wikipedia.org", "evil.org?.wikipedia.org",
		"evil.org%2f.wikipedia.org", "a b.wikipedia.org", "a\n.wikipedia.org", "*.wikipedia.org", "..wikipedia.org", ".wikipedia.org", "ⓔn.wikipedia.org", "en。wikipedia.org",
		strings.Repeat("a.", 200) + "wikipedia.org"} {
		err := h.Allowed(bad)
		var e *HostError
		if !errors.As(err, &e) || len(e.Allowed) != 6 || !strings.Contains(err.Error(), "*.wikipedia.org") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	var none *Hosts
	if none.Allowed("en.wikipedia.org") == nil {
		t.Error("no list allows nothing")
	}
}

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{"127.0.0.1:80": true, "127.9.9.9": true, "[::1]:5": true, "localhost": true, "a.localhost:1": true, "0.0.0.0:1": true,
		"example.org": false, "10.0.0.1": false, "": false, "localhost.example.org": false} {
		if Loopback(host) != want {
			t.Errorf("%q: %t", host, !want)
		}
	}
}

// FuzzAllowed: whatever passes is a plain name below the domain, or the entry.
func FuzzAllowed(f *testing.F) {
	h, err := NewHosts([]string{"*.wikipedia.org", "127.0.0.1:8081"})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"en.wikipedia.org", "127.0.0.1:8081", "[::1]:1", "a@b", "en.wikipedia.org:443"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if h.Allowed(host) != nil {
			return
		}
		if host == "127.0.0.1:8081" {
			return
		}
		name := strings.ToLower(host)
		name = strings.TrimSuffix(strings.TrimSuffix(name, ":443"), ":80")
		if !strings.HasSuffix(name, ".wikipedia.org") || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
			t.Fatalf("%q is allowed", host)
		}
	})
}
