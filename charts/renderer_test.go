package charts

import (
	"bytes"
	"math"
	"strings"
	"testing"

	chart "github.com/wcharczuk/go-chart/v2"
	"github.com/wcharczuk/go-chart/v2/drawing"
)

// go-chart's own charts draw on the renderer too, and come out safe: as it
// comes, go-chart writes a title into the SVG as it is.
func TestRendererCarriesGoChart(t *testing.T) {
	hostile := `<script>alert(1)</script> & "x"`
	g := chart.Chart{
		Title: hostile, Width: 800 * px, Height: 400 * px,
		XAxis: chart.XAxis{Name: hostile}, YAxis: chart.YAxis{Name: hostile, Range: &chart.ContinuousRange{Min: 0, Max: 1}},
		Series: []chart.Series{
			chart.ContinuousSeries{Name: hostile, XValues: []float64{1, 2, 3}, YValues: []float64{0.5, 0.4, 0.1}, Style: chart.Style{DotWidth: 3, StrokeDashArray: []float64{4, 2}}},
		},
	}
	g.Elements = []chart.Renderable{chart.Legend(&g)}
	var r *renderer
	var out bytes.Buffer
	err := g.Render(func(width, _ int) (chart.Renderer, error) {
		r = newRenderer(width, false)
		return r, nil
	}, &out)
	if err != nil {
		t.Fatal(err)
	}
	svg := out.String()
	if err := checkSVG([]byte(strings.Replace(svg, ">", "><title>t</title>", 1))); err != nil {
		t.Error(err)
	}
	if strings.Contains(svg, "<script") || !strings.Contains(svg, "&lt;script&gt;") {
		t.Error("the title is not escaped")
	}
}

func TestRendererPaths(t *testing.T) {
	for _, c := range []struct {
		name string
		rtl  bool
		draw func(r *renderer)
		want string
	}{
		{"line", false, func(r *renderer) { r.MoveTo(10, 20); r.LineTo(25, 20); r.LineTo(25, 31); r.LineTo(20, 30) }, "M1 2h1.5v1.1l-.5-.1"},
		{"line without a start", false, func(r *renderer) { r.LineTo(10, 20); r.LineTo(20, 20) }, "M1 2h1"},
		{"mirrored", true, func(r *renderer) { r.MoveTo(10, 20); r.LineTo(25, 20) }, "M99 2h-1.5"},
		{"closed", false, func(r *renderer) { r.MoveTo(0, 0); r.LineTo(10, 0); r.LineTo(10, 10); r.Close() }, "M0 0h1v1z"},
		{"curve", false, func(r *renderer) { r.MoveTo(0, 0); r.QuadCurveTo(5, 10, 10, 0) }, "M0 0Q.5 1 1 0"},
		{"half a circle", false, func(r *renderer) { r.ArcTo(100, 100, 50, 50, 0, math.Pi) }, "M15 10A5 5 0 0 1 5 10"},
		{"a far point", false, func(r *renderer) { r.MoveTo(-15, 5); r.LineTo(1_000_000, 5) }, "M-1.5 .5h100001.5"},
	} {
		r := newRenderer(100*px, c.rtl)
		r.use(lineClass)
		c.draw(r)
		r.Stroke()
		if want := `<path class="l" d="` + c.want + `"/>`; string(r.b) != want {
			t.Errorf("%s: %s, want %s", c.name, r.b, want)
		}
	}
}

func TestRendererStyles(t *testing.T) {
	r := newRenderer(100*px, false)
	r.SetFillColor(drawing.Color{R: 1, G: 2, B: 255, A: 128})
	r.SetStrokeColor(drawing.ColorBlack)
	r.SetStrokeWidth(2)
	r.Circle(50, 100, 100)
	r.ResetStyle()
	r.SetClassName(`x" onload="alert(1)`)
	r.titled([]byte("a<b"))
	r.rect(0, 0, 10, -5)
	r.SetClassName("l")
	r.MoveTo(0, 0)
	r.Stroke() // nothing to draw
	r.SetTextRotation(math.Pi / 2)
	r.ResetStyle()
	r.SetFontColor(drawing.ColorRed)
	r.SetFontSize(12)
	r.Text("a & b", 10, 20)
	want := `<circle cx="10" cy="10" r="5" fill="#0102ff" fill-opacity="0.50" stroke="#000000" stroke-width="2"/>` +
		`<rect class="xonloadalert1" x="0" y="0" width="1" height="0" fill="none"><title>a&lt;b</title></rect>` +
		`<text x="1" y="2" font-size="12" fill="#ff0000">a &amp; b</text>`
	if string(r.b) != want {
		t.Errorf("%s\nwant\n%s", r.b, want)
	}
	r.SetFontSize(10)
	if w := r.MeasureText("mm").Width(); w != 187 {
		t.Errorf("mm is %d tenths wide", w)
	}
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"plain":                    "plain",
		`<a href="x">&'`:           `&lt;a href=&quot;x&quot;&gt;&amp;&#39;`,
		"a\x00b\x1fc\x7f":          "abc",
		"tab\tline\nfeed\r":        "tab line feed ",
		"bad \xff\xfe utf":         "bad  utf",
		"\ufffe\uffff\u0085\u2028": "",
		"ünïcode ٪ टी 𒀀":           "ünïcode ٪ टी 𒀀",
		"\xed\xa0\x80surrogate":    "surrogate",
	} {
		if got := string(appendEscaped(nil, []byte(in))); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		most  int
		want  string
		whole bool
	}{
		{"one two three", 2000, 2, "one two three", true},
		{"one two three", 60 * px, 2, "one two|three", true},
		{"one two three", 37 * px, 2, "one|two…", false},
		{"incomprehensibilities", 60 * px, 3, "incompre|hensibiliti|es", true},
		{"Trans-Continental", 75 * px, 2, "Trans-|Continental", true},
		{"", 100, 2, "", true},
		{"x", 0, 1, "x", true}, // at least one letter
		{"a\u0301a\u0301a\u0301a\u0301", 16 * px, 2, "a\u0301a\u0301|a\u0301a\u0301", true},
	} {
		lines, whole := wrap(nil, []byte(c.text), c.width, 130, false, c.most)
		got := make([]string, len(lines))
		for i := range lines {
			got[i] = string(lines[i])
		}
		if strings.Join(got, "|") != c.want || whole != c.whole {
			t.Errorf("%q in %d: %q, %v; want %q, %v", c.text, c.width, strings.Join(got, "|"), whole, c.want, c.whole)
		}
	}
	if got := string(shorten([]byte("\u2068a long campaign title\u2069, 12"), 60*px, 130, false)); !strings.HasSuffix(got, "…\u2069") {
		t.Errorf("%q does not close its isolate", got)
	}
}
