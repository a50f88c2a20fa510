package retention_test

import (
	"testing"

	"afterglow/retention"
)

// keysOf is the keys that a fixture gives its first n people.
func keysOf(n int) []retention.PersonKey {
	keys := make([]retention.PersonKey, n)
	for i := range keys {
		keys[i] = retention.PersonKey{Farm: "test", ID: int64(i + 1)}
	}
	return keys
}

// TestPeopleAddUpToMarks: those whose own figures say that they were retained at
// a mark are as many as the marks chart counts.
func TestPeopleAddUpToMarks(t *testing.T) {
	people := append(times(7, old(end()+day, end()+40*day, end()+70*day)), times(5, young(start()+day, end()+59*day+1))...)
	people = append(people, times(6, old(start()-day, start(), end()-1, end()))...)
	people = append(people, old())
	c := cohort(t, people...)
	tau := at(end() + 3*month + day)
	result, err := retention.Compute(c, retention.MeasureMarks, retention.Default(), retention.Options{AsOf: tau})
	if err != nil {
		t.Fatal(err)
	}
	groups := result.(*retention.Marks).Groups
	all := groups[len(groups)-1]
	figures := retention.ComputePeople(c, keysOf(len(people)), tau)
	if len(figures) != len(people) {
		t.Fatalf("%d people of %d", len(figures), len(people))
	}
	for _, p := range all.Points {
		retained := 0
		for key, f := range figures {
			is, known := f.Retained(p.Month)
			if closed := p.Month <= 3; known != closed {
				t.Errorf("month %d of %v: known is %t", p.Month, key, known)
			}
			if is && known {
				retained++
			}
		}
		if p.Month <= 3 && (p.Retained != retained || p.AtRisk != len(people)) {
			t.Errorf("month %d: %d of %d, by person %d", p.Month, p.Retained, p.AtRisk, retained)
		}
	}
}

// TestPersonFigures: edits are counted on the right side of each boundary.
func TestPersonFigures(t *testing.T) {
	c := cohort(t, old(start()-1, start(), end()-1, end(), end()+month-1, end()+month), old())
	figures := retention.ComputePeople(c, append(keysOf(2), retention.PersonKey{Farm: "elsewhere", ID: 1}), at(end()+2*month))
	if len(figures) != 2 {
		t.Fatalf("%d people, 2 are in the cohort", len(figures))
	}
	keys := keysOf(2)
	f := figures[keys[0]]
	if f.Before != 1 || f.During != 2 || f.Months[0] != 2 || f.Months[1] != 1 || f.Months[2] != -1 || !f.LastEdit.Equal(at(end()+month)) {
		t.Errorf("%+v", f)
	}
	if g := figures[keys[1]]; g.Before+g.During+g.Months[0] != 0 || !g.LastEdit.IsZero() || g.Months[11] != -1 {
		t.Errorf("nobody's edits: %+v", g)
	}
}
