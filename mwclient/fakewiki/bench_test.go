package fakewiki

import (
	"fmt"
	"testing"
)

// contest is a country-sized event of n participants with 30 edits each.
func contest(n int, edits float64) Spec {
	return Spec{Seed: 7, Now: date("2026-04-01"), CentralAuth: true, GlobalUsers: true,
		Wikis: []WikiSpec{{DB: "metawiki", Code: "special"}, {DB: "enwiki"}, {DB: "commonswiki", Code: "special", ContentNamespaces: []int{0, 6}}},
		Events: []EventSpec{{Title: "Wiki Loves Benchmarks", Start: date("2025-03-01"), End: date("2025-04-01"),
			Participants: n, NewcomerShare: 0.6, EditsPerPerson: edits, Names: Mixed,
			EditWikis: map[string]float64{"enwiki": 1, "commonswiki": 2}}}}
}

// BenchmarkNew makes a farm, and then every edit of everybody.
func BenchmarkNew(b *testing.B) {
	for _, n := range []int{5_000, 100_000} {
		b.Run(fmt.Sprint(n, "people"), func(b *testing.B) {
			for b.Loop() {
				f, err := New(contest(n, 30))
				if err != nil {
					b.Fatal(err)
				}
				f.Close()
			}
		})
	}
	b.Run("edits", func(b *testing.B) {
		f, err := New(contest(5_000, 30))
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		edits := 0
		for b.Loop() {
			edits = 0
			for i := range f.pop.people {
				edits += f.pop.history(int32(i), f.now.Unix()).size()
			}
		}
		b.ReportMetric(float64(edits), "edits")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*edits), "ns/edit")
	})
}

// BenchmarkContributions reads all edits of 5,000 people over HTTP. The client's
// part (gzip and decoding) is in it.
func BenchmarkContributions(b *testing.B) {
	f, err := New(contest(5_000, 30))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	r := &reader{t: b, farm: f}
	rows := 0
	b.ReportAllocs()
	for b.Loop() {
		rows = 0
		for _, db := range []string{"enwiki", "commonswiki"} {
			rows += len(r.contributions(db, f.localIDs(db), nil))
		}
	}
	b.ReportMetric(float64(rows), "rows")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
}

// BenchmarkAnswer makes and writes one full answer of 500 rows, without the
// network.
func BenchmarkAnswer(b *testing.B) {
	f, err := New(contest(500, 100))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	s := f.servers[1]
	ids := joinIDs(f.localIDs("enwiki")[:50])
	b.ReportAllocs()
	for b.Loop() {
		p := newParams(map[string][]string{"action": {"query"}, "format": {"json"}, "formatversion": {"2"},
			"list": {"usercontribs"}, "uclimit": {"max"}, "ucuserids": {ids}, "ucprop": {"ids|timestamp|title|tags|flags"}}, nil)
		rep := s.actionAPI(p, nobody(), nil)
		if err := rep.body(discard{}); err != nil || rep.rows != 500 {
			b.Fatal(rep.rows, err)
		}
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
