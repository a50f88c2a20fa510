package retention_test

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"afterglow/retention"
)

func packed(t testing.TB, edits ...retention.Edit) []byte {
	t.Helper()
	b, err := retention.Pack(edits)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEditsOfManyWikisAreMerged(t *testing.T) {
	// An edit every ten days, on one wiki after another; month 1 has those of
	// days 0, 10, 20, and so on.
	b := retention.NewBuilder(campaignOf("x", start(), end()))
	b.Add(old().Participant)
	for w := range int64(7) {
		var edits []retention.Edit
		for i := range int64(5) {
			edits = append(edits, retention.Edit{Time: end() + (7*i+w)*10*day})
		}
		wiki := b.Wiki(strings.Repeat("w", int(w)+1), nil)
		if err := b.AddEdits(wiki, packed(t, edits...)); err != nil {
			t.Fatal(err)
		}
	}
	c := cohortOf(t, b)
	if c.Edits() != 35 || c.People() != 1 {
		t.Errorf("%d edits of %d people", c.Edits(), c.People())
	}
	d := with(func(d *retention.Definition) { d.Threshold, d.Months = 3, 12 })
	if got := retainedIn(curve(t, c, d, late()).Points); !slices.Equal(got, []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0}) {
		t.Errorf("three edits in each month: %v", got)
	}
	if got := c.Coverage().Wikis; len(got) != 7 {
		t.Errorf("wikis %v", got)
	}
}

func TestWikiAgainKeepsItsNamespaces(t *testing.T) {
	b := retention.NewBuilder(campaignOf("x", start(), end()))
	w := b.Wiki("otherwiki", []int{0, 100})
	if again := b.Wiki("otherwiki", nil); again != w {
		t.Errorf("number %d, then %d", w, again)
	}
	b.Add(old().Participant)
	if err := b.AddEdits(w, packed(t, retention.Edit{Time: end(), Namespace: 100})); err != nil {
		t.Fatal(err)
	}
	d := with(func(d *retention.Definition) { d.Namespaces.Kind = "content" })
	if got := curve(t, cohortOf(t, b), d, late()).Points[0].Retained; got != 1 {
		t.Errorf("%d retained by an edit in a content namespace, want 1", got)
	}
}

func TestEarlierEditsAreNotKept(t *testing.T) {
	c := cohort(t, old(start()-180*day-1, start()-180*day))
	if c.Edits() != 1 {
		t.Errorf("%d edits, want only the one from 180 days before the start on", c.Edits())
	}
}

func TestBuilderRefuses(t *testing.T) {
	good := campaignOf("x", start(), end())
	late := good
	late.End = late.Start.Add(-time.Second)
	never := good
	never.Start = time.Time{}
	far := good
	far.End = time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name     string
		campaign retention.Campaign
		build    func(b *retention.Builder)
		want     string
	}{
		{"an end before the start", late, func(*retention.Builder) {}, "ends before it starts"},
		{"no start", never, func(*retention.Builder) {}, "outside 1970"},
		{"an end in 3000", far, func(*retention.Builder) {}, "outside 1970"},
		{"the same person twice", good, func(b *retention.Builder) {
			for range 2 {
				b.Add(retention.Participant{Key: retention.PersonKey{Farm: "f", ID: 7}})
			}
		}, "account 7"},
		{"a time before 1970", good, func(b *retention.Builder) { b.Add(retention.Participant{Joined: -1}) }, "outside 1970"},
		{"a time after 2106", good, func(b *retention.Builder) { b.Add(retention.Participant{Registered: math.MaxUint32 + 1}) }, "outside 1970"},
		{"thousands of farms", good, func(b *retention.Builder) {
			for i := range 2000 {
				b.Add(retention.Participant{Key: retention.PersonKey{Farm: strings.Repeat("f", i+1)}})
			}
		}, "farms"},
	}
	for _, test := range tests {
		b := retention.NewBuilder(test.campaign)
		test.build(b)
		if _, err := b.Cohort(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one that says %q", test.name, err, test.want)
		}
		if _, err := b.Cohort(); err == nil {
			t.Errorf("%s: a builder can be used twice", test.name)
		}
	}
}

func TestAddEditsRefuses(t *testing.T) {
	b := retention.NewBuilder(campaignOf("x", start(), end()))
	w := b.Wiki("testwiki", nil)
	one := packed(t, retention.Edit{Time: end()})
	if err := b.AddEdits(w, one); err == nil {
		t.Error("edits of nobody were added")
	}
	b.Add(retention.Participant{HomeWiki: "home"})
	for _, wiki := range []int{-1, w + 1, 99} { // w+1 is only a home
		if err := b.AddEdits(wiki, one); err == nil {
			t.Errorf("edits on wiki %d were added", wiki)
		}
	}
	if err := b.AddEdits(w, one); err != nil {
		t.Error(err)
	}
}

func TestTooManyKindsOfEdits(t *testing.T) {
	b := retention.NewBuilder(campaignOf("x", start(), end()))
	b.Add(retention.Participant{})
	var edits []retention.Edit
	for ns := range int32(2048) {
		edits = append(edits, retention.Edit{Time: end(), Namespace: ns}, retention.Edit{Time: end(), Namespace: ns, Reverted: true})
	}
	all := packed(t, edits...)
	for i := range 16 {
		if err := b.AddEdits(b.Wiki(strings.Repeat("w", i+1), nil), all); err != nil {
			t.Fatalf("wiki %d: %v", i, err)
		}
	}
	if err := b.AddEdits(b.Wiki("onemore", nil), all); err == nil {
		t.Error("the 65,537th kind was added")
	}
	if c := cohortOf(t, b); c.Edits() != 16*len(edits) {
		t.Errorf("%d edits", c.Edits())
	}
}

func TestCoverage(t *testing.T) {
	b := retention.NewBuilder(campaignOf("x", start(), end()))
	b.SetCoverage(retention.Coverage{Participants: 10, Measured: 99, Hidden: 1, NotFound: 2, Bots: 4, Wikis: []string{"testwiki"}})
	addPeople(t, b, []person{old(start()), old(), old()})
	got := cohortOf(t, b).Coverage()
	if got.Participants != 10 || got.Measured != 3 || got.Active != 1 || got.WikisFailed == nil || len(got.Wikis) != 1 {
		t.Errorf("coverage %+v", got)
	}
}

func TestEmptyCampaign(t *testing.T) {
	c := cohort(t)
	for _, m := range measures() {
		d, err := retention.ParseDefinition(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		r, err := retention.Compute(c, m, d, minCell(5))
		if err != nil {
			t.Errorf("%s: %v", m, err)
			continue
		}
		for _, row := range r.Table()[1:] {
			if status := row[len(row)-1]; status != string(retention.Empty) {
				t.Errorf("%s: %v, want empty", m, row)
			}
		}
	}
	s := compute[*retention.Survival](t, c, retention.MeasureSurvival, retention.Default(), late())
	if s.Status != retention.Empty {
		t.Errorf("survival: %s, want empty", s.Status)
	}
}

// TestBytesAnEdit holds the memory of a loaded cohort: people with a hundred
// edits each take no more than 12 bytes an edit in all.
func TestBytesAnEdit(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a million edits")
	}
	campaigns := makeBench(t, 1, 1_000_000, 10_000)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	c := buildBench(t, campaigns[0])
	held := float64(heap()) - float64(before)
	edits := float64(c.Edits())
	if said := float64(c.Bytes()); held > 12*edits || math.Abs(said-held) > held/10 {
		t.Errorf("%.2f bytes an edit, and Bytes says %.2f; want at most 12, and the truth", held/edits, said/edits)
	}
	runtime.KeepAlive(c)
	runtime.KeepAlive(campaigns)
}
