package web

import (
	"context"
	"time"

	"afterglow/service/store"
)

// Tracker starts and ends the tracking of campaigns. Its errors wrap mwclient's
// where a wiki is what failed, store.ErrExists where something else has the id
// already, store.ErrInvalid where what is asked for makes no sense.
type Tracker interface {
	// Track adds the event at an address, or brings it up to date. No participant
	// is read yet.
	Track(ctx context.Context, address string) (Tracked, error)
	// TrackList adds a list, or with List.Replace changes the one of that id.
	// Where there is one and it may not be replaced, that campaign is returned
	// with store.ErrExists.
	TrackList(ctx context.Context, l List) (Tracked, error)
	// Organizers returns the account numbers of those who organize an event, as
	// its wiki says at this moment.
	Organizers(ctx context.Context, c store.Campaign) ([]int64, error)
	// Remove deletes a campaign and its data.
	Remove(ctx context.Context, id string) error
}

// Tracked is a campaign that is tracked now.
type Tracked struct {
	Campaign store.Campaign
	IsNew    bool // it was not tracked before
	// Of lists: People is the names listed, LeftOut counts what was not taken
	// for one, by reason.
	People  int
	LeftOut map[string]int
}

// List is a campaign whose participants a page, a category or a course lists
// (Source), or a person has named (Names).
type List struct {
	Title      string
	Start, End time.Time
	Source     string // address of a page, category or course
	Names      string // one a line, or CSV with a header
	// Wiki is an address of the wiki where the names of Names or of a course are
	// accounts.
	Wiki    string
	Replace bool
}

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
