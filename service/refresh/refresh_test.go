package refresh

import (
	"testing"

	"afterglow/service/store"
)

func TestRefreshReadsACampaign(t *testing.T) {
	b := newBench(t, spec(128), Options{})
	c := b.track(101)
	if c.ID != "metawiki-101" || c.State != store.New || c.Title != "Libraries" {
		t.Fatalf("tracked %+v", c)
	}
	rep := b.refresh(c.ID)
	t.Logf("%+v", rep)
	if got := rep.Campaign; got.State != store.Ready || got.Coverage.Participants != 128 || got.Coverage.Measured != 128 {
		t.Errorf("refreshed %+v", got)
	}
}
