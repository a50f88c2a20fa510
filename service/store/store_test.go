package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestOpenRefuses(t *testing.T) {
	now := (&clock{testNow}).now
	for _, database := range []string{"afterglow.db", "sqlite:", "user:secret@tcp(db)/", "user:secret@tcp(db"} {
		_, err := Open(t.Context(), database, Options{Now: now})
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", database, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is told: %v", err)
		}
	}
	if _, err := Open(t.Context(), "sqlite::memory:", Options{}); !errors.Is(err, ErrInvalid) {
		t.Errorf("without a clock: %v", err)
	}
	if _, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "no", "such", "folder.db"), Options{Now: now}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in a folder that does not exist: %v", err)
	}
}

// A path is taken as it is, whatever it would mean in a URL.
func TestOpenTakesAnyPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c=d&_pragma=x#é%20")
	must(t, os.Mkdir(dir, 0o700))
	path := filepath.Join(dir, "100% sure?.db")
	s := openTest(t, "sqlite:"+path, &clock{testNow})
	fill(t, s, campaign(1), testNow, someone{id: 1})
	info, err := os.Stat(path)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the database: %s", info.Mode())
	}
	var mode string
	must(t, s.w.QueryRowContext(t.Context(), `PRAGMA journal_mode`).Scan(&mode))
	var keys, wait int
	must(t, s.w.QueryRowContext(t.Context(), `PRAGMA foreign_keys`).Scan(&keys))
	must(t, s.r.QueryRowContext(t.Context(), `PRAGMA busy_timeout`).Scan(&wait))
	if mode != "wal" || keys != 1 || wait == 0 {
		t.Errorf("journal_mode %s, foreign_keys %d, busy_timeout %d", mode, keys, wait)
	}
	slashes, err := Open(t.Context(), "sqlite:/"+path, Options{Now: (&clock{testNow}).now})
	must(t, err)
	defer slashes.Close()
	if _, err := slashes.Campaign(t.Context(), "metawiki-1"); err != nil {
		t.Error(err)
	}
	t.Chdir(dir)
	again, err := Open(t.Context(), "sqlite:100% sure?.db", Options{Now: (&clock{testNow}).now})
	must(t, err)
	defer again.Close()
	if _, err := again.Campaign(t.Context(), "metawiki-1"); err != nil {
		t.Error(err)
	}
}

// Memories are apart from each other, and outlive a call that was cancelled.
func TestMemory(t *testing.T) {
	c := &clock{testNow}
	one, other := openTest(t, "sqlite::memory:", c), openTest(t, "sqlite::memory:", c)
	fill(t, one, campaign(1), testNow, someone{id: 1})
	if _, err := other.Campaign(t.Context(), "metawiki-1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("one memory shows in another: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := one.Cohort(ctx, "metawiki-1"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := one.SetProgress(ctx, "metawiki-1", 1, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if n := load(t, one, "metawiki-1").People(); n != 1 {
		t.Errorf("%d people after a cancelled call", n)
	}
}

// Readers and writers at once neither fail nor see half of a write.
func TestReadersAndWriters(t *testing.T) {
	databases(t, func(t *testing.T, s *Store, _ *clock) {
		people := []someone{{id: 1}, {id: 2}, {id: 3}}
		fill(t, s, campaign(1), testNow, people...)
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for ctx.Err() == nil {
					c, err := s.Cohort(ctx, "metawiki-1")
					if ctx.Err() != nil {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					if n := c.People(); n != 3 && n != 2 || n != c.Coverage().Measured {
						t.Errorf("%d people, %d measured", n, c.Coverage().Measured)
					}
				}
			})
		}
		for i := range 30 {
			list(t, s, "metawiki-1", people[:2+i%2]...)
			if _, err := s.EndRefresh(t.Context(), "metawiki-1", testNow, nil, ""); err != nil {
				t.Error(err)
			}
		}
		stop()
		wg.Wait()
	})
}
