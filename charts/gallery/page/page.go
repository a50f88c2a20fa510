// Package page makes the HTML of the gallery: made-up charts of every kind in
// every look, each as a figure with its table.
package page

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"os"
	"os/exec"

	"afterglow/charts"
	"afterglow/charts/i18n"
	"afterglow/charts/sample"
	"afterglow/retention"
)

//go:embed page.html
var source string

// SheetWidth is the width of the page of Sheet in pixels.
const SheetWidth = 1480

type section struct {
	Name    string
	Figures []figure
}

type figure struct {
	Lang, Dir, Theme string
	Caption          string
	Width, Height    int
	SVG              template.HTML
	Table            [][]string
}

// look is one way to draw a chart.
type look struct {
	theme, lang string
	width       int
}

func looks() []look {
	var all []look
	for _, theme := range []string{charts.ThemeLight, charts.ThemeDark} {
		for _, lang := range []string{"en", "ar"} {
			for _, width := range []int{320, 640, 1200} {
				all = append(all, look{theme, lang, width})
			}
		}
	}
	return all
}

// All returns the page with every kind in light and dark, English and Arabic,
// at 320, 640 and 1200 pixels, and the edge cases.
func All() ([]byte, error) {
	var sections []section
	for _, c := range sample.Kinds() {
		s := section{Name: c.Name}
		for _, l := range looks() {
			f, err := draw(c, l)
			if err != nil {
				return nil, err
			}
			s.Figures = append(s.Figures, f)
		}
		sections = append(sections, s)
	}
	small, err := smallCharts()
	if err != nil {
		return nil, err
	}
	sections = append(sections, small)
	for _, c := range sample.Edges() {
		s := section{Name: c.Name}
		for _, l := range []look{{charts.ThemeLight, "en", 320}, {charts.ThemeDark, "hi", 320}, {charts.ThemeLight, "de", 640}} {
			f, err := draw(c, l)
			if err != nil {
				return nil, err
			}
			s.Figures = append(s.Figures, f)
		}
		sections = append(sections, s)
	}
	return render("Every chart in every look", sections, "all")
}

// Sheet returns a page with a choice of charts, and its height in pixels.
func Sheet() ([]byte, int, error) {
	var s section
	kinds := map[string]sample.Case{}
	for _, c := range append(sample.Kinds(), sample.Edges()...) {
		kinds[c.Name] = c
	}
	rows := [][]struct {
		name string
		look look
	}{
		{{"retention", look{charts.ThemeLight, "en", 760}}, {"retention", look{charts.ThemeDark, "ar", 660}}},
		{{"marks", look{charts.ThemeLight, "en", 480}}, {"survival", look{charts.ThemeDark, "fr", 480}}, {"baseline", look{charts.ThemeLight, "de", 440}}},
		{{"cohorts", look{charts.ThemeLight, "en", 760}}, {"intensity", look{charts.ThemeDark, "es", 660}}},
		{{"activity", look{charts.ThemeLight, "hi", 710}}, {"lifecycle", look{charts.ThemeLight, "sw", 710}}},
		{{"edge-campaigns-12", look{charts.ThemeLight, "en", 760}}, {"comparison-survival", look{charts.ThemeDark, "en", 660}}},
		{{"retention", look{charts.ThemeLight, "ar", 340}}, {"edge-gaps", look{charts.ThemeDark, "en", 340}}, {"edge-one-person", look{charts.ThemeLight, "fr", 340}}, {"edge-hostile-title", look{charts.ThemeLight, "en", 340}}},
	}
	height := 16
	for _, row := range rows {
		tallest := 0
		for _, c := range row {
			f, err := draw(kinds[c.name], c.look)
			if err != nil {
				return nil, 0, err
			}
			f.Table = nil
			tallest = max(tallest, f.Height)
			s.Figures = append(s.Figures, f)
		}
		height += tallest + 16
	}
	b, err := render("Charts", []section{s}, "sheet")
	return b, height, err
}

func draw(c sample.Case, l look) (figure, error) {
	title := titleIn(l.lang)
	r := c.Make(title)
	svg, err := charts.SVG(r, charts.Options{Theme: l.theme, Lang: l.lang, Width: l.width, Title: true, MadeUp: true, Highlight: c.Highlight})
	if err != nil {
		return figure{}, fmt.Errorf("drawing %s: %w", c.Name, err)
	}
	f := newFigure(svg, l)
	f.Caption = charts.Finding(r, l.lang)
	if l.width == 640 && l.theme == charts.ThemeLight {
		f.Table = r.Table()
	}
	return f, nil
}

// newFigure puts a chart into a figure. The SVG holds only what
// charts.Allowed lists, so it may stand in HTML as it is.
func newFigure(svg []byte, l look) figure {
	f := figure{Lang: l.lang, Dir: i18n.Direction(l.lang), Theme: l.theme, Width: l.width, SVG: template.HTML(svg)} //nolint:gosec // made by charts
	var w float64
	if i := bytes.Index(svg, []byte(`" width="`)); i >= 0 {
		var h float64
		if _, err := fmt.Sscanf(string(svg[i:min(i+60, len(svg))]), `" width="%f" height="%f"`, &w, &h); err == nil {
			f.Width, f.Height = int(w), int(h)+1
		}
	}
	return f
}

func titleIn(lang string) string {
	switch lang {
	case "ar":
		return sample.Arabic
	case "hi":
		return sample.Hindi
	}
	return sample.Title
}

func smallCharts() (section, error) {
	s := section{Name: "sparkline, badge, placeholder"}
	for _, l := range looks() {
		if l.width != 320 {
			continue
		}
		o := charts.Options{Theme: l.theme, Lang: l.lang, Width: l.width, Title: true}
		curve := sample.Curve(titleIn(l.lang), 60, 52, 12, 9)
		for _, draw := range []func() ([]byte, error){
			func() ([]byte, error) { return charts.Sparkline(curve, o) },
			func() ([]byte, error) { return charts.Badge(curve, o) },
			func() ([]byte, error) {
				return charts.Placeholder(sample.Head(retention.MeasureRetention, titleIn(l.lang), 112).Campaign, 40, 112, o)
			},
		} {
			svg, err := draw()
			if err != nil {
				return s, fmt.Errorf("drawing a small chart: %w", err)
			}
			s.Figures = append(s.Figures, newFigure(svg, l))
		}
	}
	return s, nil
}

func render(title string, sections []section, kind string) ([]byte, error) {
	t, err := template.New("page").Parse(source)
	if err != nil {
		return nil, fmt.Errorf("reading the gallery's template: %w", err)
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		Title, Kind string
		Sections    []section
	}{title, kind, sections})
	if err != nil {
		return nil, fmt.Errorf("making the gallery: %w", err)
	}
	return b.Bytes(), nil
}

// Browser returns the Chromium to use: TEST_CHROMIUM, else one in PATH,
// else "".
func Browser() string {
	if b := os.Getenv("TEST_CHROMIUM"); b != "" {
		return b
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
