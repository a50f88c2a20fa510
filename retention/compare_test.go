package retention_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"afterglow/retention"
)

func TestWilson(t *testing.T) {
	// docs/metrics.md quotes the first two; the next four are Newcombe's (1998,
	// Statistics in Medicine 17, 857–872, table I, method 3), to four places.
	tests := []struct {
		x, n      int
		low, high float64
		places    float64
	}{
		{27, 125, .153, .296, 1e3},
		{397, 3497, .103, .124, 1e3},
		{81, 263, .2553, .3662, 1e4},
		{15, 148, .0624, .1605, 1e4},
		{0, 20, 0, .1611, 1e4},
		{1, 29, .0061, .1718, 1e4},
	}
	for _, test := range tests {
		low, high := retention.Wilson(test.x, test.n)
		if math.Round(low*test.places)/test.places != test.low || math.Round(high*test.places)/test.places != test.high {
			t.Errorf("%d of %d: %v to %v, want %v to %v", test.x, test.n, low, high, test.low, test.high)
		}
	}
	if low, high := retention.Wilson(7, 7); low >= 1 || high != 1 {
		t.Errorf("7 of 7: %v to %v", low, high)
	}
}

// TestNewcombe is the examples of R. G. Newcombe, Statistics in Medicine 17
// (1998), 873–890, table II, method 10.
func TestNewcombe(t *testing.T) {
	tests := []struct {
		x1, n1, x2, n2   int
		value, low, high float64
	}{
		{56, 70, 48, 80, .2000, .0524, .3339},
		{9, 10, 3, 10, .6000, .1705, .8090},
		{6, 7, 2, 7, .5714, .0582, .8062},
		{5, 56, 0, 29, .0893, -.0381, .1926},
		{0, 10, 0, 20, 0, -.1611, .2775},
		{0, 10, 0, 10, 0, -.2775, .2775},
		{10, 10, 0, 20, 1, .6791, 1},
		{10, 10, 0, 10, 1, .6075, 1},
	}
	for _, test := range tests {
		value, low, high := retention.Newcombe(test.x1, test.n1, test.x2, test.n2)
		for i, got := range []float64{value, low, high} {
			if want := []float64{test.value, test.low, test.high}[i]; math.Abs(got-want) > 5.1e-5 {
				t.Errorf("%d/%d − %d/%d: %v [%v, %v], want %v [%v, %v]", test.x1, test.n1, test.x2, test.n2, value, low, high, test.value, test.low, test.high)
				break
			}
		}
	}
}

func twoCampaigns(t *testing.T, shared int) []*retention.Cohort {
	t.Helper()
	// 56 of 70 and 48 of 80 retained in month 1, as Newcombe's first example.
	a := numbered(1, append(times(56, old(end()+10*day)), times(14, old())...)...)
	b := numbered(int64(71-shared), append(times(48, old(end()+28*day)), times(32, old())...)...)
	return []*retention.Cohort{
		cohortIn(t, campaignOf("b", start()+8*day, end()+8*day), b...),
		cohortIn(t, campaignOf("a", start(), end()), a...),
	}
}

func compared(t *testing.T, cs []*retention.Cohort, m retention.Measure, d retention.Definition) *retention.Comparison {
	t.Helper()
	r, err := retention.Compare(cs, m, d, late())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCompareMarks(t *testing.T) {
	for shared, tested := range map[int]bool{0: true, 3: true, 4: false} { // 5 % of 70 is 3.5
		r := compared(t, twoCampaigns(t, shared), retention.MeasureMarks, retention.Default())
		p := r.Pairs[0]
		if len(r.Pairs) != 1 || p.Shared != shared || p.Tested != tested {
			t.Fatalf("%d shared: %+v", shared, r.Pairs)
		}
		if !tested {
			if p.Differences != nil || p.LogRank != nil {
				t.Errorf("%d shared: tested all the same: %+v", shared, p)
			}
			if r.Curves[0].Points[0].Retained != 48 {
				t.Errorf("%d shared: the rates are not shown", shared)
			}
			continue
		}
		d := p.Differences[0]
		_, low, high := retention.Newcombe(48, 80, 56, 70)
		if d.Month != 1 || math.Abs(d.Value+.2) > exact || math.Abs(d.Low-low) > limit || math.Abs(d.High-high) > limit || d.Status != retention.Final {
			t.Errorf("difference %+v, want −0.2 [%v, %v]", d, low, high)
		}
		var months []int
		for _, d := range p.Differences {
			months = append(months, d.Month)
		}
		if !slices.Equal(months, []int{1, 3, 6, 12}) {
			t.Errorf("differences in months %v, want the marks", months)
		}
	}
}

func TestCompareIsByPersonNotByName(t *testing.T) {
	// The same numbers on another farm are other people.
	a := numbered(1, times(20, old(end()+1))...)
	b := numbered(1, times(20, old(end()+1))...)
	for i := range b {
		b[i].Key.Farm = "other"
	}
	cs := []*retention.Cohort{cohortIn(t, campaignOf("a", start(), end()), a...), cohortIn(t, campaignOf("b", start(), end()), b...)}
	if r := compared(t, cs, retention.MeasureRetention, retention.Default()); r.Pairs[0].Shared != 0 {
		t.Errorf("%d shared between farms, want none", r.Pairs[0].Shared)
	}
	rolled, err := retention.ComputeRollUp(cs, retention.Default(), late())
	if err != nil {
		t.Fatal(err)
	}
	if rolled.People != 40 {
		t.Errorf("%d people, want 40", rolled.People)
	}
}

func TestCompareCohortsAreInOrderOfTheEnd(t *testing.T) {
	r := compared(t, twoCampaigns(t, 0), retention.MeasureCohorts, retention.Default())
	if len(r.Rows) != 2 || r.Rows[0].Key != "a" || r.Rows[1].Key != "b" || r.Rows[0].Title != "Campaign a" || r.Rows[0].Points[0].Retained != 56 {
		t.Errorf("rows %+v", r.Rows)
	}
}

func TestCompareSurvival(t *testing.T) {
	r := compared(t, twoCampaigns(t, 0), retention.MeasureSurvival, retention.Default())
	if len(r.Survivals) != 2 || r.Pairs[0].LogRank == nil || r.LogRank == nil || *r.LogRank != *r.Pairs[0].LogRank {
		t.Fatalf("%+v", r)
	}
	// All events are in week 0: nothing but their number at one time, so nobody
	// can be said to have stayed longer.
	same := compared(t, []*retention.Cohort{
		cohortIn(t, campaignOf("a", start(), end()), numbered(1, old(), old())...),
		cohortIn(t, campaignOf("b", start(), end()), numbered(9, old(), old())...),
	}, retention.MeasureSurvival, retention.Default())
	if same.LogRank != nil {
		t.Errorf("log-rank %+v where there is no variance", *same.LogRank)
	}
	shared := compared(t, twoCampaigns(t, 70), retention.MeasureSurvival, retention.Default())
	if shared.LogRank != nil || shared.Pairs[0].LogRank != nil || shared.Pairs[0].Shared != 70 {
		t.Errorf("the same people were tested as if they were different: %+v", shared.Pairs)
	}
}

func TestCompareGroups(t *testing.T) {
	c := cohort(t, append(times(30, young(end()+1)), times(30, old(end()+100*day))...)...)
	r, err := retention.CompareGroups(c, retention.Newcomers, retention.Experienced, retention.MeasureRetention, retention.Default(), late())
	if err != nil {
		t.Fatal(err)
	}
	if r.Pairs[0].Shared != 0 || !r.Pairs[0].Tested || r.Pairs[0].Differences[0].Value != 1 || r.Side(0) != "newcomers" || r.Side(1) != "experienced" {
		t.Errorf("%+v, sides %s and %s", r.Pairs, r.Side(0), r.Side(1))
	}
	r, err = retention.CompareGroups(c, retention.Newcomers, retention.All, retention.MeasureRetention, retention.Default(), late())
	if err != nil {
		t.Fatal(err)
	}
	if r.Pairs[0].Shared != 30 || r.Pairs[0].Tested {
		t.Errorf("newcomers against all: %+v, want 30 shared and no test", r.Pairs[0])
	}
}

func TestComparePreset(t *testing.T) {
	r := compared(t, []*retention.Cohort{
		cohortIn(t, campaignOf("a", start(), end()), numbered(1, times(20, young(end()+8*day))...)...),
		cohortIn(t, campaignOf("b", start(), end()), numbered(100, times(20, young())...)...),
	}, retention.MeasureRetention, retention.ForPreset(retention.EventMetrics))
	if d := r.Pairs[0].Differences; len(d) != 1 || d[0].Month != 0 || d[0].Value != 1 || d[0].Status != retention.Provisional {
		t.Errorf("differences %+v", d)
	}
}

func TestDifferencesWithoutFigures(t *testing.T) {
	cs := []*retention.Cohort{
		cohortIn(t, campaignOf("a", start(), end()), numbered(1, times(20, old(end()+1))...)...),
		cohortIn(t, campaignOf("b", start(), end()), numbered(100, times(4, old(end()+1))...)...),
	}
	o := minCell(5)
	o.AsOf = at(end() + 2*month)
	r, err := retention.Compare(cs, retention.MeasureMarks, retention.Default(), o)
	if err != nil {
		t.Fatal(err)
	}
	var got []retention.Status
	for _, d := range r.Pairs[0].Differences {
		got = append(got, d.Status)
		if d.Value != 0 || d.Low != 0 || d.High != 0 {
			t.Errorf("a difference without status tells %+v", d)
		}
	}
	if want := []retention.Status{retention.Suppressed, retention.Open, retention.Open, retention.Open}; !slices.Equal(got, want) {
		t.Errorf("statuses %v, want %v", got, want)
	}
}

func TestCompareRefuses(t *testing.T) {
	a := cohortIn(t, campaignOf("a", start(), end()), old())
	var many []*retention.Cohort
	for i := range 13 {
		many = append(many, cohortIn(t, campaignOf(fmt.Sprint(i), start(), end()), old()))
	}
	for name, test := range map[string]struct {
		cs []*retention.Cohort
		m  retention.Measure
		d  retention.Definition
	}{
		"one campaign":                 {[]*retention.Cohort{a}, retention.MeasureRetention, retention.Default()},
		"thirteen":                     {many, retention.MeasureRetention, retention.Default()},
		"the same twice":               {[]*retention.Cohort{a, a}, retention.MeasureRetention, retention.Default()},
		"a measure of one campaign":    {many[:2], retention.MeasureActivity, retention.Default()},
		"a preset where there is none": {many[:2], retention.MeasureMarks, retention.ForPreset(retention.Growth)},
		"an anchor for all":            {many[:2], retention.MeasureRetention, with(func(d *retention.Definition) { d.Anchor = retention.AnchorRegistration })},
	} {
		_, err := retention.Compare(test.cs, test.m, test.d, late())
		var p *retention.ParamError
		if !errors.As(err, &p) {
			t.Errorf("%s: error %v, want *ParamError", name, err)
		}
	}
	unknown := many[0]
	_, err := retention.Compare([]*retention.Cohort{unknown, cohortIn(t, campaignOf("nobody", start(), end()), person{})}, retention.MeasureRetention,
		with(func(d *retention.Definition) { d.Anchor = retention.AnchorJoin }), late())
	var u *retention.UnavailableError
	if !errors.As(err, &u) {
		t.Errorf("error %v, want *UnavailableError", err)
	}
}

func TestRollUpCountsEachPersonOnce(t *testing.T) {
	// Person 1 is in both campaigns, and edits in month 1 after the first one
	// only; person 2 is only in the second. The order given does not matter.
	first := cohortIn(t, campaignOf("first", start(), end()), numbered(1, old(end()+1))...)
	second := cohortIn(t, campaignOf("second", start()+100*day, end()+100*day),
		append(numbered(1, old(end()+1)), numbered(2, old(end()+100*day+1))...)...)
	for _, cs := range [][]*retention.Cohort{{first, second}, {second, first}} {
		r, err := retention.ComputeRollUp(cs, retention.Default(), asOf(end()+100*day+13*month))
		if err != nil {
			t.Fatal(err)
		}
		if r.Registrations != 3 || r.People != 2 || r.Points[0].AtRisk != 2 || r.Points[0].Retained != 2 || r.Campaigns[0].ID != "first" {
			t.Errorf("%d registrations, %d people, %+v of %v", r.Registrations, r.People, r.Points[0], r.Campaigns)
		}
		// The sum of the campaigns' figures would be 2 of 3.
		if r.Coverage.Measured != 2 || r.Coverage.Participants != 2 {
			t.Errorf("coverage %+v", r.Coverage)
		}
	}
}

func TestRollUpRefuses(t *testing.T) {
	a := cohortIn(t, campaignOf("a", start(), end()), old())
	for name, test := range map[string]struct {
		cs []*retention.Cohort
		d  retention.Definition
	}{
		"nothing":        {nil, retention.Default()},
		"the same twice": {[]*retention.Cohort{a, a}, retention.Default()},
		"a preset":       {[]*retention.Cohort{a}, retention.ForPreset(retention.ProgramEvaluation)},
		"an anchor":      {[]*retention.Cohort{a}, with(func(d *retention.Definition) { d.Anchor = retention.AnchorJoin })},
		"a threshold":    {[]*retention.Cohort{a}, with(func(d *retention.Definition) { d.Threshold = 0 })},
	} {
		_, err := retention.ComputeRollUp(test.cs, test.d, late())
		var p *retention.ParamError
		if !errors.As(err, &p) {
			t.Errorf("%s: error %v, want *ParamError", name, err)
		}
	}
}
