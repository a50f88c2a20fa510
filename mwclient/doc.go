// Package mwclient reads a MediaWiki wiki over the wire: the Action API (on
// cgt.name/pkg/go-mwclient's GetRaw and PostRaw) and CampaignEvents' REST API.
//
// It owns politeness (User-Agent, pacing, maxlag, Retry-After, backoff), size
// limits, typed errors, and iterators that page to the end. It does not store
// anything and does not know what a campaign's figures are.
package mwclient
