package refresh

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
	"afterglow/service/refresh/source"
	"afterglow/service/store"
)

// Each refresh reads the source anew: who was added appears, who was removed
// leaves with their edits; a source that can no longer be read makes nobody leave.
func TestSourceIsReadAnew(t *testing.T) {
	s := spec(12)
	b := newBench(t, s, Options{})
	event, _ := b.farm.Event(101)
	page := func(from, to int, more string) {
		t.Helper()
		var text strings.Builder
		for _, p := range event.Participants[from:to] {
			fmt.Fprintf(&text, "# [[User:%s]]\n", p.Name)
		}
		must(t, b.farm.SetPage("metawiki", "People", text.String()+more))
	}
	page(0, 6, "# [[User:Nobody of this name]] [[User:192.0.2.1]]")
	tracked, err := b.r.TrackList(t.Context(), List{
		Title: "A page", Start: start, End: end, Wiki: b.wiki("metawiki"),
		From: source.Spec{Kind: source.Page, Title: "People"},
	})
	must(t, err)
	c := tracked.Campaign
	if c.ID != "list-a-page" || c.Source.Kind != "page" || !strings.HasSuffix(c.Source.URL, "/wiki/People") || tracked.People != 7 || tracked.LeftOut[source.Addresses] != 1 {
		t.Errorf("%+v", tracked)
	}
	unknown, err := b.r.ResolveList(t.Context(), c.ID, nil)
	must(t, err)
	if len(unknown) != 1 || unknown[0] != "Nobody of this name" {
		t.Errorf("unknown: %q", unknown)
	}
	b.farm.ResetStats()
	rep := b.refresh(c.ID)
	b.check(c.ID)
	if v := rep.Campaign.Coverage; v.Participants != 7 || v.Measured != 6 || v.NotFound != 1 {
		t.Errorf("coverage %+v", v)
	}
	if n := b.farm.Requests()["metawiki"][fakewiki.EndpointParse]; n != 0 {
		t.Errorf("the page was read %d times again at once", n)
	}

	// Also within the hour: what a refresh did that ended is not taken for this one's.
	page(0, 6, "")
	b.clock.t = b.clock.t.Add(time.Minute)
	if rep = b.refresh(c.ID); rep.Campaign.Coverage.NotFound != 0 || rep.People != 6 {
		t.Errorf("a refresh soon after does not read the page: %+v", rep.Campaign.Coverage)
	}

	page(2, 12, "")
	b.pass(day)
	b.restart(Options{})
	rep = b.refresh(c.ID)
	b.check(c.ID)
	if v := rep.Campaign.Coverage; v.Participants != 10 || v.Measured != 10 || rep.Left != 2 {
		t.Errorf("after the page was edited: coverage %+v, %d left", v, rep.Left)
	}
	reading, err := b.s.Reading(t.Context(), c.ID)
	must(t, err)
	if !reading.At.Equal(b.clock.t) || reading.LeftOut[string(source.Addresses)] != 0 {
		t.Errorf("the reading is %+v", reading)
	}
	b.pass(day)
	b.restart(Options{})
	revision := rep.Campaign.Revision
	if rep = b.refresh(c.ID); rep.Left != 0 || rep.People != 10 {
		t.Errorf("a page that did not change: %d people, %d left, revision %d after %d", rep.People, rep.Left, rep.Campaign.Revision, revision)
	}

	for name, text := range map[string]string{"blanked": "Vandals were here.", "deleted": ""} {
		must(t, b.farm.SetPage("metawiki", "People", text))
		b.pass(day)
		b.restart(Options{})
		_, err := b.r.Refresh(t.Context(), c.ID, nil)
		if !errors.Is(err, source.ErrEmpty) && !errors.Is(err, mwclient.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
		got, err := b.s.Campaign(t.Context(), c.ID)
		must(t, err)
		if got.State != store.Ready || got.LastError == "" || got.Coverage.Measured != 10 {
			t.Errorf("%s: %s, %q, %+v", name, got.State, got.LastError, got.Coverage)
		}
	}
}

// A page on a farm, a category, a course and a list of the same people give the
// same edits as the event.
func TestSourcesGiveTheSamePeople(t *testing.T) {
	b := newBench(t, spec(60), Options{})
	event, _ := b.farm.Event(101)
	var page, course strings.Builder
	var files []fakewiki.File
	var names []source.Person
	for i, p := range event.Participants {
		fmt.Fprintf(&page, "* [[User talk:%s]]\n", p.Name)
		fmt.Fprintf(&course, `,{"username":%q,"role":0,"enrolled_at":%q}`, p.Name, p.Registered.Format(time.RFC3339))
		files = append(files, fakewiki.File{Title: fmt.Sprintf("%d.jpg", i), Versions: []fakewiki.Version{{User: p.Name, Time: start.Add(time.Hour)}}})
		names = append(names, source.Person{Name: p.Name})
	}
	must(t, b.farm.SetPage("enwiki", "People", page.String()))
	must(t, b.farm.SetCategory("metawiki", fakewiki.Category{Title: "Contest", Files: files}))
	d := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"course":{"users":[{"username":"Teacher","role":1}%s]}}`, course.String())
	}))
	t.Cleanup(d.Close)
	dashboards, err := mwclient.New(mwclient.Options{})
	must(t, err)
	b.restart(Options{Dashboards: dashboards})
	id := b.track(101).ID
	b.refresh(id)
	want := edits(t, b, id)
	for _, l := range []List{
		{Title: "page", Wiki: b.wiki("enwiki"), From: source.Spec{Kind: source.Page, Title: "People"}},
		{Title: "category", Wiki: b.wiki("metawiki"), From: source.Spec{Kind: source.Category, Title: "Category:Contest"}},
		{Title: "course", Wiki: b.wiki("metawiki"), From: source.Spec{Kind: source.Course, URL: d.URL + "/courses/S/T"}},
		{Title: "list", Wiki: b.wiki("metawiki"), People: names},
	} {
		l.Start, l.End = start, end
		tracked, err := b.r.TrackList(t.Context(), l)
		must(t, err)
		rep := b.refresh(tracked.Campaign.ID)
		b.check(tracked.Campaign.ID)
		if got := edits(t, b, tracked.Campaign.ID); got != want || rep.Campaign.Coverage.Measured != 60 {
			t.Errorf("the %s: %d edits of %d people, the event has %d", l.Title, got, rep.Campaign.Coverage.Measured, want)
		}
	}
}

func TestTrackListRefusesSources(t *testing.T) {
	b := newBench(t, spec(5), Options{MaxParticipants: 3})
	must(t, b.farm.SetPage("metawiki", "Many", "[[User:A]] [[User:B]] [[User:C]] [[User:D]]"))
	must(t, b.farm.SetPage("metawiki", "None", "Nothing."))
	l := List{Title: "X", Start: start, End: end, Wiki: b.wiki("metawiki")}
	for title, want := range map[string]error{"Many": ErrTooMany, "None": store.ErrInvalid, "No such": mwclient.ErrNotFound} {
		l.From = source.Spec{Kind: source.Page, Title: title}
		if _, err := b.r.TrackList(t.Context(), l); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", title, err, want)
		}
	}
	l.From = source.Spec{Kind: source.Course, URL: "https://outreachdashboard.wmflabs.org/courses/S/T"}
	if _, err := b.r.TrackList(t.Context(), l); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("a course without a client: %v", err)
	}
	if _, err := b.s.Campaign(t.Context(), "list-x"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what was refused is tracked: %v", err)
	}
}

// A refresh that loses its network at any request, while the source is read or
// after, gives in the end what one gives that was never disturbed.
func TestSourceGoesOnWhereItStopped(t *testing.T) {
	farm, err := fakewiki.New(spec(70))
	must(t, err)
	t.Cleanup(farm.Close)
	event, _ := farm.Event(101)
	contest := fakewiki.Category{Title: "Contest", Told: 25}
	for i, p := range event.Participants {
		contest.Files = append(contest.Files, fakewiki.File{Title: fmt.Sprintf("%d.jpg", i), Versions: []fakewiki.Version{{User: p.Name, Time: start.Add(time.Hour)}}})
	}
	prepared := func() (*bench, string) {
		must(t, farm.SetCategory("metawiki", fakewiki.Category{Title: "Contest", Files: contest.Files[:40]}))
		b := onFarm(t, farm, Options{})
		tracked, err := b.r.TrackList(t.Context(), List{
			Title: "A category", Start: start, End: end, Wiki: b.wiki("metawiki"), From: source.Spec{Kind: source.Category, Title: "Contest"},
		})
		must(t, err)
		b.refresh(tracked.Campaign.ID)
		// Twenty leave, thirty come; it is too long ago to be taken for read.
		must(t, farm.SetCategory("metawiki", fakewiki.Category{Title: "Contest", Told: 25, Files: contest.Files[20:]}))
		b.clock.t = b.clock.t.Add(day)
		b.restart(Options{})
		return b, tracked.Campaign.ID
	}
	clean, id := prepared()
	farm.ResetStats()
	clean.refresh(id)
	requests := farm.Stats().Requests
	want := clean.print(id)
	for k := range requests {
		b, id := prepared()
		over := &stopper{}
		over.left.Store(int64(k))
		b.restartOver(Options{}, over)
		if _, err := b.r.Refresh(t.Context(), id, nil); err == nil {
			t.Fatalf("with %d requests of %d it did not fail", k, requests)
		}
		b.restart(Options{})
		b.refresh(id)
		differ(t, fmt.Sprintf("stopped at request %d of %d", k, requests), b.print(id), want)
	}
	t.Logf("stopped at each of %d requests", requests)
}
