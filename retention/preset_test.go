package retention_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"afterglow/retention"
)

// sample is one campaign whose people tell the eight presets apart: each is
// there for an instant at which one definition counts what its neighbour does not.
func sample(t testing.TB) *retention.Cohort {
	t.Helper()
	reg := start() + 3600 // most accounts were created inside the event
	pre := start() - 5*day
	onOther := func(p person) person {
		for i := range p.edits {
			p.edits[i].wiki = "otherwiki"
		}
		return p
	}
	talk := func(p person) person {
		for i := range p.edits {
			p.edits[i].ns = 1
		}
		return p
	}
	reverted := func(p person) person {
		p.edits[len(p.edits)-1].reverted = true
		return p
	}
	return cohort(t,
		by(reg, reg+10, reg+day-1),                             // edited on the first day only
		by(reg, reg+10, reg+30*day-1),                          // last edit a second before day 30
		by(reg, reg+10, reg+30*day),                            // last edit at exactly day 30
		by(reg, reg+10, reg+60*day-1),                          // in the last second of the second month
		by(reg, reg+10, reg+60*day),                            // too late by a second
		by(reg, reg+2*day, reg+35*day),                         // first edit not on the first day
		by(reg, reg+40*day),                                    // no edit before day 30
		by(reg, reg+day, reg+15*day-1),                         // first edit at exactly 24 hours
		by(reg, reg+10, reg+14*day, reg+15*day),                // within Growth's two weeks
		reverted(by(reg, reg+10, reg+5*day)),                   // the same, but reverted
		by(reg, reg+10, end()+7*day),                           // at exactly 7 days after the end
		by(reg, reg+10, end()+7*day+1),                         // a second later
		by(pre, pre+10, end()+8*day),                           // created before the event
		by(end(), end()+8*day),                                 // created at the very end
		onOther(by(reg, reg+10, end()+9*day)),                  // only on another wiki
		talk(by(reg, reg+10, end()+9*day)),                     // only on talk pages
		old(start()+2*month, start()+3*month-1),                // in month 3 from the start
		old(start()+5*month, start()+11*month),                 // in months 6 and 12 from the start
		old(end()+1, end()+2, end()+3, end()+4, end()+5),       // five content edits in month 1
		talk(old(end()+1, end()+2, end()+3, end()+4, end()+5)), // five, but on talk pages
		old(end()+1, end()+2, end()+3, end()+4),                // four
		old(),
	)
}

// figures is the retained and at risk of each point.
func figures(points []retention.Point) []string {
	var out []string
	for _, p := range points {
		out = append(out, fmt.Sprintf("%d/%d", p.Retained, p.AtRisk))
	}
	return out
}

// TestPresetsOfOneCampaign is the same people by eight definitions. The figures
// were counted by hand from the comments of sample.
func TestPresetsOfOneCampaign(t *testing.T) {
	c := sample(t)
	tests := []struct {
		preset retention.Preset
		change func(d *retention.Definition)
		want   string
	}{
		{retention.WMFNewEditor, nil, "[3/15]"},       // all newcomers but the one who began on day 40
		{retention.SurvivingNewEditor, nil, "[2/12]"}, // without those who did not edit within a day
		{retention.SurvivalPreset, nil, "[4/16]"},     // whoever edited before
		{retention.SurvivalPreset, func(d *retention.Definition) { d.SurvivalS = 0 }, "[5/16]"},
		{retention.SurvivalPreset, func(d *retention.Definition) { d.SurvivalT, d.SurvivalS, d.SurvivalN = 0, 1, 2 }, "[1/16]"},
		{retention.Growth, nil, "[2/12]"},
		{retention.Growth, func(d *retention.Definition) { d.Reverted = retention.Exclude }, "[1/12]"},
		{retention.EventMetrics, nil, "[11/16]"}, // not the one at exactly 7 days
		{retention.Dashboard, nil, "[9/15]"},     // that one, but not those elsewhere, nor the account from before
		{retention.Dashboard, func(d *retention.Definition) { d.Wikis.Kind = "all" }, "[10/15]"},
		{retention.Dashboard, func(d *retention.Definition) { d.Namespaces.Kind, d.Namespaces.Numbers = "all", nil }, "[10/15]"},
		{retention.ProgramEvaluation, nil, "[3/22 1/22 1/22]"},
		{retention.ActiveEditor, nil, "[1/22 0/22 0/22 0/22 0/22 0/22 0/22 0/22 0/22 0/22 0/22 0/22]"},
		{retention.ActiveEditor, func(d *retention.Definition) { d.Namespaces.Kind = "all" }, "[2/22 0/22 0/22 0/22 0/22 0/22 0/22 0/22 0/22 0/22 0/22 0/22]"},
	}
	for _, test := range tests {
		d := retention.ForPreset(test.preset)
		if test.change != nil {
			test.change(&d)
		}
		r := curve(t, c, d, late())
		if got := fmt.Sprint(figures(r.Points)); got != test.want {
			t.Errorf("%s %+v: %s, want %s", test.preset, d, got, test.want)
		}
		if r.Groups != nil {
			t.Errorf("%s has groups", test.preset)
		}
	}
}

func TestPresetsBeforeTheyCanBeKnown(t *testing.T) {
	c := sample(t)
	reg := start() + 3600
	tests := []struct {
		preset retention.Preset
		asOf   int64
		want   retention.Status
	}{
		// Blank, never 0, up to end + 7 d; after it, zeros may still turn.
		{retention.EventMetrics, end() + 7*day, retention.Open},
		{retention.EventMetrics, end() + 7*day + 1, retention.Open},
		{retention.EventMetrics, end() + 7*day + 2, retention.Provisional},
		{retention.EventMetrics, end() + 700*day, retention.Provisional},
		{retention.Dashboard, end() + 7*day, retention.Open},
		{retention.Dashboard, end() + 7*day + 1, retention.Provisional},
		{retention.WMFNewEditor, reg + 50*day, retention.Open},
		// The account created at the end closes last.
		{retention.WMFNewEditor, end() + 60*day + 2*day - 1, retention.Provisional},
		{retention.WMFNewEditor, end() + 60*day + 2*day, retention.Final},
	}
	for _, test := range tests {
		p := curve(t, c, retention.ForPreset(test.preset), asOf(test.asOf)).Points[0]
		if p.Status != test.want {
			t.Errorf("%s at end%+d s: %s, want %s", test.preset, test.asOf-end(), p.Status, test.want)
		}
	}
}

func TestPresetWindows(t *testing.T) {
	c := sample(t)
	for preset, want := range map[retention.Preset]retention.Window{
		retention.WMFNewEditor: {From: 30 * day, To: 60 * day}, retention.SurvivingNewEditor: {From: 30 * day, To: 60 * day},
		retention.SurvivalPreset: {From: 30 * day, To: 60 * day}, retention.Growth: {From: day, To: 15 * day},
		retention.EventMetrics: {From: 7*day + 1, To: -1}, retention.Dashboard: {From: 7 * day, To: -1},
	} {
		if p := curve(t, c, retention.ForPreset(preset), late()).Points[0]; p.Month != 0 || p.Window != want {
			t.Errorf("%s: month %d, window %+v, want %+v", preset, p.Month, p.Window, want)
		}
	}
	for i, p := range curve(t, c, retention.ForPreset(retention.ProgramEvaluation), late()).Points {
		if want := []int{3, 6, 12}[i]; p.Month != want {
			t.Errorf("program-evaluation: point %d is month %d, want %d", i, p.Month, want)
		}
	}
}

// TestPresetFixesTheRest is that only what a preset leaves open has an effect.
func TestPresetFixesTheRest(t *testing.T) {
	c := sample(t)
	d := retention.ForPreset(retention.WMFNewEditor)
	d.Mode, d.Threshold, d.Months, d.Group, d.Anchor, d.NewcomerDays, d.Population = retention.Cumulative, 3, 5, retention.All, retention.AnchorStart, 0, retention.Active
	r := curve(t, c, d, late())
	if got := fmt.Sprint(figures(r.Points)); got != "[3/15]" || r.Group != retention.Newcomers || r.Definition.Anchor != retention.AnchorRegistration {
		t.Errorf("%s of %s by %+v", got, r.Group, r.Definition)
	}
}

// TestDocumentedPresets holds the table in docs/metrics.md to what is computed.
func TestDocumentedPresets(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	c := sample(t)
	for _, preset := range retention.Presets() {
		p := curve(t, c, retention.ForPreset(preset), late()).Points[0]
		row := fmt.Sprintf("| `%s` | %d | %d | %.0f %% | %.0f to %.0f %% |", preset, p.Retained, p.AtRisk, 100*p.Rate, 100*p.Low, 100*p.High)
		if !strings.Contains(string(doc), row) {
			t.Errorf("docs/metrics.md lacks the row %s", row)
		}
	}
}
