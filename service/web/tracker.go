package web

import (
	"context"
	"time"

	"afterglow/service/store"
)

// Tracker starts and ends the tracking of campaigns. Its errors wrap
// mwclient's where a wiki is what failed, store.ErrExists where something else
// has the id already, store.ErrInvalid and *ListError where a list makes no
// sense.
type Tracker interface {
	// Track adds the event at an address, or brings it up to date; isNew is
	// false where it was tracked before. No participant is read yet.
	Track(ctx context.Context, address string) (c store.Campaign, isNew bool, err error)
	// TrackList adds a list, or with List.Replace changes the one of that id.
	// Where it exists and may not be replaced, the campaign of that id is
	// returned with store.ErrExists.
	TrackList(ctx context.Context, l List) (c store.Campaign, isNew bool, err error)
	// Organizers returns the central ids of those who organize an event, as its
	// wiki says at this moment.
	Organizers(ctx context.Context, c store.Campaign) ([]int64, error)
	// Remove deletes a campaign and its data.
	Remove(ctx context.Context, id string) error
}

// List is a campaign whose participants are named by a person. Either Names or
// Source says who they are.
type List struct {
	Title      string
	Start, End time.Time
	Wiki       string // address of the wiki where the names are accounts; empty with Source
	Names      string // one a line, or CSV with a header
	Source     string // address of a page, category or course that lists them
	URL        string // a page about the campaign, may be empty
	Replace    bool
}

// ListError says what is wrong with a list that a person has given.
type ListError struct {
	Field  string // of the request: "names", "source", …
	Reason string
}

func (e *ListError) Error() string { return e.Field + ": " + e.Reason }

// Jobs are refreshes that people asked for. Errors wrap store.ErrNotFound.
type Jobs interface {
	// CreateJob returns a new job, or the one that is queued or running already.
	CreateJob(ctx context.Context, campaign string) (store.Job, error)
	Job(ctx context.Context, id string) (store.Job, error)
	// LatestJob returns the one that was made last for a campaign.
	LatestJob(ctx context.Context, campaign string) (store.Job, error)
}

// People is who takes part in campaigns, and who tracks them.
type People interface {
	// Members returns participants with an account number above after, by number.
	Members(ctx context.Context, campaign string, after int64, limit int) ([]store.Member, error)
	// SaveTracker remembers that a person asked for a campaign, Tracks tells
	// whether they did, TrackedBy which campaigns they asked for, the latest first.
	SaveTracker(ctx context.Context, farm, sub, campaign string) error
	Tracks(ctx context.Context, farm, sub, campaign string) (bool, error)
	TrackedBy(ctx context.Context, farm, sub string) ([]string, error)
}
