package retention

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// computeCohorts is the heatmap by the month in which participants joined.
func computeCohorts(c *Cohort, d Definition, o Options) (*Cohorts, error) {
	v, err := newView(c, d, o)
	if err != nil {
		return nil, err
	}
	rows, rowOf := v.joinMonths()
	frames := d.frames(months(d.Months))
	// Those who cannot be placed in a row go to the last buckets, where they
	// are only counted as unknown.
	tallies := v.count(frames, Window{}, 2*(len(rows)+1), func(i int) int {
		return 2*rowOf[i] + v.part(i)
	})
	r := &Cohorts{}
	mine, others := byPart(tallies, d.Group)
	total := sum(mine)
	r.Head = v.head(MeasureCohorts, o, total.unknown)
	r.Total = CohortRow{Key: "total", People: total.people, Points: total.points(frames, nil, o)}
	if d.Group != All {
		rest := sum(others)
		r.Total.Points = total.points(frames, &rest, o)
	}
	for n, month := range rows {
		key := fmt.Sprintf("%04d-%02d", month/12, month%12+1)
		r.Rows = append(r.Rows, CohortRow{Key: key, People: mine[n].people, Points: mine[n].points(frames, nil, o)})
	}
	r.hide(mine, others, o)
	return r, nil
}

// byPart is the rows' tallies of the group, and of its complement; for group
// all there is no complement.
func byPart(tallies []tally, g Group) (mine, others []tally) {
	for n := 0; n < len(tallies); n += 2 {
		if g == All {
			mine = append(mine, tallies[n].plus(tallies[n+1]))
			continue
		}
		mine, others = append(mine, tallies[n]), append(others, tallies[n+1])
	}
	return mine, others
}

func sum(ts []tally) tally {
	out := ts[0]
	for _, t := range ts[1:] {
		out = out.plus(t)
	}
	return out
}

// hide suppresses the rows that must not be shown beside the total.
func (r *Cohorts) hide(mine, others []tally, o Options) {
	if len(r.Rows) == 0 {
		return
	}
	for col := range r.Rows[0].Points {
		column := func(ts []tally) []int {
			out := make([]int, len(r.Rows))
			for n := range out {
				out[n] = ts[n].atRisk[col]
			}
			return out
		}
		parts := [][]int{column(mine)}
		if others != nil {
			parts = append(parts, column(others))
		}
		for n, hidden := range hideRows(parts, o) {
			if p := &r.Rows[n].Points[col]; hidden && p.AtRisk > 0 {
				p.suppress()
			}
		}
	}
}

// suppress hides a point's figures.
func (p *Point) suppress() {
	p.Status, p.Retained, p.Rate, p.Low, p.High = Suppressed, 0, 0, 0, 0
}

// joinMonths is the calendar months (UTC) in which somebody joined, in order,
// and which of them each participant's is; len(rows) where it is none.
// Months before the first edits that were read have no row: nothing can be
// told of who joined then.
func (v *view) joinMonths() (rows, rowOf []int) {
	month := make([]int, len(v.c.joined)) // of each; 0: unknown
	seen := map[int]bool{}
	last := 0
	for i, t := range v.c.joined {
		if t == 0 {
			continue
		}
		month[i] = calendarMonth(t)
		if month[i] == last {
			continue // most have one that was seen
		}
		if _, ok := v.anchor(i); ok {
			last = month[i]
			seen[last] = true
		}
	}
	rows = slices.Sorted(maps.Keys(seen))
	rowOf, last = month, 0
	row := len(rows)
	for i, m := range month {
		if m != last || i == 0 {
			n, ok := slices.BinarySearch(rows, m)
			if !ok {
				n = len(rows)
			}
			row, last = n, m
		}
		rowOf[i] = row
	}
	return rows, rowOf
}

// calendarMonth numbers the months since the year 0.
func calendarMonth(t uint32) int {
	year, month, _ := time.Unix(int64(t), 0).UTC().Date()
	return year*12 + int(month) - 1
}
