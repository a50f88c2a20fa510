package web

import (
	"context"
	"net/http/httptest"
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

// window is a window of a real Chromium that looks at a server of the fixture.
type window struct {
	ctx context.Context
	url string // of the server

	mu         sync.Mutex
	complaints []string
}

// newWindow opens a window at a server that has started. The test is skipped where there is no Chromium,
// and fails there in CI.
func newWindow(t *testing.T, server *httptest.Server) *window {
	t.Helper()
	path := os.Getenv("TEST_CHROMIUM")
	if path == "" {
		var err error
		if path, err = exec.LookPath("chromium"); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatal("no chromium here: run `make deps`")
			}
			t.Skip("SKIPPED: no chromium here; `make deps` installs it")
		}
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b := &window{ctx: ctx, url: server.URL}
	chromedp.ListenTarget(ctx, func(event any) {
		var text string
		switch e := event.(type) {
		case *log.EventEntryAdded:
			if e.Entry.Level == log.LevelVerbose || strings.HasPrefix(e.Entry.Text, "Failed to load resource: the server responded with a status of 4") {
				return // pages that say what is wrong are pages too; files are checked by openPage
			}
			text = e.Entry.Text + " " + e.Entry.URL
		case *runtime.EventExceptionThrown:
			text = e.ExceptionDetails.Error()
		default:
			return
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		b.complaints = append(b.complaints, text)
	})
	// The first to run starts the browser, and ends it with its context.
	if err := chromedp.Run(ctx, log.Enable()); err != nil {
		t.Fatal(err)
	}
	return b
}

// newSharedWindow opens a window at the server of the shared fixture.
func newSharedWindow(t *testing.T) *window {
	t.Helper()
	server := httptest.NewServer(shared())
	t.Cleanup(server.Close)
	return newWindow(t, server)
}

// newPeopleWindow opens a window at a server where people can sign in and track.
func newPeopleWindow(t *testing.T) (*window, *people) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	p := newPeople(t, func(o *Options) {
		o.BaseURL = "http://" + server.Listener.Addr().String()
		o.Now = time.Now // the deadlines of a real connection are by the real clock
	})
	server.Config.Handler = p
	server.Start()
	t.Cleanup(server.Close)
	return newWindow(t, server), p
}

// signIn makes the window that of somebody who has signed in.
func (b *window) signIn(t *testing.T, s *Server, who Person) {
	t.Helper()
	c := signIn(t, s, who)
	b.run(t, network.SetCookie(c.Name, c.Value).WithURL(b.url).WithHTTPOnly(true))
}

// complained returns what the browser complained of since the last call.
func (b *window) complained() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.complaints
	b.complaints = nil
	return out
}

// run does things in the window, within a minute.
func (b *window) run(t *testing.T, actions ...chromedp.Action) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Run(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// value is what an expression of JavaScript gives, awaited.
func value[T any](b *window, t *testing.T, expression string) (v T) {
	t.Helper()
	b.run(t, chromedp.Evaluate(expression, &v, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return v
}

// becomes waits until an expression of JavaScript is true, across pages.
func (b *window) becomes(t *testing.T, expression string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
	defer cancel()
	var ok bool
	var err error
	for !ok {
		if err = chromedp.Run(ctx, chromedp.Evaluate(expression, &ok)); ok && err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s does not become true: %v", expression, err)
		case <-time.After(20 * time.Millisecond): // nothing tells when a page has changed
		}
	}
}

// axe returns what axe-core finds wrong with the page that is open, by WCAG 2.2
// AA and good practice.
func (b *window) axe(t *testing.T) (violations []string) {
	t.Helper()
	path := os.Getenv("TEST_AXE")
	if path == "" {
		return nil
	}
	script, err := os.ReadFile(path)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("axe-core is not there: %v", err)
		}
		t.Logf("SKIPPED: axe-core is not there: %v", err)
		return nil
	}
	b.run(t, chromedp.Evaluate(string(script), nil))
	return value[[]string](b, t, `axe.run({rules: {'target-size': {enabled: true}}}).then(r => r.violations.map(v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.html).join(' ')))`)
}
