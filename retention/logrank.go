package retention

import (
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// logRank tests that groups have the same survival (the Mantel–Haenszel test
// of N. Mantel, Cancer Chemotherapy Reports 50 (1966), 163–170, with the
// hypergeometric variance, as R's survival::survdiff). It is nil where there
// is nothing to test: fewer than two groups of whom anything was expected.
func logRank(groups []lifetimes) *LogRank {
	n := len(groups)
	weeks := 0
	risk := make([]float64, n)
	for g, l := range groups {
		weeks = max(weeks, len(l.weeks))
		risk[g] = float64(l.inCurve())
	}
	excess := make([]float64, n) // observed − expected
	expected := make([]float64, n)
	variance := mat.NewSymDense(n, nil)
	for w := range weeks {
		var events, total float64
		for g, l := range groups {
			total += risk[g]
			if w < len(l.weeks) {
				events += float64(l.weeks[w][1])
				excess[g] += float64(l.weeks[w][1])
			}
		}
		if events > 0 {
			for g := range groups {
				expected[g] += events * risk[g] / total
				excess[g] -= events * risk[g] / total
			}
		}
		if events > 0 && total > 1 {
			f := events * (total - events) / (total - 1)
			for g := range groups {
				for h := g; h < n; h++ {
					v := -risk[g] * risk[h] / (total * total)
					if g == h {
						v += risk[g] / total
					}
					variance.SetSym(g, h, variance.At(g, h)+f*v)
				}
			}
		}
		for g, l := range groups {
			if w < len(l.weeks) {
				risk[g] -= float64(l.weeks[w][0] + l.weeks[w][1])
			}
		}
	}
	return chiSquared(excess, expected, variance)
}

// chiSquared is the quadratic form of the excess over the groups of whom
// anything was expected, without the first: they sum to zero.
func chiSquared(excess, expected []float64, variance *mat.SymDense) *LogRank {
	var use []int
	for g, e := range expected {
		if e > 0 {
			use = append(use, g)
		}
	}
	df := len(use) - 1
	if df < 1 {
		return nil
	}
	use = use[1:]
	u := mat.NewVecDense(df, nil)
	v := mat.NewSymDense(df, nil)
	for a, g := range use {
		u.SetVec(a, excess[g])
		for b := a; b < df; b++ {
			v.SetSym(a, b, variance.At(g, use[b]))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(v) {
		return nil // everybody left at once: no variance, no test
	}
	var x mat.VecDense
	if err := chol.SolveVecTo(&x, u); err != nil {
		return nil
	}
	chi := mat.Dot(u, &x)
	return &LogRank{ChiSquared: chi, DF: df, P: distuv.ChiSquared{K: float64(df)}.Survival(chi)}
}
