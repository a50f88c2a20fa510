package i18ntest

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"afterglow/charts/i18n"
)

// Check fails unless every language has every message of the folder i18n of files,
// with the parameters of the English one, qqq.json tells translators what each is,
// and catalog makes a text of each.
func Check(t *testing.T, files fs.FS, catalog *i18n.Catalog) {
	t.Helper()
	read := func(code string) map[string]string {
		b, err := fs.ReadFile(files, "i18n/"+code+".json")
		if err != nil {
			t.Fatal(err)
		}
		var raw map[string]any
		if err := json.Unmarshal(b, &raw); err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		out := map[string]string{}
		for key, v := range raw {
			if s, ok := v.(string); ok {
				out[key] = s
			}
		}
		return out
	}
	parameter := regexp.MustCompile(`\$[1-9]`)
	parameters := func(s string) []string {
		found := parameter.FindAllString(s, -1)
		slices.Sort(found)
		return slices.Compact(found)
	}
	english := read("en")
	for _, code := range append(i18n.Languages(), "qqq") {
		texts := read(code)
		if len(texts) != len(english) {
			t.Errorf("%s has %d messages, English %d", code, len(texts), len(english))
		}
		for key, want := range english {
			if texts[key] == "" {
				t.Errorf("%s lacks %s", code, key)
			} else if code != "qqq" && !slices.Equal(parameters(texts[key]), parameters(want)) {
				t.Errorf("%s: %s has %v, English %v", code, key, parameters(texts[key]), parameters(want))
			}
		}
	}
	for _, code := range i18n.Languages() {
		for key := range english {
			if text := catalog.For(code).Message(key, 1, 2, 3, 4, 5); strings.ContainsAny(text, "⧼${") {
				t.Errorf("%s: %s reads %q", code, key, text)
			}
		}
	}
}
