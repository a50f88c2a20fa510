package report

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"

	"afterglow/charts"
	"afterglow/charts/i18n"
	"afterglow/retention"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

// pageTemplate is parsed once; a broken one is a broken build, and a test runs it.
var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// page is what page.html shows. All texts are in the page's language.
type page struct {
	Lang, Dir   string
	Style       template.CSS
	Title       string
	MadeUp      string
	Lead        []string // what the numbers mean, in two sentences
	Facts       []fact
	Charts      []figure
	Definitions *definitions
	Text        texts
	Cost        string
}

type texts struct {
	Contents, Coverage, Table, Definitions, DefinitionsNote, Cost, Footer string
}

type fact struct {
	Name, Value, Link string
}

// figure is one chart with its finding and its data.
type figure struct {
	ID, Heading, Finding, Unavailable string
	Image                             template.URL // data: URI of the SVG
	Table                             *charts.DataTable
}

// renderPage makes report.html.
func renderPage(in Input, sections []section, o Output) ([]byte, error) {
	l := messages().For(o.Lang)
	p := page{
		Lang: l.Code(), Dir: l.Direction(), Style: template.CSS(pageStyle), //nolint:gosec // our own file
		Cost: in.Cost,
		Text: texts{
			Contents: l.Message("report-contents"), Coverage: l.Message("report-coverage"), Table: l.Message("report-table"),
			Definitions: l.Message("report-definitions"), DefinitionsNote: l.Message("report-definitions-note"),
			Cost: l.Message("report-cost"), Footer: l.Message("report-footer"),
		},
	}
	if o.MadeUp {
		p.MadeUp = l.Message("report-made-up")
	}
	for _, s := range sections {
		f, err := newFigure(s, l, o)
		if err != nil {
			return nil, err
		}
		p.Charts = append(p.Charts, f)
	}
	p.Title, p.Facts = heading(in, l)
	p.Lead = lead(sections, l)
	if len(in.Cohorts) == 1 && in.Definition.Get("preset") == "" {
		var err error
		if p.Definitions, err = published(in, l); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return nil, fmt.Errorf("writing report.html: %w", err)
	}
	return b.Bytes(), nil
}

func newFigure(s section, l *i18n.Locale, o Output) (figure, error) {
	f := figure{ID: s.name, Heading: l.Message("report-" + s.name), Unavailable: s.unavailable}
	if s.result == nil {
		f.Unavailable = l.Message("report-unavailable", i18n.User(s.unavailable))
		return f, nil
	}
	svg, err := charts.SVG(s.result, chartOptions(o))
	if err != nil {
		return f, fmt.Errorf("drawing %s: %w", s.name, err)
	}
	f.Finding = charts.Finding(s.result, l.Code())
	f.Image = template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(svg)) //nolint:gosec // drawn by charts, escaped there
	f.Table = charts.Data(s.result, l.Code())
	return f, nil
}

// heading returns the page's title and what is known of the campaign.
func heading(in Input, l *i18n.Locale) (string, []fact) {
	if len(in.Cohorts) > 1 {
		var facts []fact
		for _, cohort := range in.Cohorts {
			c := cohort.Campaign()
			facts = append(facts, fact{Name: c.Title, Value: dates(c, l), Link: c.Source.URL})
		}
		return l.Message("report-compare-title", len(in.Cohorts)), facts
	}
	c, v := in.Cohorts[0].Campaign(), in.Cohorts[0].Coverage()
	return c.Title, []fact{
		{Name: l.Message("report-campaign"), Value: dates(c, l), Link: c.Source.URL},
		{Name: l.Message("report-registrations"), Value: l.Message("report-registrations-value", v.Participants, v.Measured, v.Hidden, v.NotFound, v.Bots)},
		{Name: l.Message("report-as-of"), Value: l.Message("report-as-of-value", i18n.Date(in.Compute.AsOf))},
		{Name: l.Message("report-wikis"), Value: wikis(v, l)},
	}
}

// dates is the campaign's first and last day.
func dates(c retention.Campaign, l *i18n.Locale) string {
	first, last := l.String(i18n.Date(c.Start)), l.String(i18n.Date(c.End))
	if first == last {
		return first
	}
	return l.Message("report-dates", first, last)
}

func wikis(v retention.Coverage, l *i18n.Locale) string {
	text := l.Message("report-wikis-read", len(v.Wikis))
	if len(v.WikisFailed) > 0 {
		text += " " + l.Message("report-wikis-failed", len(v.WikisFailed), i18n.Text(join(v.WikisFailed)))
	}
	return text
}

func join(names []string) string {
	const most = 20
	var b bytes.Buffer
	for i, n := range names {
		if i == most {
			b.WriteString(", …")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(n)
	}
	return b.String()
}

// lead says in two sentences what the numbers mean: the finding, and what its
// interval is.
func lead(sections []section, l *i18n.Locale) []string {
	for _, s := range sections {
		c, ok := s.result.(*retention.Curve)
		if !ok {
			continue
		}
		out := []string{charts.Finding(c, l.Code())}
		if group, p := charts.Headline(c); p != nil {
			out = append(out, l.Message("report-interval-"+string(group), i18n.Share(p.Low), i18n.Share(p.High), p.AtRisk))
		}
		return out
	}
	for _, s := range sections {
		if s.result != nil {
			return []string{charts.Finding(s.result, l.Code())}
		}
	}
	return nil
}

// definitions is the same people by the published definitions.
type definitions struct {
	Head []string
	Rows [][]string
}

// published computes every preset for the campaign: same people, eight
// definitions, eight figures.
func published(in Input, l *i18n.Locale) (*definitions, error) {
	t := &definitions{Head: []string{
		l.Message("report-definition"), l.Message("report-retained"), l.Message("report-of"), l.Message("report-rate"), l.Message("report-between"),
	}}
	for _, preset := range retention.Presets() {
		d, err := retention.ParseDefinition(map[string][]string{"preset": {string(preset)}}, retention.MeasureRetention)
		if err != nil {
			return nil, fmt.Errorf("preset %s: %w", preset, err)
		}
		r, err := retention.Compute(in.Cohorts[0], retention.MeasureRetention, d, in.Compute)
		var unavailable *retention.UnavailableError
		if errors.As(err, &unavailable) {
			t.Rows = append(t.Rows, []string{string(preset), "–", "–", l.Message("report-unknown"), unavailable.Reason})
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("preset %s: %w", preset, err)
		}
		t.Rows = append(t.Rows, presetRow(preset, r.(*retention.Curve), l))
	}
	return t, nil
}

func presetRow(preset retention.Preset, c *retention.Curve, l *i18n.Locale) []string {
	_, p := charts.Headline(c)
	if p == nil {
		status := retention.Empty
		if len(c.Points) > 0 {
			status = c.Points[0].Status
		}
		return []string{string(preset), "–", "–", l.Message("report-unknown"), l.Message("report-status-" + string(status))}
	}
	name := string(preset)
	if p.Month > 0 {
		name += " (" + l.Message("report-month", p.Month) + ")"
	}
	return []string{
		name, l.String(i18n.Int(p.Retained)), l.String(i18n.Int(p.AtRisk)),
		l.String(i18n.Percent(p.Rate)), l.Message("report-between-value", i18n.Percent(p.Low), i18n.Percent(p.High)),
	}
}
