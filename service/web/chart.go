package web

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"afterglow/charts"
	"afterglow/retention"
	"afterglow/service/store"
)

// apiVersion is raised whenever the same figures give other bytes in a format
// that charts does not write.
const apiVersion = "1"

// Formats of a chart.
const (
	formatSVG   = "svg"
	formatPNG   = "png"
	formatJSON  = "json"
	formatCSV   = "csv"
	formatTab   = "tab"
	formatChart = "chart"
)

func formats() []string {
	return []string{formatSVG, formatPNG, formatJSON, formatCSV, formatTab, formatChart}
}

// Kinds of pictures that are drawn from the retention curve.
const (
	chartSparkline = "sparkline"
	chartBadge     = "badge"
)

// chartKind is what can be asked for under a chart's name.
type chartKind struct {
	name    string
	measure retention.Measure
	formats []string
	params  []string // of its picture
}

// measures lists the measures that have a chart, in the order of the page.
func measures() []retention.Measure {
	return []retention.Measure{
		retention.MeasureRetention, retention.MeasureMarks, retention.MeasureSurvival, retention.MeasureCohorts,
		retention.MeasureIntensity, retention.MeasureActivity, retention.MeasureLifecycle, retention.MeasureBaseline,
	}
}

// chartNames lists the names of charts.
func chartNames() []string {
	var names []string
	for _, m := range measures() {
		names = append(names, string(m))
	}
	return append(names, chartSparkline, chartBadge)
}

// kindOf returns a chart by its name.
func kindOf(name string) (chartKind, bool) {
	switch name {
	case chartSparkline, chartBadge:
		// Their size is their own, and they have no title.
		return chartKind{name, retention.MeasureRetention, []string{formatSVG, formatPNG}, []string{"theme", "uselang"}}, true
	}
	if slices.Contains(measures(), retention.Measure(name)) {
		return chartKind{name, retention.Measure(name), formats(), pictureParams()}, true
	}
	return chartKind{}, false
}

// paramsOf lists the parameters that a chart has in a format.
func (k chartKind) paramsOf(format string) []string {
	return append(retention.DefinitionParams(k.measure), formatParams(k.params, format)...)
}

func formatParams(picture []string, format string) []string {
	switch format {
	case formatSVG, formatPNG:
		return picture
	case formatChart:
		return []string{"tab"}
	}
	return nil
}

// noSuchChart is the problem of a chart or format that does not exist.
func noSuchChart(name, format string, names, formats []string) *problem {
	p := &problem{Type: typeFormat, Title: "There is no such chart", Status: http.StatusNotFound, Parameter: "chart", Value: shorten(name), Allowed: strings.Join(names, ", ")}
	if slices.Contains(names, name) {
		p.Parameter, p.Value, p.Allowed = "format", shorten(format), strings.Join(formats, ", ")
	}
	p.Detail = fmt.Sprintf("%s %q is not there; there are: %s", p.Parameter, p.Value, p.Allowed)
	return p
}

// drawing is all that the answer of one chart depends on besides its figures.
type drawing struct {
	kind    string // of the chart
	format  string
	options charts.Options
	tab     string // title of the .tab page that a .chart page draws
	name    string // of a download, without its extension
}

// chart answers with one chart of one campaign.
func (s *Server) chart(w http.ResponseWriter, r *http.Request) error {
	name, format := mux.Vars(r)["chart"], mux.Vars(r)["format"]
	kind, ok := kindOf(name)
	if !ok || !slices.Contains(kind.formats, format) {
		return noSuchChart(name, format, chartNames(), kind.formats)
	}
	q, err := readQuery(r, name+"."+format, kind.paramsOf(format))
	if err != nil {
		return err
	}
	d, err := s.definition(q, kind.measure)
	if err != nil {
		return err
	}
	c, done, err := s.campaignOf(w, r)
	if err != nil || done {
		return err
	}
	draw, err := s.drawingOf(q, kind.name, format, c.ID+"-"+name)
	if err != nil {
		return err
	}
	draw.options.MadeUp = c.MadeUp
	if done, err := s.notReady(w, r, c, draw); err != nil || done {
		return err
	}
	key := s.tag("chart", c.ID, revision(c), string(kind.measure), d.Canonical(kind.measure), draw.key())
	s.memo(r, key, c)
	return s.remembered(w, r, cacheFigures, key, func(ctx context.Context) (*answer, error) {
		result, err := s.figure(ctx, c, kind.measure, d)
		if err != nil {
			return nil, err
		}
		return s.draw(ctx, result, draw)
	})
}

// definition reads the parameters of a definition, with the service's own
// default for the gap.
func (s *Server) definition(q query, m retention.Measure) (retention.Definition, error) {
	names := retention.DefinitionParams(m)
	return retention.ParseDefinition(s.withGap(q.only(names), names), m)
}

func (s *Server) withGap(values url.Values, names []string) url.Values {
	if slices.Contains(names, "gap") && !values.Has("gap") {
		values.Set("gap", strconv.Itoa(s.o.Gap))
	}
	return values
}

// drawingOf reads the parameters of a picture or page.
func (s *Server) drawingOf(q query, kind, format, name string) (drawing, error) {
	draw := drawing{kind: kind, format: format, name: name}
	var err error
	switch format {
	case formatSVG, formatPNG:
		draw.options, err = q.picture()
		if kind == chartSparkline || kind == chartBadge {
			draw.options.Width, draw.options.Title = 0, false
		}
	case formatChart:
		draw.tab = "Afterglow-" + name + ".tab"
		if q.values.Has("tab") {
			draw.tab, err = q.text("tab", 240)
			if err == nil && (!strings.HasSuffix(draw.tab, ".tab") || strings.ContainsAny(draw.tab, "#<>[]|{}")) {
				err = refuse("tab", draw.tab, "the title of a page of Commons' Data namespace, without \"Data:\", that ends in .tab")
			}
		}
	}
	return draw, err
}

func (d drawing) key() string {
	return d.kind + " " + d.format + " " + optionsKey(d.options) + " " + d.tab
}

// tag is tag with what every answer depends on: the versions, and the
// service's own rules.
func (s *Server) tag(parts ...string) string {
	return tag(append(parts, s.o.Version, apiVersion, strconv.Itoa(charts.Version), strconv.Itoa(s.o.MinCell), strconv.Itoa(s.o.Gap), s.o.BaseURL)...)
}

func revision(c store.Campaign) string { return strconv.FormatInt(c.Revision, 10) }

// figure computes a measure of a campaign that is ready.
func (s *Server) figure(ctx context.Context, c store.Campaign, m retention.Measure, d retention.Definition) (retention.Result, error) {
	if m == retention.MeasureBaseline {
		b, err := s.o.Campaigns.Baseline(ctx, c.ID)
		if errors.Is(err, store.ErrNotFound) {
			return nil, &problem{
				Type: typeBaseline, Title: "There is no baseline", Status: http.StatusNotFound,
				Detail: "no comparison with accounts that did not take part has been made for this campaign",
			}
		}
		return b, err
	}
	l, err := s.source.cohort(ctx, c)
	if err != nil {
		return nil, err
	}
	give, err := s.computing.take(ctx)
	if err != nil {
		return nil, err
	}
	defer give()
	return retention.Compute(l.cohort, m, d, retention.Options{AsOf: l.campaign.AsOf, MinCell: s.o.MinCell})
}

// draw writes a result in a format.
func (s *Server) draw(ctx context.Context, result retention.Result, d drawing) (*answer, error) {
	give, err := s.computing.take(ctx)
	if err != nil {
		return nil, err
	}
	defer give()
	began := s.o.Now()
	defer func() { s.metrics.compute.Observe(s.o.Now().Sub(began).Seconds()) }()
	a := &answer{csp: dataCSP, filename: d.name + "." + d.format}
	switch d.format {
	case formatSVG:
		a.contentType, a.csp, a.filename = "image/svg+xml; charset=utf-8", svgCSP, ""
		a.body, err = picture(result, d)
	case formatPNG:
		a.contentType, a.filename = "image/png", ""
		if a.body, err = picture(result, d); err == nil {
			a.body, err = charts.Rasterize(a.body)
		}
	case formatJSON:
		a.contentType, a.filename = "application/json", ""
		a.body, err = json.Marshal(result)
	case formatCSV:
		a.contentType = "text/csv; charset=utf-8; header=present"
		a.body, err = writeCSV(result.Table())
	case formatTab:
		a.contentType = "application/json"
		a.body, err = tabPage(result)
	case formatChart:
		a.contentType = "application/json"
		a.body, err = chartPage(result, d.tab)
	}
	if err != nil {
		return nil, fmt.Errorf("writing %s.%s: %w", d.kind, d.format, err)
	}
	return a, nil
}

func picture(result retention.Result, d drawing) ([]byte, error) {
	switch d.kind {
	case chartSparkline, chartBadge:
		curve, ok := result.(*retention.Curve)
		if !ok {
			return nil, fmt.Errorf("%T: %w", result, charts.ErrNoChart)
		}
		if d.kind == chartBadge {
			return charts.Badge(curve, d.options)
		}
		return charts.Sparkline(curve, d.options)
	}
	return charts.SVG(result, d.options)
}

// writeCSV writes a table as RFC 4180 has it. A text that a spreadsheet would
// take for a formula gets an apostrophe: titles come from users.
func writeCSV(table [][]string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	for _, row := range table {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = inert(cell)
		}
		if err := w.Write(safe); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func inert(cell string) string {
	if cell == "" || !strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return cell
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell
	}
	return "'" + cell
}
