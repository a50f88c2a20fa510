package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// JobState says how far a job is.
type JobState string

// States of a job.
const (
	Queued  JobState = "queued"
	Running JobState = "running"
	Done    JobState = "done"
	Partial JobState = "partial" // done, but some wikis could not be read
	Broken  JobState = "failed"
)

// Ended reports whether nothing more will come of the job.
func (s JobState) Ended() bool { return s == Done || s == Partial || s == Broken }

// Job is a refresh that someone asked for.
type Job struct {
	ID               string // cannot be guessed
	Campaign         string
	State            JobState
	Phase, Wiki      string // what is being read
	Done, Total      int
	Error            string
	Holder           string    // the worker that has it; empty: none
	Tries            int       // how often a worker took it
	Version          int64     // grows with each change
	Due              time.Time // when a queued one may be taken
	Created, Updated time.Time
}

const jobColumns = `id, campaign, state, phase, wiki, done, total, error, holder, tries, version, due, created, updated`

func scanJob(row scanner) (Job, error) {
	var j Job
	var due, created, updated int64
	err := row.Scan(&j.ID, &j.Campaign, &j.State, &j.Phase, &j.Wiki, &j.Done, &j.Total, &j.Error,
		&j.Holder, &j.Tries, &j.Version, &due, &created, &updated)
	j.Due, j.Created, j.Updated = instant(due), instant(created), instant(updated)
	return j, err
}

// CreateJob makes a job for a campaign, or returns the one that is queued or
// running for it already. ErrNotFound: no such campaign.
func (s *Store) CreateJob(ctx context.Context, campaign string) (Job, error) {
	var j Job
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		// Two who ask at once get one job.
		if err := lockCampaign(ctx, tx, campaign); err != nil {
			return err
		}
		j, err = scanJob(tx.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM jobs WHERE campaign = ? AND state IN (?, ?)
			ORDER BY created DESC, id LIMIT 1`, campaign, Queued, Running))
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		now := s.now().UTC().Truncate(time.Second)
		j = Job{ID: rand.Text(), Campaign: campaign, State: Queued, Version: 1, Due: now, Created: now, Updated: now}
		_, err = tx.ExecContext(ctx, `INSERT INTO jobs (`+jobColumns+`) VALUES (?, ?, ?, '', '', 0, 0, '', '', 0, 1, ?, ?, ?)`,
			j.ID, j.Campaign, j.State, unix(now), unix(now), unix(now))
		return err
	})
	if err != nil {
		return j, fmt.Errorf("create a job: %w", err)
	}
	return j, nil
}

// Job returns a job, or ErrNotFound.
func (s *Store) Job(ctx context.Context, id string) (Job, error) {
	j, err := scanJob(s.r.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM jobs WHERE id = ?`, id))
	if err != nil {
		return j, fmt.Errorf("read a job: %w", notFound(err, "job", id))
	}
	return j, nil
}

// LatestJob returns a campaign's job that is queued or running, or else the one
// that was made last, or ErrNotFound.
func (s *Store) LatestJob(ctx context.Context, campaign string) (Job, error) {
	j, err := scanJob(s.r.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM jobs WHERE campaign = ?
		ORDER BY CASE WHEN state IN (?, ?) THEN 0 ELSE 1 END, created DESC, id LIMIT 1`, campaign, Queued, Running))
	if err != nil {
		return j, fmt.Errorf("read a campaign's job: %w", notFound(err, "job of", campaign))
	}
	return j, nil
}

const (
	// silentJob is how long a worker may say nothing of its job before another
	// takes it.
	silentJob = time.Minute
	// mostTries is how often a job is taken before it counts as failed.
	mostTries = 5
)

// ClaimJob gives a worker the job that waits longest, or one whose worker has
// said nothing for a minute. No two workers get one job. A job that was taken
// five times ends as failed instead. ErrNotFound: there is none to do.
func (s *Store) ClaimJob(ctx context.Context, holder string) (Job, error) {
	for {
		j, err := s.claimJob(ctx, holder)
		if err != nil {
			return Job{}, fmt.Errorf("take a job: %w", err)
		}
		if j.State == Running && j.Holder == holder {
			return j, nil
		}
		// Another was faster, or the job was given up: there may be more.
	}
}

func (s *Store) claimJob(ctx context.Context, holder string) (Job, error) {
	now := s.now()
	var j Job
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		if before := j; before.Holder == holder {
			// It was taken already if only the answer was lost.
			j, err = scanJob(tx.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM jobs WHERE id = ? AND holder = ? AND version = ?`,
				before.ID, holder, before.Version))
			if !errors.Is(err, sql.ErrNoRows) {
				return err
			}
		}
		j, err = scanJob(tx.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM jobs
			WHERE state = ? AND due <= ? OR state = ? AND updated <= ? ORDER BY due, id LIMIT 1`,
			Queued, now.Unix(), Running, now.Add(-silentJob).Unix()))
		if err != nil {
			return notFound(err, "job for", holder)
		}
		version := j.Version
		if j.Tries >= mostTries {
			j.State, j.Holder, j.Error = Broken, "", fmt.Sprintf("the process that worked on it ended, %d times; ask again", j.Tries)
		} else {
			j.State, j.Holder, j.Tries = Running, holder, j.Tries+1
		}
		j.Version++
		res, err := tx.ExecContext(ctx, `UPDATE jobs SET state = ?, holder = ?, tries = ?, error = ?, version = ?, updated = ? WHERE id = ? AND version = ?`,
			j.State, j.Holder, j.Tries, j.Error, j.Version, now.Unix(), j.ID, version)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			j.Holder = "" // another took it between the two statements
			return err
		}
		return nil
	})
	return j, err
}

// UpdateJob saves the state and progress of a job that the worker j.Holder has,
// which is also how it says that it is alive. A job that has ended or is queued
// again is nobody's after that. j gets its new version. ErrNotFound: the job is
// gone; ErrBusy: another worker has it.
func (s *Store) UpdateJob(ctx context.Context, j *Job) error {
	now := s.now()
	holder := j.Holder
	if holder == "" {
		return fmt.Errorf("update a job: job %.100q has no worker: %w", j.ID, ErrBusy)
	}
	if j.State != Running {
		holder = ""
	}
	res, err := s.w.ExecContext(ctx, `UPDATE jobs SET state = ?, phase = ?, wiki = ?, done = ?, total = ?, error = ?, holder = ?, tries = ?,
		version = version + 1, due = ?, updated = ? WHERE id = ? AND holder = ? AND version = ?`,
		j.State, j.Phase, j.Wiki, j.Done, j.Total, clip(j.Error, 1000), holder, j.Tries, unix(j.Due), now.Unix(), j.ID, j.Holder, j.Version)
	if err != nil {
		return fmt.Errorf("update a job: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("update a job: %w", err)
	}
	if n == 0 {
		saved, err := s.Job(ctx, j.ID)
		if err != nil {
			return fmt.Errorf("update a job: %w", err)
		}
		if saved.Version == j.Version+1 && saved.Holder == holder && saved.State == j.State {
			*j = saved // it was saved, and the answer was lost
			return nil
		}
		return fmt.Errorf("update a job: job %.100q: %w", j.ID, ErrBusy)
	}
	j.Version, j.Holder, j.Updated = j.Version+1, holder, instant(now.Unix())
	return nil
}

// DeleteJobs deletes the jobs that ended before a time.
func (s *Store) DeleteJobs(ctx context.Context, before time.Time) error {
	_, err := s.w.ExecContext(ctx, `DELETE FROM jobs WHERE state IN (?, ?, ?) AND updated < ?`, Done, Partial, Broken, unix(before))
	if err != nil {
		return fmt.Errorf("delete jobs: %w", err)
	}
	return nil
}
