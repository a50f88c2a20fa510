package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"afterglow/charts"
	"afterglow/charts/i18n"
	"afterglow/retention"
	"afterglow/service/store"
)

// campaignView is the page of one campaign.
type campaignView struct {
	base
	Campaign store.Campaign
	Dates    string
	AsOf     string
	State    string // in words; empty: ready
	Percent  int    // of the reading, for a campaign being measured
	Progress string
	Notices  []notice
	Finding  string
	// KeyMonths heads the columns of KeyRows.
	KeyMonths []string
	KeyRows   []keyRow
	KeyNote   string // explains marks in KeyRows; empty: there are none
	Controls  controls
	Sections  []section
	// Definition and Coverage are sentences.
	Definition, Coverage []string
	Data                 string // address of the campaign in the API
	Wiki                 wikiBlock
	Job                  *jobView
	Tools                *toolsView
	Published            []published
	Compare              string // address of a comparison with this campaign in it
	Embed                string // address of the playground with this campaign in it
}

// notice is something that limits what the page says.
type notice struct{ Kind, Text, Detail string }

// keyRow is a group's figures at the marks.
type keyRow struct {
	Group   string
	Class   string
	Figures []keyFigure
}

type keyFigure struct {
	Rate, Interval, People string
	Missing                string // why there is no rate
	Provisional            bool
}

// pageParams lists the parameters of a campaign's page: those of any chart.
func pageParams() []string {
	var names []string
	for _, m := range measures() {
		for _, name := range retention.DefinitionParams(m) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return append(names, "uselang")
}

// campaignPage is the page of one campaign.
func (s *Server) campaignPage(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "a campaign's page", pageParams())
	if err != nil {
		return err
	}
	if dropDefaults(q.values, s.o.Gap) {
		to := url.URL{Path: r.URL.Path, RawQuery: q.values.Encode()}
		w.Header().Set("Location", s.basePath+to.String())
		w.Header().Set("Cache-Control", cacheNot)
		w.WriteHeader(http.StatusSeeOther) // a form sends all its fields; the address keeps what differs
		return nil
	}
	b, err := s.base(r, q)
	if err != nil {
		return err
	}
	// What is wrong for the curve is wrong for the page; gap is survival's own.
	definition, err := s.definition(q, retention.MeasureRetention)
	if err != nil {
		return err
	}
	if _, err := retention.ParseDefinition(q.only([]string{"gap"}), retention.MeasureSurvival); err != nil {
		return err
	}
	c, done, err := s.campaignOf(w, r)
	if err != nil || done {
		return err
	}
	job, err := s.jobOf(r.Context(), b, c)
	if err != nil {
		return err
	}
	if job.ID == "" && c.State != store.Ready {
		// The reading may have ended since the campaign was last read: the event
		// that brings readers here comes sooner than what is known goes stale.
		if c, err = s.source.ask(r.Context(), c.ID); err != nil {
			return err
		}
	}
	parts := []string{job.ID, c.ID, revision(c), string(c.State), strconv.Itoa(c.Read), strconv.Itoa(c.Total), c.LastError, c.Refreshed.String()}
	return s.page(w, r, b, parts, func(ctx context.Context) (string, any, error) {
		v := campaignView{base: b, Campaign: c, Dates: dates(b, c.Campaign), Data: b.Raw("/v1/campaigns/" + url.PathEscape(c.ID))}
		v.Title, v.MadeUp = c.Title, c.MadeUp
		if key := stateKey(c); key != "" {
			v.State = b.T(key)
		}
		if job.ID != "" {
			v.Job = &job
		}
		v.Tools = newTools(b, c)
		if v.Published, err = s.published(ctx, b, c); err != nil {
			return "", nil, err
		}
		if c.State != store.Ready {
			v.unready()
			return "campaign.html", v, nil
		}
		return "campaign.html", v, s.fill(ctx, &v, q, definition)
	})
}

// unready says how far a campaign without figures is.
func (v *campaignView) unready() {
	c := v.Campaign
	if c.State == store.Failed {
		v.Notices = append(v.Notices, notice{"error", v.T("web-failed"), c.LastError})
		return
	}
	v.Progress = v.T("web-progress-unknown")
	if c.Total > 0 {
		v.Progress = v.T("web-progress", i18n.Int(c.Read), i18n.Int(c.Total))
		v.Percent = 100 * min(c.Read, c.Total) / c.Total
	}
}

// fill computes the figures of a page.
func (s *Server) fill(ctx context.Context, v *campaignView, q query, d retention.Definition) error {
	c := v.Campaign
	v.AsOf = v.loc.String(i18n.Date(c.AsOf))
	v.Coverage = coverageWords(v.base, publicCoverage(c, s.o.MinCell))
	v.Notices = notices(v.base, c, s.o.MinCell)
	if m := c.Coverage.Measured; m == 0 || m < s.o.MinCell {
		return nil // eight charts that say the same would say no more
	}
	v.Wiki, v.Compare = newWikiBlock(c, q.values), v.Href("/compare", "campaign", c.ID)
	v.Embed = v.Href(embedPath, "campaign", c.ID)
	v.Definition, v.Controls = definitionWords(v.base, d), newControls(v.base, d, q)
	for _, m := range measures() {
		section, result, err := s.section(ctx, v.base, c, q, m)
		if err != nil {
			return err
		}
		if section == nil {
			continue
		}
		v.Sections = append(v.Sections, *section)
		switch result := result.(type) {
		case *retention.Curve:
			v.Finding = charts.Finding(result, v.Lang())
		case *retention.Marks:
			v.keys(result)
		}
	}
	return nil
}

// notices lists what a reader should know before the figures.
func notices(b base, c store.Campaign, minCell int) []notice {
	var out []notice
	if c.Frozen != "" {
		out = append(out, notice{"info", b.T("web-frozen"), c.Frozen})
	}
	if n := len(c.Coverage.WikisFailed); n > 0 {
		out = append(out, notice{"warning", b.T("web-wikis-failed", i18n.Int(n)), some(b, c.Coverage.WikisFailed)})
	} else if c.LastError != "" {
		out = append(out, notice{"warning", b.T("web-last-error", i18n.Date(c.AsOf)), c.LastError})
	}
	switch m := c.Coverage.Measured; {
	case m == 0:
		out = append(out, notice{"empty", b.T("web-empty"), b.T("web-empty-detail")})
	case m < minCell:
		out = append(out, notice{"info", b.T("web-too-small", i18n.Int(minCell)), ""})
	}
	return out
}

// keys fills in the figures at the marks, a row for each group.
func (v *campaignView) keys(marks *retention.Marks) {
	for i, g := range marks.Groups {
		row := keyRow{Group: charts.GroupText(v.loc, g.Group), Class: string(g.Group)}
		for _, p := range g.Points {
			if i == 0 {
				v.KeyMonths = append(v.KeyMonths, v.T("chart-month", i18n.Int(p.Month)))
			}
			f := keyFigure{Missing: charts.StatusText(v.loc, p.Status), Provisional: p.Status == retention.Provisional}
			if p.Status.Known() {
				f.Rate = v.loc.String(i18n.Percent(p.Rate))
				f.Interval = v.T("web-interval", i18n.Share(p.Low), i18n.Percent(p.High))
				f.People = v.T("web-of", i18n.Int(p.Retained), i18n.Int(p.AtRisk))
			}
			if f.Provisional {
				v.KeyNote = v.T("chart-table-provisional")
			}
			row.Figures = append(row.Figures, f)
		}
		v.KeyRows = append(v.KeyRows, row)
	}
}

// section is one measure of the page; nil for a baseline that was not made.
func (s *Server) section(ctx context.Context, b base, c store.Campaign, q query, m retention.Measure) (*section, retention.Result, error) {
	out := &section{Name: string(m), Heading: b.T("web-chart-" + string(m))}
	if m == retention.MeasureCohorts {
		// Its rows are months of joining, whatever the others count from.
		q.values = copyValues(q.values)
		q.values.Del("anchor")
	}
	d, err := s.definition(q, m)
	var param *retention.ParamError
	if errors.As(err, &param) {
		// It suits the curve, as was seen before, but not this measure.
		out.Unavailable = b.T("web-unavailable")
		return out, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	result, err := s.figure(ctx, c, m, d)
	var unavailable *retention.UnavailableError
	var none *problem
	switch {
	case errors.As(err, &unavailable):
		out.Unavailable = b.T("web-unavailable") + " " + unavailable.Reason
		return out, nil, nil
	case errors.As(err, &none) && none.Type == typeBaseline:
		return nil, nil, nil
	case err != nil:
		return nil, nil, err
	}
	if m == retention.MeasureSurvival {
		out.Chips = []chipGroup{gapChips(b, q)}
	}
	at := chartAddress{"/v1/campaigns/" + url.PathEscape(c.ID) + "/" + string(m), q.only(retention.DefinitionParams(m))}
	return out, result, s.show(b, out, at, result, charts.Options{MadeUp: c.MadeUp})
}
