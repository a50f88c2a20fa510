package web

import (
	"strings"
	"testing"
	"time"
)

// TestPrivacySession: the page about privacy says how long a session lasts as
// it is configured, and nothing of sessions where nobody can sign in.
func TestPrivacySession(t *testing.T) {
	page := func(lifetime, idle time.Duration, query string) string {
		f := newFixture(t, func(o *Options) {
			o.BaseURL = testBase
			sessions, ok := o.Campaigns.(Sessions)
			if !ok {
				t.Fatal("the store keeps no sessions")
			}
			o.Login = loginOptions(t, sessions)
			o.Login.Lifetime, o.Login.Idle = lifetime, idle
		})
		return string(f.get(t, "/privacy"+query).body)
	}
	for _, c := range []struct {
		lifetime, idle time.Duration
		query, says    string
	}{
		{0, 0, "", "it lasts 7 days at most, and 1 day at most without a visit"},
		{12 * time.Hour, time.Hour, "", "it lasts 12 hours at most, and 1 hour at most without a visit"},
		{90 * time.Minute, 5*time.Minute + time.Second, "", "it lasts 90 minutes at most, and 6 minutes at most"},
		{48 * time.Hour, 26 * time.Hour, "?uselang=ar", "ومدتها القصوى يومان"},
	} {
		if body := page(c.lifetime, c.idle, c.query); !strings.Contains(body, c.says) {
			t.Errorf("%s and %s: the page does not say %q", c.lifetime, c.idle, c.says)
		}
	}
	open := string(newFixture(t, nil).get(t, "/privacy").body)
	if strings.Contains(open, "has a session") || !strings.Contains(open, "Readers get no cookie") {
		t.Error("where nobody can sign in the page speaks of sessions, or not of cookies")
	}
}
