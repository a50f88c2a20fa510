package retention

import (
	"strconv"
	"time"
)

// Numbers in tables are unrounded, in the shortest form that reads back the
// same; what is unknown is empty.

func whole(v int, is bool) string {
	if !is {
		return ""
	}
	return strconv.Itoa(v)
}

func number64(v float64, is bool) string {
	if !is {
		return ""
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

func instant(t time.Time) string { return seconds(t).Format(time.RFC3339) }

// pointHead is the columns of a point's figures.
func pointHead() []string { return []string{"at_risk", "retained", "rate", "low", "high", "status"} }

// cells is a point's figures.
func (p Point) cells() []string {
	is := p.Status.Known()
	return []string{
		strconv.Itoa(p.AtRisk), whole(p.Retained, is), number64(p.Rate, is), number64(p.Low, is), number64(p.High, is), string(p.Status),
	}
}

// when is a point's month, or its window where it has none.
func (p Point) when() []string {
	if p.Month != 0 {
		return []string{strconv.Itoa(p.Month)}
	}
	return []string{"", strconv.FormatInt(p.Window.From, 10), whole(int(p.Window.To), p.Window.To != untilData)}
}

// whenHead is the columns of when.
func whenHead(points []Point) []string {
	if len(points) > 0 && points[0].Month == 0 {
		return []string{"month", "window_from", "window_to"}
	}
	return []string{"month"}
}

// Table is one row a point; newcomers and experienced follow in columns of
// their own where the curve has them.
func (r *Curve) Table() [][]string {
	head := append(whenHead(r.Points), pointHead()...)
	for _, g := range r.Groups {
		for _, name := range pointHead() {
			head = append(head, string(g.Group)+"_"+name)
		}
	}
	rows := [][]string{head}
	for i, p := range r.Points {
		row := append(p.when(), p.cells()...)
		for _, g := range r.Groups {
			row = append(row, g.Points[i].cells()...)
		}
		rows = append(rows, row)
	}
	return rows
}

// Table is one row a group and mark.
func (r *Marks) Table() [][]string { return seriesTable(r.Groups...) }

func seriesTable(series ...Series) [][]string {
	rows := [][]string{append([]string{"group", "month"}, pointHead()...)}
	for _, s := range series {
		for _, p := range s.Points {
			rows = append(rows, append(append([]string{string(s.Group)}, p.when()...), p.cells()...))
		}
	}
	return rows
}

func survivalHead() []string {
	return []string{"week", "at_risk", "events", "censored", "survival", "low", "high"}
}

func (p SurvivalPoint) cells() []string {
	return []string{
		strconv.Itoa(p.Week), strconv.Itoa(p.AtRisk), strconv.Itoa(p.Events), strconv.Itoa(p.Censored),
		number64(p.Survival, true), number64(p.Low, p.HasInterval), number64(p.High, p.HasInterval),
	}
}

// Table is one row a step.
func (s *Survival) Table() [][]string {
	rows := [][]string{survivalHead()}
	for _, p := range s.Points {
		rows = append(rows, p.cells())
	}
	return rows
}

// Table is one row a row of the heatmap and month, the total last.
func (r *Cohorts) Table() [][]string {
	return rowsTable(append(r.Rows[:len(r.Rows):len(r.Rows)], r.Total))
}

func rowsTable(cohorts []CohortRow) [][]string {
	rows := [][]string{append([]string{"row", "title", "people", "month"}, pointHead()...)}
	for _, c := range cohorts {
		for _, p := range c.Points {
			rows = append(rows, append([]string{c.Key, c.Title, strconv.Itoa(c.People), strconv.Itoa(p.Month)}, p.cells()...))
		}
	}
	return rows
}

// Table is one row a month, with the counts and the shares of the bins.
func (r *Intensity) Table() [][]string {
	head := []string{"month", "at_risk"}
	for _, label := range intensityLabels() {
		head = append(head, "edits_"+label)
	}
	for _, label := range intensityLabels() {
		head = append(head, "share_"+label)
	}
	rows := [][]string{append(head, "status")}
	for _, p := range r.Points {
		row := []string{strconv.Itoa(p.Month), strconv.Itoa(p.AtRisk)}
		for _, n := range p.Counts {
			row = append(row, whole(n, p.Status.Known()))
		}
		for _, s := range p.Shares {
			row = append(row, number64(s, p.Status.Known()))
		}
		rows = append(rows, append(row, string(p.Status)))
	}
	return rows
}

func periodHead() []string { return []string{"phase", "number", "start", "end"} }

func (p Period) cells() []string {
	return []string{p.Phase, strconv.Itoa(p.Number), instant(p.Start), instant(p.End)}
}

// Table is one row a period.
func (r *Activity) Table() [][]string {
	rows := [][]string{append(periodHead(), "at_risk", "active", "rate", "low", "high", "status")}
	for _, p := range r.Points {
		is := p.Status.Known()
		rows = append(rows, append(p.cells(), strconv.Itoa(p.AtRisk), whole(p.Active, is),
			number64(p.Rate, is), number64(p.Low, is), number64(p.High, is), string(p.Status)))
	}
	return rows
}

// Table is one row a period.
func (r *Lifecycle) Table() [][]string {
	rows := [][]string{append(periodHead(), "at_risk", "new", "continuing", "returning", "lapsed", "status")}
	for _, p := range r.Points {
		is := p.Status.Known()
		rows = append(rows, append(p.cells(), strconv.Itoa(p.AtRisk), whole(p.New, is), whole(p.Continuing, is),
			whole(p.Returning, is), whole(p.Lapsed, is), string(p.Status)))
	}
	return rows
}

// Table is one row a group and mark, and then the differences under the group
// "difference", with their value as the rate.
func (b *Baseline) Table() [][]string {
	rows := seriesTable(b.Participants, b.Control)
	for _, d := range b.Differences {
		is := d.Status.Known()
		rows = append(rows, []string{
			"difference", whole(d.Month, d.Month != 0), "", "", number64(d.Value, is), number64(d.Low, is), number64(d.High, is), string(d.Status),
		})
	}
	return rows
}

// Table is one row a side and point. Differences and tests are only in JSON.
func (r *Comparison) Table() [][]string {
	if r.Measure == MeasureCohorts {
		return rowsTable(r.Rows)
	}
	if r.Measure == MeasureSurvival {
		rows := [][]string{append([]string{"campaign"}, survivalHead()...)}
		for i, s := range r.Survivals {
			for _, p := range s.Points {
				rows = append(rows, append([]string{r.Side(i)}, p.cells()...))
			}
		}
		return rows
	}
	var rows [][]string
	for i, c := range r.Curves {
		if i == 0 {
			rows = append(rows, append(append([]string{"campaign"}, whenHead(c.Points)...), pointHead()...))
		}
		for _, p := range c.Points {
			rows = append(rows, append(append([]string{r.Side(i)}, p.when()...), p.cells()...))
		}
	}
	return rows
}

// Table is one row a month.
func (r *RollUp) Table() [][]string { return r.Curve.Table() }
