package refresh

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"afterglow/mwclient"
	"afterglow/service/store"
)

// passes is how often a wiki is planned anew: an account that turns out to be
// renamed, or to have exchanged edits with another, is due once more.
const passes = 3

// errNoWiki says that no wiki could be read. Reasons follow it.
var errNoWiki = errors.New("no wiki could be read")

// readContributions reads the contributions of the campaign's people, several
// wikis at once. A wiki that fails does not stop the others; all of them failing
// is a failure of the refresh.
func (n *run) readContributions(ctx context.Context) error {
	counts, err := n.s.PairWikis(ctx, n.campaign.ID)
	if err != nil {
		return err
	}
	stored, err := n.s.Wikis(ctx, n.campaign.Farm)
	if err != nil {
		return err
	}
	known := make(map[string]store.Wiki, len(stored))
	for _, w := range stored {
		known[w.Name] = w
	}
	total := 0
	for _, c := range counts {
		total += c
	}
	n.watch.total(total)
	queue := n.newQueue(slices.Sorted(maps.Keys(counts)), known)
	var mu sync.Mutex
	g, gctx := errgroup.WithContext(ctx)
	for range min(n.o.Parallel, len(counts)) {
		g.Go(func() error {
			for {
				name, ok, err := queue.next(gctx)
				if err != nil || !ok {
					return err
				}
				err = n.readWiki(gctx, known[name], counts[name])
				var failure *wikiError
				if err != nil && (!errors.As(err, &failure) || gctx.Err() != nil) {
					return err
				}
				if err == nil {
					continue
				}
				n.o.Logger.WarnContext(ctx, "a wiki could not be read", "campaign", n.campaign.ID, "wiki", name, "error", failure.err)
				mu.Lock()
				n.failed[name] = failure.err
				mu.Unlock()
			}
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if len(n.failed) > 0 && len(n.failed) == len(counts) {
		return fmt.Errorf("%w: %s", errNoWiki, n.failureText())
	}
	return nil
}

// wikiError is a failure that is one wiki's own.
type wikiError struct{ err error }

func (e *wikiError) Error() string { return e.err.Error() }
func (e *wikiError) Unwrap() error { return e.err }

// readWiki reads what is due on one wiki, batch by batch.
func (n *run) readWiki(ctx context.Context, known store.Wiki, people int) error {
	if known.URL == "" {
		return &wikiError{errors.New("its address is not known")}
	}
	r, err := n.newReader(ctx, known)
	if err != nil {
		return &wikiError{err}
	}
	told := 0
	tell := func(k int) error {
		k = min(k, people-told)
		told += k
		done, total := n.watch.done(k, known.Name)
		if !n.watch.isTelling() {
			return nil
		}
		return n.s.SetProgress(ctx, n.campaign.ID, done, total)
	}
	for pass := 1; pass <= passes; pass++ {
		left, err := n.readDue(ctx, r, tell)
		if err != nil {
			return err
		}
		if left.elsewhere {
			pass-- // another worker is reading some, which takes as long as it takes
			if err := mwclient.Sleep(ctx, n.o.Wait); err != nil {
				return err
			}
			continue
		}
		if !left.renamed {
			break
		}
	}
	if err := n.learnWiki(ctx, r.api, known); err != nil {
		return err
	}
	return tell(people)
}

// left says why a pass over a wiki has to be repeated.
type left struct {
	renamed   bool // some accounts have another name, or exchanged edits, and are due again
	elsewhere bool // another worker was reading some, for another campaign
}

// readDue reads once what is due on a wiki and not being read by another worker.
func (n *run) readDue(ctx context.Context, r reader, tell func(int) error) (left, error) {
	var l left
	pairs, err := n.s.Pairs(ctx, n.campaign.ID, r.wiki)
	if err != nil {
		return l, err
	}
	own := map[int64]bool{}
	batches := plan(pairs, n.campaign.Start.Add(-readBack), n.o.Now(), n.o.Fresh, r.size)
	next := n.takeNext(ctx, r.wiki, batches, own)
	defer func() { next.giveBack() }()
	var saving aside // of one batch, while the next is read
	for i, b := range batches {
		t, err := next.get()
		if err == nil {
			for _, p := range t.pairs {
				own[p.Account] = true
			}
			next = n.takeNext(ctx, r.wiki, batches[i+1:], own)
			l.elsewhere = l.elsewhere || len(t.pairs) < len(b.pairs)
			var renamed bool
			renamed, err = n.readTaken(r, b, t, &saving, tell)
			l.renamed = l.renamed || renamed
		}
		if err != nil {
			// A wiki's failure must not hide that something could not be saved.
			if unsaved := saving.wait(); unsaved != nil {
				err = unsaved
			}
			return l, err
		}
	}
	return l, saving.wait()
}

// readTaken reads a batch's accounts that were taken. They are saved, told and given
// back beside what comes next.
func (n *run) readTaken(r reader, b stretch, t taken, saving *aside, tell func(int) error) (renamed bool, err error) {
	var batch store.Batch
	if len(t.pairs) > 0 {
		batch, renamed, err = n.readBatch(t.held, r, stretch{from: b.from, to: b.to, pairs: t.pairs})
	}
	if err == nil {
		err = saving.wait()
	}
	if err != nil || len(t.pairs) == 0 {
		t.release()
		return false, err
	}
	return renamed, saving.do(func() error {
		defer t.release()
		if err := n.saveBatch(t.held, batch); err != nil {
			return err
		}
		return tell(len(t.pairs))
	})
}

// saveBatch saves what was read, if anything was.
func (n *run) saveBatch(ctx context.Context, b store.Batch) error {
	if len(b.Accounts) == 0 {
		return nil
	}
	return n.s.SaveEdits(ctx, b)
}

// learnWiki saves a wiki's content namespaces. The first contributions brought
// them along.
func (n *run) learnWiki(ctx context.Context, w *mwclient.Wiki, known store.Wiki) error {
	now := n.o.Now()
	if known.ContentNamespaces != nil && now.Sub(known.Checked) < factsFresh {
		return nil
	}
	info, err := w.SiteInfo(ctx)
	if err != nil {
		return &wikiError{err}
	}
	if info.WikiID != known.Name {
		return &wikiError{fmt.Errorf("%s calls itself %.80q", known.URL, info.WikiID)}
	}
	if ahead, ok := w.Ahead(); ok && ahead.Abs() > 10*clockSkew {
		n.o.Logger.WarnContext(ctx, "this machine's clock differs from a wiki's", "wiki", known.Name, "ahead", ahead)
	}
	known.ContentNamespaces, known.Checked = content(info), now
	return n.s.SaveFarm(ctx, n.farm, known)
}

// readBatch reads one batch, to be saved. It reports whether accounts turned out to
// be renamed, or to have exchanged edits with another account, which are then not in it.
func (n *run) readBatch(ctx context.Context, r reader, b stretch) (result store.Batch, renamed bool, err error) {
	to, present := b.to, b.to.IsZero()
	if present {
		to = r.complete()
	}
	if !b.from.Before(to) {
		return result, false, nil // the campaign is so far ahead that nothing can be read yet
	}
	people := b.pairs
	result = store.Batch{Farm: n.campaign.Farm, Wiki: r.wiki, From: b.from, To: to}
	for len(people) > 0 {
		p := n.newBatch(people, b.from, to)
		if err := p.read(ctx, r.from); err != nil {
			return result, false, &wikiError{err}
		}
		var unknown, again []store.Pair
		var whole []int64 // to be read from the beginning
		for i := range p.people {
			one := &p.people[i]
			switch {
			case one.bot:
				result.Accounts = append(result.Accounts, store.AccountEdits{Account: one.pair.Account, Bot: true})
			case p.abandoned:
				again = append(again, one.pair)
			case one.foreign && one.expected():
				unknown = append(unknown, one.pair)
			case present && one.exchanged():
				whole = append(whole, one.pair.Account)
			default:
				if err := one.save(&result, present); err != nil {
					return result, false, &wikiError{err}
				}
			}
		}
		if err := n.s.ReadAgain(ctx, n.campaign.Farm, r.wiki, whole); err != nil {
			return result, false, err
		}
		renamed = renamed || len(whole) > 0
		switch {
		case len(unknown) == 0:
		case r.isReplica():
			// It may not have heard of a new name yet: the wiki itself is asked.
			for part := range slices.Chunk(unknown, batchSize) {
				other, also, err := n.readBatch(ctx, n.overAPI(r), stretch{from: b.from, to: b.to, pairs: part})
				if err == nil {
					err = n.saveBatch(ctx, other)
				}
				if err != nil {
					return result, false, err
				}
				renamed = renamed || also
			}
		default:
			also, err := n.keepUnknown(ctx, p, unknown, &result)
			if err != nil {
				return result, false, err
			}
			renamed = renamed || also
		}
		people = again
	}
	return result, renamed, nil
}

// keepUnknown asks again for accounts that a wiki does not know by their name.
// Those whose name is right after all have no edits there that can be seen. It
// reports whether others were renamed.
func (n *run) keepUnknown(ctx context.Context, p *batch, unknown []store.Pair, result *store.Batch) (renamed bool, err error) {
	same, err := n.recheck(ctx, unknown)
	if err != nil {
		return false, &wikiError{err}
	}
	for i := range p.people {
		if one := &p.people[i]; same[one.pair.Account] && one.foreign {
			if err := one.save(result, false); err != nil {
				return false, &wikiError{err}
			}
		}
	}
	return len(same) < len(unknown), nil
}
