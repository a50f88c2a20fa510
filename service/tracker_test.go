package service

import (
	"context"
	"errors"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
	"afterglow/service/store"
	"afterglow/service/web"
)

// TestTrackGivesUpSoon: who has a campaign tracked while its wiki is down is told
// so after tracker.patience, though the client would try again for much longer;
// nothing is tracked. Once the wiki answers, it is.
func TestTrackGivesUpSoon(t *testing.T) {
	farm, err := fakewiki.New(sampleFarm(time.Now(), "http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	defer farm.Close()
	o := newOffice(t, 0)
	list := web.List{Title: "Spring", Names: "One\nTwo\n", Wiki: farm.URL("metawiki"), Start: now().AddDate(0, -2, 0), End: now()}
	track := map[string]func(context.Context, *tracker) (web.Tracked, error){
		"an event": func(ctx context.Context, tr *tracker) (web.Tracked, error) { return tr.Track(ctx, farm.EventURL(102)) },
		"a list":   func(ctx context.Context, tr *tracker) (web.Tracked, error) { return tr.TrackList(ctx, list) },
	}
	for name, fault := range map[string]fakewiki.Rule{
		"slow": {Kind: fakewiki.Slow, Probability: 1, Times: -1, Delay: time.Hour},
		"down": {Kind: fakewiki.Unavailable, Probability: 1, Times: -1, RetryAfter: time.Hour},
	} {
		farm.SetFaults(fakewiki.Faults{Rules: []fakewiki.Rule{fault}})
		for what, f := range track {
			// Without the bound the request's own time runs out, which is the
			// server's trouble and not the wiki's.
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			tr := o.tracker()
			tr.patience = 100 * time.Millisecond
			if _, err := f(ctx, tr); err == nil || ctx.Err() != nil {
				t.Errorf("%s, the wiki is %s: %v; the request: %v", what, name, err, ctx.Err())
			} else if name == "slow" && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s, the wiki is %s: %v", what, name, err)
			}
			cancel()
		}
	}
	farm.SetFaults(fakewiki.Faults{})
	if all, _, err := o.mine.Campaigns(t.Context(), store.Query{}); err != nil || len(all) != 0 {
		t.Errorf("%d campaigns, %v", len(all), err)
	}
	for what, f := range track {
		if got, err := f(t.Context(), o.tracker()); err != nil || !got.IsNew {
			t.Errorf("%s: %+v %v", what, got, err)
		}
	}
}
