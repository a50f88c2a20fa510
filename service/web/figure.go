package web

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"afterglow/charts"
	"afterglow/charts/i18n"
	"afterglow/retention"
)

// section is one chart with its table and its downloads.
type section struct {
	Name, Heading string
	Finding       string
	Unavailable   string // why there is no chart
	Chips         []chipGroup
	Images        []image
	Alt           string
	Table         *charts.DataTable
	Downloads     []download
}

// image is the chart for windows up to a width.
type image struct {
	Media         string // empty: for all others
	Src           string
	Width, Height int
}

type download struct{ Label, Href, Hint string }

// chartAddress is where a chart's formats are, without the format.
type chartAddress struct {
	path   string
	values url.Values // the parameters of the figure
}

// in is the address of the chart in a format, for a page in a language.
func (a chartAddress) in(b base, format string, more ...string) string {
	q := copyValues(a.values)
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	picture := format == formatSVG || format == formatPNG
	if picture && b.Lang() != "en" {
		q.Set("uselang", b.Lang())
	}
	if !picture {
		q.Del("highlight")
	}
	href := b.Raw(a.path + "." + format)
	if len(q) > 0 {
		href += "?" + q.Encode()
	}
	return href
}

// show fills in a section from a result.
func (s *Server) show(b base, out *section, at chartAddress, result retention.Result, o charts.Options) error {
	out.Finding = charts.Finding(result, b.Lang())
	out.Alt = b.T("web-chart-alt", i18n.Text(out.Heading), i18n.Text(out.Finding))
	out.Table = charts.Data(result, b.loc.Code())
	var err error
	if out.Images, err = images(b, at, result, o); err != nil {
		return fmt.Errorf("drawing %s: %w", out.Name, err)
	}
	out.Downloads = downloads(b, at, result)
	return nil
}

// windows are the widths of the chart, and up to which width of the window, in
// rem of 16 pixels, each is for. The last is for all that are wider.
func windows() []struct{ chart, upTo int } {
	return []struct{ chart, upTo int }{{320, 22}, {376, 27}, {476, 38}, {640, 52}, {880, 76}, {1184, 0}}
}

// images are the addresses of a chart at each width. Each is drawn once here,
// for its height: a page that knows it does not jump while charts arrive.
func images(b base, at chartAddress, result retention.Result, o charts.Options) ([]image, error) {
	var out []image
	o.Theme, o.Lang = charts.ThemeAuto, b.Lang()
	for _, w := range windows() {
		o.Width = w.chart
		svg, err := charts.SVG(result, o)
		if err != nil {
			return nil, err
		}
		width, height, err := sizeOf(svg)
		if err != nil {
			return nil, err
		}
		i := image{Src: at.in(b, formatSVG, "width", strconv.Itoa(w.chart), "title", "0"), Width: width, Height: height}
		if w.upTo > 0 {
			i.Media = fmt.Sprintf("(max-width: %drem)", w.upTo)
		}
		out = append(out, i)
	}
	return out, nil
}

var svgSize = regexp.MustCompile(`^<svg[^>]* width="(\d{1,5})"[^>]* height="(\d{1,5})"`)

// sizeOf reads the size of a drawing of ours.
func sizeOf(svg []byte) (width, height int, err error) {
	m := svgSize.FindSubmatch(svg)
	if m == nil {
		return 0, 0, errors.New("web: an SVG without a size")
	}
	width, err = strconv.Atoi(string(m[1]))
	if err == nil {
		height, err = strconv.Atoi(string(m[2]))
	}
	return width, height, err
}

// downloads lists the formats that a result can be had in.
func downloads(b base, at chartAddress, result retention.Result) []download {
	var out []download
	for _, format := range formats() {
		var err error
		switch format {
		case formatTab:
			_, err = tabPage(result)
		case formatChart:
			_, err = chartPage(result, "a.tab")
		}
		if err != nil {
			continue // Extension:Chart cannot draw it, or there is nothing to draw
		}
		label := strings.ToUpper(format)
		if format == formatTab || format == formatChart {
			label = "." + format // the ends of page titles on Commons
		}
		out = append(out, download{Label: label, Href: at.in(b, format), Hint: b.T("web-format-hint-" + format)})
	}
	return out
}

// figureView is what the template of a figure needs: the page for its words.
type figureView struct {
	Page    interface{ T(string, ...any) string }
	Section section
}

func figureOf(page interface{ T(string, ...any) string }, s section) figureView {
	return figureView{page, s}
}
