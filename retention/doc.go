// Package retention holds what the numbers mean: who of a campaign's
// participants still edited one, three, six or twelve months later, and how
// sure one can be of it.
//
// It owns the cohort (participants and their edits in memory), the definition
// of a figure and its parser, every measure (retention curve, marks, survival,
// cohorts, intensity, activity, lifecycle, comparison, baseline, roll-up), the
// intervals, and the suppression of small groups. docs/metrics.md is its
// specification.
//
// It is pure: no input or output, no clock, no globals that change. It does not know where a cohort
// comes from (package store), how it is fetched (package refresh) or how it
// is drawn (package charts). All instants are UTC and exact to the second, all
// intervals are half-open, and a day is 86,400 seconds.
package retention
