package page

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// skip says loudly what is missing; where everything must be there it fails.
func skip(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing, and CI=true", what)
	}
	t.Skipf("SKIPPED, NOT CHECKED: %s is missing; `make deps` installs it", what)
}

// TestAxe runs axe-core over the whole gallery in a real browser, and wants no
// violation.
func TestAxe(t *testing.T) {
	script := os.Getenv("TEST_AXE")
	if script == "" {
		script = filepath.Join("..", "..", "..", ".cache", "npm", "node_modules", "axe-core", "axe.min.js")
	}
	axe, err := os.ReadFile(script)
	if err != nil {
		skip(t, "axe-core (TEST_AXE)")
	}
	browser := Browser()
	if browser == "" {
		skip(t, "Chromium (TEST_CHROMIUM)")
	}
	html, err := All()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "index.html")
	if err := os.WriteFile(path, html, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := newBrowser(t, browser)
	defer cancel()

	var drawn int
	var result string
	err = chromedp.Run(ctx,
		chromedp.Navigate("file://"+path),
		chromedp.Evaluate(`document.querySelectorAll('svg[role=img] > title').length`, &drawn),
		chromedp.Evaluate(string(axe), nil),
		chromedp.Evaluate(`axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify({
			passes: r.passes.length,
			violations: r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.length, first: v.nodes[0].html.slice(0, 300)}))}))`,
			&result, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }),
	)
	if err != nil {
		t.Fatal(err)
	}
	var found struct {
		Passes     int `json:"passes"`
		Violations []struct {
			ID, Help, First string
			Nodes           int
		} `json:"violations"`
	}
	if err := json.Unmarshal([]byte(result), &found); err != nil {
		t.Fatal(err)
	}
	t.Logf("axe-core: %d charts, %d rules passed, %d violations", drawn, found.Passes, len(found.Violations))
	if drawn < 200 || found.Passes < 5 {
		t.Errorf("%d named charts on the page and %d rules that applied: too few to trust", drawn, found.Passes)
	}
	for _, v := range found.Violations {
		t.Errorf("%s (%s) in %d places, first %s", v.ID, v.Help, v.Nodes, v.First)
	}
}

func newBrowser(t *testing.T, path string) (context.Context, context.CancelFunc) {
	t.Helper()
	profile, err := os.MkdirTemp("", "axe")
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(profile),
		chromedp.Flag("disable-quic", true), chromedp.WindowSize(1300, 900), chromedp.WSURLReadTimeout(time.Minute),
	)
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(ctx)
	ctx, timeout := context.WithTimeout(ctx, 5*time.Minute)
	return ctx, func() {
		_ = chromedp.Cancel(ctx) // waits for the browser, which may still write
		timeout()
		cancel()
		stop()
		_ = os.RemoveAll(profile)
	}
}

// TestThemeFollowsTheReader draws themes in a real browser for readers who prefer
// light, who prefer dark, and on paper.
func TestThemeFollowsTheReader(t *testing.T) {
	browser := Browser()
	if browser == "" {
		skip(t, "Chromium (TEST_CHROMIUM)")
	}
	testTheme(t, browser)
}
