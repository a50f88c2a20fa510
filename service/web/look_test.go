package web

import (
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var look = flag.String("look", "", "write a picture of every page into this directory")

// TestLook opens every page in Chromium, from a small phone to a wide screen:
// nothing may be wider than the window, and the browser may have nothing to
// complain of (a broken policy, a missing file), nor axe-core where
// TEST_AXE names it. With -look it writes pictures for a person to look at.
func TestLook(t *testing.T) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium here")
	}
	if testing.Short() && *look == "" {
		t.Skip("short")
	}
	server := httptest.NewServer(shared())
	defer server.Close()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	defer cancel()
	browser, cancel := chromedp.NewContext(allocator)
	defer cancel()
	var complaints []string
	chromedp.ListenTarget(browser, func(event any) {
		if e, ok := event.(*log.EventEntryAdded); ok && e.Entry.Level != log.LevelVerbose && !strings.Contains(e.Entry.Text, "404 (Not Found)") {
			complaints = append(complaints, e.Entry.Text+" "+e.Entry.URL)
		}
	})
	if err := chromedp.Run(browser, log.Enable()); err != nil {
		t.Fatal(err)
	}
	for _, p := range pagesToLookAt() {
		views, languages := []view{{"phone", 320, false}, {"desktop", 1280, true}}, []string{"ar"}
		if *look != "" {
			views = append(views, view{"phone", 390, true}, view{"tablet", 800, false}, view{"desktop", 1280, false})
			languages = []string{"en", "ar"}
		}
		for _, v := range views {
			for _, lang := range languages {
				name := strings.Join([]string{p.name, lang, v.name()}, "-")
				if match := os.Getenv("LOOK"); match != "" && !strings.Contains(name, match) {
					continue
				}
				complaints = nil
				width, picture := openPage(browser, t, server.URL+withLanguage(p.path, lang), v)
				if width > v.width {
					t.Errorf("%s is %d wide in a window of %d", name, width, v.width)
				}
				if len(complaints) > 0 {
					t.Errorf("%s: the browser complains: %q", name, complaints)
				}
				for _, violation := range axe(browser, t) {
					t.Errorf("%s: %s", name, violation)
				}
				if *look != "" {
					if err := os.WriteFile(filepath.Join(*look, name+".png"), picture, 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}

type view struct {
	kind  string
	width int
	dark  bool
}

func (v view) name() string {
	theme := "light"
	if v.dark {
		theme = "dark"
	}
	return v.kind + strconv.Itoa(v.width) + "-" + theme
}

// openPage shows a page, with all that loads late, and returns how wide it is
// and a picture of the whole.
func openPage(browser context.Context, t *testing.T, address string, v view) (width int, picture []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(browser, 30*time.Second)
	defer cancel()
	scheme := "light"
	if v.dark {
		scheme = "dark"
	}
	const loaded = `Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode().catch(() => { throw i.src }) })).then(() => document.documentElement.scrollWidth)`
	var height int64
	err := chromedp.Run(ctx,
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.EmulateViewport(int64(v.width), 900, chromedp.EmulateScale(1)),
		chromedp.Navigate(address),
		chromedp.Evaluate(loaded, &width, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }),
		chromedp.Evaluate(`document.documentElement.scrollHeight`, &height),
	)
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	if *look == "" {
		return width, nil
	}
	err = chromedp.Run(ctx,
		chromedp.EmulateViewport(int64(v.width), height, chromedp.EmulateScale(1)),
		chromedp.ActionFunc(func(ctx context.Context) (err error) {
			picture, err = page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng).Do(ctx)
			return err
		}))
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return width, picture
}

// axe returns what axe-core finds wrong with the page that is open.
func axe(browser context.Context, t *testing.T) (violations []string) {
	t.Helper()
	path := os.Getenv("TEST_AXE")
	if path == "" {
		return nil
	}
	script, err := os.ReadFile(path)
	if err != nil {
		t.Logf("axe-core is not there: %v", err)
		return nil
	}
	const run = `axe.run().then(r => r.violations.map(v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.html).join(' ')))`
	ctx, cancel := context.WithTimeout(browser, time.Minute)
	defer cancel()
	err = chromedp.Run(ctx, chromedp.Evaluate(string(script), nil),
		chromedp.Evaluate(run, &violations, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	if err != nil {
		t.Fatalf("axe-core: %v", err)
	}
	return violations
}

func withLanguage(path, lang string) string {
	switch {
	case lang == "en":
		return path
	case strings.Contains(path, "?"):
		return path + "&uselang=" + lang
	}
	return path + "?uselang=" + lang
}

func pagesToLookAt() []struct{ name, path string } {
	return []struct{ name, path string }{
		{"home", "/"}, {"home-none", "/?q=zzz"}, {"libraries", "/campaigns/" + libraries}, {"nasty", "/campaigns/" + nasty},
		{"measuring", "/campaigns/" + measuring}, {"failed", "/campaigns/" + failed}, {"tiny", "/campaigns/" + tiny}, {"empty", "/campaigns/" + empty},
		{"frozen", "/campaigns/" + frozen}, {"lastweek", "/campaigns/" + lastWeek}, {"arabic", "/campaigns/" + arabic},
		{"changed", "/campaigns/" + libraries + "?group=newcomers&threshold=5&anchor=registration"},
		{"preset", "/campaigns/" + libraries + "?preset=growth"}, {"about", "/about"}, {"privacy", "/privacy"},
		{"compare-none", "/compare"}, {"compare-found", "/compare?campaign=" + libraries + "&q=a"}, {"compare", "/compare?campaign=" + libraries + "&campaign=" + nasty + "&campaign=" + measuring + "&campaign=" + arabic},
		{"rollup", "/compare?chart=rollup&campaign=" + libraries + "&campaign=" + arabic}, {"track", "/track?campaign=metawiki-999"}, {"lost", "/campaigns/metawiki-999"},
	}
}
