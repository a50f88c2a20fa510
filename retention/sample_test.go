package retention_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"afterglow/retention"
)

func candidates(s retention.Stratum, from, n int) []retention.Candidate {
	out := make([]retention.Candidate, n)
	for i := range out {
		out[i] = retention.Candidate{Key: retention.PersonKey{Farm: "f", ID: int64(from + i)}, Stratum: s}
	}
	return out
}

func countStrata(cs []retention.Candidate) map[retention.Stratum]int {
	out := map[retention.Stratum]int{}
	for _, c := range cs {
		out[c.Stratum]++
	}
	return out
}

func TestSampleControls(t *testing.T) {
	a, b, other := retention.Stratum{HomeWiki: "a"}, retention.Stratum{HomeWiki: "b", Week: 1}, retention.Stratum{HomeWiki: "c"}
	tests := []struct {
		name   string
		strata map[retention.Stratum]int
		from   []retention.Candidate
		want   map[retention.Stratum]int
	}{
		{"five for each", map[retention.Stratum]int{a: 3}, candidates(a, 1, 100), map[retention.Stratum]int{a: 15}},
		{"as many as there are", map[retention.Stratum]int{a: 3, b: 1}, slices.Concat(candidates(a, 1, 7), candidates(b, 50, 9)), map[retention.Stratum]int{a: 7, b: 5}},
		{"only strata with newcomers", map[retention.Stratum]int{a: 1}, slices.Concat(candidates(a, 1, 2), candidates(other, 50, 9)), map[retention.Stratum]int{a: 2}},
		{"a thousand, in proportion", map[retention.Stratum]int{a: 300, b: 100}, slices.Concat(candidates(a, 1, 5000), candidates(b, 9000, 5000)), map[retention.Stratum]int{a: 750, b: 250}},
		{"what one lacks another has", map[retention.Stratum]int{a: 300, b: 100}, slices.Concat(candidates(a, 1, 600), candidates(b, 9000, 5000)), map[retention.Stratum]int{a: 600, b: 400}},
		{"a candidate given twice", map[retention.Stratum]int{a: 1}, slices.Concat(candidates(a, 1, 3), candidates(a, 1, 3)), map[retention.Stratum]int{a: 3}},
		{"nobody", nil, candidates(a, 1, 3), map[retention.Stratum]int{}},
	}
	for _, test := range tests {
		if got := countStrata(retention.SampleControls(test.strata, test.from, 1)); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestSampleIsTheSameInAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		strata := map[retention.Stratum]int{}
		var from []retention.Candidate
		for i := range rapid.IntRange(1, 8).Draw(rt, "strata") {
			s := retention.Stratum{HomeWiki: "w", Week: i}
			strata[s] = rapid.IntRange(0, 300).Draw(rt, "newcomers")
			from = append(from, candidates(s, 10_000*i, rapid.IntRange(0, 900).Draw(rt, "candidates"))...)
		}
		seed := rapid.Uint64().Draw(rt, "seed")
		want := retention.SampleControls(strata, from, seed)
		rng := rand.New(rand.NewPCG(seed, 1))
		rng.Shuffle(len(from), func(i, j int) { from[i], from[j] = from[j], from[i] })
		if got := retention.SampleControls(strata, from, seed); !reflect.DeepEqual(got, want) {
			rt.Fatalf("another order gives another sample")
		}
		if len(want) > retention.MaxControls {
			rt.Fatalf("%d controls", len(want))
		}
		seen := map[retention.PersonKey]bool{}
		for _, c := range want {
			if seen[c.Key] {
				rt.Fatalf("%v twice", c.Key)
			}
			seen[c.Key] = true
		}
		for s, n := range countStrata(want) {
			if n > retention.ControlsPerParticipant*strata[s] {
				rt.Fatalf("%d controls for %d newcomers", n, strata[s])
			}
		}
	})
}

// TestSampleIsRandom is that every candidate is chosen about as often.
func TestSampleIsRandom(t *testing.T) {
	s := retention.Stratum{HomeWiki: "w"}
	from := candidates(s, 1, 50)
	chosen := map[int64]int{}
	const seeds = 4000
	for seed := range seeds {
		for _, c := range retention.SampleControls(map[retention.Stratum]int{s: 1}, from, uint64(seed)) {
			chosen[c.Key.ID]++
		}
	}
	// 5 of 50 in 4,000 samples: 400 each, with a standard deviation of 19.
	for id, n := range chosen {
		if n < 300 || n > 500 {
			t.Errorf("account %d was chosen %d times of %d, want about 400", id, n, seeds)
		}
	}
	if len(chosen) != 50 {
		t.Errorf("%d of 50 were ever chosen", len(chosen))
	}
}

func TestSeedIsTheCampaigns(t *testing.T) {
	if retention.Seed("metawiki-1") == retention.Seed("metawiki-2") {
		t.Error("two campaigns have the same seed")
	}
	k := retention.PersonKey{Farm: "a", ID: 1}
	if retention.Priority(1, k) == retention.Priority(2, k) || retention.Priority(1, k) == retention.Priority(1, retention.PersonKey{Farm: "b", ID: 1}) {
		t.Error("a priority depends on the seed and on the farm")
	}
}
