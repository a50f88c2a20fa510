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

// EndpointLogEvents is list=logevents.
const EndpointLogEvents Endpoint = "logevents"

// NewUser is an account that somebody created for themselves.
type NewUser struct {
	ID      int64 // local user id; 0 if the log does not say
	Name    string
	Created time.Time
}

// logEventRow is one of list=logevents.
type logEventRow struct {
	Action     string    `json:"action"`
	User       string    `json:"user"` // who created the account: for "create", the account itself
	UserID     number    `json:"userid"`
	UserHidden flag      `json:"userhidden"`
	Hidden     flag      `json:"actionhidden"`
	Suppressed flag      `json:"suppressed"`
	Timestamp  timestamp `json:"timestamp"`
}

// NewUsers returns the accounts that were created on the wiki by those who use
// them in [start, end], oldest first: not those that others created, nor those
// that came over from another wiki of the farm. 500 come in a request, and no
// more requests are made than are ranged over. Hidden accounts are left out. A
// sequence ends after its first error.
// https://www.mediawiki.org/wiki/API:Logevents
func (w *Wiki) NewUsers(ctx context.Context, start, end time.Time) iter.Seq2[NewUser, error] {
	return func(yield func(NewUser, error) bool) {
		if start.After(end) {
			// The wiki would answer with an empty list, and no error.
			yield(NewUser{}, fmt.Errorf("new accounts from %s to %s: the end is before the start",
				start.UTC().Format(time.RFC3339), end.UTC().Format(time.RFC3339)))
			return
		}
		p := params.Values{
			"action": "query", "list": "logevents", "leaction": "newusers/create", "lelimit": "max", "ledir": "newer",
			"leprop": "type|user|userid|timestamp", "lestart": start.UTC().Format(time.RFC3339), "leend": end.UTC().Format(time.RFC3339),
		}
		list := newUserList(p)
		w.askSite(p)
		more := true
		err := w.pages(ctx, EndpointLogEvents, p, false, list, func(r *reply) (bool, error) {
			w.c.stats.add(w.key(), EndpointLogEvents, Counts{Rows: int64(len(r.Query.LogEvents))})
			for _, row := range r.Query.LogEvents {
				if row.Hidden || row.UserHidden || row.Suppressed || row.User == "" || row.Action != "create" {
					continue
				}
				if more = yield(NewUser{ID: int64(row.UserID), Name: row.User, Created: row.Timestamp.Time}, nil); !more {
					return false, nil
				}
			}
			return true, nil
		})
		if err != nil && more {
			yield(NewUser{}, fmt.Errorf("new accounts: %w", err))
		}
	}
}

// newUserList is the list of a question for new accounts, oldest first.
func newUserList(p params.Values) *listing {
	last := maps.Clone(p)
	last["ledir"], last["lelimit"] = "older", "1"
	last["lestart"], last["leend"] = p["leend"], p["lestart"]
	return &listing{
		module: "logevents", last: last,
		rows: func(page *reply) int { return len(page.Query.LogEvents) },
		has: func(page, last *reply) bool {
			rows := last.Query.LogEvents
			return len(rows) == 1 && slices.ContainsFunc(page.Query.LogEvents, func(e logEventRow) bool {
				return e.User == rows[0].User && e.UserID == rows[0].UserID && e.Action == rows[0].Action && e.Timestamp.Equal(rows[0].Timestamp.Time)
			})
		},
	}
}
