package page

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"afterglow/charts"
	"afterglow/charts/sample"
)

// testTheme draws the auto and the dark theme for readers who prefer light, who
// prefer dark, and on paper, and reads the computed colours back.
func testTheme(t *testing.T, browser string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("<!doctype html><title>t</title>")
	for _, theme := range []string{charts.ThemeAuto, charts.ThemeDark} { // in one page: they must not disturb each other
		svg, err := charts.SVG(sample.Curve(sample.Title, 60, 52, 12, 9), charts.Options{Theme: theme, Width: 640, Title: true})
		if err != nil {
			t.Fatal(err)
		}
		b.Write(svg)
	}
	path := filepath.Join(t.TempDir(), "theme.html")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := newBrowser(t, browser)
	defer cancel()
	const read = `['.aga .t', '.aga .s0 .l', '.agd .t', '.agd .z'].map(s => {
		const c = getComputedStyle(document.querySelector(s)); return s.endsWith('.l') ? c.stroke : c.fill}).join(' | ')`
	if err := chromedp.Run(ctx, chromedp.Navigate("file://"+path)); err != nil {
		t.Fatal(err)
	}
	const (
		lightText, darkText = "rgb(32, 33, 34)", "rgb(234, 236, 240)"
		lightBlue, darkBlue = "rgb(51, 102, 204)", "rgb(136, 163, 232)"
	)
	for _, c := range []struct{ media, scheme, want string }{
		{"screen", "light", strings.Join([]string{lightText, lightBlue, darkText, "rgb(16, 20, 24)"}, " | ")},
		{"screen", "dark", strings.Join([]string{darkText, darkBlue, darkText, "rgb(16, 20, 24)"}, " | ")},
		{"print", "light", strings.Join([]string{lightText, lightBlue, lightText, "none"}, " | ")},
		{"print", "dark", strings.Join([]string{lightText, lightBlue, lightText, "none"}, " | ")},
	} {
		var got string
		err := chromedp.Run(ctx,
			emulation.SetEmulatedMedia().WithMedia(c.media).WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: c.scheme}}),
			chromedp.Evaluate(read, &got))
		if err != nil {
			t.Fatal(err)
		}
		if got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.media, c.scheme, got, c.want)
		}
	}
}
