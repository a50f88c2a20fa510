package retention_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"afterglow/retention"
)

func minCell(n int) retention.Options {
	o := late()
	o.MinCell = n
	return o
}

// TestComplementIsSuppressed is that a group too small to show takes its
// complement with it in every measure, whichever of them was asked for.
func TestComplementIsSuppressed(t *testing.T) {
	people := append(times(4, young(start()+7200, end()+1)), times(20, old(start()+1, end()+1))...)
	for i := range people[:4] {
		people[i].Repeat = true
	}
	c := cohort(t, people...)
	groups := map[retention.Group]bool{ // suppressed
		retention.All: false, retention.Newcomers: true, retention.Experienced: true, retention.FirstTime: true, retention.Repeat: true,
	}
	for group, want := range groups {
		d := with(func(d *retention.Definition) { d.Group = group })
		check := func(what string, s retention.Status, figures ...int) {
			t.Helper()
			if (s == retention.Suppressed) != want {
				t.Errorf("%s of %s: status %s, want suppressed %t", what, group, s, want)
			}
			if s == retention.Suppressed && slices.Max(figures) != 0 {
				t.Errorf("%s of %s is suppressed and tells %v", what, group, figures)
			}
		}
		p := curve(t, c, d, minCell(5)).Points[0]
		check("curve", p.Status, p.Retained)
		if p.AtRisk == 0 {
			t.Errorf("curve of %s: at risk is not told", group)
		}
		s := compute[*retention.Survival](t, c, retention.MeasureSurvival, d, minCell(5))
		check("survival", s.Status, len(s.Points))
		if want && s.Median.Weeks != nil {
			t.Errorf("survival of %s is suppressed and tells its median", group)
		}
		i := compute[*retention.Intensity](t, c, retention.MeasureIntensity, d, minCell(5)).Points[0]
		check("intensity", i.Status, i.Counts[:]...)
		a := compute[*retention.Activity](t, c, retention.MeasureActivity, d, minCell(5)).Points[6]
		check("activity", a.Status, a.Active)
		l := compute[*retention.Lifecycle](t, c, retention.MeasureLifecycle, d, minCell(5)).Points[5]
		check("lifecycle", l.Status, l.New, l.Continuing, l.Returning, l.Lapsed)
	}
	for _, g := range compute[*retention.Marks](t, c, retention.MeasureMarks, retention.Default(), minCell(5)).Groups {
		if (g.Points[0].Status == retention.Suppressed) != groups[g.Group] {
			t.Errorf("marks of %s: %s", g.Group, g.Points[0].Status)
		}
	}
	for _, g := range curve(t, c, retention.Default(), minCell(5)).Groups {
		if g.Points[0].Status != retention.Suppressed {
			t.Errorf("curve's %s: %s", g.Group, g.Points[0].Status)
		}
	}
}

func TestSuppressionIsOffAtOne(t *testing.T) {
	c := cohort(t, young(end()+1))
	for _, n := range []int{0, 1} {
		if p := curve(t, c, retention.Default(), minCell(n)).Points[0]; p.Status != retention.Final || p.Retained != 1 {
			t.Errorf("least cell %d: %+v", n, p)
		}
	}
}

// TestNobodyIsNoSmallGroup is that an empty complement hides nothing.
func TestNobodyIsNoSmallGroup(t *testing.T) {
	r := curve(t, cohort(t, times(5, young(end()+1))...), retention.Default(), minCell(5))
	if r.Points[0].Status != retention.Final || r.Groups[0].Points[0].Status != retention.Final || r.Groups[1].Points[0].Status != retention.Empty {
		t.Errorf("%s, newcomers %s, experienced %s", r.Points[0].Status, r.Groups[0].Points[0].Status, r.Groups[1].Points[0].Status)
	}
}

func TestActiveOfFewIsNotShown(t *testing.T) {
	r := curve(t, cohort(t, times(4, young(start()+7200))...), retention.Default(), minCell(5))
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if r.Coverage.Active != retention.NotShown || !strings.Contains(string(b), `"active":null`) || !strings.Contains(string(b), `"measured":4`) {
		t.Errorf("coverage %+v in %s", r.Coverage, b)
	}
}

// joined is n people who joined in a month of 2025.
func joined(n, m int, edits ...int64) []person {
	p := old(edits...)
	p.Joined = at(start()).AddDate(0, m-1, 0).Unix()
	return times(n, p)
}

func TestCohortRowsAreSuppressedWithTheTotalInView(t *testing.T) {
	campaign := campaignOf("x", start(), start()+200*day)
	tests := []struct {
		name string
		rows []int // people who joined in January, February, …
		want string
	}{
		{"all large", []int{5, 6, 7}, "..."},
		{"one small takes the next smallest with it", []int{9, 3, 7}, ".xx"},
		{"two small that are enough together", []int{9, 3, 4}, ".xx"},
		{"two small that are too few together take a third", []int{9, 1, 2, 7}, ".xxx"},
		{"a total too small hides all", []int{1, 2}, "xx"},
		{"one row is the total", []int{4}, "x"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var people []person
			for i, n := range test.rows {
				people = append(people, joined(n, i+1)...)
			}
			d, err := retention.ParseDefinition(nil, retention.MeasureCohorts)
			if err != nil {
				t.Fatal(err)
			}
			o := minCell(5)
			o.AsOf = at(start() + 800*day)
			r := compute[*retention.Cohorts](t, cohortIn(t, campaign, people...), retention.MeasureCohorts, d, o)
			got := ""
			for _, row := range r.Rows {
				if row.Points[0].Status == retention.Suppressed {
					got += "x"
				} else {
					got += "."
				}
			}
			if got != test.want {
				t.Errorf("suppressed %s, want %s", got, test.want)
			}
		})
	}
}

// TestNoSmallCellCanBeSubtracted plays the attacker: with the total and the
// rows that are shown, and with both groups of each row, what is hidden is
// never fewer people than may be shown.
func TestNoSmallCellCanBeSubtracted(t *testing.T) {
	campaign := campaignOf("x", start(), start()+200*day)
	rapid.Check(t, func(rt *rapid.T) {
		var people []person
		for m := range rapid.IntRange(1, 6).Draw(rt, "months") {
			people = append(people, joined(rapid.IntRange(0, 12).Draw(rt, "old"), m+1)...)
			for _, p := range joined(rapid.IntRange(0, 8).Draw(rt, "young"), m+1) {
				p.Registered = start() + 1
				people = append(people, p)
			}
		}
		o := minCell(5)
		o.AsOf = at(start() + 800*day)
		c := cohortIn(t, campaign, people...)
		for _, group := range []retention.Group{retention.All, retention.Newcomers, retention.Experienced} {
			d := with(func(d *retention.Definition) { d.Anchor, d.Group = retention.AnchorJoin, group })
			res, err := retention.Compute(c, retention.MeasureCohorts, d, o)
			if len(people) == 0 {
				continue
			}
			if err != nil {
				rt.Fatal(err)
			}
			r := res.(*retention.Cohorts)
			total := r.Total.Points[0]
			if !total.Status.Known() {
				continue
			}
			hidden := 0
			for _, row := range r.Rows {
				if p := row.Points[0]; p.Status == retention.Suppressed {
					hidden += p.AtRisk
				}
			}
			if hidden > 0 && hidden < 5 {
				rt.Fatalf("%s: the total less the rows shown is about %d people", group, hidden)
			}
			for _, row := range r.Rows {
				if p := row.Points[0]; p.Status.Known() && p.AtRisk < 5 {
					rt.Fatalf("%s: a row of %d people is shown", group, p.AtRisk)
				}
			}
		}
	})
}

// TestRollUpLeavesOutWhoCouldBeSubtracted is that a roll-up with a small
// campaign is the same as the one without it.
func TestRollUpLeavesOutWhoCouldBeSubtracted(t *testing.T) {
	big := cohortIn(t, campaignOf("big", start(), end()), numbered(1, times(20, old(end()+1))...)...)
	small := cohortIn(t, campaignOf("small", start()+day, end()+day), numbered(100, times(3, old(end()+2*day))...)...)
	o := minCell(5)
	both, err := retention.ComputeRollUp([]*retention.Cohort{big, small}, retention.Default(), o)
	if err != nil {
		t.Fatal(err)
	}
	one, err := retention.ComputeRollUp([]*retention.Cohort{big}, retention.Default(), o)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(both.Points) != fmt.Sprint(one.Points) || both.TooFew != 3 || both.People != 23 {
		t.Errorf("%+v with %d left out of %d, want %+v with 3 of 23", both.Points[0], both.TooFew, both.People, one.Points[0])
	}
}

// numbered gives people keys from a number on.
func numbered(from int64, people ...person) []person {
	for i := range people {
		people[i].Key = retention.PersonKey{Farm: "test", ID: from + int64(i)}
	}
	return people
}
