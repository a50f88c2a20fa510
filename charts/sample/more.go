package sample

import (
	"fmt"
	"math"
	"time"

	"afterglow/retention"
)

// Intensity is the distribution of people by edits over months.
func Intensity(title string, people, months, closed int) *retention.Intensity {
	v := &retention.Intensity{Head: Head(retention.MeasureIntensity, title, people), Group: retention.All, People: people}
	v.Definition.Months = months
	for m := 1; m <= months; m++ {
		p := retention.IntensityPoint{Month: m, AtRisk: people, Status: retention.Final}
		if m > closed {
			p.AtRisk, p.Status = 0, retention.Open
			v.Points = append(v.Points, p)
			continue
		}
		if m == closed && closed < months {
			p.Status = retention.Provisional
		}
		active := decay(0.7, 0.25, float64(m), people)
		p.Counts[3] = int(active * 0.12 * float64(people))
		p.Counts[2] = int(active * 0.35 * float64(people))
		p.Counts[1] = int(active * 0.53 * float64(people))
		p.Counts[0] = people - p.Counts[1] - p.Counts[2] - p.Counts[3]
		for i := range p.Counts {
			p.Shares[i] = float64(p.Counts[i]) / float64(people)
		}
		v.Points = append(v.Points, p)
	}
	return v
}

func periods(closed int) []retention.Period {
	var out []retention.Period
	const month = 30 * 24 * time.Hour
	for n := -6; n <= -1; n++ {
		out = append(out, retention.Period{Phase: "before", Number: n, Start: start.Add(time.Duration(n) * month), End: start.Add(time.Duration(n+1) * month)})
	}
	out = append(out, retention.Period{Phase: "during", Start: start, End: end})
	for n := 1; n <= 12; n++ {
		out = append(out, retention.Period{Phase: "after", Number: n, Start: end.Add(time.Duration(n-1) * month), End: end.Add(time.Duration(n) * month)})
	}
	_ = closed
	return out
}

// Activity is the share active in each period.
func Activity(title string, people, closed int) *retention.Activity {
	v := &retention.Activity{Head: Head(retention.MeasureActivity, title, people), Group: retention.All, People: people}
	for _, p := range periods(closed) {
		rate := 0.34 + 0.02*math.Sin(float64(p.Number))
		switch p.Phase {
		case "during":
			rate = 0.88
		case "after":
			rate = decay(0.7, 0.33, float64(p.Number), people)
		}
		a := retention.ActivityPoint{Period: p, AtRisk: people, Status: retention.Final}
		if p.Phase == "after" && p.Number > closed {
			a.AtRisk, a.Status = 0, retention.Open
		} else {
			a.Active = int(math.Round(rate * float64(people)))
			a.Rate = float64(a.Active) / float64(people)
			a.Low, a.High = wilson(a.Active, people)
			if p.Number == closed {
				a.Status = retention.Provisional
			}
		}
		v.Points = append(v.Points, a)
	}
	return v
}

// Lifecycle is the kinds of participants in each period.
func Lifecycle(title string, people, closed int) *retention.Lifecycle {
	v := &retention.Lifecycle{Head: Head(retention.MeasureLifecycle, title, people), Group: retention.All, People: people}
	for _, p := range periods(closed) {
		l := retention.LifecyclePoint{Period: p, AtRisk: people, Status: retention.Final}
		n := float64(people)
		switch {
		case p.Phase == "before":
			l.New, l.Continuing, l.Returning, l.Lapsed = int(n*0.02), int(n*0.25), int(n*0.05), int(n*0.06)
		case p.Phase == "during":
			l.New, l.Continuing, l.Returning, l.Lapsed = int(n*0.46), int(n*0.29), int(n*0.12), int(n*0.02)
		case p.Number > closed:
			l.AtRisk, l.Status = 0, retention.Open
		default:
			d := decay(0.7, 0.28, float64(p.Number), people)
			l.New, l.Continuing, l.Returning, l.Lapsed = int(n*0.01), int(n*d*0.8), int(n*d*0.15), int(n*d*0.3)
		}
		v.Points = append(v.Points, l)
	}
	return v
}

// Baseline compares newcomers with similar accounts.
func Baseline(title string, matched, controls, closed int) *retention.Baseline {
	v := &retention.Baseline{
		Head:         Head(retention.MeasureBaseline, title, matched+40),
		Participants: atMarks(Series(retention.Newcomers, matched, 12, closed, 0.62, 0.1)),
		Control:      atMarks(Series(retention.Newcomers, controls, 12, closed, 0.45, 0.04)),
		Matched:      matched, Unmatched: matched / 15, Controls: controls,
	}
	for i, a := range v.Participants.Points {
		b := v.Control.Points[i]
		d := retention.Difference{Month: a.Month, Status: a.Status}
		if a.Status.Known() {
			d.Value = a.Rate - b.Rate
			d.Low = d.Value - math.Hypot(a.Rate-a.Low, b.High-b.Rate)
			d.High = d.Value + math.Hypot(a.High-a.Rate, b.Rate-b.Low)
		}
		v.Differences = append(v.Differences, d)
	}
	return v
}

// Comparison is n campaigns beside each other.
func Comparison(n, months int) *retention.Comparison {
	names := []string{
		"Wiki Loves Libraries 2025", "Art+Feminism Lyon", "Africa Wiki Challenge", "#1Lib1Ref", "Women in Red at 10", "تحدي المكتبات",
		"WikiGap Stockholm", "विकि महिला अभियान", "Earth Day Edit-a-thon", "Museum Week", "Wiki Science Competition", "Asian Month",
	}
	v := &retention.Comparison{Measure: retention.MeasureRetention, Definition: retention.Default(), AsOf: asOf, MinCell: 5}
	v.Definition.Months = months
	for i := range n {
		people := 60 + i*37%150
		c := &retention.Curve{Head: Head(retention.MeasureRetention, names[i%len(names)], people)}
		c.Campaign.ID = fmt.Sprintf("metawiki-%d", 100+i)
		c.Definition.Months = months
		closed := months
		if i%4 == 3 {
			closed = months * 2 / 3
		}
		c.Series = Series(retention.All, people, months, closed, 0.4+0.045*float64(i*5%11), 0.05+0.04*float64(i*7%12))
		v.Curves = append(v.Curves, c)
		v.Rows = append(v.Rows, retention.CohortRow{Key: c.Campaign.ID, Title: c.Campaign.Title, People: people, Points: c.Points})
		s := Survival(c.Campaign.Title, people, 26, 0.015+0.006*float64(i*5%7))
		s.Campaign.ID = c.Campaign.ID
		v.Survivals = append(v.Survivals, s)
	}
	v.Pairs = []retention.Pair{{A: 0, B: 1, Shared: 4, Tested: true}}
	v.LogRank = &retention.LogRank{ChiSquared: 23.4, DF: n - 1, P: 0.0042}
	return v
}

// RollUp is several campaigns with each person counted once.
func RollUp(title string) *retention.RollUp {
	r := &retention.RollUp{Curve: *Curve(title, 240, 410, 12, 10), Registrations: 812, People: 650}
	for _, c := range Comparison(5, 12).Curves {
		r.Campaigns = append(r.Campaigns, c.Campaign)
	}
	return r
}
