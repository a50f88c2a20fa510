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
	v.each(entry, assign, func(bucket int) *Unknown { return &out[bucket].unknown }, func(i, bucket int, anchor int64) {
		t := &out[bucket]
		t.people++
		if closed := v.closed(t, frames, anchor); closed > 0 {
			v.retained(t.retained[:closed], frames[:closed], i, anchor)
		}
	})
	return out
}

// each calls f for every participant who is counted, with their bucket and
// anchor. Those whose anchor or home wiki is unknown are counted instead in
// unknown(bucket).
func (v *view) each(entry Window, assign func(i int) int, unknown func(bucket int) *Unknown, f func(i, bucket int, anchor int64)) {
	for i := range v.c.keys {
		bucket := assign(i)
		if bucket == nobody {
			continue
		}
		if v.home && v.c.home[i] == noWiki {
			unknown(bucket).HomeWiki++
			continue
		}
		if v.d.Population == Active && !v.active(i) {
			continue
		}
		anchor, ok := v.anchor(i)
		if !ok {
			unknown(bucket).Anchor++
			continue
		}
		if entry.To != 0 && len(v.edits(i, anchor+entry.From, min(anchor+entry.To, v.tau))) == 0 {
			continue
		}
		f(i, bucket, anchor)
	}
}

// closed counts a person at risk in the frames that are over, and returns how
// many those are: frames close in order.
func (v *view) closed(t *tally, frames []frame, anchor int64) int {
	stands := v.tau - v.d.settling()
	for j := range frames {
		at := anchor + frames[j].close
		if at > v.tau {
			return j
		}
		t.atRisk[j]++
		if at > stands || frames[j].To == untilData {
			t.late[j]++
		}
	}
	return len(frames)
}

// retained counts a person in the frames in which they have enough edits.
func (v *view) retained(out []int, frames []frame, i int, anchor int64) {
	last := frames[len(frames)-1]
	to := v.tau
	if last.To != untilData {
		to = min(to, anchor+last.To)
	}
	e := v.edits(i, anchor+frames[0].From, to)
	k := v.d.Threshold
	if len(e) < k {
		return
	}
	// Frames begin in order, and mostly where the one before ended.
	begin, end := 0, 0
	for j, f := range frames {
		if f.From > 0 {
			if j > 0 && f.From == frames[j-1].To {
				begin = end
			} else {
				begin += gallop(e[begin:], anchor+f.From)
			}
		}
		if len(e)-begin < k {
			return
		}
		end = len(e)
		if f.To != untilData {
			end = begin + gallop(e[begin:], anchor+f.To)
		}
		if end-begin >= k {
			out[j]++
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
