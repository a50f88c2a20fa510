package mwclient

import (
	"net/http"
	"sync"
	"time"
)

// skews is how the wikis' clocks and this machine's differ, by host.
type skews struct {
	mu    sync.Mutex
	ahead map[string]time.Duration
}

// note compares an answer's date with the clock. A server's Date is when it made
// the answer, to the second.
// https://www.rfc-editor.org/rfc/rfc9110#name-date
func (s *skews) note(host string, header http.Header, clock Clock) {
	at, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	ahead := clock.Now().Sub(at)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ahead == nil || len(s.ahead) >= maxWikis {
		s.ahead = map[string]time.Duration{}
	}
	s.ahead[host] = ahead
}

// Ahead returns by how much this machine's clock was ahead of the wiki's when it
// last answered; negative where it was behind. The answer's way here is counted
// in. ok is false before the first answer.
func (w *Wiki) Ahead() (d time.Duration, ok bool) {
	host := w.Host()
	w.c.skews.mu.Lock()
	defer w.c.skews.mu.Unlock()
	d, ok = w.c.skews.ahead[host]
	return d, ok
}
