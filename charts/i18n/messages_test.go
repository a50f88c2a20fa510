package i18n

import (
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write qps.json anew from en.json")

func read(t *testing.T, code string) map[string]string {
	t.Helper()
	b, err := files.ReadFile(code + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return texts(t, b)
}

// texts returns the messages of a banana file, without its @metadata.
func texts(t *testing.T, file []byte) map[string]string {
	t.Helper()
	var raw map[string]any
	if err := json.Unmarshal(file, &raw); err != nil {
		t.Fatal(err)
	}
	delete(raw, "@metadata")
	out := make(map[string]string, len(raw))
	for key, value := range raw {
		out[key], _ = value.(string)
	}
	return out
}

func TestEveryLanguageHasEveryMessage(t *testing.T) {
	en := read(t, "en")
	for _, code := range append(Languages(), "qqq", Pseudo) {
		texts := read(t, code)
		for key := range en {
			if texts[key] == "" {
				t.Errorf("%s.json lacks %s", code, key)
			}
		}
		for key := range texts {
			if _, ok := en[key]; !ok {
				t.Errorf("%s.json has %s, which en.json has not", code, key)
			}
		}
	}
}

// A key that no source names is dead; a key that a source names and no file
// holds would show as ⧼key⧽.
func TestKeysAreUsedAndKnown(t *testing.T) {
	en := read(t, "en")
	root := moduleRoot(t)
	catalogs, err := filepath.Glob(filepath.Join(root, "service", "*", "i18n", "en.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range catalogs { // other packages' messages, on top of these
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(en, texts(t, b))
	}
	// "web-mode-" + mode names every key that begins so.
	token := regexp.MustCompile(`[a-z0-9]+(?:-[a-z0-9]+)+-?`)
	named := map[string]bool{}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch d.Name() {
			case ".git", ".cache", "node_modules", "testdata", "dist", "docs", "report", "bin":
				return filepath.SkipDir
			}
			return nil
		}
		switch filepath.Ext(path) {
		case ".go", ".html", ".tmpl", ".js":
		default:
			return nil
		}
		if strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, key := range token.FindAllString(string(b), -1) {
			named[key] = true
		}
		if filepath.Ext(path) == ".go" {
			for _, key := range goStrings(t, path, b) {
				if _, ok := en[key]; !ok {
					t.Errorf("%s names the message %s, which en.json has not", path, key)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for key := range en {
		// Pages compose their keys from parameters; their own tests know how.
		if strings.HasPrefix(key, "chart-") && !named[key] && !begun(named, key) {
			t.Errorf("no source names the message %s", key)
		}
	}
}

// begun reports whether a source composes the key from a part that ends with a
// hyphen.
func begun(named map[string]bool, key string) bool {
	for i := range len(key) {
		if key[i] == '-' && strings.Count(key[:i], "-") > 0 && named[key[:i+1]] {
			return true
		}
	}
	return false
}

// goStrings returns the string literals of a Go file that look like keys.
func goStrings(t *testing.T, path string, source []byte) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
	if err != nil {
		return nil // another test's business
	}
	key := regexp.MustCompile(`^(chart|web|report)-[a-z0-9]+(-[a-z0-9]+)*$`)
	var keys []string
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil && key.MatchString(s) {
				keys = append(keys, s)
			}
		}
		return true
	})
	return keys
}

func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the package")
		}
		dir = filepath.Dir(dir)
	}
}

var (
	placeholder = regexp.MustCompile(`\$[1-9]`)
	pluralCall  = regexp.MustCompile(`\{\{PLURAL:(\$[1-9])\|([^}]*)\}\}`)
)

func TestTranslationsAgreeWithEnglish(t *testing.T) {
	en := read(t, "en")
	for _, code := range append(Languages(), Pseudo) {
		_, _, forms := scriptOf(code)
		for key, text := range read(t, code) {
			if _, err := parse(text); err != nil {
				t.Errorf("%s: %s: %v", code, key, err)
			}
			if want, got := set(placeholder, en[key]), set(placeholder, text); !slices.Equal(want, got) {
				t.Errorf("%s: %s has %v, English has %v", code, key, got, want)
			}
			for _, call := range pluralCall.FindAllStringSubmatch(text, -1) {
				ordinary := 0
				for _, form := range strings.Split(call[2], "|") {
					if number, _, exact := strings.Cut(form, "="); !exact || strings.Trim(number, "0123456789") != "" {
						ordinary++
					}
				}
				if ordinary == 0 || ordinary > len(forms) {
					t.Errorf("%s: %s: %d plural forms in %q, the language has %d", code, key, ordinary, call[0], len(forms))
				}
				// One form for numbers that need several is a mistake, save beside an exact form.
				if ordinary == 1 && len(forms) > 1 && !strings.Contains(call[2], "=") {
					t.Errorf("%s: %s: one plural form in %q", code, key, call[0])
				}
				if code == "ar" && ordinary > 1 && ordinary != len(forms) {
					t.Errorf("ar: %s: %d of 6 plural forms in %q", key, ordinary, call[0])
				}
			}
		}
	}
}

func set(re *regexp.Regexp, text string) []string {
	found := re.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func TestEveryParameterIsDocumented(t *testing.T) {
	qqq := read(t, "qqq")
	for key, text := range read(t, "en") {
		for _, p := range set(placeholder, text) {
			doc := qqq[key]
			if !strings.Contains(doc, p) && !strings.Contains(doc, "{{msg-afterglow|") && !documentedAsRange(doc, p) {
				t.Errorf("qqq.json: %s does not say what %s is", key, p)
			}
		}
	}
}

// documentedAsRange accepts "$3 to $7" for what lies between.
func documentedAsRange(doc, p string) bool {
	m := regexp.MustCompile(`\$([1-9]) to \$([1-9])`).FindStringSubmatch(doc)
	return m != nil && p[1:] > m[1] && p[1:] < m[2]
}

// pseudo makes English longer and strange, and leaves parameters alone.
func pseudo(text string) string {
	accents := strings.NewReplacer("a", "å", "e", "ë", "i", "ï", "o", "ö", "u", "ü", "n", "ñ", "s", "š", "c", "ç", "y", "ý", "A", "Å", "B", "Ɓ", "E", "Ë", "H", "Ĥ", "I", "Ï", "N", "Ñ", "T", "Ŧ")
	keep := regexp.MustCompile(`\{\{PLURAL:\$[1-9]\||\}\}`)
	var b strings.Builder
	b.WriteString("⟦")
	last := 0
	for _, at := range keep.FindAllStringIndex(text, -1) {
		b.WriteString(accents.Replace(text[last:at[0]]))
		b.WriteString(text[at[0]:at[1]])
		last = at[1]
	}
	b.WriteString(accents.Replace(text[last:]))
	length := utf8.RuneCountInString(pluralCall.ReplaceAllString(text, "some people"))
	for n := max(length*2/5, 3); n > 0; n -= 5 {
		b.WriteString(" łöñğ"[:min(n, 5)*len(" łöñğ")/5])
	}
	return strings.ToValidUTF8(b.String(), "") + "⟧"
}

func TestPseudoLanguage(t *testing.T) {
	en := read(t, "en")
	want := map[string]any{"@metadata": map[string]any{"authors": []string{"made by: go test ./charts/i18n -update"}}}
	for key, text := range en {
		want[key] = pseudo(text)
	}
	if *update {
		var buf strings.Builder
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "\t")
		if err := enc.Encode(want); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("qps.json", []byte(buf.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got := read(t, Pseudo)
	for key, text := range en {
		if got[key] != want[key] {
			t.Errorf("qps.json is older than en.json at %s: go test ./charts/i18n -update", key)
		}
		if utf8.RuneCountInString(got[key]) < utf8.RuneCountInString(text)+4 {
			t.Errorf("%s is not longer in the pseudo-language", key)
		}
	}
}
