package raster

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/go-text/typesetting/bidi"
	"github.com/go-text/typesetting/language"
)

func sheet(root, class string) (Paint, bool) {
	black, red := color.NRGBA{A: 255}, color.NRGBA{R: 255, A: 255}
	if root != "r" {
		return Paint{}, false
	}
	switch class {
	case "":
		return Paint{Fill: Ink{Kind: Solid, Color: black}, Stroke: Ink{Kind: None}, Color: black, Size: 13, Anchor: "start"}, true
	case "red":
		return Paint{Color: red, HasColor: true, DashLines: []float64{4, 4}}, true
	case "l":
		return Paint{Fill: Ink{Kind: None}, Stroke: Ink{Kind: Current}, Width: 2, Line: true}, true
	case "d":
		return Paint{Fill: Ink{Kind: Current}}, true
	case "half":
		return Paint{Fill: Ink{Kind: Current}, FillOpacity: 0.5}, true
	case "e":
		return Paint{Anchor: "end"}, true
	case "m":
		return Paint{Anchor: "middle"}, true
	}
	return Paint{}, false
}

// ink returns a function that tells how dark a CSS pixel is, 0 … 255, and how
// red.
func ink(t *testing.T, body string) func(x, y int) (alpha, red uint8) {
	t.Helper()
	b, err := PNG([]byte(`<svg xmlns="http://www.w3.org/2000/svg" class="r" width="100" height="40">`+body+`</svg>`), sheet)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if img.Bounds().Dx() != 200 || img.Bounds().Dy() != 80 {
		t.Fatalf("the picture is %v", img.Bounds())
	}
	return func(x, y int) (uint8, uint8) {
		c := color.NRGBAModel.Convert(img.At(2*x, 2*y)).(color.NRGBA)
		return c.A, c.R
	}
}

func TestShapes(t *testing.T) {
	at := ink(t, `<g class="red"><rect class="d" x="10" y="10" width="20" height="10"><title>t</title></rect>`+
		`<path class="l" d="M50 5h40"/><circle class="half" cx="60" cy="25" r="8"/></g><path class="d" d="M80 20l10 0v10z"/>`)
	for _, c := range []struct {
		x, y       int
		alpha, red uint8
	}{
		{15, 15, 255, 255}, {5, 15, 0, 0}, {31, 15, 0, 0},
		{52, 5, 255, 255}, {56, 5, 0, 0}, {60, 5, 255, 255}, // dashes of four
		{60, 25, 128, 255}, {69, 25, 0, 0}, {88, 22, 255, 0}, {82, 29, 0, 0},
	} {
		alpha, red := at(c.x, c.y)
		if alpha != c.alpha || alpha > 0 && red != c.red {
			t.Errorf("(%d, %d): alpha %d, red %d; want %d, %d", c.x, c.y, alpha, red, c.alpha, c.red)
		}
	}
}

// span returns the leftmost and rightmost column of CSS pixels that have ink.
func span(t *testing.T, body string, direction string) (left, right int) {
	t.Helper()
	b, err := PNG([]byte(`<svg class="r" width="100" height="40" `+direction+`>`+body+`</svg>`), sheet)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	left, right = 100, -1
	for x := range img.Bounds().Dx() {
		for y := range img.Bounds().Dy() {
			if _, _, _, a := img.At(x, y).RGBA(); a > 0x4000 {
				left, right = min(left, x/2), max(right, x/2)
			}
		}
	}
	return left, right
}

func TestAnchors(t *testing.T) {
	for _, c := range []struct {
		class, direction string
		left, right      int // -1: anywhere
	}{
		{"", "", 50, -1}, {"e", "", -1, 49}, {"", `direction="rtl"`, -1, 49}, {"e", `direction="rtl"`, 50, -1},
	} {
		left, right := span(t, fmt.Sprintf(`<text class="%s" x="50" y="20">HHH</text>`, c.class), c.direction)
		if c.left >= 0 && (left < c.left || left > c.left+2) || c.right >= 0 && (right > c.right || right < c.right-2) {
			t.Errorf("class %q, %q: from %d to %d", c.class, c.direction, left, right)
		}
	}
	left, right := span(t, `<text class="m" x="50" y="20">HHH</text>`, "")
	if math.Abs(float64(left+right)/2-50) > 1 {
		t.Errorf("in the middle: from %d to %d", left, right)
	}
}

func glyphs(text string, rtl bool) (ids []uint32, missing bool) {
	var s shaper
	for _, r := range s.layout([]rune(text), 13, false, rtl) {
		for _, g := range r.Glyphs {
			ids = append(ids, uint32(g.GlyphID))
			missing = missing || g.GlyphID == 0
		}
	}
	return ids, missing
}

// Letters of Arabic take the shape that their neighbours ask for, and
// Devanagari moves a short i before its consonant.
func TestShaping(t *testing.T) {
	joined, _ := glyphs("بب", true)
	alone, _ := glyphs("ب", true)
	if len(joined) != 2 || joined[0] == alone[0] || joined[1] == alone[0] || joined[0] == joined[1] {
		t.Errorf("بب is %v, ب is %v: not joined", joined, alone)
	}
	ki, _ := glyphs("कि", false)
	ka, _ := glyphs("क", false)
	if len(ki) != 2 || ki[1] != ka[0] {
		t.Errorf("कि is %v, क is %v: the i does not stand first", ki, ka)
	}
	kta, _ := glyphs("क्त", false)
	if len(kta) > 2 {
		t.Errorf("क्त is %d glyphs: no conjunct", len(kta))
	}
}

func TestScriptsOfOurLanguagesAreEmbedded(t *testing.T) {
	for _, text := range []string{
		"Von 60 Neulingen haben 28 % … (zwischen 19 und 41) · ≥ 1 − χ² „“ «»", "Parmi 60 nouveaux arrivants, œuvre", "¿Qué? Ññ",
		"من بين ٦٠ مشاركًا جديدًا، ظل ٢٨٪ يحررون (٣)؛", "60 नवागंतुकों में से 28% ने महीने 3 में भी संपादन किया।", "Kati ya wageni", "Ελληνικά Кириллица", "٦٠", "٪", "।", "− 5", "(٣)",
	} {
		if _, missing := glyphs(text, false); missing {
			t.Errorf("a letter of %q has no glyph", text)
		}
	}
}

// The order of runs is that of Unicode's bidirectional algorithm.
func TestOrder(t *testing.T) {
	for _, c := range []struct {
		text string
		rtl  bool
		want string // pieces from left to right
	}{
		{"abc עברית 12", false, "abc |12|עברית "},
		{"abc تحدي ٢٠٢٥ xyz", false, "abc |٢٠٢٥|تحدي | xyz"},
		{"\u2068تحدي ٢٠٢٥\u2069, 95", false, "\u2068|٢٠٢٥|تحدي |\u2069, 95"},
		{"من ١٩ إلى ٤١", true, "٤١| إلى |١٩|من "},
		{"ا \u2068Wiki 2025\u2069، ب", true, "، ب|\u2069|Wiki 2025|ا \u2068"},
	} {
		var s shaper
		runes := []rune(c.text)
		var pieces []string
		for _, r := range s.layout(runes, 13, false, c.rtl) {
			pieces = append(pieces, string(runes[r.Runes.Offset:r.Runes.Offset+r.Runes.Count]))
		}
		if got := strings.Join(pieces, "|"); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// The parity of levels is that of another implementation, on made-up lines of
// letters, numbers, signs, brackets and isolates.
func TestLevelsAgreeWithAnotherImplementation(t *testing.T) {
	alphabet := []rune("ab1 2,.%+-($)[]אבجح٣٤٪،\u0301\u2068\u2069·–")
	seed := uint32(1)
	next := func(n int) int {
		seed = seed*1664525 + 1013904223
		return int(seed>>8) % n
	}
	var peer bidi.Paragraph
	for range 20000 {
		line := make([]rune, 1+next(14))
		for i := range line {
			line[i] = alphabet[next(len(alphabet))]
		}
		for _, rtl := range []bool{false, true} {
			base := bidi.LeftToRight
			if rtl {
				base = bidi.RightToLeft
			}
			got := levels(line, rtl)
			runs := peer.Segment(line, base)
			for i := range runs.NumRuns() {
				r := runs.Run(i)
				for j := r.Start; j < r.End; j++ {
					if (got[j]%2 == 0) != r.IsLeftToRight() {
						t.Fatalf("%q, right to left %v: levels %v, another gives %d to %q", string(line), rtl, got, r.Level, string(line[r.Start:r.End]))
					}
				}
			}
		}
	}
}

func TestUnknownScriptsDrawBoxes(t *testing.T) {
	left, right := span(t, `<text x="10" y="20">`+string(rune(0x1E900))+`</text>`, "") // Adlam may not be installed
	if right < left {
		t.Error("a letter without a font leaves no trace")
	}
	if f := fontOf(language.Hebrew); f != "NotoSansHebrew" {
		t.Error(f)
	}
}

func TestRefuses(t *testing.T) {
	for _, bad := range []string{
		"", "text", `<svg class="r" width="0" height="9"/>`, `<svg class="r" width="90000" height="90000"/>`, `<svg class="x" width="9" height="9"/>`, `<html/>`,
		`<svg class="r" width="9" height="9"><image/></svg>`, `<svg class="r" width="9" height="9"><path d="M1 1C2 2 3 3 4 4"/></svg>`,
		`<svg class="r" width="9" height="9"><path d="l1 1"/></svg>`, `<svg class="r" width="9" height="9"><path d="M1"/></svg>`, `<svg class="r" width="9" height="9"><g>`,
		`<svg class="r" width="9" height="9"><path d="z"/></svg>`, `<svg class="r" width="1e999" height="9"/>`,
	} {
		if _, err := PNG([]byte(bad), sheet); !errors.Is(err, ErrNotOurs) {
			t.Errorf("%.50q: %v", bad, err)
		}
	}
}

func TestDashes(t *testing.T) {
	line := subpath{points: []point{{0, 0}, {10, 0}}}
	if got := dashed(line, []float64{3, 2}); len(got) != 2 || got[0].points[1].x != 3 || got[1].points[0].x != 5 || got[1].points[1].x != 8 {
		t.Errorf("%v", got)
	}
	corner := subpath{points: []point{{0, 0}, {2, 0}, {2, 2}}}
	if got := dashed(corner, []float64{3, 5}); len(got) != 1 || len(got[0].points) != 3 {
		t.Errorf("%v", got)
	}
}

func FuzzPNG(f *testing.F) {
	f.Add(`<svg class="r" width="30" height="20"><g class="red"><path class="l" d="M1 2l3 4h5v-6z"/><text x="1" y="9">aب12</text></g></svg>`)
	f.Fuzz(func(t *testing.T, svg string) {
		if len(svg) > 2000 {
			return
		}
		if _, err := PNG([]byte(svg), sheet); err != nil && !errors.Is(err, ErrNotOurs) {
			t.Error(err)
		}
	})
}
