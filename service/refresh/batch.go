package refresh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"afterglow/mwclient"
	"afterglow/retention"
	"afterglow/service/store"
)

// batch is one reading of several accounts' contributions.
type batch struct {
	people   []person
	byName   map[string]*person
	from, to time.Time
	central  bool
	maxEdits int
	// abandoned is true where a bot with many edits was met, which are not worth
	// reading: the others are read without it.
	abandoned bool
}

// person is one account of a batch.
type person struct {
	pair    store.Pair
	bot     bool
	foreign bool // the wiki has no such account, or one that is somebody else's
	many    bool // it has more edits than one request returns
	count   int  // of its edits, by the wiki; -1: it did not say
	edits   []retention.Edit
}

// manyEdits is what one request returns.
const manyEdits = 500

func (n *run) newBatch(pairs []store.Pair, from, to time.Time) *batch {
	b := &batch{
		people: make([]person, len(pairs)), byName: make(map[string]*person, len(pairs)),
		from: from, to: to, central: n.farm.Central, maxEdits: n.o.MaxEdits,
	}
	for i, p := range pairs {
		b.people[i] = person{pair: p, count: -1}
		b.byName[p.Name] = &b.people[i]
	}
	return b
}

// read reads the batch's contributions into its people.
func (b *batch) read(ctx context.Context, w Contributor) error {
	names := make([]string, len(b.people))
	for i := range b.people {
		names[i] = b.people[i].pair.Name
	}
	q := mwclient.ContributionsQuery{Users: names, Start: b.from, End: b.to.Add(-time.Second), OnAccount: b.take}
	for c, err := range w.Contributions(ctx, q) {
		if err != nil {
			return err
		}
		p, ok := b.byName[c.User]
		switch {
		case !ok:
			return errors.New("it gave contributions of an account that it was not asked for")
		case p.bot && p.many && len(b.people) > 1:
			b.abandoned = true
			return nil
		case p.bot && p.many:
			return nil
		case p.bot || p.foreign:
			continue
		}
		if c.Timestamp.Before(b.from) || !c.Timestamp.Before(b.to) {
			return fmt.Errorf("it gave contributions of a time that it was not asked for (%s)", c.Timestamp.Format(time.RFC3339))
		}
		if len(p.edits) >= b.maxEdits {
			return fmt.Errorf("%w edits of one account: more than %d", ErrTooMany, b.maxEdits)
		}
		p.edits = append(p.edits, retention.Edit{Time: c.Timestamp.Unix(), Namespace: int32(c.Namespace), Reverted: c.Reverted})
	}
	return nil
}

// take takes what the wiki says of an account.
func (b *batch) take(a mwclient.LocalAccount) {
	p, ok := b.byName[a.Name]
	if !ok {
		return
	}
	if b.central {
		// A name that was given up can be somebody else's now, on a wiki where it
		// is not attached to the central account.
		p.foreign = a.Missing || a.CentralID != p.pair.Account
	} else {
		p.foreign = a.Missing || a.ID != p.pair.Account
	}
	p.many = a.EditCount > manyEdits
	p.count = a.EditCount
	p.bot = !p.foreign && slices.Contains(a.Groups, "bot")
}

// expected reports whether the wiki should know the account: it had edits there.
func (p *person) expected() bool { return p.pair.Rows > 0 || p.pair.Expected }

// exchanged reports whether edits of whatever time became another account's, or
// another's became this one's, as when accounts are merged: the wiki counts more than
// were made since the last reading, or fewer than before. Edits that were deleted
// meanwhile, or made within the last minute, look the same; then the person is read
// whole for nothing.
func (p *person) exchanged() bool {
	if p.foreign || p.pair.HighWater.IsZero() || p.pair.EditCount < 0 || p.count < 0 {
		return false
	}
	mark, made := p.pair.HighWater.Unix(), 0
	for _, e := range p.edits {
		if e.Time >= mark {
			made++
		}
	}
	return p.count < p.pair.EditCount || p.count-p.pair.EditCount > made
}

// save adds the person's edits to what is saved, with the wiki's count of them if
// they were read up to the present.
func (p *person) save(to *store.Batch, present bool) error {
	count := -1
	if present && !p.foreign {
		count = p.count
	}
	packed, err := retention.Pack(p.edits)
	if err != nil {
		return err
	}
	p.edits = nil
	to.Accounts = append(to.Accounts, store.AccountEdits{Account: p.pair.Account, Packed: packed, EditCount: count})
	return nil
}
