package store

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"afterglow/retention"
)

// Whatever stretches are saved in whatever order, what is stored is what the last
// reading of each second said.
func TestSaveEditsKeepsTheLastReading(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		rng := rand.New(rand.NewPCG(3, 4))
		for round := range 40 {
			c := fill(t, s, campaign(round+1), testNow)
			id := int64(round + 1)
			list(t, s, c.ID, someone{id: id})
			must(t, s.SaveAccounts(ctx, "farm", []Account{{ID: id, Name: name(id), Reach: ReachAll, Checked: testNow, Wikis: []string{"metawiki"}}}))
			model := map[int64]retention.Edit{} // one edit a day at most
			var from, to int64                  // the stretch that is stored, in days
			for range 12 {
				a := int64(rng.IntN(60)) + 1
				b := a + int64(rng.IntN(20)) + 1
				gap := to > 0 && (a > to || b < from)
				batch := Batch{Farm: "farm", Wiki: "metawiki", From: dayOf(a), To: dayOf(b)}
				var edits []retention.Edit
				for d := a; d < b; d++ {
					if rng.IntN(2) == 0 {
						edits = append(edits, retention.Edit{Time: dayOf(d).Unix(), Namespace: int32(rng.IntN(3)), Reverted: rng.IntN(2) == 0})
					}
				}
				packed, err := retention.Pack(edits)
				must(t, err)
				batch.Accounts = []AccountEdits{{Account: id, Packed: packed}}
				err = s.SaveEdits(ctx, batch)
				if gap {
					if !errors.Is(err, ErrGap) {
						t.Fatalf("%d…%d stored, %d…%d saved: %v", from, to, a, b, err)
					}
					continue
				}
				must(t, err)
				for d := a; d < b; d++ {
					delete(model, dayOf(d).Unix())
				}
				for _, e := range edits {
					model[e.Time] = e
				}
				if to == 0 {
					from, to = a, b
				}
				from, to = min(from, a), max(to, b)
				compareStored(t, s, c.ID, model, dayOf(from), dayOf(to))
			}
		}
	})
}

func dayOf(n int64) time.Time { return start.Add(time.Duration(n) * day) }

func compareStored(t *testing.T, s *Store, id string, model map[int64]retention.Edit, from, to time.Time) {
	t.Helper()
	pairs, err := s.Pairs(t.Context(), id, "metawiki")
	must(t, err)
	if len(pairs) != 1 || !pairs[0].From.Equal(from) || !pairs[0].HighWater.Equal(to) || pairs[0].Rows != len(model) {
		t.Fatalf("%+v, want %s to %s with %d edits", pairs, from, to, len(model))
	}
	var want []retention.Edit
	for _, e := range model {
		want = append(want, e)
	}
	slices.SortFunc(want, func(a, b retention.Edit) int { return int(a.Time - b.Time) })
	must(t, s.Export(t.Context(), id, func(e Exported) error {
		got, err := retention.Unpack(e.Packed)
		if err == nil && !slices.Equal(got, want) {
			t.Fatalf("stored %v, want %v", got, want)
		}
		return err
	}))
}

// A wiki's count of edits is kept where a batch was read up to the present, and goes
// when the account is to be read again.
func TestEditCounts(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		c := fill(t, s, campaign(1), testNow, someone{id: 1}, someone{id: 2})
		save := func(from, to time.Time, count int) {
			t.Helper()
			must(t, s.SaveEdits(ctx, Batch{Farm: "farm", Wiki: "metawiki", From: from, To: to,
				Accounts: []AccountEdits{{Account: 1, Packed: noEdits(), EditCount: count}}}))
		}
		pair := func() Pair {
			t.Helper()
			pairs, err := s.Pairs(ctx, c.ID, "metawiki")
			if must(t, err); len(pairs) != 2 {
				t.Fatalf("%d pairs", len(pairs))
			}
			return pairs[0]
		}
		save(testNow.Add(-day), testNow.Add(day), 12)
		save(c.Start.Add(-200*day), c.Start.Add(-180*day), -1) // an earlier stretch
		if p := pair(); p.EditCount != 12 || !p.HighWater.Equal(testNow.Add(day)) {
			t.Errorf("%+v", p)
		}
		must(t, s.ReadAgain(ctx, "farm", "enwiki", []int64{1}))
		must(t, s.ReadAgain(ctx, "farm", "metawiki", []int64{2}))
		if p := pair(); p.EditCount != 12 {
			t.Errorf("%+v: others are to be read again", p)
		}
		must(t, s.ReadAgain(ctx, "farm", "metawiki", []int64{1, 99}))
		if p := pair(); p.EditCount != -1 || !p.From.IsZero() || !p.HighWater.IsZero() {
			t.Errorf("%+v", p)
		}
	})
}

// What is stored of accounts on a wiki is told for those who have a pair there.
func TestPairsOf(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		c := fill(t, s, campaign(1), testNow, someone{id: 1, edits: []retention.Edit{edit(start)}})
		must(t, s.SaveAccounts(ctx, "farm", []Account{{ID: 2, Name: name(2), Reach: ReachAll, Checked: testNow, Wikis: []string{"metawiki"}}}))
		got, err := s.PairsOf(ctx, "farm", "metawiki", []int64{3, 2, 1})
		must(t, err)
		want := []Pair{{Account: 1, Name: name(1), From: c.Start.Add(-180 * day), HighWater: testNow, Rows: 1}, {Account: 2, Name: name(2), EditCount: -1}}
		if !slices.Equal(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
		must(t, s.RenameAccount(ctx, "farm", 1, "Another", false))
		must(t, s.RenameAccount(ctx, "farm", 2, "", true))
		got, err = s.PairsOf(ctx, "farm", "metawiki", []int64{1, 2})
		if must(t, err); !slices.Equal(got, []Pair{{Account: 1, Name: "Another", Rows: 1, EditCount: -1}}) {
			t.Errorf("%+v of one who was renamed, and one who is gone", got)
		}
		for _, none := range [][2]string{{"farm", "enwiki"}, {"other", "metawiki"}} {
			if got, err := s.PairsOf(ctx, none[0], none[1], []int64{1, 2}); err != nil || len(got) != 0 {
				t.Errorf("%s of %s: %v (%v)", none[1], none[0], got, err)
			}
		}
	})
}

func TestSaveEditsIsAllOrNothing(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		fill(t, s, campaign(1), testNow, someone{id: 1, edits: []retention.Edit{edit(start)}}, someone{id: 2})
		packed, err := retention.Pack(nil)
		must(t, err)
		b := Batch{Farm: "farm", Wiki: "metawiki", From: start.Add(-180 * day), To: testNow,
			Accounts: []AccountEdits{{Account: 1, Packed: packed}, {Account: 2, Packed: []byte("no edits")}}}
		err = s.SaveEdits(t.Context(), b)
		var format *retention.FormatError
		if !errors.As(err, &format) {
			t.Fatalf("bytes that are no edits: %v", err)
		}
		if n := load(t, s, "metawiki-1").Edits(); n != 1 {
			t.Errorf("half of a batch was saved: %d edits", n)
		}
		b.Accounts = []AccountEdits{{Account: 99, Packed: packed}, {Account: 1, Packed: packed}}
		must(t, s.SaveEdits(t.Context(), b)) // 99 was deleted meanwhile
		if n := load(t, s, "metawiki-1").Edits(); n != 0 {
			t.Errorf("%d edits", n)
		}
		b.To = b.From
		if err := s.SaveEdits(t.Context(), b); !errors.Is(err, ErrInvalid) {
			t.Errorf("an empty stretch: %v", err)
		}
	})
}

func TestUnknownFormat(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		fill(t, s, campaign(1), testNow, someone{id: 1, edits: []retention.Edit{edit(start)}})
		_, err := s.w.ExecContext(t.Context(), `UPDATE account_wikis SET format = 99`)
		must(t, err)
		if _, err := s.Cohort(t.Context(), "metawiki-1"); !errors.Is(err, ErrFormat) {
			t.Errorf("%v", err)
		}
		packed, err := retention.Pack(nil)
		must(t, err)
		err = s.SaveEdits(t.Context(), Batch{Farm: "farm", Wiki: "metawiki", From: testNow.Add(-day), To: testNow, Accounts: []AccountEdits{{Account: 1, Packed: packed}}})
		if !errors.Is(err, ErrFormat) {
			t.Errorf("edits in an unknown format were replaced in part: %v", err)
		}
	})
}
