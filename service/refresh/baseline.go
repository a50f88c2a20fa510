package refresh

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"afterglow/mwclient"
	"afterglow/retention"
	"afterglow/service/store"
)

// Limits of the reading of control accounts (docs/metrics.md, baseline). A
// request that is tried again counts once.
const (
	maxControlRequests = 400
	// maxControlWikis bounds the wikis on which both groups are compared: each
	// costs a request for every 50 candidates.
	maxControlWikis = 8
)

// Baseline compares a campaign's newcomers with matched accounts that did not
// take part, and stores the figure. The campaign must have been read, with home
// wikis (Options.HomeWikis, or a farm whose accounts tell them): a newcomer
// whose home wiki is unknown is not matched.
//
// Control accounts are found in the logs of new accounts of the newcomers' home
// wikis and read on the wikis that the newcomers are read on, or the eight on
// which the participants have most of their edits. They are never stored.
// store.ErrNotFound; store.ErrInvalid: it was not read yet; store.ErrBusy.
func (r *Refresher) Baseline(ctx context.Context, id string) error {
	c, err := r.s.Campaign(ctx, id)
	if err != nil {
		return err
	}
	if c.State != store.Ready {
		return fmt.Errorf("baseline of %s: the campaign has not been read yet: %w", id, store.ErrInvalid)
	}
	ctx, release, err := r.hold(ctx, id)
	if err != nil {
		return err
	}
	defer release()
	figure, err := r.baseline(ctx, c)
	if err != nil {
		return fmt.Errorf("baseline of %s: %w", id, err)
	}
	return r.s.SaveBaseline(ctx, id, figure)
}

func (r *Refresher) baseline(ctx context.Context, c store.Campaign) (*retention.Baseline, error) {
	k, err := r.newControls(ctx, c)
	if err != nil {
		return nil, err
	}
	people, err := r.s.CohortOn(ctx, c.ID, k.names)
	if err != nil {
		return nil, err
	}
	k.strata = retention.Strata(people)
	for _, n := range k.strata {
		k.newcomers += n
	}
	if err := k.search(ctx); err != nil {
		return nil, err
	}
	control, err := k.cohort(c)
	if err != nil {
		return nil, err
	}
	r.o.Logger.InfoContext(ctx, "control accounts read", "campaign", c.ID, "requests", k.spent, "candidates", len(k.found), "controls", control.People())
	return retention.ComputeBaseline(people, control, retention.Options{AsOf: c.AsOf, MinCell: max(r.o.MinCell, 0)})
}

// controls looks for the control accounts of one campaign.
type controls struct {
	*Refresher
	campaign     store.Campaign
	farm         store.Farm
	names        []string // the wikis on which both groups are read
	wikis        map[string]*mwclient.Wiki
	content      map[string][]int
	participants map[int64]bool
	strata       map[retention.Stratum]int
	newcomers    int // in all strata
	seed         uint64

	found []candidate
	have  map[retention.Stratum]int
	seen  map[int64]bool // the central ids of those found
	mu    sync.Mutex
	spent int // requests; guarded by mu
}

// newControls chooses the wikis and opens them.
func (r *Refresher) newControls(ctx context.Context, c store.Campaign) (*controls, error) {
	k := &controls{
		Refresher: r, campaign: c, seed: retention.Seed(c.ID), wikis: map[string]*mwclient.Wiki{}, content: map[string][]int{},
		have: map[retention.Stratum]int{}, seen: map[int64]bool{},
	}
	var err error
	if k.farm, err = r.s.Farm(ctx, c.Farm); err != nil {
		return nil, err
	}
	if k.participants, err = r.s.ParticipantIDs(ctx, c.ID); err != nil {
		return nil, err
	}
	gone, err := r.s.Forgotten(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range gone {
		if f.Farm == c.Farm {
			k.participants[f.Account] = true // no control either
		}
	}
	edits, err := r.s.EditsByWiki(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	known, err := r.s.Wikis(ctx, c.Farm)
	if err != nil {
		return nil, err
	}
	for _, w := range known {
		if k.wikis[w.Name], err = r.c.Wiki(ctx, w.URL); err != nil {
			delete(k.wikis, w.Name) // an address that may not be asked
			continue
		}
		k.content[w.Name] = w.ContentNamespaces
	}
	for _, name := range c.Coverage.Wikis {
		if k.wikis[name] != nil && edits[name] > 0 {
			k.names = append(k.names, name)
		}
	}
	slices.SortFunc(k.names, func(a, b string) int { return cmp.Or(cmp.Compare(edits[b], edits[a]), strings.Compare(a, b)) })
	k.names = k.names[:min(len(k.names), maxControlWikis)]
	return k, nil
}

// search reads candidates until every stratum has what it may take, the requests
// are spent, or there is nobody left.
func (k *controls) search(ctx context.Context) error {
	homes := k.cells()
	for {
		// The home wiki that lacks most goes first.
		var next *home
		for _, h := range homes {
			if n := h.lacks(k); n > 0 && (next == nil || n > next.lacks(k)) {
				next = h
			}
		}
		if next == nil || k.left() < k.perBatch() {
			return nil
		}
		batch, err := next.draw(ctx, k)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			continue // its cells are used up, and lack nothing from now on
		}
		if err := k.read(ctx, next, batch); err != nil {
			return err
		}
	}
}

// cohort makes a cohort of the sample.
func (k *controls) cohort(c store.Campaign) (*retention.Cohort, error) {
	candidates := make([]retention.Candidate, len(k.found))
	byID := make(map[int64]candidate, len(k.found))
	for i, f := range k.found {
		candidates[i] = retention.Candidate{Key: k.key(f.id), Stratum: f.stratum}
		byID[f.id] = f
	}
	sample := retention.SampleControls(k.strata, candidates, k.seed)
	slices.SortFunc(sample, func(a, b retention.Candidate) int { return cmp.Compare(a.Key.ID, b.Key.ID) })
	b := retention.NewBuilder(c.Campaign)
	numbers := map[string]int{}
	for _, name := range slices.Sorted(slices.Values(k.names)) {
		numbers[name] = b.Wiki(name, k.content[name])
	}
	for _, s := range sample {
		f := byID[s.Key.ID]
		b.Add(retention.Participant{Key: s.Key, Registered: f.created.Unix(), HomeWiki: f.stratum.HomeWiki})
		for _, name := range slices.Sorted(maps.Keys(f.edits)) {
			packed, err := retention.Pack(f.edits[name])
			if err != nil {
				return nil, err
			}
			if err := b.AddEdits(numbers[name], packed); err != nil {
				return nil, err
			}
		}
	}
	return b.Cohort()
}

func (k *controls) key(id int64) retention.PersonKey {
	return retention.PersonKey{Farm: k.campaign.Farm, ID: id}
}

// left is how many requests may still be made.
func (k *controls) left() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return maxControlRequests - k.spent
}

// perBatch is the wikis on which a batch of candidates is read, and so the least
// requests that it costs: those of both groups, and its home.
func (k *controls) perBatch() int { return len(k.names) + 1 }

func (k *controls) spend(requests int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.spent += requests
}
