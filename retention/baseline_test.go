package retention_test

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"

	"afterglow/retention"
)

// newcomer is an account created in a week of the campaign's (0 begins 14 days
// before the start) that made some edits before the end, and one in month 1 if
// it was retained.
func newcomer(home string, week, before int, retained bool) person {
	reg := start() - 14*day + int64(week)*7*day + 60
	p := person{Participant: retention.Participant{Registered: reg, HomeWiki: home}}
	for i := range before {
		p.edits = append(p.edits, edit{t: reg + int64(i)})
	}
	if retained {
		p.edits = append(p.edits, edit{t: end() + day})
	}
	return p
}

func TestStrata(t *testing.T) {
	c := campaignOf("x", start(), end())
	tests := []struct {
		name       string
		home       string
		registered int64
		edits      int
		want       retention.Stratum
		ok         bool
	}{
		{"the first second", "w", start() - 14*day, 0, retention.Stratum{HomeWiki: "w", Week: 0, Bin: retention.Edits0}, true},
		{"before it", "w", start() - 14*day - 1, 0, retention.Stratum{}, false},
		{"a week later", "w", start() - 7*day, 1, retention.Stratum{HomeWiki: "w", Week: 1, Bin: retention.Edits1}, true},
		{"a second less", "w", start() - 7*day - 1, 4, retention.Stratum{HomeWiki: "w", Week: 0, Bin: retention.Edits1}, true},
		{"five edits", "w", end(), 5, retention.Stratum{HomeWiki: "w", Week: 3, Bin: retention.Edits5}, true},
		{"nine", "w", end(), 9, retention.Stratum{HomeWiki: "w", Week: 3, Bin: retention.Edits5}, true},
		{"ten", "w", end(), 10, retention.Stratum{HomeWiki: "w", Week: 3, Bin: retention.Edits10}, true},
		{"after the end", "w", end() + 1, 0, retention.Stratum{}, false},
		{"no home", "", start(), 0, retention.Stratum{}, false},
		{"no date", "w", 0, 0, retention.Stratum{}, false},
	}
	for _, test := range tests {
		if got, ok := retention.StratumOf(c, test.home, test.registered, test.edits); got != test.want || ok != test.ok {
			t.Errorf("%s: %+v %t, want %+v %t", test.name, got, ok, test.want, test.ok)
		}
	}
	got := retention.Strata(cohort(t, newcomer("w", 0, 2, true), newcomer("w", 0, 3, false), newcomer("w", 1, 0, false), newcomer("", 1, 0, false), old()))
	want := map[retention.Stratum]int{{HomeWiki: "w", Week: 0, Bin: retention.Edits1}: 2, {HomeWiki: "w", Week: 1, Bin: retention.Edits0}: 1}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("strata %v, want %v", got, want)
	}
}

// baseline is a campaign with two strata that have controls and one that has
// none: 6 newcomers (3 retained) against 10 controls (2 retained), 2 newcomers
// (1 retained) against 5 controls (4 retained), and 1 unmatched.
func baseline(t *testing.T) (c, control *retention.Cohort) {
	t.Helper()
	people := append(times(3, newcomer("testwiki", 0, 2, true)), times(3, newcomer("testwiki", 0, 3, false))...)
	people = append(people, newcomer("testwiki", 1, 12, true), newcomer("testwiki", 1, 12, false), newcomer("otherwiki", 2, 0, true), old(end()+1))
	controls := append(times(2, newcomer("testwiki", 0, 1, true)), times(8, newcomer("testwiki", 0, 4, false))...)
	controls = append(controls, times(4, newcomer("testwiki", 1, 20, true))...)
	controls = append(controls, newcomer("testwiki", 1, 10, false), newcomer("testwiki", 2, 0, true), old(end()+1))
	return cohort(t, people...), cohort(t, numbered(1000, controls...)...)
}

func TestBaseline(t *testing.T) {
	c, control := baseline(t)
	b, err := retention.ComputeBaseline(c, control, late())
	if err != nil {
		t.Fatal(err)
	}
	if b.Matched != 8 || b.Unmatched != 1 || b.Controls != 15 {
		t.Errorf("%d matched, %d unmatched, %d controls, want 8, 1, 15", b.Matched, b.Unmatched, b.Controls)
	}
	p, q, d := b.Participants.Points[0], b.Control.Points[0], b.Differences[0]
	if p.AtRisk != 8 || p.Retained != 4 || p.Rate != .5 {
		t.Errorf("participants %+v, want 4 of 8", p)
	}
	// By hand: weights 6/8 and 2/8, rates 2/10 and 4/5.
	rate := .75*.2 + .25*.8
	n := 1 / (.75*.75/10 + .25*.25/5)
	z := 1.959963984540054
	mid, half := (rate+z*z/(2*n))/(1+z*z/n), z/(1+z*z/n)*math.Sqrt(rate*(1-rate)/n+z*z/(4*n*n))
	if q.AtRisk != 15 || q.Retained != 6 || !close(q.Rate, rate, exact) || !close(q.Low, mid-half, limit) || !close(q.High, mid+half, limit) {
		t.Errorf("controls %+v, want 6 of 15 weighted to %v [%v, %v]", q, rate, mid-half, mid+half)
	}
	low := d.Value - math.Hypot(p.Rate-p.Low, q.High-q.Rate)
	high := d.Value + math.Hypot(p.High-p.Rate, q.Rate-q.Low)
	if !close(d.Value, .5-rate, exact) || !close(d.Low, low, limit) || !close(d.High, high, limit) || d.Status != retention.Final {
		t.Errorf("difference %+v, want %v [%v, %v]", d, .5-rate, low, high)
	}
	if months := []int{b.Differences[0].Month, b.Differences[3].Month}; months[0] != 1 || months[1] != 12 {
		t.Errorf("differences at %v", months)
	}
}

// TestBaselineWithEqualShares is that strata sampled alike weigh as if pooled.
func TestBaselineWithEqualShares(t *testing.T) {
	people := append(times(4, newcomer("testwiki", 0, 0, true)), times(4, newcomer("testwiki", 1, 0, false))...)
	controls := append(times(8, newcomer("testwiki", 0, 0, true)), times(8, newcomer("testwiki", 1, 0, false))...)
	b, err := retention.ComputeBaseline(cohort(t, people...), cohort(t, numbered(1000, controls...)...), late())
	if err != nil {
		t.Fatal(err)
	}
	low, high := retention.Wilson(8, 16)
	if q := b.Control.Points[0]; q.Rate != .5 || !close(q.Low, low, exact) || !close(q.High, high, exact) {
		t.Errorf("controls %+v, want Wilson's interval of 8 of 16: %v to %v", q, low, high)
	}
}

func TestBaselineSuppression(t *testing.T) {
	c, control := baseline(t)
	o := minCell(3)
	b, err := retention.ComputeBaseline(c, control, o)
	if err != nil {
		t.Fatal(err)
	}
	// One unmatched could be told from all newcomers less the matched, so the
	// smaller stratum is left unmatched with them.
	if b.Matched != 6 || b.Unmatched != 3 || b.Controls != 10 || b.Participants.Points[0].Retained != 3 {
		t.Errorf("%d matched, %d unmatched, %d controls, %+v, want 6, 3, 10", b.Matched, b.Unmatched, b.Controls, b.Participants.Points[0])
	}
	o.MinCell = 8
	b, err = retention.ComputeBaseline(c, control, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []retention.Status{b.Participants.Points[0].Status, b.Differences[0].Status} {
		if s.Known() {
			t.Errorf("6 matched with a least cell of 8: %s", s)
		}
	}
}

func TestBaselineOfNobody(t *testing.T) {
	_, control := baseline(t)
	b, err := retention.ComputeBaseline(cohort(t, old(end()+1)), control, late())
	if err != nil {
		t.Fatal(err)
	}
	if b.Participants.Points[0].Status != retention.Empty || b.Differences[0].Status != retention.Empty {
		t.Errorf("without newcomers: %s and %s, want empty", b.Participants.Points[0].Status, b.Differences[0].Status)
	}
	c, _ := baseline(t)
	b, err = retention.ComputeBaseline(c, cohort(t), late())
	if err != nil {
		t.Fatal(err)
	}
	if b.Unmatched != 9 || b.Differences[0].Status != retention.Empty {
		t.Errorf("without controls: %d unmatched, %s", b.Unmatched, b.Differences[0].Status)
	}
}

func TestParticipantsAreNoControls(t *testing.T) {
	c, _ := baseline(t)
	b, err := retention.ComputeBaseline(c, c, late())
	if err != nil {
		t.Fatal(err)
	}
	if b.Controls != 0 {
		t.Errorf("%d participants are their own controls", b.Controls)
	}
}

func TestBaselineOfAnotherCampaign(t *testing.T) {
	c, _ := baseline(t)
	if _, err := retention.ComputeBaseline(c, cohortIn(t, campaignOf("y", start()+1, end()), young()), late()); err == nil {
		t.Error("control accounts of another campaign were accepted")
	}
}

func TestStoredFiguresAreReadAgain(t *testing.T) {
	c, control := baseline(t)
	o := minCell(5)
	o.AsOf = at(end() + 4*month)
	b, err := retention.ComputeBaseline(c, control, o)
	if err != nil {
		t.Fatal(err)
	}
	var readB retention.Baseline
	sameAgain(t, b, &readB)
	m := compute[*retention.Marks](t, sample(t), retention.MeasureMarks, with(func(d *retention.Definition) {
		d.Wikis, d.Namespaces = retention.Wikis{Kind: "list", Names: []string{"testwiki"}}, retention.Namespaces{Kind: "list", Numbers: []int{0, 1}}
	}), o)
	var readM retention.Marks
	sameAgain(t, m, &readM)
}

// sameAgain writes a figure and reads it into another: nothing may be lost.
func sameAgain(t *testing.T, r retention.Result, into any) {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r, into) {
		t.Errorf("%+v was read as %+v", r, into)
	}
}
