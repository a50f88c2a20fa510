package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"afterglow/service/refresh"
	"afterglow/service/store"
)

// jobs does the refreshes that people asked for. Any number of processes may do
// so on one database: a job is one worker's at a time.
type jobs struct {
	store *store.Store
	// refresh is worker.runIf.
	refresh func(ctx context.Context, campaign string, wanted func(store.Campaign) bool, progress func(refresh.Progress)) (refresh.Report, error)
	logger  *slog.Logger
	now     func() time.Time
	// asked wakes a worker; it holds one call for each.
	asked chan struct{}
	// beat is how often a job that makes progress says so, look how often a
	// worker with nothing to do looks for jobs that other processes made.
	beat, look time.Duration
}

const (
	// jobWorkers is how many jobs a process does at once. They share the client,
	// which paces them: more would wait for the same wikis.
	jobWorkers = 2
	// quietBeats is how many beats a job may let pass that makes no progress.
	quietBeats = 15
	// jobPause is when a job is tried again whose campaign is being read by
	// another process, jobPatience how long that may go on.
	jobPause    = 15 * time.Second
	jobPatience = 6 * time.Hour
	// jobKept is how long a job that has ended can be asked about.
	jobKept = 7 * 24 * time.Hour
	// lastWords is the time to save how a job ended.
	lastWords = 5 * time.Second
)

func newJobs(w *worker) *jobs {
	return &jobs{
		store: w.store, refresh: w.runIf, logger: w.logger, now: now, asked: make(chan struct{}, jobWorkers),
		beat: time.Second, look: 2 * time.Second,
	}
}

// CreateJob makes a job and wakes a worker of this process.
func (j *jobs) CreateJob(ctx context.Context, campaign string) (store.Job, error) {
	job, err := j.store.CreateJob(ctx, campaign)
	if err == nil {
		select {
		case j.asked <- struct{}{}:
		default: // all are awake
		}
	}
	return job, err
}

// Job returns a job, or store.ErrNotFound.
func (j *jobs) Job(ctx context.Context, id string) (store.Job, error) { return j.store.Job(ctx, id) }

// LatestJob returns the job that was made last for a campaign, or store.ErrNotFound.
func (j *jobs) LatestJob(ctx context.Context, campaign string) (store.Job, error) {
	return j.store.LatestJob(ctx, campaign)
}

// run does jobs until ctx ends. Those under way then go back into the queue,
// and what they have read stays.
func (j *jobs) run(ctx context.Context) error {
	var workers errgroup.Group
	for range jobWorkers {
		workers.Go(func() error { j.work(ctx); return nil })
	}
	return workers.Wait()
}

// work is one worker.
func (j *jobs) work(ctx context.Context) {
	holder := rand.Text()
	look := time.NewTicker(j.look)
	defer look.Stop()
	for ctx.Err() == nil {
		job, err := j.store.ClaimJob(ctx, holder)
		switch {
		case err == nil:
			j.do(ctx, job)
			continue
		case !errors.Is(err, store.ErrNotFound) && ctx.Err() == nil:
			j.logger.ErrorContext(ctx, "looking for jobs", "error.message", err)
		}
		select {
		case <-ctx.Done():
		case <-j.asked:
		case <-look.C:
		}
	}
}

// do does one job and saves how it ended.
func (j *jobs) do(ctx context.Context, job store.Job) {
	job, err := j.read(ctx, job)
	if ctx.Err() != nil { // the process ends
		job.State, job.Due, job.Tries = store.Queued, j.now(), job.Tries-1
	} else {
		job = j.outcome(job, err)
	}
	saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	switch err := j.store.UpdateJob(saving, &job); {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrBusy):
		// The campaign was deleted, or another worker has the job.
	case err != nil:
		j.logger.ErrorContext(ctx, "saving how a job ended; another worker will take it up", "campaign", job.Campaign, "error.message", err)
	}
	if err := j.store.DeleteJobs(saving, j.now().Add(-jobKept)); err != nil {
		j.logger.WarnContext(ctx, "deleting old jobs", "error.message", err)
	}
}

// outcome is the job after its reading ended in err.
func (j *jobs) outcome(job store.Job, err error) store.Job {
	job.Error = ""
	switch {
	case err == nil:
		job.State, job.Phase, job.Wiki = store.Done, string(refresh.PhaseDone), ""
	case errors.Is(err, refresh.ErrPartial):
		job.State, job.Phase, job.Wiki, job.Error = store.Partial, string(refresh.PhaseDone), "", refresh.Reason(err)
	case errors.Is(err, store.ErrBusy) && j.now().Sub(job.Created) < jobPatience:
		// Another process reads the campaign. Once it has, there is nothing left to do.
		job.State, job.Due, job.Tries = store.Queued, j.now().Add(jobPause), job.Tries-1
	default:
		job.State, job.Error = store.Broken, refresh.Reason(err)
		if !errors.Is(err, store.ErrNotFound) { // else the campaign was deleted
			j.logger.Warn("a job failed", "campaign", job.Campaign, "error.message", err)
		}
	}
	return job
}

// read reads the campaign, and tells meanwhile how far that is. It returns the
// job as last saved. The reading ends if the job is taken away.
func (j *jobs) read(ctx context.Context, job store.Job) (store.Job, error) {
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var latest latestProgress
	var teller errgroup.Group
	teller.Go(func() error {
		job = j.tell(reading, job, &latest, stop)
		return nil
	})
	// What another process has read since the job was made is not read again.
	created := job.Created
	wanted := func(c store.Campaign) bool { return c.Refreshed.Before(created) }
	report, err := j.refresh(reading, job.Campaign, wanted, latest.set)
	c := report.Campaign
	if errors.Is(err, refresh.ErrNotWanted) {
		c, err = j.store.Campaign(ctx, job.Campaign)
		if err == nil && len(c.Coverage.WikisFailed) > 0 {
			err = refresh.ErrPartial
		}
	}
	if errors.Is(err, refresh.ErrPartial) {
		err = fmt.Errorf("%w: %s", refresh.ErrPartial, c.LastError)
	}
	stop(nil)
	_ = teller.Wait() // it returns no error
	return job, err
}

// tell saves how far a reading is until it ends, and stops it if the job is gone.
func (j *jobs) tell(ctx context.Context, job store.Job, latest *latestProgress, stop context.CancelCauseFunc) store.Job {
	beats := time.NewTicker(j.beat)
	defer beats.Stop()
	for quiet := 0; ; {
		select {
		case <-ctx.Done():
			return job
		case <-beats.C:
		}
		p, changed := latest.take()
		if quiet++; !changed && quiet < quietBeats {
			continue
		}
		if changed {
			job.Phase, job.Wiki, job.Done, job.Total = string(p.Phase), p.Wiki, p.Done, p.Total
		}
		// Not broken off in the middle: whether it was saved would not be known.
		saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
		err := j.store.UpdateJob(saving, &job)
		cancel()
		switch {
		case err == nil:
			quiet = 0
		case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrBusy):
			stop(err)
			return job
		default: // the next beat may do better
			j.logger.WarnContext(ctx, "saving a job's progress", "campaign", job.Campaign, "error.message", err)
		}
	}
}

// latestProgress holds what a reading said last.
type latestProgress struct {
	mu      sync.Mutex
	p       refresh.Progress
	changed bool
}

func (l *latestProgress) set(p refresh.Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.p, l.changed = p, true
}

// take returns what was said last, and whether that is new.
func (l *latestProgress) take() (refresh.Progress, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	changed := l.changed
	l.changed = false
	return l.p, changed
}
