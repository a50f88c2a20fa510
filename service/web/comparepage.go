package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"afterglow/charts"
	"afterglow/charts/i18n"
	"afterglow/retention"
	"afterglow/service/store"
)

// compareView is the page that compares campaigns.
type compareView struct {
	base
	Chosen  []chosen
	Notices []notice
	// Q was searched for, Found is what was found.
	Q       string
	Found   []chosen
	Full    bool   // no more campaigns can be added
	Most    int    // so many can be compared
	Hidden  []pair // the form's other fields
	Chips   []chipGroup
	Finding string
	Section *section
	Clear   string // address of the page without campaigns
}

// chosen is a campaign that is compared, or could be.
type chosen struct {
	ID, Title, Dates, Href string
	State                  string // in words; empty: ready
	Change                 string // address of the page without it, or with it
}

// pair is a field of a form.
type pair struct{ Name, Value string }

// Charts of the page besides the measures that campaigns are compared by.
const (
	chartRollUp = "rollup" // everybody once
	mostFound   = 10
)

func compareCharts() []string { return append(compared(), chartRollUp) }

// comparePage is the page that compares campaigns.
func (s *Server) comparePage(w http.ResponseWriter, r *http.Request) error {
	allowed := []string{"campaign", "q", "chart", "highlight", "uselang"}
	for _, m := range compared() {
		for _, name := range retention.ComparisonParams(retention.Measure(m)) {
			if name != "preset" && !strings.HasPrefix(name, "survival_") && !slices.Contains(allowed, name) {
				allowed = append(allowed, name)
			}
		}
	}
	q, err := readQuery(r, "the page that compares", allowed, "campaign")
	if err != nil {
		return err
	}
	b, err := s.base(r, q)
	if err != nil {
		return err
	}
	v := compareView{base: b, Most: mostCompared, Clear: b.Href("/compare")}
	v.Title = b.T("web-compare-title")
	campaigns, err := s.chosen(r.Context(), &v, q)
	if err != nil {
		return err
	}
	if to, err := s.search(r.Context(), &v, q); err != nil || to != "" {
		if err == nil {
			h := w.Header()
			h.Set("Location", to)
			h.Set("Cache-Control", cacheNot)
			w.WriteHeader(http.StatusSeeOther)
		}
		return err
	}
	if err := s.compareSection(r.Context(), &v, q, campaigns); err != nil {
		return err
	}
	return s.live(w, r, b, "compare.html", v)
}

// live answers with a page that depends on more than its address says.
func (s *Server) live(w http.ResponseWriter, r *http.Request, b base, name string, view any) error {
	body, err := s.render(name, view)
	if err != nil {
		return err
	}
	cache := cachePage
	if b.SignedIn() {
		cache = cachePrivate
	}
	return s.unnamed(w, r, &answer{contentType: htmlType, csp: pageCSP, body: body}, cache)
}

// chosen reads the campaigns that the address names, and tidies the address:
// each once, at most mostCompared, under the id it has here. Those with figures
// are returned.
func (s *Server) chosen(ctx context.Context, v *compareView, q query) ([]store.Campaign, error) {
	var ids []string
	var ready []store.Campaign
	given := q.values["campaign"]
	if len(given) > 100 {
		given = given[:100]
	}
	for _, id := range given {
		if id == "" || slices.Contains(ids, id) {
			continue
		}
		if len(ids) == mostCompared {
			v.Notices = append(v.Notices, notice{Kind: "warning", Text: v.T("web-compare-most", i18n.Int(mostCompared))})
			break
		}
		if !idForm.MatchString(id) {
			return nil, refuse("campaign", id, "a campaign's id, such as metawiki-1234")
		}
		c, err := s.find(ctx, id)
		var other *moved
		if errors.As(err, &other) {
			if slices.Contains(ids, other.to) {
				continue
			}
			c, err = s.find(ctx, other.to)
		}
		var p *problem
		switch {
		case errors.As(err, &p) && p.Type == typeCampaign:
			v.Notices = append(v.Notices, notice{Kind: "warning", Text: v.T("web-compare-unknown", i18n.Text(id))})
			continue
		case err != nil:
			return nil, err
		}
		ids = append(ids, c.ID)
		v.MadeUp = v.MadeUp || c.MadeUp
		item := chosen{ID: c.ID, Title: c.Title, Dates: dates(v.base, c.Campaign), Href: v.Href("/campaigns/" + url.PathEscape(c.ID))}
		if key := stateKey(c); key != "" {
			item.State = v.T(key)
		}
		if c.State == store.Ready {
			ready = append(ready, c)
		} else {
			v.Notices = append(v.Notices, notice{Kind: "info", Text: v.T("web-compare-unready", i18n.Text(c.Title))})
		}
		v.Chosen = append(v.Chosen, item)
	}
	q.values["campaign"] = ids
	if len(ids) == 0 {
		q.values.Del("campaign")
	}
	if h := q.values.Get("highlight"); q.values.Has("highlight") && !slices.Contains(ids, h) {
		q.values.Del("highlight") // it was taken out
	}
	for i := range v.Chosen {
		to := copyValues(q.values)
		to["campaign"] = slices.Concat(ids[:i], ids[i+1:])
		to.Del("q")
		if to.Get("highlight") == ids[i] {
			to.Del("highlight")
		}
		v.Chosen[i].Change = v.self(to)
	}
	v.Full = len(ids) == mostCompared
	for name, values := range q.values {
		for _, value := range values {
			if name != "q" {
				v.Hidden = append(v.Hidden, pair{name, value})
			}
		}
	}
	slices.SortStableFunc(v.Hidden, func(a, b pair) int { return strings.Compare(a.Name, b.Name) })
	return ready, nil
}

// search looks for what was typed. An id or the address of a campaign's page
// adds the campaign at once: to is the page with it.
func (s *Server) search(ctx context.Context, v *compareView, q query) (to string, err error) {
	if v.Q, err = q.text("q", 500); err != nil || strings.TrimSpace(v.Q) == "" {
		return "", err
	}
	v.Q = strings.TrimSpace(v.Q)
	add := func(id string) string {
		values := copyValues(q.values)
		values["campaign"] = append(slices.Clone(values["campaign"]), id)
		values.Del("q")
		return v.self(values)
	}
	id := v.Q
	if u, err := url.Parse(v.Q); err == nil {
		if _, name, ok := strings.Cut(u.Path, "/campaigns/"); ok {
			id, _, _ = strings.Cut(name, "/")
		}
	}
	if idForm.MatchString(id) && !v.Full {
		c, err := s.find(ctx, id)
		var other *moved
		if errors.As(err, &other) {
			return add(other.to), nil
		}
		if err == nil {
			return add(c.ID), nil
		}
		var p *problem
		if !errors.As(err, &p) || p.Type != typeCampaign {
			return "", err
		}
	}
	if len(v.Q) > 200 {
		return "", nil // too long for a title, and no address of ours
	}
	found, _, err := s.list(ctx, store.Query{Q: v.Q, Limit: mostFound})
	if err != nil {
		return "", err
	}
	for _, c := range found {
		item := chosen{ID: c.ID, Title: c.Title, Dates: dates(v.base, c.Campaign), Href: v.Href("/campaigns/" + url.PathEscape(c.ID))}
		if !slices.Contains(q.values["campaign"], c.ID) && !v.Full {
			item.Change = add(c.ID)
		}
		if key := stateKey(c); key != "" {
			item.State = v.T(key)
		}
		v.Found = append(v.Found, item)
	}
	return "", nil
}

// compareSection fills in the chart.
func (s *Server) compareSection(ctx context.Context, v *compareView, q query, campaigns []store.Campaign) error {
	kind, err := q.word("chart", compareCharts()...)
	if err != nil {
		return err
	}
	if len(campaigns) < leastCompared {
		return nil
	}
	c := comparison{measure: retention.Measure(kind)}
	names := retention.ComparisonParams(c.measure)
	if kind == chartRollUp {
		c.measure = retention.MeasureRollUp
		names = retention.DefinitionParams(c.measure)
	}
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "preset" || strings.HasPrefix(n, "survival_") })
	values := q.only(names)
	withGap := s.withGap(copyValues(values), names)
	if kind == chartRollUp {
		c.definition, err = retention.ParseDefinition(withGap, c.measure)
	} else {
		c.definition, err = retention.ParseComparison(withGap, c.measure)
	}
	if err != nil {
		return err
	}
	v.compareChips(q, kind, names, campaigns)
	out := &section{Name: kind, Heading: v.T("web-compare-chart-" + kind)}
	v.Section = out
	result, err := s.compareFigures(ctx, campaigns, c)
	var unavailable *retention.UnavailableError
	if errors.As(err, &unavailable) {
		out.Unavailable = v.T("web-unavailable") + " " + unavailable.Reason
		return nil
	}
	if err != nil {
		return err
	}
	at := chartAddress{path: "/v1/compare/" + kind, values: copyValues(values)}
	if kind == chartRollUp {
		at.path = "/v1/compare/" + string(retention.MeasureRetention)
		at.values.Set("rollup", "true")
	}
	for _, c := range campaigns {
		at.values.Add("campaign", c.ID)
	}
	o := charts.Options{MadeUp: v.MadeUp}
	if h := q.values.Get("highlight"); h != "" && kind != chartRollUp {
		o.Highlight = h
		at.values.Set("highlight", h)
	}
	err = s.show(v.base, out, at, result, o)
	v.Finding = out.Finding
	return err
}

// compareChips are the controls of the comparison.
func (v *compareView) compareChips(q query, kind string, names []string, campaigns []store.Campaign) {
	v.Chips = append(v.Chips, chips(v.base, q, "chart", v.T("web-compare-show"), compareCharts(), func(c string) string { return v.T("web-compare-chart-" + c) }))
	for _, g := range []chipGroup{groupChips(v.base, q, retention.Definition{}), thresholdChips(v.base, q), modeChips(v.base, q), gapChips(v.base, q)} {
		if slices.Contains(names, g.Name) {
			v.Chips = append(v.Chips, g)
		}
	}
	if kind != chartRollUp && len(campaigns) > 2 {
		ids, titles := []string{""}, map[string]string{"": v.T("web-compare-highlight-none")}
		for _, c := range campaigns {
			ids, titles[c.ID] = append(ids, c.ID), c.Title
		}
		v.Chips = append(v.Chips, chips(v.base, q, "highlight", v.T("web-compare-highlight"), ids, func(id string) string { return titles[id] }))
	}
}
