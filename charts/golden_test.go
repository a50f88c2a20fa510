package charts

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"afterglow/charts/sample"
)

var update = flag.Bool("update", false, "write the golden files anew; look at the pictures before committing them")

// titleFor is a campaign's title as an organizer would write it in a language.
func titleFor(lang string) string {
	switch lang {
	case "ar":
		return sample.Arabic
	case "hi":
		return sample.Hindi
	}
	return sample.Title
}

// TestGolden holds every kind × theme × language × width to its picture.
func TestGolden(t *testing.T) {
	check := func(name string, svg []byte) {
		t.Helper()
		path := filepath.Join("testdata", name+".svg")
		if *update {
			if err := os.WriteFile(path, append(svg, '\n'), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(append(svg, '\n'), want) {
			t.Errorf("%s changed; look at it, then: go test ./charts -update", path)
		}
	}
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range kinds() {
		for _, theme := range []string{ThemeLight, ThemeDark} {
			for _, lang := range []string{"en", "ar"} {
				for _, width := range []int{320, 640, 1200} {
					svg, err := k.draw(Options{Theme: theme, Lang: lang, Width: width, Title: true}, titleFor(lang))
					if err != nil {
						t.Fatal(err)
					}
					check(fmt.Sprintf("%s-%s-%s-%d", k.name, theme, lang, width), svg)
				}
			}
		}
	}
	for _, k := range edges() {
		for _, width := range []int{320, 760} {
			svg, err := k.draw(Options{Width: width, Title: true, MadeUp: true}, sample.Title)
			if err != nil {
				t.Fatal(err)
			}
			check(fmt.Sprintf("%s-%d", k.name, width), svg)
		}
	}
}
