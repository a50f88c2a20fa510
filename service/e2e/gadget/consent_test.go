package gadget

import (
	"net/http"
	"strings"
	"testing"
)

const results = "Event:Women in Science/Results"

// consent: a reader without an account is asked once, and may take it back.
func (w *world) consent(t *testing.T) {
	r := w.reader(t)
	address := w.wiki.Page(results)
	r.open(address)
	r.state("ask")
	if got := w.front.asked(); len(got) > 0 {
		t.Errorf("the service was asked before the reader was: %v", got[0].URL)
	}
	if said := r.text(first + ".textContent"); !strings.Contains(said, w.front.Host) || !strings.Contains(said, "IP address") {
		t.Errorf("the question is %q", said)
	}
	r.still()
	r.accessible()
	r.picture("consent")

	r.press(w.load())
	r.state("chart")
	w.askedOnce(t, r)
	if label := r.text(first + ".getAttribute('aria-label')"); !strings.Contains(label, "still edited") {
		t.Errorf("the chart says %q", label)
	}
	if n := r.number(first + ".querySelectorAll('svg path').length"); n < 2 {
		t.Errorf("the chart has %v paths", n)
	}
	r.still()
	r.accessible()
	r.picture("chart")

	r.press("Show as table")
	r.state("table")
	if n := r.number(first + ".querySelectorAll('tr').length"); n < 10 {
		t.Errorf("the table has %v rows", n)
	}
	r.still()
	r.accessible()
	r.picture("table")
	r.press("Show as chart")
	r.state("chart")
	w.front.asked()

	// Remembered, and the chart itself kept by the browser as the service allows.
	r.open(address)
	r.state("chart")
	r.still()
	if got := w.front.asked(); len(got) > 0 {
		t.Errorf("a chart of a minute ago was asked for again: %v", got[0].URL)
	}

	r.press("⋯")
	r.press("Stop loading charts from " + w.front.Host)
	r.state("ask")
	r.still()
	r.open(address)
	r.state("ask")
	if got := w.front.asked(); len(got) > 0 {
		t.Errorf("the service was asked after the reader said no: %v", got[0].URL)
	}
}

// askedOnce: one request for the chart, which tells nothing of the reader.
func (w *world) askedOnce(t *testing.T, r *reader) {
	t.Helper()
	got := w.front.asked()
	if len(got) != 1 {
		t.Fatalf("%d requests for a chart: %v", len(got), got)
	}
	q := got[0]
	if q.Method != http.MethodGet || q.URL.Path != "/v1/campaigns/"+campaign(measured)+"/retention.svg" {
		t.Errorf("the chart was asked for by %s %s", q.Method, q.URL)
	}
	if q.Header.Get("Cookie") != "" || q.Header.Get("Referer") != "" {
		t.Errorf("the request tells of the reader: %v", q.Header)
	}
}

// preferences: what somebody with an account chose holds in another browser.
func (w *world) preferences(t *testing.T) {
	session := w.wiki.CreateAccount(t, "Reader")
	r := w.browser.newReader(t, 1280, session.Cookies(t))
	w.agree(t, r, w.wiki.Page(results))
	r.state("chart")
	r.until(`mw.user.options.get('userjs-afterglow-consent')`)
	r.until(`new mw.Api().get({action: 'query', meta: 'userinfo', uiprop: 'options', formatversion: 2}).then(
		a => a.query.userinfo.options['userjs-afterglow-consent'] === '` + w.front.URL + `')`)

	other := w.browser.newReader(t, 1280, w.wiki.Login(t, session.Name, w.wiki.AdminPassword).Cookies(t))
	other.open(w.wiki.Page(results))
	other.state("chart")
	if n := other.number(`Object.keys(localStorage).filter(k => k.includes('afterglow-consent')).length`); n != 0 {
		t.Error("what an account chose is in the browser too")
	}
	other.press("⋯")
	other.press("Stop loading charts from " + w.front.Host)
	other.state("ask")
	other.until(`new mw.Api().get({action: 'query', meta: 'userinfo', uiprop: 'options', formatversion: 2}).then(
		a => !('userjs-afterglow-consent' in a.query.userinfo.options))`)
}

// lazy: a chart far below is asked for when the reader comes near.
func (w *world) lazy(t *testing.T) {
	r := w.reader(t)
	r.open(w.wiki.Page("Event:Women in Science/Far"))
	r.state("ask")
	r.eval(first+".querySelector('button').click()", nil)
	r.state("wait")
	r.frames()
	if got := w.front.asked(); len(got) > 0 {
		t.Errorf("asked for what nobody sees: %v", got[0].URL)
	}
	r.eval(first+".scrollIntoView()", nil)
	r.state("chart")
	w.askedOnce(t, r)
	r.still()

	r.open(w.wiki.Page("Event:Women in Science/Several"))
	r.until(`document.querySelectorAll('.afterglow[data-mw-afterglow=chart]').length === 3`)
	paths := map[string]int{}
	for _, q := range w.front.asked() {
		paths[q.URL.Path[strings.LastIndex(q.URL.Path, "/"):]]++
	}
	if len(paths) != 3 || paths["/retention.svg"] != 1 || paths["/survival.svg"] != 1 || paths["/marks.svg"] != 1 {
		t.Errorf("three charts took %v", paths)
	}
	r.still()
}
