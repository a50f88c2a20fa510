package retention

import "slices"

// indexed is the number of months after the end by which edits are indexed.
const indexed = 12

// index is, for each participant, how many of their edits of some sort lie
// before the instants that most definitions ask for. Counts begin anywhere, so
// that only their differences mean something. Figures of that sort of edits
// need not look at an edit at all.
type index struct {
	atStart, atEnd []uint32 // before the campaign's start and end
	monthEnds      []uint32 // [i*indexed+m−1]: before end + 30m d
	last           []uint32 // the time of the last edit, 0 without one
	latest         uint32   // the last of all
}

// months is the counts at the ends of participant i's months.
func (x *index) months(i int) []uint32 { return x.monthEnds[i*indexed : (i+1)*indexed] }

func (x *index) grow(people int) {
	x.atStart = slices.Grow(x.atStart, people)
	x.atEnd = slices.Grow(x.atEnd, people)
	x.monthEnds = slices.Grow(x.monthEnds, indexed*people)
	x.last = slices.Grow(x.last, people)
}

func (x *index) bytes() int {
	return 4 * (cap(x.atStart) + cap(x.atEnd) + cap(x.monthEnds) + cap(x.last))
}

// addLast adds a participant's last edit.
func (x *index) addLast(t uint32) {
	x.last = append(x.last, t)
	x.latest = max(x.latest, t)
}

// indexPerson indexes the participant added last, whose edits begin at begin.
func (b *Builder) indexPerson(begin uint32) {
	c := b.c
	edits, kinds := c.times[begin:], c.kinds[begin:]
	all, unreverted := &c.all, &c.unreverted

	// at is the edits before an instant, and good those of them that stand.
	at, good := 0, uint32(0)
	until := func(t int64) {
		n := at + gallop(edits[at:], t)
		for _, k := range kinds[at:n] {
			good += b.stands[k]
		}
		at = n
	}
	until(c.start)
	all.atStart = append(all.atStart, begin+uint32(at))
	unreverted.atStart = append(unreverted.atStart, good)
	until(c.end)
	all.atEnd = append(all.atEnd, begin+uint32(at))
	unreverted.atEnd = append(unreverted.atEnd, good)
	for m := int64(1); m <= indexed; m++ {
		until(c.end + m*monthSecs)
		all.monthEnds = append(all.monthEnds, begin+uint32(at))
		unreverted.monthEnds = append(unreverted.monthEnds, good)
	}

	last := uint32(0)
	if len(edits) > 0 {
		last = edits[len(edits)-1]
	}
	all.addLast(last)
	last = 0
	for j := len(edits) - 1; j >= 0 && last == 0; j-- {
		if b.stands[kinds[j]] == 1 {
			last = edits[j]
		}
	}
	unreverted.addLast(last)
}
