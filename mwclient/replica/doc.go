// Package replica reads from a farm's database replicas in SQL what package
// mwclient reads over the Action API: contributions and accounts, as mwclient's
// own types, the same rows in the same order for each user.
//
// It owns the queries on the replicas' public views, where a wiki's database is
// served, and keeping to the replicas' rules: no query longer than the limit, no
// idle connection, one connection to a section at a time. It does not know
// events, participants or pages, which only the API has.
//
// The views are those of Toolforge and PAWS:
// https://wikitech.wikimedia.org/wiki/Help:Wiki_Replicas. They leave out what
// the API hides from everybody: edits whose user is suppressed, hidden accounts,
// deleted pages.
package replica
