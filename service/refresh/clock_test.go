package refresh

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
	"afterglow/service/refresh/source"
)

// dated gives answers the farm's time as their date, as a wiki's own clock does.
type dated struct{ farm *fakewiki.Farm }

func (d dated) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err == nil {
		resp.Header.Set("Date", d.farm.Now().Format(http.TimeFormat))
	}
	return resp, err
}

// A worker whose clock is hours ahead, or behind, between two whose clocks are
// right: no edit is lost, none is doubled, and no data is said to be newer than it is.
func TestClocksThatAreWrong(t *testing.T) {
	for _, off := range []time.Duration{5 * time.Hour, 40 * time.Minute, -3 * time.Hour, 26 * time.Hour, 365 * day} {
		t.Run(off.String(), func(t *testing.T) {
			s := spec(100)
			s.Now = end.Add(40 * day)
			b := newBench(t, s, Options{})
			over := dated{b.farm}
			b.restartOver(Options{}, over)
			id := b.track(101).ID
			b.refresh(id)
			for range 3 {
				b.pass(12 * time.Hour)
				b.clock.t = b.clock.t.Add(off)
				b.restartOver(Options{}, over)
				c := b.refresh(id).Campaign
				b.clock.t = b.clock.t.Add(-off)
				if c.AsOf.After(b.farm.Now()) {
					t.Fatalf("as of %s, the wikis' time is %s", c.AsOf, b.farm.Now())
				}
				if c.Refreshed.After(b.farm.Now()) {
					t.Fatalf("refreshed at %s, the wikis' time is %s", c.Refreshed, b.farm.Now())
				}
				b.check(id)
				b.pass(12 * time.Hour)
				b.restartOver(Options{}, over)
				b.refresh(id)
				b.check(id)
			}
			b.pass(2 * day)
			b.restartOver(Options{}, over)
			b.refresh(id)
			got := b.print(id) + b.packed(id)
			fresh := onFarm(t, b.farm, Options{})
			fresh.restartOver(Options{}, over)
			fresh.track(101)
			fresh.refresh(id)
			differ(t, "with a wrong clock", got, fresh.print(id)+fresh.packed(id))
		})
	}
}

// What a worker whose clock is a year ahead has refreshed is due again an interval
// later by a right clock, which then reads its list anew.
func TestRefreshedByAClockAYearAhead(t *testing.T) {
	b := newBench(t, spec(12), Options{})
	event, _ := b.farm.Event(101)
	page := func(people int) {
		var text strings.Builder
		for _, p := range event.Participants[:people] {
			fmt.Fprintf(&text, "# [[User:%s]]\n", p.Name)
		}
		must(t, b.farm.SetPage("metawiki", "People", text.String()))
	}
	page(6)
	over := dated{b.farm}
	b.restartOver(Options{}, over)
	tracked, err := b.r.TrackList(t.Context(), List{
		Title: "A page", Start: start, End: end, Wiki: b.wiki("metawiki"), From: source.Spec{Kind: source.Page, Title: "People"},
	})
	must(t, err)
	id := tracked.Campaign.ID
	b.refresh(id)
	due := func() (ids []string) {
		for c, err := range b.s.Due(t.Context(), b.clock.t, day) {
			must(t, err)
			ids = append(ids, c.ID)
		}
		return ids
	}

	b.pass(day)
	b.clock.t = b.clock.t.Add(365 * day)
	b.restartOver(Options{}, over)
	b.refresh(id)
	b.clock.t = b.clock.t.Add(-365 * day)
	if ids := due(); len(ids) != 0 {
		t.Errorf("%v is due at once", ids)
	}
	page(9)
	b.pass(day)
	if ids := due(); len(ids) != 1 || ids[0] != id {
		t.Errorf("due a day after: %v", ids)
	}
	b.restartOver(Options{}, over)
	if rep := b.refresh(id); rep.People != 9 || rep.Campaign.Coverage.Measured != 9 {
		t.Errorf("a page that lists 9: %d people, %+v", rep.People, rep.Campaign.Coverage)
	}
	b.check(id)
}
