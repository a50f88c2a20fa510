package charts

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"afterglow/charts/i18n"
)

// values says what the value of an attribute may look like. Nothing here can
// hold an address, a script, or text from outside.
var values = map[string]*regexp.Regexp{
	"xmlns":            regexp.MustCompile(`^http://www\.w3\.org/2000/svg$`),
	"class":            regexp.MustCompile(`^[a-z][a-z0-9]{0,3}( [a-z][a-z0-9]{0,2})?$`),
	"viewBox":          regexp.MustCompile(`^0 0 [0-9.]+ [0-9.]+$`),
	"role":             regexp.MustCompile(`^img$`),
	"lang":             regexp.MustCompile(`^[a-z]{2,3}$`),
	"direction":        regexp.MustCompile(`^rtl$`),
	"d":                regexp.MustCompile(`^[-0-9. MLlhvzQA]+$`),
	"fill":             regexp.MustCompile(`^(none|#[0-9a-f]{6})$`),
	"stroke":           regexp.MustCompile(`^(none|#[0-9a-f]{6})$`),
	"stroke-dasharray": regexp.MustCompile(`^[0-9. ]+$`),
	"transform":        regexp.MustCompile(`^rotate\([-0-9. ]+\)$`),
}

var numeric = regexp.MustCompile(`^-?[0-9]*\.?[0-9]+$`)

// styleText is what a style sheet of ours looks like: no url(), no @import, no
// expression, no quote.
var styleText = regexp.MustCompile(`^[-a-zA-Z0-9 .{}:;#,()@]+$`)

// checkSVG returns the first thing in an SVG that no chart may hold. It also
// wants every text to be allowed in XML 1.0, and the document to be named.
func checkSVG(svg []byte) error {
	if !utf8.Valid(svg) {
		return errors.New("not UTF-8")
	}
	allowed := Allowed()
	d := xml.NewDecoder(bytes.NewReader(svg))
	var path []string
	named := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("not XML: %w", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if err := checkElement(e, allowed); err != nil {
				return err
			}
			if len(path) == 0 && e.Name.Local != "svg" {
				return fmt.Errorf("<%s> at the root", e.Name.Local)
			}
			path = append(path, e.Name.Local)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			switch {
			case len(path) == 0:
				if strings.TrimSpace(string(e)) != "" {
					return fmt.Errorf("text outside the root: %.40q", e)
				}
			case path[len(path)-1] == "style":
				if !styleText.Match(e) || strings.Contains(string(e), "url") || strings.Contains(string(e), "import") {
					return fmt.Errorf("style sheet: %.80q", e)
				}
			case path[len(path)-1] == "title":
				if len(path) == 2 {
					named = len(bytes.TrimSpace(e)) > 0
				}
			case path[len(path)-1] != "desc" && path[len(path)-1] != "text":
				return fmt.Errorf("text in <%s>: %.40q", path[len(path)-1], e)
			}
			for _, r := range string(e) {
				if r < ' ' || r == 0xfffe || r == 0xffff {
					return fmt.Errorf("character %U", r)
				}
			}
		case xml.Comment, xml.ProcInst, xml.Directive:
			return fmt.Errorf("%T", e)
		}
	}
	if !named {
		return errors.New("no title")
	}
	return nil
}

func checkElement(e xml.StartElement, allowed map[string][]string) error {
	attributes, ok := allowed[e.Name.Local]
	if !ok {
		return fmt.Errorf("element <%s>", e.Name.Local)
	}
	for _, a := range e.Attr {
		if a.Name.Space != "" || !slices.Contains(attributes, a.Name.Local) {
			return fmt.Errorf("attribute %s:%s of <%s>", a.Name.Space, a.Name.Local, e.Name.Local)
		}
		re := values[a.Name.Local]
		if re == nil {
			re = numeric
		}
		if !re.MatchString(a.Value) {
			return fmt.Errorf("%s=%.60q of <%s>", a.Name.Local, a.Value, e.Name.Local)
		}
	}
	return nil
}

func TestOnlyAllowedElements(t *testing.T) {
	for _, k := range append(kinds(), edges()...) {
		for _, lang := range append(i18n.Languages(), i18n.Pseudo) {
			for _, theme := range []string{"", ThemeLight, ThemeDark} {
				for _, width := range []int{320, 760, 1600} {
					svg, err := k.draw(Options{Theme: theme, Lang: lang, Width: width, Title: true, MadeUp: true}, titleFor(lang))
					if err != nil {
						t.Fatal(err)
					}
					if err := checkSVG(svg); err != nil {
						t.Errorf("%s, %s, %d: %v", k.name, lang, width, err)
					}
				}
			}
		}
	}
}

// The check itself must refuse what it is there to refuse.
func TestCheckRefuses(t *testing.T) {
	good, err := kinds()[0].draw(Options{Title: true}, "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		`<script>alert(1)</script>`, `<a href="https://example.org">x</a>`, `<image href="x.png"/>`, `<g onclick="x()"></g>`,
		`<g style="fill:red"></g>`, `<use href="#x"/>`, `<text x="javascript:x" y="1">x</text>`, `<foreignObject/>`, `<!-- x -->`, `<rect fill="url(#x)"/>`,
		`<style>@import url(https://example.org)</style>`, `<g xlink:href="x"></g>`, `<g>loose</g>`, `<g class="a&quot;b"></g>`,
	} {
		spoilt := bytes.Replace(good, []byte("</svg>"), []byte(bad+"</svg>"), 1)
		if checkSVG(spoilt) == nil {
			t.Errorf("%s was not refused", bad)
		}
	}
}

func FuzzTitles(f *testing.F) {
	for _, s := range []string{
		`<script>alert(1)</script>`, `]]>`, `&amp;&#x0;`, "\x00\x08\x1f\ufffe\uffff", "\xff\xfe\xc0\x80", `" onload="x`, "\u202e\u2066\u2069\u2068",
		strings.Repeat("x", 5000), strings.Repeat("𒀀", 400), "a\u0301\u0301\u0301", "टी\u200dम", "١٢٣ abc العربية", "line\nbreak\ttab", "",
	} {
		f.Add(s, 320, uint8(0))
	}
	all := append(kinds(), edges()...)
	langs := append(i18n.Languages(), i18n.Pseudo, "xx", "<svg>")
	f.Fuzz(func(t *testing.T, title string, width int, which uint8) {
		width = MinWidth + int(uint(width)%(MaxWidth-MinWidth+1))
		k := all[int(which)%len(all)]
		svg, err := k.draw(Options{Lang: langs[len(title)%len(langs)], Width: width, Title: true, Highlight: title}, title)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkSVG(svg); err != nil {
			t.Fatalf("%s, title %q, width %d: %v", k.name, title, width, err)
		}
	})
}
