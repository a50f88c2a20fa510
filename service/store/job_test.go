package store

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"afterglow/retention"
)

func TestJobs(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, c *clock) {
		ctx := t.Context()
		_, err := s.SaveCampaign(ctx, campaign(1))
		must(t, err)
		if _, err := s.CreateJob(ctx, "x"); !errors.Is(err, ErrNotFound) {
			t.Errorf("no such campaign: %v", err)
		}
		if _, err := s.LatestJob(ctx, "metawiki-1"); !errors.Is(err, ErrNotFound) {
			t.Errorf("no job yet: %v", err)
		}
		j, err := s.CreateJob(ctx, "metawiki-1")
		must(t, err)
		if same, err := s.CreateJob(ctx, "metawiki-1"); err != nil || same.ID != j.ID {
			t.Errorf("a second job beside one that waits: %+v %v", same, err)
		}
		if err := s.UpdateJob(ctx, &Job{ID: j.ID, Holder: "nobody", State: Running, Version: j.Version}); !errors.Is(err, ErrBusy) {
			t.Errorf("updated by a worker that does not have it: %v", err)
		}
		c.t = c.t.Add(time.Minute)
		taken, err := s.ClaimJob(ctx, "one")
		must(t, err)
		if taken.ID != j.ID || taken.State != Running || taken.Holder != "one" || taken.Tries != 1 || taken.Version <= j.Version {
			t.Errorf("taken: %+v", taken)
		}
		if again, err := s.ClaimJob(ctx, "two"); !errors.Is(err, ErrNotFound) {
			t.Errorf("taken twice: %+v %v", again, err)
		}
		if same, err := s.CreateJob(ctx, "metawiki-1"); err != nil || same.ID != j.ID {
			t.Errorf("a second job beside one that runs: %+v %v", same, err)
		}
		taken.Phase, taken.Done, taken.Total, taken.Wiki, taken.Error = "accounts", 5, 10, "enwiki", strings.Repeat("é", 800)
		before := taken.Version
		must(t, s.UpdateJob(ctx, &taken))
		got, err := s.Job(ctx, j.ID)
		must(t, err)
		if got.Done != 5 || got.Wiki != "enwiki" || !got.Updated.Equal(c.t) || len(got.Error) > 1000 || !strings.HasPrefix(taken.Error, got.Error) ||
			got.Version != before+1 || got.Version != taken.Version || got.State.Ended() {
			t.Errorf("%+v", got)
		}
		taken.State = Done
		must(t, s.UpdateJob(ctx, &taken))
		if taken.Holder != "" {
			t.Error("a job that has ended still has a holder")
		}
		if err := s.UpdateJob(ctx, &taken); !errors.Is(err, ErrBusy) {
			t.Errorf("updated by nobody: %v", err)
		}
		next, err := s.CreateJob(ctx, "metawiki-1")
		if err != nil || next.ID == j.ID {
			t.Errorf("%+v %v", next, err)
		}
		c.t = c.t.Add(time.Second)
		must(t, s.DeleteJobs(ctx, c.t.Add(time.Hour)))
		if _, err := s.Job(ctx, j.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("deleted: %v", err)
		}
		taken.Holder = "one"
		if err := s.UpdateJob(ctx, &taken); !errors.Is(err, ErrNotFound) {
			t.Errorf("deleted: %v", err)
		}
		if last, err := s.LatestJob(ctx, "metawiki-1"); err != nil || last.ID != next.ID {
			t.Errorf("%+v %v", last, err)
		}
	})
}

// TestDeadWorker: a job whose worker says nothing more is taken up by another,
// the first can change nothing then, and a job that kills its workers ends.
func TestDeadWorker(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, c *clock) {
		ctx := t.Context()
		_, err := s.SaveCampaign(ctx, campaign(1))
		must(t, err)
		j, err := s.CreateJob(ctx, "metawiki-1")
		must(t, err)
		dead, err := s.ClaimJob(ctx, "dead")
		must(t, err)
		c.t = c.t.Add(silentJob - time.Second)
		must(t, s.UpdateJob(ctx, &dead))
		c.t = c.t.Add(silentJob - time.Second)
		if early, err := s.ClaimJob(ctx, "heir"); !errors.Is(err, ErrNotFound) {
			t.Errorf("taken from a worker that spoke: %+v %v", early, err)
		}
		c.t = c.t.Add(time.Second)
		heir, err := s.ClaimJob(ctx, "heir")
		if err != nil || heir.ID != j.ID || heir.Tries != 2 {
			t.Fatalf("%+v %v", heir, err)
		}
		dead.State = Done
		if err := s.UpdateJob(ctx, &dead); !errors.Is(err, ErrBusy) {
			t.Errorf("the dead speak: %v", err)
		}
		// Given back, it waits until it is due.
		heir.State, heir.Due = Queued, c.t.Add(time.Hour)
		must(t, s.UpdateJob(ctx, &heir))
		if early, err := s.ClaimJob(ctx, "third"); !errors.Is(err, ErrNotFound) {
			t.Errorf("taken before it was due: %+v %v", early, err)
		}
		c.t = c.t.Add(time.Hour)
		for range mostTries - 2 {
			_, err := s.ClaimJob(ctx, "third")
			must(t, err)
			c.t = c.t.Add(silentJob)
		}
		if last, err := s.ClaimJob(ctx, "third"); !errors.Is(err, ErrNotFound) {
			t.Errorf("taken once more: %+v %v", last, err)
		}
		if got, err := s.Job(ctx, j.ID); err != nil || got.State != Broken || got.Error == "" || got.Holder != "" {
			t.Errorf("%+v %v", got, err)
		}
	})
}

// TestClaimAtOnce: of many workers that ask at once each job goes to one.
func TestClaimAtOnce(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		const jobs, workers = 12, 8
		for n := range jobs {
			c, err := s.SaveCampaign(ctx, campaign(n+1))
			must(t, err)
			_, err = s.CreateJob(ctx, c.ID)
			must(t, err)
		}
		var mu sync.Mutex
		var g errgroup.Group
		taken := map[string]int{}
		for w := range workers {
			g.Go(func() error {
				for {
					j, err := s.ClaimJob(ctx, fmt.Sprint("worker ", w))
					if errors.Is(err, ErrNotFound) {
						return nil
					}
					if err != nil {
						return err
					}
					mu.Lock()
					taken[j.ID]++
					mu.Unlock()
				}
			})
		}
		must(t, g.Wait())
		if len(taken) != jobs {
			t.Errorf("%d jobs were taken of %d", len(taken), jobs)
		}
		for id, n := range taken {
			if n != 1 {
				t.Errorf("%s was taken %d times", id, n)
			}
		}
	})
}

func TestFigures(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		ctx := t.Context()
		c := fill(t, s, campaign(1), testNow, someone{id: 1})
		if _, err := s.Baseline(ctx, c.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("none is stored: %v", err)
		}
		b := &retention.Baseline{
			Head:    retention.Head{Measure: retention.MeasureBaseline, Campaign: c.Campaign, Definition: retention.Default(), AsOf: testNow, MinCell: 5},
			Control: retention.Series{Group: "control", People: 9, Points: []retention.Point{{Month: 1, AtRisk: 9, Retained: 3, Rate: 1. / 3, Status: retention.Final}}},
			Matched: 4, Unmatched: 1, Controls: 9,
		}
		must(t, s.SaveBaseline(ctx, c.ID, b))
		got, err := s.Baseline(ctx, c.ID)
		must(t, err)
		want, err := b.MarshalJSON()
		must(t, err)
		if j, err := got.MarshalJSON(); err != nil || string(j) != string(want) {
			t.Errorf("%s, want %s (%v)", j, want, err)
		}
		if now, err := s.Campaign(ctx, c.ID); err != nil || now.Revision <= c.Revision {
			t.Errorf("a new figure, and no new revision: %+v %v", now, err)
		}
		if err := s.SaveBaseline(ctx, "x", b); !errors.Is(err, ErrNotFound) {
			t.Errorf("no such campaign: %v", err)
		}
		must(t, s.SaveFigure(ctx, Figure{Campaign: c.ID, Kind: baselineKind, Format: "other", Body: []byte{1}}))
		if _, err := s.Baseline(ctx, c.ID); !errors.Is(err, ErrFormat) {
			t.Errorf("another format: %v", err)
		}
	})
}
