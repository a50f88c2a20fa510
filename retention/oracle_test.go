package retention_test

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"afterglow/retention"
)

// testdata/oracle holds contributions with figures that others computed (see
// its README): retention by a database and a dataframe library, survival by R.

// Tolerances: rates and survival, and the limits of intervals.
const (
	exact = 1e-9
	limit = 1e-6
)

// oracle is the campaigns of testdata/oracle with their cohorts.
type oracle struct {
	asOf    time.Time
	ids     []string
	cohorts map[string]*retention.Cohort
}

func readCSV(t testing.TB, name string) []map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "oracle", name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	r := csv.NewReader(f)
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		r = csv.NewReader(z)
	}
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := make([]map[string]string, 0, len(rows))
	for _, row := range rows[1:] {
		m := make(map[string]string, len(row))
		for i, name := range rows[0] {
			m[name] = row[i]
		}
		out = append(out, m)
	}
	return out
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(s))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func parseInt(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// parseFloat reads a number of R; NA is NaN.
func parseFloat(t testing.TB, s string) float64 {
	t.Helper()
	if s == "NA" {
		return math.NaN()
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// loadOracle builds the cohorts; change, if any, may alter participants, being
// told their campaign's end.
func loadOracle(t testing.TB, change func(p *retention.Participant, end int64)) oracle {
	t.Helper()
	asOf, err := os.ReadFile(filepath.Join("testdata", "oracle", "snapshot.txt"))
	if err != nil {
		t.Fatal(err)
	}
	o := oracle{asOf: instant(t, string(asOf)), cohorts: map[string]*retention.Cohort{}}

	type person struct{ campaign, id string }
	edits := map[person]map[string][]retention.Edit{}
	for _, r := range readCSV(t, "contributions.csv.gz") {
		p := person{r["campaign"], r["user_id"]}
		if edits[p] == nil {
			edits[p] = map[string][]retention.Edit{}
		}
		edits[p][r["wiki"]] = append(edits[p][r["wiki"]], retention.Edit{
			Time: instant(t, r["ts"]).Unix(), Namespace: int32(parseInt(t, r["namespace"])), Reverted: r["reverted"] == "1",
		})
	}
	people := map[string][]map[string]string{}
	for _, r := range readCSV(t, "participants.csv.gz") {
		people[r["campaign"]] = append(people[r["campaign"]], r)
	}
	for _, r := range readCSV(t, "campaigns.csv") {
		id := r["campaign"]
		o.ids = append(o.ids, id)
		b := retention.NewBuilder(retention.Campaign{ID: id, Title: id, Start: instant(t, r["start"]), End: instant(t, r["end"])})
		for _, p := range people[id] {
			participant := retention.Participant{
				Key: retention.PersonKey{Farm: "oracle", ID: int64(parseInt(t, p["user_id"]))}, Joined: instant(t, p["joined"]).Unix(), HomeWiki: p["wiki"],
			}
			if change != nil {
				change(&participant, instant(t, r["end"]).Unix())
			}
			b.Add(participant)
			for wiki, es := range edits[person{id, p["user_id"]}] {
				addEdits(t, b, wiki, es)
			}
		}
		o.cohorts[id] = cohortOf(t, b)
	}
	return o
}

func addEdits(t testing.TB, b *retention.Builder, wiki string, edits []retention.Edit) {
	t.Helper()
	packed, err := retention.Pack(edits)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.AddEdits(b.Wiki(wiki, nil), packed); err != nil {
		t.Fatal(err)
	}
}

func cohortOf(t testing.TB, b *retention.Builder) *retention.Cohort {
	t.Helper()
	c, err := b.Cohort()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func close(a, b, tolerance float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= tolerance
}

func TestOracleRetention(t *testing.T) {
	o := loadOracle(t, nil)
	d := retention.Default()
	d.Reverted = retention.Exclude
	checked := 0
	for _, r := range readCSV(t, "retention.csv") {
		days := parseInt(t, r["window"])
		if days > 90 {
			continue // [90, 180) days is no month; see below
		}
		d.Threshold = parseInt(t, r["k"])
		c := compute[*retention.Curve](t, o.cohorts[r["campaign"]], retention.MeasureRetention, d, retention.Options{AsOf: o.asOf})
		compareOracle(t, r, c.Points[days/30-1])
		checked++
	}
	if checked != 60 {
		t.Errorf("checked %d figures, want 60", checked)
	}
}

// TestOracleWindows counts all four windows again, the half year of [90, 180)
// days among them, by the preset survival: the accounts are said to have been
// created at their campaign's end, so that its windows begin there.
func TestOracleWindows(t *testing.T) {
	o := loadOracle(t, func(p *retention.Participant, end int64) { p.Registered = end })
	checked := 0
	for _, r := range readCSV(t, "retention.csv") {
		d := retention.ForPreset(retention.SurvivalPreset)
		d.Reverted = retention.Exclude
		d.SurvivalN = parseInt(t, r["k"])
		to := parseInt(t, r["window"])
		from := map[int]int{30: 0, 60: 30, 90: 60, 180: 90}[to]
		d.SurvivalT, d.SurvivalS = from, to-from
		c := compute[*retention.Curve](t, o.cohorts[r["campaign"]], retention.MeasureRetention, d, retention.Options{AsOf: o.asOf})
		compareOracle(t, r, c.Points[0])
		checked++
	}
	if checked != 80 {
		t.Errorf("checked %d figures, want 80", checked)
	}
}

func compareOracle(t *testing.T, want map[string]string, got retention.Point) {
	t.Helper()
	name := fmt.Sprintf("%s k=%s window %s", want["campaign"], want["k"], want["window"])
	atRisk := parseInt(t, want["eligible"])
	if got.AtRisk != atRisk {
		t.Errorf("%s: %d at risk, want %d", name, got.AtRisk, atRisk)
	}
	if atRisk == 0 {
		if got.Status != retention.Open {
			t.Errorf("%s: status %s, want open", name, got.Status)
		}
		return
	}
	retained := parseInt(t, want["retained"])
	if got.Retained != retained || !close(got.Rate, float64(retained)/float64(atRisk), exact) {
		t.Errorf("%s: %d retained (%v), want %d", name, got.Retained, got.Rate, retained)
	}
}

func TestOracleSurvival(t *testing.T) {
	o := loadOracle(t, nil)
	d := retention.Default()
	d.Reverted = retention.Exclude
	want := map[string][]map[string]string{}
	for _, r := range readCSV(t, "kmA_R.csv") {
		want[r["stratum"]] = append(want[r["stratum"]], r)
	}
	medians := map[string]map[string]string{}
	for _, r := range readCSV(t, "kmA_R_medians.csv") {
		medians[r["stratum"]] = r
	}
	for _, id := range o.ids {
		res, err := retention.Compute(o.cohorts[id], retention.MeasureSurvival, d, retention.Options{AsOf: o.asOf})
		if err != nil {
			t.Fatal(err)
		}
		s := res.(*retention.Survival)
		if want[id] == nil {
			if s.Status != retention.Open || s.LeftOut == 0 || len(s.Points) != 0 {
				t.Errorf("%s: status %s with %d left out, want open: nobody was observed for longer than the gap", id, s.Status, s.LeftOut)
			}
			continue
		}
		compareSurvival(t, id, s.Points, want[id])
		compareMedian(t, id, s.Median, medians[id])
		if m := medians[id]; s.People != parseInt(t, m["n"]) {
			t.Errorf("%s: %d people, want %s", id, s.People, m["n"])
		}
	}
}

func compareSurvival(t *testing.T, name string, got []retention.SurvivalPoint, want []map[string]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d steps, want %d", name, len(got), len(want))
		return
	}
	for i, w := range want {
		g := got[i]
		if g.Week != parseInt(t, w["week"]) || g.AtRisk != parseInt(t, w["n_risk"]) || g.Events != parseInt(t, w["events"]) || g.Censored != parseInt(t, w["censored"]) {
			t.Errorf("%s: step %+v, want %v", name, g, w)
		}
		if !close(g.Survival, parseFloat(t, w["surv"]), exact) {
			t.Errorf("%s week %d: survival %v, want %s", name, g.Week, g.Survival, w["surv"])
		}
		low, high := parseFloat(t, w["lo_loglog"]), parseFloat(t, w["hi_loglog"])
		if g.HasInterval == math.IsNaN(low) || g.HasInterval && (!close(g.Low, low, limit) || !close(g.High, high, limit)) {
			t.Errorf("%s week %d: interval %v to %v (%t), want %v to %v", name, g.Week, g.Low, g.High, g.HasInterval, low, high)
		}
	}
}

func compareMedian(t *testing.T, name string, got retention.Quantile, want map[string]string) {
	t.Helper()
	part := func(what string, g *float64, w string) {
		t.Helper()
		f := math.NaN()
		if g != nil {
			f = *g
		}
		if !close(f, parseFloat(t, w), exact) {
			t.Errorf("%s: median's %s %v, want %s", name, what, f, w)
		}
	}
	part("value", got.Weeks, want["median"])
	part("lower limit", got.Low, want["median_lo_loglog"])
	part("upper limit", got.High, want["median_hi_loglog"])
}

// TestOracleSurvivalPooled pools all campaigns: the test of the estimator apart
// from how participants become lifetimes.
func TestOracleSurvivalPooled(t *testing.T) {
	var events, censored []int
	for _, r := range readCSV(t, "kmA_input.csv") {
		w := parseInt(t, r["week"])
		for len(events) <= w {
			events, censored = append(events, 0), append(censored, 0)
		}
		if r["event"] == "1" {
			events[w]++
		} else {
			censored[w]++
		}
	}
	var want []map[string]string
	for _, r := range readCSV(t, "kmA_R.csv") {
		if r["stratum"] == "ALL" {
			want = append(want, r)
		}
	}
	points := retention.KaplanMeier(events, censored)
	compareSurvival(t, "ALL", points, want)
	for _, r := range readCSV(t, "kmA_R_medians.csv") {
		if r["stratum"] == "ALL" {
			compareMedian(t, "ALL", retention.Median(points), r)
		}
	}
}

func TestOracleLogRank(t *testing.T) {
	o := loadOracle(t, nil)
	b, err := os.ReadFile(filepath.Join("testdata", "oracle", "logrankA_R.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var chi, p float64
	var df int
	if _, err := fmt.Sscanf(string(b), "A log-rank chisq %g df %d p %g", &chi, &df, &p); err != nil {
		t.Fatal(err)
	}
	var cs []*retention.Cohort
	for _, id := range o.ids[:9] { // the tenth is observed for less than the gap
		cs = append(cs, o.cohorts[id])
	}
	d := retention.Default()
	d.Reverted = retention.Exclude
	// The oracle's people are pairs of campaign and account; some accounts are
	// in several campaigns, so the shared are too many for a test in a pair.
	got := retention.LogRankOf(t, cs, d, retention.Options{AsOf: o.asOf})
	if got == nil || !close(got.ChiSquared, chi, limit) || got.DF != df || !close(got.P, p, limit) {
		t.Errorf("log-rank %+v, want chi² %v, df %d, p %v", got, chi, df, p)
	}
}

func TestOracleEdges(t *testing.T) {
	type edge struct {
		input string
		rows  []map[string]string
	}
	cases := map[string]*edge{}
	var names []string
	for _, r := range readCSV(t, "edge_R.csv") {
		if cases[r["case"]] == nil {
			cases[r["case"]] = &edge{input: r["input"]}
			names = append(names, r["case"])
		}
		cases[r["case"]].rows = append(cases[r["case"]].rows, r)
	}
	if len(names) != 6 {
		t.Fatalf("cases %v, want 6", names)
	}
	for _, name := range names {
		events, censored := lifetimes(t, cases[name].input)
		compareSurvival(t, name, retention.KaplanMeier(events, censored), cases[name].rows)
	}
}

// lifetimes reads "2 2+ 5": a plus is censored.
func lifetimes(t *testing.T, input string) (events, censored []int) {
	t.Helper()
	events, censored = make([]int, 200), make([]int, 200)
	for word := range strings.FieldsSeq(input) {
		w := parseInt(t, strings.TrimSuffix(word, "+"))
		if strings.HasSuffix(word, "+") {
			censored[w]++
		} else {
			events[w]++
		}
	}
	return events, censored
}

// TestAML is the maintained arm of R's aml data, which docs/metrics.md quotes.
func TestAML(t *testing.T) {
	events, censored := lifetimes(t, "9 13 13+ 18 23 28+ 31 34 45+ 48 161+")
	var got []float64
	for _, p := range retention.KaplanMeier(events, censored) {
		if p.Events > 0 {
			got = append(got, math.Round(p.Survival*1e4)/1e4)
		}
	}
	want := []float64{.9091, .8182, .7159, .6136, .4909, .3682, .1841}
	if !slices.Equal(got, want) {
		t.Errorf("survival %v, want %v", got, want)
	}
}
