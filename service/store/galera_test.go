package store

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"afterglow/service/e2e/mariadb"
)

// clusterAddress returns the address of a cluster's database with its nodes from
// the first on.
func clusterAddress(c *mariadb.Cluster, database string, first int) string {
	var names []string
	for i := range c.Nodes {
		names = append(names, c.Nodes[(first+i)%len(c.Nodes)].Address())
	}
	return fmt.Sprintf("root@tcp(%s)/%s", strings.Join(names, ","), database)
}

// The store on a Galera cluster of three nodes: its workers write to all of them,
// then the node of most writers dies in the middle of the work.
func TestGalera(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster")
	}
	c := mariadb.StartGalera(t, 3)
	t.Run("leases hold for all nodes", func(t *testing.T) {
		c.Nodes[0].Create(t, "leases")
		stores := openStores(t, 3, func(i int) string { return clusterAddress(c, "leases", i) })
		leasesAtOnce(t, stores)
	})
	t.Run("workers on every node", func(t *testing.T) {
		c.Nodes[0].Create(t, "everywhere")
		stores := openStores(t, 3, func(i int) string { return clusterAddress(c, "everywhere", i) })
		w := &work{stores: stores, campaigns: 6}
		w.run(t)
		want := undisturbed(t, 6)
		for i, s := range stores {
			if got := w.outcome(t, s); !maps.Equal(got, want) {
				t.Errorf("node %d: %v\nwant %v", i, got, want)
			}
		}
	})
	t.Run("the second to commit begins again", func(t *testing.T) {
		c.Nodes[0].Create(t, "certified")
		stores := openStores(t, 2, func(i int) string { return clusterAddress(c, "certified", i) })
		_, err := stores[0].SaveCampaign(t.Context(), campaign(1))
		must(t, err)
		var both, wg sync.WaitGroup
		both.Add(2)
		var runs atomic.Int64
		for _, s := range stores {
			wg.Go(func() {
				first := true
				err := s.write(t.Context(), func(tx *sql.Tx) error {
					runs.Add(1)
					_, err := tx.ExecContext(t.Context(), `UPDATE campaigns SET edit_rows = edit_rows + 1 WHERE id = 'metawiki-1'`)
					if first {
						first = false
						both.Done()
						both.Wait() // neither has committed, and no lock of one node is seen by the other
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := rowsOf(t, stores[0], `SELECT edit_rows FROM campaigns`)[0][0]; got != "2" || runs.Load() != 3 {
			t.Errorf("%s after two additions in %d runs, want 2 in 3", got, runs.Load())
		}
	})
	t.Run("the writers' node dies", func(t *testing.T) {
		c.Nodes[0].Create(t, "dying")
		// Two workers write to the node that dies, one to another.
		stores := openStores(t, 3, func(i int) string { return clusterAddress(c, "dying", i/2) })
		w := &work{stores: stores, campaigns: 6}
		var once sync.Once
		w.after = func(saved int64) {
			if saved >= 4 {
				once.Do(func() {
					if err := c.KillNode(0); err != nil {
						t.Errorf("kill the node: %v", err)
					}
				})
			}
		}
		w.run(t)
		if w.saved.Load() <= 4 {
			t.Errorf("%d batches: the node died after the work", w.saved.Load())
		}
		want := undisturbed(t, 6)
		for i, s := range stores {
			if got := w.outcome(t, s); !maps.Equal(got, want) {
				t.Errorf("worker %d: %v\nwant %v", i, got, want)
			}
		}
		late, err := Open(t.Context(), clusterAddress(c, "dying", 0), Options{Now: (&clock{testNow}).now})
		if err != nil {
			t.Errorf("a worker that starts while the first node is dead: %v", err)
		} else {
			must(t, late.Ping(t.Context()))
			late.Close()
		}
		if err := c.RestartNode(0); err != nil {
			t.Fatal(err)
		}
		back, err := Open(t.Context(), c.Nodes[0].DSN("dying"), Options{Now: (&clock{testNow}).now})
		must(t, err)
		defer back.Close()
		if got := w.outcome(t, back); !maps.Equal(got, want) {
			t.Errorf("the node that came back: %v\nwant %v", got, want)
		}
	})
}

// leasesAtOnce has workers of several stores take the same people and slots.
func leasesAtOnce(t *testing.T, stores []*Store) {
	t.Helper()
	people := make([]int64, 60)
	for i := range people {
		people[i] = int64(i + 1)
	}
	taken := make([][]int64, len(stores))
	inside := make(chan int, len(stores))
	var wg sync.WaitGroup
	for i, s := range stores {
		wg.Go(func() {
			holder := fmt.Sprint("worker ", i)
			for some := range slices.Chunk(people, 20) {
				got, err := s.TakePairs(t.Context(), "farm", "metawiki", some, holder, time.Hour)
				if err != nil {
					t.Error(err)
					return
				}
				taken[i] = append(taken[i], got...)
			}
			err := s.TakeSlot(t.Context(), "meta.test", holder, 2, time.Hour)
			if err == nil {
				inside <- i
			} else if !errors.Is(err, ErrBusy) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(inside); n != 2 {
		t.Errorf("%d workers have one of 2 slots", n)
	}
	all := slices.Sorted(slices.Values(slices.Concat(taken...)))
	if !slices.Equal(all, people) {
		t.Errorf("%d were given out, want each of %d once: %v", len(all), len(people), taken)
	}
}
