package refresh

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"afterglow/mwclient"
	"afterglow/service/refresh/source"
	"afterglow/service/store"
)

// ErrPartial says that everything else was read and saved, but some wikis could not be
// read. The report and the campaign's coverage say which.
var ErrPartial = errors.New("some wikis could not be read")

// ErrTooMany says that a campaign or an account is larger than Options allows.
var ErrTooMany = source.ErrTooMany

// Options of a Refresher. Zero values have the defaults given.
type Options struct {
	// Now tells the time. Required.
	Now func() time.Time
	// Logger gets a line for what a refresh survived; nothing is logged if nil.
	Logger *slog.Logger
	// Replica returns the replica of the wiki with that database name, from which
	// contributions are then read; nil: they are read over the wikis' API. A wiki
	// that has none, or of which nothing tells how old it is, is a wiki that could not be read.
	Replica func(wiki string) (Replica, error)
	// Choose chooses, of hosts of wikis that are to be read, the one to read next; -1:
	// none can be asked just now. Nil: the first. It lets workers that share a limit
	// keep out of each other's way.
	Choose func(ctx context.Context, hosts []string) (int, error)
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
	// Fresh is how old edits that were read may be, and still not be asked for
	// again; 6 hours. It is what lets a refresh go on where one broke off, and two
	// campaigns read the people they share once.
	Fresh time.Duration
	// AccountsFresh is the same for what is known of accounts; 20 hours.
	AccountsFresh time.Duration
	// ReplicaLag is how far behind a wiki's answers may be: a batch is complete up
	// to the start of its first request less this; 60 s. (maxlag=5 refuses to
	// answer from databases further behind than 5 s; the rest is for clocks.)
	ReplicaLag time.Duration
	// MinCell is the number of people below which a stored baseline is
	// suppressed; 5. Negative: nothing is.
	MinCell int
	// Dashboards reads courses of the dashboards it allows; nil: none are read.
	Dashboards *mwclient.Client
	// Lease is how long a campaign stays taken after its worker died; 1 minute.
	Lease time.Duration
	// Wait is how long to wait before looking again for people whom another worker
	// is reading; half a second. For wikis that cannot be asked just now it is a
	// fiftieth of that.
	Wait time.Duration
}

const (
	day = 24 * time.Hour
	// readBack is how far before a campaign's start edits are read (docs/metrics.md).
	readBack = 180 * day
	// reread is how far before the last mark edits are read again: reverts and
	// deletions come late.
	reread = 30 * day
	// factsFresh is how old what is known of wikis may be.
	factsFresh = 7 * day
	// batchSize is how many accounts the Action API takes at once.
	batchSize = 50
)

// Refresher reads campaigns. It is safe for concurrent use.
type Refresher struct {
	s *store.Store
	c *mwclient.Client
	o Options
}

// New returns a refresher.
func New(s *store.Store, c *mwclient.Client, o Options) *Refresher {
	setDefault(&o.MaxParticipants, 100_000)
	setDefault(&o.MaxEdits, 1_000_000)
	setDefault(&o.Parallel, 3)
	setDefault(&o.Fresh, 6*time.Hour)
	setDefault(&o.AccountsFresh, 20*time.Hour)
	setDefault(&o.ReplicaLag, time.Minute)
	setDefault(&o.Lease, time.Minute)
	setDefault(&o.Wait, time.Second/2)
	setDefault(&o.MinCell, 5)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Refresher{s: s, c: c, o: o}
}

func setDefault[T int | time.Duration](v *T, to T) {
	if *v == 0 {
		*v = to
	}
}

// run is one refresh of one campaign.
type run struct {
	*Refresher
	campaign store.Campaign
	holder   string // of leases on people
	farm     store.Farm
	wiki     *mwclient.Wiki // that the list and the accounts are read from
	watch    *watch
	// known are the farm's wikis that are saved already.
	known map[string]bool
	// undecided are accounts that were read, without where they edit.
	undecided []store.Account
	people    int
	left      int
	failed    map[string]error
}

// clockSkew is how far a clock may be off before it matters.
const clockSkew = 30 * time.Second

// complete is the time up to which an answer of the wiki that the list is read
// from is complete, to a request that starts now.
func (n *run) complete() time.Time { return n.completeOn(n.wiki) }

// completeOn is the same for any wiki. Where this machine's clock is ahead of the
// wiki's, the wiki's counts: edits that it has not seen yet would be taken for
// ones that do not exist.
func (n *run) completeOn(w *mwclient.Wiki) time.Time {
	ahead, ok := w.Ahead()
	if !ok {
		ahead, _ = n.wiki.Ahead()
	}
	if ahead < clockSkew {
		ahead = 0
	}
	return n.o.Now().Add(-ahead - n.o.ReplicaLag).UTC().Truncate(time.Second)
}

// ErrNotWanted says that a campaign was not refreshed, because what RefreshIf asked
// for was not so any more.
var ErrNotWanted = errors.New("not to be refreshed now")

// Refresh reads what is new of a campaign and saves it batch by batch. progress
// may be nil; it is called from one goroutine at a time.
//
// ErrPartial: some wikis failed, all else is saved. store.ErrBusy: another worker
// has the campaign. mwclient.ErrDeleted: the event was deleted before it was ever
// read; one that was read is frozen instead, which is no error. At the marks that
// have closed it keeps snapshots. If ctx is done, what was saved stays, and the
// next Refresh goes on from there.
func (r *Refresher) Refresh(ctx context.Context, id string, progress func(Progress)) (Report, error) {
	return r.RefreshIf(ctx, id, nil, progress)
}

// RefreshIf is Refresh if wanted says so of the campaign as it is once this worker
// has it; else ErrNotWanted. What another worker has just refreshed is so left alone.
func (r *Refresher) RefreshIf(ctx context.Context, id string, wanted func(store.Campaign) bool, progress func(Progress)) (Report, error) {
	w := newWatch(r.o.Now, id, progress, r.c.Stats())
	if _, err := r.s.Campaign(ctx, id); err != nil {
		return Report{}, err
	}
	ctx, release, err := r.hold(ctx, id)
	if err != nil {
		return Report{}, err
	}
	defer release()
	c, err := r.s.Campaign(ctx, id)
	switch {
	case err != nil:
		return Report{}, err
	case wanted != nil && !wanted(c):
		return Report{}, fmt.Errorf("refresh %s: %w", id, ErrNotWanted)
	}
	n := &run{Refresher: r, campaign: c, holder: rand.Text(), watch: w, failed: map[string]error{}, known: map[string]bool{}}
	err = n.refresh(ctx)
	if err != nil && ctx.Err() == nil && !errors.Is(err, mwclient.ErrNoContact) {
		if err := r.s.FailRefresh(ctx, id, Reason(err)); err != nil {
			r.o.Logger.ErrorContext(ctx, "cannot note why a refresh failed", "campaign", id, "error", err)
		}
	}
	if err != nil {
		if lost := context.Cause(ctx); lost != nil && !errors.Is(err, lost) {
			err = errors.Join(lost, err)
		}
		return n.report(), fmt.Errorf("refresh %s: %w", id, err)
	}
	if len(n.failed) > 0 {
		return n.report(), fmt.Errorf("refresh %s: %w", id, ErrPartial)
	}
	return n.report(), nil
}

func (n *run) refresh(ctx context.Context) error {
	if err := n.open(ctx); err != nil {
		return err
	}
	n.watch.phase(PhaseEvent)
	frozen, err := n.readEvent(ctx)
	if err != nil || frozen {
		return err
	}
	if err := n.readList(ctx); err != nil {
		return err
	}
	n.watch.phase(PhaseAccounts)
	if err := n.readAccounts(ctx); err != nil {
		return err
	}
	n.watch.phase(PhaseContributions)
	if err := n.readContributions(ctx); err != nil {
		return err
	}
	n.watch.phase(PhaseDone)
	n.campaign, err = n.s.EndRefresh(ctx, n.campaign.ID, n.complete().Add(n.o.ReplicaLag), n.failedNames(), n.failureText())
	if err != nil || len(n.failed) > 0 {
		return err
	}
	return n.snapshot(ctx)
}

// open finds the wiki that the campaign is read from.
func (n *run) open(ctx context.Context) (err error) {
	if n.farm, err = n.s.Farm(ctx, n.campaign.Farm); err != nil {
		return err
	}
	wikis, err := n.s.Wikis(ctx, n.campaign.Farm)
	if err != nil {
		return err
	}
	// The wiki of the event page, or else any: all wikis of a farm know its events.
	address := ""
	for _, w := range wikis {
		n.known[w.Name] = true
		if w.Private && w.Name != n.campaign.Source.Wiki {
			continue
		}
		if address == "" || w.Name == n.campaign.Source.Wiki {
			address = w.URL
		}
	}
	if address == "" {
		return fmt.Errorf("no wiki of %s is known: %w", n.campaign.Farm, store.ErrNotFound)
	}
	n.wiki, err = n.c.Wiki(ctx, address)
	return err
}

// readEvent learns whether the event has changed. It reports whether the
// campaign is frozen.
func (n *run) readEvent(ctx context.Context) (frozen bool, err error) {
	if n.campaign.Source.Kind != string(source.Event) {
		return false, nil
	}
	event, err := n.wiki.Event(ctx, n.campaign.Source.Event)
	if errors.Is(err, mwclient.ErrDeleted) && n.campaign.State == store.Ready {
		if err := n.s.Freeze(ctx, n.campaign.ID, reasonDeleted); err != nil {
			return false, err
		}
		n.campaign, err = n.s.Campaign(ctx, n.campaign.ID)
		return true, err
	}
	if err != nil {
		return false, err
	}
	n.campaign, err = n.s.UpdateCampaign(ctx, describe(n.campaign, event))
	return false, err
}
