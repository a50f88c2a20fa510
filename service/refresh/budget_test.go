package refresh

import (
	"fmt"
	"testing"

	"afterglow/mwclient/fakewiki"
)

// rows returns how many contributions of each batch of 50 of the event's
// measurable people, by number, a wiki serves, as a reader who knows everything
// beforehand would ask.
func leastContributions(b *bench, id string, wikis ...string) int {
	c, err := b.s.Campaign(b.tb.Context(), id)
	must(b.tb, err)
	pages := 0
	for _, wiki := range wikis {
		pairs, err := b.s.Pairs(b.tb.Context(), id, wiki)
		must(b.tb, err)
		for at := 0; at < len(pairs); at += batchSize {
			rows := 0
			for _, p := range pairs[at:min(at+batchSize, len(pairs))] {
				rows += len(b.truth(p.Account, c.Start.Add(-readBack), c.AsOf)[wiki])
			}
			pages += max(1, ceil(rows, 500))
		}
	}
	return pages
}

// An event of 128 people on two wikis takes at most 1.25 times the least requests,
// from its page's address on; a second refresh only what it says.
func TestRequests(t *testing.T) {
	for _, globalUsers := range []bool{true, false} {
		t.Run(fmt.Sprintf("globalusers=%t", globalUsers), func(t *testing.T) {
			s := spec(128)
			s.GlobalUsers = globalUsers
			b := newBench(t, s, Options{})
			w, event, err := b.c.ResolveEvent(t.Context(), b.farm.EventURL(101), "")
			must(t, err)
			c, err := b.r.Track(t.Context(), w, event)
			must(t, err)
			rep := b.refresh(c.ID)
			b.check(c.ID)
			accounts := ceil(128, 50)
			if !globalUsers {
				accounts = 128
			}
			least := ceil(128, 20) + 1 + accounts + leastContributions(b, c.ID, "metawiki", "enwiki")
			got := b.farm.Stats()
			t.Logf("%d requests, least %d (%.2f); %d rows; the refresh itself %d", got.Requests, least, float64(got.Requests)/float64(least), got.Rows, rep.Requests)
			if float64(got.Requests) > 1.25*float64(least) {
				t.Errorf("%d requests, more than 1.25 × %d: %v", got.Requests, least, b.farm.Requests())
			}

			// The same day: the list, and each wiki's batches once.
			b.pass(8 * 60 * 60 * 1e9)
			b.farm.ResetStats()
			b.refresh(c.ID)
			wikis := ceil(128, 50) * 2
			if n, most := b.farm.Stats().Requests, 1+ceil(128, 20)+1+wikis; n > most {
				t.Errorf("a second refresh took %d requests, more than %d: %v", n, most, b.farm.Requests())
			}
			// At once: nothing that was just read.
			b.farm.ResetStats()
			b.refresh(c.ID)
			if n := b.farm.Stats().Wikis["enwiki"].Requests; n != 0 {
				t.Errorf("a third refresh at once took %d requests to enwiki", n)
			}
			b.check(c.ID)
		})
	}
}

// Two campaigns that share people read them once.
func TestSharedPeopleAreReadOnce(t *testing.T) {
	s := spec(100)
	s.Events = append(s.Events, fakewiki.EventSpec{
		ID: 102, Title: "The same again", Start: start.Add(20 * day), End: end.Add(20 * day), Participants: 60, RepeatShare: 1, EditsPerPerson: 20,
	}, fakewiki.EventSpec{
		ID: 103, Title: "An earlier one", Start: start.Add(-90 * day), End: end.Add(-90 * day), Participants: 50, RepeatShare: 1, EditsPerPerson: 10,
	})
	b := newBench(t, s, Options{})
	first := b.track(101).ID
	b.refresh(first)
	before := b.farm.Stats()

	second := b.track(102).ID
	rep := b.refresh(second)
	if n := b.farm.Stats().Wikis["enwiki"].Requests - before.Wikis["enwiki"].Requests; n != 0 {
		t.Errorf("people shared with another campaign were read again: %d requests to enwiki", n)
	}
	if rep.People != 60 {
		t.Errorf("%d people", rep.People)
	}
	b.check(second)

	// A campaign that starts earlier needs earlier edits of them, and no others.
	third := b.track(103).ID
	b.farm.ResetStats()
	b.refresh(third)
	b.check(third)
	b.check(first)
	most := 0
	for _, wiki := range []string{"metawiki", "enwiki"} {
		pairs, err := b.s.Pairs(t.Context(), third, wiki)
		must(t, err)
		for _, p := range pairs {
			most += len(b.truth(p.Account, start.Add(-270*day), start.Add(-180*day))[wiki])
		}
	}
	got := b.farm.Stats()
	rows := 0
	for range got.Wikis {
		rows = got.Rows
	}
	if limit := most + 50 /* the list */ + 2*50 /* accounts on each wiki */ + 50; rows > limit {
		t.Errorf("%d rows to read 90 days more, at most %d edits are new", rows, most)
	}

	// Who was in an earlier one, and in a later one.
	if _, err := b.s.Cohort(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	// Deleting two of them leaves the third's edits.
	must(t, b.s.DeleteCampaign(t.Context(), second))
	must(t, b.s.DeleteCampaign(t.Context(), third))
	b.check(first)
}
