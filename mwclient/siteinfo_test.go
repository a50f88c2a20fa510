package mwclient

import (
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestSiteInfo(t *testing.T) {
	s := newReplay(t, captures(t, "siteinfo"))
	c, clock := newTestClient(t, Options{})
	w := mustWiki(t, c, s.URL)
	got, err := w.SiteInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := SiteInfo{
		WikiID: "metawiki", SiteName: "Lab Meta", Server: "http://127.0.0.1:8080", ScriptPath: "/w", ArticlePath: "/wiki/$1",
		Generator: "MediaWiki 1.43.9", Lang: "en", Time: time.Date(2026, 11, 24, 6, 41, 54, 0, time.UTC), CentralAuth: true,
	}
	if !slices.Equal(got.ContentNamespaces, []int{0}) {
		t.Errorf("content namespaces %v", got.ContentNamespaces)
	}
	got.ContentNamespaces = nil
	if got.WikiID != want.WikiID || got.SiteName != want.SiteName || got.Server != want.Server || got.ScriptPath != want.ScriptPath ||
		got.ArticlePath != want.ArticlePath || got.Generator != want.Generator || got.Lang != want.Lang || !got.Time.Equal(want.Time) || !got.CentralAuth {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// Once a day, whoever asks and by whatever address.
	for _, address := range []string{s.URL, s.URL + "/wiki/X", s.URL + "/w/index.php?title=X"} {
		if _, err := mustWiki(t, c, address).SiteInfo(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
	clock.Sleep(t.Context(), factsLast)
	if _, err := w.SiteInfo(t.Context()); err != nil || len(s.requests()) != 2 {
		t.Errorf("%v, %d requests", err, len(s.requests()))
	}
}

// TestSites is written from SiteMatrix's documentation.
func TestSites(t *testing.T) {
	s := newReplay(t, func(rw http.ResponseWriter, r asked, _ int) {
		if r.form.Get("action") != "sitematrix" {
			t.Errorf("asked %v", r.form)
		}
		sayJSON(rw, `{"sitematrix":{"count":4,
			"0":{"site":[{"url":"https://ar.wikipedia.org","dbname":"arwiki","lang":"ar"},{"url":"https://ar.wikinews.org","dbname":"arwikinews","lang":"ar","closed":true}]},
			"1":{"site":[]},
			"specials":[{"url":"https://office.wikimedia.org","dbname":"officewiki","lang":"en","private":true},{"url":"//meta.wikimedia.org","dbname":"metawiki","lang":"en","closed":""},{"url":"","dbname":"nowhere"}]}}`)
	})
	c, _ := newTestClient(t, Options{})
	w := mustWiki(t, c, s.URL)
	want := []Site{
		{DBName: "arwiki", URL: "https://ar.wikipedia.org", Lang: "ar"},
		{DBName: "arwikinews", URL: "https://ar.wikinews.org", Lang: "ar", Closed: true},
		{DBName: "metawiki", URL: "https://meta.wikimedia.org", Lang: "en", Closed: true},
		{DBName: "officewiki", URL: "https://office.wikimedia.org", Lang: "en", Private: true},
	}
	for range 2 {
		got, err := w.Sites(t.Context())
		if err != nil || !slices.Equal(got, want) {
			t.Fatalf("got %+v, %v", got, err)
		}
		got[0].DBName = "changed"
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
	if n := c.Stats().Total.Rows; n != 4 {
		t.Errorf("%d rows", n)
	}
	none := newReplay(t, captures(t, "unknown_action"))
	if _, err := mustWiki(t, c, none.URL).Sites(t.Context()); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	s := newReplay(t, contributor(20))
	c, _ := newTestClient(t, Options{PerWiki: 3})
	var done sync.WaitGroup
	for i := range 8 {
		done.Go(func() {
			w := mustWiki(t, c, s.URL)
			n := 0
			for _, err := range w.Contributions(t.Context(), ContributionsQuery{Users: users(60 + i), OnAccount: func(LocalAccount) {}}) {
				if err != nil {
					t.Error(err)
					return
				}
				n++
			}
			if n != (60+i)*20 {
				t.Errorf("%d edits", n)
			}
			c.Stats()
			w.DBName()
			if _, err := w.SiteInfo(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
}

func TestOptions(t *testing.T) {
	for name, o := range map[string]Options{
		"a contact that would split the header": {Contact: "x\r\nX-Evil: 1"},
		"a version that would":                  {Version: "1\n"},
		"a negative number":                     {PerWiki: -1},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	c, err := New(Options{})
	if err != nil || c.o.MaxInFlight != 3 || c.o.PerWiki != 1 || c.o.MaxLag != 5 || c.o.MaxBody != 16<<20 {
		t.Errorf("%+v, %v", c.o, err)
	}
}
