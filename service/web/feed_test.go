package web

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"afterglow/retention"
	"afterglow/service/store"
)

// publish saves the figures of a campaign at a mark, as a refresh does.
func publish(t *testing.T, s *store.Store, id string, mark int) {
	t.Helper()
	ctx := t.Context()
	c, err := s.Campaign(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	cohort, err := s.Cohort(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []retention.Measure{retention.MeasureMarks, retention.MeasureRetention} {
		result, err := retention.Compute(cohort, m, retention.Default(), retention.Options{AsOf: c.AsOf, MinCell: 5})
		if err != nil {
			t.Fatal(err)
		}
		body, err := result.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		var head struct{ Definition, Coverage json.RawMessage }
		if err := json.Unmarshal(body, &head); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveSnapshot(ctx, store.Snapshot{
			Campaign: id, Kind: string(m), Mark: mark, Start: c.Start, End: c.End, AsOf: c.AsOf, Revision: c.Revision,
			Definition: head.Definition, Coverage: head.Coverage, Format: "json1", Body: body,
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSnapshots: what was published is shown again as it was, though the
// accounts have vanished since.
func TestSnapshots(t *testing.T) {
	p := newPeople(t, nil)
	was := p.get(t, chartPath(libraries, "marks.json"))
	if a := p.get(t, "/v1/campaigns/"+libraries+"/snapshots/1.json"); a.StatusCode != http.StatusNotFound || a.problem(t).Type != typeSnapshot {
		t.Errorf("before the mark: %d", a.StatusCode)
	}
	first := decode[campaignJSON](t, p.get(t, "/v1/campaigns/"+libraries))
	if first.Snapshots == nil || len(*first.Snapshots) != 0 {
		t.Errorf("before the mark: %+v", first.Snapshots)
	}
	publish(t, p.store, libraries, 1)
	p.clock.add(time.Second) // Freshness
	campaign := decode[campaignJSON](t, p.get(t, "/v1/campaigns/"+libraries))
	if links := campaign.Snapshots; links == nil || len(*links) != 1 || (*links)[0].Mark != 1 ||
		(*links)[0].Href != "https://afterglow.example.org/v1/campaigns/"+libraries+"/snapshots/1.json" {
		t.Errorf("%+v", links)
	}
	show := func() answered { return p.get(t, "/v1/campaigns/"+libraries+"/snapshots/1.json") }
	a := show()
	type snapshots struct {
		Mark      int
		Snapshots []struct {
			Chart   string
			AsOf    time.Time `json:"as_of"`
			Figures json.RawMessage
		}
	}
	got := decode[snapshots](t, a)
	if a.StatusCode != http.StatusOK || got.Mark != 1 || len(got.Snapshots) != 2 || got.Snapshots[0].Chart != "marks" ||
		strings.TrimSpace(string(was.body)) != string(got.Snapshots[0].Figures) {
		t.Errorf("%d %.600s\nwas %.600s", a.StatusCode, a.body, was.body)
	}
	if again := p.get(t, "/v1/campaigns/"+libraries+"/snapshots/1.json", "If-None-Match", a.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("with its tag: %d", again.StatusCode)
	}

	// Everybody goes.
	ctx := t.Context()
	listing, err := p.store.BeginList(ctx, libraries)
	if err == nil {
		_, _, err = p.store.EndList(ctx, libraries, listing, now)
	}
	if err == nil {
		_, err = p.store.EndRefresh(ctx, libraries, now, nil, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	p.clock.add(time.Second)
	if a := p.get(t, chartPath(libraries, "marks.json")); !strings.Contains(string(a.body), `"measured":0`) {
		t.Errorf("they have gone, and are measured: %s", a.body)
	}
	if after := decode[snapshots](t, show()); len(after.Snapshots) != 2 || string(after.Snapshots[0].Figures) != string(got.Snapshots[0].Figures) {
		t.Errorf("what was published has changed: %+v", after)
	}
	for address, want := range map[string]int{"snapshots/0.json": 404, "snapshots/3.json": 404, "snapshots/x.json": 404, "snapshots/1.json?x=1": 400, "snapshots/1.svg": 404} {
		if a := p.get(t, "/v1/campaigns/"+libraries+"/"+address); a.StatusCode != want {
			t.Errorf("%s: %d, want %d", address, a.StatusCode, want)
		}
	}
	if a := p.get(t, "/v1/campaigns/enwiki-101/snapshots/1.json"); a.StatusCode != http.StatusPermanentRedirect {
		t.Errorf("by another wiki of the farm: %d", a.StatusCode)
	}
}

// readFeed reads a feed back, and holds it to what RFC 4287 requires.
func readFeed(t *testing.T, a answered) atomFeed {
	t.Helper()
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != feedType || a.Header.Get("ETag") == "" {
		t.Fatalf("%d %v %s", a.StatusCode, a.Header, a.body)
	}
	var f atomFeed
	if err := xml.Unmarshal(a.body, &f); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	instant := func(s string) {
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			t.Error(err)
		}
	}
	instant(f.Updated)
	if !strings.HasPrefix(f.ID, "urn:uuid:") || f.Title == "" || f.Author.Name == "" || f.Lang == "" || len(f.Links) != 2 || f.Links[0].Rel != "self" {
		t.Errorf("%+v", f)
	}
	ids := map[string]bool{f.ID: true}
	for _, e := range f.Entries {
		instant(e.Updated)
		instant(e.Published)
		if ids[e.ID] || !strings.HasPrefix(e.ID, "urn:uuid:") || e.Title == "" || e.Summary == "" || e.Links[0].Rel != "alternate" {
			t.Errorf("%+v", e)
		}
		ids[e.ID] = true
	}
	return f
}

// TestFeed: each mark reached is one entry, for ever under the same id; text of
// titles cannot break the feed.
func TestFeed(t *testing.T) {
	p := newPeople(t, nil)
	if f := readFeed(t, p.get(t, "/v1/feed.atom")); len(f.Entries) != 0 {
		t.Errorf("nothing was reached: %+v", f.Entries)
	}
	publish(t, p.store, libraries, 1)
	p.clock.add(time.Hour)
	publish(t, p.store, nasty, 3)
	publish(t, p.store, tiny, 1)
	a := p.get(t, "/v1/feed.atom")
	f := readFeed(t, a)
	if len(f.Entries) != 3 || f.Updated != f.Entries[0].Updated {
		t.Fatalf("%+v", f)
	}
	byTitle := map[string]atomEntry{}
	for _, e := range f.Entries {
		byTitle[e.Title] = e
	}
	evil, ok := byTitle[nastyTitle+": 3 months after the end"]
	if !ok || strings.Contains(string(a.body), "<script") {
		t.Errorf("%s", a.body)
	}
	if !strings.Contains(evil.Summary, "of 60 participants edited in month 3") || evil.Links[0].Href != "https://afterglow.example.org/campaigns/"+nasty+"?uselang=en" {
		t.Errorf("%+v", evil)
	}
	if small := byTitle["Kleines Treffen: 1 month after the end"]; strings.Contains(small.Summary, "%") || small.Summary == "" {
		t.Errorf("of three people it says %q", small.Summary)
	}
	if again := p.get(t, "/v1/feed.atom", "If-None-Match", a.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("with its tag: %d", again.StatusCode)
	}

	// The ids are the same in another language, on another server for the same
	// address, and in the campaign's own feed; what is new comes first.
	german := readFeed(t, p.get(t, "/v1/feed.atom?uselang=de"))
	if german.Entries[0].ID != f.Entries[0].ID || german.Entries[0].Title == f.Entries[0].Title || german.Lang != "de" {
		t.Errorf("%+v", german.Entries[0])
	}
	p.clock.add(time.Hour)
	publish(t, p.store, libraries, 3)
	if stale := readFeed(t, p.get(t, "/v1/campaigns/"+libraries+"/feed.atom")); len(stale.Entries) != 2 || stale.ID == f.ID {
		t.Errorf("%+v", stale)
	}
	later := readFeed(t, p.get(t, "/v1/feed.atom"))
	if len(later.Entries) != 4 || later.Entries[0].Updated <= f.Entries[0].Updated {
		t.Fatalf("%+v", later)
	}
	for i, e := range f.Entries {
		if fmt.Sprintf("%+v", later.Entries[i+1]) != fmt.Sprintf("%+v", e) {
			t.Errorf("an entry has changed: %+v, was %+v", later.Entries[i+1], e)
		}
	}
	for address, want := range map[string]int{"/v1/feed.atom?x=1": 400, "/v1/feed.atom?uselang=!": 400, "/v1/campaigns/metawiki-999/feed.atom": 404} {
		if a := p.get(t, address); a.StatusCode != want {
			t.Errorf("%s: %d, want %d", address, a.StatusCode, want)
		}
	}
	bare := newFixture(t, nil) // neither an address nor snapshots
	readFeed(t, bare.get(t, "/v1/feed.atom"))
}
