package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient"
)

// TestWhoMayDoWhat tries each rule as everybody for whom it is not, and as
// those for whom it is. Figures of everybody's are read by all.
func TestWhoMayDoWhat(t *testing.T) {
	const list = `{"title": "Writers", "start": "2025-03-01", "end": "2025-03-31", "names": ["Somebody"], "wiki": "https://meta.example.org"}`
	everybody := map[string]Person{
		"nobody": {}, "a stranger": stranger(), "an organizer of another event": otherOrganizer(),
		"the organizer's number on another farm": elsewhere(organizer()), "the list owner's number on another farm": elsewhere(listOwner()),
		"the administrator's number on another farm": elsewhere(admin()),
		"the administrator's name on another farm":   elsewhere(named()),
		"the organizer": organizer(), "the list's owner": listOwner(), "an administrator": admin(), "an administrator by name": named(),
	}
	byName := func(o *Options) { o.Login.Administrators = append(o.Login.Administrators, "User:"+named().Name) }
	signedIn := []string{}
	for name, p := range everybody {
		if p.Sub != "" {
			signedIn = append(signedIn, name)
		}
	}
	for _, test := range []struct {
		what, method, address, content string
		allowed                        []string
		status, refused                int // refused: of those who have signed in
	}{
		{"see an event's participants", http.MethodGet, "/v1/campaigns/" + libraries + "/participants", "", []string{"the organizer", "an administrator"}, 200, 403},
		{"see a list's participants", http.MethodGet, "/v1/campaigns/" + writers + "/participants", "", []string{"an administrator"}, 200, 403},
		{"delete an event", http.MethodDelete, "/v1/campaigns/" + libraries, "", []string{"the organizer", "an administrator"}, 204, 403},
		{"delete a list", http.MethodDelete, "/v1/campaigns/" + writers, "", []string{"the list's owner", "an administrator"}, 204, 403},
		{"delete by a form", http.MethodPost, "/campaigns/" + libraries + "/delete", "", []string{"the organizer", "an administrator"}, 303, 403},
		{"change a list", http.MethodPost, "/v1/campaigns", list, []string{"the list's owner", "an administrator"}, 200, 409},
		{"refresh at once", http.MethodPost, "/v1/campaigns/" + libraries + "/refresh", "", []string{"the organizer", "an administrator"}, 202, 429},
		{"refresh a list at once", http.MethodPost, "/v1/campaigns/" + writers + "/refresh", "", []string{"the list's owner", "an administrator"}, 202, 429},
		{"refresh", http.MethodPost, "/v1/campaigns/" + fresh104 + "/refresh", "", signedIn, 202, 0},
		{"track", http.MethodPost, "/v1/campaigns", `{"event": "` + eventURL(900) + `"}`, signedIn, 0, 0},
		{"read figures", http.MethodGet, chartPath(libraries, "retention.json"), "", append(signedIn, "nobody"), 200, 0},
	} {
		p := newPeople(t, byName)
		if slices.Contains(test.allowed, "an administrator") && !slices.Contains(test.allowed, "an administrator by name") {
			test.allowed = append(test.allowed, "an administrator by name")
		}
		if test.what == "change a list" {
			if a := p.track(t, listOwner(), asJSON, list); a.StatusCode >= 400 {
				t.Fatalf("the owner's own list: %d %s", a.StatusCode, a.body)
			}
		}
		// First all who may not, that they find everything in its place.
		for name, who := range everybody {
			if slices.Contains(test.allowed, name) {
				continue
			}
			want := test.refused
			if who.Sub == "" {
				want = http.StatusUnauthorized
			}
			a := p.as(t, who, test.method, test.address, test.content, "Content-Type", asJSON)
			if a.StatusCode != want {
				t.Errorf("%s, who may not %s: %d, want %d: %s", name, test.what, a.StatusCode, want, a.body)
			}
			if problem := a.problem(t); strings.Contains(problem.Detail, "User ") {
				t.Errorf("%s learns %s", name, problem.Detail)
			}
			if len(p.town.removed) > 0 {
				t.Fatalf("%s has deleted %s", name, p.town.removed)
			}
		}
		for _, name := range test.allowed {
			if test.method == http.MethodDelete || test.status == http.StatusSeeOther {
				p = newPeople(t, byName) // there is something to delete for each
			}
			a := p.as(t, everybody[name], test.method, test.address, test.content, "Content-Type", asJSON)
			if a.StatusCode >= 400 || test.status != 0 && a.StatusCode != test.status {
				t.Errorf("%s, who may %s: %d %s", name, test.what, a.StatusCode, a.body)
			}
		}
	}
}

// named is somebody who administers by their name.
func named() Person { return Person{Farm: farmName, Sub: "2", ID: 2, Name: "Named Operator"} }

// TestFarmOfAdministratorsUnknown: while it cannot be found out whose names the
// administrators' are, a name opens nothing, and a number does.
func TestFarmOfAdministratorsUnknown(t *testing.T) {
	p := newPeople(t, func(o *Options) {
		o.Login.Administrators = append(o.Login.Administrators, "User:"+named().Name)
		o.Login.Farm = func(context.Context) (string, error) { return "", &mwclient.StatusError{Status: 502, Wiki: "metawiki"} }
	})
	for _, test := range []struct {
		who    Person
		status int
	}{{named(), 503}, {admin(), 200}, {organizer(), 200}, {stranger(), 403}} {
		if a := p.as(t, test.who, http.MethodGet, "/v1/campaigns/"+libraries+"/participants", ""); a.StatusCode != test.status {
			t.Errorf("%s: %d, want %d: %s", test.who.Name, a.StatusCode, test.status, a.body)
		}
	}
}

// TestOrganizersAreAskedLive: what a wiki said is believed for a minute; where
// it does not answer then, nobody is let in; one who organizes no longer is not.
func TestOrganizersAreAskedLive(t *testing.T) {
	p := newPeople(t, nil)
	see := func() answered {
		return p.as(t, organizer(), http.MethodGet, "/v1/campaigns/"+libraries+"/participants", "")
	}
	for range 3 {
		if a := see(); a.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
	}
	if p.town.asked != 1 {
		t.Errorf("the wiki was asked %d times within a minute", p.town.asked)
	}
	p.town.set(func(t *town) { t.organizers[libraries] = nil })
	p.clock.add(organizersFresh - time.Second)
	if a := see(); a.StatusCode != http.StatusOK {
		t.Errorf("within the minute: %d", a.StatusCode)
	}
	p.clock.add(time.Second)
	if a := see(); a.StatusCode != http.StatusForbidden {
		t.Errorf("an organizer of former days: %d", a.StatusCode)
	}
	p.clock.add(organizersFresh)
	for _, err := range []error{
		&mwclient.StatusError{Status: 502, Wiki: "metawiki"}, &mwclient.RateLimitError{Wiki: "metawiki", Reason: "maxlag"},
		context.DeadlineExceeded, mwclient.ErrNoContact, fmt.Errorf("dial tcp: connection refused to db-7.internal"),
	} {
		p.town.set(func(t *town) { t.err = err; t.organizers[libraries] = []int64{4711} })
		a := see()
		if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
			t.Errorf("%v: %d, Retry-After %q", err, a.StatusCode, a.Header.Get("Retry-After"))
		}
		if problem := a.problem(t); problem.Type != typeWiki || strings.Contains(problem.Detail, "db-7") {
			t.Errorf("%v: %+v", err, problem)
		}
	}
	p.town.set(func(t *town) { t.err = fmt.Errorf("event 101: %w", mwclient.ErrNotFound) })
	if a := see(); a.StatusCode != http.StatusForbidden {
		t.Errorf("an event that its wiki does not know: %d", a.StatusCode)
	}
}

// TestQuestionsToWikisAreBounded: nobody can have wikis asked without end about
// what they may do.
func TestQuestionsToWikisAreBounded(t *testing.T) {
	p := newPeople(t, nil)
	p.town.set(func(t *town) { t.err = &mwclient.StatusError{Status: 500, Wiki: "metawiki"} })
	statuses := map[int]int{}
	var last answered
	for range 40 {
		last = p.as(t, stranger(), http.MethodGet, "/v1/campaigns/"+libraries+"/participants", "")
		statuses[last.StatusCode]++
	}
	if statuses[503] != 30 || statuses[429] != 10 || p.town.asked != 30 || last.Header.Get("Retry-After") != "2" {
		t.Errorf("%v, asked %d times, Retry-After %q", statuses, p.town.asked, last.Header.Get("Retry-After"))
	}
	if a := p.as(t, otherOrganizer(), http.MethodGet, "/v1/campaigns/"+libraries+"/participants", ""); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("somebody else is held to the first one's number: %d", a.StatusCode)
	}
}
