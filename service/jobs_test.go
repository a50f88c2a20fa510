package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
	"afterglow/service/refresh"
	"afterglow/service/store"
)

// office is a database that several processes' workers share.
type office struct {
	t    *testing.T
	path string
	mine *store.Store
}

func newOffice(t *testing.T, campaigns int) *office {
	t.Helper()
	o := &office{t: t, path: "sqlite:" + filepath.Join(t.TempDir(), "office.db")}
	o.mine = o.open()
	ctx := t.Context()
	if err := o.mine.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	if err := o.mine.SaveFarm(ctx, store.Farm{Name: "farm", Central: true}, store.Wiki{Name: "metawiki", URL: "https://meta.test"}); err != nil {
		t.Fatal(err)
	}
	for n := range campaigns {
		c := store.Campaign{Farm: "farm", Timezone: "UTC"}
		c.ID, c.Title, c.Start, c.End = fmt.Sprint("metawiki-", n+1), "A campaign", now().AddDate(0, -2, 0), now().AddDate(0, -1, 0)
		c.Source.Kind, c.Source.Wiki, c.Source.Event = "event", "metawiki", int64(n+1)
		if _, err := o.mine.SaveCampaign(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func (o *office) open() *store.Store {
	o.t.Helper()
	s, err := store.Open(o.t.Context(), o.path, store.Options{Now: now})
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { s.Close() })
	return s
}

// tracker tracks campaigns of wikis in the office.
func (o *office) tracker() *tracker {
	o.t.Helper()
	client, err := mwclient.New(mwclient.Options{PerWiki: 3})
	if err != nil {
		o.t.Fatal(err)
	}
	w := &worker{store: o.mine, client: client, tally: &tally{store: o.mine, stats: client.Stats}, logger: slog.New(slog.DiscardHandler)}
	w.r = newRefresher(o.mine, client, refresh.Options{})
	return &tracker{worker: w}
}

// reading is what a worker does with a campaign.
type reading func(ctx context.Context, campaign string, progress func(refresh.Progress)) (refresh.Report, error)

// wanted is a reading that is not begun where it is not wanted.
func (o *office) wanted(read reading) func(context.Context, string, func(store.Campaign) bool, func(refresh.Progress)) (refresh.Report, error) {
	return func(ctx context.Context, campaign string, wanted func(store.Campaign) bool, progress func(refresh.Progress)) (refresh.Report, error) {
		c, err := o.mine.Campaign(ctx, campaign)
		if err == nil && !wanted(c) {
			err = fmt.Errorf("refresh %s: %w", campaign, refresh.ErrNotWanted)
		}
		if err != nil {
			return refresh.Report{}, err
		}
		return read(ctx, campaign, progress)
	}
}

// process is a process with workers; stop ends it as Ctrl-C does, and waits.
func (o *office) process(read reading) (j *jobs, stop func()) {
	o.t.Helper()
	j = newJobs(&worker{store: o.open(), logger: slog.New(slog.DiscardHandler)})
	j.refresh, j.beat, j.look = o.wanted(read), 5*time.Millisecond, 5*time.Millisecond
	ctx, cancel := context.WithCancel(o.t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := j.run(ctx); err != nil {
			o.t.Error(err)
		}
	})
	stop = func() { cancel(); done.Wait() }
	o.t.Cleanup(stop)
	return j, stop
}

// await returns a job once it is as wanted.
func (o *office) await(id string, wanted func(store.Job) bool) store.Job {
	o.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		j, err := o.mine.Job(o.t.Context(), id)
		if err != nil {
			o.t.Fatal(err)
		}
		if wanted(j) {
			return j
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("the job stays %+v", j)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func ended(j store.Job) bool { return j.State.Ended() }

// TestJobsOfManyProcesses: each job is done once, by whichever process.
func TestJobsOfManyProcesses(t *testing.T) {
	o := newOffice(t, 12)
	var mu sync.Mutex
	read := map[string]int{}
	for range 3 {
		o.process(func(_ context.Context, campaign string, progress func(refresh.Progress)) (refresh.Report, error) {
			mu.Lock()
			defer mu.Unlock()
			read[campaign]++
			progress(refresh.Progress{Campaign: campaign, Phase: refresh.PhaseAccounts, Done: 1, Total: 2})
			return refresh.Report{}, nil
		})
	}
	var ids []string
	for n := range 12 {
		j, err := o.mine.CreateJob(t.Context(), fmt.Sprint("metawiki-", n+1))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, j.ID)
	}
	for _, id := range ids {
		if j := o.await(id, ended); j.State != store.Done || j.Phase != "done" || j.Holder != "" {
			t.Errorf("%+v", j)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for campaign, n := range read {
		if n != 1 {
			t.Errorf("%s was read %d times", campaign, n)
		}
	}
	if len(read) != 12 {
		t.Errorf("%d campaigns were read", len(read))
	}
}

// TestJobOutcomes: how a reading ends is how its job ends.
func TestJobOutcomes(t *testing.T) {
	o := newOffice(t, 3)
	report := refresh.Report{}
	report.Campaign.LastError = "enwiki: 503"
	answers := map[string]error{"metawiki-1": nil, "metawiki-2": fmt.Errorf("refresh: %w", refresh.ErrPartial), "metawiki-3": fmt.Errorf("refresh: %w", mwclient.ErrDeleted)}
	j, _ := o.process(func(_ context.Context, campaign string, _ func(refresh.Progress)) (refresh.Report, error) {
		return report, answers[campaign]
	})
	for campaign, want := range map[string]store.JobState{"metawiki-1": store.Done, "metawiki-2": store.Partial, "metawiki-3": store.Broken} {
		made, err := j.CreateJob(t.Context(), campaign)
		if err != nil {
			t.Fatal(err)
		}
		got := o.await(made.ID, ended)
		if got.State != want || (got.Error == "") != (want == store.Done) {
			t.Errorf("%s: %+v, want %s", campaign, got, want)
		}
		if want == store.Partial && got.Error != "some wikis could not be read: enwiki: 503" {
			t.Errorf("%s", got.Error)
		}
	}
}

// TestJobSurvivesItsProcess: a job whose process is stopped waits for the next,
// at once, and that does not count as a try.
func TestJobSurvivesItsProcess(t *testing.T) {
	o := newOffice(t, 1)
	began := make(chan struct{}, 10)
	_, stop := o.process(func(ctx context.Context, campaign string, progress func(refresh.Progress)) (refresh.Report, error) {
		progress(refresh.Progress{Campaign: campaign, Phase: refresh.PhaseContributions, Done: 7, Total: 9, Wiki: "metawiki"})
		began <- struct{}{}
		<-ctx.Done()
		return refresh.Report{}, fmt.Errorf("refresh: %w", ctx.Err())
	})
	made, err := o.mine.CreateJob(t.Context(), "metawiki-1")
	if err != nil {
		t.Fatal(err)
	}
	<-began
	running := o.await(made.ID, func(j store.Job) bool { return j.Done == 7 })
	if running.State != store.Running || running.Phase != "contributions" || running.Wiki != "metawiki" || running.Total != 9 {
		t.Errorf("%+v", running)
	}
	stop()
	waiting, err := o.mine.Job(t.Context(), made.ID)
	if err != nil || waiting.State != store.Queued || waiting.Tries != 0 || waiting.Holder != "" {
		t.Fatalf("%+v %v", waiting, err)
	}
	o.process(func(context.Context, string, func(refresh.Progress)) (refresh.Report, error) {
		return refresh.Report{}, nil
	})
	if got := o.await(made.ID, ended); got.State != store.Done {
		t.Errorf("%+v", got)
	}
}

// TestJobThatIsReadElsewhere: while another process reads the campaign the job
// waits, and once it was read there is nothing left to do.
func TestJobThatIsReadElsewhere(t *testing.T) {
	o := newOffice(t, 1)
	var asked atomic.Int64
	j, _ := o.process(func(context.Context, string, func(refresh.Progress)) (refresh.Report, error) {
		asked.Add(1)
		return refresh.Report{}, fmt.Errorf("campaign metawiki-1: %w", store.ErrBusy)
	})
	made, err := j.CreateJob(t.Context(), "metawiki-1")
	if err != nil {
		t.Fatal(err)
	}
	waiting := o.await(made.ID, func(j store.Job) bool { return j.State == store.Queued && j.Version > 2 })
	if waiting.Tries != 0 || !waiting.Due.After(waiting.Created) {
		t.Errorf("%+v", waiting)
	}
	if _, err := o.mine.EndRefresh(t.Context(), "metawiki-1", now(), nil, ""); err != nil {
		t.Fatal(err)
	}
	// Its time has come.
	c := &jobs{store: o.mine, logger: slog.New(slog.DiscardHandler), now: now, beat: time.Second}
	c.refresh = o.wanted(func(context.Context, string, func(refresh.Progress)) (refresh.Report, error) {
		return refresh.Report{}, errors.New("it is read again")
	})
	got, err := c.read(t.Context(), waiting)
	if err != nil {
		t.Error(err)
	}
	if got = c.outcome(got, err); got.State != store.Done {
		t.Errorf("%+v", got)
	}
	if asked.Load() != 1 {
		t.Errorf("it was tried %d times at once", asked.Load())
	}
	// But not for ever.
	waiting.Created = now().Add(-jobPatience)
	if got := c.outcome(waiting, fmt.Errorf("campaign metawiki-1: %w", store.ErrBusy)); got.State != store.Broken || got.Error == "" {
		t.Errorf("%+v", got)
	}
}

// TestJobThatIsTakenAway: a reading whose campaign is deleted ends, and so does
// one whose worker said nothing for so long that another has the job.
func TestJobThatIsTakenAway(t *testing.T) {
	o := newOffice(t, 1)
	began, over := make(chan struct{}), make(chan error, 1)
	j, _ := o.process(func(ctx context.Context, _ string, progress func(refresh.Progress)) (refresh.Report, error) {
		close(began)
		for n := 0; ctx.Err() == nil; n++ {
			progress(refresh.Progress{Phase: refresh.PhaseAccounts, Done: n})
			time.Sleep(time.Millisecond)
		}
		over <- context.Cause(ctx)
		return refresh.Report{}, ctx.Err()
	})
	if _, err := j.CreateJob(t.Context(), "metawiki-1"); err != nil {
		t.Fatal(err)
	}
	<-began
	if err := o.mine.DeleteCampaign(t.Context(), "metawiki-1"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-over:
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("it ended because %v", err)
		}
	case <-time.After(2 * time.Minute):
		t.Fatal("the reading goes on without its campaign")
	}
	if _, err := o.mine.Campaign(t.Context(), "metawiki-1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the campaign came back: %v", err)
	}
}

// TestRemoveWhileItIsRead deletes a campaign of a real farm in the middle of its
// reading: nothing of it comes back.
func TestRemoveWhileItIsRead(t *testing.T) {
	spec := sampleFarm(time.Now(), "http://127.0.0.1:1")
	farm, err := fakewiki.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer farm.Close()
	o := newOffice(t, 0)
	tr := o.tracker()
	tracked, err := tr.Track(t.Context(), farm.EventURL(102))
	if err != nil || !tracked.IsNew {
		t.Fatalf("%+v %v", tracked, err)
	}
	id := tracked.Campaign.ID
	j, _ := o.process(tr.runCampaign)
	made, err := j.CreateJob(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	o.await(made.ID, func(j store.Job) bool { return j.Done > 0 })
	if err := tr.Remove(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if err := o.mine.Lease(t.Context(), "campaign "+id, "test", time.Minute); err == nil {
			break // its reader has given up
		}
		if time.Now().After(deadline) {
			t.Fatal("its reading goes on")
		}
	}
	if _, err := o.mine.Campaign(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the campaign came back: %v", err)
	}
	if n, err := o.mine.CountParticipants(t.Context(), id); err != nil || n != 0 {
		t.Errorf("%d participants are left, %v", n, err)
	}
}
