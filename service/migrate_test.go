package service

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

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
}
