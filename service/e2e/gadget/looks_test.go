package gadget

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// skins: the chart fits the column of each skin and a phone.
func (w *world) skins(t *testing.T) {
	for _, s := range []struct {
		skin  string
		width int
	}{{"vector-2022", 1280}, {"minerva", 1280}, {"minerva", 360}, {"timeless", 800}} {
		name := s.skin
		if s.width < 500 {
			name += "-phone"
		}
		t.Run(name, func(t *testing.T) {
			r := w.browser.newReader(t, s.width, nil)
			w.agree(t, r, w.wiki.Page(results)+"?useskin="+s.skin)
			r.state("chart")
			if skin := r.text("mw.config.get('skin')"); skin != s.skin {
				t.Fatalf("the skin is %s", skin)
			}
			if over := r.number("document.documentElement.scrollWidth - document.documentElement.clientWidth"); over > 0 {
				t.Errorf("the page is %v pixels too wide", over)
			}
			chart := r.number(first + ".querySelector('svg').getBoundingClientRect().width")
			if column := r.number(first + ".parentNode.clientWidth"); chart < 250 || chart > column {
				t.Errorf("the chart is %v wide in a column of %v", chart, column)
			}
			r.eval(first+".scrollIntoView({block: 'center'})", nil)
			r.still()
			r.accessible()
			r.picture(name)
		})
	}
}

const titleText = `.afterglow svg text`

// night: the skin's switch changes the chart at once, without a request.
func (w *world) night(t *testing.T) {
	if !w.wiki.NightMode() {
		t.Skip("this MediaWiki has no night mode")
	}
	t.Run("vector-2022", func(t *testing.T) {
		r := w.reader(t)
		r.do(prefersDark(false))
		w.agree(t, r, w.wiki.Page(results))
		r.state("chart")
		day, ground := r.colour(titleText, "fill"), r.colour(".afterglow", "background-color")
		w.front.asked()
		// What the control of Vector's menu "Appearance" calls; 1.43.9 leaves that
		// control out of the menu.
		set := func(theme string) {
			t.Helper()
			r.eval(`mw.user.clientPrefs.set('skin-theme', '`+theme+`')`, nil)
			r.until(`document.documentElement.classList.contains('skin-theme-clientpref-` + theme + `')`)
		}
		set("night")
		w.turned(t, r, day, ground)
		r.accessible()
		r.still()
		r.picture("night")

		// As the system says, which changes while the page is open.
		set("os")
		r.frames()
		if got := r.colour(titleText, "fill"); got != day {
			t.Errorf("automatic on a light system: text %s, want %s", got, day)
		}
		r.do(prefersDark(true))
		w.turned(t, r, day, ground)
		if got := w.front.asked(); len(got) > 0 {
			t.Errorf("switching asked the service: %v", got[0].URL)
		}
		// The choice holds for the next page, dark from its first paint.
		r.do(prefersDark(false))
		set("night")
		r.open(w.wiki.Page(results))
		r.state("chart")
		w.turned(t, r, day, ground)
		r.still()
	})
	t.Run("minerva", func(t *testing.T) {
		r := w.browser.newReader(t, 360, nil)
		w.agree(t, r, w.wiki.Page(results)+"?useskin=minerva")
		r.state("chart")
		day, ground := r.colour(titleText, "fill"), r.colour(".afterglow", "background-color")
		w.front.asked()
		// Minerva's own switch comes with Extension:MobileFrontend, which Debian does
		// not have. This is what it does:
		// https://www.mediawiki.org/wiki/Recommendations_for_night_mode_compatibility_on_Wikimedia_wikis
		r.eval(`document.documentElement.classList.add('skin-theme-clientpref-night')`, nil)
		w.turned(t, r, day, ground)
		r.accessible()
		r.eval(first+".scrollIntoView({block: 'center'})", nil)
		r.picture("night-minerva")
		if got := w.front.asked(); len(got) > 0 {
			t.Errorf("switching asked the service: %v", got[0].URL)
		}
		r.still()
	})
}

// turned: chart and frame are not as by day, and light stands on dark.
func (w *world) turned(t *testing.T, r *reader, day, ground string) {
	t.Helper()
	r.frames()
	text, frame := r.colour(titleText, "fill"), r.colour(".afterglow", "background-color")
	if text == day || frame == ground {
		t.Errorf("by night: text %s on %s, by day %s on %s", text, frame, day, ground)
	}
	const sum = `(c => c.match(/\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0))`
	if r.number(sum+`('`+text+`')`) <= r.number(sum+`('`+frame+`')`) {
		t.Errorf("by night: dark text %s on %s", text, frame)
	}
}

// arabic: words, digits, direction and the chart itself follow the interface.
func (w *world) arabic(t *testing.T) {
	r := w.reader(t)
	r.open(w.wiki.Page(results) + "?uselang=ar")
	r.state("ask")
	if got := r.text(first+".dir") + " " + r.text(first+".lang"); got != "rtl ar" {
		t.Errorf("direction and language: %s", got)
	}
	r.accessible()
	r.press("حمّل الرسم البياني من " + w.front.Host)
	r.state("chart")
	asked := w.front.asked()
	if len(asked) != 1 || asked[0].URL.Query().Get("uselang") != "ar" {
		t.Errorf("asked: %v", asked)
	}
	if label := r.text(first + ".getAttribute('aria-label')"); !strings.ContainsAny(label, "ابتث") {
		t.Errorf("the chart says %q", label)
	}
	// The bar begins at the right edge.
	if r.number(first+".querySelector('.afterglow-bar button').getBoundingClientRect().left") < r.number(first+".querySelector('.afterglow-menu').getBoundingClientRect().right") {
		t.Error("the bar runs from left to right")
	}
	r.still()
	r.accessible()
	r.picture("arabic")
	r.eval(first+".querySelector('.afterglow-bar button').click()", nil)
	r.state("table")
	if cell := r.text(first + ".querySelector('td:nth-child(2)').textContent"); !strings.ContainsAny(cell, "٠١٢٣٤٥٦٧٨٩") {
		t.Errorf("a cell of the table reads %q", cell)
	}
	r.accessible()
	r.picture("arabic-table")
}

// keyboard: all of it without a pointer, seen where the focus is.
func (w *world) keyboard(t *testing.T) {
	r := w.reader(t)
	r.open(w.wiki.Page(results))
	r.state("ask")
	tab := func(what, selector string) {
		t.Helper()
		for range 120 {
			r.do(chromedp.KeyEvent(kb.Tab))
			if r.number(`+document.activeElement.matches('`+selector+`')`) == 1 {
				if r.colour(":focus", "outline-style") == "none" && r.colour(":focus", "box-shadow") == "none" {
					t.Errorf("nobody sees that the focus is on %s", what)
				}
				return
			}
		}
		t.Fatalf("Tab does not reach %s", what)
	}
	enter := func() { t.Helper(); r.do(chromedp.KeyEvent(kb.Enter)) }
	back := func() {
		t.Helper()
		r.do(chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(input.ModifierShift)))
	}

	tab("the question", ".afterglow-card button")
	enter()
	r.state("chart")
	r.until(`document.activeElement.matches('.afterglow-plot')`) // where the button was
	r.do(chromedp.KeyEvent(kb.ArrowRight))
	one := r.text(`document.querySelector('.afterglow-tip').textContent`)
	r.picture("tip")
	r.do(chromedp.KeyEvent(kb.ArrowRight))
	two := r.text(`document.querySelector('.afterglow-tip').textContent`)
	if one == "" || two == "" || one == two {
		t.Errorf("the arrow keys read out %q, then %q", one, two)
	}
	if role := r.text(`document.querySelector('.afterglow-tip').getAttribute('role')`); role != "status" {
		t.Errorf("a screen reader does not hear the tips: role %q", role)
	}
	r.do(chromedp.KeyEvent(kb.ArrowLeft))
	if got := r.text(`document.querySelector('.afterglow-tip').textContent`); got != one {
		t.Errorf("back reads out %q, want %q", got, one)
	}
	r.do(chromedp.KeyEvent(kb.Escape))
	if got := r.text(`document.querySelector('.afterglow-tip').textContent`); got != "" {
		t.Errorf("Escape leaves %q", got)
	}
	tab("the table", ".afterglow-bar > button")
	enter()
	r.state("table")
	r.until(`document.activeElement.matches('.afterglow-table')`)
	tab("the chart", ".afterglow-bar > button")
	enter()
	r.state("chart")
	tab("the data", ".afterglow-bar a")
	if href := r.text(`document.activeElement.href`); !strings.HasPrefix(href, w.front.URL+"/v1/campaigns/"+campaign(measured)+"/retention.csv") {
		t.Errorf("the data are at %s", href)
	}
	tab("the definition", ".afterglow-bar a")
	back()
	tab("the menu", ".afterglow-menu summary")
	enter()
	tab("what is in the menu", ".afterglow-menu button")
	enter()
	r.state("ask")
	if r.number(`document.activeElement.closest('.afterglow') ? 1 : 0`) != 1 {
		t.Error("the focus is lost")
	}
}

// paper: the chart is printed, in the colours of the day, without buttons.
func (w *world) paper(t *testing.T) {
	r := w.reader(t)
	w.agree(t, r, w.wiki.Page(results))
	r.state("chart")
	day := r.colour(titleText, "fill")
	r.eval(`mw.user.clientPrefs.set('skin-theme', 'night')`, nil)
	r.do(medium(true))
	r.frames()
	if got := r.colour(titleText, "fill"); got != day {
		t.Errorf("text on paper is %s, want %s", got, day)
	}
	if got := r.colour(".afterglow-bar", "display"); got != "none" {
		t.Error("buttons are printed")
	}
	if h := r.number(first + ".querySelector('svg').getBoundingClientRect().height"); h < 200 {
		t.Errorf("the printed chart is %v high", h)
	}
	r.do(medium(false))
}
