package mwclient

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// class says what a failed try means for the next one.
type class int

const (
	final     class = iota // trying again would not help
	refused                // nobody listens
	broken                 // the connection failed or timed out
	passing                // the server has trouble
	garbled                // the answer was cut off, is too large, or is not what it says it is
	throttled              // the wiki asks for patience
)

// tries is how many failures of a class are borne before giving up, all classes
// together being bounded by Options.MaxRetries.
func (c class) tries() int {
	switch c {
	case refused:
		return 2
	case broken, passing:
		return 6
	case garbled, throttled:
		return 1 << 20
	case final:
	}
	return 0
}

// fault is why a try failed.
type fault struct {
	err        error
	class      class
	reason     string        // for logs: "429", "maxlag", "cut off"
	retryAfter time.Duration // what the wiki asked for; negative if it named no time
}

// The waits between tries: full jitter over a doubling bound
// (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
const (
	firstWait     = 500 * time.Millisecond
	longestWait   = 30 * time.Second
	wikimediaWait = time.Minute     // where Wikimedia's gateway names no time
	longestAsked  = 5 * time.Minute // patience beyond this is a RateLimitError
)

// jitter returns a random time in [0, most].
type jitter func(most time.Duration) time.Duration

func randomJitter(most time.Duration) time.Duration {
	return rand.N(most + 1) //nolint:gosec // nothing secret hangs on it
}

// pause is how long to wait after try number n, from 0, failed.
func (f *fault) pause(n int, host string, spread jitter) time.Duration {
	bound := longestWait
	if n < 6 {
		bound = min(longestWait, firstWait<<n)
	}
	wait := spread(bound)
	switch {
	case f.class != throttled:
		return wait
	case f.retryAfter >= 0:
		// Beyond what was asked, so that not everybody comes back at once.
		return f.retryAfter + wait
	case isWikimedia(host):
		return wikimediaWait + wait
	}
	return firstWait + wait
}

// retryAfter reads the header of that name: seconds, or a date, which is
// measured from the answer's own Date so that clocks need not agree. It returns
// -1 where there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if value == "" {
		return -1
	}
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		if seconds < 0 {
			return -1
		}
		return time.Duration(min(seconds, int64(24*time.Hour/time.Second))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return -1
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return min(max(at.Sub(now), 0), 24*time.Hour)
}
