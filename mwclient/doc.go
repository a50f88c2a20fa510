// Package mwclient reads a MediaWiki wiki over the wire: the Action API (on
// cgt.name/pkg/go-mwclient's GetRaw and PostRaw) and CampaignEvents' REST API.
//
// It owns politeness (User-Agent, pacing, maxlag, Retry-After, backoff), size
// limits, typed errors, iterators that page to the end, and the way from an
// event's address to its number. It does not store anything and does not know
// what a campaign's figures are.
//
// A [Client] finds wikis ([Client.Wiki], [Client.ResolveEvent]); a [Wiki] reads
// events, people, accounts and contributions. All take a context. go-mwclient
// takes none, loses the identity of errors and ignores the HTTP status, so each
// call gives it an http.RoundTripper of its own, the exchange, which carries the
// context in, keeps the error, and does the waiting and trying again.
//
// Sequences hold one answer at a time and end after their first error. Every
// loop, size and wait is bounded, since what a wiki says is not to be trusted.
//
// Requests are few: siteinfo, the users of contributions and the choice between
// list=globalusers and meta=globaluserinfo ride along with what is asked anyway.
// For an event of n participants on one wiki that is ⌈n/20⌉ + 1 for the event and
// its people, ⌈n/50⌉ for accounts (n without list=globalusers), and a request for
// every 50 people or 500 edits.
//
// JSON is read with github.com/go-json-experiment/json, what encoding/json/v2 is
// made from: it bounds depth, reads contributions token by token without holding
// what is not needed, and stays with the standard library's own authors.
// BenchmarkDecode500 compares it.
package mwclient
