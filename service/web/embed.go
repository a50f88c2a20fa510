package web

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"afterglow/charts"
	"afterglow/charts/i18n"
	"afterglow/retention"
	"afterglow/service/store"
)

const embedPath = "/embed"

// embedView is the playground: a form, the chart that it makes, and what to copy.
type embedView struct {
	base
	Action        string
	Campaigns     []option
	Charts        []option
	Themes        []option
	Titles        []option
	Width, Height string
	Least, Most   [2]int // width, height
	Selects       []selectField
	Numbers       []numberField

	Notice   string // why there is no chart; empty: there is one, or none was asked for
	Heading  string
	Finding  string
	Image    image
	Alt      string
	Snippets []snippet
}

// snippet is a text to copy.
type snippet struct{ ID, Label, Text string }

// mostOffered is how many campaigns the form lists, the newest first.
const mostOffered = 100

func embedParams() []string {
	return append(slices.DeleteFunc(pageParams(), func(name string) bool {
		return name == "preset" || strings.HasPrefix(name, "survival_")
	}), "campaign", "chart", "theme", "title", "width", "height")
}

// embedPage is the playground. Fields that the chart does not have are passed
// over: the form sends those of the chart before.
func (s *Server) embedPage(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "the playground", embedParams())
	if err != nil {
		return err
	}
	for name, v := range q.values {
		if v[0] == "" {
			delete(q.values, name)
		}
	}
	b, err := s.base(r, q)
	if err != nil {
		return err
	}
	var names []string
	for _, m := range measures() {
		names = append(names, string(m))
	}
	name, err := q.word("chart", names...)
	if err != nil {
		return err
	}
	m := retention.Measure(name)
	d, err := s.definition(q, m)
	if err != nil {
		return err
	}
	o, err := q.picture()
	if err != nil {
		return err
	}
	v := embedView{
		base: b, Action: b.Raw(embedPath), Width: q.values.Get("width"), Height: q.values.Get("height"),
		Least: [2]int{charts.MinWidth, charts.MinHeight}, Most: [2]int{charts.MaxWidth, charts.MaxHeight},
	}
	v.Title = b.T("web-embed-title")
	v.choices(m, o, d, q)
	if err := s.embedChart(r.Context(), &v, m, d, q, o); err != nil {
		return err
	}
	return s.live(w, r, b, "embed.html", v)
}

// choices fills in the form, except for the campaigns.
func (v *embedView) choices(m retention.Measure, o charts.Options, d retention.Definition, q query) {
	for _, other := range measures() {
		v.Charts = append(v.Charts, option{string(other), v.T("web-chart-" + string(other)), other == m})
	}
	for _, theme := range []string{charts.ThemeAuto, charts.ThemeLight, charts.ThemeDark} {
		v.Themes = append(v.Themes, option{theme, v.T("web-theme-" + theme), theme == o.Theme})
	}
	v.Titles = []option{{"1", v.T("web-embed-title-on"), o.Title}, {"0", v.T("web-embed-title-off"), !o.Title}}
	names := retention.DefinitionParams(m)
	v.Selects, v.Numbers = fields(v.base, d, q)
	v.Selects = slices.DeleteFunc(v.Selects, func(f selectField) bool { return !slices.Contains(names, f.Name) })
	v.Numbers = slices.DeleteFunc(v.Numbers, func(f numberField) bool { return !slices.Contains(names, f.Name) })
}

// embedChart lists the campaigns and draws the chosen one.
func (s *Server) embedChart(ctx context.Context, v *embedView, m retention.Measure, d retention.Definition, q query, o charts.Options) error {
	listed, _, err := s.o.Campaigns.Campaigns(ctx, store.Query{Limit: mostOffered})
	if err != nil {
		return fmt.Errorf("listing campaigns: %w", err)
	}
	id := q.values.Get("campaign")
	var chosen *store.Campaign
	if id != "" {
		c, err := s.find(ctx, id)
		var other *moved
		if errors.As(err, &other) {
			c, err = s.find(ctx, other.to)
		}
		if err != nil {
			return err
		}
		if chosen = &c; !slices.ContainsFunc(listed, func(l store.Campaign) bool { return l.ID == c.ID }) {
			listed = append([]store.Campaign{c}, listed...)
		}
	}
	v.Campaigns = []option{{"", v.T("web-embed-choose"), chosen == nil}}
	for _, c := range listed {
		v.Campaigns = append(v.Campaigns, option{c.ID, c.Title, chosen != nil && c.ID == chosen.ID})
	}
	switch {
	case chosen == nil:
		return nil
	case chosen.State != store.Ready:
		v.Notice = v.T("web-measuring")
		return nil
	}
	v.MadeUp, o.MadeUp = chosen.MadeUp, chosen.MadeUp
	result, err := s.figure(ctx, *chosen, m, d)
	var unavailable *retention.UnavailableError
	var none *problem
	if errors.As(err, &unavailable) || errors.As(err, &none) && none.Type == typeBaseline {
		v.Notice = v.T("web-unavailable")
		return nil
	}
	if err != nil {
		return err
	}
	svg, err := charts.SVG(result, o)
	if err != nil {
		return fmt.Errorf("drawing %s: %w", m, err)
	}
	if v.Image.Width, v.Image.Height, err = sizeOf(svg); err != nil {
		return err
	}
	v.Heading, v.Finding = v.T("web-chart-"+string(m)), charts.Finding(result, v.Lang())
	v.Alt = v.T("web-chart-alt", i18n.Text(v.Heading), i18n.Text(v.Finding))
	figure := q.only(retention.DefinitionParams(m))
	dropDefaults(figure, s.o.Gap)
	at := chartAddress{"/v1/campaigns/" + url.PathEscape(chosen.ID) + "/" + string(m), figure}
	var picture []string
	for _, name := range []string{"theme", "title", "width", "height"} {
		if q.values.Has(name) && q.values.Get(name) != map[string]string{"theme": charts.ThemeAuto, "title": "1"}[name] {
			picture = append(picture, name, q.values.Get(name))
		}
	}
	v.Image.Src = at.in(v.base, formatSVG, picture...)
	v.Snippets = s.snippets(v, *chosen, m, at, picture)
	return nil
}

// snippets are the ways to put a chart somewhere.
func (s *Server) snippets(v *embedView, c store.Campaign, m retention.Measure, at chartAddress, picture []string) []snippet {
	args := map[string]string{}
	if m != retention.MeasureRetention {
		args["chart"] = string(m)
	}
	for name := range at.values {
		args[name] = at.values.Get(name)
	}
	for i := 0; i+1 < len(picture); i += 2 {
		// On a wiki the theme is the reader's.
		if name, value := picture[i], picture[i+1]; name == "width" || name == "height" {
			args[name] = value
		}
	}
	if title := slices.Index(picture, "title"); title < 0 {
		args["title"] = "1" // the gadget's own default is 0
	}
	wiki := wikiBlockOf(c, args)
	absolute := func(href string) string { return s.o.BaseURL + strings.TrimPrefix(href, s.basePath) }
	svg, data := absolute(v.Image.Src), absolute(at.in(v.base, formatJSON))
	return []snippet{
		{"embed-template", v.T("web-embed-template"), wiki.Template},
		{"embed-element", v.T("web-embed-element"), wiki.Element},
		{"embed-img", v.T("web-embed-img"), fmt.Sprintf(`<img src="%s" alt="%s" width="%s" height="%s">`,
			html.EscapeString(svg), html.EscapeString(v.Alt), strconv.Itoa(v.Image.Width), strconv.Itoa(v.Image.Height))},
		{"embed-url", v.T("web-embed-url"), svg},
		// Addresses of ours have no quote in them: they are percent-encoded.
		{"embed-curl", v.T("web-embed-curl"), "curl --compressed '" + data + "'"},
	}
}
