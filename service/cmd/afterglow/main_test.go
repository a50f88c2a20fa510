package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
)

func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	code = run(ctx, args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, test := range []struct {
		args string
		code int
		want string // in standard output or error
	}{
		{"--help", 0, "afterglow demo"},
		{"version", 0, "afterglow "},
		{"report --help", 0, "--participants"},
		{"report", 2, "EVENT"},
		{"report 1 --no-such-flag", 2, "no-such-flag"},
		{"report 1 --min-cell many", 2, "min-cell"},
		{"report --participants x.txt 7", 2, "EVENT"},
		{"report --participants x.txt --start yesterday", 2, "yesterday"},
		{"report --participants x.txt", 2, "--start"},
		{"report no/such/thing", 1, "no/such/thing"},
		{"report 12 --wiki https://meta.wikimedia.org", 1, "contact"},
		{"refresh", 2, "--due"},
		{"refresh --due --all", 2, "--due"},
		{"refresh --shard 5/4 --due", 2, "5/4"},
		{"refresh metawiki-1", 1, "metawiki-1"},
		{"publish", 2, "--all"},
		{"publish --all metawiki-1", 2, "--all"},
		{"publish --all", 1, "publish.wiki"},
		{"campaign show", 2, "arguments"},
		{"campaign show metawiki-1", 1, "metawiki-1"},
		{"campaign list", 0, "no campaigns"},
		{"campaign remove metawiki-1", 1, "metawiki-1"},
		{"migrate", 0, "initial"},
		{"migrate sideways", 2, "sideways"},
		{"migrate down", 2, "down VERSION"},
		{"migrate down 1", 2, "--yes"},
		{"migrate up --yes", 2, "--yes belongs"},
		{"serve --config missing.yaml", 1, "missing.yaml"},
		{"dance", 2, "dance"},
	} {
		code, stdout, stderr := command(t, strings.Fields(test.args)...)
		if code != test.code || !strings.Contains(stdout+stderr, test.want) {
			t.Errorf("afterglow %s: code %d, want %d with %q; said %q %q", test.args, code, test.code, test.want, stdout, stderr)
		}
		if code != 0 && strings.Count(strings.TrimSpace(stderr), "\n") != 0 {
			t.Errorf("afterglow %s: not one line: %q", test.args, stderr)
		}
	}
}

// TestTrackAndRefresh walks the operator's path: add, refresh, list, show, remove.
func TestTrackAndRefresh(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	now := time.Now().UTC().Truncate(time.Hour)
	farm, err := fakewiki.New(fakewiki.Spec{
		Seed: 1, Now: now, CentralAuth: true, GlobalUsers: true, Wikis: []fakewiki.WikiSpec{{DB: "metawiki"}, {DB: "enwiki"}},
		Events: []fakewiki.EventSpec{{ID: 101, Title: "A small one", Participants: 30, Start: now.AddDate(0, 0, -100), End: now.AddDate(0, 0, -99)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer farm.Close()
	config := "wikis: [\"" + strings.TrimPrefix(farm.URL("metawiki"), "http://") + "\", \"" + strings.TrimPrefix(farm.URL("enwiki"), "http://") + "\"]\n"
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"campaign", "add", farm.URL("metawiki") + "/wiki/Event:A_small_one"}, "metawiki-101"},
		{[]string{"campaign", "add", farm.URL("metawiki") + "/wiki/Event:A_small_one"}, "metawiki-101"}, // twice is one campaign
		{[]string{"refresh", "--due"}, "refreshed 1 campaigns"},
		{[]string{"refresh", "--due"}, "refreshed 0 campaigns"},
		{[]string{"refresh", "metawiki-101"}, "refreshed 1 campaigns"},
		{[]string{"campaign", "list"}, "A small one"},
		{[]string{"campaign", "show", "metawiki-101"}, "measured"},
		{[]string{"campaign", "remove", "metawiki-101"}, "removed"},
		{[]string{"campaign", "list"}, "no campaigns"},
	} {
		code, stdout, stderr := command(t, append(step.args, "--config", "config.yaml")...)
		if code != 0 || !strings.Contains(stdout+stderr, step.want) {
			t.Fatalf("afterglow %s: code %d; said %q %q", strings.Join(step.args, " "), code, stdout, stderr)
		}
	}
}

func TestDemoOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	code, stdout, stderr := command(t, "demo", "--once")
	if code != 0 {
		t.Fatalf("code %d: %s %s", code, stdout, stderr)
	}
	for _, id := range []string{"101", "102", "103", "104", "105", "106"} {
		page, err := os.ReadFile(filepath.Join("report", "metawiki-"+id, "report.html"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(page, []byte("made up")) {
			t.Errorf("the page of %s does not say that its people are made up", id)
		}
	}
}

func TestOneLine(t *testing.T) {
	if got := oneLine("a\nb\t\x1b[31mc  d"); got != "a b [31mc d" {
		t.Errorf("%q", got)
	}
}
