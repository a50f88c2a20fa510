package sample

import (
	"math"
	"time"

	"afterglow/retention"
)

// Titles of made-up campaigns, in several scripts and shapes.
const (
	Title  = "Wiki Loves Libraries 2025"
	Arabic = "تحدي المكتبات العربية ٢٠٢٥"
	Hindi  = "विकि पुस्तकालय अभियान २०२५"
	Nasty  = `<script>alert("1")</script> & <b>'Ünïcode'</b> ]]> ` + "\u202eevil\u202c"
	Long   = "The Fourth Annual Trans-Continental Librarians’ and Archivists’ Edit-a-thon on Women in Early Computing, Hosted in 14 Cities"
)

var (
	start = time.Date(2024, 10, 4, 8, 0, 0, 0, time.UTC)
	end   = time.Date(2024, 11, 1, 16, 0, 0, 0, time.UTC)
	asOf  = time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC)
)

// Head is what every result carries.
func Head(m retention.Measure, title string, people int) retention.Head {
	return retention.Head{
		Measure: m, Definition: retention.Default(), AsOf: asOf, MinCell: 5,
		Campaign: retention.Campaign{
			ID: "metawiki-1234", Title: title, Start: start, End: end,
			Source: retention.Source{Kind: "event", Wiki: "metawiki", Event: 1234, Page: "Event:" + title},
		},
		Coverage: retention.Coverage{
			Participants: people + people/20, Measured: people, Active: people * 4 / 5, NotFound: people / 20,
			Wikis: []string{"enwiki", "frwiki", "metawiki"},
		},
	}
}

// Point makes a figure with its Wilson interval.
func Point(month, retained, atRisk int, status retention.Status) retention.Point {
	p := retention.Point{
		Month: month, Window: retention.Window{From: int64(month-1) * 30 * 86400, To: int64(month) * 30 * 86400},
		AtRisk: atRisk, Status: status,
	}
	if !status.Known() || atRisk == 0 {
		return p
	}
	p.Retained = retained
	p.Rate = float64(retained) / float64(atRisk)
	p.Low, p.High = wilson(retained, atRisk)
	return p
}

func wilson(k, n int) (low, high float64) {
	const z = 1.959963984540054
	r, m := float64(k)/float64(n), float64(n)
	middle := (r + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(r*(1-r)/m+z*z/(4*m*m))
	return max(middle-half, 0), min(middle+half, 1)
}

// decay is a rate that falls quickly and then slowly, with a little noise.
func decay(first, floor, month float64, seed int) float64 {
	noise := math.Sin(float64(seed)*12.9898+month*78.233) * 0.012
	return min(max(floor+(first-floor)*math.Pow(month, -0.85)+noise, 0), 1)
}

// Series makes months of a group's figures, the last of them open.
func Series(g retention.Group, people, months, closed int, first, floor float64) retention.Series {
	s := retention.Series{Group: g, People: people}
	for m := 1; m <= months; m++ {
		status := retention.Final
		switch {
		case people == 0:
			status = retention.Empty
		case m > closed:
			status = retention.Open
		case people < 5:
			status = retention.Suppressed
		case m == closed && closed < months:
			status = retention.Provisional
		}
		atRisk := people
		if m > closed {
			atRisk = 0
		}
		s.Points = append(s.Points, Point(m, int(math.Round(decay(first, floor, float64(m), people)*float64(people))), atRisk, status))
	}
	return s
}

// Curve is a retention curve of two groups.
func Curve(title string, newcomers, experienced, months, closed int) *retention.Curve {
	c := &retention.Curve{Head: Head(retention.MeasureRetention, title, newcomers+experienced)}
	c.Definition.Months = months
	c.Groups = []retention.Series{
		Series(retention.Newcomers, newcomers, months, closed, 0.62, 0.06),
		Series(retention.Experienced, experienced, months, closed, 0.84, 0.62),
	}
	c.Series = Series(retention.All, newcomers+experienced, months, closed, 0.72, 0.3)
	return c
}

// Marks is the rates at the marks.
func Marks(title string, newcomers, experienced, closed int) *retention.Marks {
	m := &retention.Marks{Head: Head(retention.MeasureMarks, title, newcomers+experienced)}
	full := Curve(title, newcomers, experienced, 12, closed)
	for _, g := range append(full.Groups, full.Series) {
		m.Groups = append(m.Groups, atMarks(g))
	}
	return m
}

func atMarks(s retention.Series) retention.Series {
	out := retention.Series{Group: s.Group, People: s.People}
	for _, p := range s.Points {
		if p.Month == 1 || p.Month == 3 || p.Month == 6 || p.Month == 12 {
			out.Points = append(out.Points, p)
		}
	}
	return out
}

// Survival is a survival curve over weeks. Its limits are drawn, not computed.
func Survival(title string, people, weeks int, hazard float64) *retention.Survival {
	v := &retention.Survival{Head: Head(retention.MeasureSurvival, title, people), Group: retention.All, People: people, LeftOut: people / 25, Status: retention.Final}
	v.Definition.Mode = retention.Bracket
	alive, s := people, 1.0
	variance := 0.0
	for w := 0; w <= weeks && alive > 0; w++ {
		events := int(math.Round(float64(alive) * hazard * (1 + 3/float64(w+1)) * (1 + 0.5*math.Sin(float64(w*7)))))
		censored := 0
		if w > weeks*2/3 && w%3 == 0 {
			censored = alive / 12
		}
		if w == weeks {
			censored = max(alive-events, 0)
		}
		p := retention.SurvivalPoint{Week: w, AtRisk: alive, Events: events, Censored: censored}
		if events > 0 {
			s *= 1 - float64(events)/float64(alive)
			if alive > events {
				variance += float64(events) / (float64(alive) * float64(alive-events))
			}
		}
		p.Survival = s
		if s > 0 && s < 1 {
			c := 1.96 * math.Sqrt(variance) / math.Abs(math.Log(s))
			p.Low, p.High, p.HasInterval = math.Pow(s, math.Exp(c)), math.Pow(s, math.Exp(-c)), true
		}
		if events > 0 || censored > 0 || w == 0 {
			v.Points = append(v.Points, p)
		}
		if v.Median.Weeks == nil && s <= 0.5 {
			at, low, high := float64(w), float64(w)*0.8, float64(w)*1.3
			v.Median = retention.Quantile{Weeks: &at, Low: &low, High: &high}
		}
		alive -= events + censored
	}
	return v
}

// Cohorts is a heatmap of rows by months.
func Cohorts(title string, rows, months int) *retention.Cohorts {
	c := &retention.Cohorts{Head: Head(retention.MeasureCohorts, title, rows*40)}
	c.Definition.Anchor, c.Definition.Months = retention.AnchorJoin, months
	for i := range rows {
		closed := months - max(0, i*months/(rows+2)-months/4)
		people := 25 + i*17%60
		if i == 3 {
			people = 3
		}
		at := start.AddDate(0, i, 0)
		c.Rows = append(c.Rows, retention.CohortRow{
			Key: at.Format("2006-01"), People: people,
			Points: Series(retention.All, people, months, closed, 0.75-0.04*float64(i), 0.08+0.01*float64(i)).Points,
		})
	}
	c.Total = retention.CohortRow{Key: "total", People: rows * 40, Points: Series(retention.All, rows*40, months, months, 0.6, 0.1).Points}
	return c
}
