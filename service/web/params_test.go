package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestParametersAreStrict: what is refused is named, and so is what is allowed.
func TestParametersAreStrict(t *testing.T) {
	f := shared()
	chart := func(name string) string { return "/v1/campaigns/" + libraries + "/" + name }
	two := "campaign=" + libraries + "&campaign=" + nasty
	for _, test := range []struct {
		address, parameter, allowed string
	}{
		{chart("retention.svg?nonsense=1"), "nonsense", "anchor"},
		{chart("retention.svg?Group=all"), "Group", "group"},
		{chart("retention.svg?group="), "group", "newcomers"},
		{chart("retention.svg?group=everyone"), "group", "newcomers"},
		{chart("retention.svg?group=all&group=newcomers"), "group", "once"},
		{chart("retention.svg?months=0"), "months", "1 to 60"},
		{chart("retention.svg?months=61"), "months", "1 to 60"},
		{chart("retention.svg?months=012"), "months", "1 to 60"},
		{chart("retention.svg?months=1e1"), "months", "1 to 60"},
		{chart("retention.svg?anchor=registration"), "anchor", "newcomers"},
		{chart("retention.svg?preset=none"), "preset", "growth"},
		{chart("retention.svg?preset=growth&months=3"), "months", "preset"},
		{chart("retention.svg?survival_n=2"), "survival_n", "preset=survival"},
		{chart("retention.svg?gap=60"), "gap", "anchor"}, // survival's
		{chart("survival.svg?threshold=5"), "threshold", "gap"},
		{chart("marks.svg?months=3"), "months", "threshold"},
		{chart("baseline.svg?group=all"), "group", "theme"},
		{chart("retention.svg?theme=pink"), "theme", "auto, light, dark"},
		{chart("retention.svg?width=319"), "width", "320 to 1600"},
		{chart("retention.svg?width=1601"), "width", "320 to 1600"},
		{chart("retention.svg?width=+400"), "width", "320 to 1600"},
		{chart("retention.svg?height=0"), "height", "160 to 1600"},
		{chart("retention.svg?title=yes"), "title", "1, 0"},
		{chart("retention.svg?uselang="), "uselang", "en"},
		{chart("retention.svg?uselang=../x"), "uselang", "en"},
		{chart("retention.svg?uselang=" + strings.Repeat("x", 36)), "uselang", "en"},
		{chart("retention.json?theme=dark"), "theme", "anchor"},
		{chart("retention.csv?uselang=de"), "uselang", "anchor"},
		{chart("retention.json?tab=x.tab"), "tab", "anchor"},
		{chart("retention.chart?tab=x"), "tab", ".tab"},
		{chart("retention.chart?tab=a%7Cb.tab"), "tab", ".tab"},
		{chart("retention.chart?tab=" + strings.Repeat("a", 241) + ".tab"), "tab", "240"},
		{chart("sparkline.svg?width=400"), "width", "theme"},
		{chart("retention.svg?wikis=a%00b"), "wikis", "control"},
		{chart("retention.svg?wikis=%ff"), "wikis", "UTF-8"},
		{chart("retention.svg?group=%zz"), "query", "percent"},
		{chart("retention.svg?a;b"), "query", "percent"},
		{chart("retention.svg?namespaces=-1"), "namespaces", "content"},
		{chart("retention.svg?wikis=a,,b"), "wikis", "campaign"},
		{"/v1/campaigns?limit=0", "limit", "1 to 100"},
		{"/v1/campaigns?limit=101", "limit", "1 to 100"},
		{"/v1/campaigns?limit=", "limit", "1 to 100"},
		{"/v1/campaigns?sort=size", "sort", "refreshed"},
		{"/v1/campaigns?wiki=", "wiki", "metawiki"},
		{"/v1/campaigns?wiki=a/b", "wiki", "metawiki"},
		{"/v1/campaigns?page=", "page", "Event:"},
		{"/v1/campaigns?cursor=", "cursor", "next"},
		{"/v1/campaigns?cursor=abc", "cursor", "next"},
		{"/v1/campaigns?q=" + strings.Repeat("a", 201), "q", "200"},
		{"/v1/campaigns?theme=dark", "theme", "cursor"},
		{"/v1/campaigns/" + libraries + "?x=1", "x", "none"},
		{"/v1/compare/retention.svg", "campaign", "2 to 12"},
		{"/v1/compare/retention.svg?campaign=" + libraries, "campaign", "2 to 12"},
		{"/v1/compare/retention.svg?" + strings.Repeat(two+"&", 6) + "campaign=x", "campaign", "2 to 12"},
		{"/v1/compare/retention.svg?" + two + "&campaign=" + nasty, "campaign", "different"},
		{"/v1/compare/retention.svg?campaign=a/b&campaign=c", "campaign", "different"},
		{"/v1/compare/retention.svg?" + two + "&rollup=yes", "rollup", "false, true"},
		{"/v1/compare/retention.svg?" + two + "&rollup=true&rollup=true", "rollup", "once"},
		{"/v1/compare/retention.svg?" + two + "&rollup=true&anchor=join", "anchor", "threshold"},
		{"/v1/compare/survival.svg?" + two + "&rollup=true", "rollup", "gap"},
		{"/v1/compare/survival.svg?" + two + "&highlight=x", "highlight", "compared"},
		{"/v1/compare/survival.json?" + two + "&highlight=" + nasty, "highlight", "gap"},
		{"/openapi.yaml?x=1", "x", "none"},
		{"/healthz?x=1", "x", "none"},
		{"/readyz?x=1", "x", "none"},
	} {
		a := f.get(t, test.address)
		if a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %.300s", test.address, a.StatusCode, a.body)
			continue
		}
		p := a.problem(t)
		if p.Parameter != test.parameter || !strings.Contains(p.Allowed, test.allowed) || p.Type != typeParameter || !strings.Contains(p.Detail, p.Allowed) {
			t.Errorf("%s: %+v, want %s and %q", test.address, p, test.parameter, test.allowed)
		}
	}
}

// TestGoodParameters: each parameter is understood by each chart that has it.
func TestGoodParameters(t *testing.T) {
	f := shared()
	values := map[string]string{
		"population": "active", "wikis": "metawiki,enwiki", "namespaces": "0,1", "reverted": "exclude", "later_campaigns": "exclude", "newcomer_days": "30",
		"anchor": "start", "mode": "cumulative", "threshold": "5", "months": "3", "group": "newcomers", "preset": "survival", "gap": "30",
		"theme": "dark", "uselang": "pt-br", "width": "400", "height": "500", "title": "0", "tab": "Some page.tab",
	}
	for _, name := range chartNames() {
		kind, _ := kindOf(name)
		for _, format := range kind.formats {
			plain := f.get(t, "/v1/campaigns/"+libraries+"/"+name+"."+format)
			for _, param := range kind.paramsOf(format) {
				value, ok := values[param]
				if !ok {
					continue // survival_…, below
				}
				if name == "cohorts" && param == "anchor" {
					value = "join" // the only one it has
				}
				address := "/v1/campaigns/" + libraries + "/" + name + "." + format + "?" + param + "=" + url.QueryEscape(value)
				a := f.get(t, address)
				if a.StatusCode != plain.StatusCode {
					t.Errorf("%s: %d %.300s", address, a.StatusCode, a.body)
				}
				if a.StatusCode == http.StatusOK && a.Header.Get("ETag") == plain.Header.Get("ETag") && param != "uselang" && value != "join" { // pt-br is shown in English
					t.Errorf("%s has the tag of the chart without it", address)
				}
			}
		}
	}
	a := f.get(t, "/v1/campaigns/"+libraries+"/retention.json?preset=survival&survival_n=2&survival_t=0&survival_s=60")
	if a.StatusCode != http.StatusOK || !strings.Contains(string(a.body), `"survival_s":60`) {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

// TestGapDefault: the service's own default for the gap is used and echoed.
func TestGapDefault(t *testing.T) {
	f := newFixture(t, func(o *Options) { o.Gap = 90 })
	a := f.get(t, "/v1/campaigns/"+libraries+"/survival.json")
	contains(t, string(a.body), `"gap":90`)
	a = f.get(t, "/v1/campaigns/"+libraries+"/survival.json?gap=30")
	contains(t, string(a.body), `"gap":30`)
}

// FuzzQuery: whatever the query, the answer is one that the contract knows, and
// nothing of the query comes back unescaped.
func FuzzQuery(f *testing.F) {
	fx := shared()
	for _, seed := range []string{"", "group=newcomers&months=3", "group=%3Cscript%3E", "a=b&a=b", "campaign=" + libraries + "&campaign=" + nasty, "uselang=ar&theme=dark",
		"wikis=a|b,c", "preset=survival&survival_n=1", "width=320&height=160&title=0", "q=%2500&cursor=e30", "%", "&&&", ";", "anchor=registration&group=newcomers"} {
		f.Add(uint8(0), seed)
		f.Add(uint8(7), seed)
	}
	paths := []string{"/v1/campaigns", "/v1/campaigns/" + libraries, "/campaigns/" + libraries, "/", "/about", "/track", "/v1/compare/retention.json", "/v1/compare/marks.csv"}
	for _, name := range chartNames() {
		paths = append(paths, "/v1/campaigns/"+tiny+"/"+name+".svg")
	}
	statuses := []int{http.StatusOK, http.StatusSeeOther, http.StatusNotFound, http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestURITooLong, http.StatusPermanentRedirect}
	f.Fuzz(func(t *testing.T, path uint8, query string) {
		address := paths[int(path)%len(paths)]
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		r.URL.RawQuery = query
		r.RequestURI = address + "?" + query
		r.Header.Set("Accept", "text/html")
		w := httptest.NewRecorder()
		fx.ServeHTTP(w, r)
		if !slices.Contains(statuses, w.Code) {
			t.Fatalf("%s?%s: %d %.300s", address, query, w.Code, w.Body)
		}
		ct := w.Header().Get("Content-Type")
		if strings.HasPrefix(ct, "text/html") || strings.HasPrefix(ct, "image/svg") {
			if strings.Contains(strings.ToLower(w.Body.String()), "<script") {
				t.Fatalf("%s?%s: a script in %s", address, query, ct)
			}
		}
		if w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			if w.Code != http.StatusSeeOther && w.Code != http.StatusPermanentRedirect && w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Fatalf("%s?%s: headers %v", address, query, w.Header())
			}
		}
	})
}
