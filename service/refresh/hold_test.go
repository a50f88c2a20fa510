package refresh

import (
	"testing"
	"time"
)

// People who were renamed, or are gone, since their reading was planned are not
// read under the name they had: the wiki would know nobody of that name, and its
// silence would be taken for an account without edits.
func TestTakeLeavesOutWhoeverChanged(t *testing.T) {
	b := newBench(t, spec(6), Options{})
	c := b.track(101)
	b.refresh(c.ID)
	n := &run{Refresher: b.r, campaign: c, holder: "this worker"}
	planned, err := b.s.Pairs(t.Context(), c.ID, "enwiki")
	must(t, err)
	if len(planned) < 3 {
		t.Fatalf("%d people on enwiki", len(planned))
	}
	// As another worker's refresh saves it.
	must(t, b.s.RenameAccount(t.Context(), c.Farm, planned[0].Account, "Another name", false))
	must(t, b.s.RenameAccount(t.Context(), c.Farm, planned[1].Account, "", true))
	for _, own := range []map[int64]bool{{}, {planned[0].Account: true, planned[1].Account: true}} {
		took, err := n.take(t.Context(), "enwiki", planned, own)
		must(t, err)
		if len(took.pairs) != len(planned)-2 {
			t.Errorf("%d taken of %d, two of which changed", len(took.pairs), len(planned))
		}
		for _, p := range took.pairs {
			if p.Account == planned[0].Account || p.Account == planned[1].Account {
				t.Errorf("%q is read", p.Name)
			}
		}
		took.release()
	}
	// Nobody holds what was given back.
	ids := []int64{planned[0].Account, planned[2].Account}
	if taken, err := b.s.TakePairs(t.Context(), c.Farm, "enwiki", ids, "another", time.Minute); err != nil || len(taken) != 2 {
		t.Errorf("%v (%v)", taken, err)
	}
}
