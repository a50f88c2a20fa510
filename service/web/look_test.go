package web

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	chromium "afterglow/service/e2e/browser"
	"afterglow/service/store"
)

var look = flag.String("look", "", "write a picture of every page into this directory")

// TestLook opens every page in Chromium, from a small phone to a wide screen:
// nothing may be wider than the window, and the browser may have nothing to
// complain of (a broken policy, a missing file), nor axe-core where
// TEST_AXE names it. With -look it writes pictures for a person to look at.
func TestLook(t *testing.T) {
	if testing.Short() && *look == "" {
		t.Skip("short")
	}
	lookAt(t, newSharedWindow(t), pagesToLookAt())
}

// TestLookSignedIn does the same with the pages of somebody who has signed in.
func TestLookSignedIn(t *testing.T) {
	if testing.Short() && *look == "" {
		t.Skip("short")
	}
	b, p := newPeopleWindow(t)
	for _, id := range []string{libraries, arabic, measuring} {
		if err := p.store.SaveTracker(t.Context(), organizer().Farm, organizer().Sub, id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.store.CreateJob(t.Context(), measuring); err != nil {
		t.Fatal(err)
	}
	job, err := p.store.ClaimJob(t.Context(), "worker")
	if err != nil {
		t.Fatal(err)
	}
	job.State, job.Phase, job.Done, job.Total = store.Running, "contributions", 1200, 5000
	if err := p.store.UpdateJob(t.Context(), &job); err != nil {
		t.Fatal(err)
	}
	lookAt(t, b, []pageToLookAt{{"asked-to-sign-in", "/track"}, {"must-sign-in", "/mine"}})
	signInWindow(t, b, p.Server, organizer())
	lookAt(t, b, []pageToLookAt{
		{"track-form", "/track"}, {"mine", "/mine?deleted=metawiki-77"}, {"participants", "/campaigns/" + libraries + "/participants"},
		{"delete", "/campaigns/" + libraries + "/delete"}, {"tools", "/campaigns/" + tiny}, {"job", "/campaigns/" + measuring},
		{"forbidden", "/campaigns/" + nasty + "/delete"},
	})
	signInWindow(t, b, p.Server, stranger())
	lookAt(t, b, []pageToLookAt{{"mine-none", "/mine"}})
}

// lookAt opens pages in several sizes, colours and languages.
func lookAt(t *testing.T, b *chromium.Window, pages []pageToLookAt) {
	t.Helper()
	for _, p := range pages {
		// Each page small, light and from right to left, and large and dark; with
		// -look also all else.
		views := []view{{"phone", 320, false, "ar"}, {"desktop", 1280, true, "en"}}
		if *look != "" {
			views = nil
			for _, lang := range []string{"en", "ar"} {
				views = append(views, view{"phone", 320, false, lang}, view{"phone", 390, true, lang}, view{"tablet", 800, false, lang}, view{"desktop", 1280, false, lang}, view{"desktop", 1280, true, lang})
			}
		}
		for _, v := range views {
			name := strings.Join([]string{p.name, v.lang, v.name()}, "-")
			if match := os.Getenv("LOOK"); match != "" && !strings.Contains(name, match) {
				continue
			}
			width, picture := openPage(t, b, b.URL+withLanguage(p.path, v.lang), v)
			if width > v.width {
				t.Errorf("%s is %d wide in a window of %d", name, width, v.width)
			}
			if complaints := b.Complaints(); len(complaints) > 0 {
				t.Errorf("%s: the browser complains: %q", name, complaints)
			}
			for _, violation := range b.Axe() {
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

type view struct {
	kind  string
	width int
	dark  bool
	lang  string
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
func openPage(t *testing.T, b *chromium.Window, address string, v view) (width int, picture []byte) {
	t.Helper()
	scheme := "light"
	if v.dark {
		scheme = "dark"
	}
	const loaded = `Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode().catch(() => { throw i.src }) })).then(() => document.documentElement.scrollWidth)`
	b.Run(
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.EmulateViewport(int64(v.width), 900, chromedp.EmulateScale(1)),
		chromedp.Navigate(address))
	width = chromium.Value[int](b, loaded)
	if *look == "" {
		return width, nil
	}
	height := chromium.Value[int64](b, `document.documentElement.scrollHeight`)
	b.Run(
		chromedp.EmulateViewport(int64(v.width), height, chromedp.EmulateScale(1)),
		chromedp.ActionFunc(func(ctx context.Context) (err error) {
			picture, err = page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng).Do(ctx)
			return err
		}))
	return width, picture
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

type pageToLookAt struct{ name, path string }

func pagesToLookAt() []pageToLookAt {
	return []pageToLookAt{
		{"home", "/"}, {"home-none", "/?q=zzz"}, {"libraries", "/campaigns/" + libraries}, {"nasty", "/campaigns/" + nasty},
		{"measuring", "/campaigns/" + measuring}, {"failed", "/campaigns/" + failed}, {"tiny", "/campaigns/" + tiny}, {"empty", "/campaigns/" + empty},
		{"frozen", "/campaigns/" + frozen}, {"lastweek", "/campaigns/" + lastWeek}, {"arabic", "/campaigns/" + arabic},
		{"changed", "/campaigns/" + libraries + "?group=newcomers&threshold=5&anchor=registration"},
		{"preset", "/campaigns/" + libraries + "?preset=growth"}, {"about", "/about"}, {"embed-none", "/embed"}, {"embed", "/embed?campaign=" + libraries + "&chart=survival&gap=90"}, {"embed-nasty", "/embed?campaign=" + nasty + "&width=400&theme=dark"}, {"privacy", "/privacy"},
		{"compare-none", "/compare"}, {"compare-found", "/compare?campaign=" + libraries + "&q=a"}, {"compare", "/compare?campaign=" + libraries + "&campaign=" + nasty + "&campaign=" + measuring + "&campaign=" + arabic},
		{"rollup", "/compare?chart=rollup&campaign=" + libraries + "&campaign=" + arabic}, {"track", "/track?campaign=metawiki-999"}, {"lost", "/campaigns/metawiki-999"},
	}
}
