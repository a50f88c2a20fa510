package web

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// element is one element of a page.
type element struct {
	name  string
	attrs map[string]string
	text  string // directly in it
}

// parsePage reads a page strictly: every element that needs an end has it, in
// the right place.
func parsePage(tb testing.TB, b []byte) []*element {
	tb.Helper()
	d := xml.NewDecoder(bytes.NewReader(b))
	d.Strict = true
	d.AutoClose = []string{"meta", "link", "input", "img", "source", "br"}
	d.Entity = xml.HTMLEntity
	var all, open []*element
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			tb.Fatalf("the page is not well formed: %v\n%s", err, b)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attrs: map[string]string{}}
			for _, a := range token.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			all = append(all, e)
			if !slices.Contains(d.AutoClose, e.name) {
				open = append(open, e)
			}
		case xml.EndElement:
			if slices.Contains(d.AutoClose, token.Name.Local) {
				continue
			}
			if len(open) == 0 || open[len(open)-1].name != token.Name.Local {
				tb.Fatalf("</%s> closes nothing", token.Name.Local)
			}
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				open[len(open)-1].text += string(token)
			}
		}
	}
	if len(open) > 0 {
		tb.Fatalf("<%s> is not closed", open[len(open)-1].name)
	}
	return all
}

// attributeFix makes html/template's attributes without values, such as
// "selected", attributes that XML knows.
var attributeFix = regexp.MustCompile(` (selected|open|required)([ >])`)

func getPage(tb testing.TB, f *fixture, address string) []*element {
	tb.Helper()
	a := f.get(tb, address, "Accept", "text/html")
	if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		tb.Fatalf("%s: %d %s", address, a.StatusCode, a.Header.Get("Content-Type"))
	}
	body := bytes.Replace(a.body, []byte("<!DOCTYPE html>"), nil, 1)
	return parsePage(tb, attributeFix.ReplaceAll(body, []byte(` $1=""$2`)))
}

// TestPages holds every page, in every language, to what a page must have.
func TestPages(t *testing.T) {
	f := shared()
	for _, p := range pagesToLookAt() {
		for _, lang := range []string{"en", "ar", "de"} {
			address := withLanguage(p.path, lang)
			elements := getPage(t, f, address)
			ids, labelled, headings := map[string]bool{}, 0, 0
			for _, e := range elements {
				if id := e.attrs["id"]; id != "" {
					if ids[id] {
						t.Errorf("%s: two elements have the id %s", address, id)
					}
					ids[id] = true
				}
				for name, value := range e.attrs {
					if strings.HasPrefix(name, "on") || name == "style" || strings.HasPrefix(strings.TrimSpace(strings.ToLower(value)), "javascript:") {
						t.Errorf("%s: <%s %s=%q>", address, e.name, name, value)
					}
				}
				switch e.name {
				case "script":
					if !strings.HasPrefix(e.attrs["src"], "/static/") || strings.TrimSpace(e.text) != "" {
						t.Errorf("%s has a script of its own: %v %s", address, e.attrs, e.text)
					}
				case "style", "iframe", "object", "embed", "base":
					t.Errorf("%s has a <%s>", address, e.name)
				case "html":
					dir := "ltr"
					if lang == "ar" {
						dir = "rtl"
					}
					if e.attrs["lang"] != lang || e.attrs["dir"] != dir {
						t.Errorf("%s: html is %v", address, e.attrs)
					}
				case "img":
					if _, ok := e.attrs["alt"]; !ok {
						t.Errorf("%s: a picture without alt: %v", address, e.attrs)
					}
				case "h1":
					headings++
				case "label":
					labelled++
				case "select", "textarea":
					labelled--
				case "input":
					if e.attrs["type"] != "hidden" {
						labelled--
					}
				}
				if strings.Contains(e.text, "⧼") || strings.Contains(fmt.Sprint(e.attrs), "⧼") {
					t.Errorf("%s: a message is missing: %s %v", address, e.text, e.attrs)
				}
			}
			if headings != 1 || labelled != 0 || !ids["content"] {
				t.Errorf("%s: %d h1, %d labels too many, ids %v", address, headings, labelled, ids)
			}
		}
	}
}

// TestLinks: every address of ours on every page is answered.
func TestLinks(t *testing.T) {
	f := shared()
	seen := map[string]bool{}
	for _, p := range pagesToLookAt() {
		for _, e := range getPage(t, f, p.path) {
			for _, name := range []string{"href", "src", "srcset", "action"} {
				to, ok := e.attrs[name]
				if !ok || strings.HasPrefix(to, "#") || seen[to] || to == "" {
					continue
				}
				seen[to] = true
				u, err := url.Parse(to)
				if err != nil {
					t.Errorf("%s: %q: %v", p.path, to, err)
					continue
				}
				if u.Host != "" {
					if u.Host != "meta.example.org" || e.attrs["rel"] != "noopener nofollow" {
						t.Errorf("%s leads to %s", p.path, to)
					}
					continue
				}
				if strings.Contains(to, ".png") {
					continue
				}
				a := f.get(t, to)
				if a.StatusCode != http.StatusOK && a.StatusCode != http.StatusAccepted {
					t.Errorf("%s leads to %s: %d %.200s", p.path, to, a.StatusCode, a.body)
				}
			}
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d links were found", len(seen))
	}
}

// TestPageFigures: the page says what the API says.
func TestPageFigures(t *testing.T) {
	body := string(shared().get(t, "/campaigns/"+libraries).body)
	contains(t, body, "27% of 60 newcomers still edited in month 3 (between 17% and 39%).", "<b>72%</b>", "59–81%", "43 of 60", "5 Jan 2025 – 7 Jan 2025", "data to 3 Nov 2025",
		"The people on this page are made up.", "120 people signed up publicly. Measured: 120.", "Private registrations are never read",
		`alt="Chart: Retention month by month. 27% of 60 newcomers`)
	list := string(shared().get(t, "/").body)
	contains(t, list, "<b>81%</b>", "73–87%", "45 public registrations", "1,200 of 5,000 read.", "could not be read", nastyEscaped)
	real := string(shared().get(t, "/campaigns/"+writers).body)
	if strings.Contains(real, "made up") {
		t.Error("people who are not made up are said to be")
	}
	contains(t, string(shared().get(t, "/campaigns/"+nasty).body), nastyEscaped, "&lt;script&gt;")
}

const nastyEscaped = `=Ünïted &lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;Friends&#34; ]]&gt; &#39; `

// TestWikiBlock: a list reaches the wikitext with commas. A bar would end the
// template's argument there.
func TestWikiBlock(t *testing.T) {
	f := shared()
	for _, list := range []string{"metawiki%7Cenwiki", "metawiki,enwiki"} {
		code := map[string]string{}
		for _, e := range getPage(t, f, "/campaigns/"+libraries+"?group=newcomers&wikis="+list) {
			if e.name == "code" {
				code[e.attrs["id"]] = e.text
			}
		}
		for id, want := range map[string]string{
			"wiki-template": "{{Campaign retention |event=101 |wiki=metawiki |group=newcomers |wikis=metawiki,enwiki}}",
			"wiki-element":  `<div class="afterglow" data-event="101" data-wiki="metawiki" data-group="newcomers" data-wikis="metawiki,enwiki"></div>`,
		} {
			if code[id] != want {
				t.Errorf("wikis=%s, %s: %s\nwant %s", list, id, code[id], want)
			}
		}
	}
}

// TestFormIsTidied: a form's empty and default fields leave the address.
func TestFormIsTidied(t *testing.T) {
	f := shared()
	page := "/campaigns/" + libraries
	a := f.get(t, page+"?group=newcomers&mode=bracket&population=registered&anchor=&wikis=all&namespaces=all&reverted=include&later_campaigns=include&threshold=1&months=12&newcomer_days=14&gap=60&uselang=en")
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != page+"?group=newcomers" {
		t.Errorf("%d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	a = f.get(t, page+"?preset=")
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != page {
		t.Errorf("%d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	for _, bad := range []string{"?gap=1", "?months=99", "?x=1", "?group=newcomers&group=all", "?anchor=registration", "?theme=dark", "?gap=60&gap=60"} {
		a := f.get(t, page+bad, "Accept", "text/html")
		if a.StatusCode != http.StatusBadRequest || !strings.Contains(string(a.body), "<h1>") {
			t.Errorf("%s: %d", bad, a.StatusCode)
		}
	}
}

// TestHome: searching, paging, and nothing to list.
func TestHome(t *testing.T) {
	f := shared()
	if a := f.get(t, "/?q=&sort=title&cursor="); a.StatusCode != http.StatusOK {
		t.Errorf("a form's empty fields: %d", a.StatusCode)
	}
	contains(t, string(f.get(t, "/?q=zzz").body), "No title contains “zzz”")
	contains(t, string(f.get(t, "/?limit=3").body), `rel="next"`)
	empty, err := New(Options{Now: time.Now, Campaigns: brokenCampaigns{}})
	if err != nil {
		t.Fatal(err)
	}
	contains(t, string(ask(t, empty, http.MethodGet, "/").body), "No campaign is tracked yet")
}

// TestBasePath: behind a proxy that takes a path off, links keep it.
func TestBasePath(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.BaseURL = "https://tools.example.org/afterglow/" })
	for _, page := range []string{"/", "/campaigns/" + libraries, "/about"} {
		for _, e := range getPage(t, f, page) {
			for _, name := range []string{"href", "src", "srcset", "action"} {
				if to := e.attrs[name]; strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "/afterglow/") {
					t.Errorf("%s: %s=%s", page, name, to)
				}
			}
		}
	}
	contains(t, string(f.get(t, "/v1/campaigns/"+libraries).body), `"self":"https://tools.example.org/afterglow/v1/campaigns/metawiki-101"`)
}

// TestNowhere: an error's page is none of those in the navigation.
func TestNowhere(t *testing.T) {
	const current = ` aria-current="page"`
	for address, want := range map[string]int{"/": 1, "/about": 1, "/campaigns/metawiki-99999": 0, "/nothing": 0} {
		if n := strings.Count(string(shared().get(t, address, "Accept", "text/html").body), current); n != want {
			t.Errorf("%s marks %d pages as the one that is shown, not %d", address, n, want)
		}
	}
}
