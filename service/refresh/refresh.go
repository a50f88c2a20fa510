package refresh

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"afterglow/mwclient"
	"afterglow/service/store"
)

// ErrPartial: everything else was read and saved, but some wikis could not be
// read. The report and the campaign's coverage say which.
var ErrPartial = errors.New("some wikis could not be read")

var errNotYet = errors.New("not written yet")

// Options of a Refresher. Zero values have the defaults given.
type Options struct {
	// Now tells the time. Required.
	Now func() time.Time
	// Logger gets a line for what a refresh survived; nothing is logged if nil.
	Logger *slog.Logger
	// HomeWikis asks for home wikis even where that costs one request a person.
	HomeWikis bool
	// MadeUp marks the campaigns tracked as a demonstration's.
	MadeUp bool
	// MaxParticipants of one campaign; 100,000.
	MaxParticipants int
	// MaxEdits of one account on one wiki in one stretch; 1,000,000.
	MaxEdits int
	// Parallel is how many wikis are read at once; 3.
	Parallel int
	// Fresh is how old data may be and still be used without asking again; 6 hours.
	Fresh time.Duration
	// ReplicaLag is how far behind a wiki's answers may be: a batch is complete
	// up to the start of its first request less this; 60 s.
	ReplicaLag time.Duration
}

// Refresher reads campaigns. It is safe for concurrent use.
type Refresher struct{}

// New returns a refresher.
func New(s *store.Store, c *mwclient.Client, o Options) *Refresher { return &Refresher{} }

// Track adds an event to the store or updates what is known of it; it reads no
// participants.
func (r *Refresher) Track(ctx context.Context, wiki *mwclient.Wiki, event int64) (store.Campaign, error) {
	return store.Campaign{}, errNotYet
}

// List is a campaign whose participants are given by name.
type List struct {
	Slug       string // the id is "list-" + Slug; empty: made from Title
	Title      string
	Start, End time.Time
	Timezone   string         // of the dates, for show
	Wiki       *mwclient.Wiki // where the names are accounts
	Wikis      []string       // the campaign's own wikis; nil: Wiki
	URL        string         // a page about it, may be empty
	Entries    []Entry
	Replace    bool // replace the list of that id; else store.ErrExists
}

// Entry is one participant of a list.
type Entry struct {
	Name   string
	Joined time.Time // zero: unknown
}

// TrackList adds a list. Names that the wiki does not know are kept and counted
// as not found.
func (r *Refresher) TrackList(ctx context.Context, l List) (store.Campaign, error) {
	return store.Campaign{}, errNotYet
}

// Phase is a part of a refresh.
type Phase string

// Phases, in order.
const (
	PhaseEvent         Phase = "event"
	PhaseParticipants  Phase = "participants"  // Done and Total are people; Total 0: unknown
	PhaseAccounts      Phase = "accounts"      // people
	PhaseContributions Phase = "contributions" // pairs of a person and a wiki
	PhaseBaseline      Phase = "baseline"
	PhaseDone          Phase = "done"
)

// Progress is how far a refresh is.
type Progress struct {
	Campaign    string
	Phase       Phase
	Done, Total int
	Wiki        string // that was just read, for contributions
}

// Report says what a refresh did.
type Report struct {
	Campaign    store.Campaign // as saved
	People      int            // on the list
	Left        int            // no longer on it
	Requests    int64
	Rows        int64
	Wikis       map[string]WikiReport // by database name
	WikisFailed map[string]error
	Seconds     map[Phase]float64
	Elapsed     time.Duration
}

// WikiReport is what one wiki cost.
type WikiReport struct {
	Requests, Rows, Retries int64
	Edits                   int64 // contributions read
}

// Refresh reads what is new of a campaign and saves it batch by batch. progress
// may be nil; it is called from one goroutine at a time. ErrPartial: some wikis
// failed, all else is saved. store.ErrBusy: another worker has the campaign.
func (r *Refresher) Refresh(ctx context.Context, id string, progress func(Progress)) (Report, error) {
	return Report{}, errNotYet
}
