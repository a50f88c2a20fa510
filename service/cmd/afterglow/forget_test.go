package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
)

// tracked makes a farm with one event and, in the test's folder, a database that
// has read it.
func tracked(t *testing.T) *fakewiki.Farm {
	t.Helper()
	return trackedIn(t, "sqlite:afterglow.db")
}

// trackedIn is tracked in a database, as the configuration names it.
func trackedIn(t *testing.T, database string) *fakewiki.Farm {
	t.Helper()
	t.Chdir(t.TempDir())
	now := time.Now().UTC().Truncate(time.Hour)
	farm, err := fakewiki.New(fakewiki.Spec{
		Seed: 1, Now: now, CentralAuth: true, GlobalUsers: true, Wikis: []fakewiki.WikiSpec{{DB: "metawiki"}, {DB: "enwiki"}},
		Events: []fakewiki.EventSpec{{ID: 101, Title: "A small one", Participants: 30, Start: now.AddDate(0, 0, -100), End: now.AddDate(0, 0, -99)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(farm.Close)
	hosts := []string{strings.TrimPrefix(farm.URL("metawiki"), "http://"), strings.TrimPrefix(farm.URL("enwiki"), "http://")}
	if err := os.WriteFile("config.yaml", []byte("database: \""+database+"\"\nwikis: [\""+strings.Join(hosts, `", "`)+"\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ok(t, "campaign", "add", farm.EventURL(101))
	ok(t, "refresh", "metawiki-101")
	return farm
}

// ok runs a command that must succeed, and returns what it said.
func ok(t *testing.T, args ...string) string {
	t.Helper()
	code, stdout, stderr := command(t, append(args, "--config", "config.yaml")...)
	if code != 0 {
		t.Fatalf("afterglow %s: code %d: %s %s", strings.Join(args, " "), code, stdout, stderr)
	}
	return stdout
}

// holding returns the files of the test's folder that contain a text.
func holding(t *testing.T, text string) (files []string) {
	t.Helper()
	all, err := filepath.Glob("*.db*")
	if err != nil || len(all) == 0 {
		t.Fatal("no database: ", err)
	}
	for _, name := range all {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), text) {
			files = append(files, name)
		}
	}
	return files
}

// TestForgetPerson: after `forget` a name is in no file of the database, in no
// backup made afterwards, and later refreshes do not bring it back.
func TestForgetPerson(t *testing.T) {
	farm := tracked(t)
	event, _ := farm.Event(101)
	name := event.Participants[3].Name
	if len(holding(t, name)) == 0 {
		t.Fatalf("%q is not in the database to begin with", name)
	}
	if said := ok(t, "forget", name, "--dry-run"); !strings.Contains(said, "would forget") || !strings.Contains(said, "1 campaigns") {
		t.Errorf("--dry-run said %q", said)
	}
	if len(holding(t, name)) == 0 {
		t.Fatal("--dry-run forgot")
	}
	if said := ok(t, "forget", name); strings.Contains(said, name) || !strings.Contains(said, "1 campaigns") {
		t.Errorf("forget said %q", said)
	}
	ok(t, "refresh", "metawiki-101")
	ok(t, "backup", "afterwards.db")
	if files := holding(t, name); len(files) > 0 {
		t.Errorf("the name is in %v", files)
	}
	if said := ok(t, "campaign", "show", "metawiki-101"); !strings.Contains(said, "29") {
		t.Errorf("29 people are left, but show says %s", said)
	}
	if said := ok(t, "forget", "--list"); strings.Count(said, "\n") != 1 {
		t.Errorf("--list said %q", said)
	}
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"forget", name}, 1, "--wiki"}, // known no more
		{[]string{"forget", name, "--wiki", farm.URL("metawiki")}, 0, "forgot"},
		{[]string{"forget", "Nobody At All", "--wiki", farm.URL("metawiki")}, 1, "no account"},
		{[]string{"forget"}, 2, "USER"},
		{[]string{"forget", "a", "b"}, 2, "USER"},
		{[]string{"forget", "--id", "12"}, 2, "FARM:NUMBER"},
		{[]string{"forget", "--id", "elsewhere:12"}, 1, "elsewhere"},
		{[]string{"forget", "--list", "x"}, 2, "--list"},
	} {
		code, stdout, stderr := command(t, append(test.args, "--config", "config.yaml")...)
		if code != test.code || !strings.Contains(stdout+stderr, test.want) {
			t.Errorf("afterglow %v: code %d, want %d with %q; said %q %q", test.args, code, test.code, test.want, stdout, stderr)
		}
	}
}

// TestRestore: a backup made while the database is in use, put in its place,
// says what the database said then.
func TestRestore(t *testing.T) {
	tracked(t)
	before := ok(t, "campaign", "show", "metawiki-101")
	ok(t, "backup", "kept.db")
	if info, err := os.Stat("kept.db"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup can be read by others: %v, %v", info.Mode(), err)
	}
	if code, _, stderr := command(t, "backup", "kept.db", "--config", "config.yaml"); code != 1 || !strings.Contains(stderr, "exists already") {
		t.Errorf("a second backup to the same file: code %d, %q", code, stderr)
	}
	ok(t, "campaign", "remove", "metawiki-101")
	files, err := filepath.Glob("afterglow.db*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Rename("kept.db", "afterglow.db"); err != nil {
		t.Fatal(err)
	}
	if after := ok(t, "campaign", "show", "metawiki-101"); after != before {
		t.Errorf("after the restore it says\n%s\nbefore it said\n%s", after, before)
	}
	ok(t, "refresh", "metawiki-101")
}
