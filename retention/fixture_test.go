package retention_test

import (
	"testing"
	"time"

	"afterglow/retention"
)

// The hand-made campaign of the tests: ten days, on testwiki.
const (
	day   = int64(86400)
	month = 30 * day
)

func start() int64 { return time.Date(2025, 1, 10, 8, 0, 0, 0, time.UTC).Unix() }
func end() int64   { return start() + 10*day }

func at(unix int64) time.Time { return time.Unix(unix, 0).UTC() }

// edit is an edit on a wiki of a fixture; the zero wiki is testwiki.
type edit struct {
	wiki     string
	t        int64
	ns       int32
	reverted bool
}

// person is a participant of a fixture; the zero key is numbered.
type person struct {
	retention.Participant
	edits []edit
}

// by is somebody with edits in namespace 0 of testwiki.
func by(registered int64, times ...int64) person {
	p := person{Participant: retention.Participant{Registered: registered, Joined: start() + day, HomeWiki: "testwiki"}}
	for _, t := range times {
		p.edits = append(p.edits, edit{t: t})
	}
	return p
}

// old is an account that is no newcomer, and young one that is.
func old(times ...int64) person   { return by(start()-1000*day, times...) }
func young(times ...int64) person { return by(start()+3600, times...) }

// times is n people made by one function.
func times(n int, p person) []person {
	out := make([]person, n)
	for i := range out {
		out[i] = p
	}
	return out
}

func campaignOf(id string, start, end int64) retention.Campaign {
	return retention.Campaign{
		ID: id, Title: "Campaign " + id, Start: at(start), End: at(end),
		Source: retention.Source{Kind: "event", Wiki: "testwiki", Event: 12, Page: "Event:Test", URL: "https://test.example/wiki/Event:Test"},
	}
}

// cohort builds the hand-made campaign's cohort.
func cohort(t testing.TB, people ...person) *retention.Cohort {
	t.Helper()
	return cohortIn(t, campaignOf("testwiki-12", start(), end()), people...)
}

func cohortIn(t testing.TB, c retention.Campaign, people ...person) *retention.Cohort {
	t.Helper()
	b := retention.NewBuilder(c)
	b.Wiki("testwiki", nil)
	b.Wiki("otherwiki", []int{0, 100})
	addPeople(t, b, people)
	return cohortOf(t, b)
}

func addPeople(t testing.TB, b *retention.Builder, people []person) {
	t.Helper()
	for i, p := range people {
		if p.Key == (retention.PersonKey{}) {
			p.Key = retention.PersonKey{Farm: "test", ID: int64(i + 1)}
		}
		b.Add(p.Participant)
		on := map[string][]retention.Edit{}
		for _, e := range p.edits {
			if e.wiki == "" {
				e.wiki = "testwiki"
			}
			on[e.wiki] = append(on[e.wiki], retention.Edit{Time: e.t, Namespace: e.ns, Reverted: e.reverted})
		}
		for _, wiki := range []string{"testwiki", "otherwiki"} {
			if len(on[wiki]) == 0 {
				continue
			}
			packed, err := retention.Pack(on[wiki])
			if err != nil {
				t.Fatal(err)
			}
			content := []int(nil)
			if wiki == "otherwiki" {
				content = []int{0, 100}
			}
			if err := b.AddEdits(b.Wiki(wiki, content), packed); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// asOf is options without suppression.
func asOf(unix int64) retention.Options { return retention.Options{AsOf: at(unix)} }

// late is so long after the campaign that every month of a year stands.
func late() retention.Options { return asOf(end() + 13*month) }

func compute[R retention.Result](t testing.TB, c *retention.Cohort, m retention.Measure, d retention.Definition, o retention.Options) R {
	t.Helper()
	r, err := retention.Compute(c, m, d, o)
	if err != nil {
		t.Fatal(err)
	}
	return r.(R)
}

func curve(t testing.TB, c *retention.Cohort, d retention.Definition, o retention.Options) *retention.Curve {
	t.Helper()
	return compute[*retention.Curve](t, c, retention.MeasureRetention, d, o)
}

// with is the default definition, changed.
func with(change func(d *retention.Definition)) retention.Definition {
	d := retention.Default()
	change(&d)
	return d
}

// retainedIn is the retained of each point; -1 where it is not known.
func retainedIn(points []retention.Point) []int {
	var out []int
	for _, p := range points {
		if p.Status.Known() {
			out = append(out, p.Retained)
		} else {
			out = append(out, -1)
		}
	}
	return out
}
