// Package report writes one campaign's figures (or a comparison's) as files: a
// chart, JSON and CSV for each measure, and one self-contained page.
//
// It computes nothing but by package retention and draws nothing but by
// package charts. It knows neither the store nor the wire.
package report
