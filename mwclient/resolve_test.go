package mwclient

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// pageHTML is an event page as MediaWiki sends it, around what was captured of
// one.
func pageHTML(t testing.TB, api string) string {
	t.Helper()
	captured, err := os.ReadFile(captureDir + "/event_page.html")
	if err != nil {
		t.Fatal(err)
	}
	script, body, ok := strings.Cut(string(captured), "</script>")
	if !ok {
		t.Fatal("no script in the captured page")
	}
	return htmlPage(api, script+"</script>", body)
}

// htmlPage is a page with an EditURI link (unless api is empty).
func htmlPage(api, head, body string) string {
	if api != "" {
		head += `<link rel="EditURI" type="application/rsd+xml" href="` + api + `?action=rsd">`
	}
	return "<!DOCTYPE html><html><head><meta charset=\"UTF-8\"><title>X</title>" + head + "</head><body>" + body + "</body>\n</html>\n"
}

// config is a page's configuration script.
func config(fields string) string {
	return `<script>(function(){RLCONF={` + fields + `};}());</script>`
}

func sayHTML(rw http.ResponseWriter, status int, text string) {
	rw.Header().Set("Content-Type", "text/html; charset=UTF-8")
	rw.WriteHeader(status)
	io.WriteString(rw, text)
}

// TestResolveEvent: from an argument to the number, with as few requests as may
// be.
func TestResolveEvent(t *testing.T) {
	event := func(rw http.ResponseWriter, _ asked) { sayHTML(rw, 200, pageHTML(t, "/w/api.php")) }
	plain := func(name, body string) func(http.ResponseWriter, asked) {
		return func(rw http.ResponseWriter, _ asked) {
			sayHTML(rw, 200, htmlPage("/w/api.php", config(`"wgNamespaceNumber":1728,"wgCanonicalSpecialPageName":false,"wgPageName":"`+name+`"`), body))
		}
	}
	none := func(rw http.ResponseWriter, r asked) {
		title := strings.ReplaceAll(r.form.Get("title"), " ", "_")
		if rest, ok := strings.CutPrefix(r.path, "/wiki/"); ok {
			title = rest
		}
		sayHTML(rw, 404, htmlPage("/w/api.php", config(`"wgCanonicalSpecialPageName":false,"wgPageName":"`+title+`"`), "There is no text"))
	}
	pages := map[string]func(http.ResponseWriter, asked){
		"Event:Wiki_Loves_Libraries_2025":        event,
		"فعالية:مكتبات":                          event, // a localized namespace
		"Event:Sub":                              event,
		"Event:Sub/Results/2025":                 plain(`Event:Sub/Results/2025`, `<a href="/wiki/Special:EventDetails/55">another event</a>`),
		"Event:Sub/Results":                      none,
		"Event:Overview":                         plain(`Event:Overview`, `<a href="/wiki/Special:EventDetails/1">1</a> <a href="/wiki/Special:EventDetails/2">2</a>`),
		"Event:Linked":                           plain(`Event:Linked`, `<a href="/w/index.php?title=Special%3AEventDetails%2F101">Details</a>`),
		"Event:Quoted":                           plain(`Event:Quoted`, `<p>"wgCampaignEventsEventID":999</p><script>RLCONF={"wgCampaignEventsEventID":998}</script>`),
		`Event:\"wgCampaignEventsEventID\":997,`: plain(`Event:\"wgCampaignEventsEventID\":997,`, ""),
		"Main_Page":                              plain("Main_Page", ""),
		"Event:Missing":                          none,
		"خاص:تفاصيل_الفعالية/101": func(rw http.ResponseWriter, _ asked) {
			sayHTML(rw, 200, htmlPage("/w/api.php", config(`"wgNamespaceNumber":-1,"wgCanonicalSpecialPageName":"EventDetails","wgPageName":"خاص:تفاصيل_الفعالية/101"`), ""))
		},
		"خاص:أحدث_التغييرات/101": func(rw http.ResponseWriter, _ asked) {
			sayHTML(rw, 200, htmlPage("/w/api.php", config(`"wgNamespaceNumber":-1,"wgCanonicalSpecialPageName":"Recentchanges","wgPageName":"خاص:أحدث_التغييرات/101"`), ""))
		},
		"Event:Deep/1/2/3/4/5/6/7": plain("Event:Deep/1/2/3/4/5/6/7", ""),
	}
	libraries, deleted := loadCapture(t, "event_get_libraries"), loadCapture(t, "event_get_deleted")
	s := newReplay(t, func(rw http.ResponseWriter, r asked, _ int) {
		title := strings.ReplaceAll(r.form.Get("title"), " ", "_")
		if rest, ok := strings.CutPrefix(r.path, "/wiki/"); ok {
			title = rest
		}
		switch {
		case r.path == "/w/rest.php/campaignevents/v0/event_registration/101":
			libraries.play(t, rw)
		case r.path == "/w/rest.php/campaignevents/v0/event_registration/107":
			deleted.play(t, rw)
		case pages[title] != nil:
			pages[title](rw, r)
		default:
			none(rw, r)
		}
	})
	for _, test := range []struct {
		arg      string // @ is the wiki's address
		wiki     bool
		event    int64
		requests int
		is       error
	}{
		{arg: "@/wiki/Event:Wiki_Loves_Libraries_2025", event: 101, requests: 1},
		{arg: "@/w/index.php?title=Event:Wiki_Loves_Libraries_2025&action=edit", event: 101, requests: 1},
		{arg: "@/wiki/%D9%81%D8%B9%D8%A7%D9%84%D9%8A%D8%A9:%D9%85%D9%83%D8%AA%D8%A8%D8%A7%D8%AA", event: 101, requests: 1},
		{arg: "Event:Wiki Loves Libraries 2025", wiki: true, event: 101, requests: 1},
		{arg: "@/wiki/Special:EventDetails/101", event: 101},
		{arg: "101", wiki: true, event: 101},
		{arg: "metawiki-101", wiki: true, event: 101, requests: 1},
		{arg: "enwiki-101", wiki: true, requests: 1, is: ErrNotFound},
		{arg: "metawiki-107", wiki: true, requests: 1, is: ErrDeleted},
		{arg: "@/wiki/خاص:تفاصيل_الفعالية/101", event: 101, requests: 1},
		{arg: "@/wiki/خاص:أحدث_التغييرات/101", requests: 1, is: ErrAddress},
		{arg: "@/wiki/Event:Sub/Results/2025", event: 101, requests: 3},
		{arg: "Event:Sub/Results/2025", wiki: true, event: 101, requests: 3},
		{arg: "@/wiki/Event:Overview", requests: 1, is: ErrNotFound},
		{arg: "@/wiki/Event:Linked", event: 101, requests: 1},
		{arg: "@/wiki/Event:Quoted", requests: 1, is: ErrNotFound},
		{arg: `@/wiki/Event:%5C%22wgCampaignEventsEventID%5C%22:997,`, requests: 1, is: ErrNotFound},
		{arg: "@/wiki/Main_Page", requests: 1, is: ErrNotFound},
		{arg: "@/wiki/Event:Missing", requests: 1, is: ErrNotFound},
		{arg: "@/wiki/Event:Deep/1/2/3/4/5/6/7", requests: maxLevels, is: ErrNotFound},
		{arg: "101", is: ErrAddress},
		{arg: "Event:X", is: ErrAddress},
	} {
		t.Run(test.arg, func(t *testing.T) {
			c, _ := newTestClient(t, Options{})
			before := len(s.requests())
			at := ""
			if test.wiki {
				at = s.URL + "/wiki/Main_Page"
			}
			w, event, err := c.ResolveEvent(t.Context(), strings.ReplaceAll(test.arg, "@", s.URL), at)
			if !errors.Is(err, test.is) {
				t.Fatalf("got %v, want %v", err, test.is)
			}
			if got := len(s.requests()) - before; got != test.requests {
				t.Errorf("%d requests, want %d", got, test.requests)
			}
			if err != nil {
				return
			}
			if event != test.event {
				t.Errorf("event %d, want %d", event, test.event)
			}
			if w.URL() != s.URL || w.key() != s.URL+"/w/api.php" {
				t.Errorf("wiki %s", w.key())
			}
		})
	}
}

// TestResolvedEventIsReadOnce: finding an event by its id and reading it is one
// request.
func TestResolvedEventIsReadOnce(t *testing.T) {
	s := newReplay(t, captures(t, "event_get_libraries"))
	c, clock := newTestClient(t, Options{})
	w, id, err := c.ResolveEvent(t.Context(), "metawiki-101", s.URL)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := w.Event(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
	clock.Sleep(t.Context(), eventLasts)
	if _, err := w.Event(t.Context(), id); err != nil || len(s.requests()) != 2 {
		t.Errorf("an old event is believed: %v, %d requests", err, len(s.requests()))
	}
}

// TestDiscover: a wiki whose scripts are elsewhere is found through its EditURI
// link, once.
func TestDiscover(t *testing.T) {
	site := loadCapture(t, "siteinfo")
	for _, absent := range []int{200, 403, 404} {
		s := newReplay(t, func(rw http.ResponseWriter, r asked, _ int) {
			switch r.path {
			case "/mediawiki/api.php":
				site.play(t, rw)
			case "/mediawiki/index.php":
				sayHTML(rw, 200, pageHTML(t, "/mediawiki/api.php"))
			case "/":
				// Protocol-relative, and the attributes in another order.
				sayHTML(rw, 200, `<html><head><link href='//`+r.header.Get("X-Host")+`/mediawiki/api.php?action=rsd&amp;x=1' rel=EditURI></head></html>`)
			default:
				htmlAnswer(rw, absent)
			}
		})
		host := strings.TrimPrefix(s.URL, "http://")
		c, _ := newTestClient(t, Options{Base: transport(func(r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			r.Header.Set("X-Host", host)
			return http.DefaultTransport.RoundTrip(r)
		})})
		w := mustWiki(t, c, s.URL)
		got, err := w.SiteInfo(t.Context())
		if err != nil {
			t.Fatalf("%d: %v", absent, err)
		}
		if got.WikiID != "metawiki" || w.DBName() != "metawiki" || len(s.requests()) != 3 {
			t.Errorf("%d: %+v after %d requests", absent, got, len(s.requests()))
		}
		_, event, err := c.ResolveEvent(t.Context(), "Event:X", s.URL)
		if absent == 404 && (err != nil || event != 101) {
			t.Errorf("%d: event %d, %v", absent, event, err)
		}
	}
}

// TestNoMediaWiki: an address of something else is not found, in two requests.
func TestNoMediaWiki(t *testing.T) {
	s := newReplay(t, func(rw http.ResponseWriter, _ asked, _ int) {
		sayHTML(rw, 200, "<html><head><title>A shop</title></head><body>Buy things</body></html>")
	})
	c, _ := newTestClient(t, Options{})
	if _, err := mustWiki(t, c, s.URL).SiteInfo(t.Context()); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if n := len(s.requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
	if _, _, err := c.ResolveEvent(t.Context(), s.URL+"/wiki/Event:X", ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if _, _, err := c.ResolveEvent(t.Context(), "Event:X", s.URL); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

// TestEditURIElsewhere: a page cannot send the client to a host that is not
// allowed.
func TestEditURIElsewhere(t *testing.T) {
	s := newReplay(t, func(rw http.ResponseWriter, _ asked, _ int) {
		sayHTML(rw, 200, pageHTML(t, "http://127.0.0.1:1/w/api.php"))
	})
	host := strings.TrimPrefix(s.URL, "http://")
	c, _ := newTestClient(t, Options{Allow: func(h string) error {
		if h != host {
			return errors.New("no")
		}
		return nil
	}})
	if _, _, err := c.ResolveEvent(t.Context(), s.URL+"/wiki/Event:X", ""); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("got %v", err)
	}
}

// TestOnlyTheHead: what stands in a page's text is not its configuration.
func TestOnlyTheHead(t *testing.T) {
	at := mustURL(t, "https://wiki.example.org/wiki/X")
	p := readPage(at, []byte(htmlPage("", "", config(`"wgCampaignEventsEventID":9,"wgPageName":"X"`)+`<link rel="EditURI" href="//evil.example/w/api.php">`)))
	if p.event != 0 || p.name != "" || p.api != nil || p.mediaWiki {
		t.Errorf("got %+v", p)
	}
	if p = readPage(at, []byte(htmlPage("//wiki.example.org/w/api.php", config(`"wgCampaignEventsEventID":9,"wgPageName":"X"`), ""))); p.event != 9 || p.name != "X" || p.api == nil {
		t.Errorf("got %+v", p)
	}
}

// FuzzReadPage: no page panics, and what is read of it is usable.
func FuzzReadPage(f *testing.F) {
	f.Add([]byte(pageHTML(f, "/w/api.php")))
	f.Add([]byte(htmlPage("//h/w/api.php", config(`"wgCampaignEventsEventID":1,"wgPageName":"\ud800"`), "Special:EventDetails/2")))
	f.Add([]byte(`<script>RLCONF={"wgPageName":"` + "\\\x00" + `"</script><link rel=EditURI href=http://[::1>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p := readPage(mustURL(t, "https://wiki.example.org/wiki/X"), text)
		if p.event < 0 || len(p.links) > 2 {
			t.Errorf("%+v", p)
		}
		if p.api != nil && (p.api.Hostname() == "" || !strings.HasSuffix(p.api.Path, "/api.php")) {
			t.Errorf("api %v", p.api)
		}
	})
}
