package refresh

import (
	"errors"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
	"afterglow/retention"
	"afterglow/service/store"
)

// person is an account of a dataset with edits on metawiki.
func account(name string, edits ...fakewiki.Edit) fakewiki.Account {
	return fakewiki.Account{Name: name, Registration: start.Add(-day), Home: "metawiki",
		Locals: []fakewiki.Local{{Wiki: "metawiki", Registration: start.Add(-day), Edits: edits}}}
}

// exact is a farm with one event of the given people, which starts long enough ago.
func exact(people ...fakewiki.Account) fakewiki.Spec {
	event := fakewiki.Event{ID: 101, Name: "Exact", Wiki: "metawiki", Timezone: "UTC", Start: start, End: end}
	for _, a := range people {
		event.Participants = append(event.Participants, fakewiki.Participant{Name: a.Name, Registered: start})
	}
	return fakewiki.Spec{
		Now: testNow, CentralAuth: true, GlobalUsers: true, Recent: true,
		Wikis: []fakewiki.WikiSpec{{DB: "metawiki", Code: "special"}, {DB: "enwiki"}},
		Exact: &fakewiki.Dataset{Accounts: people, Events: []fakewiki.Event{event}},
	}
}

func at(t time.Time) fakewiki.Edit { return fakewiki.Edit{Time: t.Unix()} }

// Reverts and deletions up to 30 days after the last reading are seen, and only
// those 30 days are read again.
func TestLateRevertsAndDeletions(t *testing.T) {
	old, recent := testNow.Add(-100*day), testNow.Add(-20*day)
	reverted, deleted := at(recent), at(recent.Add(time.Hour))
	reverted.RevertedAt = testNow.Add(5 * day).Unix()
	deleted.DeletedAt = testNow.Add(5 * day).Unix()
	late := at(testNow.Add(2 * day))
	late.RevertedAt = testNow.Add(15 * day).Unix()
	b := newBench(t, exact(account("Ada", at(old), at(recent.Add(-time.Hour)), reverted, deleted, late)), Options{})
	id := b.track(101).ID
	b.refresh(id)
	b.check(id)
	for _, d := range []time.Duration{3 * day, 4 * day, 13 * day} {
		b.pass(d)
		b.restart(Options{})
		b.farm.ResetStats()
		b.refresh(id)
		b.check(id)
	}
	c, err := b.s.Campaign(t.Context(), id)
	must(t, err)
	edits := 0
	must(t, b.s.Export(t.Context(), id, func(e store.Exported) error {
		got, err := retention.Unpack(e.Packed)
		edits += len(got)
		n := 0
		for _, x := range got {
			if x.Reverted {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%d edits are marked as reverted, want 2: %v", n, got)
		}
		return err
	}))
	if edits != 4 {
		t.Errorf("%d edits are stored, want 4: one of 5 was deleted", edits)
	}
	if want := testNow.Add(20*day - time.Minute); !c.AsOf.Equal(want) {
		t.Errorf("complete up to %s, want %s", c.AsOf, want)
	}
}

// Who left the list is forgotten, unless another campaign has them.
func TestPeopleWhoLeft(t *testing.T) {
	s := spec(50)
	s.Events = append(s.Events, fakewiki.EventSpec{ID: 102, Title: "Second", Start: start.Add(40 * day), End: end.Add(40 * day), Participants: 10, RepeatShare: 1})
	b := newBench(t, s, Options{})
	first, second := b.track(101).ID, b.track(102).ID
	b.refresh(first)
	b.refresh(second)
	event, _ := b.farm.Event(102)
	shared := event.Participants[0].Name
	all, _ := b.farm.Event(101)
	only := ""
	for _, p := range all.Participants {
		in := false
		for _, q := range event.Participants {
			in = in || p.Name == q.Name
		}
		if !in {
			only = p.Name
			break
		}
	}
	before, err := b.s.Campaign(t.Context(), first)
	must(t, err)
	must(t, b.farm.Unregister(101, shared))
	must(t, b.farm.Unregister(101, only))

	// A list that breaks off removes nobody.
	over := &stopper{}
	over.left.Store(3) // the event and two of three pages
	b.pass(day)
	b.restartOver(Options{}, over)
	if _, err := b.r.Refresh(t.Context(), first, nil); err == nil {
		t.Fatal("the list could be read")
	}
	c, err := b.s.Campaign(t.Context(), first)
	must(t, err)
	if c.Coverage.Participants != before.Coverage.Participants || c.State != store.Ready || c.LastError == "" || !c.AsOf.Equal(before.AsOf) {
		t.Errorf("after a list that broke off: %+v", c)
	}
	b.restart(Options{})
	rep := b.refresh(first)
	if rep.Left != 2 || rep.People != 48 || rep.Campaign.Coverage.Participants != 48 || rep.Campaign.Revision <= before.Revision || rep.Campaign.LastError != "" {
		t.Errorf("two left: %+v", rep)
	}
	b.check(first)
	b.check(second)
	names := map[string]bool{}
	must(t, b.s.Export(t.Context(), first, func(e store.Exported) error { names[e.Name] = true; return nil }))
	if names[shared] || names[only] {
		t.Error("who left is still there")
	}
}

func TestDeletedEvent(t *testing.T) {
	s := spec(40)
	s.Events = append(s.Events, fakewiki.EventSpec{ID: 102, Title: "Gone", Start: start, End: end, Participants: 5, Deleted: true})
	b := newBench(t, s, Options{})
	if _, err := b.r.Track(t.Context(), b.wiki("metawiki"), 102); !errors.Is(err, mwclient.ErrDeleted) {
		t.Errorf("tracking an event that is deleted: %v", err)
	}
	if _, err := b.r.Track(t.Context(), b.wiki("metawiki"), 9999); !errors.Is(err, mwclient.ErrNotFound) {
		t.Errorf("tracking an event that does not exist: %v", err)
	}
	id := b.track(101).ID
	b.refresh(id)
	before := b.print(id)
	must(t, b.farm.EditEvent(101, func(e *fakewiki.Event) { e.Deleted = true }))
	b.pass(10 * day)
	b.restart(Options{})
	b.farm.ResetStats()
	rep := b.refresh(id)
	if rep.Campaign.Frozen == "" || rep.Campaign.State != store.Ready {
		t.Errorf("a deleted event: %+v", rep.Campaign)
	}
	if n := b.farm.Stats().Requests; n != 1 {
		t.Errorf("%d requests for a deleted event: %v", n, b.farm.Requests())
	}
	differ(t, "frozen", strings.Replace(b.print(id), `frozen="`+rep.Campaign.Frozen+`"`, `frozen=""`, 1), before)
	if c := b.track(101); c.Frozen == "" {
		t.Error("tracking it again does not say so")
	}
	// It comes back.
	must(t, b.farm.EditEvent(101, func(e *fakewiki.Event) { e.Deleted = false }))
	b.pass(day)
	b.restart(Options{})
	if rep := b.refresh(id); rep.Campaign.Frozen != "" {
		t.Errorf("it is back, and still frozen: %+v", rep.Campaign)
	}
	b.check(id)
}

func TestChangedDates(t *testing.T) {
	b := newBench(t, spec(60), Options{})
	id := b.track(101).ID
	old := b.refresh(id).Campaign
	must(t, b.s.SaveBaseline(t.Context(), id, &retention.Baseline{Head: retention.Head{AsOf: old.AsOf}}))
	must(t, b.farm.EditEvent(101, func(e *fakewiki.Event) {
		e.Start, e.End, e.Name = e.Start.Add(-45*day), e.End.Add(7*day), "Moved"
	}))
	b.pass(day)
	b.restart(Options{})
	c := b.refresh(id).Campaign
	if !c.Start.Equal(start.Add(-45*day)) || !c.End.Equal(end.Add(7*day)) || c.Title != "Moved" || c.Revision <= old.Revision {
		t.Errorf("after its dates changed: %+v", c)
	}
	b.check(id) // from 45 days earlier on
	if _, err := b.s.Baseline(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a figure of the old dates is still there: %v", err)
	}
}

func TestAWikiIsDown(t *testing.T) {
	farm, err := fakewiki.New(spec(120))
	must(t, err)
	t.Cleanup(farm.Close)
	clean := onFarm(t, farm, Options{})
	id := clean.track(101).ID
	clean.refresh(id)
	want := clean.print(id)

	b := onFarm(t, farm, Options{})
	b.track(101)
	farm.SetFaults(fakewiki.Faults{Down: []string{"enwiki"}})
	rep, err := b.r.Refresh(t.Context(), id, nil)
	if !errors.Is(err, ErrPartial) {
		t.Fatalf("a wiki is down: %v", err)
	}
	v := rep.Campaign.Coverage
	if rep.Campaign.State != store.Ready || len(v.WikisFailed) != 1 || v.WikisFailed[0] != "enwiki" || len(v.Wikis) != 1 || v.Measured != 120 ||
		rep.WikisFailed["enwiki"] == nil || !strings.Contains(rep.Campaign.LastError, "enwiki") {
		t.Errorf("a wiki is down: %+v %v", rep.Campaign, rep.WikisFailed)
	}
	farm.SetFaults(fakewiki.Faults{})
	b.restart(Options{})
	b.refresh(id)
	differ(t, "once the wiki is back", b.print(id), want)

	down := onFarm(t, farm, Options{})
	down.track(101)
	farm.SetFaults(fakewiki.Faults{Rules: []fakewiki.Rule{{Kind: fakewiki.Reset, Endpoint: fakewiki.EndpointUserContribs, Probability: 1, Times: -1}}})
	if _, err := down.r.Refresh(t.Context(), id, nil); err == nil || errors.Is(err, ErrPartial) {
		t.Errorf("no wiki can be read: %v", err)
	}
	if c, err := down.s.Campaign(t.Context(), id); err != nil || c.State != store.Failed || c.LastError == "" {
		t.Errorf("no wiki can be read: %+v %v", c, err)
	}
}

func TestEventsThatHaveNotHappened(t *testing.T) {
	s := spec(30)
	s.Events = append(s.Events,
		fakewiki.EventSpec{ID: 102, Title: "Soon", Start: testNow.Add(10 * day), End: testNow.Add(12 * day), Participants: 20, Timezone: "-03:30"},
		fakewiki.EventSpec{ID: 104, Title: "Nobody", Start: start, End: end},
		fakewiki.EventSpec{ID: 105, Title: "Now", Start: testNow.Add(-day), End: testNow.Add(day), Participants: 20, Timezone: "Asia/Kathmandu"},
	)
	s.Exact = &fakewiki.Dataset{Accounts: []fakewiki.Account{account("Early", at(testNow.Add(-day)))}, Events: []fakewiki.Event{{
		ID: 103, Name: "Next year", Wiki: "metawiki", Timezone: "UTC", Start: testNow.Add(300 * day), End: testNow.Add(301 * day),
		Participants: []fakewiki.Participant{{Name: "Early", Registered: testNow.Add(-day)}},
	}}}
	b := newBench(t, s, Options{})
	for event, people := range map[int64]int{102: 10, 103: 1, 104: 0, 105: 19} { // not all have signed up yet
		c := b.track(event)
		rep := b.refresh(c.ID)
		b.check(c.ID)
		c = rep.Campaign
		if c.State != store.Ready || c.Coverage.Measured != people || c.AsOf.After(testNow) || c.AsOf.IsZero() {
			t.Errorf("%s: %+v", c.Title, c)
		}
		cohort, err := b.s.Cohort(t.Context(), c.ID)
		must(t, err)
		d := retention.Default()
		r, err := retention.Compute(cohort, retention.MeasureRetention, d, retention.Options{AsOf: c.AsOf})
		must(t, err)
		for _, p := range r.(*retention.Curve).Points {
			if event != 104 && p.Status != retention.Open || event == 104 && p.Status.Known() {
				t.Errorf("%s: month %d is %s", c.Title, p.Month, p.Status)
			}
		}
	}
	must(t, b.farm.EditEvent(101, func(e *fakewiki.Event) { e.Start, e.End = e.End, e.Start }))
	if _, err := b.r.Track(t.Context(), b.wiki("metawiki"), 101); !errors.Is(err, mwclient.ErrEvent) {
		t.Errorf("an event that ends before it starts: %v", err)
	}
	must(t, b.farm.EditEvent(101, func(e *fakewiki.Event) { e.Start, e.End, e.Timezone = e.End, e.Start, "Mars/Olympus" }))
	b.restart(Options{})
	if _, err := b.r.Track(t.Context(), b.wiki("metawiki"), 101); !errors.Is(err, mwclient.ErrEvent) {
		t.Errorf("a zone nobody knows: %v", err)
	}
}

// An account that is renamed between two refreshes keeps its edits; one that is
// made a bot leaves; one that is hidden leaves, and comes back with its edits.
func TestAccountsChangeBetweenRefreshes(t *testing.T) {
	b := newBench(t, spec(80), Options{})
	id := b.track(101).ID
	b.refresh(id)
	event, _ := b.farm.Event(101)
	name := func(i int) string { return event.Participants[i].Name }
	must(t, b.farm.Change(fakewiki.Change{Name: name(0), Rename: "Renamed one"}))
	must(t, b.farm.Change(fakewiki.Change{Name: name(1), To: fakewiki.Hidden}))
	must(t, b.farm.Change(fakewiki.Change{Name: name(2), To: fakewiki.NotFound}))
	for _, d := range []time.Duration{7 * time.Hour, day} { // facts of accounts are still fresh, and no more
		b.pass(d)
		b.restart(Options{})
		b.refresh(id)
		b.check(id)
		c, err := b.s.Campaign(t.Context(), id)
		must(t, err)
		if v := c.Coverage; v.Measured != 78 || v.Hidden != 1 || v.NotFound != 1 {
			t.Errorf("after %s: coverage %+v", d, v)
		}
	}
	must(t, b.farm.Change(fakewiki.Change{Name: name(1), To: fakewiki.Normal}))
	b.pass(2 * day)
	b.restart(Options{})
	b.refresh(id)
	b.check(id)
	fresh := onFarm(t, b.farm, Options{})
	fresh.track(101)
	got := b.print(id)
	fresh.refresh(id)
	differ(t, "after changes", got, fresh.print(id))
}
