package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a window may take for one thing. It is generous: a
// machine may be busy.
const patience = time.Minute

// Window is a window of a Chromium that looks at one site. It has cookies of its
// own. All methods fail the test where the browser does not do what it is told.
type Window struct {
	URL string // of the site, without a slash at the end

	t   testing.TB
	ctx context.Context //nolint:containedctx // a window is its context, as chromedp has it

	mu         sync.Mutex
	complaints []string
}

// Open opens a window, which is closed when the test ends.
func Open(t testing.TB, url string) *Window {
	t.Helper()
	path := os.Getenv("TEST_CHROMIUM")
	if path == "" {
		var err error
		if path, err = exec.LookPath("chromium"); err != nil {
			missing(t, "chromium")
		}
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	w := &Window{URL: strings.TrimSuffix(url, "/"), t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, w.hear)
	// The first to run starts the browser, and ends it with its context.
	if err := chromedp.Run(ctx, log.Enable()); err != nil {
		t.Fatal(err)
	}
	return w
}

func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not here: run `make deps`", what)
	}
	t.Skipf("SKIPPED: %s is not here; `make deps` installs it", what)
}

// hear keeps what the browser complains of. A page that says what is wrong is a
// page too; it comes with a status of 4xx or 5xx, which is no complaint.
func (w *Window) hear(event any) {
	var text string
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelVerbose || strings.HasPrefix(e.Entry.Text, "Failed to load resource: the server responded with a status of") {
			return
		}
		text = e.Entry.Text + " " + e.Entry.URL
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Error()
	default:
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.complaints = append(w.complaints, text)
}

// Complaints returns what the browser complained of since it was last asked.
func (w *Window) Complaints() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.complaints
	w.complaints = nil
	return out
}

// Run does things in the window.
func (w *Window) Run(actions ...chromedp.Action) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		var at string
		again, cancel := context.WithTimeout(w.ctx, 5*time.Second)
		defer cancel()
		_ = chromedp.Run(again, chromedp.Location(&at)) // says more, if it can
		w.t.Fatalf("at %s: %v", at, err)
	}
}

// In makes what goes wrong from now on a failure of a subtest.
func (w *Window) In(t testing.TB) { w.t = t }

// Go opens a path of the site.
func (w *Window) Go(path string) {
	w.t.Helper()
	w.Run(chromedp.Navigate(w.URL + path))
}

// Cookie gives the window a cookie of the site.
func (w *Window) Cookie(name, value string) {
	w.t.Helper()
	w.Run(network.SetCookie(name, value).WithURL(w.URL).WithHTTPOnly(true))
}

// Offline takes the network from the window, or gives it back. A request that
// fails for want of it is a complaint of the browser's.
func (w *Window) Offline(yes bool) {
	w.t.Helper()
	w.Run(network.Enable(), chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := network.EmulateNetworkConditionsByRule([]*network.Conditions{{Offline: yes, DownloadThroughput: -1, UploadThroughput: -1}}).Do(ctx)
		return err
	}))
}

// Click clicks what a CSS selector finds, once it can be seen.
func (w *Window) Click(selector string) {
	w.t.Helper()
	w.Run(chromedp.Click(selector, chromedp.ByQuery, chromedp.NodeVisible))
}

// Type writes into a field, in place of what is there.
func (w *Window) Type(selector, text string) {
	w.t.Helper()
	w.Run(chromedp.WaitVisible(selector, chromedp.ByQuery),
		chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%q).select()`, selector), nil), chromedp.SendKeys(selector, text, chromedp.ByQuery))
}

// Becomes waits until an expression of JavaScript is true, across pages.
func (w *Window) Becomes(expression string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	for {
		var ok bool
		err := chromedp.Run(ctx, chromedp.Evaluate(expression, &ok))
		if ok && err == nil {
			return
		}
		if ctx.Err() != nil {
			w.t.Fatalf("%s does not become true: %v\n%s", expression, err, w.says())
		}
		_ = chromedp.Run(ctx, chromedp.Sleep(20*time.Millisecond)) // nothing tells when a page has changed
	}
}

// says is the text of the page, for the message of a failed test.
func (w *Window) says() string {
	ctx, cancel := context.WithTimeout(w.ctx, 5*time.Second)
	defer cancel()
	var text string
	if err := chromedp.Run(ctx, chromedp.Evaluate(`location.href + '\n' + document.body.innerText.slice(0, 1500)`, &text)); err != nil {
		return err.Error()
	}
	return text
}

// Says waits until the page's text contains a text.
func (w *Window) Says(text string) {
	w.t.Helper()
	w.Becomes(fmt.Sprintf("document.readyState !== 'loading' && document.body.innerText.includes(%q)", text))
}

// Value is what an expression of JavaScript gives, awaited.
func Value[T any](w *Window, expression string) (v T) {
	w.t.Helper()
	w.Run(chromedp.Evaluate(expression, &v, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return v
}

// Axe returns what axe-core finds wrong with the page that is open: WCAG 2.2 AA
// and good practice. Nothing where TEST_AXE does not name it.
func (w *Window) Axe() []string {
	w.t.Helper()
	path := os.Getenv("TEST_AXE")
	script, err := os.ReadFile(path) //nolint:gosec // the developer's own choice
	if err != nil {
		if os.Getenv("CI") == "true" {
			w.t.Fatalf("axe-core is not here (TEST_AXE=%s): run `make deps`", path)
		}
		w.t.Logf("SKIPPED: axe-core is not here (TEST_AXE=%s)", path)
		return nil
	}
	w.Run(chromedp.Evaluate(string(script), nil))
	return Value[[]string](w, `axe.run({rules: {'target-size': {enabled: true}}}).then(r => r.violations.map(v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.html).join(' ')))`)
}
