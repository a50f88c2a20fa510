package fakewiki

import "math"

// rng is a splitmix64 generator. It is our own so that the same seed gives the
// same farm with every Go release, and so that one fits on the stack.
type rng struct{ state uint64 }

// mix scrambles a number (the finalizer of splitmix64, Steele et al. 2014).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// hash mixes numbers to a seed, in their order.
func hash(parts ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, p := range parts {
		h = mix(h ^ p + 0x9e3779b97f4a7c15)
	}
	return h
}

// hashText is FNV-1a.
func hashText(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

func (r *rng) uint64() uint64 {
	r.state += 0x9e3779b97f4a7c15
	return mix(r.state)
}

// float is uniform in [0, 1).
func (r *rng) float() float64 { return float64(r.uint64()>>11) / (1 << 53) }

// chance is true with probability p.
func (r *rng) chance(p float64) bool { return r.float() < p }

// intn is uniform in 0 … n−1; 0 for n < 1.
func (r *rng) intn(n int) int {
	if n < 1 {
		return 0
	}
	return int(r.uint64() % uint64(n))
}

// exp is exponential with the given mean.
func (r *rng) exp(mean float64) float64 { return -mean * math.Log(1-r.float()) }

// lomax is a time to an event whose risk falls with time: S(t) = (1+t/scale)^−shape.
func (r *rng) lomax(scale, shape float64) float64 {
	return scale * (math.Pow(1-r.float(), -1/shape) - 1)
}

// lognormal has mean 1; sigma is the standard deviation of its logarithm.
func (r *rng) lognormal(sigma float64) float64 {
	u, v := 1-r.float(), r.float()
	z := math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v)
	return math.Exp(sigma*z - sigma*sigma/2)
}

// geometric counts from 1 and has the given mean (at least 1).
func (r *rng) geometric(mean float64) int {
	if mean <= 1 {
		return 1
	}
	return 1 + int(math.Log(1-r.float())/math.Log(1-1/mean))
}

// between is uniform in [from, to]; from where to is not after it.
func (r *rng) between(from, to int64) int64 {
	if to <= from {
		return from
	}
	return from + int64(r.uint64()%uint64(to-from+1))
}
