package fakewiki

import (
	"math"
	"time"
)

// How people edit.
//
// The model is Pareto/NBD (Schmittlein, Morrison and Colombo 1987), which is used
// where people come, act at a rate of their own, and some day leave without
// saying so:
//
//   - A person who stays leaves after a Lomax (Pareto II) time,
//     S(t) = (1 + t/Scale)^−Shape: a mixture of constant risks, so that the risk
//     falls the longer somebody has stayed. That is how the share of newcomers
//     who still edit falls on wikis: steeply first, then ever more slowly.
//   - Until then their days with edits come at a constant rate, and the rates of
//     people are lognormal: few make most of the edits.
//   - A share of people never edits, and another on one day only, as most
//     accounts do.
//   - During an event nearly all participants edit. A newcomer's time runs from
//     registration, an experienced person's from the event's start; before it
//     they edit at their rate, as they have not left yet.
//   - A day's edits come one after the other, their number geometric with a mean
//     that makes EditsPerPerson come true, and stay on one wiki.

const (
	day   = 24 * time.Hour
	month = 30 * day

	eventTurnout = 0.85 // of the participants who ever edit, during the event
	// dayEvery is about how many days of an event go by for each with edits.
	dayEvery      = 4
	maxEventDays  = 20
	lookBack      = 180 * day // experienced people's edits start here
	lookAhead     = 365 * day // and EditsPerPerson counts up to here
	sizeSpread    = 0.6       // of a person's edits a day
	maxDayEdits   = 400
	maxSessions   = 20_000 // of one person
	lateShare     = 0.3    // of reverts and deletions come days later
	lateMean      = 8 * day
	promptMean    = 2 * time.Hour
	latest        = 28 * day
	maxPeople     = 1 << 21
	revisionEpoch = 946684800 // 2000-01-01: revision ids count from here
)

// DefaultNewcomer returns the activity of people who are new.
func DefaultNewcomer() Activity {
	return Activity{Never: 0.15, OneDay: 0.4, Scale: 20 * day, Shape: 0.8,
		DaysPerMonth: 5, Spread: 0.8, Reverted: 0.08, Deleted: 0.02}
}

// DefaultExperienced returns the activity of people who were there before.
func DefaultExperienced() Activity {
	return Activity{Never: 0.02, OneDay: 0.03, Scale: 900 * day, Shape: 1.2,
		DaysPerMonth: 7, Spread: 1.0, Reverted: 0.02, Deleted: 0.01}
}

// group is people who edit alike: the newcomers or the others of one event, or
// the accounts of one background.
type group struct {
	Activity
	newcomers  bool
	event      bool    // start and end are of an event, not of a background
	start, end int64   //
	rate       float64 // mean days with edits a second
	keep       float64 // share of an event's days that are kept
	daySize    float64 // mean edits a day with edits
}

// expectedDays is the mean number of a person's days with edits, from lookBack
// before start to lookAhead after end: those that belong to the event (or, for
// newcomers, to coming at all), and those that come at the person's rate.
func (g *group) expectedDays() (event, life float64) {
	stay := g.expectedStay(float64(g.end-g.start) + lookAhead.Seconds())
	if !g.newcomers {
		stay += lookBack.Seconds()
	}
	staying := max(1-g.Never-g.OneDay, 0)
	event = g.OneDay
	if g.event {
		event += staying * eventTurnout * float64(eventDays(g.start, g.end))
	}
	if g.newcomers {
		event += staying
	}
	return event, staying * g.DaysPerMonth / month.Seconds() * stay
}

// expectedStay is the mean of min(stay, horizon), in seconds: the integral of S.
func (g *group) expectedStay(horizon float64) float64 {
	s, a := g.Scale.Seconds(), g.Shape
	if math.Abs(a-1) < 1e-9 {
		return s * math.Log1p(horizon/s)
	}
	return s / (1 - a) * (math.Pow(1+horizon/s, 1-a) - 1)
}

// eventDays is the mean number of days with edits of a participant in an event.
func eventDays(start, end int64) int {
	days := int((end - start) / int64(day.Seconds()))
	return 1 + min(max(days, 0)/dayEvery, maxEventDays)
}

// calibrate sets the rates so that a person makes the wanted number of edits.
// Where that is less than one a day, days become rarer instead: those at the
// person's rate first, as whoever comes to an event comes to edit.
func calibrate(groups []*group, people []int, edits float64) {
	var event, life, heads float64
	for i, g := range groups {
		e, l := g.expectedDays()
		n := float64(people[i])
		event, life, heads = event+e*n, life+l*n, heads+n
	}
	keepEvent, keepLife, size := 1.0, 1.0, 1.0
	switch want := edits * heads; {
	case want >= event+life && event+life > 0:
		size = want / (event + life)
	case want >= event && life > 0:
		keepLife = (want - event) / life
	case event > 0:
		keepEvent, keepLife = want/event, 0
	}
	for _, g := range groups {
		g.rate = g.DaysPerMonth / month.Seconds() * keepLife
		g.keep, g.daySize = keepEvent, size
	}
}
