package web

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"afterglow/charts/i18n"
)

func readMessages(t *testing.T, code string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("i18n", code+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatalf("%s: %v", code, err)
	}
	out := map[string]string{}
	for key, value := range raw {
		if key == "@metadata" {
			continue
		}
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			t.Fatalf("%s: %s: %v", code, key, err)
		}
		out[key] = text
	}
	return out
}

// TestMessageKeys: every message that is used is there, and every one that is
// there is used and documented for translators.
func TestMessageKeys(t *testing.T) {
	english, docs := readMessages(t, "en"), readMessages(t, "qqq")
	var used, prefixes []string
	key := regexp.MustCompile(`"(web-[a-z0-9_-]+)"`)
	for _, pattern := range []string{"*.go", "templates/*.html"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range key.FindAllStringSubmatch(string(text), -1) {
				if strings.HasSuffix(m[1], "-") {
					prefixes = append(prefixes, m[1])
				} else {
					used = append(used, m[1])
				}
			}
		}
	}
	for _, k := range used {
		if _, ok := english[k]; !ok {
			t.Errorf("%s is used, but not there", k)
		}
	}
	for k := range english {
		if !slices.Contains(used, k) && !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(k, p) }) {
			t.Errorf("%s is there, but not used", k)
		}
		if docs[k] == "" {
			t.Errorf("%s is not documented in qqq.json", k)
		}
	}
	for k := range docs {
		if _, ok := english[k]; !ok {
			t.Errorf("qqq.json documents %s, which is not there", k)
		}
	}
}

// TestTranslations: every language has every message, with the parameters of
// the English one, and the plural forms that the language has.
func TestTranslations(t *testing.T) {
	english := readMessages(t, "en")
	param := regexp.MustCompile(`\$[1-9]`)
	plural := regexp.MustCompile(`\{\{PLURAL:\$[1-9]((?:\|[^|}]*)+)\}\}`)
	for _, code := range i18n.Languages() {
		texts := readMessages(t, code)
		for key, text := range english {
			got, ok := texts[key]
			if !ok {
				t.Errorf("%s lacks %s", code, key)
				continue
			}
			want, have := params(param, text), params(param, got)
			if !slices.Equal(want, have) {
				t.Errorf("%s: %s has the parameters %q, English %q", code, key, have, want)
			}
			for _, m := range plural.FindAllStringSubmatch(got, -1) {
				forms := strings.Count(m[1], "|") - strings.Count(m[1], "=")
				if most := map[string]int{"ar": 6}[code]; forms > max(most, 2) || code != "ar" && forms < 1 {
					t.Errorf("%s: %s has %d plural forms", code, key, forms)
				}
			}
			if strings.TrimSpace(got) != got || strings.Contains(got, "<") {
				t.Errorf("%s: %s is %q", code, key, got)
			}
		}
		for key := range texts {
			if _, ok := english[key]; !ok {
				t.Errorf("%s has %s, which English has not", code, key)
			}
		}
	}
}

func params(param *regexp.Regexp, text string) []string {
	out := param.FindAllString(text, -1)
	slices.Sort(out)
	return slices.Compact(out)
}
