package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"afterglow/retention"
)

// work is what several workers do at once to one database: each reads campaigns of
// its own whose people are largely the same. after is called with the number of
// batches saved so far.
type work struct {
	stores    []*Store // one a worker
	campaigns int
	after     func(saved int64)

	saved atomic.Int64
	mu    sync.Mutex
	read  map[int64]int // how often each person was read
}

const (
	sharedPeople = 30
	ownPeople    = 10
	workBatch    = 8
)

func (w *work) run(t *testing.T) {
	t.Helper()
	w.read = map[int64]int{}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for i, s := range w.stores {
		wg.Go(func() {
			for n := i; n < w.campaigns; n += len(w.stores) {
				if err := w.campaign(ctx, s, n+1, fmt.Sprint("worker ", i)); err != nil {
					t.Errorf("worker %d, campaign %d: %v", i, n+1, err)
					return
				}
			}
		})
	}
	wg.Wait()
	for id, times := range w.read {
		if times != 1 {
			t.Errorf("person %d was read %d times", id, times)
		}
	}
}

// campaign reads one campaign as a refresh does.
func (w *work) campaign(ctx context.Context, s *Store, n int, worker string) error {
	c := campaign(n)
	if err := s.Lease(ctx, "campaign "+c.ID, worker, time.Hour); err != nil {
		return err
	}
	if _, err := s.SaveCampaign(ctx, c); err != nil {
		return err
	}
	var people []Participant
	var accounts []Account
	for i := range sharedPeople + ownPeople {
		id := int64(i + 1)
		if i >= sharedPeople {
			id = int64(1000*n + i)
		}
		people = append(people, Participant{Account: id, Name: name(id), Joined: start, State: Pending, Place: int64(i)})
		accounts = append(accounts, Account{ID: id, Name: name(id), Registered: start, HomeWiki: "metawiki", Reach: ReachAll, Checked: testNow, Wikis: []string{"metawiki"}})
	}
	listing, err := s.BeginList(ctx, c.ID)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(people, 7) {
		if err := s.SaveParticipants(ctx, c.ID, listing, some); err != nil {
			return err
		}
	}
	if _, _, err := s.EndList(ctx, c.ID, listing, testNow); err != nil {
		return err
	}
	if n%2 == 0 {
		slices.Reverse(accounts) // so that workers get into each other's way
	}
	for some := range slices.Chunk(accounts, 11) {
		if err := s.SaveAccounts(ctx, "farm", some); err != nil {
			return err
		}
	}
	if err := w.readPeople(ctx, s, c.ID, worker); err != nil {
		return err
	}
	c, err = s.EndRefresh(ctx, c.ID, testNow, nil, "")
	if err != nil {
		return err
	}
	n1 := snapshot(c, 1)
	n1.Revision = 0
	if err := s.SaveSnapshot(ctx, n1); err != nil {
		return err
	}
	return s.Release(ctx, "campaign "+c.ID, worker)
}

// readPeople reads whoever was not read yet, in batches under a lease.
func (w *work) readPeople(ctx context.Context, s *Store, id, worker string) error {
	for {
		pairs, err := s.Pairs(ctx, id, "metawiki")
		if err != nil {
			return err
		}
		var todo []int64
		for _, p := range pairs {
			if p.HighWater.IsZero() {
				todo = append(todo, p.Account)
			}
		}
		if len(todo) == 0 {
			return nil
		}
		if err := w.readBatch(ctx, s, id, worker, todo[:min(workBatch, len(todo))]); err != nil {
			return err
		}
	}
}

func (w *work) readBatch(ctx context.Context, s *Store, id, worker string, ids []int64) error {
	taken, err := s.TakePairs(ctx, "farm", "metawiki", ids, worker, time.Hour)
	if err != nil {
		return err
	}
	if len(taken) == 0 {
		return pause(ctx, 5*time.Millisecond) // another reads them
	}
	// One who was read before the lease was taken is not read again.
	pairs, err := s.Pairs(ctx, id, "metawiki")
	if err != nil {
		return err
	}
	b := Batch{Farm: "farm", Wiki: "metawiki", From: start.Add(-180 * day), To: testNow}
	for _, p := range pairs {
		if !p.HighWater.IsZero() || !slices.Contains(taken, p.Account) {
			continue
		}
		packed, err := retention.Pack(editsOf(p.Account))
		if err != nil {
			return err
		}
		b.Accounts = append(b.Accounts, AccountEdits{Account: p.Account, Packed: packed})
		w.mu.Lock()
		w.read[p.Account]++
		w.mu.Unlock()
	}
	if err := s.SaveEdits(ctx, b); err != nil {
		return err
	}
	if saved := w.saved.Add(1); w.after != nil {
		w.after(saved)
	}
	return s.ReleasePairs(ctx, "farm", "metawiki", taken, worker)
}

// editsOf returns a person's edits, the same each time.
func editsOf(id int64) []retention.Edit {
	rng := rand.New(rand.NewPCG(uint64(id), 7))
	edits := make([]retention.Edit, rng.IntN(40))
	from := start.Add(-180 * day).Unix()
	for i := range edits {
		edits[i] = retention.Edit{Time: from + rng.Int64N(testNow.Unix()-from), Namespace: int32(rng.IntN(4)), Reverted: rng.IntN(9) == 0}
	}
	return edits
}

// outcome returns a digest of each campaign's data: who is in it, their edits
// byte for byte, its coverage and snapshots.
func (w *work) outcome(t *testing.T, s *Store) map[string]string {
	t.Helper()
	digests := map[string]string{}
	for n := range w.campaigns {
		id := campaign(n + 1).ID
		var b bytes.Buffer
		must(t, s.Export(t.Context(), id, func(e Exported) error {
			_, err := fmt.Fprintf(&b, "%d %s %s %d %s %x\n", e.Account, e.Name, e.State, e.Joined.Unix(), e.Wiki, e.Packed)
			return err
		}))
		c, err := s.Campaign(t.Context(), id)
		must(t, err)
		fmt.Fprintf(&b, "%s %s %+v\n", c.State, c.AsOf, c.Coverage)
		snapshots, err := s.Snapshots(t.Context(), id)
		must(t, err)
		for _, n := range snapshots {
			fmt.Fprintf(&b, "%s %d %s %s\n", n.Kind, n.Mark, n.AsOf, n.Body)
		}
		digests[id] = fmt.Sprintf("%x, %d bytes", sha256.Sum256(b.Bytes()), b.Len())
	}
	return digests
}

// undisturbed returns the outcome of the same work by one worker on SQLite.
func undisturbed(t *testing.T, campaigns int) map[string]string {
	t.Helper()
	s := openTest(t, "sqlite::memory:", &clock{testNow})
	w := &work{stores: []*Store{s}, campaigns: campaigns}
	w.run(t)
	return w.outcome(t, s)
}

// openStores opens the same database for several workers.
func openStores(t *testing.T, n int, address func(worker int) string) []*Store {
	t.Helper()
	stores := make([]*Store, n)
	var wg sync.WaitGroup
	for i := range stores {
		wg.Go(func() { // at once, as they start
			s, err := Open(t.Context(), address(i), Options{Now: (&clock{testNow}).now, Connections: 3})
			if err == nil {
				err = errors.Join(s.Migrate(t.Context()), s.SaveFarm(t.Context(), Farm{Name: "farm", Central: true}, Wiki{Name: "metawiki", URL: "https://meta.test"}))
			}
			if err != nil {
				t.Errorf("worker %d: %v", i, err)
			}
			stores[i] = s
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	t.Cleanup(func() {
		for _, s := range stores {
			s.Close()
		}
	})
	return stores
}
