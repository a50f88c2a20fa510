package refresh

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
	"afterglow/service/store"
)

// stopper lets so many requests pass, then calls stop and fails every other.
type stopper struct {
	left atomic.Int64
	stop func()
}

var errPulled = errors.New("the cable was pulled")

func (s *stopper) RoundTrip(req *http.Request) (*http.Response, error) {
	if s.left.Add(-1) < 0 {
		if s.stop != nil {
			s.stop()
		}
		return nil, errPulled
	}
	return http.DefaultTransport.RoundTrip(req)
}

// crashes is a farm and what a refresh of its event gives and costs undisturbed.
func crashes(t *testing.T) (farm *fakewiki.Farm, id, want string, requests int) {
	t.Helper()
	farm, err := fakewiki.New(odd(130))
	must(t, err)
	t.Cleanup(farm.Close)
	clean := onFarm(t, farm, Options{})
	farm.ResetStats()
	id = clean.track(101).ID
	clean.refresh(id)
	return farm, id, clean.print(id), farm.Stats().Requests
}

// A refresh that is cancelled, or loses its network, at any request goes on where
// it stopped, and gives in the end what one gives that was never disturbed.
func TestRefreshGoesOnWhereItStopped(t *testing.T) {
	farm, id, want, requests := crashes(t)
	lost := map[int]int{} // requests more than without a crash, and how often
	defer func() { t.Logf("requests lost to a crash, and how often: %v", lost) }()
	for _, kind := range []string{"cancelled", "network gone"} {
		for k := range requests {
			b := onFarm(t, farm, Options{})
			b.track(101)
			ctx, cancel := context.WithCancel(t.Context())
			over := &stopper{}
			over.left.Store(int64(k))
			if kind == "cancelled" {
				over.stop = cancel
			}
			b.restartOver(Options{}, over)
			farm.ResetStats()
			rep, err := b.r.Refresh(ctx, id, nil)
			cancel()
			if err == nil {
				break // more requests than this refresh needs
			}
			if kind == "cancelled" && !errors.Is(err, context.Canceled) {
				t.Fatalf("stopped at request %d: %v", k, err)
			}
			if c, err := b.s.Campaign(t.Context(), id); err != nil || c.State == store.Ready && rep.Campaign.State != store.Ready {
				t.Fatalf("stopped at request %d: the campaign is %s (%v)", k, c.State, err)
			}
			b.restart(Options{})
			b.refresh(id)
			differ(t, kind+" at request "+strconv.Itoa(k), b.print(id), want)
			// What was saved is not read again: the event is asked for anew, the list
			// if it was not at its end, and a batch on each of two wikis.
			if again := farm.Stats().Requests; kind == "cancelled" {
				lost[again-requests+3]++
				if k > requests-8 && again-(requests-3) > 10 {
					t.Errorf("stopped at request %d of %d: %d requests in all", k, requests-3, again)
				}
			}
		}
	}
}

// Two crashes in a row at random batches, with a week between them.
func TestRefreshSurvivesCrashAfterCrash(t *testing.T) {
	farm, id, _, requests := crashes(t)
	b := onFarm(t, farm, Options{})
	began := farm.Now()
	b.track(101)
	for _, k := range []int{requests / 2, requests / 3, requests - 4} {
		over := &stopper{}
		over.left.Store(int64(k))
		b.restartOver(Options{}, over)
		_, _ = b.r.Refresh(t.Context(), id, nil) // it fails
		b.pass(7 * day)
	}
	b.restart(Options{})
	b.refresh(id)
	got := b.print(id)
	b.check(id)
	fresh := onFarm(t, farm, Options{})
	fresh.track(101)
	fresh.refresh(id)
	differ(t, "after three crashes", got, fresh.print(id))
	farm.SetNow(began)
}

// A worker that is killed leaves its lease; once that has ended, another goes on.
func TestRefreshAfterKill(t *testing.T) {
	if dir := os.Getenv("AFTERGLOW_KILL_DIR"); dir != "" {
		killed(t, dir)
		return
	}
	farm, id, want, _ := crashes(t)
	// Slow enough to be killed in the middle, at points that differ.
	farm.SetFaults(fakewiki.Faults{Rules: []fakewiki.Rule{{Kind: fakewiki.Slow, Probability: 1, Times: -1, Delay: 20 * time.Millisecond}}})
	for i := range 5 {
		b := onFarm(t, farm, Options{})
		b.track(101)
		must(t, b.s.Close())
		path := b.path
		cmd := exec.Command(os.Args[0], "-test.run", "^TestRefreshAfterKill$")
		cmd.Env = append(os.Environ(), "AFTERGLOW_KILL_DIR="+path, "AFTERGLOW_KILL_ID="+id,
			"AFTERGLOW_KILL_NOW="+strconv.FormatInt(farm.Now().Unix(), 10))
		must(t, cmd.Start())
		time.Sleep(time.Duration(150+80*i) * time.Millisecond)
		must(t, cmd.Process.Kill())
		_ = cmd.Wait() // it was killed
		b.openStore("sqlite:" + path)
		b.restart(Options{})
		if _, err := b.r.Refresh(t.Context(), id, nil); err != nil && !errors.Is(err, store.ErrBusy) {
			t.Fatal(err)
		}
		// The dead worker's leases end, and another goes on.
		b.leases.t = b.leases.t.Add(2 * time.Minute)
		b.refresh(id)
		differ(t, "killed", b.print(id), want)
	}
}

// killed is the process that is killed.
func killed(t *testing.T, path string) {
	now, err := strconv.ParseInt(os.Getenv("AFTERGLOW_KILL_NOW"), 10, 64)
	must(t, err)
	b := &bench{tb: t, clock: &clock{time.Unix(now, 0).UTC()}}
	b.openStore("sqlite:" + path)
	b.restart(Options{})
	_, err = b.r.Refresh(t.Context(), os.Getenv("AFTERGLOW_KILL_ID"), nil)
	if err != nil && !strings.Contains(err.Error(), "signal") {
		t.Log(err)
	}
}

func TestOneWorkerForACampaign(t *testing.T) {
	b := newBench(t, spec(30), Options{})
	id := b.track(101).ID
	must(t, b.s.Lease(t.Context(), "campaign "+id, "somebody else", time.Minute))
	if _, err := b.r.Refresh(t.Context(), id, nil); !errors.Is(err, store.ErrBusy) {
		t.Fatalf("a campaign that another has: %v", err)
	}
	if n := b.farm.Stats().Wikis["metawiki"].Endpoints[fakewiki.EndpointParticipants]; n != 0 {
		t.Errorf("it was read nevertheless: %d requests", n)
	}
	b.leases.t = b.leases.t.Add(61 * time.Second)
	b.refresh(id)
}
