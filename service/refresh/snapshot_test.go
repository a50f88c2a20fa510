package refresh

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
	"afterglow/service/store"
)

// kept lists a campaign's snapshots: mark, kind, and as of when.
func (b *bench) kept(id string) []store.Snapshot {
	b.tb.Helper()
	all, err := b.s.Snapshots(b.tb.Context(), id)
	must(b.tb, err)
	return all
}

// marksKept is the marks that have all their snapshots.
func marksKept(t *testing.T, all []store.Snapshot) []int {
	t.Helper()
	kinds := map[int][]string{}
	var marks []int
	for _, s := range all {
		if len(kinds[s.Mark]) == 0 {
			marks = append(marks, s.Mark)
		}
		kinds[s.Mark] = append(kinds[s.Mark], s.Kind)
	}
	for mark, of := range kinds {
		if fmt.Sprint(of) != "[marks retention survival]" {
			t.Errorf("mark %d has %v", mark, of)
		}
	}
	return marks
}

// A snapshot is taken at the first complete refresh that sees its month closed and
// two days more, not a second earlier, and never changes.
func TestSnapshotAtAMark(t *testing.T) {
	s := spec(80)
	due := end.Add(30*day + 48*time.Hour)
	s.Now = due.Add(time.Minute - time.Second) // complete a minute before
	b := newBench(t, s, Options{})
	id := b.track(101).ID
	b.refresh(id)
	if all := b.kept(id); len(all) != 0 {
		t.Fatalf("%d snapshots before the mark", len(all))
	}

	// A refresh that is not complete takes none.
	b.pass(21 * time.Hour) // accounts are asked for anew after 20
	b.farm.SetFaults(fakewiki.Faults{Down: []string{"enwiki"}})
	if _, err := b.r.Refresh(t.Context(), id, nil); err == nil {
		t.Fatal("a wiki is down, and nothing said so")
	}
	if all := b.kept(id); len(all) != 0 {
		t.Fatalf("%d snapshots of a partial refresh", len(all))
	}
	b.farm.SetFaults(fakewiki.Faults{})
	c := b.refresh(id).Campaign
	first := b.kept(id)
	if got := marksKept(t, first); !slices.Equal(got, []int{1}) {
		t.Fatalf("marks %v", got)
	}
	for _, s := range first {
		var body struct {
			AsOf     time.Time `json:"as_of"`
			Coverage struct {
				Measured int `json:"measured"`
			} `json:"coverage"`
			Points []struct{ Status string }
		}
		must(t, json.Unmarshal(s.Body, &body))
		if !s.AsOf.Equal(c.AsOf) || !body.AsOf.Equal(c.AsOf) || body.Coverage.Measured != c.Coverage.Measured || s.Revision != c.Revision ||
			!strings.Contains(string(s.Definition), `"months"`) && s.Kind == "retention" || !strings.Contains(string(s.Coverage), `"measured"`) {
			t.Errorf("%s: %+v of %s", s.Kind, body, s.Definition)
		}
		if s.Kind == "retention" && (body.Points[0].Status != "final" || body.Points[1].Status != "open") {
			t.Errorf("the points are %+v", body.Points)
		}
	}

	// People vanish, and what was published stays.
	event, _ := b.farm.Event(101)
	for _, p := range event.Participants[:20] {
		must(t, b.farm.Change(fakewiki.Change{Name: p.Name, To: fakewiki.NotFound}))
	}
	b.pass(day)
	b.refresh(id)
	for i, s := range b.kept(id) {
		if string(s.Body) != string(first[i].Body) || !s.Saved.Equal(first[i].Saved) {
			t.Errorf("the snapshot of %s changed", s.Kind)
		}
	}
}

// Marks that nobody was there to see are kept by the next refresh, with its as-of.
func TestSnapshotOfMissedMarks(t *testing.T) {
	b := newBench(t, spec(80), Options{})
	id := b.track(101).ID
	c := b.refresh(id).Campaign // 7½ months after the end
	all := b.kept(id)
	if got := marksKept(t, all); !slices.Equal(got, []int{1, 3, 6}) {
		t.Errorf("marks %v", got)
	}
	for _, s := range all {
		if !s.AsOf.Equal(c.AsOf) {
			t.Errorf("%s at mark %d is as of %s, want %s", s.Kind, s.Mark, s.AsOf, c.AsOf)
		}
	}

	// An event that moved has marks of its own; the old ones stay.
	must(t, b.farm.EditEvent(101, func(e *fakewiki.Event) { e.End = e.End.Add(day) }))
	b.pass(7 * time.Hour)
	b.restart(Options{})
	b.refresh(id)
	if n := len(b.kept(id)); n != 2*len(all) {
		t.Errorf("%d snapshots after the event moved, want %d", n, 2*len(all))
	}
}

// A campaign without people has snapshots that say so.
func TestSnapshotOfNobody(t *testing.T) {
	b := newBench(t, spec(0), Options{})
	id := b.track(101).ID
	b.refresh(id)
	all := b.kept(id)
	if got := marksKept(t, all); !slices.Equal(got, []int{1, 3, 6}) {
		t.Fatalf("marks %v", got)
	}
	if !strings.Contains(string(all[1].Body), `"empty"`) {
		t.Errorf("%s", all[1].Body)
	}
}
