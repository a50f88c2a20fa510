package refresh

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"afterglow/mwclient"
	"afterglow/retention"
)

// candidate is an account that could be a control, with its edits by wiki.
type candidate struct {
	id      int64
	name    string
	created time.Time
	edits   map[string][]retention.Edit
	stratum retention.Stratum
}

// errRows: a batch of candidates has so many edits that it would use up the requests.
var errRows = errors.New("too many edits of candidates")

// maxControlPages bounds the requests for one batch of candidates on one wiki.
const maxControlPages = 20

// read reads a batch of candidates of one home wiki: there first, which tells who they
// are, then on the other wikis at once. A batch with too many edits is left out whole.
func (k *controls) read(ctx context.Context, h *home, users []mwclient.NewUser) error {
	// However many edits there are, the requests do not exceed those that are left.
	most := min(maxControlPages, k.left()/k.perBatch()) * manyEdits
	people := map[string]*candidate{}
	for _, u := range users {
		people[u.Name] = &candidate{name: u.Name, created: u.Created, edits: map[string][]retention.Edit{}}
	}
	keepHome := slices.Contains(k.names, h.name)
	local := map[string]bool{}
	err := k.readOn(ctx, h.name, people, keepHome, most, func(a mwclient.LocalAccount) {
		c := people[a.Name]
		if c == nil {
			return
		}
		local[a.Name] = true
		c.id = a.CentralID
		if !k.farm.Central {
			c.id = a.ID
		}
		if a.Missing || slices.Contains(a.Groups, "bot") || k.participants[c.id] || k.seen[c.id] {
			c.id = 0
		}
	})
	if err != nil {
		return ignoreRows(err)
	}
	for name, c := range people {
		if c.id == 0 || !local[name] {
			delete(people, name)
		}
	}
	if err := k.readElsewhere(ctx, h, people, most); err != nil {
		return ignoreRows(err)
	}
	for _, c := range people {
		k.place(h, c)
	}
	return nil
}

// ignoreRows passes over a batch that is too large: the candidates are enough without.
func ignoreRows(err error) error {
	if errors.Is(err, errRows) {
		return nil
	}
	return err
}

func (k *controls) readElsewhere(ctx context.Context, h *home, people map[string]*candidate, most int) error {
	if len(people) == 0 {
		return nil
	}
	var mu sync.Mutex
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(k.o.Parallel)
	for _, name := range k.names {
		if name == h.name {
			continue
		}
		// Each wiki has accounts of its own to fill, joined at the end.
		own := make(map[string]*candidate, len(people))
		for n, c := range people {
			own[n] = &candidate{id: c.id, name: c.name, edits: map[string][]retention.Edit{}}
		}
		g.Go(func() error {
			foreign := map[string]bool{}
			err := k.readOn(gctx, name, own, true, most, func(a mwclient.LocalAccount) {
				if c := own[a.Name]; c != nil && (a.Missing || a.CentralID != c.id) {
					foreign[a.Name] = true
				}
			})
			mu.Lock()
			defer mu.Unlock()
			for n, c := range own {
				if edits := c.edits[name]; len(edits) > 0 && !foreign[n] {
					people[n].edits[name] = edits
				}
			}
			return err
		})
	}
	return g.Wait()
}

// readOn reads the edits of candidates on a wiki since newcomers' accounts were
// created, or with keep false only who they are.
func (k *controls) readOn(ctx context.Context, wiki string, people map[string]*candidate, keep bool, most int, take func(mwclient.LocalAccount)) error {
	q := mwclient.ContributionsQuery{
		Start: k.campaign.Start.Add(-time.Duration(retention.Default().NewcomerDays) * day), End: k.campaign.AsOf.Add(-time.Second), OnAccount: take,
	}
	for name := range people {
		q.Users = append(q.Users, name)
	}
	slices.Sort(q.Users)
	if !keep || q.End.Before(q.Start) {
		q.Start = q.End
	}
	rows := 0
	defer func() { k.spend(max(1, (rows+manyEdits-1)/manyEdits)) }()
	for c, err := range k.wikis[wiki].Contributions(ctx, q) {
		if err != nil {
			return err
		}
		if rows++; rows >= most {
			return errRows
		}
		if p := people[c.User]; p != nil && keep {
			p.edits[wiki] = append(p.edits[wiki], retention.Edit{Time: c.Timestamp.Unix(), Namespace: int32(c.Namespace), Reverted: c.Reverted})
		}
	}
	return nil
}

// place finds a candidate's stratum and counts it.
func (k *controls) place(h *home, c *candidate) {
	n := 0
	for _, edits := range c.edits {
		for _, e := range edits {
			if e.Time < k.campaign.End.Unix() {
				n++
			}
		}
	}
	s, ok := retention.StratumOf(k.campaign.Campaign, h.name, c.created.Unix(), n)
	if !ok || k.strata[s] == 0 {
		return
	}
	c.stratum = s
	k.seen[c.id] = true
	k.have[s]++
	k.found = append(k.found, *c)
}
