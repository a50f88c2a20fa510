package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestPersonOnPages: a signed-in person's page is theirs alone, an anonymous
// one can be kept by all, and a chart asks for no cookie.
func TestPersonOnPages(t *testing.T) {
	f := newFixture(t, nil)
	s, err := New(Options{
		Campaigns: f.store, Events: f.store, Version: "test", Now: f.clock.now, BaseURL: "https://afterglow.example.org",
		Login: loginOptions(t, f.store),
	})
	if err != nil {
		t.Fatal(err)
	}
	cookie := signIn(t, s, organizer())
	if cookie.Name != "__Host-afterglow" {
		t.Errorf("cookie %s", cookie.Name)
	}
	header := cookie.Name + "=" + cookie.Value
	page := ask(t, s, http.MethodGet, "/about", "Cookie", header)
	if got := page.Header.Get("Cache-Control"); got != cachePrivate {
		t.Errorf("a signed-in person's page: Cache-Control %q", got)
	}
	anonymous := ask(t, s, http.MethodGet, "/about")
	if got := anonymous.Header.Get("Cache-Control"); got != cachePage {
		t.Errorf("everybody's page: Cache-Control %q", got)
	}
	for name, a := range map[string]answered{"signed in": page, "anonymous": anonymous} {
		if vary := strings.Join(a.Header.Values("Vary"), ", "); vary != "Cookie, Accept-Encoding" {
			t.Errorf("%s: Vary %q", name, vary)
		}
		if a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: Set-Cookie %q", name, a.Header.Get("Set-Cookie"))
		}
	}
	for _, address := range []string{chartPath(libraries, "retention.svg"), "/v1/campaigns", "/static/" + s.pages.names["afterglow.css"], "/robots.txt", "/healthz"} {
		a := ask(t, s, http.MethodGet, address, "Cookie", header)
		if a.StatusCode != http.StatusOK || strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Cookie") || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d, headers %v", address, a.StatusCode, a.Header)
		}
	}
}

// TestSessionEnds: a session ends when it is idle, and when it is old however
// busy it was.
func TestSessionEnds(t *testing.T) {
	f := newFixture(t, nil)
	o := loginOptions(t, f.store)
	o.Idle, o.Lifetime = time.Hour, 3*time.Hour
	s, err := New(Options{Campaigns: f.store, Version: "test", Now: f.clock.now, BaseURL: "http://127.0.0.1:8080", Login: o})
	if err != nil {
		t.Fatal(err)
	}
	known := func(c *http.Cookie) bool {
		a := ask(t, s, http.MethodGet, "/about", "Cookie", c.Name+"="+c.Value)
		return a.Header.Get("Cache-Control") == cachePrivate
	}
	idle := signIn(t, s, organizer())
	if idle.Name != "afterglow" {
		t.Errorf("cookie on loopback %s", idle.Name)
	}
	f.clock.add(59 * time.Minute)
	if !known(idle) {
		t.Error("a session ended before its time")
	}
	f.clock.add(59 * time.Minute)
	if !known(idle) {
		t.Error("a session that was used ended as idle")
	}
	f.clock.add(time.Hour)
	if known(idle) {
		t.Error("an idle session goes on")
	}
	f.clock.add(-time.Minute)
	if known(idle) {
		t.Error("an ended session came back")
	}
	busy := signIn(t, s, organizer())
	for range 5 {
		f.clock.add(30 * time.Minute)
		if !known(busy) {
			t.Fatal("a busy session ended before its time")
		}
	}
	f.clock.add(30 * time.Minute)
	if known(busy) {
		t.Error("a busy session has no end")
	}
}

// TestCrossSite: what changes something is not taken from another site's page.
func TestCrossSite(t *testing.T) {
	f := shared()
	for _, c := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"another site", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		{"another host of the domain", []string{"Sec-Fetch-Site", "same-site"}, http.StatusForbidden},
		{"an old browser on another site", []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		{"our page", []string{"Sec-Fetch-Site", "same-origin"}, http.StatusMethodNotAllowed},
		{"a program", nil, http.StatusMethodNotAllowed},
	} {
		a := f.ask(t, http.MethodPost, "/about", c.headers...)
		if a.StatusCode != c.status {
			t.Errorf("%s: %d %s", c.name, a.StatusCode, a.body)
		}
	}
}

// brokenSessions cannot be read, or cannot be saved.
type brokenSessions struct {
	Sessions
	read, save error
}

func (b *brokenSessions) Session(ctx context.Context, id string) ([]byte, error) {
	if b.read != nil {
		return nil, b.read
	}
	return b.Sessions.Session(ctx, id)
}

func (b *brokenSessions) SaveSession(ctx context.Context, id string, data []byte, expires time.Time) error {
	if b.save != nil {
		return b.save
	}
	return b.Sessions.SaveSession(ctx, id, data, expires)
}

// TestSessionsThatFail: where the database fails, somebody with a cookie gets an
// error and no empty page; a session that cannot be saved spoils no answer.
func TestSessionsThatFail(t *testing.T) {
	f := newFixture(t, nil)
	o := loginOptions(t, f.store)
	broken := &brokenSessions{Sessions: o.Sessions}
	o.Sessions = broken
	s, err := New(Options{Campaigns: f.store, Version: "test", Now: f.clock.now, BaseURL: "http://127.0.0.1:8080", Login: o})
	if err != nil {
		t.Fatal(err)
	}
	c := signIn(t, s, Person{Farm: farmName, Sub: "1", Name: "Somebody"})
	about := func() answered { return ask(t, s, http.MethodGet, "/about", "Cookie", c.Name+"="+c.Value) }
	broken.read = errors.New("the database is away")
	if a := about(); a.StatusCode != http.StatusInternalServerError || len(a.body) == 0 {
		t.Errorf("a session that cannot be read: %d %.200s", a.StatusCode, a.body)
	}
	broken.read, broken.save = nil, errors.New("the database is full")
	f.clock.t = f.clock.t.Add(2 * time.Hour) // so that the time of the last request is to be saved
	if a := about(); a.StatusCode != http.StatusOK || strings.Count(string(a.body), "</html>") != 1 {
		t.Errorf("a session that cannot be saved: %d %.200s", a.StatusCode, a.body)
	}
	if a := ask(t, s, http.MethodGet, "/about"); a.StatusCode != http.StatusOK {
		t.Errorf("who has no session: %d", a.StatusCode)
	}
}
