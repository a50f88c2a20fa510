package store

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/go-sql-driver/mysql"

	"afterglow/retention"
	"afterglow/service/e2e/machine"
)

// TestBackup: a copy made while others read and write holds the same cohort.
func TestBackup(t *testing.T) {
	dir := t.TempDir()
	c := &clock{testNow}
	s := openTest(t, "sqlite:"+filepath.Join(dir, "afterglow.db"), c)
	want := fill(t, s, campaign(1), testNow, someone{id: 1, edits: []retention.Edit{edit(end.Add(day))}})
	copied := filepath.Join(dir, "copy.db")
	must(t, s.Backup(t.Context(), copied))
	if err := s.Backup(t.Context(), copied); !errors.Is(err, ErrExists) {
		t.Errorf("over a file: %v", err)
	}
	must(t, s.DeleteCampaign(t.Context(), want.ID))
	same(t, want, load(t, s2(t, "sqlite:"+copied, c), want.ID))
}

// TestDumpAndRestore: what docs/operations.md tells operators of MariaDB to do.
func TestDumpAndRestore(t *testing.T) {
	clients, err := machine.Require("apt install mariadb-client", "mariadb-dump", "mariadb")
	machine.Must(t, err)
	c := &clock{testNow}
	from, to := mariaDatabase(t), mariaDatabase(t)
	s := openTest(t, from, c)
	want := fill(t, s, campaign(1), testNow, someone{id: 1, edits: []retention.Edit{edit(end.Add(day))}})
	out, err := exec.Command(clients["mariadb-dump"], append([]string{"--no-defaults", "--single-transaction"}, clientFlags(t, from)...)...).Output()
	must(t, err)
	restore := exec.Command(clients["mariadb"], append([]string{"--no-defaults"}, clientFlags(t, to)...)...)
	restore.Stdin, restore.Stderr = bytes.NewReader(out), os.Stderr
	must(t, restore.Run())
	same(t, want, load(t, s2(t, to, c), want.ID))
}

// s2 opens a database that has everything already.
func s2(t *testing.T, database string, c *clock) *Store {
	t.Helper()
	s, err := Open(t.Context(), database, Options{Now: c.now})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	must(t, s.Migrate(t.Context()))
	return s
}

func same(t *testing.T, want Campaign, got *retention.Cohort) {
	t.Helper()
	if got.People() != 1 || got.Edits() != 1 || got.Campaign().ID != want.ID || !got.Campaign().End.Equal(want.End) {
		t.Errorf("restored %d people with %d edits of %+v", got.People(), got.Edits(), got.Campaign())
	}
}

// clientFlags are what MariaDB's clients need to reach a test's database.
func clientFlags(t *testing.T, address string) []string {
	t.Helper()
	cfg, err := mysql.ParseDSN(address)
	must(t, err)
	host, port, err := net.SplitHostPort(cfg.Addr)
	must(t, err)
	return []string{"--user=" + cfg.User, "--password=" + cfg.Passwd, "--host=" + host, "--port=" + port, cfg.DBName}
}
