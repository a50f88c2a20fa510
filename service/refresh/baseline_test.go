package refresh

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
	"afterglow/retention"
	"afterglow/service/store"
)

// matched is a farm with newcomers who took part, and others who did not.
func matched(others int) fakewiki.Spec {
	s := spec(80)
	s.Events[0].NewcomerShare = .8
	for _, wiki := range []string{"metawiki", "enwiki"} {
		s.Background = append(s.Background, fakewiki.BackgroundSpec{
			Wiki: wiki, From: start.Add(-20 * day), To: end.Add(5 * day), Accounts: others, Bots: 5, ByOthers: others / 10, EditsPerPerson: 12,
		})
	}
	return s
}

func TestBaseline(t *testing.T) {
	for _, central := range []bool{true, false} {
		t.Run(fmt.Sprintf("central=%t", central), func(t *testing.T) {
			s := matched(900)
			s.CentralAuth, s.GlobalUsers = central, central
			b := newBench(t, s, Options{HomeWikis: true, MinCell: -1})
			if !central {
				b.local = "metawiki"
			}
			id := b.track(101).ID
			if err := b.r.Baseline(t.Context(), id); !errors.Is(err, store.ErrInvalid) {
				t.Errorf("before it was read: %v", err)
			}
			c := b.refresh(id).Campaign
			rows := count(t, b, id)
			b.farm.ResetStats()
			must(t, b.r.Baseline(t.Context(), id))
			if n := b.farm.Stats().Requests; n > maxControlRequests {
				t.Errorf("%d requests", n)
			}
			f, err := b.s.Baseline(t.Context(), id)
			must(t, err)
			t.Logf("%d matched, %d not, %d controls; %d requests; differences %+v", f.Matched, f.Unmatched, f.Controls, b.farm.Stats().Requests, f.Differences)
			if f.Matched < 30 || f.Controls < f.Matched || f.Controls > retention.MaxControls || !f.AsOf.Equal(c.AsOf) || len(f.Control.Points) == 0 {
				t.Errorf("%+v", f)
			}
			if now := count(t, b, id); now != rows {
				t.Errorf("%d people are stored, %d before: control accounts must not be", now, rows)
			}

			// The same again, and under every fault.
			want, err := f.MarshalJSON()
			must(t, err)
			b.farm.SetFaults(fakewiki.Faults{Seed: 9, Rules: []fakewiki.Rule{
				{Kind: fakewiki.TooMany, Probability: .2, Times: 1}, {Kind: fakewiki.Truncated, Probability: .2, Times: 1},
				{Kind: fakewiki.MaxLag, Probability: .2, Times: 1}, {Kind: fakewiki.RepeatContinue, Probability: .2, Times: 1},
			}})
			b.restart(Options{HomeWikis: true, MinCell: -1})
			must(t, b.r.Baseline(t.Context(), id))
			f, err = b.s.Baseline(t.Context(), id)
			must(t, err)
			got, err := f.MarshalJSON()
			must(t, err)
			differ(t, "with faults", string(got), string(want))
		})
	}
}

// count is the accounts stored.
func count(t *testing.T, b *bench, id string) int {
	accounts, err := b.s.Accounts(t.Context(), id)
	must(t, err)
	return len(accounts)
}

// Candidates are self-created accounts of people who did not take part and are no bots, each
// in the stratum that the farm's own knowledge gives, with the edits it knows.
func TestCandidatesAreWhatTheFarmKnows(t *testing.T) {
	b := newBench(t, matched(1500), Options{HomeWikis: true})
	id := b.track(101).ID
	b.refresh(id)
	c, err := b.s.Campaign(t.Context(), id)
	must(t, err)
	k, err := b.r.newControls(t.Context(), c)
	must(t, err)
	people, err := b.s.CohortOn(t.Context(), id, k.names)
	must(t, err)
	k.strata = retention.Strata(people)
	for _, n := range k.strata {
		k.newcomers += n
	}
	must(t, k.search(t.Context()))
	if len(k.found) < 100 {
		t.Fatalf("%d candidates", len(k.found))
	}
	seen := map[int64]bool{}
	for _, f := range k.found {
		a, ok := b.farm.Account(f.id)
		if !ok || seen[f.id] || k.participants[f.id] {
			t.Fatalf("%+v", f)
		}
		seen[f.id] = true
		edits, upToEnd := b.truth(f.id, start.Add(-14*day), c.AsOf), 0
		for wiki, want := range edits {
			sortEdits(want)
			if fmt.Sprint(want) != fmt.Sprint(f.edits[wiki]) {
				t.Errorf("account %d on %s: %d edits, the farm knows %d", f.id, wiki, len(f.edits[wiki]), len(want))
			}
			for _, e := range want {
				if e.Time < end.Unix() {
					upToEnd++
				}
			}
		}
		for _, l := range a.Locals {
			for _, group := range l.Groups {
				if group == "bot" {
					t.Errorf("account %d is a bot", f.id)
				}
			}
			if l.Wiki == f.stratum.HomeWiki && l.Creation != "create" {
				t.Errorf("account %d was not self-created: %q", f.id, l.Creation)
			}
		}
		if s, ok := retention.StratumOf(c.Campaign, a.Home, a.Registration.Unix(), upToEnd); !ok || s != f.stratum {
			t.Errorf("account %d is in %+v, want %+v", f.id, f.stratum, s)
		}
	}
}

// On a wiki with more new accounts than can be read, the requests are bounded.
func TestBaselineOnALargeWiki(t *testing.T) {
	s := matched(100)
	s.Background = append(s.Background, fakewiki.BackgroundSpec{
		Wiki: "enwiki", From: start.Add(-15 * day), To: end, Accounts: 30_000, EditsPerPerson: 3,
	})
	b := newBench(t, s, Options{HomeWikis: true})
	id := b.track(101).ID
	b.refresh(id)
	b.farm.ResetStats()
	began := time.Now()
	must(t, b.r.Baseline(t.Context(), id))
	f, err := b.s.Baseline(t.Context(), id)
	must(t, err)
	n := b.farm.Stats().Requests
	t.Logf("%d requests, %d matched, %d controls, %s", n, f.Matched, f.Controls, time.Since(began))
	if n > maxControlRequests || f.Controls == 0 {
		t.Errorf("%d requests, %d controls", n, f.Controls)
	}
}
