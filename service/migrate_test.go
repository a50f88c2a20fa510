package service

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"afterglow/config"
	"afterglow/service/store"
)

// The schema goes up, down to a version, and up again; what is printed says so.
func TestMigrate(t *testing.T) {
	cfg := config.Default()
	cfg.Database = config.NewDatabase("sqlite:" + filepath.Join(t.TempDir(), "afterglow.db"))
	pending := func(action string, version int64) int {
		t.Helper()
		var out bytes.Buffer
		if err := Migrate(t.Context(), cfg, action, version, &out); err != nil {
			t.Fatal(err)
		}
		return strings.Count(out.String(), "pending\t")
	}
	all := pending("status", 0)
	if all < 2 {
		t.Fatalf("%d steps wait for a new database", all)
	}
	if n := pending("up", 0); n != 0 {
		t.Errorf("%d steps wait after up", n)
	}
	if n := pending("down", 1); n != all-1 {
		t.Errorf("%d steps wait after down 1, want %d", n, all-1)
	}
	if n := pending("up", 0); n != 0 {
		t.Errorf("%d steps wait after up again", n)
	}
	if err := Migrate(t.Context(), cfg, "down", 999, &bytes.Buffer{}); !errors.Is(err, store.ErrInvalid) {
		t.Errorf("no such version: %v", err)
	}
	s, err := openStore(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Lease(t.Context(), "campaign metawiki-1", "a worker", time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := Migrate(t.Context(), cfg, "down", 1, &bytes.Buffer{}); !errors.Is(err, store.ErrBusy) || !strings.Contains(err.Error(), "campaign metawiki-1") {
		t.Errorf("while a worker is at work: %v", err)
	}
	if n := pending("status", 0); n != 0 {
		t.Errorf("%d steps were undone under a worker", n)
	}
	if err := s.Release(t.Context(), "campaign metawiki-1", "a worker"); err != nil {
		t.Fatal(err)
	}
	if n := pending("down", int64(all-1)); n != 1 {
		t.Errorf("%d steps wait after the last was undone", n)
	}
}
