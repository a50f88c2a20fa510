// Package fakewiki is a farm of MediaWiki wikis that lives in a process: real
// HTTP servers on 127.0.0.1, one for each wiki, which answer as the captured
// answers of real wikis do (testdata; the contract test replays them).
//
// It owns a made-up population (people, events, edits) that is generated from a
// seed or given by the caller, the part of the Action API and of CampaignEvents'
// REST API that Afterglow reads, an OAuth 2 server whose people have no
// passwords (whoever comes picks who they are), faults to inject, and counters of what was
// asked. Tests and the demo use it. It knows nothing of package mwclient: the
// two meet only over HTTP.
//
// What has no captured answer is written from its documentation and says so
// where it is written: list=globalusers, action=sitematrix and the newusers log.
package fakewiki
