package mwclient

import (
	"encoding/json"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
)

// BenchmarkDecode500 reads one captured answer of 500 contributions, with
// encoding/json, with json v2 by reflection, and as the package does. The last
// two are the ratio that matters.
func BenchmarkDecode500(b *testing.B) {
	body := loadCapture(b, "uc_50_editors_p01").body(b)
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			var r stdReply
			if err := json.Unmarshal(body, &r); err != nil || len(r.Query.Contributions) != 500 {
				b.Fatal(err)
			}
		}
	})
	b.Run("json-v2", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			var r stdReply
			if err := jsonv2.Unmarshal(body, &r, lenient()); err != nil || len(r.Query.Contributions) != 500 {
				b.Fatal(err)
			}
		}
	})
	b.Run("tokens", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			var r reply
			if err := jsonv2.Unmarshal(body, &r, lenient()); err != nil || len(r.Query.Contributions) != 500 {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkContributions reads 15,000 edits over HTTP, both ends in this process.
func BenchmarkContributions(b *testing.B) {
	s := newReplay(b, contributor(30))
	c, _ := newTestClient(b, Options{})
	w := mustWiki(b, c, s.URL)
	names := users(500)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range w.Contributions(b.Context(), ContributionsQuery{Users: names}) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 15_000 {
			b.Fatal(n)
		}
	}
}
