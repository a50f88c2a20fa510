package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"afterglow/service/store"
)

func chartPath(id, chart string) string { return "/v1/campaigns/" + id + "/" + chart }

func gunzip(tb testing.TB, b []byte) []byte {
	tb.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		tb.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// cacheable lists one address of each kind that has a strong tag.
func cacheable() []string {
	two := "campaign=" + libraries + "&campaign=" + nasty
	return []string{
		"/v1/campaigns", "/v1/campaigns/" + libraries, chartPath(libraries, "retention.svg"), chartPath(libraries, "retention.json"), chartPath(libraries, "retention.csv"),
		chartPath(libraries, "cohorts.svg"), chartPath(libraries, "sparkline.svg"), chartPath(libraries, "baseline.json"), "/v1/compare/retention.svg?" + two, "/v1/compare/retention.json?rollup=true&" + two,
		"/openapi.yaml", "/", "/campaigns/" + libraries, "/about", "/track", shared().base0().Static("afterglow.css"), "/robots.txt",
	}
}

func (s *Server) base0() base { return base{server: s} }

// TestEncodings: each encoding has its own strong tag, and each is answered
// with 304; the bodies are the same; HEAD is GET without a body.
func TestEncodings(t *testing.T) {
	f := shared()
	for _, address := range cacheable() {
		plain := f.get(t, address)
		packed := f.get(t, address, "Accept-Encoding", "br, gzip;q=0.8")
		if plain.StatusCode != http.StatusOK || packed.StatusCode != http.StatusOK {
			t.Errorf("%s: %d, %d %s", address, plain.StatusCode, packed.StatusCode, plain.body)
			continue
		}
		if len(plain.body) >= 256 {
			if packed.Header.Get("Content-Encoding") != "gzip" || !bytes.Equal(gunzip(t, packed.body), plain.body) || len(packed.body) >= len(plain.body) {
				t.Errorf("%s: gzip is not the same, smaller", address)
			}
			if packed.Header.Get("ETag") == plain.Header.Get("ETag") {
				t.Errorf("%s: both encodings have the tag %s", address, plain.Header.Get("ETag"))
			}
		}
		for _, a := range []answered{plain, packed} {
			if a.Header.Get("Vary") != "Accept-Encoding" || !strings.HasPrefix(a.Header.Get("ETag"), `"`) || a.Header.Get("Cache-Control") == "" {
				t.Errorf("%s: headers %v", address, a.Header)
			}
			if a.Header.Get("Content-Length") != strconv.Itoa(len(a.body)) {
				t.Errorf("%s: Content-Length %s of %d bytes", address, a.Header.Get("Content-Length"), len(a.body))
			}
			encoding := "identity"
			if a.Header.Get("Content-Encoding") != "" {
				encoding = "gzip"
			}
			again := f.get(t, address, "If-None-Match", `"other", W/`+a.Header.Get("ETag"), "Accept-Encoding", encoding)
			if again.StatusCode != http.StatusNotModified || len(again.body) != 0 {
				t.Errorf("%s with its own tag: %d", address, again.StatusCode)
			}
			for _, name := range []string{"ETag", "Vary", "Cache-Control", "Access-Control-Allow-Origin"} {
				if again.Header.Get(name) != a.Header.Get(name) {
					t.Errorf("%s: 304 has %s %q, 200 %q", address, name, again.Header.Get(name), a.Header.Get(name))
				}
			}
			head := f.ask(t, http.MethodHead, address, "Accept-Encoding", encoding)
			if head.StatusCode != http.StatusOK || len(head.body) != 0 {
				t.Errorf("HEAD %s: %d, %d bytes", address, head.StatusCode, len(head.body))
			}
			for name := range a.Header {
				if name != "X-Request-Id" && head.Header.Get(name) != a.Header.Get(name) {
					t.Errorf("HEAD %s: %s %q, GET %q", address, name, head.Header.Get(name), a.Header.Get(name))
				}
			}
		}
		// A reader who has one encoding and may have both has the answer.
		if again := f.get(t, address, "If-None-Match", plain.Header.Get("ETag"), "Accept-Encoding", "gzip"); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: the plain tag with gzip accepted: %d", address, again.StatusCode)
		}
		if len(plain.body) >= 256 {
			if again := f.get(t, address, "If-None-Match", packed.Header.Get("ETag")); again.StatusCode != http.StatusOK {
				t.Errorf("%s: the gzip tag without gzip accepted: %d", address, again.StatusCode)
			}
		}
		if again := f.get(t, address, "If-None-Match", `"x"`); again.StatusCode != http.StatusOK || !bytes.Equal(again.body, plain.body) {
			t.Errorf("%s: another tag: %d", address, again.StatusCode)
		}
	}
}

func TestAcceptsGzip(t *testing.T) {
	for header, want := range map[string]bool{"": false, "gzip": true, "GZIP": true, "x-gzip": true, "gzip;q=0": false, "gzip;q=0.000": false, "gzip; q=0.5": true,
		"br": false, "*": true, "*;q=0": false, "gzip;q=0, *": false, "identity, *;q=0.1": true, "gzip;q=x": false, "deflate, gzip": true} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", header)
		if acceptsGzip(r) != want {
			t.Errorf("%q: %t", header, !want)
		}
	}
}

// TestTagsTellAnswersApart: whatever changes the answer changes the tag, and a
// spelling that does not change it keeps it.
func TestTagsTellAnswersApart(t *testing.T) {
	f := shared()
	seen := map[string]string{}
	for _, q := range []string{"", "theme=dark", "uselang=de", "uselang=ar", "width=400", "height=400", "title=0", "group=newcomers", "months=6", "threshold=5", "reverted=exclude"} {
		a := f.get(t, chartPath(libraries, "retention.svg?"+q))
		tag := a.Header.Get("ETag")
		if other, ok := seen[tag]; ok {
			t.Errorf("%q and %q have one tag", q, other)
		}
		seen[tag] = q
	}
	for _, same := range [][2]string{{"", "theme=auto&group=all&months=12"}, {"uselang=de", "uselang=de-at"}, {"namespaces=1,0", "namespaces=0,1"}, {"", "uselang=xx"}, {"", "width=760"}} {
		a, b := f.get(t, chartPath(libraries, "retention.svg?"+same[0])), f.get(t, chartPath(libraries, "retention.svg?"+same[1]))
		if a.Header.Get("ETag") != b.Header.Get("ETag") || !bytes.Equal(a.body, b.body) {
			t.Errorf("%q and %q are the same, but have two tags", same[0], same[1])
		}
	}
	other := newFixture(t, func(o *Options) { o.MinCell = 80 })
	if a := other.get(t, chartPath(libraries, "retention.svg")); a.Header.Get("ETag") == f.get(t, chartPath(libraries, "retention.svg")).Header.Get("ETag") {
		t.Error("another least cell, the same tag")
	}
}

// TestRevision: a new revision is known after Freshness, and not asked for before.
func TestRevision(t *testing.T) {
	f := newFixture(t, nil)
	first := f.get(t, chartPath(libraries, "marks.json"))
	if err := f.store.Freeze(t.Context(), libraries, "the event was deleted"); err != nil {
		t.Fatal(err)
	}
	if again := f.get(t, chartPath(libraries, "marks.json")); again.Header.Get("ETag") != first.Header.Get("ETag") {
		t.Error("the campaign was asked for again within a second")
	}
	f.clock.add(time.Second)
	if again := f.get(t, chartPath(libraries, "marks.json"), "If-None-Match", first.Header.Get("ETag")); again.StatusCode != http.StatusOK {
		t.Errorf("after a new revision the old tag gives %d", again.StatusCode)
	}
	contains(t, string(f.get(t, "/v1/campaigns/"+libraries).body), `"frozen":"the event was deleted"`)
	if err := f.store.DeleteCampaign(t.Context(), libraries); err != nil {
		t.Fatal(err)
	}
	f.clock.add(time.Second)
	if again := f.get(t, chartPath(libraries, "marks.json")); again.StatusCode != http.StatusNotFound {
		t.Errorf("a deleted campaign: %d", again.StatusCode)
	}
}

// TestHeaders holds each kind of answer to its headers.
func TestHeaders(t *testing.T) {
	f := shared()
	const pageOnly = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	for _, test := range []struct {
		address, csp, contentType, cache, cors string
	}{
		{chartPath(libraries, "retention.svg"), "default-src 'none'; style-src 'unsafe-inline'; sandbox", "image/svg+xml; charset=utf-8", "public, max-age=300, stale-while-revalidate=86400", "*"},
		{chartPath(libraries, "badge.svg"), "default-src 'none'; style-src 'unsafe-inline'; sandbox", "image/svg+xml; charset=utf-8", "public, max-age=300, stale-while-revalidate=86400", "*"},
		{chartPath(measuring, "retention.svg"), "default-src 'none'; style-src 'unsafe-inline'; sandbox", "image/svg+xml; charset=utf-8", "no-store", "*"},
		{chartPath(libraries, "retention.json"), dataCSP, "application/json", "public, max-age=300, stale-while-revalidate=86400", "*"},
		{chartPath(libraries, "retention.csv"), dataCSP, "text/csv; charset=utf-8; header=present", "public, max-age=300, stale-while-revalidate=86400", "*"},
		{chartPath(libraries, "nonsense.svg"), dataCSP, "application/problem+json", "no-store", "*"},
		{"/v1/nonsense", dataCSP, "application/problem+json", "no-store", "*"},
		{"/v1/campaigns/" + measuring, dataCSP, "application/json", "no-store", "*"},
		{"/openapi.yaml", dataCSP, "application/yaml", "public, max-age=300, stale-while-revalidate=86400", "*"},
		{"/healthz", dataCSP, "application/json", "no-store", ""},
		{"/readyz", dataCSP, "application/json", "no-store", ""},
		{"/metrics", dataCSP, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores", "no-store", ""},
		{"/", pageOnly, "text/html; charset=utf-8", "public, max-age=0, must-revalidate", ""},
		{"/campaigns/" + libraries, pageOnly, "text/html; charset=utf-8", "public, max-age=0, must-revalidate", ""},
		{"/nonsense", pageOnly, "text/html; charset=utf-8", "no-store", ""},
		{f.base0().Static("afterglow.css"), dataCSP, "text/css; charset=utf-8", "public, max-age=31536000, immutable", ""},
		{f.base0().Static("afterglow.svg"), svgCSP, "image/svg+xml", "public, max-age=31536000, immutable", ""},
	} {
		a := f.get(t, test.address, "Accept", "text/html,*/*;q=0.8", "Origin", "https://evil.example")
		for name, want := range map[string]string{"Content-Security-Policy": test.csp, "Content-Type": test.contentType, "Cache-Control": test.cache,
			"Access-Control-Allow-Origin": test.cors, "X-Content-Type-Options": "nosniff", "Access-Control-Allow-Credentials": "", "Set-Cookie": ""} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", test.address, name, got, want)
			}
		}
		if a.Header.Get("X-Request-Id") == "" || a.Header.Get("Referrer-Policy") == "" {
			t.Errorf("%s: headers %v", test.address, a.Header)
		}
	}
}

func TestOptions(t *testing.T) {
	f := shared()
	a := f.ask(t, http.MethodOptions, chartPath(libraries, "retention.json"), "Origin", "https://meta.wikimedia.org", "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "if-none-match")
	if a.StatusCode != http.StatusNoContent || a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("Access-Control-Allow-Methods") != "GET, HEAD, OPTIONS" ||
		a.Header.Get("Access-Control-Allow-Headers") != "If-None-Match" || a.Header.Get("Access-Control-Allow-Credentials") != "" || len(a.body) != 0 {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	a = f.ask(t, http.MethodOptions, "/", "Origin", "https://evil.example", "Access-Control-Request-Method", "GET")
	if a.StatusCode != http.StatusNoContent || a.Header.Get("Access-Control-Allow-Origin") != "" || a.Header.Get("Access-Control-Allow-Methods") != "" || a.Header.Get("Allow") == "" {
		t.Errorf("a page: %d %v", a.StatusCode, a.Header)
	}
}

func TestMethods(t *testing.T) {
	f := shared()
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, "BREW"} {
		a := f.ask(t, method, chartPath(libraries, "retention.json"))
		if a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("%s: %d %v", method, a.StatusCode, a.Header)
			continue
		}
		a.problem(t)
	}
	scraped := f.get(t, "/metrics")
	if strings.Contains(string(scraped.body), "BREW") {
		t.Error("a client can invent labels of metrics")
	}
}

// TestMissing: what is not there is a problem that says what there is.
func TestMissing(t *testing.T) {
	f := shared()
	for address, want := range map[string]problem{
		"/v1/campaigns/metawiki-999":                                             {Type: typeCampaign, Track: "/track?campaign=metawiki-999"},
		chartPath("metawiki-999", "retention.svg"):                               {Type: typeCampaign, Track: "/track?campaign=metawiki-999"},
		chartPath("enwiki-999", "retention.svg"):                                 {Type: typeCampaign, Track: "/track?campaign=enwiki-999"},
		chartPath("list-999", "retention.svg"):                                   {Type: typeCampaign},
		chartPath("list-unknown", "retention.svg"):                               {Type: typeCampaign},
		chartPath("metawiki-0999", "retention.svg"):                              {Type: typeCampaign},
		chartPath("metawiki-0", "retention.svg"):                                 {Type: typeCampaign},
		chartPath("nonsense", "retention.svg"):                                   {Type: typeCampaign},
		chartPath(nasty, "baseline.svg"):                                         {Type: typeBaseline},
		chartPath(empty, "survival.tab"):                                         {Type: typeFormat},
		chartPath(empty, "survival.chart"):                                       {Type: typeFormat},
		chartPath(libraries, "nonsense.svg"):                                     {Type: typeFormat, Parameter: "chart", Value: "nonsense", Allowed: strings.Join(chartNames(), ", ")},
		chartPath(libraries, "retention.pdf"):                                    {Type: typeFormat, Parameter: "format", Value: "pdf", Allowed: "svg, png, json, csv, tab, chart"},
		chartPath(libraries, "sparkline.json"):                                   {Type: typeFormat, Parameter: "format", Value: "json", Allowed: "svg, png"},
		"/v1/compare/activity.svg?campaign=a&campaign=b":                         {Type: typeFormat, Parameter: "chart", Value: "activity", Allowed: "retention, survival, cohorts, marks"},
		"/v1/compare/marks.pdf?campaign=a&campaign=b":                            {Type: typeFormat, Parameter: "format", Value: "pdf", Allowed: "svg, png, json, csv, tab, chart"},
		"/v1/compare/marks.svg?campaign=" + libraries + "&campaign=metawiki-999": {Type: typeCampaign, Track: "/track?campaign=metawiki-999"},
		"/v1/": {Type: typeOther}, "/v1//campaigns": {Type: typeOther}, "/v1/campaigns/": {Type: typeOther}, "/v1/campaigns/a%2Fb": {Type: typeOther},
		"/v1/campaigns/%2e%2e/retention.svg": {Type: typeOther}, "/v1/campaigns/" + strings.Repeat("a", 121): {Type: typeOther},
		"/static/nonsense.css": {Type: typeOther}, "//evil.example/": {Type: typeOther},
	} {
		a := f.get(t, address)
		if a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d %s", address, a.StatusCode, a.body)
			continue
		}
		p := a.problem(t)
		if p.Type != want.Type || p.Track != want.Track || p.Parameter != want.Parameter || p.Value != want.Value || p.Allowed != want.Allowed {
			t.Errorf("%s: %+v, want %+v", address, p, want)
		}
	}
	based := newFixture(t, func(o *Options) { o.BaseURL = "https://afterglow.example.org/a/" })
	if p := based.get(t, "/v1/campaigns/metawiki-999").problem(t); p.Track != "https://afterglow.example.org/a/track?campaign=metawiki-999" {
		t.Errorf("track %q", p.Track)
	}
}

// TestMoved: whoever knows an event by another wiki of the farm is sent on.
func TestMoved(t *testing.T) {
	f := shared()
	for from, to := range map[string]string{
		"/v1/campaigns/enwiki-101":                                                              "/v1/campaigns/metawiki-101",
		"/v1/campaigns/enwiki-101/retention.svg?group=all":                                      "/v1/campaigns/metawiki-101/retention.svg?group=all",
		"/campaigns/enwiki-101?uselang=ar":                                                      "/campaigns/metawiki-101?uselang=ar",
		"/v1/compare/marks.svg?campaign=enwiki-101&campaign=" + nasty + "&highlight=enwiki-101": "/v1/compare/marks.svg?campaign=metawiki-101&campaign=" + nasty + "&highlight=metawiki-101",
	} {
		a := f.get(t, from)
		if a.StatusCode != http.StatusPermanentRedirect || a.Header.Get("Location") != to {
			t.Errorf("%s: %d to %q, want %q", from, a.StatusCode, a.Header.Get("Location"), to)
		}
	}
	if a := newFixture(t, func(o *Options) { o.BaseURL = "https://x.example.org/a" }).get(t, "/campaigns/enwiki-101"); a.Header.Get("Location") != "/a/campaigns/metawiki-101" {
		t.Errorf("behind a path: %q", a.Header.Get("Location"))
	}
	if a := newFixture(t, func(o *Options) { o.Events = nil }).get(t, "/v1/campaigns/enwiki-101"); a.StatusCode != http.StatusNotFound {
		t.Errorf("without Events: %d", a.StatusCode)
	}
	// Strictness comes first: a wrong parameter is told before anything is looked up.
	if a := f.get(t, "/v1/campaigns/enwiki-101/retention.svg?x=1"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a wrong parameter of another wiki: %d", a.StatusCode)
	}
}

// TestPending: a campaign without figures gives pages a picture, and programs a
// 202 with a time.
func TestPending(t *testing.T) {
	f := shared()
	for _, id := range []string{measuring, fresh104} {
		for _, name := range chartNames() {
			kind, _ := kindOf(name)
			for _, format := range kind.formats {
				a := f.get(t, chartPath(id, name+"."+format), "If-None-Match", "*")
				if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("ETag") != "" {
					t.Errorf("%s %s.%s: %v", id, name, format, a.Header)
				}
				if format == formatSVG {
					if a.StatusCode != http.StatusOK || wellFormed(a.body) != nil {
						t.Errorf("%s %s.svg: %d %s", id, name, a.StatusCode, a.body)
					}
					continue
				}
				if a.StatusCode != http.StatusAccepted || a.Header.Get("Retry-After") != "10" {
					t.Errorf("%s %s.%s: %d %v", id, name, format, a.StatusCode, a.Header)
				}
			}
		}
	}
	var p pending
	if err := json.Unmarshal(f.get(t, chartPath(measuring, "marks.json")).body, &p); err != nil || p.Progress != (progress{1200, 5000}) || p.State != store.Measuring || p.ID != measuring {
		t.Errorf("%+v, %v", p, err)
	}
	contains(t, string(f.get(t, chartPath(measuring, "retention.svg")).body), "1,200", "5,000")
	// Wrong parameters are wrong before the first reading too.
	if a := f.get(t, chartPath(measuring, "retention.svg?x=1")); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a wrong parameter: %d", a.StatusCode)
	}
	two := "?campaign=" + libraries + "&campaign=" + measuring
	if a := f.get(t, "/v1/compare/marks.svg"+two); a.StatusCode != http.StatusOK || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("a comparison's picture: %d", a.StatusCode)
	}
	if a := f.get(t, "/v1/compare/marks.json"+two); a.StatusCode != http.StatusAccepted {
		t.Errorf("a comparison: %d", a.StatusCode)
	}
	a := f.get(t, chartPath(failed, "retention.svg"))
	if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" || a.problem(t).Type != typeFailed {
		t.Errorf("a failed campaign: %d %s", a.StatusCode, a.body)
	}
}

func wellFormed(b []byte) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// TestFormats: each format of each chart is what it says it is, for every
// campaign that has figures.
func TestFormats(t *testing.T) {
	f := shared()
	for _, id := range []string{libraries, nasty, tiny, empty, frozen, lastWeek, arabic, writers} {
		for _, name := range chartNames() {
			kind, _ := kindOf(name)
			for _, format := range kind.formats {
				if format == formatPNG && id != nasty {
					continue // slow, and a picture of the SVG
				}
				a := f.get(t, chartPath(id, name+"."+format))
				if name == "baseline" && id != libraries || a.StatusCode == http.StatusNotFound && (format == formatTab || format == formatChart) {
					if a.StatusCode != http.StatusNotFound {
						t.Errorf("%s %s.%s: %d", id, name, format, a.StatusCode)
					}
					continue
				}
				if a.StatusCode != http.StatusOK {
					t.Errorf("%s %s.%s: %d %s", id, name, format, a.StatusCode, a.body)
					continue
				}
				if err := readable(format, a.body); err != nil {
					t.Errorf("%s %s.%s: %v", id, name, format, err)
				}
				if bytes.Contains(a.body, []byte("<script")) && format != formatJSON && format != formatCSV {
					t.Errorf("%s %s.%s: a title comes out unescaped", id, name, format)
				}
			}
		}
	}
}

func readable(format string, body []byte) error {
	switch format {
	case formatSVG:
		return wellFormed(body)
	case formatPNG:
		_, err := png.Decode(bytes.NewReader(body))
		return err
	case formatCSV:
		rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		if err == nil && len(rows) == 0 {
			err = errors.New("not even a header")
		}
		return err
	}
	var v map[string]any
	return json.Unmarshal(body, &v)
}

func TestCSVIsInert(t *testing.T) {
	got, err := writeCSV([][]string{{"a", "=1+1", "@x", "-0.5", "+3", "-x", "\tq", "", `"q", b`}})
	if want := "a,'=1+1,'@x,-0.5,+3,'-x,'\tq,,\"\"\"q\"\", b\"\r\n"; err != nil || string(got) != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	a := shared().get(t, "/v1/compare/cohorts.csv?campaign="+libraries+"&campaign="+nasty)
	contains(t, string(a.body), "'=Ünïted")
	if got := a.Header.Get("Content-Disposition"); got != `attachment; filename="compare-cohorts.csv"` {
		t.Errorf("Content-Disposition %q", got)
	}
}

// TestUnavailable: a definition that cannot be computed is said to be so.
func TestUnavailable(t *testing.T) {
	a := shared().get(t, chartPath(libraries, "retention.json?wikis=nowiki"))
	if a.StatusCode == http.StatusUnprocessableEntity {
		if p := a.problem(t); p.Type != typeUnavailable || p.Parameter != "wikis" || p.Detail == "" {
			t.Errorf("%+v", p)
		}
		return
	}
	t.Errorf("wikis=nowiki: %d %.200s", a.StatusCode, a.body)
}

// TestBroken: what breaks inside is logged once, and not told.
func TestBroken(t *testing.T) {
	var logged bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&logged, nil))
	s, err := New(Options{Now: time.Now, Campaigns: brokenCampaigns{errBroken}, Logger: logger, Checks: []Check{{"database", func(context.Context) error { return errBroken }}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"/v1/campaigns", "/v1/campaigns/metawiki-1", chartPath("metawiki-1", "marks.svg"), "/v1/compare/marks.svg?campaign=a-1&campaign=b-1", "/", "/campaigns/metawiki-1"} {
		logged.Reset()
		a := ask(t, s, http.MethodGet, address)
		if p := a.problem(t); a.StatusCode != http.StatusInternalServerError || strings.Contains(string(a.body), "db-7") || !strings.Contains(logged.String(), p.RequestID) {
			t.Errorf("%s: %d %s, log %s", address, a.StatusCode, a.body, logged.String())
		}
		if n := strings.Count(logged.String(), "db-7"); n != 1 {
			t.Errorf("%s: logged %d times: %s", address, n, logged.String())
		}
	}
	logged.Reset()
	for range 3 {
		a := ask(t, s, http.MethodGet, "/readyz")
		if a.StatusCode != http.StatusServiceUnavailable || string(a.body) != `{"status":"not ready","checks":[{"name":"database","ok":false}]}`+"\n" {
			t.Errorf("/readyz: %d %s", a.StatusCode, a.body)
		}
	}
	if n := strings.Count(logged.String(), "db-7"); n != 1 {
		t.Errorf("/readyz: logged %d times: %s", n, logged.String())
	}
	private := httptest.NewRecorder()
	s.Private().ServeHTTP(private, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
	if private.Code != http.StatusServiceUnavailable || !strings.Contains(private.Body.String(), `{"name":"database","ok":false,"error":"the disk of host db-7 is on fire"}`) {
		t.Errorf("/readyz at the private address: %d %s", private.Code, private.Body)
	}
	if a := ask(t, s, http.MethodGet, "/healthz"); a.StatusCode != http.StatusOK {
		t.Errorf("/healthz: %d", a.StatusCode)
	}
	if a := shared().get(t, "/readyz"); a.StatusCode != http.StatusOK || string(a.body) != `{"status":"ready","checks":[{"name":"database","ok":true}]}`+"\n" {
		t.Errorf("/readyz: %d %s", a.StatusCode, a.body)
	}
	page := ask(t, s, http.MethodGet, "/campaigns/metawiki-1", "Accept", "text/html")
	if page.StatusCode != http.StatusInternalServerError || !strings.Contains(string(page.body), "<h1>") || strings.Contains(string(page.body), "db-7") {
		t.Errorf("a page: %d %s", page.StatusCode, page.body)
	}
}

// TestReadyzLogsChanges: a check that begins to fail, and one that works again, is a
// line in the log, and what stays as it was is none.
func TestReadyzLogsChanges(t *testing.T) {
	var logged bytes.Buffer
	var failure error
	s, err := New(Options{
		Now: time.Now, Campaigns: brokenCampaigns{errBroken}, Logger: slog.New(slog.NewTextHandler(&logged, nil)),
		Checks: []Check{{"database", func(context.Context) error { return failure }}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		failure error
		line    string
	}{{nil, ""}, {errBroken, "db-7"}, {errBroken, ""}, {nil, "well again"}, {nil, ""}, {errBroken, "db-7"}} {
		failure = step.failure
		logged.Reset()
		ask(t, s, http.MethodGet, "/readyz")
		if got := logged.String(); !strings.Contains(got, step.line) || (step.line == "") != (strings.Count(got, "database") == 0) {
			t.Errorf("%v: %q", step.failure, got)
		}
	}
}

// stuckCampaigns answers only when it is given up on.
type stuckCampaigns struct{ brokenCampaigns }

func (stuckCampaigns) Campaign(ctx context.Context, _ string) (store.Campaign, error) {
	<-ctx.Done()
	return store.Campaign{}, fmt.Errorf("asking the database: %w", ctx.Err())
}

func TestTimeout(t *testing.T) {
	s, err := New(Options{Now: time.Now, Campaigns: stuckCampaigns{}, Timeout: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	a := ask(t, s, http.MethodGet, "/v1/campaigns/metawiki-1")
	if p := a.problem(t); a.StatusCode != http.StatusServiceUnavailable || p.Type != typeBusy || a.Header.Get("Retry-After") == "" {
		t.Errorf("%d %+v", a.StatusCode, p)
	}
}

// panicCampaigns has a bug.
type panicCampaigns struct{ brokenCampaigns }

func (panicCampaigns) Campaign(context.Context, string) (store.Campaign, error) { panic("a bug") }

func TestPanic(t *testing.T) {
	var logged bytes.Buffer
	s, err := New(Options{Now: time.Now, Campaigns: panicCampaigns{}, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // nothing stays locked
		a := ask(t, s, http.MethodGet, "/v1/campaigns/metawiki-1")
		if p := a.problem(t); a.StatusCode != http.StatusInternalServerError || strings.Contains(string(a.body), "a bug") || p.RequestID == "" {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
	}
	contains(t, logged.String(), "a bug", "panicCampaigns")
	contains(t, string(ask(t, s, http.MethodGet, "/metrics").body), "afterglow_panics_total 2", `http_requests_total{code="500",handler="campaign",method="GET"} 2`)
}

func TestLimits(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.MaxURL = 300 })
	a := f.get(t, "/v1/campaigns?q="+strings.Repeat("a", 300))
	if a.StatusCode != http.StatusRequestURITooLong {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	a.problem(t)
}

func TestRequestID(t *testing.T) {
	f := shared()
	if a := f.get(t, "/healthz", "X-Request-Id", "abc-123_X.y"); a.Header.Get("X-Request-Id") != "abc-123_X.y" {
		t.Errorf("a proxy's id became %q", a.Header.Get("X-Request-Id"))
	}
	for _, bad := range []string{"a b", "<x>", strings.Repeat("a", 65), "a\x7f"} {
		if a := f.get(t, "/healthz", "X-Request-Id", bad); a.Header.Get("X-Request-Id") == bad || len(a.Header.Get("X-Request-Id")) != 24 {
			t.Errorf("%q became %q", bad, a.Header.Get("X-Request-Id"))
		}
	}
}

// TestList: pages follow one another, each campaign once.
func TestList(t *testing.T) {
	f := shared()
	for _, sort := range store.Sorts() {
		seen := map[string]bool{}
		address := "/v1/campaigns?limit=3&sort=" + sort
		for address != "" {
			a := f.get(t, address)
			var page struct {
				Campaigns []struct{ ID string }
				Next      *string
			}
			if err := json.Unmarshal(a.body, &page); err != nil || len(page.Campaigns) > 3 || len(page.Campaigns) == 0 {
				t.Fatalf("%s: %d campaigns, %v", address, len(page.Campaigns), err)
			}
			for _, c := range page.Campaigns {
				if seen[c.ID] {
					t.Errorf("sort=%s: %s comes twice", sort, c.ID)
				}
				seen[c.ID] = true
			}
			link := a.Header.Get("Link")
			if (link == "") != (page.Next == nil) {
				t.Errorf("Link %q, next %v", link, page.Next)
			}
			address = strings.TrimSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
		}
		if len(seen) != 11 {
			t.Errorf("sort=%s: %d campaigns of 11", sort, len(seen))
		}
	}
	for query, want := range map[string]int{"q=libraries": 1, "q=LIBRARIES": 1, "q=%25": 0, "q=%3Cscript": 1, "wiki=metawiki&limit=100": 10, "wiki=enwiki": 0, "page=Event:Wiki_Loves_Libraries_2025": 1, "page=Event:Nothing": 0, "q=": 11} {
		var page struct{ Campaigns []struct{ ID string } }
		if err := json.Unmarshal(f.get(t, "/v1/campaigns?"+query).body, &page); err != nil || len(page.Campaigns) != want {
			t.Errorf("%s: %d, want %d (%v)", query, len(page.Campaigns), want, err)
		}
	}
}

// TestCoverageOfFewIsNotTold: how many of three people were active is not said
// anywhere.
func TestCoverageOfFewIsNotTold(t *testing.T) {
	f := shared()
	for _, address := range []string{"/v1/campaigns/" + tiny, "/v1/campaigns?q=Treffen", chartPath(tiny, "retention.json")} {
		contains(t, string(f.get(t, address).body), `"active":null`)
	}
	body := string(f.get(t, "/campaigns/"+tiny).body)
	contains(t, body, "Fewer than 5 people")
	if strings.Contains(body, "Edited during the campaign") {
		t.Error("the page tells how many of three were active")
	}
}

// TestContractBites: the description refuses an answer that is not as described.
func TestContractBites(t *testing.T) {
	a := shared().get(t, chartPath(libraries, "marks.json"))
	for _, change := range [][2]string{{`"status":"final"`, `"status":"sure"`}, {`"as_of"`, `"as_off"`}, {`"participants":120`, `"participants":-1`}, {`"private":null`, `"private":3`}, {`{"campaign"`, `{"extra":1,"campaign"`}} {
		changed := bytes.Replace(a.body, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(changed, a.body) {
			t.Fatalf("no %s in %s", change[0], a.body)
		}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, chartPath(libraries, "marks.json"), nil)
		var bitten recordingTB
		bitten.TB = t
		checkContract(&bitten, r, a.Response, changed)
		if bitten.errors == 0 {
			t.Errorf("%s in place of %s is let through", change[1], change[0])
		}
	}
}

type recordingTB struct {
	testing.TB
	errors int
}

func (r *recordingTB) Errorf(string, ...any) { r.errors++ }

// TestMetrics: the names that Wikimedia's services have, in a registry of each
// server's own.
func TestMetrics(t *testing.T) {
	f := newFixture(t, nil)
	f.get(t, chartPath(libraries, "marks.json"))
	f.get(t, chartPath(libraries, "marks.json"))
	f.get(t, chartPath(libraries, "marks.json?x=1"))
	contains(t, string(f.get(t, "/metrics").body), `http_requests_total{code="200",handler="chart",method="GET"} 2`, `http_requests_total{code="400",handler="chart",method="GET"} 1`,
		`http_request_duration_seconds_bucket{handler="chart",method="GET",le="0.001"}`, `http_request_duration_seconds_bucket{handler="chart",method="GET",le="1"}`,
		`afterglow_build_info{version="test"} 1`, `afterglow_answer_cache_total{result="hit"} 1`, `afterglow_cohort_cache_total{result="miss"} 1`, "afterglow_cohort_cache_bytes", "go_goroutines", "process_")
	other := newFixture(t, nil)
	if body := string(other.get(t, "/metrics").body); strings.Contains(body, `handler="chart"`) {
		t.Error("one server's metrics are in another's")
	}
}

// TestMemoKnowsRevisions: an address answered from memory is forgotten with the
// revision it was answered for.
func TestMemoKnowsRevisions(t *testing.T) {
	f, counting := newCounting(t, nil)
	two := "/v1/compare/marks.json?campaign=" + libraries + "&campaign=" + nasty
	for _, address := range []string{chartPath(libraries, "marks.json"), two} {
		first := f.get(t, address)
		asked := counting.campaigns.Load()
		again := f.get(t, address)
		if again.Header.Get("ETag") != first.Header.Get("ETag") || !bytes.Equal(again.body, first.body) || again.Header.Get("Content-Type") != first.Header.Get("Content-Type") ||
			again.Header.Get("Access-Control-Allow-Origin") != "*" || again.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: the second answer is another: %v, %v", address, first.Header, again.Header)
		}
		if counting.campaigns.Load() != asked {
			t.Errorf("%s: the store was asked again within a second", address)
		}
		counting.revision.Add(1)
		f.clock.add(2 * time.Second)
		if after := f.get(t, address); after.Header.Get("ETag") == first.Header.Get("ETag") {
			t.Errorf("%s: a new revision has the old tag", address)
		}
	}
}
