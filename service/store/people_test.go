package store

import (
	"errors"
	"testing"
	"time"

	"afterglow/retention"
)

func TestListing(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		edits := []retention.Edit{edit(start.Add(day))}
		c := fill(t, s, campaign(1), testNow, someone{id: 1, edits: edits}, someone{id: 2, edits: edits}, someone{id: 3, edits: edits})

		// A list that breaks off removes nobody, and shows nobody new.
		n, err := s.BeginList(ctx, c.ID)
		must(t, err)
		must(t, s.SaveParticipants(ctx, c.ID, n, []Participant{{Account: 4, Name: "User 4", Joined: start, State: Pending}, {Account: 1, State: Pending, Name: "User 1"}}))
		if p := load(t, s, c.ID).People(); p != 3 {
			t.Errorf("%d people while a list is being read", p)
		}
		now, err := s.Campaign(ctx, c.ID)
		must(t, err)
		if now.Revision != c.Revision || now.State != Ready {
			t.Errorf("%+v", now)
		}
		// One that is read to its end does; who is new waits to be read.
		if left := list(t, s, c.ID, someone{id: 1}, someone{id: 3, state: Hidden}, someone{id: 4}); left != 1 {
			t.Errorf("%d left", left)
		}
		now, err = s.Campaign(ctx, c.ID)
		must(t, err)
		if v := now.Coverage; now.Revision <= c.Revision || v.Participants != 2 || v.Measured != 1 || v.Hidden != 1 {
			t.Errorf("%+v", now)
		}
		if k := load(t, s, c.ID).People(); k != 1 {
			t.Errorf("%d people", k)
		}
		var rows int
		must(t, s.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM account_wikis`).Scan(&rows))
		if rows != 1 {
			t.Errorf("%d rows of edits: those of who left or is hidden must go", rows)
		}
		must(t, s.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM accounts WHERE name <> ''`).Scan(&rows))
		if rows != 2 {
			t.Errorf("%d names: those of who left or is hidden must go", rows)
		}
		if _, err := s.BeginList(ctx, "x"); !errors.Is(err, ErrNotFound) {
			t.Errorf("no such campaign: %v", err)
		}
		if err := s.SaveParticipants(ctx, c.ID, 9, []Participant{{}}); !errors.Is(err, ErrInvalid) {
			t.Errorf("a participant without a number: %v", err)
		}
	})
}

func TestResumeList(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		c, err := s.SaveCampaign(ctx, campaign(1))
		must(t, err)
		since := testNow.Add(-day)
		first, place, err := s.ResumeList(ctx, c.ID, since)
		must(t, err)
		if place != 0 {
			t.Errorf("a new list goes on from %d", place)
		}
		must(t, s.SaveParticipants(ctx, c.ID, first, []Participant{{Account: 1, State: Pending, Place: 501}, {Account: 2, State: Pending, Place: 507}}))
		again, place, err := s.ResumeList(ctx, c.ID, since)
		must(t, err)
		if again != first || place != 507 {
			t.Errorf("it goes on with listing %d from %d, want %d from 507", again, place, first)
		}
		if late, place, err := s.ResumeList(ctx, c.ID, testNow.Add(time.Second)); err != nil || late == first || place != 0 {
			t.Errorf("a list that broke off too long ago goes on: %d from %d (%v)", late, place, err)
		}
		_, _, err = s.EndList(ctx, c.ID, first+1, testNow)
		must(t, err)
		if next, place, err := s.ResumeList(ctx, c.ID, since); err != nil || next != first+2 || place != 0 {
			t.Errorf("a list that ended goes on: %d from %d (%v)", next, place, err)
		}
	})
}

func TestRepeatAndLater(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		before, self, after := campaign(1), campaign(2), campaign(3)
		before.Start = start.Add(-60 * day)
		before.End = start.Add(-50 * day)
		after.Start, after.End = end.Add(10*day), end.Add(20*day)
		late := []retention.Edit{edit(after.Start.Add(day))}
		fill(t, s, before, testNow, someone{id: 1}, someone{id: 2})
		fill(t, s, after, testNow, someone{id: 2, edits: late}, someone{id: 3, edits: late})
		fill(t, s, self, testNow, someone{id: 1}, someone{id: 2, edits: late}, someone{id: 3, edits: late}, someone{id: 4, edits: late})
		cohort := load(t, s, self.ID)
		count := func(q map[string][]string) (people, retained int) {
			d, err := retention.ParseDefinition(q, retention.MeasureRetention)
			must(t, err)
			r, err := retention.Compute(cohort, retention.MeasureRetention, d, retention.Options{AsOf: testNow})
			must(t, err)
			return r.(*retention.Curve).People, r.(*retention.Curve).Points[0].Retained
		}
		for _, tc := range []struct {
			q                map[string][]string
			people, retained int
		}{
			{nil, 4, 3},
			{map[string][]string{"group": {"repeat"}}, 2, 1},
			{map[string][]string{"group": {"first-time"}}, 2, 2},
			{map[string][]string{"later_campaigns": {"exclude"}}, 4, 1}, // 4 was not in the later one
		} {
			if people, retained := count(tc.q); people != tc.people || retained != tc.retained {
				t.Errorf("%v: %d of %d, want %d of %d", tc.q, retained, people, tc.retained, tc.people)
			}
		}
	})
}

func TestAccountsThatChange(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		c := fill(t, s, campaign(1), testNow, someone{id: 1, edits: []retention.Edit{edit(start)}}, someone{id: 2})
		must(t, s.RenameAccount(ctx, "farm", 1, "New name", false))
		pairs, err := s.Pairs(ctx, c.ID, "metawiki")
		must(t, err)
		if pairs[0].Name != "New name" || !pairs[0].HighWater.IsZero() {
			t.Errorf("a renamed account is not read again: %+v", pairs[0])
		}
		if n := load(t, s, c.ID).Edits(); n != 1 {
			t.Errorf("its edits were lost before they are read again: %d", n)
		}
		must(t, s.RenameAccount(ctx, "farm", 2, "", true))
		must(t, s.RenameAccount(ctx, "farm", 77, "x", false)) // nobody
		c, err = s.EndRefresh(ctx, c.ID, testNow, nil, "")
		must(t, err)
		if c.Coverage.NotFound != 1 || c.Coverage.Measured != 1 {
			t.Errorf("%+v", c.Coverage)
		}
		members, err := s.Members(ctx, c.ID, 0, 10)
		must(t, err)
		if len(members) != 2 || members[0].Name != "New name" || members[0].Edits != 1 || members[1].Name != "" || members[1].State != NotFound {
			t.Errorf("%+v", members)
		}
		if members, err = s.Members(ctx, c.ID, 1, 10); err != nil || len(members) != 1 {
			t.Errorf("after the first: %+v %v", members, err)
		}
		if _, err := s.Members(ctx, c.ID, 0, 0); !errors.Is(err, ErrInvalid) {
			t.Errorf("no limit: %v", err)
		}
	})
}

func TestAsOfIsTheLeastMark(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		must(t, s.SaveFarm(ctx, Farm{Name: "farm", Central: true}, Wiki{Name: "enwiki", URL: "https://en.test"}))
		c := fill(t, s, campaign(1), testNow, someone{id: 1}, someone{id: 2})
		packed, err := retention.Pack(nil)
		must(t, err)
		must(t, s.SaveAccounts(ctx, "farm", []Account{{ID: 1, Name: name(1), Reach: ReachAll, Checked: testNow.Add(-9 * day), Wikis: []string{"metawiki", "enwiki"}}}))
		must(t, s.SaveEdits(ctx, Batch{Farm: "farm", Wiki: "enwiki", From: start, To: testNow.Add(-3 * day), Accounts: []AccountEdits{{Account: 1, Packed: packed}}}))
		for _, tc := range []struct {
			change func()
			failed []string
			behind int
		}{
			{func() {}, nil, 3},
			{func() {}, []string{"enwiki"}, 0},
			{func() {
				must(t, s.SaveAccounts(ctx, "farm", []Account{{ID: 2, Name: name(2), Reach: ReachLocal, Checked: testNow.Add(-5 * day)}}))
			}, nil, 5},
			{func() {
				must(t, s.SaveAccounts(ctx, "farm", []Account{{ID: 2, Name: name(2), Reach: ReachNone, Checked: testNow.Add(-6 * day)}}))
			}, []string{"enwiki", "metawiki"}, 6},
		} {
			tc.change()
			c, err = s.EndRefresh(ctx, c.ID, testNow, tc.failed, "")
			must(t, err)
			if got := int(testNow.Sub(c.AsOf) / day); got != tc.behind {
				t.Errorf("failed %v: %d days behind, want %d", tc.failed, got, tc.behind)
			}
			if len(c.Coverage.WikisFailed) != len(tc.failed) {
				t.Errorf("failed %v: %+v", tc.failed, c.Coverage)
			}
		}
	})
}
