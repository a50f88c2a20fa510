package mwclient

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"cgt.name/pkg/go-mwclient/params"
)

// ContributionsQuery says whose contributions to read.
type ContributionsQuery struct {
	Users []string // names, any number
	// Start and End bound the edits' times, both inclusive and to the second; a
	// zero time does not.
	Start, End time.Time
	// OnAccount, where set, gets what the wiki says of each user, in the same
	// requests (list=users), before any contribution of theirs; Missing where
	// there is no such account, which contributions alone do not tell.
	OnAccount func(LocalAccount)
}

// Contributions returns the contributions of many users, user by user, oldest
// first. 50 users go into one request, which answers 500 edits (5,000 to
// accounts with that right), and one more where the last answer is full; no more
// than one answer is held. A user who does not exist, or may not be seen, has none. A sequence ends after its first error.
// https://www.mediawiki.org/wiki/API:Usercontribs
func (w *Wiki) Contributions(ctx context.Context, q ContributionsQuery) iter.Seq2[Contribution, error] {
	return func(yield func(Contribution, error) bool) {
		if !q.Start.IsZero() && !q.End.IsZero() && q.Start.After(q.End) {
			// The wiki would answer with an empty list, and no error.
			yield(Contribution{}, fmt.Errorf("contributions from %s to %s: the end is before the start",
				q.Start.UTC().Format(time.RFC3339), q.End.UTC().Format(time.RFC3339)))
			return
		}
		for names := range w.batches(q) {
			more := true
			err := w.readContributions(ctx, names, q, func(c Contribution) bool {
				more = yield(c, nil)
				return more
			})
			if err != nil {
				yield(Contribution{}, fmt.Errorf("contributions: %w", err))
				return
			}
			if !more {
				return
			}
		}
	}
}

// batches splits the names into requests and reports those that are none.
func (w *Wiki) batches(q ContributionsQuery) iter.Seq[[]subject] {
	return func(yield func([]subject) bool) {
		seen := make(map[string]bool, len(q.Users))
		var names []subject
		bytes := 0
		for _, user := range q.Users {
			name := normalName(user)
			if seen[name] {
				continue
			}
			seen[name] = true
			if !usableName(name) {
				if q.OnAccount != nil {
					q.OnAccount(LocalAccount{Wiki: w.DBName(), URL: w.URL(), Name: name, Missing: true})
				}
				continue
			}
			if len(names) == batch || bytes+len(name) > batchBytes {
				if !yield(names) {
					return
				}
				names, bytes = nil, 0
			}
			names = append(names, subject{name: name})
			bytes += len(name) + 1
		}
		if len(names) > 0 {
			yield(names)
		}
	}
}

// readContributions reads one batch of users to the end.
func (w *Wiki) readContributions(ctx context.Context, who []subject, q ContributionsQuery, each func(Contribution) bool) error {
	names := joinNames(who)
	p := params.Values{
		"action": "query", "list": "usercontribs", "ucuser": names, "uclimit": "max", "ucdir": "newer",
		// The namespace comes with the title.
		"ucprop": "ids|timestamp|title|tags",
	}
	if !q.Start.IsZero() {
		p.Set("ucstart", q.Start.UTC().Format(time.RFC3339))
	}
	if !q.End.IsZero() {
		p.Set("ucend", q.End.UTC().Format(time.RFC3339))
	}
	list := contributionList(p)
	told := map[string]bool{}
	if q.OnAccount != nil {
		p.Add("list", "users")
		p.Set("ususers", names)
		p.Set("usprop", userProps)
	}
	w.askSite(p)
	return w.pages(ctx, EndpointContributions, p, false, list, func(r *reply) (bool, error) {
		w.c.stats.add(w.key(), EndpointContributions, Counts{Rows: int64(len(r.Query.Contributions))})
		if q.OnAccount != nil {
			db, server := w.DBName(), w.URL()
			for _, row := range r.Query.Users {
				if !told[row.Name] {
					told[row.Name] = true
					q.OnAccount(row.local(db, server))
				}
			}
		}
		for _, c := range r.Query.Contributions {
			if c.Timestamp.IsZero() {
				return false, &ResponseError{Wiki: w.label(), Err: fmt.Errorf("contribution %d has no time", c.RevID)}
			}
			if !each(c) {
				return false, nil
			}
		}
		return true, nil
	})
}

// contributionList is the list of a question for contributions, oldest first.
func contributionList(p params.Values) *listing {
	last := maps.Clone(p)
	last["ucdir"], last["uclimit"], last["ucprop"] = "older", "1", "ids"
	delete(last, "ucstart")
	delete(last, "ucend")
	if at, ok := p["ucend"]; ok {
		last["ucstart"] = at
	}
	if at, ok := p["ucstart"]; ok {
		last["ucend"] = at
	}
	return &listing{
		module: "usercontribs", last: last,
		rows: func(page *reply) int { return len(page.Query.Contributions) },
		has: func(page, last *reply) bool {
			rows := last.Query.Contributions
			return len(rows) == 1 && slices.ContainsFunc(page.Query.Contributions, func(c Contribution) bool { return c.RevID == rows[0].RevID })
		},
	}
}
