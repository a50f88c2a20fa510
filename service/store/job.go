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
	Created, Updated time.Time
}

const jobColumns = `id, campaign, state, phase, wiki, done, total, error, created, updated`

func scanJob(row interface{ Scan(...any) error }) (Job, error) {
	var j Job
	var created, updated int64
	err := row.Scan(&j.ID, &j.Campaign, &j.State, &j.Phase, &j.Wiki, &j.Done, &j.Total, &j.Error, &created, &updated)
	j.Created, j.Updated = instant(created), instant(updated)
	return j, err
}

// CreateJob makes a job for a campaign, or returns the one that is queued or
// running for it already. ErrNotFound: no such campaign.
func (s *Store) CreateJob(ctx context.Context, campaign string) (Job, error) {
	var j Job
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		j, err = scanJob(tx.QueryRowContext(ctx, `SELECT `+jobColumns+` FROM jobs WHERE campaign = ? AND state IN (?, ?)
			ORDER BY created DESC, id LIMIT 1`, campaign, Queued, Running))
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		var one int
		if err := tx.QueryRowContext(ctx, `SELECT 1 FROM campaigns WHERE id = ?`, campaign).Scan(&one); err != nil {
			return notFound(err, "campaign", campaign)
		}
		now := s.now().UTC().Truncate(time.Second)
		j = Job{ID: rand.Text(), Campaign: campaign, State: Queued, Created: now, Updated: now}
		_, err = tx.ExecContext(ctx, `INSERT INTO jobs (`+jobColumns+`) VALUES (?, ?, ?, '', '', 0, 0, '', ?, ?)`,
			j.ID, j.Campaign, j.State, unix(now), unix(now))
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

// QueuedJobs returns the jobs that wait, oldest first, at most limit.
func (s *Store) QueuedJobs(ctx context.Context, limit int) ([]Job, error) {
	rows, err := s.r.QueryContext(ctx, `SELECT `+jobColumns+` FROM jobs WHERE state = ? ORDER BY created, id LIMIT ?`, Queued, limit)
	if err != nil {
		return nil, fmt.Errorf("read jobs: %w", err)
	}
	defer rows.Close()
	var jobs []Job
	for rows.Next() {
		j, err := scanJob(rows)
		if err != nil {
			return nil, fmt.Errorf("read jobs: %w", err)
		}
		jobs = append(jobs, j)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read jobs: %w", err)
	}
	return jobs, nil
}

// UpdateJob saves a job's state and progress. ErrNotFound.
func (s *Store) UpdateJob(ctx context.Context, j Job) error {
	res, err := s.w.ExecContext(ctx, `UPDATE jobs SET state = ?, phase = ?, wiki = ?, done = ?, total = ?, error = ?, updated = ? WHERE id = ?`,
		j.State, j.Phase, j.Wiki, j.Done, j.Total, clip(j.Error, 1000), s.now().Unix(), j.ID)
	if err != nil {
		return fmt.Errorf("update a job: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("update a job: job %.100q: %w", j.ID, ErrNotFound))
	}
	return nil
}

// AbandonJobs ends the jobs that say they are queued or running but were not
// updated since: their process is gone.
func (s *Store) AbandonJobs(ctx context.Context, since time.Time) error {
	_, err := s.w.ExecContext(ctx, `UPDATE jobs SET state = ?, error = 'the process that worked on it ended', updated = ?
		WHERE state IN (?, ?) AND updated < ?`, Broken, s.now().Unix(), Queued, Running, unix(since))
	if err != nil {
		return fmt.Errorf("abandon jobs: %w", err)
	}
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
