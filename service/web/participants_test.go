package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"afterglow/retention"
	"afterglow/service/store"
)

// memberPage is an answer of /participants.
type memberPage struct {
	Campaign     retention.Campaign
	Participants []participantJSON
	Next         *string
}

// TestParticipants: an organizer sees everyone once, page by page, and their
// own figures add up to those that everybody sees.
func TestParticipants(t *testing.T) {
	p := newPeople(t, nil)
	address := "/v1/campaigns/" + libraries + "/participants?limit=50"
	seen := map[int64]participantJSON{}
	pages, cursor := 0, ""
	for {
		a := p.as(t, organizer(), http.MethodGet, address+cursor, "")
		if a.StatusCode != http.StatusOK || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("ETag") != "" || a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Fatalf("%d %v", a.StatusCode, a.Header)
		}
		got := decode[memberPage](t, a)
		pages++
		for _, x := range got.Participants {
			if x.Account == nil || x.Name == nil || x.Activity == nil || len(x.Activity.Months) != 12 || x.HomeWiki == nil {
				t.Fatalf("%+v", x)
			}
			if _, twice := seen[*x.Account]; twice {
				t.Errorf("%d came twice", *x.Account)
			}
			seen[*x.Account] = x
		}
		if got.Next == nil {
			if a.Header.Get("Link") != "" {
				t.Errorf("Link %q on the last page", a.Header.Get("Link"))
			}
			break
		}
		contains(t, a.Header.Get("Link"), `rel="next"`, "cursor="+*got.Next)
		cursor = "&cursor=" + *got.Next
	}
	if len(seen) != 120 || pages != 3 {
		t.Errorf("%d people on %d pages", len(seen), pages)
	}
	marks := decode[struct {
		Points []struct {
			Group    string
			Month    int
			Retained *int
		}
	}](t, p.get(t, chartPath(libraries, "marks.json")))
	shown := map[int]int{}
	for _, point := range marks.Points {
		if point.Retained != nil && point.Group == "all" {
			shown[point.Month] = *point.Retained
		}
	}
	if len(shown) != 3 {
		t.Fatalf("marks %v", shown)
	}
	for month, want := range shown {
		retained := 0
		for _, x := range seen {
			if is := x.Activity.Retained[fmt.Sprint(month)]; is != nil && *is {
				retained++
			}
		}
		if retained != want {
			t.Errorf("month %d: %d by person, %d in the chart", month, retained, want)
		}
	}
	for _, x := range seen {
		if x.Activity.Retained["12"] != nil || x.Activity.Months[11] != nil {
			t.Fatalf("a month that has not ended is known: %+v", x.Activity)
		}
	}
}

// TestParticipantsWithoutAName: hidden people and those who are gone are never
// named, though the store may still know how they were called.
func TestParticipantsWithoutAName(t *testing.T) {
	p := newPeople(t, nil)
	ctx := t.Context()
	id := tiny
	p.town.set(func(t *town) { t.organizers[id] = []int64{4711} })
	before := decode[memberPage](t, p.as(t, organizer(), http.MethodGet, "/v1/campaigns/"+id+"/participants", ""))
	if len(before.Participants) != 3 {
		t.Fatalf("%+v", before)
	}
	listing, err := p.store.BeginList(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	var list []store.Participant
	for i, state := range []store.ParticipantState{store.Hidden, store.NotFound, store.Pending} {
		list = append(list, store.Participant{Account: *before.Participants[i].Account, Name: *before.Participants[i].Name, Joined: now, State: state})
	}
	if err := p.store.SaveParticipants(ctx, id, listing, list); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.store.EndList(ctx, id, listing, now); err != nil {
		t.Fatal(err)
	}
	a := p.as(t, organizer(), http.MethodGet, "/v1/campaigns/"+id+"/participants", "")
	for i := range 2 {
		if name := *before.Participants[i].Name; strings.Contains(string(a.body), `"`+name+`"`) {
			t.Errorf("%s is named: %s", name, a.body)
		}
	}
	for _, x := range decode[memberPage](t, a).Participants {
		unnamed := x.State == store.Hidden || x.State == store.NotFound
		if unnamed && (x.Account != nil || x.Name != nil || x.Registered != nil || x.HomeWiki != nil || x.Activity != nil) {
			t.Errorf("%+v", x)
		}
		if !unnamed && x.Name == nil {
			t.Errorf("%+v", x)
		}
	}
}

func TestParticipantsRefuse(t *testing.T) {
	p := newPeople(t, nil)
	for query, parameter := range map[string]string{
		"limit=0": "limit", "limit=501": "limit", "cursor=": "cursor", "cursor=!": "cursor", "cursor=00": "cursor", "x=1": "x",
		"cursor=zzzzzzzzzzzzzzzzzzzz": "cursor",
	} {
		a := p.as(t, organizer(), http.MethodGet, "/v1/campaigns/"+libraries+"/participants?"+query, "")
		if problem := a.problem(t); a.StatusCode != http.StatusBadRequest || problem.Parameter != parameter {
			t.Errorf("%s: %d %+v", query, a.StatusCode, problem)
		}
	}
	a := p.as(t, admin(), http.MethodGet, "/v1/campaigns/"+measuring+"/participants", "")
	if got := decode[memberPage](t, a); a.StatusCode != http.StatusOK || len(got.Participants) != 0 {
		t.Errorf("one that is being read: %d %s", a.StatusCode, a.body)
	}
}
