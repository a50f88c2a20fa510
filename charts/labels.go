package charts

import "slices"

// tag is the name of a series beside its end.
type tag struct {
	text, sub string
	short     string // sub where there is little room
	style     class
	x, y      int // where the line ends
	at        int // baseline of the text, once placed
	number    int // a short name, where the list stands below the plot
}

const (
	tagLine = 16 * px // height of a name
	tagSub  = 15 * px // height of what stands under it
)

func (t *tag) height() int {
	if t.sub == "" {
		return tagLine
	}
	return tagLine + tagSub
}

// spread moves names apart so that none covers another, as little as it can,
// between top and bottom. Lines stay where they are.
func spread(tags []tag, top, bottom int) {
	slices.SortStableFunc(tags, func(a, b tag) int { return a.y - b.y })
	edge := top
	for i := range tags {
		t := &tags[i]
		t.at = max(t.y-tagLine/2, edge)
		edge = t.at + t.height()
	}
	edge = bottom
	for i := len(tags) - 1; i >= 0; i-- {
		t := &tags[i]
		t.at = min(t.at, edge-t.height())
		edge = t.at
	}
	for i := range tags {
		tags[i].at += 12 * px // from the top of the line to its baseline
	}
}

// tagWidth returns the width of the widest name.
func tagWidth(tags []tag) int {
	w := 0
	for i := range tags {
		w = max(w, textWidth([]byte(tags[i].text), styles[labelClass].size, true),
			textWidth([]byte(tags[i].sub), styles[axisTextClass].size, false))
	}
	return w
}

// drawTags writes names beside the ends of their lines, with a thin leader
// where a name had to move.
func (s *sheet) drawTags(tags []tag, x, room int) {
	for i := range tags {
		t := &tags[i]
		text := shorten([]byte(t.text), room, styles[labelClass].size, true)
		if d := t.at - 4*px - t.y; t.x > 0 && (d > 6*px || d < -6*px || x-t.x > 20*px) {
			s.useWith(leaderClass, t.style)
			s.MoveTo(t.x+5*px, t.y)
			s.LineTo(x-3*px, t.at-4*px)
			s.Stroke()
		}
		s.useWith(labelClass, t.style)
		if len(text) < len(t.text) {
			s.titled([]byte(t.text))
		}
		s.text(text, x, t.at)
		if t.sub != "" {
			s.use(axisTextClass)
			s.text(shorten([]byte(t.sub), room, styles[axisTextClass].size, false), x, t.at+tagSub)
		}
	}
}

// box is an area that something is drawn in.
type box struct{ left, top, right, bottom int }

func (b box) overlap(c box) int {
	w := min(b.right, c.right) - max(b.left, c.left)
	h := min(b.bottom, c.bottom) - max(b.top, c.top)
	if w <= 0 || h <= 0 {
		return 0
	}
	return w / px * h / px
}

// placeOnLine finds a place for a name above or below its line where it covers
// no line and no other name, or as little as can be. It returns the start of
// the baseline.
func placeOnLine(c *curve, curves []curve, taken []box, p *plot, width int) (x, y int, b box) {
	best := int(^uint(0) >> 1)
	const height = 15 * px
	order := 0
	for i := range c.points {
		cp := &c.points[i]
		if !cp.ok {
			continue
		}
		for _, above := range [2]bool{true, false} {
			left := min(max(cp.px-2*px, p.left+2*px), p.right-width)
			bottom := cp.py - 7*px
			if !above {
				bottom = cp.py + 8*px + height
			}
			// Clear of its own line along its whole width.
			for j := range c.points {
				if q := &c.points[j]; q.ok && q.px >= left-12*px && q.px <= left+width+12*px {
					if above {
						bottom = min(bottom, q.py-7*px)
					} else {
						bottom = max(bottom, q.py+8*px+height)
					}
				}
			}
			place := box{left, bottom - height, left + width, bottom}
			cost := order
			order++
			if place.top < p.top || place.bottom > p.bottom {
				cost += 4000
			}
			if left < p.left {
				cost += 2000
			}
			for _, t := range taken {
				cost += 50 * place.overlap(t)
			}
			for j := range curves {
				cost += 20 * curves[j].covered(place)
			}
			d := cp.py - bottom
			if !above {
				d = bottom - height - cp.py
			}
			cost += max(d-8*px, 0) / px * 4 // far from its line
			if cost < best {
				best, x, y, b = cost, left, bottom-4*px, place
			}
		}
	}
	return x, y, b
}

// covered returns about how many pixels of the line lie in a box.
func (c *curve) covered(b box) int {
	n := 0
	for i := 1; i < len(c.points); i++ {
		p, q := &c.points[i-1], &c.points[i]
		if !p.ok || !q.ok || q.px <= b.left || p.px >= b.right {
			continue
		}
		left, right := max(p.px, b.left), min(q.px, b.right)
		at := func(x int) int { return p.py + (q.py-p.py)*(x-p.px)/max(q.px-p.px, 1) }
		y1, y2 := at(left), at(right)
		if min(y1, y2) < b.bottom && max(y1, y2) > b.top {
			n += (right - left) / px
		}
	}
	return n
}
