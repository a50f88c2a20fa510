package retention_test

import (
	"slices"
	"testing"

	"afterglow/retention"
)

func survival(t *testing.T, o retention.Options, change func(d *retention.Definition), people ...person) *retention.Survival {
	t.Helper()
	return compute[*retention.Survival](t, cohort(t, people...), retention.MeasureSurvival, with(change), o)
}

// TestSurvivalAtTheGap is the second at which a silence counts as having left.
func TestSurvivalAtTheGap(t *testing.T) {
	plain := func(*retention.Definition) {}
	tau := end() + 200*day
	tests := []struct {
		name  string
		edits []int64
		week  int
		left  bool
	}{
		{"nothing after the end", nil, 0, true},
		{"last edit at exactly the gap", []int64{tau - 60*day}, 20, true},
		{"a second later", []int64{tau - 60*day + 1}, 20, false},
		{"in the last second", []int64{tau - 1}, 20, false},
		{"an edit at the data's end is not seen", []int64{end() + 8*day, tau}, 1, true},
		{"nor one after it", []int64{end() + 8*day, tau + 5*day}, 1, true},
		{"a second short of a week", []int64{end() + 7*day - 1}, 0, true},
		{"a week", []int64{end() + 7*day}, 1, true},
		{"an edit before the end is no sign of staying", []int64{end() - 1}, 0, true},
	}
	for _, test := range tests {
		s := survival(t, asOf(tau), plain, old(test.edits...))
		p := s.Points[0]
		if len(s.Points) != 1 || p.Week != test.week || (p.Events == 1) != test.left || p.Events+p.Censored != 1 {
			t.Errorf("%s: %+v, want week %d, left %t", test.name, s.Points, test.week, test.left)
		}
	}
}

func TestSurvivalNeedsMoreThanTheGap(t *testing.T) {
	plain := func(*retention.Definition) {}
	s := survival(t, asOf(end()+60*day), plain, old(end()+1))
	if s.Status != retention.Open || s.LeftOut != 1 || s.People != 0 || s.Points != nil || s.Median.Weeks != nil {
		t.Errorf("observed for exactly the gap: %+v, want open", s)
	}
	s = survival(t, asOf(end()+60*day+1), plain, old(end()+1))
	if s.Status != retention.Provisional || s.LeftOut != 0 || s.People != 1 {
		t.Errorf("a second longer: %+v", s)
	}
	// Each is observed from their own anchor.
	people := []person{old(), old()}
	people[0].Joined = end() - 100*day
	people[1].Joined = end()
	s = survival(t, asOf(end()+day), func(d *retention.Definition) { d.Anchor = retention.AnchorJoin }, people...)
	if s.People != 1 || s.LeftOut != 1 {
		t.Errorf("%d people and %d left out, want 1 and 1", s.People, s.LeftOut)
	}
}

func TestSurvivalIsSuppressedWhole(t *testing.T) {
	o := minCell(5)
	for n, want := range map[int]retention.Status{4: retention.Suppressed, 5: retention.Provisional} {
		s := survival(t, o, func(*retention.Definition) {}, times(n, old(end()+1))...)
		if s.Status != want || s.People != n || (len(s.Points) == 0) != (want == retention.Suppressed) {
			t.Errorf("%d people: %s with %d points, want %s", n, s.Status, len(s.Points), want)
		}
	}
}

func TestIntensityBins(t *testing.T) {
	var people []person
	for _, n := range []int{0, 1, 4, 5, 99, 100, 101} {
		var edits []int64
		for i := range n {
			edits = append(edits, end()+int64(i))
		}
		people = append(people, old(edits...))
	}
	p := compute[*retention.Intensity](t, cohort(t, people...), retention.MeasureIntensity, retention.Default(), late()).Points
	if p[0].Counts != [4]int{1, 2, 2, 2} || p[1].Counts != [4]int{7, 0, 0, 0} || !close(p[0].Shares[1], 2./7, exact) {
		t.Errorf("%+v then %+v, want 1 2 2 2 and then 7 0 0 0", p[0], p[1])
	}
}

func TestPeriods(t *testing.T) {
	a := compute[*retention.Activity](t, cohort(t, old(start()-1), old(start()), old(end()-1), old(end())), retention.MeasureActivity, retention.Default(), late())
	var active []int
	for _, p := range a.Points {
		if p.Number >= -1 && p.Number <= 1 {
			active = append(active, p.Active)
		}
	}
	if len(a.Points) != 19 || !slices.Equal(active, []int{1, 2, 1}) {
		t.Errorf("%d periods, active around the campaign %v, want 19 and 1 2 1", len(a.Points), active)
	}
	if p := a.Points[0]; p.Phase != "before" || p.Number != -6 || p.Start.Unix() != start()-180*day {
		t.Errorf("first period %+v", p)
	}
	if p := a.Points[6]; p.Phase != "during" || p.Start.Unix() != start() || p.End.Unix() != end() {
		t.Errorf("the campaign %+v", p)
	}
	if p := a.Points[18]; p.Phase != "after" || p.Number != 12 || p.End.Unix() != end()+12*month {
		t.Errorf("last period %+v", p)
	}
}

func TestLifecycle(t *testing.T) {
	// An account from before the data; one created since; one that comes back.
	before := old(start()-40*day, start()+day)      // −2, 0
	fresh := young(start()+day, end()+1)            // 0, 1
	back := old(start()-170*day, start()-10*day)    // −6, −1
	since := by(start()-180*day, start()-100*day)   // −4, created when the data begins
	stray := by(start()-180*day-1, start()-100*day) // −4, a second older
	l := compute[*retention.Lifecycle](t, cohort(t, before, fresh, back, since, stray), retention.MeasureLifecycle, retention.Default(), late())
	want := map[int][4]int{ // new, continuing, returning, lapsed
		-5: {0, 0, 0, 1}, -4: {1, 0, 1, 0}, -3: {0, 0, 0, 2}, -2: {0, 0, 1, 0}, -1: {0, 0, 1, 1}, 0: {1, 0, 1, 1}, 1: {0, 1, 0, 1}, 2: {0, 0, 0, 1},
	}
	if l.Points[0].Number != -5 || len(l.Points) != 18 {
		t.Errorf("first period %+v of %d, want −5 of 18: what was before −6 is not known", l.Points[0], len(l.Points))
	}
	for _, p := range l.Points {
		if got := [4]int{p.New, p.Continuing, p.Returning, p.Lapsed}; got != want[p.Number] {
			t.Errorf("period %d: %v, want %v", p.Number, got, want[p.Number])
		}
	}
}
