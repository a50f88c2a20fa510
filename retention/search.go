package retention

// lowerBound is the number of sorted times before t.
func lowerBound(times []uint32, t int64) int {
	lo, hi := 0, len(times)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if int64(times[mid]) < t {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// gallop is lowerBound for a t that is likely near the beginning: it looks at
// 1, 2, 4 … edits ahead and then halves. Months follow one another, and most
// hold few edits.
func gallop(times []uint32, t int64) int {
	n := len(times)
	if n == 0 || int64(times[0]) >= t {
		return 0
	}
	step := 1
	for step < n && int64(times[step]) < t {
		step <<= 1
	}
	lo := step>>1 + 1
	return lo + lowerBound(times[lo:min(step, n)], t)
}
