package web

import (
	"net/url"
	"slices"
	"strconv"

	"afterglow/charts"
	"afterglow/charts/i18n"
	"afterglow/retention"
)

// controls is how a reader changes what is counted: chips for the common
// changes, and a form for all. Both are plain addresses and need no script.
type controls struct {
	Chips   []chipGroup
	Selects []selectField
	Numbers []numberField
	Presets []option
	Preset  string
	Changed bool   // the definition is not the default
	Reset   string // address of the default definition
	Action  string // of the form
	Lang    string // uselang to keep; empty: none
}

type chipGroup struct {
	Name, Label string
	Chips       []chip
}

// chip is a link to the page with a parameter changed. Its id lets the focus
// return to it when the page is drawn anew.
type chip struct {
	ID, Label, Href string
	Current         bool
}

type selectField struct {
	Name, Label string
	Options     []option
}

type numberField struct {
	Name, Label      string
	Value, Low, High int
}

// defaultsOf is each parameter of the page's form with its default.
func defaultsOf(gap int) map[string]string {
	d := retention.Default()
	return map[string]string{
		"population": string(d.Population), "anchor": "", "mode": string(d.Mode), "threshold": strconv.Itoa(d.Threshold),
		"months": strconv.Itoa(d.Months), "group": string(d.Group), "wikis": d.Wikis.Kind, "namespaces": d.Namespaces.Kind,
		"reverted": string(d.Reverted), "later_campaigns": string(d.LaterCampaigns), "newcomer_days": strconv.Itoa(d.NewcomerDays),
		"preset": "", "uselang": "en", "gap": strconv.Itoa(gap), "chart": compareCharts()[0], "highlight": "",
	}
}

// dropDefaults takes out the parameters that say nothing: a form sends all its
// fields. It reports whether there were any. anchor=end is kept, since the
// cohorts have another default.
func dropDefaults(values url.Values, gap int) bool {
	dropped := false
	for name, def := range defaultsOf(gap) {
		if v, ok := values[name]; ok && (v[0] == "" || v[0] == def) {
			delete(values, name)
			dropped = true
		}
	}
	return dropped
}

func newControls(b base, d retention.Definition, q query) controls {
	c := controls{Reset: b.Href(b.path), Action: b.Raw(b.path), Preset: string(d.Preset)}
	if b.Lang() != "en" {
		c.Lang = b.Lang()
	}
	for name := range q.values {
		c.Changed = c.Changed || name != "uselang"
	}
	c.Chips = []chipGroup{groupChips(b, q, d), thresholdChips(b, q), modeChips(b, q)}
	c.Selects, c.Numbers = fields(b, d, q)
	c.Presets = []option{{"", b.T("web-preset-none"), d.Preset == ""}}
	for _, p := range retention.Presets() {
		c.Presets = append(c.Presets, option{string(p), string(p), d.Preset == p})
	}
	return c
}

// chips are the values of a parameter, each a link to this page with it. A
// preset fixes the other parameters, so a chip leaves it.
func chips(b base, q query, name, label string, values []string, word func(string) string) chipGroup {
	g := chipGroup{Name: name, Label: label}
	def := defaultsOf(b.server.o.Gap)[name]
	now := q.values.Get(name)
	if now == "" {
		now = def
	}
	for _, v := range values {
		to := copyValues(q.values)
		to.Del("preset")
		to.Set(name, v)
		dropDefaults(to, b.server.o.Gap)
		g.Chips = append(g.Chips, chip{ID: "chip-" + name + "-" + v, Label: word(v), Href: b.self(to), Current: v == now && !q.values.Has("preset")})
	}
	return g
}

func groupChips(b base, q query, d retention.Definition) chipGroup {
	var groups []string
	for _, g := range []retention.Group{retention.All, retention.Newcomers, retention.Experienced, retention.FirstTime, retention.Repeat} {
		if d.Anchor == retention.AnchorRegistration && g != retention.Newcomers {
			continue // registration is an anchor of newcomers only
		}
		groups = append(groups, string(g))
	}
	return chips(b, q, "group", b.T("web-control-group"), groups, func(v string) string { return charts.GroupText(b.loc, retention.Group(v)) })
}

func thresholdChips(b base, q query) chipGroup {
	return chips(b, q, "threshold", b.T("web-control-threshold"), []string{"1", "5", "100"}, func(v string) string {
		n, _ := strconv.Atoi(v) // of the list above
		return b.T("chart-edits-from", i18n.Int(n))
	})
}

func modeChips(b base, q query) chipGroup {
	modes := []string{string(retention.Bracket), string(retention.Unbounded), string(retention.Cumulative)}
	return chips(b, q, "mode", b.T("web-control-mode"), modes, func(v string) string { return b.T("web-option-mode-" + v) })
}

// gapChips are the common gaps and the service's own.
func gapChips(b base, q query) chipGroup {
	gaps := []int{30, 60, 90, 180}
	if !slices.Contains(gaps, b.server.o.Gap) {
		gaps = append(gaps, b.server.o.Gap)
		slices.Sort(gaps)
	}
	var values []string
	for _, g := range gaps {
		values = append(values, strconv.Itoa(g))
	}
	return chips(b, q, "gap", b.T("web-control-gap"), values, func(v string) string {
		n, _ := strconv.Atoi(v) // of the list above
		return b.T("web-days", i18n.Int(n))
	})
}

// fields are the form's fields.
func fields(b base, d retention.Definition, q query) ([]selectField, []numberField) {
	sel := func(name string, value string, words ...string) selectField {
		f := selectField{Name: name, Label: b.T("web-control-" + name)}
		if value != "" && !slices.Contains(words, value) {
			words = append(words, value) // a list of wikis that the address holds
		}
		for _, w := range words {
			label, word := w, w
			if w == "" {
				word = "default"
			}
			if key := "web-option-" + name + "-" + word; b.loc.Has(key) {
				label = b.T(key)
			}
			f.Options = append(f.Options, option{w, label, w == value})
		}
		return f
	}
	anchor := q.values.Get("anchor")
	selects := []selectField{
		{Name: "group", Label: b.T("web-control-group"), Options: groupOptions(b, d.Group)},
		sel("mode", string(d.Mode), "bracket", "unbounded", "cumulative"),
		sel("population", string(d.Population), "registered", "active"),
		sel("anchor", anchor, "", "end", "start", "join", "registration"),
		sel("wikis", d.Wikis.String(), "all", "campaign", "home"),
		sel("namespaces", d.Namespaces.String(), "all", "content"),
		sel("reverted", string(d.Reverted), "include", "exclude"),
		sel("later_campaigns", string(d.LaterCampaigns), "include", "exclude"),
	}
	gap := b.server.o.Gap
	if n, err := strconv.Atoi(q.values.Get("gap")); err == nil {
		gap = n
	}
	num := func(name string, value, low, high int) numberField {
		return numberField{name, b.T("web-control-" + name), value, low, high}
	}
	return selects, []numberField{
		num("threshold", d.Threshold, 1, 1000), num("months", d.Months, 1, 60),
		num("newcomer_days", d.NewcomerDays, 0, 180), num("gap", gap, 7, 365),
	}
}

func groupOptions(b base, now retention.Group) []option {
	var out []option
	for _, g := range []retention.Group{retention.All, retention.Newcomers, retention.Experienced, retention.FirstTime, retention.Repeat} {
		out = append(out, option{string(g), charts.GroupText(b.loc, g), g == now})
	}
	return out
}
