package web

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"golang.org/x/time/rate"
)

// rateLimits bounds how often somebody may have a wiki asked in their name. Each
// process counts for itself.
type rateLimits struct {
	tracks    *rateLimit // campaigns tracked or changed
	refreshes *rateLimit // refreshes asked for
	checks    *rateLimit // questions to wikis about somebody's rights
	logins    *rateLimit // codes shown to the wiki, by address: a class may sign in at once
	addresses *rateLimit // requests of any kind, by address; nil: any number
}

func newRateLimits(o Options) rateLimits {
	l := rateLimits{
		tracks:    newRateLimit("campaigns to track", 20, time.Hour/30),
		refreshes: newRateLimit("refreshes", 10, time.Hour/20),
		checks:    newRateLimit("questions about who organizes an event", 30, 2*time.Second),
		logins:    newRateLimit("sign-ins", 60, 2*time.Second),
	}
	if o.AddressRate > 0 && o.AddressBurst > 0 {
		l.addresses = newRateLimit("requests", o.AddressBurst, time.Second/time.Duration(o.AddressRate))
	}
	return l
}

// rateLimit is a bucket of tokens for each key.
type rateLimit struct {
	what    string
	burst   int
	every   time.Duration // after which a token is there again
	buckets *lru[*rate.Limiter]
}

// mostBuckets bounds the keys that are remembered. A bucket that is forgotten
// was not used for longer than those of all these keys.
const mostBuckets = 10_000

func newRateLimit(what string, burst int, every time.Duration) *rateLimit {
	return &rateLimit{what: what, burst: burst, every: every, buckets: newLRU[*rate.Limiter](mostBuckets)}
}

// allow takes a token of a key's, or returns a problem that says when there is
// one again.
func (l *rateLimit) allow(key string, now time.Time) error {
	bucket := l.buckets.getOrPut(key, func() *rate.Limiter { return rate.NewLimiter(rate.Every(l.every), l.burst) })
	if bucket.AllowN(now, 1) {
		return nil // as nearly always; it costs less than to reserve
	}
	reserved := bucket.ReserveN(now, 1)
	wait := reserved.DelayFrom(now)
	if wait == 0 {
		return nil
	}
	reserved.CancelAt(now)
	return tooOften(fmt.Sprintf("at most %d %s at once, and then one every %s", l.burst, l.what, l.every), wait)
}

// tooOften is a 429.
func tooOften(detail string, wait time.Duration) *problem {
	return &problem{
		Type: typeTooOften, Title: "Not so often", Status: http.StatusTooManyRequests,
		Detail: detail, retryAfter: max(1, int(math.Ceil(wait.Seconds()))),
	}
}
