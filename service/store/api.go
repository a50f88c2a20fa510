package store

import (
	"context"
	"errors"
	"time"

	"afterglow/retention"
)

var errNotYet = errors.New("not written yet")

// Options of Open.
type Options struct {
	// Now tells the time, for leases and jobs. Required.
	Now func() time.Time
}

// Store keeps everything. It is safe for concurrent use.
type Store struct{}

// Open opens a database: "sqlite:PATH", or "sqlite::memory:" for one that goes with the process.
// Empty is "sqlite:afterglow.db". Migrate makes its tables.
func Open(ctx context.Context, database string, o Options) (*Store, error) { return nil, errNotYet }

// Migrate brings the tables up to date.
func (s *Store) Migrate(ctx context.Context) error { return errNotYet }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return errNotYet }

// Close closes the database.
func (s *Store) Close() error { return errNotYet }

// Campaign returns a campaign, or ErrNotFound.
func (s *Store) Campaign(ctx context.Context, id string) (Campaign, error) {
	return Campaign{}, errNotYet
}

// Campaigns returns a page of campaigns and the cursor of the next, empty at the
// end. ErrInvalid: an unknown order, a limit out of range, a cursor of another query.
func (s *Store) Campaigns(ctx context.Context, q Query) (page []Campaign, next string, err error) {
	return nil, "", errNotYet
}

// FindEvent returns the campaign of an event by any wiki of its farm, or ErrNotFound.
func (s *Store) FindEvent(ctx context.Context, wiki string, event int64) (Campaign, error) {
	return Campaign{}, errNotYet
}

// Revisions returns the revision of every campaign, for caches.
func (s *Store) Revisions(ctx context.Context) (map[string]int64, error) { return nil, errNotYet }

// DeleteCampaign deletes a campaign, its participants, figures and jobs, and the
// edits of people that no other campaign holds. ErrNotFound.
func (s *Store) DeleteCampaign(ctx context.Context, id string) error { return errNotYet }

// Baseline returns the stored comparison with a control group, or ErrNotFound.
func (s *Store) Baseline(ctx context.Context, id string) (*retention.Baseline, error) {
	return nil, errNotYet
}

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

// Job is a refresh that someone asked for.
type Job struct {
	ID               string // unguessable
	Campaign         string
	State            JobState
	Phase, Wiki      string
	Done, Total      int
	Error            string
	Created, Updated time.Time
}

// CreateJob makes a job for a campaign, or returns the one that is queued or
// running for it already. ErrNotFound: no such campaign.
func (s *Store) CreateJob(ctx context.Context, campaign string) (Job, error) {
	return Job{}, errNotYet
}

// Job returns a job, or ErrNotFound.
func (s *Store) Job(ctx context.Context, id string) (Job, error) { return Job{}, errNotYet }

// UpdateJob saves a job's state and progress. ErrNotFound.
func (s *Store) UpdateJob(ctx context.Context, j Job) error { return errNotYet }

// Member is a participant as a campaign's organizers see them.
type Member struct {
	Account int64  // central id
	Name    string // empty for hidden accounts and ones that are gone
	State   string // pending, measured, hidden, not_found, bot
	Joined  time.Time
	// Registered and HomeWiki are zero where unknown.
	Registered  time.Time
	HomeWiki    string
	Edits       int       // stored, on all wikis
	LastReadTo  time.Time // data of this person is complete up to here
}

// Members returns up to limit participants with an account number above after, in that order.
func (s *Store) Members(ctx context.Context, id string, after int64, limit int) ([]Member, error) {
	return nil, errNotYet
}
