// Command gallery writes one HTML page with every chart in every look, and a
// picture of a choice of them:
//
//	go run ./charts/gallery DIR
//
// It writes DIR/index.html (all), DIR/sheet.html (the choice) and, where a
// Chromium is found (TEST_CHROMIUM or in PATH), DIR/gallery.png. The
// campaigns and people in it are made up.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"afterglow/charts/gallery/page"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gallery DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gallery:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	all, err := page.All()
	if err != nil {
		return err
	}
	sheet, height, err := page.Sheet()
	if err != nil {
		return err
	}
	for name, b := range map[string][]byte{"index.html": all, "sheet.html": sheet} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil { //nolint:gosec // a page to look at
			return fmt.Errorf("writing a page: %w", err)
		}
	}
	browser := page.Browser()
	if browser == "" {
		fmt.Fprintln(os.Stderr, "gallery: no Chromium found, so no gallery.png; TEST_CHROMIUM names one")
		return nil
	}
	return shoot(browser, filepath.Join(dir, "sheet.html"), filepath.Join(dir, "gallery.png"), height)
}

// shoot has a headless browser draw a page as PNG.
func shoot(browser, html, png string, height int) error {
	html, err := filepath.Abs(html)
	if err != nil {
		return fmt.Errorf("finding a page: %w", err)
	}
	profile, err := os.MkdirTemp("", "gallery")
	if err != nil {
		return fmt.Errorf("making a profile: %w", err)
	}
	defer os.RemoveAll(profile) //nolint:errcheck // left to the system
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", //nolint:gosec // the user's browser
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
		"--user-data-dir="+profile, fmt.Sprintf("--window-size=%d,%d", page.SheetWidth, height), "--screenshot="+png, "file://"+html)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("drawing %s: %w: %.300s", png, err, out)
	}
	return nil
}
