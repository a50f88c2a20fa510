package retention

import "testing"

// KaplanMeier and Median are the estimators apart from cohorts, so that tests
// can give them published data.
func KaplanMeier(events, censored []int) []SurvivalPoint {
	weeks := make([][2]int, len(events))
	for w := range weeks {
		weeks[w] = [2]int{censored[w], events[w]}
	}
	return kaplanMeier(weeks)
}

// Median is the median of a curve.
func Median(points []SurvivalPoint) Quantile { return median(points) }

// LogRankOf is the test over cohorts even where they share people.
func LogRankOf(t testing.TB, cs []*Cohort, d Definition, o Options) *LogRank {
	t.Helper()
	var groups []lifetimes
	for _, c := range cs {
		_, l, err := computeSurvival(c, d, o)
		if err != nil {
			t.Fatal(err)
		}
		groups = append(groups, l)
	}
	return logRank(groups)
}
