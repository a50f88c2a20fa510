package refresh

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
	"afterglow/retention"
	"afterglow/service/store"
)

// truth is the edits that the farm shows of an account in a stretch, by wiki.
func (b *bench) truth(id int64, from, to time.Time) map[string][]retention.Edit {
	f := b.farm
	a, ok := f.Account(id)
	if b.local != "" {
		a, ok = b.byLocalID(id)
	}
	if !ok {
		return nil
	}
	now := f.Now().Unix()
	edits := map[string][]retention.Edit{}
	for _, l := range a.Locals {
		if l.Unattached || b.local != "" && l.Wiki != b.local {
			continue
		}
		for _, e := range l.Edits {
			if e.Time < from.Unix() || e.Time >= to.Unix() || e.DeletedAt != 0 && e.DeletedAt <= now {
				continue
			}
			edits[l.Wiki] = append(edits[l.Wiki], retention.Edit{
				Time: e.Time, Namespace: int32(e.Namespace), Reverted: e.RevertedAt != 0 && e.RevertedAt <= now,
			})
		}
	}
	return edits
}

// byLocalID finds an event's participant by the number on the wiki b.local.
func (b *bench) byLocalID(id int64) (fakewiki.Account, bool) {
	event, _ := b.farm.Event(101)
	for _, p := range event.Participants {
		a, _ := b.farm.Account(p.User)
		for _, l := range a.Locals {
			if l.Wiki == b.local && l.ID == id {
				return a, true
			}
		}
	}
	return fakewiki.Account{}, false
}

func sortEdits(edits []retention.Edit) {
	slices.SortFunc(edits, func(a, b retention.Edit) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Namespace, b.Namespace))
	})
}

// check compares what is stored of a campaign with what the farm knows.
func (b *bench) check(id string) {
	b.tb.Helper()
	ctx := context.Background()
	c, err := b.s.Campaign(ctx, id)
	must(b.tb, err)
	stored := map[string]int{}
	wikis := map[int64]map[string]bool{}
	must(b.tb, b.s.Export(ctx, id, func(e store.Exported) error {
		if e.State != store.Measured {
			return nil
		}
		if wikis[e.Account] == nil {
			wikis[e.Account] = map[string]bool{}
		}
		wikis[e.Account][e.Wiki] = true
		// Other campaigns may have had earlier and later ones read.
		from, to := c.Start.Add(-readBack), c.AsOf
		want := b.truth(e.Account, from, to)[e.Wiki]
		got, err := retention.Unpack(e.Packed)
		must(b.tb, err)
		got = slices.DeleteFunc(got, func(x retention.Edit) bool { return x.Time < from.Unix() || x.Time >= to.Unix() })
		sortEdits(want)
		sortEdits(got)
		if !slices.Equal(got, want) {
			return fmt.Errorf("account %d (%s) on %s has %d edits stored, the farm knows %d:\n%v\n%v", e.Account, e.Name, e.Wiki, len(got), len(want), got, want)
		}
		stored[e.Wiki] += len(want)
		return nil
	}))
	for account, on := range wikis {
		for wiki, edits := range b.truth(account, c.Start.Add(-readBack), c.AsOf) {
			if len(edits) > 0 && !on[wiki] {
				b.tb.Errorf("account %d has %d edits on %s that are not stored", account, len(edits), wiki)
			}
		}
	}
	if len(wikis) != c.Coverage.Measured {
		b.tb.Errorf("%d people are stored, coverage says %d", len(wikis), c.Coverage.Measured)
	}
}

func TestWhatIsStoredIsWhatTheFarmKnows(t *testing.T) {
	for name, change := range map[string]func(*fakewiki.Spec){
		"globalusers":         func(*fakewiki.Spec) {},
		"globaluserinfo only": func(s *fakewiki.Spec) { s.GlobalUsers = false },
		"as CampaignEvents 1.43": func(s *fakewiki.Spec) {
			s.Recent = false
		},
		"no central accounts": func(s *fakewiki.Spec) { s.CentralAuth, s.GlobalUsers = false, false },
		"many wikis": func(s *fakewiki.Spec) {
			for i := range 30 {
				s.Wikis = append(s.Wikis, fakewiki.WikiSpec{DB: fmt.Sprintf("w%02dwiki", i)})
			}
		},
		"a private wiki": func(s *fakewiki.Spec) {
			s.Wikis = append(s.Wikis, fakewiki.WikiSpec{DB: "officewiki", Private: true})
			s.Events[0].EditWikis = map[string]float64{"metawiki": 1, "enwiki": 2}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := odd(90)
			change(&s)
			b := newBench(t, s, Options{})
			if !s.CentralAuth {
				b.local = "metawiki"
			}
			id := b.track(101).ID
			rep := b.refresh(id)
			b.check(id)
			v := rep.Campaign.Coverage
			if v.Participants != 90 || v.Measured+v.Hidden+v.NotFound+v.Bots != 90 || v.Active == 0 {
				t.Errorf("coverage %+v", v)
			}
			gone := 5 // 3 lost their central account, 2 vanished
			if !s.CentralAuth {
				gone = 3 // nothing tells who vanished
			}
			if v.Bots != 2 || v.NotFound != gone || v.Hidden != 2 {
				t.Errorf("coverage %+v: the event has 2 hidden people, 2 bots and %d who are gone", v, gone)
			}
			if slices.Contains(v.Wikis, "officewiki") {
				t.Errorf("a private wiki was read")
			}
			cohort, err := b.s.Cohort(t.Context(), id)
			must(t, err)
			if got := cohort.Coverage(); got.Active != v.Active {
				t.Errorf("%d active in the cohort, %d stored", got.Active, v.Active)
			}
			if !rep.Campaign.Start.Equal(start) || !rep.Campaign.End.Equal(end) {
				t.Errorf("from %s to %s, want %s to %s", rep.Campaign.Start, rep.Campaign.End, start, end)
			}
		})
	}
}
