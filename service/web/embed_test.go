package web

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	chromium "afterglow/service/e2e/browser"
)

// TestEmbed: the playground works as a plain form, and what it gives to copy is
// what one sees.
func TestEmbed(t *testing.T) {
	texts := func(path string) (page string, code map[string]string, img *element) {
		t.Helper()
		a := shared().get(t, path)
		if a.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", path, a.StatusCode, a.body)
		}
		code = map[string]string{}
		for _, e := range parsePage(t, a.body) {
			switch {
			case e.name == "code":
				code[e.attrs["id"]] = e.text
			case e.name == "img" && e.attrs["alt"] != "":
				img = e
			}
		}
		return string(a.body), code, img
	}
	page, code, img := texts("/embed")
	if len(code) != 0 || img != nil || !strings.Contains(page, `value="`+libraries+`"`) || !strings.Contains(page, "Choose a campaign to see its chart.") {
		t.Errorf("without a campaign: %v, %v", code, img)
	}

	// All fields of the form, as a browser without scripts sends them, and some of
	// another chart.
	_, code, img = texts("/embed?campaign=" + libraries + "&chart=survival&theme=dark&title=0&width=500&height=&group=newcomers&gap=90&months=12&mode=bracket&threshold=1")
	if img == nil {
		t.Fatal("no picture")
	}
	src := img.attrs["src"]
	for _, want := range []string{"/v1/campaigns/" + libraries + "/survival.svg?", "gap=90", "group=newcomers", "theme=dark", "title=0", "width=500"} {
		if !strings.Contains(src, want) {
			t.Errorf("the picture %s lacks %s", src, want)
		}
	}
	if strings.Contains(src, "months") || strings.Contains(src, "threshold") || strings.Contains(src, "height") {
		t.Errorf("the picture's address has what says nothing: %s", src)
	}
	if img.attrs["width"] != "500" {
		t.Errorf("the picture is %s wide", img.attrs["width"])
	}
	if a := shared().get(t, src); a.StatusCode != http.StatusOK || !strings.Contains(string(a.body), "<svg") {
		t.Errorf("%s: %d", src, a.StatusCode)
	}
	for id, want := range map[string]string{
		"embed-template": "{{Campaign retention |event=101 |wiki=metawiki |chart=survival |gap=90 |group=newcomers |width=500}}",
		"embed-element":  `<div class="afterglow" data-event="101" data-wiki="metawiki" data-chart="survival" data-gap="90" data-group="newcomers" data-width="500"></div>`,
		"embed-url":      src,
	} {
		if code[id] != want {
			t.Errorf("%s: %s\nwant %s", id, code[id], want)
		}
	}
	if !strings.HasPrefix(code["embed-img"], `<img src="`+strings.ReplaceAll(src, "&", "&amp;")+`" alt="`) {
		t.Errorf("embed-img: %s", code["embed-img"])
	}
	data, ok := strings.CutPrefix(code["embed-curl"], "curl --compressed '")
	if a := shared().get(t, strings.TrimSuffix(data, "'")); !ok || a.StatusCode != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
		t.Errorf("%s: %d", code["embed-curl"], a.StatusCode)
	}

	// A hostile title stays text, and so does what it makes of the snippets.
	page, code, _ = texts("/embed?campaign=" + nasty)
	if strings.Contains(page, "<script>alert") || !strings.Contains(code["embed-template"], "title=1") {
		t.Errorf("a hostile title: %s", page)
	}
	for path, want := range map[string]int{
		"/embed?campaign=metawiki-999": http.StatusNotFound, "/embed?chart=pie": http.StatusBadRequest, "/embed?width=1": http.StatusBadRequest,
		"/embed?campaign=" + libraries + "&group=dogs": http.StatusBadRequest, "/embed?x=1": http.StatusBadRequest, "/embed?campaign=" + measuring: http.StatusOK,
	} {
		if a := shared().get(t, path); a.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, a.StatusCode, want)
		}
	}
}

// TestEmbedLive: with a script, a changed field shows itself at once, copies have
// an address that works elsewhere, and the page is the one that it was.
func TestEmbedLive(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	b := newSharedWindow(t)
	b.Run(chromedp.Navigate(b.URL+"/embed?campaign="+libraries), chromedp.Evaluate(`window.same = true`, nil),
		chromedp.SetValue("#embed-chart", "survival"),
		chromedp.Evaluate(`document.getElementById('embed-chart').dispatchEvent(new Event('change', {bubbles: true}))`, nil))
	b.Becomes(`document.getElementById('embed-element').textContent.includes('data-chart="survival"')`)
	b.Becomes(`document.querySelector('figure.embed img').complete && document.querySelector('figure.embed img').naturalWidth > 0`)
	b.Becomes(`location.search.includes('chart=survival') && window.same === true`)
	if got := chromium.Value[string](b, `document.getElementById('embed-url').textContent`); !strings.HasPrefix(got, b.URL+"/v1/campaigns/"+libraries+"/survival.svg") {
		t.Errorf("the address to copy is %s", got)
	}
	// A field that is out of range is said by the browser, and nothing is asked.
	b.Run(chromedp.SetValue("#embed-width", "7"), chromedp.Evaluate(`document.getElementById('embed-width').dispatchEvent(new Event('change', {bubbles: true}))`, nil))
	if got := chromium.Value[string](b, `location.search`); strings.Contains(got, "width=7") {
		t.Errorf("asked for %s", got)
	}
	if got := b.Complaints(); len(got) > 0 {
		t.Errorf("the browser complains: %q", got)
	}
}
