package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
	"afterglow/service/refresh"
	"afterglow/service/store"
)

// calendar is a worker on a farm, both at a time that a test decides, and the
// refreshes that it did.
type calendar struct {
	*worker
	t    *testing.T
	farm *fakewiki.Farm
	at   time.Time
	done map[string][]time.Time // by campaign
}

const dueAgain = 24 * time.Hour

// Now and Sleep are the client's clock: what it remembers gets old with the calendar.
func (c *calendar) Now() time.Time { return c.at }

func (c *calendar) Sleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func newCalendar(t *testing.T, spec fakewiki.Spec) *calendar {
	t.Helper()
	farm, err := fakewiki.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(farm.Close)
	c := &calendar{t: t, farm: farm, at: spec.Now, done: map[string][]time.Time{}}
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "afterglow.db"), store.Options{Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	client, err := mwclient.New(mwclient.Options{PerWiki: 3, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	c.worker = &worker{
		store: db, client: client, r: refresh.New(db, client, refresh.Options{Now: c.Now}),
		tally: &tally{store: db, stats: client.Stats}, logger: slog.New(slog.DiscardHandler),
	}
	wiki, err := client.Wiki(t.Context(), farm.URL("metawiki"))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range farm.Events() {
		if _, err := c.r.Track(t.Context(), wiki, id); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// bySchedule returns what serve does once a day.
func bySchedule(c *calendar) func() error {
	s := &schedule{
		store: c.store, interval: dueAgain, logger: c.logger, now: c.Now, again: time.Hour, failed: map[string]time.Time{},
		refresh: func(ctx context.Context, id string, wanted func(store.Campaign) bool, progress func(refresh.Progress)) (refresh.Report, error) {
			rep, err := c.runIf(ctx, id, wanted, progress)
			if err == nil {
				c.done[id] = append(c.done[id], c.at)
			} else {
				c.t.Errorf("%s on %s: %v", id, c.at, err)
			}
			return rep, err
		},
	}
	return func() error { return s.refreshDue(c.t.Context()) }
}

// byCommand returns what `afterglow refresh --due` does.
func byCommand(c *calendar) func() error {
	ctx, frozen := c.t.Context(), map[string]bool{}
	return func() error {
		done, partial, err := RefreshOptions{Due: true}.run(ctx, c.worker, shard{}, dueAgain, c.Now, newProgress(c.t.Output(), true))
		if err != nil || partial != nil {
			return errors.Join(err, partial)
		}
		// It tells how many; the database tells which.
		stored := 0
		err = eachCampaign(ctx, c.store, func(s store.Campaign) {
			froze := s.Frozen != "" && !frozen[s.ID]
			frozen[s.ID] = s.Frozen != ""
			if s.Refreshed.Equal(c.at) || froze {
				c.done[s.ID] = append(c.done[s.ID], c.at)
				stored++
			}
		})
		if done != stored {
			c.t.Errorf("on %s: it says that it refreshed %d campaigns, the database says %d", c.at, done, stored)
		}
		return err
	}
}

// The schedule, and the command, run once a day for more than a year, refresh each
// campaign on the days that the rule says, and keep each mark's snapshots when it
// closes: no more, no fewer.
func TestAYearOfRefreshes(t *testing.T) {
	if testing.Short() {
		t.Skip("500 days take half a minute")
	}
	t.Run("serve", func(t *testing.T) { aYearOfRefreshes(t, bySchedule) })
	t.Run("refresh --due", func(t *testing.T) { aYearOfRefreshes(t, byCommand) })
}

func aYearOfRefreshes(t *testing.T, by func(*calendar) (refreshDue func() error)) {
	const (
		day       = 24 * time.Hour
		days      = 500
		outageDay = 230 // nothing runs from here on …
		outageEnd = 275 // … to here
		deleteDay = 300
		deleted   = "metawiki-105"
	)
	begin := time.Date(2024, 3, 1, 3, 0, 0, 0, time.UTC)
	event := func(id int64, endDay, length int) fakewiki.EventSpec {
		end := begin.Add(time.Duration(endDay)*day + 17*time.Hour)
		return fakewiki.EventSpec{ID: id, Title: fmt.Sprint("Event ", id), Start: end.Add(-time.Duration(length) * day), End: end,
			Participants: 12, NewcomerShare: .5, EditsPerPerson: 8, Wikis: []string{"*"}}
	}
	c := newCalendar(t, fakewiki.Spec{
		Seed: 3, Now: begin, CentralAuth: true, GlobalUsers: true, Recent: true,
		Wikis: []fakewiki.WikiSpec{{DB: "metawiki", Code: "special"}, {DB: "enwiki"}},
		Events: []fakewiki.EventSpec{
			event(101, -370, 3), // daily for 20 days more, then monthly; its marks were missed, the last is just over
			event(102, -50, 20), // its first mark was missed; later ones close on time
			event(103, 5, 1),    // all of it is seen
			event(104, 190, 30), // its first mark closes while nothing runs
			event(105, 60, 7),   // deleted on the way
		},
	})
	refreshDue := by(c)
	ends := map[string]time.Time{}
	for _, id := range c.farm.Events() {
		e, _ := c.farm.Event(id)
		ends[fmt.Sprintf("metawiki-%d", id)] = e.End
	}
	wantDone := map[string][]time.Time{}
	wantKept := map[string][]string{}
	for d := range days {
		c.at = begin.Add(time.Duration(d) * day)
		c.farm.SetNow(c.at)
		if d == deleteDay {
			if err := c.farm.EditEvent(105, func(e *fakewiki.Event) { e.Deleted = true }); err != nil {
				t.Fatal(err)
			}
		}
		if d >= outageDay && d < outageEnd {
			continue
		}
		if err := refreshDue(); err != nil {
			t.Fatal(err)
		}

		// The rule, in its own words: daily until 30 days after the 12-month mark,
		// then every 30 days; a mark's snapshot at the first refresh whose data goes
		// to 48 hours after its month's end.
		for id, end := range ends {
			last := time.Time{}
			if n := len(wantDone[id]); n > 0 {
				last = wantDone[id][n-1]
			}
			isDaily := c.at.Before(end.Add(390 * day))
			if !last.IsZero() && !isDaily && c.at.Sub(last) < 30*day {
				continue
			}
			if id == deleted && d > deleteDay {
				continue
			}
			wantDone[id] = append(wantDone[id], c.at)
			if id == deleted && d == deleteDay {
				continue // it learns that the event is gone
			}
			asOf := c.at.Add(-time.Minute)
			for _, mark := range []int{1, 3, 6, 12} {
				closes := end.Add(time.Duration(mark)*30*day + 48*time.Hour)
				if asOf.Before(closes) || !last.IsZero() && !last.Add(-time.Minute).Before(closes) {
					continue
				}
				for _, kind := range []string{"retention", "marks", "survival"} {
					wantKept[id] = append(wantKept[id], fmt.Sprintf("%2d %s as of %s", mark, kind, asOf.Format(time.DateTime)))
				}
			}
		}
	}
	for id := range ends {
		if !slices.Equal(c.done[id], wantDone[id]) {
			t.Errorf("%s: %d refreshes, want %d; the last %v, want %v", id, len(c.done[id]), len(wantDone[id]), c.done[id][max(0, len(c.done[id])-1):], wantDone[id][len(wantDone[id])-1:])
		}
		kept, err := c.store.Snapshots(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range kept {
			got = append(got, fmt.Sprintf("%2d %s as of %s", s.Mark, s.Kind, s.AsOf.Format(time.DateTime)))
		}
		slices.Sort(got)
		slices.Sort(wantKept[id])
		if !slices.Equal(got, wantKept[id]) {
			t.Errorf("%s: snapshots\n%v\nwant\n%v", id, got, wantKept[id])
		}
		t.Logf("%s: %d refreshes, %d snapshots", id, len(c.done[id]), len(kept))
	}
}
