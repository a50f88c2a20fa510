package refresh

import (
	"context"
	"errors"
	"fmt"

	"afterglow/mwclient"
	"afterglow/service/refresh/source"
	"afterglow/service/store"
)

// saveEvery is how many participants are saved together: five pages of a list.
const saveEvery = 100

// listing is one reading of a campaign's list. It saves what it is given in parts.
type listing struct {
	*run
	number int64
	place  int64 // where the listing broke off
	part   []store.Participant
	count  int
	saving aside // of a part, while the next is read
}

// readList reads the campaign's list of participants, unless the last refresh
// broke off after it had.
func (n *run) readList(ctx context.Context) error {
	n.watch.phase(PhaseParticipants)
	id := n.campaign.ID
	unfinished := n.campaign.Listed.After(n.campaign.Refreshed)
	if unfinished && n.o.Now().Sub(n.campaign.Listed) < n.o.Fresh {
		var err error
		n.people, err = n.s.CountParticipants(ctx, id)
		return err
	}
	switch source.Kind(n.campaign.Source.Kind) {
	case source.Event, source.List:
	default:
		if err := n.readSource(ctx); err != nil {
			return err
		}
	}
	number, place, err := n.s.ResumeList(ctx, id, n.o.Now().Add(-n.o.Fresh))
	if err != nil {
		return err
	}
	asked := n.complete()
	l := &listing{run: n, number: number, place: place}
	if place > 0 {
		if l.count, err = n.s.CountParticipants(ctx, id); err != nil {
			return err
		}
	}
	if n.campaign.Source.Kind == string(source.Event) {
		err = l.readParticipants(ctx)
	} else {
		err = l.readEntries(ctx)
	}
	if err == nil {
		err = l.save(ctx)
	}
	if err = errors.Join(l.saving.wait(), err); err != nil {
		return err // the list broke off: nobody leaves
	}
	n.people, n.left, err = n.s.EndList(ctx, id, number, asked)
	return err
}

// readParticipants reads an event's list.
func (l *listing) readParticipants(ctx context.Context) error {
	src, err := l.Refresher.open(l.wiki, l.campaign, nil)
	if err != nil {
		return err
	}
	for p, err := range src.People(ctx, l.place) {
		if err != nil {
			return err
		}
		one := store.Participant{Account: p.Account, Name: p.Name, Joined: p.Joined, State: store.Pending, Place: p.Place}
		switch {
		case p.Hidden:
			one.State = store.Hidden
		case p.NotFound:
			one.State = store.NotFound
		}
		if err := l.add(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// readEntries resolves the names of a list that are not resolved yet.
func (l *listing) readEntries(ctx context.Context) error {
	entries, err := l.s.Entries(ctx, l.campaign.ID)
	if err != nil {
		return err
	}
	for len(entries) > 0 {
		part := entries[:min(batchSize, len(entries))]
		entries = entries[len(part):]
		if err := l.resolve(ctx, part); err != nil {
			return err
		}
		for _, e := range part {
			p := store.Participant{Account: e.Account, Name: e.Name, Joined: e.Joined, State: store.Pending}
			if e.Account == 0 {
				p.Account, p.Name, p.State = -e.Position-1, "", store.NotFound
			}
			if err := l.add(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// resolve finds the accounts of names, and learns of them what comes along.
func (l *listing) resolve(ctx context.Context, entries []store.Entry) error {
	var open []int
	var names []string
	for i, e := range entries {
		if e.Account == 0 {
			open, names = append(open, i), append(names, e.Name)
		}
	}
	if len(open) == 0 {
		return nil
	}
	asked := l.complete()
	var found []mwclient.Account
	at := 0
	for a, err := range l.wiki.AccountsByName(ctx, names, mwclient.AccountOptions{HomeWikis: l.o.HomeWikis}) {
		if err != nil {
			return err
		}
		if !a.Missing && a.ID > 0 && at < len(open) {
			entries[open[at]].Account = a.ID
			found = append(found, a)
		}
		at++
	}
	if err := l.s.ResolveEntries(ctx, l.campaign.ID, entries); err != nil {
		return err
	}
	return l.learn(ctx, found, asked, nil)
}

// add adds a participant.
func (l *listing) add(ctx context.Context, p store.Participant) error {
	if p.Account == 0 {
		return fmt.Errorf("%s lists a participant without a number", l.campaign.Source.Wiki)
	}
	l.count++
	if l.count > l.o.MaxParticipants {
		return fmt.Errorf("%w participants: more than %d", ErrTooMany, l.o.MaxParticipants)
	}
	l.part = append(l.part, p)
	if len(l.part) < saveEvery {
		return nil
	}
	return l.save(ctx)
}

func (l *listing) save(ctx context.Context) error {
	part := l.part
	if len(part) == 0 {
		return nil
	}
	l.part = nil
	return l.saving.do(func() error {
		if err := l.s.SaveParticipants(ctx, l.campaign.ID, l.number, part); err != nil {
			return err
		}
		done, _ := l.watch.done(len(part), "")
		if !l.watch.isTelling() {
			return nil
		}
		return l.s.SetProgress(ctx, l.campaign.ID, done, 0)
	})
}
