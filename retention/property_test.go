package retention_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"afterglow/retention"
)

// drawReference draws a small campaign whose instants crowd at the bounds that
// matter, and a definition.
func drawReference(t *rapid.T) reference {
	s := start() + rapid.Int64Range(0, 400*day).Draw(t, "start")
	e := s + rapid.SampledFrom([]int64{0, 1, day, 10 * day, month, 40*day + 7}).Draw(t, "duration")
	r := reference{campaign: campaignOf("x", s, e), d: drawDefinition(t)}
	near := func(name string, around ...int64) int64 {
		return rapid.SampledFrom(around).Draw(t, name) + rapid.SampledFrom([]int64{0, -1, 1, 3600}).Draw(t, name+" off")
	}
	r.tau = near("tau", e, e+month, e+month+2*day, e+2*month, s+month, s+3*month, e+7*day, e+100*day, e+400*day, s-day)
	for i := range rapid.IntRange(0, 14).Draw(t, "people") {
		var p person
		p.Key = retention.PersonKey{Farm: "f", ID: int64(i + 1)}
		p.Registered = near("registered", s-14*day, s, e, s-180*day, s-3000*day, s+day)
		p.Joined = near("joined", s, s-180*day, s-day, e, e-5*day)
		if rapid.IntRange(0, 6).Draw(t, "unknown") == 0 {
			p.Registered, p.Joined = 0, 0
		}
		p.HomeWiki = rapid.SampledFrom([]string{"testwiki", "otherwiki", "", "unread"}).Draw(t, "home")
		p.Repeat = rapid.Bool().Draw(t, "repeat")
		for range rapid.IntRange(0, 2).Draw(t, "later") {
			from := near("later", e, e+month, e+40*day)
			p.Later = append(p.Later, retention.Span{Start: from, End: from + rapid.Int64Range(-1, 50*day).Draw(t, "length")})
		}
		for range rapid.IntRange(0, 12).Draw(t, "edits") {
			p.edits = append(p.edits, edit{
				wiki:     rapid.SampledFrom([]string{"testwiki", "otherwiki"}).Draw(t, "wiki"),
				t:        near("edit", s, e, p.Joined, p.Registered, s-180*day) + rapid.SampledFrom([]int64{0, 7 * day, day, month, 2 * month, 3 * month, 11 * month}).Draw(t, "months"),
				ns:       rapid.SampledFrom([]int32{0, 1, 6, 100}).Draw(t, "ns"),
				reverted: rapid.IntRange(0, 4).Draw(t, "reverted") == 0,
			})
		}
		for j := range p.edits {
			p.edits[j].t = max(1, p.edits[j].t)
		}
		r.people = append(r.people, p)
	}
	return r
}

func drawDefinition(t *rapid.T) retention.Definition {
	d := retention.Default()
	d.Population = rapid.SampledFrom([]retention.Population{retention.Registered, retention.Active}).Draw(t, "population")
	d.Anchor = rapid.SampledFrom([]retention.Anchor{retention.AnchorEnd, retention.AnchorStart, retention.AnchorJoin, retention.AnchorRegistration}).Draw(t, "anchor")
	d.Mode = rapid.SampledFrom([]retention.Mode{retention.Bracket, retention.Unbounded, retention.Cumulative}).Draw(t, "mode")
	d.Threshold = rapid.IntRange(1, 4).Draw(t, "threshold")
	d.Months = rapid.SampledFrom([]int{12, 1, 3, 14}).Draw(t, "months")
	d.Group = rapid.SampledFrom([]retention.Group{retention.All, retention.Newcomers, retention.Experienced, retention.FirstTime, retention.Repeat}).Draw(t, "group")
	if d.Anchor == retention.AnchorRegistration {
		d.Group = retention.Newcomers
	}
	d.Wikis = rapid.SampledFrom([]retention.Wikis{{Kind: "all"}, {Kind: "campaign"}, {Kind: "home"}, {Kind: "list", Names: []string{"otherwiki"}}}).Draw(t, "wikis")
	d.Namespaces = rapid.SampledFrom([]retention.Namespaces{{Kind: "all"}, {Kind: "content"}, {Kind: "list", Numbers: []int{0, 6}}}).Draw(t, "namespaces")
	d.Reverted = rapid.SampledFrom([]retention.Inclusion{retention.Include, retention.Exclude}).Draw(t, "reverted")
	d.LaterCampaigns = rapid.SampledFrom([]retention.Inclusion{retention.Include, retention.Exclude}).Draw(t, "later_campaigns")
	d.NewcomerDays = rapid.SampledFrom([]int{14, 0, 180}).Draw(t, "newcomer_days")
	d.Gap = rapid.SampledFrom([]int{60, 7, 30}).Draw(t, "gap")
	return d
}

// build is the reference's cohort.
func (r reference) build(t testing.TB) *retention.Cohort { return cohortIn(t, r.campaign, r.people...) }

// computed is a measure's result, or nil where the definition needs what is
// known of nobody.
func (r reference) computed(t *rapid.T, tb testing.TB, m retention.Measure, d retention.Definition) retention.Result {
	res, err := retention.Compute(r.build(tb), m, d, asOf(r.tau))
	var u *retention.UnavailableError
	if errors.As(err, &u) {
		known := slices.ContainsFunc(r.people, func(p person) bool {
			return map[string]bool{"home": p.HomeWiki != "", "join": p.Joined != 0, "registration": p.Registered != 0}[u.Value]
		})
		if known {
			t.Fatalf("%v, though it is known of somebody", err)
		}
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func checkPoint(t *rapid.T, r reference, what string, got retention.Point, want refPoint) {
	t.Helper()
	if int64(got.AtRisk) != want.atRisk || got.Status != r.status(want) {
		t.Fatalf("%s month %d: %+v, want %+v (%s)", what, got.Month, got, want, r.status(want))
	}
	if got.Status.Known() {
		if int64(got.Retained) != want.retained || !close(got.Rate, float64(want.retained)/float64(want.atRisk), exact) {
			t.Fatalf("%s month %d: %+v, want %+v", what, got.Month, got, want)
		}
		if got.Low > got.Rate || got.High < got.Rate || got.Low < 0 || got.High > 1 {
			t.Fatalf("%s month %d: interval %v to %v around %v", what, got.Month, got.Low, got.High, got.Rate)
		}
	}
}

func TestCurveIsTheReferences(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := drawReference(rt)
		res := r.computed(rt, t, retention.MeasureRetention, r.d)
		if res == nil {
			return
		}
		c := res.(*retention.Curve)
		for i := range c.Points {
			checkPoint(rt, r, string(r.d.Group), c.Points[i], r.point(r.d.Group, int64(i+1)))
		}
		for _, g := range c.Groups {
			for i := range g.Points {
				checkPoint(rt, r, string(g.Group), g.Points[i], r.point(g.Group, int64(i+1)))
			}
		}
		all, _ := r.counted(r.d.Group)
		if c.People != len(all) {
			rt.Fatalf("%d people, want %d", c.People, len(all))
		}
		active := 0
		for _, p := range r.people {
			if countIn(r.qualifying(p), r.start(), r.end()) > 0 && (r.d.Wikis.Kind != "home" || p.HomeWiki != "") {
				active++
			}
		}
		if c.Coverage.Active != active {
			rt.Fatalf("%d active, want %d", c.Coverage.Active, active)
		}
	})
}

func TestMarksAreTheReferences(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := drawReference(rt)
		if r.d.Group = retention.All; r.d.Anchor == retention.AnchorRegistration {
			r.d.Anchor = retention.AnchorEnd
		}
		res := r.computed(rt, t, retention.MeasureMarks, r.d)
		if res == nil {
			return
		}
		for _, g := range res.(*retention.Marks).Groups {
			for _, p := range g.Points {
				checkPoint(rt, r, string(g.Group), p, r.point(g.Group, int64(p.Month)))
			}
		}
	})
}

func TestSurvivalIsTheReferences(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := drawReference(rt)
		res := r.computed(rt, t, retention.MeasureSurvival, r.d)
		if res == nil {
			return
		}
		s := res.(*retention.Survival)
		people, anchors := r.counted(r.d.Group)
		events, censored := make([]int, 400), make([]int, 400)
		n := 0
		for i, p := range people {
			if weeks, left, ok := r.lifetime(p, anchors[i]); ok && left {
				events[weeks]++
				n++
			} else if ok {
				censored[weeks]++
				n++
			}
		}
		if s.People != n || s.LeftOut != len(people)-n {
			rt.Fatalf("%d people and %d left out, want %d and %d", s.People, s.LeftOut, n, len(people)-n)
		}
		before := 1.0
		risk := n
		for _, p := range s.Points {
			if p.Events != events[p.Week] || p.Censored != censored[p.Week] || p.AtRisk != risk {
				rt.Fatalf("%+v, want %d events, %d censored, %d at risk", p, events[p.Week], censored[p.Week], risk)
			}
			if p.Survival > before || p.Survival < 0 || p.HasInterval && (p.Low > p.Survival || p.High < p.Survival) {
				rt.Fatalf("survival %+v after %v", p, before)
			}
			before = p.Survival
			risk -= p.Events + p.Censored
		}
		if risk != 0 {
			rt.Fatalf("%d people are in no step", risk)
		}
	})
}

func TestIntensityIsTheReferences(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := drawReference(rt)
		res := r.computed(rt, t, retention.MeasureIntensity, r.d)
		if res == nil {
			return
		}
		people, anchors := r.counted(r.d.Group)
		for _, p := range res.(*retention.Intensity).Points {
			var want [retention.IntensityBins]int
			atRisk := 0
			for i, q := range people {
				from := anchors[i] + int64(p.Month-1)*month
				if from+month > r.tau {
					continue
				}
				atRisk++
				switch n := countIn(r.qualifying(q), from, from+month); {
				case n == 0:
					want[0]++
				case n < 5:
					want[1]++
				case n < 100:
					want[2]++
				default:
					want[3]++
				}
			}
			if p.AtRisk != atRisk || p.Counts != want {
				rt.Fatalf("month %d: %+v, want %v of %d", p.Month, p, want, atRisk)
			}
		}
	})
}

func TestPeriodsAreTheReferences(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := drawReference(rt)
		r.d.Anchor = retention.AnchorEnd // whoever is counted, is counted in all periods
		res := r.computed(rt, t, retention.MeasureActivity, r.d)
		if res == nil {
			return
		}
		a, l := res.(*retention.Activity), r.computed(rt, t, retention.MeasureLifecycle, r.d).(*retention.Lifecycle)
		people, _ := r.counted(r.d.Group)
		if len(l.Points) != len(a.Points)-1 {
			rt.Fatalf("%d periods of the lifecycle, %d of the activity", len(l.Points), len(a.Points))
		}
		for i, p := range a.Points {
			if p.End.Unix() > r.tau {
				if p.Status.Known() {
					rt.Fatalf("%+v is known before it is over", p)
				}
				continue
			}
			var active, fresh, continuing, returning, lapsed int
			for _, q := range people {
				times := r.qualifying(q)
				in := countIn(times, p.Start.Unix(), p.End.Unix()) > 0
				before := i > 0 && countIn(times, a.Points[i-1].Start.Unix(), p.Start.Unix()) > 0
				earlier := countIn(times, 0, p.Start.Unix()) > 0
				if in {
					active++
				}
				switch {
				case in && before:
					continuing++
				case in && !earlier && q.Registered != 0 && q.Registered >= r.start()-180*day:
					fresh++
				case in:
					returning++
				case before:
					lapsed++
				}
			}
			if p.Active != active {
				rt.Fatalf("period %d: %d active, want %d", p.Number, p.Active, active)
			}
			if i == 0 {
				continue
			}
			got := l.Points[i-1]
			if got.Number != p.Number || got.Status != p.Status || len(people) > 0 &&
				[4]int{got.New, got.Continuing, got.Returning, got.Lapsed} != [4]int{fresh, continuing, returning, lapsed} {
				rt.Fatalf("period %d: %+v, want %d new, %d continuing, %d returning, %d lapsed", p.Number, got, fresh, continuing, returning, lapsed)
			}
		}
	})
}

func TestCohortRowsAreTheReferences(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := drawReference(rt)
		r.d.Anchor = retention.AnchorJoin
		res := r.computed(rt, t, retention.MeasureCohorts, r.d)
		if res == nil {
			return
		}
		c := res.(*retention.Cohorts)
		for i := range c.Total.Points {
			checkPoint(rt, r, "total", c.Total.Points[i], r.point(r.d.Group, int64(i+1)))
		}
		for _, row := range c.Rows {
			of := r
			of.people = nil
			for _, p := range r.people {
				if p.Joined != 0 && at(p.Joined).Format("2006-01") == row.Key {
					of.people = append(of.people, p)
				}
			}
			for i := range row.Points {
				checkPoint(rt, of, row.Key, row.Points[i], of.point(r.d.Group, int64(i+1)))
			}
		}
		if !slices.IsSortedFunc(c.Rows, func(a, b retention.CohortRow) int { return slices.Compare([]byte(a.Key), []byte(b.Key)) }) {
			rt.Fatalf("rows are not in time order")
		}
	})
}

func TestPresetsAreTheReferences(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := drawReference(rt)
		single := []retention.Preset{
			retention.WMFNewEditor, retention.SurvivingNewEditor, retention.SurvivalPreset, retention.Growth, retention.EventMetrics, retention.Dashboard,
		}
		d := retention.ForPreset(rapid.SampledFrom(single).Draw(rt, "preset"))
		d.Wikis, d.Namespaces, d.Reverted, d.LaterCampaigns = r.d.Wikis, r.d.Namespaces, r.d.Reverted, r.d.LaterCampaigns
		if d.Preset == retention.SurvivalPreset {
			d.SurvivalN = rapid.IntRange(1, 3).Draw(rt, "n")
			d.SurvivalT = rapid.SampledFrom([]int{30, 0, 1}).Draw(rt, "t")
			d.SurvivalS = rapid.SampledFrom([]int{30, 0, 1}).Draw(rt, "s")
		}
		r.d = d
		res := r.computed(rt, t, retention.MeasureRetention, d)
		if res == nil {
			return
		}
		c := res.(*retention.Curve)
		people, atRisk, retained := r.presetFigure(d.Preset)
		p := c.Points[0]
		if len(c.Points) != 1 || p.Month != 0 || c.People != people || p.AtRisk != atRisk || p.Status.Known() && p.Retained != retained {
			rt.Fatalf("%s: %d people, %+v, want %d of %d of %d", d.Preset, c.People, p, retained, atRisk, people)
		}
		if (people == 0) != (p.Status == retention.Empty) || (people > 0 && atRisk == 0) != (p.Status == retention.Open) {
			rt.Fatalf("%s: status %s with %d at risk of %d", d.Preset, p.Status, atRisk, people)
		}
	})
}

// TestLaws is what must hold whatever the reference says.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := drawReference(rt)
		r.d.Months = 12
		points := func(mode retention.Mode) []retention.Point {
			d := r.d
			d.Mode = mode
			res := r.computed(rt, t, retention.MeasureRetention, d)
			if res == nil {
				return nil
			}
			return res.(*retention.Curve).Points
		}
		bracket, unbounded, cumulative := points(retention.Bracket), points(retention.Unbounded), points(retention.Cumulative)
		for i := range bracket {
			if bracket[i].Retained > cumulative[i].Retained {
				rt.Fatalf("month %d: %d retained in it, %d up to it", i+1, bracket[i].Retained, cumulative[i].Retained)
			}
			if i == 0 {
				continue
			}
			if unbounded[i].Retained > unbounded[i-1].Retained {
				rt.Fatalf("unbounded: %d retained from month %d on, %d from the one before", unbounded[i].Retained, i+1, unbounded[i-1].Retained)
			}
			if bracket[i].AtRisk > bracket[i-1].AtRisk {
				rt.Fatalf("month %d: at risk grows from %d to %d", i+1, bracket[i-1].AtRisk, bracket[i].AtRisk)
			}
		}
	})
}

func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := drawReference(rt)
		shuffled := r
		shuffled.people = slices.Clone(r.people)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		rng.Shuffle(len(shuffled.people), func(i, j int) {
			shuffled.people[i], shuffled.people[j] = shuffled.people[j], shuffled.people[i]
		})
		for i := range shuffled.people {
			p := &shuffled.people[i]
			p.edits = slices.Clone(p.edits)
			rng.Shuffle(len(p.edits), func(a, b int) { p.edits[a], p.edits[b] = p.edits[b], p.edits[a] })
		}
		for _, m := range measures() {
			d := r.d
			if m == retention.MeasureCohorts {
				d.Anchor = retention.AnchorJoin
			} else if m == retention.MeasureMarks && d.Anchor == retention.AnchorRegistration {
				d.Anchor = retention.AnchorEnd
			}
			sameTables(rt, r.computed(rt, t, m, d), shuffled.computed(rt, t, m, d))
		}
	})
}

func measures() []retention.Measure {
	return []retention.Measure{
		retention.MeasureRetention, retention.MeasureMarks, retention.MeasureSurvival, retention.MeasureCohorts,
		retention.MeasureIntensity, retention.MeasureActivity, retention.MeasureLifecycle,
	}
}

func sameTables(t *rapid.T, a, b retention.Result) {
	t.Helper()
	if (a == nil) != (b == nil) {
		t.Fatalf("only one can be computed")
	}
	if a == nil {
		return
	}
	if x, y := fmt.Sprint(a.Table()), fmt.Sprint(b.Table()); x != y {
		t.Fatalf("%s\nbut\n%s", x, y)
	}
}

func TestShiftingAllTimesChangesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := drawReference(rt)
		by := rapid.Int64Range(-1000*day, 10_000*day).Draw(rt, "shift")
		move := func(t int64) int64 {
			if t == 0 {
				return 0
			}
			return t + by
		}
		s := reference{campaign: campaignOf("x", r.start()+by, r.end()+by), d: r.d, tau: r.tau + by}
		for _, p := range r.people {
			p.Joined, p.Registered = move(p.Joined), move(p.Registered)
			p.Later, p.edits = slices.Clone(p.Later), slices.Clone(p.edits)
			for i := range p.Later {
				p.Later[i].Start += by
				p.Later[i].End += by
			}
			// Edits of people whose account's age is unknown can lie at the epoch.
			p.edits = slices.DeleteFunc(p.edits, func(e edit) bool { return e.t < r.start()-4000*day })
			for i := range p.edits {
				p.edits[i].t += by
			}
			s.people = append(s.people, p)
		}
		for _, m := range []retention.Measure{retention.MeasureRetention, retention.MeasureSurvival, retention.MeasureIntensity} {
			sameTables(rt, r.computed(rt, t, m, r.d), s.computed(rt, t, m, s.d))
		}
		// Periods have dates in their tables, so the figures alone are compared.
		a, b := r.computed(rt, t, retention.MeasureActivity, r.d), s.computed(rt, t, retention.MeasureActivity, s.d)
		if a == nil || b == nil {
			return
		}
		for i, p := range a.(*retention.Activity).Points {
			q := b.(*retention.Activity).Points[i]
			if p.Active != q.Active || p.Status != q.Status {
				rt.Fatalf("%+v but %+v", p, q)
			}
		}
	})
}

func TestPartsAddUpToTheWhole(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := drawReference(rt)
		r.d.Wikis = retention.Wikis{Kind: "all"} // so that each half can be computed
		if r.d.Anchor == retention.AnchorJoin || r.d.Anchor == retention.AnchorRegistration {
			r.d.Anchor = retention.AnchorEnd
		}
		cut := rapid.IntRange(0, len(r.people)).Draw(rt, "cut")
		a, b := r, r
		a.people, b.people = r.people[:cut], r.people[cut:]
		whole := r.computed(rt, t, retention.MeasureRetention, r.d).(*retention.Curve)
		one := a.computed(rt, t, retention.MeasureRetention, r.d).(*retention.Curve)
		two := b.computed(rt, t, retention.MeasureRetention, r.d).(*retention.Curve)
		for i, p := range whole.Points {
			if q, s := one.Points[i], two.Points[i]; p.AtRisk != q.AtRisk+s.AtRisk || p.Retained != q.Retained+s.Retained {
				rt.Fatalf("month %d: %+v and %+v are not %+v", i+1, q, s, p)
			}
		}
	})
}
