package charts_test

import (
	"testing"

	"afterglow/charts"
	"afterglow/retention"
)

// TestFindingOfAnEarlyMedian: where half left in the first week, the sentence
// says who outlasted it, never "within 0 weeks".
func TestFindingOfAnEarlyMedian(t *testing.T) {
	zero := 0.0
	s := &retention.Survival{
		Group: retention.All, People: 100, Status: retention.Final,
		Head:   retention.Head{Coverage: retention.Coverage{Participants: 100, Measured: 100}},
		Points: []retention.SurvivalPoint{{Week: 0, AtRisk: 100, Events: 70, Survival: .3, Low: .21, High: .39, HasInterval: true}},
		Median: retention.Quantile{Weeks: &zero, Low: &zero, High: &zero},
	}
	want := "30% of 100 participants were still editing after 1 week (between 21% and 39%)."
	if got := charts.Finding(s, "en"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
