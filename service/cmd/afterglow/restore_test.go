package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"afterglow/service/e2e/machine"
	"afterglow/service/e2e/mariadb"
)

// keeper backs a database up into a file and puts it back, as docs/operations.md
// tells operators to.
type keeper struct {
	database string
	backup   func(t *testing.T, file string)
	restore  func(t *testing.T, file string)
	// files returns the files that hold the tables now, all of them written.
	files func(t *testing.T) []string
}

// fileKeeper is that of SQLite: our own command, and files put in place.
func fileKeeper() keeper {
	return keeper{
		database: "sqlite:afterglow.db",
		backup:   func(t *testing.T, file string) { ok(t, "backup", file) },
		restore: func(t *testing.T, file string) {
			for _, suffix := range []string{"", "-wal", "-shm"} {
				if err := os.Remove("afterglow.db" + suffix); err != nil && !os.IsNotExist(err) {
					t.Fatal(err)
				}
			}
			if err := os.Rename(file, "afterglow.db"); err != nil {
				t.Fatal(err)
			}
		},
		files: func(t *testing.T) []string { return matching(t, "afterglow.db*") },
	}
}

// mariaKeeper is that of MariaDB: its own clients, and an empty database to restore into.
func mariaKeeper(t *testing.T) keeper {
	t.Helper()
	const name = "campaigns"
	clients, err := machine.Require("apt install mariadb-client", "mariadb-dump", "mariadb")
	machine.Must(t, err)
	server := mariadb.Start(t, mariadb.Options{})
	host, port, err := net.SplitHostPort(server.Address())
	if err != nil {
		t.Fatal(err)
	}
	flags := []string{"--no-defaults", "--user=root", "--host=" + host, "--port=" + port}
	return keeper{
		database: server.Create(t, name),
		backup: func(t *testing.T, file string) {
			dump := exec.Command(clients["mariadb-dump"], append(flags, "--single-transaction", "--result-file="+file, name)...)
			if out, err := dump.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		},
		restore: func(t *testing.T, file string) {
			server.Create(t, name)
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			restore := exec.Command(clients["mariadb"], append(flags, name)...)
			restore.Stdin = f
			if out, err := restore.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		},
		files: func(t *testing.T) []string {
			if err := server.Restart(); err != nil { // it writes all pages when it stops
				t.Fatal(err)
			}
			return matching(t, filepath.Join(server.Data(), name, "*.ibd"))
		},
	}
}

// eachKeeper runs a test on a file and on MariaDB.
func eachKeeper(t *testing.T, test func(t *testing.T, k keeper)) {
	t.Helper()
	t.Run("file", func(t *testing.T) { test(t, fileKeeper()) })
	t.Run("MariaDB", func(t *testing.T) {
		if testing.Short() {
			t.Skip("starts MariaDB")
		}
		test(t, mariaKeeper(t))
	})
}

func matching(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	return files
}

// has reports whether a file holds a text.
func has(t *testing.T, file, text string) bool {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(b), text)
}

// After `forget` a name is in no table's file and in no backup made from then on.
// One made before brings
// the person back when it is restored, until they are forgotten again by the list
// that was kept beside it; then backups are without them again, and refreshes keep
// them out.
func TestForgetAgainAfterRestore(t *testing.T) {
	eachKeeper(t, func(t *testing.T, k keeper) {
		farm := trackedIn(t, k.database)
		event, _ := farm.Event(101)
		gone, stays := event.Participants[3].Name, event.Participants[4].Name
		backup := func(file string, want bool) {
			t.Helper()
			k.backup(t, file)
			if !has(t, file, stays) {
				t.Errorf("%s lacks somebody who was not forgotten", file)
			}
			if has(t, file, gone) != want {
				t.Errorf("%s holds the name: %v, want %v", file, !want, want)
			}
		}
		inFiles := func(want bool) {
			t.Helper()
			held := slices.DeleteFunc(k.files(t), func(file string) bool { return !has(t, file, gone) })
			if (len(held) > 0) != want {
				t.Errorf("files with the name: %v; there should be some: %v", held, want)
			}
		}
		people := func(n string) {
			t.Helper()
			if said := ok(t, "campaign", "show", "metawiki-101"); !strings.Contains(said, n) {
				t.Errorf("%s people are expected, show says %s", n, said)
			}
		}
		inFiles(true)
		backup("before", true)
		ok(t, "forget", gone)
		ok(t, "refresh", "metawiki-101")
		backup("after", false)
		inFiles(false)
		people("29")
		list := ok(t, "forget", "--list")

		k.restore(t, "before")
		backup("restored", true)
		people("30")
		for line := range strings.Lines(list) {
			id, _, _ := strings.Cut(line, "\t")
			ok(t, "forget", "--id", id)
		}
		backup("again", false)
		ok(t, "refresh", "metawiki-101")
		backup("refreshed", false)
		people("29")
		inFiles(false)
	})
}

// Going back one migration, or to the first, and up again leaves campaigns, people
// and edits as they were.
func TestRollback(t *testing.T) {
	eachKeeper(t, func(t *testing.T, k keeper) {
		trackedIn(t, k.database)
		state := func() string {
			return ok(t, "campaign", "show", "metawiki-101") + ok(t, "export", "edits", "--all")
		}
		before := state()
		if strings.Count(before, "\n") < 100 {
			t.Fatalf("little is stored: this test shows little\n%s", before)
		}
		steps := strings.Count(ok(t, "migrate", "status"), "applied")
		for _, version := range []int{steps - 1, 2} {
			said := ok(t, "migrate", "down", strconv.Itoa(version), "--yes")
			if n := strings.Count(said, "pending"); n != steps-version {
				t.Errorf("down %d: %d steps wait, want %d", version, n, steps-version)
			}
			ok(t, "migrate")
			if after := state(); after != before {
				t.Errorf("after going down to %d and up again it says\n%.2000s\nbefore it said\n%.2000s", version, after, before)
			}
		}
	})
}
