package web

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// allPages are addresses of pages of every kind, errors included.
func allPages() []string {
	return []string{"/", "/about", "/privacy", "/track", "/compare?campaign=" + libraries + "&campaign=" + nasty, "/campaigns/" + nasty, "/campaigns/" + measuring,
		"/campaigns/nothing-1", "/nonsense", "/?q=%3Cscript%3E", CallbackPath + "?error=access_denied", CallbackPath + "?code=x&state=%3Cscript%3E"}
}

func scriptInTitle(t *testing.T) {
	p := newPeople(t, nil)
	for _, address := range []string{"/", "/campaigns/" + nasty, "/compare?campaign=" + libraries + "&campaign=" + nasty} {
		page := string(p.get(t, address, "Accept", "text/html").body)
		if strings.Contains(page, "<script>alert") {
			t.Errorf("%s has the title's script", address)
		}
		contains(t, page, "&lt;script&gt;alert(1)&lt;/script&gt;")
	}
	for _, chart := range []string{"retention", "survival", "marks", "cohorts", "activity"} {
		noScript(t, p.get(t, chartPath(nasty, chart+".svg")).body)
	}
	for _, address := range []string{"/v1/campaigns", "/v1/campaigns/" + nasty, chartPath(nasty, "retention.json"), "/v1/feed.atom"} {
		a := p.get(t, address)
		if a.StatusCode != http.StatusOK || a.Header.Get("X-Content-Type-Options") != "nosniff" || strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %v", address, a.StatusCode, a.Header)
		}
		if strings.Contains(a.Header.Get("Content-Type"), "xml") && strings.Contains(string(a.body), "<script") {
			t.Errorf("%s has the title's script", address)
		}
	}
}

// noScript walks an SVG: nothing in it runs or loads anything.
func noScript(t *testing.T, svg []byte) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("not XML: %v", err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if slices.Contains([]string{"script", "foreignObject", "image", "use", "iframe", "a", "animate", "set", "handler"}, e.Name.Local) {
			t.Errorf("an element <%s>", e.Name.Local)
		}
		for _, a := range e.Attr {
			if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || a.Name.Local == "href" || strings.Contains(a.Value, "javascript:") || strings.Contains(a.Value, "url(http") {
				t.Errorf("<%s %s=%q>", e.Name.Local, a.Name.Local, a.Value)
			}
		}
	}
}

func scriptInName(t *testing.T) {
	p := newPeople(t, nil)
	who := stranger()
	who.Name = `<script>alert(1)</script>" onload="x`
	for _, address := range allPages() {
		page := string(p.as(t, who, http.MethodGet, address, "", "Accept", "text/html").body)
		if strings.Contains(page, "<script>alert") || strings.Contains(page, `onload="x`) {
			t.Errorf("%s has the name's script", address)
		}
	}
	page := p.as(t, who, http.MethodGet, "/about", "")
	contains(t, string(page.body), "&lt;script&gt;alert(1)&lt;/script&gt;")
}

var inlineThings = regexp.MustCompile(`(?i)<script(>|[^>]*[^>/]>[^<\s])|<style|\son[a-z]+\s*=|\sstyle\s*=|javascript:`)

func inlineScript(t *testing.T) {
	p := newPeople(t, nil)
	for _, address := range allPages() {
		a := p.as(t, organizer(), http.MethodGet, address, "", "Accept", "text/html")
		csp := a.Header.Get("Content-Security-Policy")
		if csp != pageCSP || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "base-uri 'none'") || !strings.Contains(csp, "form-action 'self'") {
			t.Errorf("%s: policy %q", address, csp)
		}
		if m := inlineThings.Find(a.body); m != nil {
			t.Errorf("%s has %q", address, m)
		}
	}
	if !inlineThings.MatchString(`<p onclick="x">`) || !inlineThings.MatchString(`<script>x`) || inlineThings.MatchString(`<script src="/a.js" defer=""></script>`) {
		t.Error("the pattern does not find what it should")
	}
}

func svgScript(t *testing.T) {
	f := shared()
	for _, address := range []string{chartPath(nasty, "retention.svg"), chartPath(libraries, "sparkline.svg"), chartPath(measuring, "retention.svg"), f.base0().Static("afterglow.svg")} {
		a := f.get(t, address)
		if a.Header.Get("Content-Security-Policy") != svgCSP || !strings.Contains(svgCSP, "sandbox") || strings.Contains(svgCSP, "script") {
			t.Errorf("%s: policy %q", address, a.Header.Get("Content-Security-Policy"))
		}
		noScript(t, a.body)
	}
}

func csvFormula(t *testing.T) {
	f := shared()
	for _, address := range []string{chartPath(nasty, "retention.csv"), "/v1/compare/retention.csv?campaign=" + nasty + "&campaign=" + libraries} {
		rows, err := csv.NewReader(strings.NewReader(string(f.get(t, address).body))).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Fatalf("%s: %d rows, %v", address, len(rows), err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) && !regexp.MustCompile(`^-?[0-9.]+$`).MatchString(cell) {
					t.Errorf("%s has the cell %q", address, cell)
				}
			}
		}
	}
}

func framing(t *testing.T) {
	p := newPeople(t, nil)
	for _, address := range append(allPages(), "/login") {
		for _, who := range []Person{{}, organizer()} {
			a := p.as(t, who, http.MethodGet, address, "", "Accept", "text/html")
			if a.Header.Get("X-Frame-Options") != "DENY" || !strings.Contains(a.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
				t.Errorf("%s: %v", address, a.Header)
			}
		}
	}
}

func crossOriginReading(t *testing.T) {
	p := newPeople(t, nil)
	for _, address := range []string{"/", "/campaigns/" + libraries, "/v1/campaigns/" + libraries + "/participants", "/healthz", "/metrics"} {
		a := p.as(t, organizer(), http.MethodGet, address, "", "Origin", "https://evil.example")
		if a.Header.Get("Access-Control-Allow-Origin") != "" || a.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s: %v", address, a.Header)
		}
	}
	for _, address := range cacheable() {
		a := p.as(t, organizer(), http.MethodGet, address, "", "Origin", "https://evil.example")
		if a.Header.Get("Access-Control-Allow-Credentials") != "" || strings.Contains(a.Header.Get("Access-Control-Allow-Origin"), "evil") {
			t.Errorf("%s: %v", address, a.Header)
		}
	}
	for _, address := range []string{"/v1/campaigns", "/v1/campaigns/" + libraries} {
		a := p.ask(t, http.MethodOptions, address, "Origin", "https://evil.example", "Access-Control-Request-Method", "DELETE")
		if strings.Contains(a.Header.Get("Access-Control-Allow-Methods"), "DELETE") || strings.Contains(a.Header.Get("Access-Control-Allow-Methods"), "POST") || a.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("preflight of %s: %v", address, a.Header)
		}
	}
}

func sharedCache(t *testing.T) {
	p := newPeople(t, nil)
	for _, address := range []string{"/", "/about", "/campaigns/" + libraries, "/privacy"} {
		a := p.as(t, organizer(), http.MethodGet, address, "")
		cache := a.Header.Get("Cache-Control")
		if !strings.Contains(cache, "private") && cache != cacheNot || !strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Cookie") {
			t.Errorf("%s: Cache-Control %q, Vary %q", address, cache, a.Header.Values("Vary"))
		}
		contains(t, string(a.body), organizer().Name)
		other := p.get(t, address)
		if strings.Contains(string(other.body), organizer().Name) {
			t.Errorf("%s: everybody's page names the last reader", address)
		}
		if again := p.get(t, address, "If-None-Match", a.Header.Get("ETag")); again.StatusCode == http.StatusNotModified {
			t.Errorf("%s: a person's page has the tag of everybody's", address)
		}
	}
	for _, address := range cacheable() {
		if strings.HasPrefix(address, "/v1/") || strings.HasPrefix(address, "/static") {
			a := p.as(t, organizer(), http.MethodGet, address, "")
			if a.Header.Get("Set-Cookie") != "" || strings.Contains(string(a.body), organizer().Name) || strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Cookie") {
				t.Errorf("%s: %v", address, a.Header)
			}
		}
	}
	if a := p.as(t, organizer(), http.MethodGet, "/v1/campaigns/"+libraries+"/participants", ""); a.StatusCode != http.StatusOK || !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("participants: %d %q", a.StatusCode, a.Header.Get("Cache-Control"))
	}
}

func poisoning(t *testing.T) {
	evil := []string{"X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "gopher", "X-Forwarded-Scheme", "http", "Forwarded", "host=evil.example;proto=gopher",
		"X-Original-URL", "/metrics", "X-Rewrite-URL", "/metrics", "X-Forwarded-Prefix", "/evil", "X-Host", "evil.example", "X-Forwarded-Server", "evil.example"}
	p := newPeople(t, nil)
	for _, address := range append(allPages(), "/v1/campaigns", chartPath(libraries, "retention.json"), "/v1/campaigns/"+libraries, "/v1/feed.atom", "/v1/campaigns/nothing-9") {
		if strings.HasPrefix(address, CallbackPath) {
			continue // its page is never kept
		}
		target := "http://evil.example" + address
		poisoned := p.get(t, target, append([]string{"Accept", "text/html,*/*"}, evil...)...)
		if strings.Contains(string(poisoned.body), "evil.example") || strings.Contains(strings.Join(poisoned.Header.Values("Link"), " ")+poisoned.Header.Get("Location"), "evil") {
			t.Errorf("%s says evil.example", address)
		}
		plain := p.get(t, address, "Accept", "text/html,*/*")
		if poisoned.StatusCode != plain.StatusCode || poisoned.Header.Get("ETag") != plain.Header.Get("ETag") {
			t.Errorf("%s: %d and %d, tags %s and %s", address, poisoned.StatusCode, plain.StatusCode, poisoned.Header.Get("ETag"), plain.Header.Get("ETag"))
		}
	}
	if a := p.get(t, "http://evil.example/login", evil...); strings.Contains(a.Header.Get("Location"), "evil") {
		t.Errorf("the login goes to %s", a.Header.Get("Location"))
	}
}

func leakyErrors(t *testing.T) {
	p := newPeople(t, func(o *Options) {
		o.Campaigns = brokenCampaigns{errBroken}
		o.Events = nil
	})
	for _, address := range []string{"/", "/campaigns/" + libraries, "/v1/campaigns", "/v1/campaigns/" + libraries, chartPath(libraries, "retention.svg"), "/v1/compare/retention.json?campaign=a-1&campaign=b-2"} {
		for _, accept := range []string{"text/html", "application/json"} {
			a := p.get(t, address, "Accept", accept)
			if a.StatusCode != http.StatusInternalServerError || strings.Contains(string(a.body), "db-7") || !strings.Contains(string(a.body), a.Header.Get("X-Request-Id")) {
				t.Errorf("%s: %d %s", address, a.StatusCode, a.body)
			}
		}
	}
}
