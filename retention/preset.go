package retention

import "slices"

// presetRule is what a preset fixes.
type presetRule struct {
	definition Definition
	// entry, if To is not 0, is the window in which a participant must have
	// made an edit to be counted at all.
	entry Window
	// months, or a single window where there are none.
	months []int
	window Window
}

// ForPreset is the definition that a preset stands for. Its Wikis, Namespaces,
// Reverted, LaterCampaigns and, for SurvivalPreset, SurvivalN, SurvivalT and
// SurvivalS may be changed; changes of the rest have no effect. An unknown
// preset gives the default definition.
func ForPreset(p Preset) Definition {
	r, ok := presetOf(p)
	if !ok {
		return Default()
	}
	return r.definition
}

// Presets is the names of all presets, in the order of docs/metrics.md.
func Presets() []Preset {
	return []Preset{WMFNewEditor, SurvivingNewEditor, SurvivalPreset, Growth, EventMetrics, Dashboard, ProgramEvaluation, ActiveEditor}
}

// untilData is the end of a window that lasts until the data's end.
const untilData = -1

// presetOf is what a preset fixes, with its own survival parameters.
func presetOf(p Preset) (presetRule, bool) {
	d := Default()
	d.Preset = p
	newcomers := func(a Anchor) Definition {
		d.Group, d.Anchor = Newcomers, a
		return d
	}
	switch p {
	case WMFNewEditor:
		return presetRule{definition: newcomers(AnchorRegistration), entry: Window{0, 30 * day}, window: Window{30 * day, 60 * day}}, true
	case SurvivingNewEditor:
		return presetRule{definition: newcomers(AnchorRegistration), entry: Window{0, day}, window: Window{30 * day, 60 * day}}, true
	case SurvivalPreset:
		return presetRule{definition: newcomers(AnchorRegistration)}, true
	case Growth:
		return presetRule{definition: newcomers(AnchorRegistration), entry: Window{0, day}, window: Window{day, 15 * day}}, true
	case EventMetrics:
		// Strictly after 7 days: times are whole seconds.
		return presetRule{definition: newcomers(AnchorEnd), window: Window{7*day + 1, untilData}}, true
	case Dashboard:
		// From 7 days on: the Dashboard asks usercontribs from that instant, inclusive.
		r := presetRule{definition: newcomers(AnchorEnd), window: Window{7 * day, untilData}}
		r.definition.NewcomerDays = 0
		r.definition.Wikis = Wikis{Kind: "home"}
		r.definition.Namespaces = Namespaces{Kind: "list", Numbers: []int{0}}
		return r, true
	case ProgramEvaluation:
		d.Anchor = AnchorStart
		return presetRule{definition: d, months: []int{3, 6, 12}}, true
	case ActiveEditor:
		d.Threshold = 5
		d.Namespaces = Namespaces{Kind: "content"}
		return presetRule{definition: d, months: months(d.Months)}, true
	}
	return presetRule{}, false
}

// months is 1 … n.
func months(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i + 1
	}
	return out
}

// appliesToPreset reports whether a parameter may be given with a preset.
func appliesToPreset(name string, p Preset) bool {
	if slices.Contains([]string{"survival_n", "survival_t", "survival_s"}, name) {
		return p == SurvivalPreset
	}
	return slices.Contains([]string{"preset", "wikis", "namespaces", "reverted", "later_campaigns"}, name)
}

// rule is what d's preset fixes, by d's own survival parameters.
func (d Definition) rule() presetRule {
	r, _ := presetOf(d.Preset)
	if d.Preset == SurvivalPreset {
		from := int64(d.SurvivalT) * day
		r.window = Window{from, untilData}
		if d.SurvivalS > 0 {
			r.window.To = from + int64(d.SurvivalS)*day
		}
	}
	return r
}

// normal is d as the measure uses it: validated, with the fields that the
// measure or the preset fixes set to what they are, and the fields that do not
// apply set to their defaults.
func (d Definition) normal(m Measure) (Definition, error) {
	if err := d.Validate(m); err != nil {
		return Definition{}, err
	}
	if m == MeasureRetention && d.Preset != "" {
		n := ForPreset(d.Preset)
		n.Wikis, n.Namespaces, n.Reverted, n.LaterCampaigns = d.Wikis, d.Namespaces, d.Reverted, d.LaterCampaigns
		if d.Preset == SurvivalPreset {
			n.SurvivalN, n.SurvivalT, n.SurvivalS = d.SurvivalN, d.SurvivalT, d.SurvivalS
			n.Threshold = d.SurvivalN
		}
		return n, nil
	}
	names := DefinitionParams(m)
	n := defaults(m)
	for _, p := range parameters {
		if slices.Contains(names, p.name) && p.name != "preset" {
			p.copy(&n, &d)
		}
	}
	return n, nil
}
