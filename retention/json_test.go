package retention_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"afterglow/retention"
)

func marshal(t testing.TB, r retention.Result) string {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestCurveJSON is the shape that the HTTP API promises, to the byte.
func TestCurveJSON(t *testing.T) {
	c := cohort(t, append(times(5, young(start()+7200, end()+1)), times(6, old())...)...)
	o := minCell(5)
	o.AsOf = at(end() + month + 3600)
	d := with(func(d *retention.Definition) { d.Months = 2 })
	want := `{"campaign":{"id":"testwiki-12","title":"Campaign testwiki-12","start":"2025-01-10T08:00:00Z","end":"2025-01-20T08:00:00Z",` +
		`"source":{"kind":"event","wiki":"testwiki","event":12,"page":"Event:Test","url":"https://test.example/wiki/Event:Test"}},` +
		`"definition":{"anchor":"end","month_days":30,"mode":"bracket","threshold":1,"group":"all","wikis":"all","population":"registered","months":2,` +
		`"namespaces":"all","reverted":"include","later_campaigns":"include","newcomer_days":14,"preset":null},` +
		`"as_of":"2025-02-19T09:00:00Z",` +
		`"coverage":{"participants":11,"measured":11,"active":5,"hidden":0,"not_found":0,"bots":0,"private":null,"wikis":["testwiki","otherwiki"],"wikis_failed":[]},` +
		`"min_cell":5,"left_out":{"unknown_anchor":0,"unknown_home_wiki":0},"people":11,` +
		`"points":[{"month":1,"at_risk":11,"retained":5,"rate":0.45454545454545453,"low":LOW,"high":HIGH,"status":"provisional"},` +
		`{"month":2,"at_risk":0,"retained":null,"rate":null,"low":null,"high":null,"status":"open"}],` +
		`"groups":[{"group":"newcomers","people":5,"points":[{"month":1,"at_risk":5,"retained":5,"rate":1,"low":LOWN,"high":1,"status":"provisional"},` +
		`{"month":2,"at_risk":0,"retained":null,"rate":null,"low":null,"high":null,"status":"open"}]},` +
		`{"group":"experienced","people":6,"points":[{"month":1,"at_risk":6,"retained":0,"rate":0,"low":0,"high":HIGHE,"status":"provisional"},` +
		`{"month":2,"at_risk":0,"retained":null,"rate":null,"low":null,"high":null,"status":"open"}]}]}`
	low, high := retention.Wilson(5, 11)
	lowN, _ := retention.Wilson(5, 5)
	_, highE := retention.Wilson(0, 6)
	want = strings.NewReplacer("LOWN", fmt.Sprint(lowN), "HIGHE", fmt.Sprint(highE), "LOW", fmt.Sprint(low), "HIGH", fmt.Sprint(high)).Replace(want)
	if got := marshal(t, curve(t, c, d, o)); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// keys is the keys of an object, in order.
func keys(t testing.TB, object json.RawMessage) []string {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(object, &m); err != nil {
		t.Fatalf("%s: %v", object, err)
	}
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// TestEveryAnswerShares checks what all measures have in common: the head, the
// definition's parameters, points with figures or null.
func TestEveryAnswerShares(t *testing.T) {
	c := sample(t)
	for _, m := range measures() {
		d, err := retention.ParseDefinition(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		o := minCell(5)
		o.AsOf = at(end() + 5*month)
		r, err := retention.Compute(c, m, d, o)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			Campaign, Definition, Coverage json.RawMessage
			AsOf                           string          `json:"as_of"`
			MinCell                        *int            `json:"min_cell"`
			LeftOut                        json.RawMessage `json:"left_out"`
			Points                         []json.RawMessage
		}
		if err := json.Unmarshal([]byte(marshal(t, r)), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.Campaign == nil || answer.Coverage == nil || answer.LeftOut == nil || answer.AsOf != "2025-06-19T08:00:00Z" || answer.MinCell == nil || *answer.MinCell != 5 {
			t.Errorf("%s: head %s %s %s", m, answer.Campaign, answer.AsOf, answer.Coverage)
		}
		want := slices.DeleteFunc(append(retention.DefinitionParams(m), "month_days"), func(name string) bool { return strings.HasPrefix(name, "survival_") })
		slices.Sort(want)
		if got := keys(t, answer.Definition); !slices.Equal(got, want) {
			t.Errorf("%s: definition has %v, want %v", m, got, want)
		}
		if len(answer.Points) == 0 {
			t.Errorf("%s: no points", m)
		}
		// CSV has the points as rows.
		rows := r.Table()
		if extra := map[retention.Measure]int{retention.MeasureCohorts: 12}[m]; len(rows)-1 != len(answer.Points)+extra {
			t.Errorf("%s: %d rows for %d points", m, len(rows)-1, len(answer.Points))
		}
		for _, row := range rows {
			if len(row) != len(rows[0]) {
				t.Errorf("%s: a row of %d cells under a head of %d", m, len(row), len(rows[0]))
			}
		}
	}
}

func TestPresetJSON(t *testing.T) {
	c := sample(t)
	got := marshal(t, curve(t, c, retention.ForPreset(retention.EventMetrics), late()))
	for _, want := range []string{`"month":null,"window":{"from":604801,"to":null}`, `"preset":"event-metrics"`, `"group":"newcomers"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
	for _, not := range []string{`"months":`, `"groups":`, `"survival_n"`} {
		if strings.Contains(got, not) {
			t.Errorf("%s has %s", got, not)
		}
	}
	got = marshal(t, curve(t, c, retention.ForPreset(retention.SurvivalPreset), late()))
	for _, want := range []string{`"window":{"from":2592000,"to":5184000}`, `"survival_n":1,"survival_t":30,"survival_s":30`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
	got = marshal(t, curve(t, c, retention.ForPreset(retention.ProgramEvaluation), late()))
	if !strings.Contains(got, `"month":3`) || strings.Contains(got, `"window"`) {
		t.Errorf("%s: want months without windows", got)
	}
}

func TestSurvivalJSON(t *testing.T) {
	got := marshal(t, compute[*retention.Survival](t, cohort(t, old(), old(end()+10*day)), retention.MeasureSurvival, retention.Default(), late()))
	for _, want := range []string{
		`"gap":60`, `"left_out":{"unknown_anchor":0,"unknown_home_wiki":0,"gap":0}`, `"people":2`, `"status":"provisional"`,
		`"median":{"weeks":0.5,"low":0,"high":null}`,
		`{"week":1,"at_risk":1,"events":1,"censored":0,"survival":0,"low":null,"high":null}`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
}

func TestSeveralJSON(t *testing.T) {
	cs := twoCampaigns(t, 0)
	for _, m := range []retention.Measure{retention.MeasureRetention, retention.MeasureMarks, retention.MeasureSurvival, retention.MeasureCohorts} {
		r := compared(t, cs, m, retention.Default())
		var answer struct {
			Campaigns []struct {
				Side     string
				Campaign retention.Campaign
				People   int
			}
			Points      []struct{ Campaign string }
			Rows        []struct{ Key string }
			Pairs       []struct{ A, B string }
			Differences []struct{ A, B string }
		}
		if err := json.Unmarshal([]byte(marshal(t, r)), &answer); err != nil {
			t.Fatal(err)
		}
		if len(answer.Campaigns) != 2 || answer.Campaigns[1].Side != "a" || answer.Campaigns[1].People != 70 {
			t.Errorf("%s: campaigns %+v", m, answer.Campaigns)
		}
		if p := answer.Points; len(p) == 0 || p[0].Campaign != "b" || p[len(p)-1].Campaign != "a" {
			t.Errorf("%s: points %+v", m, p)
		}
		if (m == retention.MeasureCohorts) != (len(answer.Rows) == 2) || (m == retention.MeasureCohorts) != (len(answer.Pairs) == 0) {
			t.Errorf("%s: %d rows, %d pairs", m, len(answer.Rows), len(answer.Pairs))
		}
		if len(r.Table()) < 3 {
			t.Errorf("%s: table %v", m, r.Table())
		}
	}
	rolled, err := retention.ComputeRollUp(cs, retention.Default(), late())
	if err != nil {
		t.Fatal(err)
	}
	got := marshal(t, rolled)
	for _, want := range []string{`{"campaigns":[{"id":"a"`, `"registrations":150`, `"people":150`, `"too_few":0`, `"anchor":"end"`, `"points":[{"month":1`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
}

func TestBaselineJSON(t *testing.T) {
	c, control := baseline(t)
	b, err := retention.ComputeBaseline(c, control, late())
	if err != nil {
		t.Fatal(err)
	}
	got := marshal(t, b)
	for _, want := range []string{
		`"matched":8`, `"unmatched":1`, `"controls":15`, `{"group":"newcomers","month":1,"at_risk":8,"retained":4`, `{"group":"control","month":1,"at_risk":15,"retained":6`,
		`"differences":[{"month":1,"value":`, `"group":"newcomers","wikis":"all"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
	if rows := b.Table(); len(rows) != 13 || rows[12][0] != "difference" || len(rows[12]) != len(rows[0]) {
		t.Errorf("table %v", rows)
	}
}

// TestNoAnswerHasNaN goes through statuses in which a division by zero lurks.
func TestNoAnswerHasNaN(t *testing.T) {
	for _, people := range [][]person{nil, {old()}, {young(end() + 1)}, times(3, old(end()+1))} {
		for _, o := range []retention.Options{late(), asOf(end()), asOf(start() - 400*day), minCell(5)} {
			for _, m := range measures() {
				d, err := retention.ParseDefinition(nil, m)
				if err != nil {
					t.Fatal(err)
				}
				r, err := retention.Compute(cohort(t, people...), m, d, o)
				if err != nil {
					t.Errorf("%s of %d people as of %s: %v", m, len(people), o.AsOf, err)
					continue
				}
				if _, err := json.Marshal(r); err != nil { // JSON has no NaN and no Inf
					t.Errorf("%s: %v", m, err)
				}
				if s := fmt.Sprint(r.Table()); strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
					t.Errorf("%s: %s", m, s)
				}
			}
		}
	}
	if low, high := retention.Wilson(0, 1); math.IsNaN(low) || math.IsNaN(high) {
		t.Error("0 of 1 has no interval")
	}
}
