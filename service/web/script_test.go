package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	chromium "afterglow/service/e2e/browser"
)

const tall = 900

// TestRedraw: a chip and a form change the charts without leaving the page; the
// address bar holds the view, back undoes it, the focus and what was unfolded
// stay, and the new finding is announced.
func TestRedraw(t *testing.T) {
	b := newSharedWindow(t)
	start := b.URL + "/campaigns/" + libraries
	b.Run(chromedp.EmulateViewport(1000, tall), chromedp.Navigate(start),
		chromedp.Evaluate(`window.same = true; document.querySelector('#numbers-retention').open = true`, nil))
	before := chromium.Value[string](b, `document.querySelector('.finding').textContent`)
	b.Run(chromedp.Click("#chip-threshold-5", chromedp.ByID))
	b.Becomes(`location.search === '?threshold=5' && document.querySelector('#chip-threshold-5').getAttribute('aria-current') === 'true'`)
	after := chromium.Value[string](b, `document.querySelector('.finding').textContent`)
	if after == before {
		t.Errorf("the finding is still %q", after)
	}
	for what, ok := range map[string]string{
		"the page was loaded anew":                    `window.same === true`,
		"the focus went":                              `document.activeElement.id === 'chip-threshold-5'`,
		"what was unfolded is folded":                 `document.querySelector('#numbers-retention').open`,
		"the finding is not announced":                `document.querySelector('#says').textContent === document.querySelector('.finding').textContent`,
		"the chart is the old one":                    `document.querySelector('#retention img').currentSrc.includes('threshold=5')`,
		"the page is still busy":                      `!document.querySelector('[aria-busy]') && document.querySelector('#wait').hidden`,
		"the languages lead to another view":          `document.querySelector('.languages a').href.includes('threshold=5')`,
		"the snippet for the wiki has another figure": `document.querySelector('#wiki-template').textContent.includes('threshold=5')`,
	} {
		if !chromium.Value[bool](b, ok) {
			t.Error(what)
		}
	}
	b.Run(chromedp.Evaluate(`document.querySelector('#more').open = true`, nil),
		chromedp.SetValue(`#definition-form select[name="population"]`, "active", chromedp.ByQuery),
		chromedp.Click("#apply", chromedp.ByID))
	b.Becomes(`location.search === '?population=active&threshold=5'`)
	b.Becomes(`!document.querySelector('[aria-busy]')`)
	if !chromium.Value[bool](b, `window.same && document.querySelector('#more').open && document.activeElement.id === 'apply'`) {
		t.Error("the form loaded the page anew, folded itself, or lost the focus")
	}
	b.Run(chromedp.Evaluate(`history.back()`, nil))
	b.Becomes(`location.search === '?threshold=5' && document.querySelector('.finding').textContent === ` + fmt.Sprintf("%q", after))
	b.Run(chromedp.Evaluate(`history.back()`, nil))
	b.Becomes(`location.search === '' && document.querySelector('.finding').textContent === ` + fmt.Sprintf("%q", before))
	if !chromium.Value[bool](b, `window.same === true`) {
		t.Error("going back loaded the page anew")
	}
	// What the server refuses, the browser is sent to, and it says why.
	b.Run(chromedp.Evaluate(`document.querySelector('#chip-threshold-100').href += '&months=999'; document.querySelector('#chip-threshold-100').click()`, nil))
	b.Becomes(`location.search.includes('months=999') && document.querySelector('h1').textContent.includes('cannot be')`)
	if c := b.Complaints(); len(c) > 0 {
		t.Errorf("the browser complains: %q", c)
	}
}

// TestRedrawWithoutNetwork: a chip whose answer does not come leaves the charts
// where they are, and says so in the page's language; it can be tried again.
func TestRedrawWithoutNetwork(t *testing.T) {
	b := newSharedWindow(t)
	page := "/campaigns/" + libraries + "?uselang=fr"
	b.Run(chromedp.EmulateViewport(1000, tall), chromedp.Navigate(b.URL+page), chromedp.Evaluate(`window.same = true`, nil))
	before := chromium.Value[string](b, `document.querySelector('.finding').textContent`)
	if c := b.Complaints(); len(c) > 0 {
		t.Errorf("the browser complains: %q", c)
	}
	const said = "Le serveur est injoignable"
	notice := fmt.Sprintf(`!document.querySelector('#lost').hidden && document.querySelector('#lost').innerText.includes(%q) && document.querySelector('#says').textContent.startsWith(%q)`, said, said)
	there := fmt.Sprintf(`window.same === true && document.querySelector('.finding').textContent === %q && document.querySelector('#retention img').naturalWidth > 0 && !document.querySelector('[aria-busy]') && document.querySelector('#wait').hidden`, before)
	b.Becomes(`document.querySelector('#retention img').naturalWidth > 0`)
	b.Offline(true)
	b.Click("#chip-threshold-5")
	b.Becomes(notice)
	b.Becomes(there + ` && !location.search.includes('threshold') && document.activeElement.id === 'chip-threshold-5'`)
	b.Click("#retry")
	b.Becomes(notice + " && " + there)
	if found := b.Axe(); len(found) > 0 {
		t.Errorf("axe: %q", found)
	}
	for _, c := range b.Complaints() {
		if !strings.Contains(c, "ERR_INTERNET_DISCONNECTED") {
			t.Errorf("the browser complains: %s", c)
		}
	}
	b.Offline(false)
	b.Click("#retry")
	b.Becomes(`window.same === true && location.search.includes('threshold=5') && document.querySelector('#lost').hidden && document.activeElement.id === 'content'`)
	if after := chromium.Value[string](b, `document.querySelector('.finding').textContent`); after == before {
		t.Errorf("the finding is still %q", after)
	}
	// Going back without network.
	b.Offline(true)
	b.Run(chromedp.Evaluate(`history.back()`, nil))
	b.Becomes(notice + ` && window.same === true && document.querySelector('#retention img').currentSrc.includes('threshold=5')`)
	b.Offline(false)
	b.Click("#retry")
	b.Becomes(`!location.search.includes('threshold') && document.querySelector('#lost').hidden && document.querySelector('.finding').textContent === ` + fmt.Sprintf("%q", before))
	if !chromium.Value[bool](b, `window.same === true`) {
		t.Error("the page was loaded anew")
	}
}

// TestTips: the marks of a chart say what they are, to a mouse, a finger and
// the keyboard; a screen reader hears a slider.
func TestTips(t *testing.T) {
	b := newSharedWindow(t)
	for _, lang := range []string{"en", "ar"} {
		b.Run(chromedp.EmulateViewport(1000, tall), chromedp.Navigate(b.URL+withLanguage("/campaigns/"+libraries, lang)))
		b.Run(chromedp.ScrollIntoView("#retention figure", chromedp.ByQuery))
		b.Becomes(`document.querySelectorAll('#retention .points circle').length > 10`)
		b.Run(chromedp.Evaluate(`document.querySelector('#retention figure').scrollIntoView({block: 'center'})`, nil))
		place := chromium.Value[[]float64](b, `(() => { const r = document.querySelectorAll('#retention .points circle')[2].getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`)
		tip := func() string {
			return chromium.Value[string](b, `(e => e.hidden ? '' : e.textContent)(document.querySelector('#retention .tip'))`)
		}
		b.Run(chromedp.MouseEvent(input.MouseMoved, place[0]+6, place[1]+4))
		mouse := tip()
		if mouse == "" || lang == "en" && !strings.Contains(mouse, "month 3: 27% (17–39%), 16 of 60") || lang == "ar" && !strings.Contains(mouse, "٢٧") {
			t.Errorf("%s: a mouse gets %q", lang, mouse)
		}
		inside := chromium.Value[bool](b, `(() => { const tip = document.querySelector('#retention .tip').getBoundingClientRect(); return tip.left >= 0 && tip.right <= innerWidth; })()`)
		if !inside {
			t.Errorf("%s: the tip leaves the screen", lang)
		}
		b.Run(chromedp.MouseEvent(input.MouseMoved, 2, 2))
		if got := tip(); got != "" {
			t.Errorf("%s: the tip stays: %q", lang, got)
		}
		b.Run(input.DispatchTouchEvent(input.TouchStart, []*input.TouchPoint{{X: place[0] + 8, Y: place[1]}}), input.DispatchTouchEvent(input.TouchEnd, []*input.TouchPoint{}))
		if got := tip(); got != mouse {
			t.Errorf("%s: a finger gets %q", lang, got)
		}
		b.Run(chromedp.Evaluate(`document.querySelector('#retention .downloads a').focus()`, nil),
			chromedp.Evaluate(`document.querySelector('#retention .points').focus()`, nil))
		// The third mark of the first series, whichever way the chart runs.
		on := kb.ArrowRight
		if lang == "ar" {
			on = kb.ArrowLeft
		}
		b.Run(chromedp.KeyEvent(kb.Home), chromedp.KeyEvent(on), chromedp.KeyEvent(on))
		if got := tip(); got != mouse {
			t.Errorf("%s: the keyboard gets %q", lang, got)
		}
		heard := chromium.Value[string](b, `(e => e.getAttribute('role') + ' ' + e.getAttribute('aria-valuenow') + ' ' + e.getAttribute('aria-valuetext'))(document.activeElement)`)
		if !strings.HasPrefix(heard, "slider 3 ") || !strings.Contains(heard, strings.TrimSpace(mouse[len(mouse)-8:])) {
			t.Errorf("%s: a screen reader hears %q", lang, heard)
		}
		b.Run(chromedp.KeyEvent(kb.ArrowUp))
		if got := tip(); got == mouse || got == "" {
			t.Errorf("%s: the arrow up leads to %q", lang, got)
		}
		b.Run(chromedp.KeyEvent(kb.Escape))
		if got := tip(); got != "" {
			t.Errorf("%s: Escape leaves %q", lang, got)
		}
		// Every chart that has marks has tips, and each tip is words of the chart.
		for _, chart := range []string{"marks", "survival", "cohorts", "intensity", "activity", "lifecycle"} {
			b.Run(chromedp.ScrollIntoView("#"+chart+" figure", chromedp.ByQuery))
			b.Becomes(`document.querySelectorAll('#` + chart + ` .points svg > *').length > 0`)
		}
		if c := b.Complaints(); len(c) > 0 {
			t.Errorf("%s: the browser complains: %q", lang, c)
		}
	}
}

// TestTheme: a reader's choice of colours is kept in the browser, and charts
// follow it.
func TestTheme(t *testing.T) {
	b := newSharedWindow(t)
	page := b.URL + "/campaigns/" + libraries
	dark := `getComputedStyle(document.body).backgroundColor === 'rgb(16, 20, 24)' && document.querySelector('#retention img').src.includes('theme=dark')`
	b.Run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}), chromedp.Navigate(page))
	if chromium.Value[bool](b, dark) {
		t.Fatal("it is dark already")
	}
	choose := func(v string) {
		b.Run(chromedp.Evaluate(`(s => { s.value = '`+v+`'; s.dispatchEvent(new Event('change')); })(document.querySelector('#theme select'))`, nil))
	}
	choose("dark")
	if !chromium.Value[bool](b, dark) {
		t.Error("the choice changes nothing")
	}
	b.Run(chromedp.Navigate(page + "?threshold=5"))
	b.Becomes(dark)
	b.Run(chromedp.Click("#chip-threshold-1", chromedp.ByID))
	b.Becomes(`location.search === '' && ` + dark)
	choose("auto")
	if chromium.Value[bool](b, dark) || chromium.Value[bool](b, `document.querySelector('#retention img').src.includes('theme=')`) {
		t.Error("the device's colours do not come back")
	}
	if c := b.Complaints(); len(c) > 0 {
		t.Errorf("the browser complains: %q", c)
	}
}

// TestWithoutScript: every page does its work without JavaScript.
func TestWithoutScript(t *testing.T) {
	b := newSharedWindow(t)
	b.Run(emulation.SetScriptExecutionDisabled(true), chromedp.EmulateViewport(1000, tall))
	at := func() string {
		var address string
		b.Run(chromedp.Location(&address))
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return u.RequestURI()
	}
	arrive := func(address string) {
		b.Becomes(fmt.Sprintf("document.readyState === 'complete' && location.pathname + location.search === %q", address))
	}
	text := func(selector string) (s string) {
		b.Run(chromedp.Text(selector, &s, chromedp.ByQuery))
		return s
	}
	b.Run(chromedp.Navigate(b.URL+"/"), chromedp.SendKeys("#q", "libr", chromedp.ByID), chromedp.Click("#search", chromedp.ByID))
	b.Becomes("document.readyState === 'complete' && location.search !== ''") // the page before has campaigns too
	if got := at(); !strings.HasPrefix(got, "/?q=libr") {
		t.Errorf("a search leads to %s", got)
	}
	b.Run(chromedp.WaitVisible(".campaign h2 a", chromedp.ByQuery), chromedp.Click(".campaign h2 a", chromedp.ByQuery), chromedp.WaitVisible("#retention", chromedp.ByQuery), chromedp.Click("#chip-threshold-5", chromedp.ByID))
	arrive("/campaigns/" + libraries + "?threshold=5")
	if got := text(".finding"); !strings.Contains(got, "at least 5 edits") {
		t.Errorf("the finding is %q", got)
	}
	// The form is open, as its fields are not at their defaults.
	b.Run(chromedp.SetValue(`#definition-form select[name="population"]`, "active", chromedp.ByQuery), chromedp.Click("#apply", chromedp.ByID))
	arrive("/campaigns/" + libraries + "?population=active&threshold=5")
	b.Run(chromedp.Navigate(b.URL+"/compare"), chromedp.SendKeys("#q", libraries, chromedp.ByID), chromedp.Click("#find", chromedp.ByID),
		chromedp.WaitVisible("#remove-"+libraries, chromedp.ByQuery), chromedp.SendKeys("#q", b.URL+"/campaigns/"+arabic+"?uselang=ar", chromedp.ByID), chromedp.Click("#find", chromedp.ByID),
		chromedp.WaitVisible("#retention figure", chromedp.ByQuery), chromedp.Click("#chip-chart-rollup", chromedp.ByID), chromedp.WaitVisible("#rollup figure", chromedp.ByQuery))
	if got := at(); got != "/compare?campaign="+libraries+"&campaign="+arabic+"&chart=rollup" {
		t.Errorf("the comparison is at %s", got)
	}
	b.Run(chromedp.Navigate(b.URL + "/campaigns/" + libraries))
	for _, selector := range []string{"#theme", "[data-copy]", "#wait"} { // they need a script
		b.Run(chromedp.WaitNotVisible(selector, chromedp.ByQuery))
	}
	if c := b.Complaints(); len(c) > 0 {
		t.Errorf("the browser complains: %q", c)
	}
}

// TestKeyboard walks through pages with the Tab key alone: every stop can be
// seen, is on the screen, and is large enough to be met; the walk ends.
func TestKeyboard(t *testing.T) {
	b := newSharedWindow(t)
	for _, p := range []string{"/", "/campaigns/" + libraries, "/compare?campaign=" + libraries + "&campaign=" + arabic, "/campaigns/" + libraries + "?uselang=ar"} {
		b.Run(chromedp.EmulateViewport(390, 800), chromedp.Navigate(b.URL+p), page.BringToFront())
		b.Becomes(`document.readyState === 'complete'`)
		const stop = `(() => {
			const e = document.activeElement;
			if (e === document.body) { return {end: true}; }
			const r = e.getBoundingClientRect(), s = getComputedStyle(e);
			const inText = e.localName === 'a' && getComputedStyle(e).display === 'inline' && ['P', 'LI', 'DD', 'SPAN', 'BDI', 'H2'].includes(e.parentNode.nodeName);
			const seen = (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2);
			return {what: e.outerHTML.slice(0, 120), seen, there: r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth, small: !inText && (r.width < 24 || r.height < 24), size: [r.width, r.height], end: false};
		})()`
		type place struct {
			What             string
			Seen, There, End bool
			Small            bool
			Size             []float64
		}
		stops := 0
		for range 400 {
			b.Run(chromedp.KeyEvent(kb.Tab))
			at := chromium.Value[place](b, stop)
			if at.End {
				break
			}
			if stops == 0 && !strings.Contains(at.What, `class="skip"`) {
				t.Errorf("%s: the first stop is %s", p, at.What)
			}
			stops++
			if !at.Seen || !at.There || at.Small {
				t.Errorf("%s: %s: seen %t, on the screen %t, size %v", p, at.What, at.Seen, at.There, at.Size)
			}
		}
		if stops < 15 || stops >= 400 {
			t.Errorf("%s has %d stops", p, stops)
		}
	}
	// Over the skip link, past the head.
	b.Run(chromedp.Navigate(b.URL+"/about"), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter))
	b.Becomes(`location.hash === '#content' && document.activeElement.id === 'content'`)
}

// TestScriptSize holds the pages' script to what a reader on a slow phone can
// be asked to load.
func TestScriptSize(t *testing.T) {
	s := shared()
	total := 0
	for file, name := range s.pages.names {
		if strings.HasSuffix(file, ".js") {
			a := s.get(t, "/static/"+name, "Accept-Encoding", "gzip")
			total += len(a.body)
		}
	}
	const most = 8 << 10
	t.Logf("the scripts are %d bytes, compressed", total)
	if total == 0 || total > most {
		t.Errorf("the scripts are %d bytes, compressed; at most %d", total, most)
	}
}
