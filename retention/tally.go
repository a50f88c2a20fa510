package retention

// Seconds after a month's end within which its figures may still change: edits
// may be late in the replicas, and reverts come late.
const (
	settle        = 48 * 3600
	settleReverts = 30 * day
)

// settling is the time after which the figures of a definition stand.
func (d Definition) settling() int64 {
	if d.Reverted == Exclude {
		return settleReverts
	}
	return settle
}

// frame is a window in which edits are counted, for one point.
type frame struct {
	Window
	month int
	// close is when it counts as over, in seconds from the anchor.
	close int64
}

// frames is the windows of the definition's months, in order of their close.
func (d Definition) frames(months []int) []frame {
	out := make([]frame, len(months))
	for i, m := range months {
		from, to := int64(m-1)*monthSecs, int64(m)*monthSecs
		f := frame{Window: Window{from, to}, month: m, close: to}
		switch d.Mode {
		case Unbounded:
			f.To = untilData
		case Cumulative:
			f.From = 0
		}
		out[i] = f
	}
	return out
}

// presetFrames is the windows of a preset.
func (r presetRule) presetFrames() []frame {
	if len(r.months) > 0 {
		return r.definition.frames(r.months)
	}
	f := frame{Window: r.window, close: r.window.To}
	if f.To == untilData {
		// It can be told as soon as a second of it has passed.
		f.close = f.From + 1
	}
	return []frame{f}
}

// tally is the counts of one group of people, by frame.
type tally struct {
	people   int // of the group, with a known anchor
	unknown  Unknown
	atRisk   []int
	retained []int
	late     []int // at risk whose frame closed too lately to stand
}

func newTallies(buckets, frames int) []tally {
	out := make([]tally, buckets)
	numbers := make([]int, 3*buckets*frames)
	take := func() []int {
		n := numbers[:frames:frames]
		numbers = numbers[frames:]
		return n
	}
	for i := range out {
		out[i] = tally{atRisk: take(), retained: take(), late: take()}
	}
	return out
}

// plus is the counts of both, which must be of different people.
func (t tally) plus(u tally) tally {
	out := newTallies(1, len(t.atRisk))[0]
	out.people = t.people + u.people
	out.unknown = t.unknown.plus(u.unknown)
	for i := range t.atRisk {
		out.atRisk[i] = t.atRisk[i] + u.atRisk[i]
		out.retained[i] = t.retained[i] + u.retained[i]
		out.late[i] = t.late[i] + u.late[i]
	}
	return out
}

func (u Unknown) plus(w Unknown) Unknown {
	return Unknown{Anchor: u.Anchor + w.Anchor, HomeWiki: u.HomeWiki + w.HomeWiki}
}

// nobody is the bucket of people who are not counted.
const nobody = -1

// count tallies the cohort into buckets. assign gives a participant's bucket,
// or nobody. entry, if To is not 0, is the window in which a participant must
// have edited to be counted.
func (v *view) count(frames []frame, entry Window, buckets int, assign func(i int) int) []tally {
	out := newTallies(buckets, len(frames))
	closed, late := v.closed(frames, v.common)
	unknown := func(bucket int) *Unknown { return &out[bucket].unknown }
	if v.byMonth(frames) && entry.To == 0 {
		v.countByMonth(out, frames[:closed], assign)
		for b := range out {
			out[b].add(out[b].people, closed, late)
		}
		return out
	}
	v.each(entry, assign, unknown, func(i, bucket int, anchor int64) {
		t := &out[bucket]
		t.people++
		if !v.isCommon {
			closed, late = v.closed(frames, anchor)
			t.add(1, closed, late)
		}
		if closed > 0 {
			v.retained(t.retained[:closed], frames[:closed], i, anchor)
		}
	})
	if v.isCommon {
		for b := range out {
			out[b].add(out[b].people, closed, late)
		}
	}
	return out
}

// add counts people at risk in the first closed frames, lately in those from
// late on.
func (t *tally) add(people, closed, late int) {
	for j := range closed {
		t.atRisk[j] += people
		if j >= late {
			t.late[j] += people
		}
	}
}

// each calls f for every participant who is counted, with their bucket and
// anchor. Those whose anchor or home wiki is unknown are counted instead in
// unknown(bucket).
func (v *view) each(entry Window, assign func(i int) int, unknown func(bucket int) *Unknown, f func(i, bucket int, anchor int64)) {
	for i := range v.c.ids {
		bucket := assign(i)
		if bucket == nobody {
			continue
		}
		if v.home && v.c.home[i] == noWiki {
			unknown(bucket).HomeWiki++
			continue
		}
		if v.active && !v.tookPart(i) {
			continue
		}
		anchor, ok := v.anchor(i)
		if !ok {
			unknown(bucket).Anchor++
			continue
		}
		if entry.To != 0 && !v.entered(entry, i, anchor) {
			continue
		}
		f(i, bucket, anchor)
	}
}

// entered reports whether i has edited in the window in which one must have.
func (v *view) entered(entry Window, i int, anchor int64) bool {
	lo := v.from(i, anchor+entry.From)
	return v.countUpTo(i, lo, v.until(i, lo, min(anchor+entry.To, v.tau)), 1) == 1
}

// closed is how many of the frames, which close in order, are over for somebody
// with that anchor, and from which on their figures may still change.
func (v *view) closed(frames []frame, anchor int64) (closed, late int) {
	stands := v.tau - v.d.settling()
	for closed < len(frames) && anchor+frames[closed].close <= v.tau {
		if f := frames[closed]; f.To != untilData && anchor+f.close <= stands {
			late = closed + 1
		}
		closed++
	}
	return closed, late
}

// retained counts a person in the frames in which they have enough edits. All
// frames last until the data's end, or all begin at the anchor, or each begins
// where the one before ended or later.
func (v *view) retained(out []int, frames []frame, i int, anchor int64) {
	c, k := v.c, v.d.Threshold
	lo := v.from(i, anchor+frames[0].From)
	if lo == c.offsets[i+1] {
		return
	}
	hi := v.until(i, lo, v.tau)
	if int(hi)-int(lo) < k {
		return
	}
	switch {
	case frames[0].To == untilData:
		j, ok := v.last(i, lo, hi, k)
		for n := 0; ok && n < len(frames) && int64(c.times[j]) >= anchor+frames[n].From; n++ {
			out[n]++
		}
	case len(frames) > 1 && frames[1].From == frames[0].From:
		j, ok := v.first(i, lo, hi, k)
		for n := range frames {
			if ok && int64(c.times[j]) < anchor+frames[n].To {
				out[n]++
			}
		}
	default:
		v.retainedInTurn(out, frames, i, lo, hi, anchor)
	}
}

// byMonth reports whether the frames are months after the campaign's end by
// which edits are indexed, and everybody assigned is counted.
func (v *view) byMonth(frames []frame) bool {
	return v.isCommon && v.common == v.c.end && v.d.Mode == Bracket && v.d.Preset == "" && frames[len(frames)-1].month <= indexed &&
		!v.home && !v.active
}

// countByMonth is count's loop for frames that byMonth holds of and that are
// over. It is the path of the default definition, hence without a call for
// each person or a branch that is hard to foretell.
func (v *view) countByMonth(out []tally, frames []frame, assign func(i int) int) {
	least := uint32(v.d.Threshold) - 1
	for i := range v.c.ids {
		bucket := assign(i)
		if bucket == nobody {
			continue
		}
		t := &out[bucket]
		t.people++
		if v.index == nil {
			v.retainedByMonth(t.retained, frames, i)
			continue
		}
		begin, ends := v.index.atEnd[i], v.index.months(i)
		retained := t.retained[:len(frames)]
		for n := range frames {
			m := frames[n].month
			lo := begin
			if m > 1 {
				lo = ends[m-2]
			}
			// Adds the sign of the difference: 1 for threshold edits or more.
			retained[n] += int((least - (ends[m-1] - lo)) >> 31)
		}
	}
}

// retainedByMonth counts a person in months whose qualifying edits are in no index.
func (v *view) retainedByMonth(out []int, frames []frame, i int) {
	k := v.d.Threshold
	begin, ends := v.c.all.atEnd[i], v.c.all.months(i)
	if begin == v.c.offsets[i+1] {
		return
	}
	for n, f := range frames {
		lo := begin
		if f.month > 1 {
			lo = ends[f.month-2]
		}
		if v.countUpTo(i, lo, ends[f.month-1], k) == k {
			out[n]++
		}
	}
}

// retainedInTurn is retained for frames that follow one another.
func (v *view) retainedInTurn(out []int, frames []frame, i int, lo, hi uint32, anchor int64) {
	k := v.d.Threshold
	times := v.c.times[lo:hi]
	at := 0
	for n := range frames {
		if int64(times[at]) < anchor+frames[n].From {
			at += gallop(times[at:], anchor+frames[n].From)
			if at == len(times) {
				return
			}
		}
		to := anchor + frames[n].To
		if int64(times[at]) >= to {
			continue
		}
		next := at + gallop(times[at:], to)
		if next-at >= k && v.countUpTo(i, lo+uint32(at), lo+uint32(next), k) == k {
			out[n]++
		}
		if at = next; at == len(times) {
			return
		}
	}
}

// points is the figures of a tally. others is the complement's, nil where none
// can be asked for.
func (t tally) points(frames []frame, others *tally, o Options) []Point {
	out := make([]Point, len(frames))
	for j, f := range frames {
		p := Point{Month: f.month, Window: f.Window, AtRisk: t.atRisk[j]}
		rest := 0
		if others != nil {
			rest = others.atRisk[j]
		}
		p.Status = status(t.people, t.atRisk[j], rest, t.late[j], o)
		if p.Status.Known() {
			p.Retained = t.retained[j]
			p.Rate = float64(p.Retained) / float64(p.AtRisk)
			p.Low, p.High = Wilson(p.Retained, p.AtRisk)
		}
		out[j] = p
	}
	return out
}

// status is of a figure about atRisk of a group's people; others is how many
// are at risk in its complement.
func status(people, atRisk, others, late int, o Options) Status {
	switch {
	case people == 0:
		return Empty
	case atRisk == 0:
		return Open
	case suppressPart(atRisk, others, o):
		return Suppressed
	case late > 0:
		return Provisional
	}
	return Final
}
