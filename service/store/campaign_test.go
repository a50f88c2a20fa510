package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"afterglow/retention"
)

func TestSaveCampaign(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		c := campaign(1)
		c.Wikis, c.MadeUp = []string{"*"}, true
		saved, err := s.SaveCampaign(ctx, c)
		must(t, err)
		got, err := s.Campaign(ctx, c.ID)
		must(t, err)
		if got.State != New || got.Revision != 1 || !got.MadeUp || got.Wikis[0] != "*" || got.Title != c.Title || !got.Start.Equal(start) ||
			got.Source != c.Source || !got.AsOf.IsZero() || got.Coverage.Wikis == nil || saved.ID != got.ID {
			t.Errorf("%+v", got)
		}
		same, err := s.SaveCampaign(ctx, c)
		must(t, err)
		if same.Revision != 1 {
			t.Errorf("nothing changed, and the revision is %d", same.Revision)
		}
		c = fill(t, s, c, testNow, someone{id: 1})
		before := c
		c.Title, c.End = "Other", c.End.Add(day)
		c, err = s.SaveCampaign(ctx, c)
		must(t, err)
		if c.Revision <= before.Revision || c.State != Ready || !c.AsOf.Equal(before.AsOf) || c.Coverage.Measured != 1 {
			t.Errorf("readings were lost: %+v", c)
		}
		other := campaign(1)
		other.Farm = "elsewhere"
		must(t, s.SaveFarm(ctx, Farm{Name: "elsewhere"}))
		if _, err := s.SaveCampaign(ctx, other); !errors.Is(err, ErrExists) {
			t.Errorf("a campaign of another farm was taken over: %v", err)
		}
	})
}

func TestSaveCampaignRefuses(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		for name, change := range map[string]func(*Campaign){
			"no id":            func(c *Campaign) { c.ID = "" },
			"an id that leads": func(c *Campaign) { c.ID = "a/../b" },
			"no farm":          func(c *Campaign) { c.Farm = "" },
			"no dates":         func(c *Campaign) { c.Start = time.Time{} },
			"the wrong order":  func(c *Campaign) { c.Start, c.End = c.End, c.Start },
			"a long title":     func(c *Campaign) { c.Title = strings.Repeat("x", 513) },
		} {
			c := campaign(1)
			change(&c)
			if _, err := s.SaveCampaign(t.Context(), c); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Titles are text: what looks like SQL, a pattern or markup is found as it is.
func TestCampaignsFindsTitles(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		titles := []string{"100% of Women", "100 percent", `a_b`, "axb", `x'; DROP TABLE campaigns; --`, "<b>&\"", "أسبوع المكتبات", "ÉCOLE", "a!b", `back\slash`}
		for i, title := range titles {
			c := campaign(i + 1)
			c.Title = title
			_, err := s.SaveCampaign(t.Context(), c)
			must(t, err)
		}
		for q, want := range map[string][]string{
			"100%": {titles[0]}, "a_b": {"a_b"}, "WOMEN": {titles[0]}, "'; drop": {titles[4]}, "&\"": {titles[5]},
			"المكتبات": {titles[6]}, "école": {"ÉCOLE"}, "a!b": {"a!b"}, `\`: {`back\slash`}, "nothing": nil,
		} {
			page, _, err := s.Campaigns(t.Context(), Query{Q: q, Sort: ByTitle})
			must(t, err)
			var got []string
			for _, c := range page {
				got = append(got, c.Title)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q finds %q, want %q", q, got, want)
			}
		}
	})
}

// Pages hold every campaign once, in order, whatever the order and the page's
// size, with equal keys and with campaigns that come meanwhile.
func TestCampaignsPages(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		for i := range 23 {
			c := campaign(i + 1)
			c.Start = start.Add(time.Duration(i%3) * day)
			c.End = end.Add(time.Duration(i%4) * day)
			c.Title = fmt.Sprintf("T%d", i%5)
			_, err := s.SaveCampaign(ctx, c)
			must(t, err)
		}
		for _, sort := range append(Sorts(), "") {
			for _, limit := range []int{1, 4, 22, 23, 24, 100} {
				var ids []string
				q := Query{Sort: sort, Limit: limit}
				var last Campaign
				for pages := 0; ; pages++ {
					page, next, err := s.Campaigns(ctx, q)
					must(t, err)
					if len(page) > limit || pages > 25 {
						t.Fatalf("sort %q, limit %d: %d campaigns, %d pages", sort, limit, len(page), pages)
					}
					for _, c := range page {
						if len(ids) > 0 && outOfOrder(sort, last, c) {
							t.Errorf("sort %q: %s before %s", sort, last.ID, c.ID)
						}
						ids, last = append(ids, c.ID), c
					}
					if next == "" {
						break
					}
					q.Cursor = next
				}
				if slices.Sort(ids); len(slices.Compact(ids)) != 23 {
					t.Errorf("sort %q, limit %d: %d campaigns", sort, limit, len(ids))
				}
			}
		}
	})
}

func outOfOrder(sort string, a, b Campaign) bool {
	switch sort {
	case ByStart:
		return a.Start.Before(b.Start)
	case ByTitle:
		return a.Title > b.Title
	case ByRefreshed:
		return a.Refreshed.Before(b.Refreshed)
	}
	return a.End.Before(b.End)
}

func TestCampaignsFilters(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		for i := range 3 {
			c := campaign(i + 1)
			if i == 2 {
				c.ID, c.Source.Wiki = "enwiki-3", "enwiki"
			}
			_, err := s.SaveCampaign(ctx, c)
			must(t, err)
		}
		for _, tc := range []struct {
			q    Query
			want int
		}{
			{Query{}, 3}, {Query{Wiki: "metawiki"}, 2}, {Query{Wiki: "enwiki"}, 1}, {Query{Wiki: "x"}, 0},
			{Query{Page: "Event:Campaign_2"}, 1}, {Query{Page: "Event:Campaign 2", Wiki: "enwiki"}, 0},
		} {
			page, next, err := s.Campaigns(ctx, tc.q)
			if err != nil || len(page) != tc.want || next != "" {
				t.Errorf("%+v: %d campaigns, next %q, %v", tc.q, len(page), next, err)
			}
		}
		_, next, err := s.Campaigns(ctx, Query{Limit: 1})
		must(t, err)
		for name, q := range map[string]Query{
			"an order nobody knows":  {Sort: "id; DROP TABLE campaigns"},
			"too many":               {Limit: 101},
			"less than none":         {Limit: -1},
			"no cursor":              {Cursor: "%%%"},
			"a cursor of one's own":  {Cursor: "e30"},
			"another list's cursor":  {Cursor: next, Wiki: "metawiki"},
			"another order's cursor": {Cursor: next, Sort: ByTitle},
		} {
			if _, _, err := s.Campaigns(ctx, q); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestFindEvent(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		must(t, s.SaveFarm(ctx, Farm{Name: "farm", Central: true}, Wiki{Name: "enwiki", URL: "https://en.test"}))
		must(t, s.SaveFarm(ctx, Farm{Name: "other"}, Wiki{Name: "privatewiki", URL: "https://private.test"}))
		_, err := s.SaveCampaign(ctx, campaign(7))
		must(t, err)
		if c, err := s.FindEvent(ctx, "enwiki", 7); err != nil || c.ID != "metawiki-7" {
			t.Errorf("by another wiki of its farm: %s %v", c.ID, err)
		}
		for wiki, event := range map[string]int64{"enwiki": 8, "privatewiki": 7, "nowiki": 7} {
			if _, err := s.FindEvent(ctx, wiki, event); !errors.Is(err, ErrNotFound) {
				t.Errorf("%s %d: %v", wiki, event, err)
			}
		}
	})
}

func TestFreeze(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		c := fill(t, s, campaign(1), testNow, someone{id: 1})
		must(t, s.Freeze(ctx, c.ID, "deleted"))
		must(t, s.Freeze(ctx, c.ID, "deleted"))
		got, err := s.Campaign(ctx, c.ID)
		must(t, err)
		if got.Frozen != "deleted" || got.Revision != c.Revision+1 || got.State != Ready {
			t.Errorf("%+v", got)
		}
		if err := s.Freeze(ctx, "x", "y"); !errors.Is(err, ErrNotFound) {
			t.Errorf("no such campaign: %v", err)
		}
	})
}

func TestDeleteCampaign(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		edits := []retention.Edit{edit(start.Add(day))}
		fill(t, s, campaign(1), testNow, someone{id: 1, edits: edits}, someone{id: 2, edits: edits}, someone{id: 3, state: Hidden})
		fill(t, s, campaign(2), testNow, someone{id: 2, edits: edits})
		_, err := s.CreateJob(ctx, "metawiki-1")
		must(t, err)
		must(t, s.SaveBaseline(ctx, "metawiki-1", &retention.Baseline{}))
		must(t, s.SaveEntries(ctx, "metawiki-1", []Entry{{Name: "A"}}))
		must(t, s.DeleteCampaign(ctx, "metawiki-1"))
		for table, want := range map[string]int{
			"campaigns": 1, "participants": 1, "accounts": 1, "account_wikis": 1, "jobs": 0, "figures": 0, "entries": 0,
		} {
			var n int
			must(t, s.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM `+table).Scan(&n))
			if n != want {
				t.Errorf("%s has %d rows, want %d", table, n, want)
			}
		}
		if n := load(t, s, "metawiki-2").Edits(); n != 1 {
			t.Errorf("the other campaign has %d edits", n)
		}
		if err := s.DeleteCampaign(ctx, "metawiki-1"); !errors.Is(err, ErrNotFound) {
			t.Errorf("deleted twice: %v", err)
		}
	})
}

// TestAddCampaign: of two who add a campaign at once one is told that it is there.
func TestAddCampaign(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		errs := make([]error, 6)
		var g errgroup.Group
		for n := range errs {
			g.Go(func() error {
				c := campaign(1)
				c.Title = fmt.Sprint("By ", n)
				_, errs[n] = s.AddCampaign(ctx, c)
				return nil
			})
		}
		must(t, g.Wait())
		c, err := s.Campaign(ctx, "metawiki-1")
		must(t, err)
		added := 0
		for n, err := range errs {
			switch {
			case err == nil && c.Title == fmt.Sprint("By ", n):
				added++
			case !errors.Is(err, ErrExists):
				t.Errorf("%d: %v", n, err)
			}
		}
		if added != 1 {
			t.Errorf("%d have added it, and it is %q", added, c.Title)
		}
	})
}

// TestUpdateCampaign: a campaign that was deleted while it was being read does
// not come back.
func TestUpdateCampaign(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		c, err := s.SaveCampaign(ctx, campaign(1))
		must(t, err)
		c.Title = "Another title"
		if got, err := s.UpdateCampaign(ctx, c); err != nil || got.Title != c.Title || got.Revision <= c.Revision {
			t.Errorf("%+v %v", got, err)
		}
		must(t, s.DeleteCampaign(ctx, c.ID))
		if _, err := s.UpdateCampaign(ctx, c); !errors.Is(err, ErrNotFound) {
			t.Errorf("updated after it was deleted: %v", err)
		}
		if _, err := s.Campaign(ctx, c.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("it came back: %v", err)
		}
	})
}
