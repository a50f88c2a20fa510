// Package web is the HTTP API and the pages: campaigns, their figures as SVG,
// PNG, JSON and CSV, comparisons, health, metrics and the API's description.
//
// It owns routes, parameters (strict: an unknown, repeated or useless one is
// refused), problems (RFC 9457), caching (ETags, precompressed answers, a
// memory of cohorts under a byte budget) and the pages' text. It computes no
// figure and draws no chart: it asks retention and charts. It reads campaigns
// through the interfaces Campaigns and Events, which store.Store satisfies.
//
// The paths, parameters and answers are described in openapi.yaml, which the
// tests hold against the handlers.
package web
