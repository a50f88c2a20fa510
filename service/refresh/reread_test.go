package refresh

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
)

// starts notes since when contributions are asked for.
type starts struct {
	mu    sync.Mutex
	first time.Time
	asked int
}

func (s *starts) RoundTrip(req *http.Request) (*http.Response, error) {
	if text := req.URL.Query().Get("ucstart"); text != "" {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		s.asked++
		if s.first.IsZero() || at.Before(s.first) {
			s.first = at
		}
		s.mu.Unlock()
	}
	return http.DefaultTransport.RoundTrip(req)
}

// A refresh that follows another reads no edit older than 30 days before the mark
// of the one before, and in so doing sees what was reverted or deleted since.
func TestRereadsThirtyDaysAndNoMore(t *testing.T) {
	b := newBench(t, spec(130), Options{})
	id := b.track(101).ID
	mark := b.refresh(id).Campaign.AsOf
	b.pass(9 * time.Hour)
	over := &starts{}
	b.restartOver(Options{}, over)
	b.farm.ResetStats()
	b.refresh(id)
	if want := mark.Add(-30 * day); over.asked == 0 || over.first.Before(want) {
		t.Errorf("%d requests for contributions since %s, none may be before %s", over.asked, over.first, want)
	}
	for wiki, of := range b.farm.Requests() {
		if n := of[fakewiki.EndpointUserContribs]; n > ceil(130, 50) {
			t.Errorf("%d requests for contributions on %s, at most %d", n, wiki, ceil(130, 50))
		}
	}
	if n := b.farm.Requests()["metawiki"][fakewiki.EndpointParticipants]; n > ceil(130, 20)+1 {
		t.Errorf("%d requests for the list", n)
	}
	b.check(id)
}
