package mwclient_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
)

// NewUsers gives the self-created accounts of a stretch, page by page, and asks
// for no page that is not ranged over.
func TestNewUsers(t *testing.T) {
	from := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	farm, err := fakewiki.New(fakewiki.Spec{
		Seed: 5, CentralAuth: true, Wikis: []fakewiki.WikiSpec{{DB: "metawiki"}, {DB: "enwiki"}},
		Background: []fakewiki.BackgroundSpec{{Wiki: "enwiki", From: from, To: from.AddDate(0, 0, 14), Accounts: 1300, ByOthers: 40, Names: fakewiki.Mixed}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer farm.Close()
	c, err := mwclient.New(mwclient.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := c.Wiki(t.Context(), farm.URL("enwiki"))
	if err != nil {
		t.Fatal(err)
	}
	read := func(start, end time.Time, most int) (users []mwclient.NewUser) {
		for u, err := range w.NewUsers(t.Context(), start, end) {
			if err != nil {
				t.Fatal(err)
			}
			if users = append(users, u); len(users) == most {
				break
			}
		}
		return users
	}
	all := read(from, from.AddDate(0, 0, 14), -1)
	if len(all) != 1260 {
		t.Errorf("%d accounts, want 1260: 40 were created by others", len(all))
	}
	seen := map[string]bool{}
	for i, u := range all {
		if u.ID == 0 || seen[u.Name] || u.Created.Before(from) || i > 0 && u.Created.Before(all[i-1].Created) {
			t.Fatalf("account %d is %+v", i, u)
		}
		seen[u.Name] = true
	}
	half := read(from, from.AddDate(0, 0, 7), -1)
	rest := read(from.AddDate(0, 0, 7).Add(time.Second), from.AddDate(0, 0, 14), -1)
	if got := slices.Concat(half, rest); fmt.Sprint(got) != fmt.Sprint(all) {
		t.Errorf("two halves have %d accounts, the whole %d", len(got), len(all))
	}
	before := farm.Stats().Requests
	if n := len(read(from, from.AddDate(0, 0, 14), 500)); n != 500 || farm.Stats().Requests != before+1 {
		t.Errorf("%d accounts in %d requests, want 500 in one", n, farm.Stats().Requests-before)
	}
	for _, err := range w.NewUsers(t.Context(), from, from.Add(-time.Second)) {
		if err == nil || !strings.Contains(err.Error(), "before the start") {
			t.Errorf("the wrong order: %v", err)
		}
	}
}
