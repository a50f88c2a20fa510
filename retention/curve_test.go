package retention_test

import (
	"errors"
	"slices"
	"testing"

	"afterglow/retention"
)

func TestMonthsAreHalfOpen(t *testing.T) {
	// One person for each instant near a month's bounds.
	people := []person{
		old(end() - 1), old(end()), old(end() + month - 1), old(end() + month), old(end() + 2*month - 1), old(end() + 2*month),
	}
	got := retainedIn(curve(t, cohort(t, people...), with(func(d *retention.Definition) { d.Months = 3 }), late()).Points)
	if want := []int{2, 2, 1}; !slices.Equal(got, want) {
		t.Errorf("retained %v, want %v: an edit at exactly the end is in month 1, one at exactly 30 days in month 2", got, want)
	}
}

func TestMonthIsAtRiskOnceItIsOver(t *testing.T) {
	c := cohort(t, old(end()), old())
	d := with(func(d *retention.Definition) { d.Months = 2 })
	before := curve(t, c, d, asOf(end()+month-1)).Points
	if before[0].Status != retention.Open || before[0].AtRisk != 0 {
		t.Errorf("a second before the month is over: %+v, want open", before[0])
	}
	after := curve(t, c, d, asOf(end()+month)).Points
	if after[0].AtRisk != 2 || after[0].Retained != 1 || after[1].Status != retention.Open {
		t.Errorf("when the month is over: %+v, want 1 of 2 and month 2 open", after)
	}
}

func TestEditsAfterAsOfAreNotSeen(t *testing.T) {
	c := cohort(t, old(end()+month+10))
	d := with(func(d *retention.Definition) { d.Mode, d.Months = retention.Unbounded, 1 })
	if got := curve(t, c, d, asOf(end()+month+10)).Points[0].Retained; got != 0 {
		t.Errorf("%d retained by an edit at the data's end, want 0: the data is complete up to that instant, not with it", got)
	}
	if got := curve(t, c, d, asOf(end()+month+11)).Points[0].Retained; got != 1 {
		t.Errorf("%d retained a second later, want 1", got)
	}
}

func TestStatus(t *testing.T) {
	c := cohort(t, old(end()+day))
	closes := end() + month
	tests := []struct {
		name   string
		asOf   int64
		change func(d *retention.Definition)
		want   retention.Status
	}{
		{"the month is not over", closes - 1, nil, retention.Open},
		{"just over", closes, nil, retention.Provisional},
		{"a second short of 48 hours", closes + 2*day - 1, nil, retention.Provisional},
		{"48 hours after", closes + 2*day, nil, retention.Final},
		{"reverts may come for 30 days", closes + 30*day - 1, func(d *retention.Definition) { d.Reverted = retention.Exclude }, retention.Provisional},
		{"after 30 days they have come", closes + 30*day, func(d *retention.Definition) { d.Reverted = retention.Exclude }, retention.Final},
		{"unbounded never stands", closes + 300*day, func(d *retention.Definition) { d.Mode = retention.Unbounded }, retention.Provisional},
		{"nobody is in the group", closes + 300*day, func(d *retention.Definition) { d.Group = retention.Newcomers }, retention.Empty},
		{"an empty group is empty before its month is over", closes - 1, func(d *retention.Definition) { d.Group = retention.Newcomers }, retention.Empty},
		{"nobody took part", closes + 300*day, func(d *retention.Definition) { d.Population = retention.Active }, retention.Empty},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := retention.Default()
			if test.change != nil {
				test.change(&d)
			}
			p := curve(t, c, d, asOf(test.asOf)).Points[0]
			if p.Status != test.want {
				t.Errorf("status %s, want %s", p.Status, test.want)
			}
			if !p.Status.Known() && (p.Retained != 0 || p.Rate != 0 || p.High != 0) {
				t.Errorf("an unknown point has figures: %+v", p)
			}
		})
	}
}

// TestStatusOfStaggeredAnchors is a group in which one person's month closed
// lately and another's is not over.
func TestStatusOfStaggeredAnchors(t *testing.T) {
	people := []person{old(), old(), old()}
	people[0].Joined = start()
	people[1].Joined = start() + 5*day
	people[2].Joined = start() + 9*day
	d := with(func(d *retention.Definition) { d.Anchor, d.Months = retention.AnchorJoin, 1 })
	p := curve(t, cohort(t, people...), d, asOf(start()+5*day+month+3600)).Points[0]
	if p.AtRisk != 2 || p.Status != retention.Provisional {
		t.Errorf("%+v, want 2 at risk and provisional for the one whose month closed an hour ago", p)
	}
	p = curve(t, cohort(t, people...), d, asOf(start()+7*day+month)).Points[0]
	if p.AtRisk != 2 || p.Status != retention.Final {
		t.Errorf("%+v, want 2 at risk and final: both months closed 48 hours ago", p)
	}
}

func TestModesAndThreshold(t *testing.T) {
	in := func(m int64, n int) []int64 { // n edits in month m
		var out []int64
		for i := range n {
			out = append(out, end()+(m-1)*month+int64(i))
		}
		return out
	}
	people := []person{
		old(in(1, 2)...),
		old(in(3, 2)...),
		old(slices.Concat(in(1, 1), in(2, 1), in(3, 1))...),
	}
	tests := []struct {
		mode retention.Mode
		k    int
		want []int
	}{
		{retention.Bracket, 1, []int{2, 1, 2, 0}},
		{retention.Bracket, 2, []int{1, 0, 1, 0}},
		{retention.Unbounded, 1, []int{3, 2, 2, 0}},
		{retention.Unbounded, 2, []int{3, 2, 1, 0}},
		{retention.Unbounded, 3, []int{1, 0, 0, 0}},
		{retention.Cumulative, 1, []int{2, 2, 3, 3}},
		{retention.Cumulative, 2, []int{1, 2, 3, 3}},
		{retention.Cumulative, 3, []int{0, 0, 1, 1}},
	}
	c := cohort(t, people...)
	for _, test := range tests {
		d := with(func(d *retention.Definition) { d.Mode, d.Threshold, d.Months = test.mode, test.k, 4 })
		if got := retainedIn(curve(t, c, d, late()).Points); !slices.Equal(got, test.want) {
			t.Errorf("%s, at least %d: %v, want %v", test.mode, test.k, got, test.want)
		}
	}
}

func TestNewcomers(t *testing.T) {
	tests := []struct {
		name       string
		registered int64
		days       int
		want       bool
	}{
		{"14 days before the start", start() - 14*day, 14, true},
		{"a second earlier", start() - 14*day - 1, 14, false},
		{"at the end", end(), 14, true},
		{"a second after the end", end() + 1, 14, false},
		{"unknown", 0, 14, false},
		{"unknown, with all days", 0, 180, false},
		{"at the start, with no days before", start(), 0, true},
		{"a second before the start, with no days before", start() - 1, 0, false},
		{"180 days before", start() - 180*day, 180, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := with(func(d *retention.Definition) { d.NewcomerDays = test.days })
			r := curve(t, cohort(t, by(test.registered)), d, late())
			newcomers, experienced := r.Groups[0].People, r.Groups[1].People
			if (newcomers == 1) != test.want || newcomers+experienced != 1 {
				t.Errorf("%d newcomers and %d experienced, want newcomer %t", newcomers, experienced, test.want)
			}
		})
	}
}

func TestGroupsSplit(t *testing.T) {
	repeated := old(end() + 1)
	repeated.Repeat = true
	c := cohort(t, repeated, old(), young(end()+1), young(end()+1))
	for group, want := range map[retention.Group][2]int{
		retention.All: {4, 3}, retention.Newcomers: {2, 2}, retention.Experienced: {2, 1}, retention.FirstTime: {3, 2}, retention.Repeat: {1, 1},
	} {
		r := curve(t, c, with(func(d *retention.Definition) { d.Group = group }), late())
		if r.Group != group || r.People != want[0] || r.Points[0].AtRisk != want[0] || r.Points[0].Retained != want[1] {
			t.Errorf("%s: %d people, %+v, want %v", group, r.People, r.Points[0], want)
		}
		if (len(r.Groups) == 2) != (group == retention.All) {
			t.Errorf("%s: %d groups", group, len(r.Groups))
		}
	}
}

func TestWhichEditsQualify(t *testing.T) {
	p := old()
	p.HomeWiki = "otherwiki"
	p.Later = []retention.Span{{Start: end() + 100*day, End: end() + 110*day}}
	p.edits = []edit{
		{t: end() + day, ns: 0},
		{t: end() + month + day, ns: 1},
		{t: end() + 2*month + day, wiki: "otherwiki", ns: 100},
		{t: end() + 105*day, ns: 0},              // month 4, in a later campaign
		{t: end() + 5*month, reverted: true},     // month 6
		{t: end() + 6*month - 1, reverted: true}, // month 6
		{t: end() + 6*month + day, ns: 100},      // month 7: no content on testwiki
	}
	c := cohort(t, p)
	tests := []struct {
		name   string
		change func(d *retention.Definition)
		want   []int // months in which the person is retained
	}{
		{"all", func(*retention.Definition) {}, []int{1, 2, 3, 4, 6, 7}},
		{"content", func(d *retention.Definition) { d.Namespaces.Kind = "content" }, []int{1, 3, 4, 6}},
		{"listed namespaces", func(d *retention.Definition) {
			d.Namespaces = retention.Namespaces{Kind: "list", Numbers: []int{1, 100}}
		}, []int{2, 3, 7}},
		{"reverted", func(d *retention.Definition) { d.Reverted = retention.Exclude }, []int{1, 2, 3, 4, 7}},
		{"home", func(d *retention.Definition) { d.Wikis.Kind = "home" }, []int{3}},
		{"campaign", func(d *retention.Definition) { d.Wikis.Kind = "campaign" }, []int{1, 2, 4, 6, 7}},
		{"listed wikis", func(d *retention.Definition) {
			d.Wikis = retention.Wikis{Kind: "list", Names: []string{"otherwiki", "thirdwiki"}}
		}, []int{3}},
		{"later campaigns", func(d *retention.Definition) { d.LaterCampaigns = retention.Exclude }, []int{1, 2, 3, 6, 7}},
		{"later campaigns, and unreverted content", func(d *retention.Definition) {
			d.LaterCampaigns, d.Reverted, d.Namespaces.Kind = retention.Exclude, retention.Exclude, "content"
		}, []int{1, 3}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []int
			for _, point := range curve(t, c, with(test.change), late()).Points {
				if point.Retained == 1 {
					got = append(got, point.Month)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("retained in months %v, want %v", got, test.want)
			}
		})
	}
}

func TestLaterCampaignsAreHalfOpen(t *testing.T) {
	p := old(end()+month-1, end()+month, end()+2*month-1, end()+2*month)
	p.Later = []retention.Span{{Start: end() + month, End: end() + 2*month}}
	d := with(func(d *retention.Definition) { d.LaterCampaigns, d.Months = retention.Exclude, 3 })
	if got := retainedIn(curve(t, cohort(t, p), d, late()).Points); !slices.Equal(got, []int{1, 0, 1}) {
		t.Errorf("retained %v, want 1 0 1", got)
	}
}

func TestCampaignWikis(t *testing.T) {
	p := old()
	p.edits = []edit{{t: end() + day}, {t: end() + month + day, wiki: "otherwiki"}}
	d := with(func(d *retention.Definition) { d.Wikis.Kind, d.Months = "campaign", 2 })
	for name, test := range map[string]struct {
		wikis []string
		want  []int
	}{
		"its own list":          {[]string{"otherwiki"}, []int{0, 1}},
		"all is the page's":     {[]string{"*"}, []int{1, 0}},
		"no list is the page's": {nil, []int{1, 0}},
	} {
		b := retention.NewBuilder(campaignOf("x", start(), end()))
		b.SetCampaignWikis(test.wikis)
		addPeople(t, b, []person{p})
		if got := retainedIn(curve(t, cohortOf(t, b), d, late()).Points); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestPopulationActive(t *testing.T) {
	reverted := old(end() + 1)
	reverted.edits = append(reverted.edits, edit{t: start(), reverted: true})
	c := cohort(t, old(start()-1, end()), old(start(), end()+1), old(end()-1), reverted)
	r := curve(t, c, with(func(d *retention.Definition) { d.Population = retention.Active }), late())
	if r.People != 3 || r.Points[0].Retained != 2 || r.Coverage.Active != 3 || r.Coverage.Measured != 4 {
		t.Errorf("%d people, %+v, coverage %+v, want 3 of 4 active and 2 retained", r.People, r.Points[0], r.Coverage)
	}
	r = curve(t, c, with(func(d *retention.Definition) { d.Population, d.Reverted = retention.Active, retention.Exclude }), late())
	if r.People != 2 || r.Coverage.Active != 2 {
		t.Errorf("%d people, %d active, want 2: a reverted edit does not qualify", r.People, r.Coverage.Active)
	}
	if got := curve(t, c, retention.Default(), asOf(start()+1)).Coverage.Active; got != 2 {
		t.Errorf("%d active a second after the start, want 2: the others' edits are not seen yet", got)
	}
}

func TestUnknownAnchorsAreLeftOutAndCounted(t *testing.T) {
	people := []person{old(end() + 1), old(end() + 1), old(end() + 1), old(end() + 1)}
	people[1].Joined = 0
	people[2].Joined = start() - 180*day     // the first that was read whole
	people[3].Joined = start() - 180*day - 1 // its first second was not read
	d := with(func(d *retention.Definition) { d.Anchor = retention.AnchorJoin })
	r := curve(t, cohort(t, people...), d, late())
	if r.People != 2 || r.Points[0].AtRisk != 2 || r.Unknown.Anchor != 2 {
		t.Errorf("%d people, %d at risk, %d unknown, want 2, 2 and 2", r.People, r.Points[0].AtRisk, r.Unknown.Anchor)
	}
}

func TestUnknownOfAGroupAreThatGroups(t *testing.T) {
	people := []person{young(), young(), old(), old()}
	people[0].Joined, people[2].Joined, people[3].Joined = 0, 0, 0
	for group, want := range map[retention.Group]int{retention.All: 3, retention.Newcomers: 1, retention.Experienced: 2} {
		d := with(func(d *retention.Definition) { d.Anchor, d.Group = retention.AnchorJoin, group })
		if got := curve(t, cohort(t, people...), d, late()).Unknown.Anchor; got != want {
			t.Errorf("%s: %d unknown, want %d", group, got, want)
		}
	}
}

func TestUnavailable(t *testing.T) {
	nobody := person{edits: []edit{{t: end() + 1}}}
	named := young(end() + 1)
	tests := []struct {
		name   string
		people []person
		change func(d *retention.Definition)
		param  string
	}{
		{"join", []person{nobody}, func(d *retention.Definition) { d.Anchor = retention.AnchorJoin }, "anchor"},
		{"registration", []person{nobody}, func(d *retention.Definition) { d.Anchor, d.Group = retention.AnchorRegistration, retention.Newcomers }, "anchor"},
		{"home", []person{nobody}, func(d *retention.Definition) { d.Wikis.Kind = "home" }, "wikis"},
		{"a misspelt wiki", []person{named}, func(d *retention.Definition) {
			d.Wikis = retention.Wikis{Kind: "list", Names: []string{"tsetwiki"}}
		}, "wikis"},
		{"a namespace that no wiki has", []person{named}, func(d *retention.Definition) {
			d.Namespaces = retention.Namespaces{Kind: "list", Numbers: []int{2301}}
		}, "namespaces"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := retention.Compute(cohort(t, test.people...), retention.MeasureRetention, with(test.change), late())
			var u *retention.UnavailableError
			if !errors.As(err, &u) || u.Param != test.param || u.Reason == "" {
				t.Fatalf("error %v, want *UnavailableError for %s", err, test.param)
			}
			// Of nobody, nothing is unknown: the answer is that there is nobody.
			r := curve(t, cohort(t), with(test.change), late())
			if r.Points[0].Status != retention.Empty {
				t.Errorf("without participants: status %s, want empty", r.Points[0].Status)
			}
		})
	}
}

func TestNamespacesThatAWikiHas(t *testing.T) {
	c := cohort(t, old(end()+1))
	for _, n := range []int{0, 15, 100} { // MediaWiki's own, and content of otherwiki
		d := with(func(d *retention.Definition) { d.Namespaces = retention.Namespaces{Kind: "list", Numbers: []int{n}} })
		r := curve(t, c, d, late())
		if want := map[bool]int{true: 1, false: 0}[n == 0]; r.Points[0].Retained != want {
			t.Errorf("namespace %d: %d retained, want %d", n, r.Points[0].Retained, want)
		}
	}
}

func TestCampaignWithoutAWiki(t *testing.T) {
	c := retention.Campaign{ID: "list-x", Start: at(start()), End: at(end()), Source: retention.Source{Kind: "list"}}
	_, err := retention.Compute(cohortIn(t, c, old()), retention.MeasureRetention, with(func(d *retention.Definition) { d.Wikis.Kind = "campaign" }), late())
	var u *retention.UnavailableError
	if !errors.As(err, &u) {
		t.Errorf("error %v, want *UnavailableError", err)
	}
}

func TestHomeUnknownIsLeftOutAndCounted(t *testing.T) {
	people := []person{old(end() + 1), old(end() + 1), old(end() + 1)}
	people[1].HomeWiki = ""
	people[2].HomeWiki = "neverreadwiki"
	r := curve(t, cohort(t, people...), with(func(d *retention.Definition) { d.Wikis.Kind = "home" }), late())
	if r.People != 2 || r.Points[0].Retained != 1 || r.Unknown.HomeWiki != 1 {
		t.Errorf("%d people, %d retained, %d unknown, want 2, 1 and 1", r.People, r.Points[0].Retained, r.Unknown.HomeWiki)
	}
}

func TestEventInTheFuture(t *testing.T) {
	c := cohort(t, old(), young())
	for _, m := range []retention.Measure{
		retention.MeasureRetention, retention.MeasureMarks, retention.MeasureCohorts, retention.MeasureIntensity,
	} {
		d, err := retention.ParseDefinition(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		r, err := retention.Compute(c, m, d, asOf(start()-day))
		if err != nil {
			t.Fatal(err)
		}
		rows := r.Table()
		for _, row := range rows[1:] {
			if row[len(row)-1] != string(retention.Open) {
				t.Errorf("%s: %v, want open", m, row)
			}
		}
	}
}

func TestMarks(t *testing.T) {
	c := cohort(t, young(end()+1, end()+3*month-1), young(end()+12*month-1), old(end()+2*month), old())
	r := compute[*retention.Marks](t, c, retention.MeasureMarks, retention.Default(), late())
	want := map[retention.Group][]int{retention.Newcomers: {1, 1, 0, 1}, retention.Experienced: {0, 1, 0, 0}, retention.All: {1, 2, 0, 1}}
	if len(r.Groups) != 3 || r.Groups[0].Group != retention.Newcomers || r.Groups[2].Group != retention.All {
		t.Fatalf("groups %+v, want newcomers, experienced, all", r.Groups)
	}
	for _, s := range r.Groups {
		if got := retainedIn(s.Points); !slices.Equal(got, want[s.Group]) {
			t.Errorf("%s: %v, want %v", s.Group, got, want[s.Group])
		}
		for i, m := range []int{1, 3, 6, 12} {
			if s.Points[i].Month != m {
				t.Errorf("%s: point %d is month %d, want %d", s.Group, i, s.Points[i].Month, m)
			}
		}
	}
}
