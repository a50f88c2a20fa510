//go:build linux

package pipeline

import (
	"context"
	"strings"
	"testing"

	"afterglow/mwclient/fakewiki"
	"afterglow/service/store"
)

// A wiki that is down for the whole run: exit code 3, the others are read, and
// coverage says which is missing. Once it is up again, nothing is.
func TestWikiDownForTheWholeRun(t *testing.T) {
	farm := farmOf(t, nil, 120)
	want, _ := undisturbed(t, farm)
	s := onFile(t, farm)
	ids := s.track()
	farm.SetFaults(fakewiki.Faults{Down: []string{"commonswiki"}})
	said := s.run(3, "refresh", "--all")
	if !strings.Contains(said, "commonswiki") || strings.Contains(said, "enwiki for") {
		t.Errorf("said %s", said)
	}
	db := s.open()
	for _, id := range ids {
		c, err := db.Campaign(context.Background(), id)
		if err != nil || c.State != store.Ready || strings.Join(c.Coverage.WikisFailed, " ") != "commonswiki" ||
			strings.Join(c.Coverage.Wikis, " ") != "enwiki metawiki" || c.Coverage.Active == 0 {
			t.Errorf("%s: %s, %+v (%v)", id, c.State, c.Coverage, err)
		}
		kept, err := db.Snapshots(context.Background(), id)
		if err != nil || len(kept) > 0 {
			t.Errorf("%s: %d snapshots of what is not complete (%v)", id, len(kept), err)
		}
	}
	farm.SetFaults(fakewiki.Faults{})
	s.run(0, "refresh", "--all")
	s.same("up again", want)
}

// Answers that say to go on where the request was, or do not say to go on, that end in the middle, or whose
// connection breaks, lose and double nothing.
func TestContinuationLost(t *testing.T) {
	farm := farmOf(t, nil, 150)
	want, _ := undisturbed(t, farm)
	for _, kind := range []fakewiki.Kind{fakewiki.RepeatContinue, fakewiki.DropContinue, fakewiki.Truncated, fakewiki.Reset} {
		s := onFile(t, farm)
		s.track()
		farm.SetFaults(fakewiki.Faults{Seed: 4, Rules: []fakewiki.Rule{{Kind: kind, Probability: .3, First: 4, Times: 1}}})
		s.run(0, "refresh", "--all")
		if n := farm.Stats().Faults; n < 3 {
			t.Errorf("%s struck %d times", kind, n)
		}
		farm.SetFaults(fakewiki.Faults{})
		s.same(string(kind), want)
	}
}
