package gadget

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"

	"afterglow/service/e2e/machine"
)

var look = flag.String("look", "", "write a picture of each state into this directory")

const patience = time.Minute

// watch is what every page runs before anything else: it keeps violations of the
// policy, and every shift of the layout. A browser leaves out of a score what
// follows input at once; here it counts too, since a chart may not push the text
// away when it is agreed to.
const watch = `
window.violations = [];
document.addEventListener('securitypolicyviolation', e => violations.push(e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sourceFile));
window.shifts = [];
new PerformanceObserver(list => list.getEntries().forEach(e => shifts.push({value: e.value,
	nodes: e.sources.map(s => s.node ? s.node.outerHTML ? s.node.outerHTML.slice(0, 120) : s.node.textContent.slice(0, 60) : '?')
}))).observe({type: 'layout-shift', buffered: true});
`

// browser is Chromium.
type browser struct {
	ctx    context.Context
	origin string // of the wiki
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	found, err := machine.Require(".ci/deps .cache", "chromium")
	machine.Must(t, err)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(found["chromium"]), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(patience))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Run(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the browser to end
		cancel()
		stop()
	})
	return &browser{ctx: ctx}
}

// reader is somebody at the browser, which remembers nothing of the one before.
type reader struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string // exceptions, errors, dialogs
	// trouble matches the complaints that the test brings about itself; nil: none.
	trouble *regexp.Regexp
}

// newReader empties the browser, and opens a tab with the cookies of a session, if any.
func (b *browser) newReader(t *testing.T, width int, cookies []*http.Cookie) *reader {
	t.Helper()
	tab, cancel := chromedp.NewContext(b.ctx)
	ctx, stop := context.WithTimeout(tab, 5*patience)
	r := &reader{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *log.EventEntryAdded:
			if e.Entry.Level == log.LevelError || e.Entry.Source == log.SourceSecurity {
				r.complain(e.Entry.Text + " " + e.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			r.complain(e.ExceptionDetails.Error())
		case *page.EventJavascriptDialogOpening:
			r.complain("a dialog: " + e.Message)
		}
	})
	t.Cleanup(func() {
		r.check()
		stop()
		cancel()
	})
	// The tab lives as long as the context of its first action.
	if err := chromedp.Run(ctx); err != nil {
		t.Fatal(err)
	}
	// A tab behind another one paints nothing, and MediaWiki's loader waits for that.
	r.do(page.BringToFront(), emulation.SetFocusEmulationEnabled(true), log.Enable(), network.Enable(), network.ClearBrowserCookies(), network.ClearBrowserCache(),
		storage.ClearDataForOrigin(b.origin, "all"), chromedp.EmulateViewport(int64(width), 900),
		chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := page.AddScriptToEvaluateOnNewDocument(watch).Do(ctx)
			return err
		}))
	for _, c := range cookies {
		r.do(network.SetCookie(c.Name, c.Value).WithDomain("127.0.0.1").WithPath("/"))
	}
	return r
}

func (r *reader) complain(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.complaints = append(r.complaints, text)
}

// check fails the test for what the browser complained of and for violations of
// the policy on the page that is open.
func (r *reader) check() {
	r.t.Helper()
	var violations []string
	r.eval("window.violations || []", &violations)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.complaints {
		if r.trouble == nil || !r.trouble.MatchString(c) {
			r.t.Errorf("the browser complains: %s", c)
		}
	}
	for _, v := range violations {
		r.t.Errorf("the content security policy is violated: %s", v)
	}
	r.complaints = nil
}

func (r *reader) do(actions ...chromedp.Action) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		r.t.Fatal(err)
	}
}

// eval runs JavaScript, waits for a promise, and decodes what it gives.
func (r *reader) eval(js string, dst any) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, chromedp.Evaluate(js, dst, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) })); err != nil {
		r.t.Fatalf("%s: %v", js, err)
	}
}

func (r *reader) text(js string) string {
	r.t.Helper()
	var s string
	r.eval("Promise.resolve("+js+").then(String)", &s)
	return strings.NewReplacer("\u2068", "", "\u2069", "").Replace(s)
}

func (r *reader) number(js string) float64 {
	r.t.Helper()
	var n float64
	r.eval(js, &n)
	return n
}

// until waits until an expression is true.
func (r *reader) until(js string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, chromedp.Poll("Boolean("+js+")", nil, chromedp.WithPollingTimeout(0))); err != nil {
		var state string
		_ = chromedp.Run(r.ctx, chromedp.Evaluate(`[...document.querySelectorAll('.afterglow')].map(e => e.dataset.mwAfterglow + ': ' + e.textContent).join('\n').slice(0, 2000)`, &state))
		r.t.Fatalf("waited for %s: %v\n%s", js, err, state)
	}
}

// visit opens a page.
func (r *reader) visit(address string) {
	r.t.Helper()
	r.check() // of the page before
	r.do(chromedp.Navigate(address))
}

// open opens a page and waits until the gadget has begun.
func (r *reader) open(address string) {
	r.t.Helper()
	r.visit(address)
	r.until(`document.querySelector('.afterglow[data-mw-afterglow]')`)
}

const first = `document.querySelector('.afterglow')`

// state waits until the first chart of the page is in a state.
func (r *reader) state(state string) {
	r.t.Helper()
	r.until(first + ".dataset.mwAfterglow === '" + state + "'")
}

// press clicks a button of the first chart by its label, as a pointer does.
func (r *reader) press(label string) {
	r.t.Helper()
	r.do(chromedp.Click(`//*[contains(@class,"afterglow")]//*[self::button or self::summary][translate(normalize-space(),"`+"\u2068\u2069"+`","")="`+label+`"]`, chromedp.BySearch, chromedp.NodeVisible))
}

// colour is a computed style of the first element that a selector finds.
func (r *reader) colour(selector, property string) string {
	r.t.Helper()
	return r.text(fmt.Sprintf(`getComputedStyle(document.querySelector(%q)).getPropertyValue(%q)`, selector, property))
}

// still fails the test if anything on the page moved since it was opened.
func (r *reader) still() {
	r.t.Helper()
	r.frames()
	var shifts []struct {
		Value float64
		Nodes []string
	}
	r.eval("window.shifts", &shifts)
	score := 0.0
	for _, s := range shifts {
		score += s.Value
	}
	if score != 0 {
		r.t.Errorf("cumulative layout shift %v: %+v", score, shifts)
	}
}

// frames lets the browser paint and its observers be told.
func (r *reader) frames() {
	r.t.Helper()
	r.eval(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(1)))))`, nil)
}

// accessible runs axe-core on the charts of the page.
func (r *reader) accessible() {
	r.t.Helper()
	path := os.Getenv("TEST_AXE")
	if path == "" {
		cache, err := machine.Cache()
		if err != nil {
			r.t.Fatal(err)
		}
		path = filepath.Join(cache, "npm/node_modules/axe-core/axe.min.js")
	}
	script, err := os.ReadFile(path)
	if err != nil {
		machine.Must(r.t, &machine.MissingError{Parts: []string{"axe-core"}, Hint: ".ci/deps .cache"})
	}
	// A link under the pointer has the skin's own colours.
	r.do(chromedp.MouseEvent(input.MouseMoved, 1, 1))
	r.frames()
	r.eval(string(script)+";0", nil)
	var result string
	r.eval(`axe.run({include: ['.afterglow']}).then(r => JSON.stringify({passes: r.passes.length,
		violations: r.violations.map(v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.html.slice(0, 200) + ' ' + n.failureSummary).join(' '))}))`, &result)
	var found struct {
		Passes     int
		Violations []string
	}
	if err := json.Unmarshal([]byte(result), &found); err != nil {
		r.t.Fatal(err)
	}
	if found.Passes < 5 {
		r.t.Errorf("axe: only %d rules applied", found.Passes)
	}
	for _, v := range found.Violations {
		r.t.Errorf("axe: %s", v)
	}
}

// picture writes what is on the screen where -look says.
func (r *reader) picture(name string) {
	r.t.Helper()
	if *look == "" {
		return
	}
	var png []byte
	r.do(chromedp.ActionFunc(func(ctx context.Context) (err error) {
		png, err = page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng).Do(ctx)
		return err
	}))
	if err := os.WriteFile(filepath.Join(*look, name+".png"), png, 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// prefersDark has the system ask for dark pages or for light ones.
func prefersDark(dark bool) chromedp.Action {
	value := "light"
	if dark {
		value = "dark"
	}
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}})
}

// medium has the page look as on paper, or as on a screen.
func medium(paper bool) chromedp.Action {
	name := ""
	if paper {
		name = "print"
	}
	return emulation.SetEmulatedMedia().WithMedia(name)
}
