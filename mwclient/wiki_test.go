package mwclient_test

import (
	"fmt"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/service/e2e/mediawiki"
)

// A real wiki tells the last edit of several users from the other end, so that a
// full answer is known for the last with one request more.
func TestFullPageOnARealWiki(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a wiki")
	}
	w := mediawiki.Start(t, mediawiki.Options{})
	first, second := w.CreateAccount(t, "First"), w.CreateAccount(t, "Second")
	w.CreateAccount(t, "Third")
	from := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	var edits []mediawiki.Revision
	for i := range 500 {
		user := first.Name
		if i%5 == 0 {
			user = second.Name
		}
		// Two edits of one user have one second here and there, as at the end.
		edits = append(edits, mediawiki.Revision{
			Title: fmt.Sprint("Page ", i%2), Text: fmt.Sprint(i), User: user, Time: from.Add(time.Duration(i/10) * time.Second),
		})
	}
	w.Import(t, edits)
	for _, test := range []struct {
		of, rows, requests int
	}{{0, 500, 2}, {1, 501, 2}} {
		if test.of > 0 { // the one more that a lost "continue" would hide
			w.Import(t, []mediawiki.Revision{{Title: "One more", Text: "x", User: second.Name, Time: from.Add(time.Hour)}})
		}
		c, err := mwclient.New(mwclient.Options{})
		if err != nil {
			t.Fatal(err)
		}
		api, err := c.Wiki(t.Context(), w.URL)
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		q := mwclient.ContributionsQuery{
			Users: []string{"Third", "Second", "First"}, Start: from, End: from.Add(time.Hour),
			OnAccount: func(mwclient.LocalAccount) { told++ },
		}
		seen := map[int64]bool{}
		for e, err := range api.Contributions(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			seen[e.RevID] = true
		}
		if n := c.Stats().Wikis[w.DBName][mwclient.EndpointContributions].Requests; len(seen) != test.rows || int(n) != test.requests || told != 3 {
			t.Errorf("%d edits of %d in %d requests, not %d; %d accounts", len(seen), test.rows, n, test.requests, told)
		}
	}
}
