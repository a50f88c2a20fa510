package store

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"afterglow/retention"
)

// snapshot returns one that can be saved.
func snapshot(c Campaign, mark int) Snapshot {
	return Snapshot{
		Campaign: c.ID, Kind: "retention", Mark: mark, Start: c.Start, End: c.End, AsOf: testNow, Revision: c.Revision,
		Definition: json.RawMessage(`{"anchor":"end"}`), Coverage: json.RawMessage(`{"participants":2}`), Format: "json1", Body: []byte(`{"points":[]}`),
	}
}

// What was published stays, whatever happens to people, readings and dates.
func TestSnapshotsStay(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, clock *clock) {
		ctx := t.Context()
		edits := []retention.Edit{edit(start.Add(day))}
		c := fill(t, s, campaign(1), testNow, someone{id: 1, edits: edits}, someone{id: 2, edits: edits})
		if _, err := s.Snapshot(ctx, c.ID, "retention", 1); !errors.Is(err, ErrNotFound) {
			t.Errorf("none is saved: %v", err)
		}
		first := snapshot(c, 1)
		must(t, s.SaveSnapshot(ctx, first))
		first.Saved = clock.t
		if now, err := s.Campaign(ctx, c.ID); err != nil || now.Revision != c.Revision+1 {
			t.Errorf("revision %d after a snapshot, want %d (%v)", now.Revision, c.Revision+1, err)
		}
		clock.t = clock.t.Add(day)
		must(t, s.SaveSnapshot(ctx, snapshot(c, 1))) // whoever did not hear that it was saved asks again
		for what, change := range map[string]func(*Snapshot){
			"figures":  func(n *Snapshot) { n.Body = []byte(`{}`) },
			"as of":    func(n *Snapshot) { n.AsOf = n.AsOf.Add(day) },
			"coverage": func(n *Snapshot) { n.Coverage = json.RawMessage(`{"participants":1}`) },
		} {
			other := snapshot(c, 1)
			change(&other)
			if err := s.SaveSnapshot(ctx, other); !errors.Is(err, ErrExists) {
				t.Errorf("other %s at the same mark: %v", what, err)
			}
		}
		must(t, s.SaveSnapshot(ctx, snapshot(c, 3)))

		// Everyone goes, and the campaign is read again.
		must(t, s.RenameAccount(ctx, "farm", 1, "", true))
		list(t, s, c.ID, someone{id: 1, state: NotFound})
		_, err := s.EndRefresh(ctx, c.ID, testNow.Add(2*day), nil, "")
		must(t, err)
		if got, err := s.Snapshot(ctx, c.ID, "retention", 1); err != nil || !reflect.DeepEqual(got, first) {
			t.Errorf("%+v\nwant %+v (%v)", got, first, err)
		}

		// The event moves: its marks are others, and what was published is kept.
		moved := campaign(1)
		moved.End = moved.End.Add(60 * day)
		_, err = s.SaveCampaign(ctx, moved)
		must(t, err)
		if _, err := s.Snapshot(ctx, c.ID, "retention", 1); !errors.Is(err, ErrNotFound) {
			t.Errorf("the figures of the old dates show as those of the new: %v", err)
		}
		must(t, s.SaveSnapshot(ctx, snapshot(moved, 1)))
		all, err := s.Snapshots(ctx, c.ID)
		must(t, err)
		if len(all) != 3 || !reflect.DeepEqual(all[0], first) || !all[1].End.Equal(moved.End) || all[2].Mark != 3 {
			t.Errorf("%+v", all)
		}

		must(t, s.DeleteCampaign(ctx, c.ID))
		if all, err := s.Snapshots(ctx, c.ID); err != nil || len(all) != 0 {
			t.Errorf("%d snapshots of a campaign that was deleted (%v)", len(all), err)
		}
		if err := s.SaveSnapshot(ctx, snapshot(moved, 1)); !errors.Is(err, ErrNotFound) {
			t.Errorf("no such campaign: %v", err)
		}
	})
}

func TestSnapshotsThatCannotBeSaved(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		c := fill(t, s, campaign(1), testNow, someone{id: 1})
		for what, change := range map[string]func(*Snapshot){
			"no kind":             func(n *Snapshot) { n.Kind = "" },
			"the mark 0":          func(n *Snapshot) { n.Mark = 0 },
			"no dates":            func(n *Snapshot) { n.End = time.Time{} },
			"no as-of":            func(n *Snapshot) { n.AsOf = time.Time{} },
			"no JSON":             func(n *Snapshot) { n.Coverage = json.RawMessage(`{`) },
			"a long definition":   func(n *Snapshot) { n.Definition, _ = json.Marshal(make([]int, maxSnapshotHead)) },
			"no body":             func(n *Snapshot) { n.Body = nil },
			"a body that is long": func(n *Snapshot) { n.Body = make([]byte, maxSnapshotBody+1) },
		} {
			n := snapshot(c, 1)
			change(&n)
			if err := s.SaveSnapshot(t.Context(), n); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}
