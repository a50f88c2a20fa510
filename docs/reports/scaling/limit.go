package main

import (
	"fmt"
	"slices"
)

// Limit is something that runs out. Use grows with the campaigns.
type Limit struct {
	What  string
	Use   func(World) float64
	Limit float64
	Unit  string
	Then  string // what takes over
}

// limits are those that grow with the number of campaigns.
func limits() []Limit {
	return []Limit{
		{"requests without an account", World.Requests, anonymousRate * day / minute, "a day", "an owner-only token (`oauth.token`)"},
		{"requests with a token, three in flight", World.Requests, min(tokenRate, flightRate) * day / minute, "a day",
			"wiki replicas for contributions (`contributions: replica`)"},
		{"requests with replicas: lists of events alone", func(w World) float64 { return w.Refreshes() * w.list() }, min(tokenRate, flightRate) * day / minute, "a day",
			"a longer `refresh.interval`; no engine: a list has 20 people a page whatever is asked for"},
		{"one refresh process, a whole core", func(w World) float64 { return w.Requests() * refreshCPU }, day, "core s a day", "an Indexed Job on MariaDB"},
		{"one core of serve, each chart of a cold campaign", func(w World) float64 { return w.Views * w.Cold() }, 1, "cores",
			"replicas of serve on MariaDB, then an HTTP cache in front (answers are public for five minutes)"},
		{"one core of serve, each chart from memory", func(w World) float64 { return w.Views * memoryCPU }, 1, "cores", "the same"},
		{"search by title in MariaDB, 1 s", func(w World) float64 { return w.Tracked() * searchTime }, 1, "s", "MariaDB's FULLTEXT, or OpenSearch beside it"},
		{"exported figures, a tenth of a database core for ten replicas", func(w World) float64 { return 10 * w.Tracked() * overviewTime / overviewEvery }, .1, "cores",
			"an index on (frozen, refreshed), or one process that counts for all"},
		{"SQLite's file, 100 GiB", World.SQLite, 100 * gib, "bytes", "MariaDB"},
		{"MariaDB's files, 1 TiB", World.MariaDB, 1024 * gib, "bytes", "Vitess or TiDB, which speak its protocol: neither was tried here"},
	}
}

// breaks returns how many times the world's campaigns the limit allows.
func (l Limit) breaks(w World) float64 {
	// Use need not be linear, so it is searched for.
	low, high := 0.0, 1.0
	for l.Use(w.times(high)) < l.Limit && high < 1e12 {
		low, high = high, high*2
	}
	for range 60 {
		if middle := (low + high) / 2; l.Use(w.times(middle)) < l.Limit {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// byBreak returns the limits, that which is reached first before the others.
func byBreak(w World) []Limit {
	all := limits()
	slices.SortStableFunc(all, func(a, b Limit) int {
		if a.breaks(w) < b.breaks(w) {
			return -1
		}
		return 1
	})
	return all
}

// number writes a number with three digits that count.
func number(x float64) string {
	for _, unit := range []struct {
		from float64
		name string
	}{{1e12, " × 10¹²"}, {1e9, " × 10⁹"}, {1e6, " million"}} {
		if x >= unit.from {
			return fmt.Sprintf("%.3g%s", x/unit.from, unit.name)
		}
	}
	switch {
	case x >= 1000:
		n := int(x + .5)
		return fmt.Sprintf("%d,%03d", n/1000, n%1000)
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.2g", x)
}

// size writes a number of bytes.
func size(x float64) string {
	switch {
	case x >= gib:
		return fmt.Sprintf("%.1f GiB", x/gib)
	case x >= mib:
		return fmt.Sprintf("%.0f MiB", x/mib)
	}
	return fmt.Sprintf("%.0f KiB", x/kib)
}

// duration writes seconds.
func duration(s float64) string {
	switch {
	case s >= 2*day:
		return fmt.Sprintf("%.1f days", s/day)
	case s >= 7200:
		return fmt.Sprintf("%.1f h", s/3600)
	case s >= 120:
		return fmt.Sprintf("%.0f min", s/60)
	case s >= 1:
		return fmt.Sprintf("%.0f s", s)
	}
	return fmt.Sprintf("%.2g ms", s*1000)
}
