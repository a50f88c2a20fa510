package refresh

import (
	"net/http"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
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
	for _, off := range []time.Duration{5 * time.Hour, 40 * time.Minute, -3 * time.Hour, 26 * time.Hour} {
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
				b.check(id)
				b.pass(12 * time.Hour)
				b.restartOver(Options{}, over)
				b.refresh(id)
				b.check(id)
			}
			b.pass(2 * day)
			b.restartOver(Options{}, over)
			b.refresh(id)
			got := b.packed(id)
			fresh := onFarm(t, b.farm, Options{})
			fresh.restartOver(Options{}, over)
			fresh.track(101)
			fresh.refresh(id)
			differ(t, "with a wrong clock", got, fresh.packed(id))
		})
	}
}
