package mwclient

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func mustURL(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestParseTarget: what an argument names, without asking anybody.
func TestParseTarget(t *testing.T) {
	for _, test := range []struct {
		arg    string
		event  int64
		page   string // the address that would be asked
		title  string
		dbname string
	}{
		{arg: "101", event: 101},
		{arg: " 101\n", event: 101},
		{arg: "metawiki-101", event: 101, dbname: "metawiki"},
		{arg: "my_wiki-mw_-7", event: 7, dbname: "my_wiki-mw_"},
		{arg: "Event:Wiki Loves Libraries", title: "Event:Wiki Loves Libraries"},
		{arg: "Event:Wiki_Loves__Libraries", title: "Event:Wiki Loves Libraries"},
		{arg: "Event:تحدي الكتابة", title: "Event:تحدي الكتابة"},
		{arg: "Event:A/2025", title: "Event:A/2025"},
		{arg: "Event:metawiki-101", title: "Event:metawiki-101"},
		{arg: "Special:EventDetails/101", event: 101, title: "Special:EventDetails/101"},
		{arg: "special:eventdetails/101", event: 101, title: "special:eventdetails/101"},
		{arg: "https://meta.wikimedia.org/wiki/Event:Wiki_Loves_Libraries", page: "https://meta.wikimedia.org/wiki/Event:Wiki_Loves_Libraries", title: "Event:Wiki Loves Libraries"},
		{arg: "meta.wikimedia.org/wiki/Event:X", page: "https://meta.wikimedia.org/wiki/Event:X", title: "Event:X"},
		{arg: "//meta.wikimedia.org/wiki/Event:X", page: "https://meta.wikimedia.org/wiki/Event:X", title: "Event:X"},
		{arg: "127.0.0.1:8080/wiki/Event:X", page: "http://127.0.0.1:8080/wiki/Event:X", title: "Event:X"},
		{arg: "https://meta.wikimedia.org/wiki/Event:X#Participants", page: "https://meta.wikimedia.org/wiki/Event:X", title: "Event:X"},
		{arg: "https://meta.wikimedia.org/wiki/Event:X?action=edit&uselang=ar", page: "https://meta.wikimedia.org/wiki/Event:X", title: "Event:X"},
		{arg: "https://meta.wikimedia.org/wiki/Event:%D8%AA%D8%AD%D8%AF%D9%8A", page: "https://meta.wikimedia.org/wiki/Event:%D8%AA%D8%AD%D8%AF%D9%8A", title: "Event:تحدي"},
		{arg: "https://meta.wikimedia.org/wiki/Event:Wiki_Loves_%22Tests%22_%26_Co", page: "https://meta.wikimedia.org/wiki/Event:Wiki_Loves_%22Tests%22_%26_Co", title: `Event:Wiki Loves "Tests" & Co`},
		{arg: "https://meta.wikimedia.org/w/index.php?title=Event:X&action=history", page: "https://meta.wikimedia.org/w/index.php?title=Event%3AX", title: "Event:X"},
		{arg: "https://wiki.example.org/index.php/Event:X", page: "https://wiki.example.org/index.php/Event:X", title: "Event:X"},
		{arg: "https://meta.wikimedia.org/w/index.php?curid=77&action=edit", page: "https://meta.wikimedia.org/w/index.php?curid=77"},
		{arg: "https://meta.wikimedia.org/?curid=77", page: "https://meta.wikimedia.org/?curid=77"},
		{arg: "https://wiki.example.org/Event:X", page: "https://wiki.example.org/Event:X"},
		{arg: "https://meta.wikimedia.org/wiki/Special:EventDetails/101", event: 101, page: "https://meta.wikimedia.org/wiki/Special:EventDetails/101", title: "Special:EventDetails/101"},
		{arg: "https://meta.wikimedia.org/wiki/Special%3AEventDetails%2F101", event: 101, page: "https://meta.wikimedia.org/wiki/Special%3AEventDetails%2F101", title: "Special:EventDetails/101"},
		{arg: "https://meta.wikimedia.org/w/index.php?title=Special:RegisterForEvent/9", event: 9, page: "https://meta.wikimedia.org/w/index.php?title=Special%3ARegisterForEvent%2F9", title: "Special:RegisterForEvent/9"},
		{arg: "https://ar.wikipedia.org/wiki/خاص:تفاصيل_الفعالية/101", page: "https://ar.wikipedia.org/wiki/%D8%AE%D8%A7%D8%B5:%D8%AA%D9%81%D8%A7%D8%B5%D9%8A%D9%84_%D8%A7%D9%84%D9%81%D8%B9%D8%A7%D9%84%D9%8A%D8%A9/101", title: "خاص:تفاصيل الفعالية/101"},
		{arg: "https://meta.wikimedia.org/w/rest.php/campaignevents/v0/event_registration/101/participants?include_private=false", event: 101, page: "https://meta.wikimedia.org/w/rest.php/campaignevents/v0/event_registration/101/participants?include_private=false"},
	} {
		got, err := parseTarget(test.arg)
		if err != nil {
			t.Errorf("%s: %v", test.arg, err)
			continue
		}
		page := ""
		if got.page != nil {
			page = got.page.String()
		}
		if got.event != test.event || page != test.page || got.title != test.title || got.dbname != test.dbname {
			t.Errorf("%s: event %d page %q title %q db %q, want %+v", test.arg, got.event, page, got.title, got.dbname, test)
		}
	}
	for _, arg := range []string{
		"", "  ", "0", "metawiki-0", "99999999999999999999", "ftp://meta.wikimedia.org/wiki/Event:X", "https://", "https:///wiki/X",
		"https://user:pass@meta.wikimedia.org/wiki/Event:X", "https://meta.wikimedia.org@evil.example/wiki/Event:X",
		"Special:Contributions/101", "https://meta.wikimedia.org/wiki/Special:AllEvents", "Special:EventDetails", "Special:EventDetails/x",
		"Event:<script>", "a|b", "https://[::1/wiki/X", strings.Repeat("x", 5000), "Event:A\x00B",
	} {
		if got, err := parseTarget(arg); !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %+v, %v", arg, got, err)
		}
	}
}

// TestConventionalAPI: where api.php is, by the address of a page.
func TestConventionalAPI(t *testing.T) {
	for address, want := range map[string]string{
		"https://meta.wikimedia.org":                          "https://meta.wikimedia.org/w/api.php",
		"https://META.wikimedia.org:443/":                     "https://meta.wikimedia.org/w/api.php",
		"https://meta.wikimedia.org./wiki/Main_Page":          "https://meta.wikimedia.org/w/api.php",
		"https://meta.wikimedia.org/w/index.php?title=X":      "https://meta.wikimedia.org/w/api.php",
		"https://wiki.example.org/index.php/X":                "https://wiki.example.org/api.php",
		"https://wiki.example.org/mediawiki/api.php":          "https://wiki.example.org/mediawiki/api.php",
		"https://wiki.example.org/w/rest.php/campaignevents/": "https://wiki.example.org/w/api.php",
		"http://127.0.0.1:8080/wiki/X":                        "http://127.0.0.1:8080/w/api.php",
		"http://meta.wikimedia.org/wiki/X":                    "https://meta.wikimedia.org/w/api.php",
		"meta.wikimedia.org":                                  "https://meta.wikimedia.org/w/api.php",
		"localhost:8080":                                      "http://localhost:8080/w/api.php",
		"http://intranet/wiki/X":                              "http://intranet/w/api.php",
		"http://intranet.example:80/":                         "https://intranet.example/w/api.php",
		"https://meta.wikimedia.org/wiki/Talk:index.phpfoo":   "https://meta.wikimedia.org/w/api.php",
	} {
		c, _ := newTestClient(t, Options{Contact: "x", PlainHTTP: []string{"intranet"}})
		w, err := c.Wiki(t.Context(), address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if got := w.api.String(); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
		if again := mustWiki(t, c, want); again != w {
			t.Errorf("%s: the same wiki twice", address)
		}
	}
}

// TestAdmission: which hosts may be asked.
func TestAdmission(t *testing.T) {
	refusal := errors.New("not on the list")
	var offered []string
	c, _ := newTestClient(t, Options{Contact: "x", Allow: func(host string) error {
		offered = append(offered, host)
		if host != "meta.wikimedia.org" {
			return refusal
		}
		return nil
	}})
	if _, err := c.Wiki(t.Context(), "https://META.wikimedia.org:443/wiki/X"); err != nil {
		t.Error(err)
	}
	for _, address := range []string{
		"https://meta.wikimedia.org.evil.example/wiki/X", "https://meta.wikimedia.org:8443/", "http://127.0.0.1/", "http://[::1]:6379/",
		"http://169.254.169.254/latest/meta-data/", "https://evil.example/?meta.wikimedia.org", "http://2130706433/",
	} {
		if _, err := c.Wiki(t.Context(), address); !errors.Is(err, ErrNotAllowed) || !errors.Is(err, refusal) {
			t.Errorf("%s: %v", address, err)
		}
		if _, _, err := c.ResolveEvent(t.Context(), "1", address); !errors.Is(err, ErrNotAllowed) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if offered[0] != "meta.wikimedia.org" || c.Stats().Total.Requests != 0 {
		t.Errorf("asked %v, %+v", offered, c.Stats())
	}

	nobody, _ := newTestClient(t, Options{})
	if _, err := nobody.Wiki(t.Context(), "https://meta.wikimedia.org"); !errors.Is(err, ErrNoContact) {
		t.Errorf("without a contact: %v", err)
	}
	for _, address := range []string{"http://127.0.0.1:1", "http://127.8.8.8", "http://localhost", "http://[::1]"} {
		if _, err := nobody.Wiki(t.Context(), address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"http://localhost.example.org", "http://1270.0.0.1.example.org"} {
		if _, err := nobody.Wiki(t.Context(), address); !errors.Is(err, ErrNoContact) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// FuzzParseTarget: no argument panics, and what is understood is usable.
func FuzzParseTarget(f *testing.F) {
	for _, seed := range []string{
		"101", "metawiki-101", "Event:A/B", "https://meta.wikimedia.org/wiki/Event:X?x=%zz", "//[::1]:80/w/index.php?title=Special:EventDetails/1",
		"https://a@b/wiki/X", "Special:EventDetails/", "http://x/\x00", "meta.wikimedia.org/wiki/%",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		got, err := parseTarget(arg)
		if err != nil {
			if !errors.Is(err, ErrAddress) {
				t.Errorf("%q: %v", arg, err)
			}
			return
		}
		if got.event < 0 || (got.event == 0 && got.page == nil && got.title == "") {
			t.Errorf("%q: %+v", arg, got)
		}
		if got.page != nil {
			if got.page.Hostname() == "" || got.page.User != nil || (got.page.Scheme != "http" && got.page.Scheme != "https") {
				t.Errorf("%q: page %v", arg, got.page)
			}
			if _, err := url.Parse(got.page.String()); err != nil {
				t.Errorf("%q: %v", arg, err)
			}
			conventionalAPI(got.page)
		}
		for title, n := got.title, 0; title != ""; title = parentTitle(title) {
			if n++; n > len(arg)+1 {
				t.Fatalf("%q: parents without end", arg)
			}
		}
	})
}
