package refresh

import (
	"context"
	"strings"
	"testing"

	"afterglow/service/store"
)

func TestRefreshTellsHowFarItIs(t *testing.T) {
	b := newBench(t, spec(128), Options{})
	c := b.track(101)
	if c.ID != "metawiki-101" || c.State != store.New || c.Title != "Libraries" || c.Revision != 1 {
		t.Fatalf("tracked %+v", c)
	}
	if want := b.farm.EventURL(101); c.Source.URL != want || c.Source.Page != "Event:Libraries" {
		t.Errorf("its page is %q at %q, want %q", c.Source.Page, c.Source.URL, want)
	}
	var seen []Phase
	var last Progress
	rep, err := b.r.Refresh(t.Context(), c.ID, func(p Progress) {
		if len(seen) == 0 || seen[len(seen)-1] != p.Phase {
			seen = append(seen, p.Phase)
		} else if p.Done < last.Done || p.Total > 0 && p.Done > p.Total {
			t.Errorf("from %+v to %+v", last, p)
		}
		if p.Phase == PhaseDone && (last.Phase != PhaseContributions || last.Done != last.Total || last.Total == 0) {
			t.Errorf("it ends at %+v", last)
		}
		last = p
		// Whoever looks meanwhile sees a campaign that is being measured.
		now, err := b.s.Campaign(context.Background(), c.ID)
		if err != nil || now.State != store.Measuring && now.State != store.New {
			t.Errorf("at %s the campaign is %s (%v)", p.Phase, now.State, err)
		}
	})
	must(t, err)
	want := []Phase{PhaseEvent, PhaseParticipants, PhaseAccounts, PhaseContributions, PhaseDone}
	if len(seen) != len(want) {
		t.Errorf("phases %v, want %v", seen, want)
	}
	got := rep.Campaign
	if got.State != store.Ready || got.Coverage.Participants != 128 || got.Coverage.Measured != 128 || got.Revision <= c.Revision || got.Read != got.Total {
		t.Errorf("refreshed %+v", got)
	}
	var requests, rows, edits int64
	for _, w := range rep.Wikis {
		requests, rows, edits = requests+w.Requests, rows+w.Rows, edits+w.Edits
	}
	if rep.People != 128 || requests != rep.Requests || rows != rep.Rows || edits == 0 || edits >= rows || len(rep.Wikis) != 2 {
		t.Errorf("report %+v", rep)
	}
	if phase, _ := rep.Dominant(); phase == "" {
		t.Error("nothing dominates")
	}
}

func TestRefreshOfNothing(t *testing.T) {
	b := newBench(t, spec(3), Options{})
	if _, err := b.r.Refresh(t.Context(), "metawiki-7", nil); err == nil || !strings.Contains(err.Error(), "metawiki-7") {
		t.Errorf("an unknown campaign: %v", err)
	}
}

// Any wiki of a farm tracks the same event as the same campaign.
func TestTrackByAnyWiki(t *testing.T) {
	b := newBench(t, spec(3), Options{})
	c := b.track(101)
	same, err := b.r.Track(t.Context(), b.wiki("enwiki"), 101)
	must(t, err)
	if same.ID != c.ID || same.Farm != c.Farm || same.Source.URL != c.Source.URL || same.Revision != c.Revision {
		t.Errorf("%+v\n%+v", same, c)
	}
	found, err := b.s.FindEvent(t.Context(), "enwiki", 101)
	if err != nil || found.ID != c.ID {
		t.Errorf("%+v %v", found, err)
	}

	other := onFarm(t, b.farm, Options{})
	same, err = other.r.Track(t.Context(), other.wiki("enwiki"), 101)
	must(t, err)
	if same.ID != c.ID || same.Source.URL != c.Source.URL {
		t.Errorf("%+v\n%+v", same, c)
	}
	other.refresh(same.ID)
	other.check(same.ID)
}
