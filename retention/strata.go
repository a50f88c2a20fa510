package retention

import (
	"cmp"
	"slices"
)

// EditBin is a range of numbers of edits made up to a campaign's end.
type EditBin uint8

// Edit bins: 0, 1–4, 5–9, 10 and more.
const (
	Edits0 EditBin = iota
	Edits1
	Edits5
	Edits10
)

// BinOf is the bin of a number of edits.
func BinOf(edits int) EditBin {
	switch {
	case edits <= 0:
		return Edits0
	case edits < 5:
		return Edits1
	case edits < 10:
		return Edits5
	}
	return Edits10
}

// Stratum is what a newcomer and their control accounts share.
type Stratum struct {
	HomeWiki string
	// Week of the account's creation: whole weeks since the first instant at
	// which a newcomer's account can have been created, start − 14 d.
	Week int
	Bin  EditBin
}

func compareStrata(a, b Stratum) int {
	return cmp.Or(cmp.Compare(a.HomeWiki, b.HomeWiki), cmp.Compare(a.Week, b.Week), cmp.Compare(a.Bin, b.Bin))
}

// StratumOf is the stratum of an account created at registered (Unix seconds)
// that made that many edits, on the wikis read, before the campaign's end. It
// is false for an account that is not a newcomer by the default definition, or
// whose home wiki is unknown.
func StratumOf(c Campaign, homeWiki string, registered int64, edits int) (Stratum, bool) {
	first := unix(c.Start) - int64(Default().NewcomerDays)*day
	if homeWiki == "" || registered < first || registered > unix(c.End) || registered == 0 {
		return Stratum{}, false
	}
	return Stratum{homeWiki, int((registered - first) / week), BinOf(edits)}, true
}

// Strata is how many newcomers of the cohort are in each stratum. Newcomers
// whose home wiki is unknown are in none.
func Strata(c *Cohort) map[Stratum]int {
	out := map[Stratum]int{}
	for i := range c.ids {
		if s, ok := c.stratum(i); ok {
			out[s]++
		}
	}
	return out
}

// stratum is the stratum of participant i.
func (c *Cohort) stratum(i int) (Stratum, bool) {
	home := ""
	if c.home[i] != noWiki {
		home = c.wikis[c.home[i]].name
	}
	return StratumOf(c.campaign, home, int64(c.registered[i]), int(c.all.atEnd[i]-c.offsets[i]))
}

// Limits of the sample of control accounts.
const (
	ControlsPerParticipant = 5
	MaxControls            = 1000
)

// Candidate is an account that could be a control: self-created on its home
// wiki while newcomers were, not a participant, not a bot.
type Candidate struct {
	Key     PersonKey
	Stratum Stratum
}

// SampleControls chooses control accounts from the candidates: in each stratum
// up to five for each of its newcomers and 1,000 in all, without replacement.
// Where 1,000 do not suffice, every stratum has the same number for each
// newcomer, as far as whole accounts and its candidates allow.
//
// The same seed chooses the same accounts whatever the candidates' order: in
// each stratum those of the least Priority. Candidates given twice count once.
func SampleControls(strata map[Stratum]int, candidates []Candidate, seed uint64) []Candidate {
	by := map[Stratum][]Candidate{}
	seen := map[PersonKey]bool{}
	for _, c := range candidates {
		if strata[c.Stratum] > 0 && !seen[c.Key] {
			seen[c.Key] = true
			by[c.Stratum] = append(by[c.Stratum], c)
		}
	}
	order := make([]Stratum, 0, len(by))
	for s, cs := range by {
		order = append(order, s)
		slices.SortFunc(cs, func(a, b Candidate) int {
			return cmp.Or(cmp.Compare(Priority(seed, a.Key), Priority(seed, b.Key)), compareKeys(a.Key, b.Key))
		})
	}
	slices.SortFunc(order, compareStrata)
	var out []Candidate
	for i, n := range quotas(order, strata, by) {
		out = append(out, by[order[i]][:n]...)
	}
	return out
}

// quotas is how many of each stratum's candidates are taken.
func quotas(order []Stratum, strata map[Stratum]int, by map[Stratum][]Candidate) []int {
	// With ratio r a stratum may take min(candidates, r × newcomers).
	want := func(i int, r float64) float64 {
		return min(float64(len(by[order[i]])), r*float64(strata[order[i]]))
	}
	total := func(r float64) (sum float64) {
		for i := range order {
			sum += want(i, r)
		}
		return sum
	}
	r := float64(ControlsPerParticipant)
	if total(r) > MaxControls {
		low, high := 0.0, r
		for range 60 { // halving to the last bit
			if mid := (low + high) / 2; total(mid) > MaxControls {
				high = mid
			} else {
				low = mid
			}
		}
		r = low
	}
	out := make([]int, len(order))
	left := MaxControls
	rest := make([]int, len(order)) // by the fraction that rounding down cut off
	for i := range order {
		out[i] = int(want(i, r))
		left -= out[i]
		rest[i] = i
	}
	cut := func(i int) float64 { return want(i, r) - float64(out[i]) }
	slices.SortStableFunc(rest, func(a, b int) int { return cmp.Compare(cut(b), cut(a)) })
	for _, i := range rest {
		if left == 0 || cut(i) < 1e-9 {
			break
		}
		out[i]++
		left--
	}
	return out
}

func compareKeys(a, b PersonKey) int {
	return cmp.Or(cmp.Compare(a.Farm, b.Farm), cmp.Compare(a.ID, b.ID))
}

// Seed is a sampling seed that is fixed for a campaign (FNV-1a of its id).
func Seed(campaignID string) uint64 { return fnv1a(campaignID) }

func fnv1a(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// Priority orders candidates as if at random: those of the least are taken
// first. Whoever must choose before the strata are known, because reading
// edits costs requests, chooses by it too, and the sample stays a random one.
// (The finalizer of SplitMix64: G. Steele, D. Lea, C. Flood, Fast splittable
// pseudorandom number generators, OOPSLA 2014.)
func Priority(seed uint64, k PersonKey) uint64 {
	mix := func(x uint64) uint64 {
		x += 0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		return x ^ x>>31
	}
	return mix(mix(seed^fnv1a(k.Farm)) ^ uint64(k.ID))
}
