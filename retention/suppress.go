package retention

// NotShown stands for a count that is suppressed, where a count has no status
// of its own; it is null in JSON.
const NotShown = -1

// suppress reports whether a figure about that many people must not be shown.
func suppress(people int, o Options) bool { return people > 0 && people < o.MinCell }

// suppressPart reports whether a figure about a part of the people must not be
// shown: it is too small, or the other part is, since a total less a part is a
// part.
func suppressPart(people, others int, o Options) bool {
	return suppress(people, o) || suppress(others, o)
}

// hideRows marks which rows of a column must not be shown beside the column's
// total. shown[p][r] is the people of row r in part p (one part, or a group
// and its complement, of which each has a total). A row goes if it is too
// small in any part; and then the next smallest goes with it, until the rows
// that are hidden are at least two and together enough people, since a total
// less all other rows tells their sum.
func hideRows(parts [][]int, o Options) []bool {
	rows := len(parts[0])
	hidden := make([]bool, rows)
	for r := range hidden {
		for _, p := range parts {
			hidden[r] = hidden[r] || suppress(p[r], o)
		}
	}
	size := func(r int) (n int) {
		for _, p := range parts {
			n += p[r]
		}
		return n
	}
	for {
		count := 0
		enough := true
		sums := make([]int, len(parts))
		for r, h := range hidden {
			if h {
				count++
				for p := range parts {
					sums[p] += parts[p][r]
				}
			}
		}
		for _, s := range sums {
			enough = enough && !suppress(s, o)
		}
		if count == 0 || count > 1 && enough {
			return hidden
		}
		next := -1
		for r, h := range hidden {
			if !h && size(r) > 0 && (next < 0 || size(r) < size(next)) {
				next = r
			}
		}
		if next < 0 {
			return hidden
		}
		hidden[next] = true
	}
}
