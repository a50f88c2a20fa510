package mwclient

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestEvents: captured events, in UTC.
func TestEvents(t *testing.T) {
	for _, test := range []struct {
		capture    string
		want       Event
		start, end string
	}{
		{"event_get_libraries", Event{ID: 101, Name: "Wiki Loves Libraries 2025", Page: "Event:Wiki Loves Libraries 2025", PageWiki: "metawiki", Status: "open", Timezone: "UTC"},
			"2025-01-11T09:00:00Z", "2025-01-12T17:00:00Z"},
		{"event_get_arabic", Event{ID: 104, Name: "تحدي الكتابة العربية", Page: "Event:تحدي الكتابة العربية", PageWiki: "metawiki", Status: "open", Timezone: "+03:00"},
			"2025-04-10T05:00:00Z", "2025-04-20T17:00:00Z"},
		{"event_get_enmonth", Event{ID: 108, Name: "English Wikipedia Campaign Month", Page: "Event:English Wikipedia Campaign Month", PageWiki: "enwiki", Status: "open", Timezone: ""}, "", ""},
	} {
		t.Run(test.capture, func(t *testing.T) {
			s := newReplay(t, captures(t, test.capture))
			c, _ := newTestClient(t, Options{})
			got, err := mustWiki(t, c, s.URL).Event(t.Context(), test.want.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got.Name != test.want.Name || got.Page != test.want.Page || got.PageWiki != test.want.PageWiki || got.Status != test.want.Status {
				t.Errorf("got %+v", got)
			}
			if test.start != "" && (got.Start.Format(time.RFC3339) != test.start || got.End.Format(time.RFC3339) != test.end) {
				t.Errorf("from %v to %v", got.Start, got.End)
			}
			if got.Wikis != nil || got.IsTest {
				t.Errorf("1.43 does not say %v, %v", got.Wikis, got.IsTest)
			}
			if path := s.requests()[0].path; !strings.HasPrefix(path, "/w/rest.php/campaignevents/v0/event_registration/") {
				t.Errorf("asked %s", path)
			}
		})
	}
}

// TestEventRows: what newer wikis add, and what makes no sense.
func TestEventRows(t *testing.T) {
	base := func(zone, start, end, more string) string {
		return `{"id":7,"name":"N","event_page":"Event:N","event_page_wiki":"metawiki","status":"closed","timezone":"` + zone +
			`","start_time":"` + start + `","end_time":"` + end + `"` + more + `}`
	}
	for _, test := range []struct {
		name, body string
		bad        string // in the error
		wikis      int
	}{
		{"newer", base("Asia/Kolkata", "20250101000000", "20250102000000", `,"wikis":["enwiki","hiwiki"],"is_test_event":true,"meeting_url":"https://secret"`), "", 2},
		{"all wikis", base("UTC", "20250101000000", "20250101000000", `,"wikis":["*"]`), "", 1},
		{"all wikis, as text", base("UTC", "20250101000000", "20250101000000", `,"wikis":"*"`), "", 1},
		{"no wikis", base("UTC", "20250101000000", "20250101000000", `,"wikis":null`), "", 0},
		{"unknown zone", base("Mars/Olympus", "20250101000000", "20250102000000", ""), `"Mars/Olympus"`, 0},
		{"the machine's zone", base("Local", "20250101000000", "20250102000000", ""), `"Local"`, 0},
		{"no zone", base("", "20250101000000", "20250102000000", ""), `""`, 0},
		{"a path", base("../../etc/passwd", "20250101000000", "20250102000000", ""), "etc/passwd", 0},
		{"end before start", base("UTC", "20250102000000", "20250101000000", ""), "before it starts", 0},
		{"no time", base("UTC", "2025", "20250101000000", ""), "14 digits", 0},
		{"no such day", base("UTC", "20250230000000", "20250301000000", ""), "20250230000000", 0},
		{"another event", strings.Replace(base("UTC", "20250101000000", "20250102000000", ""), `"id":7`, `"id":8`, 1), "event 8", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newReplay(t, func(rw http.ResponseWriter, _ asked, _ int) { sayJSON(rw, test.body) })
			c, _ := newTestClient(t, Options{})
			got, err := mustWiki(t, c, s.URL).Event(t.Context(), 7)
			if test.bad != "" {
				var response *ResponseError
				if err == nil || !strings.Contains(err.Error(), test.bad) || (!errors.Is(err, ErrEvent) && !errors.As(err, &response)) {
					t.Errorf("got %v", err)
				}
				if !got.Start.IsZero() || !got.End.IsZero() {
					t.Errorf("it has dates nevertheless: %+v", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Wikis) != test.wikis || got.Status != "closed" || got.Start.Location() != time.UTC {
				t.Errorf("got %+v", got)
			}
			if test.name == "newer" && (!got.IsTest || got.Start.Format(time.RFC3339) != "2024-12-31T18:30:00Z") {
				t.Errorf("got %+v", got)
			}
		})
	}
	c, _ := newTestClient(t, Options{})
	for _, id := range []int64{0, -1} {
		if _, err := mustWiki(t, c, "http://127.0.0.1:1").Event(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("event %d: %v", id, err)
		}
	}
}

// TestParticipants: six captured pages, to the short one, with a hidden and a
// vanished person.
func TestParticipants(t *testing.T) {
	pages := []string{"", "", "", "", "", ""}
	for i := range pages {
		pages[i] = "participants_anon_walk_page0" + string(rune('1'+i))
	}
	s := newReplay(t, captures(t, pages...))
	c, _ := newTestClient(t, Options{})
	w := mustWiki(t, c, s.URL)
	var got []Participant
	for p, err := range w.Participants(t.Context(), 101) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p)
	}
	if len(got) != 114 {
		t.Fatalf("%d participants, want 114", len(got))
	}
	hidden, gone := 0, 0
	for i, p := range got {
		switch {
		case p.Hidden:
			hidden++
		case p.NotFound:
			gone++
		case p.Name == "":
			t.Errorf("participant %d has no name", p.ParticipantID)
		}
		if p.UserID == 0 || p.RegisteredAt.Year() < 2024 || (i > 0 && p.ParticipantID <= got[i-1].ParticipantID) {
			t.Errorf("got %+v", p)
		}
	}
	if hidden != 1 || gone != 1 {
		t.Errorf("%d hidden, %d not found", hidden, gone)
	}
	// Each request is the one that was captured.
	for i, r := range s.requests() {
		want := loadCapture(t, pages[i]).query(t)
		if r.form.Encode() != want.Encode() {
			t.Errorf("page %d: asked %v, want %v", i+1, r.form, want)
		}
	}
	if n := c.Stats().Total; n.Requests != 6 || n.Rows != 114 {
		t.Errorf("stats %+v", n)
	}
}

// TestParticipantsEnd: where the list ends, and that one may stop before.
func TestParticipantsEnd(t *testing.T) {
	count := func(answer answerer, most int) (n, requests int, err error) {
		s := newReplay(t, answer)
		c, _ := newTestClient(t, Options{})
		for _, e := range mustWiki(t, c, s.URL).Participants(t.Context(), 101) {
			if e != nil {
				return n, len(s.requests()), e
			}
			if n++; n == most {
				break
			}
		}
		return n, len(s.requests()), nil
	}
	for _, test := range []struct {
		name        string
		answer      answerer
		most        int
		n, requests int
	}{
		{"a full last page", captures(t, "participants_20_walk_page01", "participants_20_walk_page02"), -1, 20, 2},
		{"nobody", captures(t, "participants_empty_event"), -1, 0, 1},
		{"a deleted event", captures(t, "participants_deleted_event"), -1, 2, 1},
		{"enough", captures(t, "participants_20_walk_page01", "participants_20_walk_page02"), 5, 5, 1},
		{"enough, at the end of a page", captures(t, "participants_20_walk_page01", "participants_20_walk_page02"), 20, 20, 1},
		{"private ones are not kept", func(rw http.ResponseWriter, _ asked, _ int) {
			sayJSON(rw, `[{"participant_id":1,"user_id":5,"user_registered_at":"20250101000000","private":true,"user_name":"P"}]`)
		}, -1, 0, 1},
	} {
		n, requests, err := count(test.answer, test.most)
		if err != nil || n != test.n || requests != test.requests {
			t.Errorf("%s: %d people in %d requests, %v", test.name, n, requests, err)
		}
	}
	var bad *ResponseError
	_, requests, err := count(captures(t, "participants_20_walk_page01"), -1)
	if !errors.As(err, &bad) || requests != 2 {
		t.Errorf("the same page again and again: %v after %d requests", err, requests)
	}
	if _, _, err = count(func(rw http.ResponseWriter, _ asked, _ int) {
		sayJSON(rw, `[{"participant_id":1,"user_id":5,"user_registered_at":"yesterday","private":false,"user_name":"P"}]`)
	}, -1); !errors.As(err, &bad) {
		t.Errorf("no time: %v", err)
	}
	if _, _, err = count(captures(t, "participants_nonexistent"), -1); !errors.Is(err, ErrNotFound) {
		t.Errorf("no event: %v", err)
	}
}

func TestOrganizers(t *testing.T) {
	nasty := loadCapture(t, "organizers_nasty")
	s := newReplay(t, func(rw http.ResponseWriter, r asked, _ int) {
		if r.form.Get("last_organizer_id") == "" {
			nasty.play(t, rw)
			return
		}
		sayJSON(rw, "[]")
	})
	c, _ := newTestClient(t, Options{})
	var got []Organizer
	for o, err := range mustWiki(t, c, s.URL).Organizers(t.Context(), 103) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o)
	}
	if len(got) != 2 || got[0].Name == "" || got[0].UserID == 0 || len(got[0].Roles) == 0 || got[0].Roles[0] != "creator" {
		t.Errorf("got %+v", got)
	}
}

// TestZones: names and offsets.
func TestZones(t *testing.T) {
	at := time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC)
	for name, want := range map[string]time.Duration{
		"UTC": 0, "utc": 0, "Z": 0, "GMT": 0, "+00:00": 0, "+03:00": 3 * time.Hour, "-0530": -(5*time.Hour + 30*time.Minute), "+3": 3 * time.Hour,
		"+05:45": 5*time.Hour + 45*time.Minute, "UTC+2": 2 * time.Hour, "GMT-3": -3 * time.Hour, "-11:00": -11 * time.Hour, "+14:00": 14 * time.Hour,
		"+01:23:45":    time.Hour + 23*time.Minute + 45*time.Second,
		"Europe/Paris": 2 * time.Hour, "America/New_York": -4 * time.Hour, "Asia/Kathmandu": 5*time.Hour + 45*time.Minute, "Etc/GMT+5": -5 * time.Hour,
	} {
		zone, err := parseZone(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := offsetAt(at, zone); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	for _, name := range []string{"", "Local", "local", "Nowhere/City", "+25:00", "+03:99", "+", "03:00", "+3:0", "../UTC", "/etc/localtime", "Europe/Paris\x00", strings.Repeat("A/", 500)} {
		if zone, err := parseZone(name); !errors.Is(err, ErrEvent) || !strings.Contains(err.Error(), "unknown time zone") {
			t.Errorf("%q: %v, %v", name, zone, err)
		}
	}
}

// TestLocalTimes: as PHP reads them where clocks change.
func TestLocalTimes(t *testing.T) {
	for _, test := range []struct{ zone, local, want, why string }{
		{"America/New_York", "20250115120000", "2025-01-15T17:00:00Z", "winter"},
		{"America/New_York", "20250715120000", "2025-07-15T16:00:00Z", "summer"},
		{"America/New_York", "20250309015959", "2025-03-09T06:59:59Z", "before the gap"},
		{"America/New_York", "20250309023000", "2025-03-09T07:30:00Z", "in the gap: half past three, summer time"},
		{"America/New_York", "20250309030000", "2025-03-09T07:00:00Z", "after the gap"},
		{"America/New_York", "20251102005959", "2025-11-02T04:59:59Z", "before it is twice"},
		{"America/New_York", "20251102013000", "2025-11-02T05:30:00Z", "twice: the first"},
		{"America/New_York", "20251102020000", "2025-11-02T07:00:00Z", "after it was twice"},
		{"Europe/Berlin", "20250330023000", "2025-03-30T01:30:00Z", "in the gap"},
		{"Europe/Berlin", "20251026023000", "2025-10-26T00:30:00Z", "twice: the first"},
		{"Australia/Lord_Howe", "20250406014500", "2025-04-05T14:45:00Z", "half an hour twice: the first"},
		{"Pacific/Apia", "20111230120000", "2011-12-30T22:00:00Z", "a day that was left out"},
		{"Asia/Kathmandu", "20250101000000", "2024-12-31T18:15:00Z", "no change"},
	} {
		zone, err := parseZone(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		got, err := localTime(test.local, zone)
		if err != nil || got.Format(time.RFC3339) != test.want {
			t.Errorf("%s %s (%s): %v %v, want %s", test.zone, test.local, test.why, got.Format(time.RFC3339), err, test.want)
		}
	}
}

// FuzzEventTimes: no zone or time panics, and a time that exists shows on the
// zone's clocks as it was written.
func FuzzEventTimes(f *testing.F) {
	f.Add("Europe/Paris", "20250330023000")
	f.Add("+03:00", "20250101000000")
	f.Add("Local", "00000000000000")
	f.Fuzz(func(t *testing.T, name, digits string) {
		zone, err := parseZone(name)
		if err != nil {
			return
		}
		at, err := localTime(digits, zone)
		if err != nil {
			return
		}
		if got := at.In(zone).Format("20060102150405"); got != digits && offsetAt(at.Add(-24*time.Hour), zone) == offsetAt(at.Add(24*time.Hour), zone) {
			t.Errorf("%q at %q became %s", digits, name, got)
		}
	})
}
