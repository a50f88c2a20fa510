package retention

import "math"

// z is the 97.5th percentile of the standard normal distribution: all
// intervals are 95 %.
const z = 1.959963984540054

// Wilson is the 95 % score interval of x of n, without continuity correction
// (E. B. Wilson, Probable inference, the law of succession, and statistical
// inference, JASA 22 (1927), 209–212). n must be positive and 0 ≤ x ≤ n.
func Wilson(x, n int) (low, high float64) {
	return wilson(float64(x)/float64(n), float64(n))
}

// wilson is the score interval of a proportion p of n, where n need not be whole.
func wilson(p, n float64) (low, high float64) {
	d := 1 + z*z/n
	mid := (p + z*z/(2*n)) / d
	half := z / d * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	low, high = max(0, mid-half), min(1, mid+half)
	// Exact at the ends, where rounding leaves a dust of 1e-17.
	if p <= 0 {
		low = 0
	}
	if p >= 1 {
		high = 1
	}
	return low, high
}

// Newcombe is the difference x1/n1 − x2/n2 with its hybrid-score 95 % interval
// (R. G. Newcombe, Interval estimation for the difference between independent
// proportions, Statistics in Medicine 17 (1998), 873–890, method 10). n1 and
// n2 must be positive.
func Newcombe(x1, n1, x2, n2 int) (value, low, high float64) {
	a := estimate{rate: float64(x1) / float64(n1)}
	b := estimate{rate: float64(x2) / float64(n2)}
	a.low, a.high = Wilson(x1, n1)
	b.low, b.high = Wilson(x2, n2)
	return difference(a, b)
}

// estimate is a rate with its interval.
type estimate struct{ rate, low, high float64 }

// difference is a − b of two independent estimates with the interval recovered
// from theirs (G. Y. Zou and A. Donner, Construction of confidence limits about
// effect measures: a general approach, Statistics in Medicine 27 (2008),
// 1693–1702). With Wilson intervals it is Newcombe's.
func difference(a, b estimate) (value, low, high float64) {
	value = a.rate - b.rate
	low = value - math.Hypot(a.rate-a.low, b.high-b.rate)
	high = value + math.Hypot(a.high-a.rate, b.rate-b.low)
	return value, max(-1, low), min(1, high)
}
