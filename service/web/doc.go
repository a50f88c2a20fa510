// Package web is the HTTP API and the pages: campaigns, their figures as SVG,
// PNG, JSON and CSV, comparisons, health, metrics and the API's description.
//
// It owns routes, parameters (strict: an unknown, repeated or useless one is
// refused), problems (RFC 9457), caching (ETags, precompressed answers, a
// memory of cohorts under a byte budget) and the pages' text. It computes no
// figure and draws no chart: it asks retention and charts. It reads campaigns
// through the interfaces Campaigns and Events, which store.Store satisfies.
//
// It also owns who may do what (authorize.go: one table) and how often. What
// people ask for is done elsewhere: a Tracker asks wikis, Jobs are refreshes that
// a worker does, in this process or another; their events are told here.
//
// A page is whole without a script and shows charts as <img>, never inline: an
// SVG of ours carries a <style>, which the pages' content security policy
// (scripts, styles and pictures from here only, none inline) would not let
// through, and each window width takes the layout drawn for it by <picture>.
// What a picture cannot say to a screen reader stands beside it: the finding,
// and a table of the figures. The script in static/ adds to that: it swaps the
// parts of a page for those of another view, and lays the outlines of a chart's
// marks over the picture, so that they have tips (docs/adr).
//
// The paths, parameters and answers are described in openapi.yaml, which the
// tests hold against the handlers.
package web
