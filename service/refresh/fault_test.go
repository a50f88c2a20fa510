package refresh

import (
	"fmt"
	"testing"

	"afterglow/mwclient/fakewiki"
)

// odd is a farm whose event has people of every odd kind.
func odd(people int) fakewiki.Spec {
	s := spec(people)
	e := &s.Events[0]
	e.Names = fakewiki.Mixed
	e.Timezone = "+03:00"
	e.Odd = fakewiki.Odd{Hidden: 2, NotFound: 3, Locked: 2, Renamed: 4, Vanished: 2, Bots: 2, NullDate: 2}
	s.Events = append(s.Events, fakewiki.EventSpec{
		ID: 102, Title: "A second", Start: start.Add(60 * day), End: end.Add(60 * day), Participants: 40, NewcomerShare: .2, RepeatShare: .8,
		EditsPerPerson: 15,
	})
	return s
}

// Every transient fault gives the same cohort as none, byte for byte.
func TestFaultsChangeNothing(t *testing.T) {
	farm, err := fakewiki.New(odd(160))
	must(t, err)
	t.Cleanup(farm.Close)
	clean := onFarm(t, farm, Options{})
	id := clean.track(101).ID
	clean.refresh(id)
	want := clean.print(id)

	all := []fakewiki.Kind{
		fakewiki.TooMany, fakewiki.TooManyBare, fakewiki.Unavailable, fakewiki.MaxLag, fakewiki.RateLimited, fakewiki.ReadOnly,
		fakewiki.Truncated, fakewiki.Reset, fakewiki.Slow, fakewiki.Warnings, fakewiki.RepeatContinue, fakewiki.DropContinue, fakewiki.BadGzip, fakewiki.Oversized,
	}
	run := func(t *testing.T, rules ...fakewiki.Rule) {
		b := onFarm(t, farm, Options{})
		farm.ResetStats()
		farm.SetFaults(fakewiki.Faults{Seed: 3, Rules: rules})
		t.Cleanup(func() { farm.SetFaults(fakewiki.Faults{}) })
		b.track(101)
		b.refresh(id)
		if n := farm.Stats().Faults; n < 2 {
			t.Errorf("only %d faults struck", n)
		}
		differ(t, "with faults", b.print(id), want)
	}
	for _, kind := range all {
		t.Run(string(kind), func(t *testing.T) {
			run(t, fakewiki.Rule{Kind: kind, Probability: .5, First: 3, Bytes: 20 << 20, Delay: 1e6})
		})
	}
	t.Run("all at once", func(t *testing.T) {
		var rules []fakewiki.Rule
		for _, kind := range all {
			rules = append(rules, fakewiki.Rule{Kind: kind, Probability: .15, Times: 1, Bytes: 20 << 20, Delay: 1e6})
		}
		run(t, rules...)
	})
}

// Accounts that are hidden, renamed, locked or lost while they are being read
// neither stop a refresh nor, once it is run again, change what it gives.
func TestAccountsChangeWhileTheyAreRead(t *testing.T) {
	for _, after := range []int{3, 9, 12, 14, 16} {
		t.Run(fmt.Sprint(after), func(t *testing.T) {
			b := newBench(t, spec(120), Options{})
			event, _ := b.farm.Event(101)
			name := func(i int) string { return event.Participants[i].Name }
			id := b.track(101).ID
			b.farm.SetFaults(fakewiki.Faults{Changes: []fakewiki.Change{
				{After: after, Name: name(0), To: fakewiki.Hidden},
				{After: after, Name: name(1), Rename: "Somebody else"},
				{After: after, Name: name(2), To: fakewiki.Locked},
				{After: after, Name: name(3), To: fakewiki.NotFound},
				{After: after + 1, Name: name(60), Rename: "Another one"},
			}})
			b.refresh(id)
			b.farm.SetFaults(fakewiki.Faults{})
			b.pass(day)
			b.restart(Options{})
			b.refresh(id)
			got := b.print(id)
			fresh := onFarm(t, b.farm, Options{})
			fresh.track(101)
			fresh.refresh(id)
			differ(t, "after changes", got, fresh.print(id))
		})
	}
}
