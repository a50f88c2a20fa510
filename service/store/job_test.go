package store

import (
	"errors"
	"strings"
	"testing"
	"time"

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
		j, err := s.CreateJob(ctx, "metawiki-1")
		must(t, err)
		if same, err := s.CreateJob(ctx, "metawiki-1"); err != nil || same.ID != j.ID {
			t.Errorf("a second job beside one that waits: %+v %v", same, err)
		}
		if q, err := s.QueuedJobs(ctx, 5); err != nil || len(q) != 1 || q[0].ID != j.ID {
			t.Errorf("%+v %v", q, err)
		}
		j.State, j.Phase, j.Done, j.Total, j.Wiki, j.Error = Running, "accounts", 5, 10, "enwiki", strings.Repeat("é", 800)
		c.t = c.t.Add(time.Minute)
		must(t, s.UpdateJob(ctx, j))
		got, err := s.Job(ctx, j.ID)
		must(t, err)
		if got.Done != 5 || got.Wiki != "enwiki" || !got.Updated.Equal(c.t) || len(got.Error) > 1000 || !strings.HasPrefix(j.Error, got.Error) {
			t.Errorf("%+v", got)
		}
		if got.State.Ended() {
			t.Error("it runs, and has ended")
		}
		must(t, s.AbandonJobs(ctx, c.t.Add(time.Second)))
		if got, err = s.Job(ctx, j.ID); err != nil || got.State != Broken || got.Error == "" {
			t.Errorf("%+v %v", got, err)
		}
		next, err := s.CreateJob(ctx, "metawiki-1")
		if err != nil || next.ID == j.ID {
			t.Errorf("%+v %v", next, err)
		}
		must(t, s.DeleteJobs(ctx, c.t.Add(time.Hour)))
		if _, err := s.Job(ctx, j.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("deleted: %v", err)
		}
		if err := s.UpdateJob(ctx, j); !errors.Is(err, ErrNotFound) {
			t.Errorf("deleted: %v", err)
		}
		if _, err := s.Job(ctx, next.ID); err != nil {
			t.Error(err)
		}
	})
}

func TestFigures(t *testing.T) {
	s := openTest(t, "sqlite::memory:", &clock{testNow})
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
}
