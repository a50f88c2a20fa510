package charts

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"afterglow/retention"
)

// cohortOf makes up a campaign of people who edit less and less, and has
// package retention hold it.
func cohortOf(t *testing.T, number, people int) *retention.Cohort {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(number), 7)) //nolint:gosec // made-up data
	start := time.Date(2025, time.Month(number%6+1), 3, 9, 0, 0, 0, time.UTC)
	end := start.AddDate(0, 0, 14)
	b := retention.NewBuilder(retention.Campaign{
		ID: fmt.Sprintf("metawiki-%d", number), Title: fmt.Sprintf("Campaign %d", number), Start: start, End: end,
		Source: retention.Source{Kind: "event", Wiki: "metawiki", Event: int64(number)},
	})
	wiki := b.Wiki("metawiki", []int{0})
	for i := range people {
		registered := start.AddDate(-2, 0, 0)
		if i%2 == 0 {
			registered = start.AddDate(0, 0, -rng.IntN(10))
		}
		b.Add(retention.Participant{
			Key: retention.PersonKey{Farm: "f", ID: int64(number*100_000 + i)}, Joined: start.Add(time.Duration(rng.IntN(300)) * time.Hour).Unix(),
			Registered: registered.Unix(), HomeWiki: "metawiki",
		})
		last := start.AddDate(0, 0, int(rng.ExpFloat64()*120))
		var edits []retention.Edit
		for at := registered; at.Before(last); at = at.Add(time.Duration(rng.ExpFloat64() * 300 * float64(time.Hour))) {
			if at.After(start.AddDate(0, 0, -170)) {
				edits = append(edits, retention.Edit{Time: at.Unix()})
			}
		}
		packed, err := retention.Pack(edits)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.AddEdits(wiki, packed); err != nil {
			t.Fatal(err)
		}
	}
	c, err := b.Cohort()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What package retention computes can be drawn: every measure and preset, of a
// campaign of each size. AFTERGLOW_LOOK names a folder for the pictures.
func TestComputedResultsAreDrawn(t *testing.T) {
	look := os.Getenv("AFTERGLOW_LOOK")
	options := retention.Options{AsOf: time.Date(2025, 12, 20, 0, 0, 0, 0, time.UTC), MinCell: 5}
	check := func(name string, r retention.Result, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		for _, o := range []Options{{Title: true}, {Title: true, Width: 320, Lang: "ar", Theme: ThemeDark}} {
			svg, err := SVG(r, o)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			if err := checkSVG(svg); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if look != "" {
				path := filepath.Join(look, fmt.Sprintf("%s-%d.svg", name, o.Width))
				if err := os.WriteFile(path, svg, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		page, err := Tab(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		checkTab(t, page)
	}
	measures := []retention.Measure{
		retention.MeasureRetention, retention.MeasureMarks, retention.MeasureSurvival, retention.MeasureCohorts,
		retention.MeasureIntensity, retention.MeasureActivity, retention.MeasureLifecycle,
	}
	for _, people := range []int{0, 1, 12, 150} {
		c := cohortOf(t, people+1, people)
		for _, m := range measures {
			d := retention.Default()
			if m == retention.MeasureCohorts {
				d.Anchor = retention.AnchorJoin
			}
			r, err := retention.Compute(c, m, d, options)
			check(fmt.Sprintf("%s-%d", m, people), r, err)
		}
	}
	c := cohortOf(t, 9, 150)
	for _, p := range retention.Presets() {
		d := retention.Default()
		d.Preset = p
		r, err := retention.Compute(c, retention.MeasureRetention, d, options)
		check("preset-"+string(p), r, err)
	}
	var several []*retention.Cohort
	for i := range 5 {
		several = append(several, cohortOf(t, 20+i, 40+30*i))
	}
	for _, m := range []retention.Measure{retention.MeasureRetention, retention.MeasureMarks, retention.MeasureSurvival, retention.MeasureCohorts} {
		r, err := retention.Compare(several, m, retention.Default(), options)
		check("compare-"+string(m), r, err)
		r, err = retention.Compare(several[:2], m, retention.Default(), options)
		check("compare-two-"+string(m), r, err)
	}
	preset := retention.Default()
	preset.Preset = retention.Growth
	r, err := retention.Compare(several, retention.MeasureRetention, preset, options)
	check("compare-preset", r, err)
	groups, err := retention.CompareGroups(c, retention.Newcomers, retention.Experienced, retention.MeasureSurvival, retention.Default(), options)
	check("compare-groups", groups, err)
	sum, err := retention.ComputeRollUp(several, retention.Default(), options)
	check("rollup", sum, err)
	control, err := retention.ComputeBaseline(c, cohortOf(t, 9, 400), options)
	check("baseline", control, err)
}
