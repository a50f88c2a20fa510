package charts_test

import (
	"strings"
	"testing"

	"afterglow/charts"
	"afterglow/charts/i18n"
	"afterglow/charts/sample"
	"afterglow/retention"
)

// TestData: every chart's table has a head for each column, a row for each
// figure, and words in every language.
func TestData(t *testing.T) {
	curve := sample.Curve("One & <two>", 60, 52, 12, 9)
	for name, test := range map[string]struct {
		result retention.Result
		rows   int
	}{
		"retention": {curve, 12},
		"marks":     {sample.Marks("Marks", 60, 52, 9), 4},
		"survival":  {sample.Survival("Survival", 60, 26, .05), 0},
		"cohorts":   {sample.Cohorts("Cohorts", 7, 12), 8},
		"intensity": {sample.Intensity("Intensity", 112, 12, 9), 12},
		"activity":  {sample.Activity("Activity", 112, 9), 0},
		"lifecycle": {sample.Lifecycle("Lifecycle", 112, 9), 0},
		"baseline":  {sample.Baseline("Baseline", 57, 230, 9), 4},
		"rollup":    {sample.RollUp("Roll-up"), 0},
		"compared":  {sample.Comparison(4, 12), 4},
	} {
		for _, lang := range append(i18n.Languages(), i18n.Pseudo) {
			d := charts.Data(test.result, lang)
			if d == nil || len(d.Rows) == 0 || test.rows > 0 && len(d.Rows) != test.rows {
				t.Fatalf("%s in %s: %+v", name, lang, d)
			}
			for _, row := range d.Rows {
				if len(row.Cells)+1 != len(d.Head) {
					t.Errorf("%s in %s: %d cells under %d heads", name, lang, len(row.Cells)+1, len(d.Head))
				}
				if text := row.Head + strings.Join(row.Cells, " ") + strings.Join(d.Head, " "); strings.ContainsAny(text, "⧼$") || strings.Contains(text, "NaN") {
					t.Errorf("%s in %s: %q", name, lang, text)
				}
			}
		}
	}
	open := charts.Data(curve, "en").Rows[11]
	if got := strings.Join(open.Cells, "|"); !strings.Contains(got, "not over yet") {
		t.Errorf("an open month reads %q", got)
	}
}
