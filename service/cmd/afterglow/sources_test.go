package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
)

// sourcesFarm is a farm whose people are on a page, in a category and in an
// event, with a configuration that allows it and a dashboard on loopback.
type sourcesFarm struct {
	*fakewiki.Farm
	names     []string
	dashboard string
	start     time.Time // of the event, at midnight; it lasts ten days
}

// truth is the edits that the farm shows of the event's people, as the export
// writes them, each with how often it does.
func (f sourcesFarm) truth(t *testing.T) map[string]int {
	t.Helper()
	edits := map[string]int{}
	event, _ := f.Event(101)
	now := f.Now().Unix()
	for _, p := range event.Participants {
		a, _ := f.Account(p.User)
		for _, l := range a.Locals {
			for _, e := range l.Edits {
				if e.Time < f.start.AddDate(0, 0, -180).Unix() || e.DeletedAt != 0 && e.DeletedAt <= now || l.Unattached {
					continue
				}
				reverted := e.RevertedAt != 0 && e.RevertedAt <= now
				edits[fmt.Sprintf("%s|%s|%d|%d|%t", a.Name, l.Wiki, e.Time, e.Namespace, reverted)]++
			}
		}
	}
	return edits
}

func newSourcesFarm(t *testing.T) sourcesFarm {
	t.Helper()
	t.Chdir(t.TempDir())
	now := time.Now().UTC().Add(-time.Hour).Truncate(time.Hour) // all that happened is complete
	start := now.AddDate(0, 0, -100).Truncate(24 * time.Hour)
	f, err := fakewiki.New(fakewiki.Spec{
		Seed: 1, Now: now, CentralAuth: true, GlobalUsers: true, Wikis: []fakewiki.WikiSpec{{DB: "metawiki"}, {DB: "enwiki"}},
		Events: []fakewiki.EventSpec{{ID: 101, Title: "A small one", Participants: 30, Start: start, End: start.AddDate(0, 0, 10)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	event, _ := f.Event(101)
	s := sourcesFarm{Farm: f, start: start}
	var page, users strings.Builder
	files := make([]fakewiki.File, 0, len(event.Participants))
	for i, p := range event.Participants {
		s.names = append(s.names, p.Name)
		fmt.Fprintf(&page, "# [[User:%s]]\n", p.Name)
		fmt.Fprintf(&users, `{"username":%q,"role":%d,"enrolled_at":"2025-01-01T00:00:00.000Z"},`, p.Name, i%2)
		files = append(files, fakewiki.File{Title: fmt.Sprintf("%d.jpg", i), Versions: []fakewiki.Version{{User: p.Name, Time: start.Add(time.Duration(i) * time.Hour)}}})
	}
	must(t, f.SetPage("metawiki", "People", page.String()+"# [[User:Nobody of this name]]\n# [[User:192.0.2.1]]\n"))
	must(t, f.SetCategory("metawiki", fakewiki.Category{Title: "Contest", Files: files}))
	d := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/courses/School/Title_(Term)/users.json" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"course":{"users":[%s]}}`, strings.TrimSuffix(users.String(), ","))
	}))
	t.Cleanup(d.Close)
	s.dashboard = d.URL
	host := func(address string) string { return strings.TrimPrefix(address, "http://") }
	config := fmt.Sprintf("wikis: [%q, %q]\ndashboards: [%q]\n", host(f.URL("metawiki")), host(f.URL("enwiki")), host(d.URL))
	must(t, os.WriteFile("config.yaml", []byte(config), 0o600))
	must(t, os.WriteFile("names.csv", []byte("username\n"+strings.Join(s.names[:10], "\n")+"\nNobody at all\n"), 0o600))
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const dates = " --start 2020-01-01 --end 2030-01-01"

// Every source, from the command line to measured people.
func TestCampaignAdd(t *testing.T) {
	f := newSourcesFarm(t)
	meta := f.URL("metawiki")
	for id, test := range map[string]struct {
		args                string
		says                string
		people, measured    int
		unknown, notCounted int
	}{
		"list-people":           {"--page " + meta + "/wiki/People" + dates, "31 names, 1 of them unknown", 31, 30, 1, 1},
		"list-category-contest": {"--category " + meta + "/wiki/Category:Contest" + dates, "30 names, 0 of them", 30, 30, 0, 0},
		"list-a-course":         {"--course " + f.dashboard + "/courses/School/Title_(Term)/home --wiki " + meta + dates + " --slug a-course", "15 names", 15, 15, 0, 15},
		"list-names":            {"--list names.csv --title Names --wiki " + meta + dates, "Nobody at all", 11, 10, 1, 0},
	} {
		code, stdout, stderr := command(t, append([]string{"campaign", "add", "--config", "config.yaml"}, strings.Fields(test.args)...)...)
		if code != 0 || !strings.Contains(stdout, test.says) || !strings.Contains(stdout, id) {
			t.Fatalf("%s: code %d, said %q %q", id, code, stdout, stderr)
		}
		if code, stdout, stderr := command(t, "refresh", id, "--config", "config.yaml"); code != 0 {
			t.Fatalf("%s: code %d, said %q %q", id, code, stdout, stderr)
		}
		_, stdout, _ = command(t, "campaign", "show", id, "--json", "--config", "config.yaml")
		var got struct {
			Coverage struct{ Participants, Measured int }
			Unknown  []string       `json:"unknown_names"`
			LeftOut  map[string]int `json:"not_counted"`
		}
		must(t, json.Unmarshal([]byte(stdout), &got))
		left := 0
		for _, n := range got.LeftOut {
			left += n
		}
		if got.Coverage.Participants != test.people || got.Coverage.Measured != test.measured || len(got.Unknown) != test.unknown || left != test.notCounted {
			t.Errorf("%s: %s", id, stdout)
		}
		if _, stdout, _ := command(t, "campaign", "show", id, "--config", "config.yaml"); !strings.Contains(stdout, "measured") {
			t.Errorf("%s: %s", id, stdout)
		}
	}
	again := "campaign add --config config.yaml --list names.csv --title Names --wiki " + meta + dates
	if code, _, stderr := command(t, strings.Fields(again)...); code != 1 || !strings.Contains(stderr, "--replace") {
		t.Errorf("twice: code %d, said %q", code, stderr)
	}
	if code, stdout, _ := command(t, strings.Fields(again+" --replace --json")...); code != 0 || !strings.Contains(stdout, `"unknown_names"`) {
		t.Errorf("with --replace: code %d, said %q", code, stdout)
	}
	_, stdout, _ := command(t, "campaign", "list", "--json", "--config", "config.yaml")
	var all []struct{ ID string }
	must(t, json.Unmarshal([]byte(stdout), &all))
	if len(all) != 4 {
		t.Errorf("lists %s", stdout)
	}
}

func TestCampaignAddRefuses(t *testing.T) {
	f := newSourcesFarm(t)
	meta := f.URL("metawiki")
	must(t, f.SetPage("metawiki", "Nobody", "Nothing here."))
	must(t, os.WriteFile("picture.png", []byte("\x89PNG\r\n\x1a\n\x00"), 0o600))
	must(t, os.WriteFile("huge.csv", bytes.Repeat([]byte("name\n"), 3<<20), 0o600))
	for args, want := range map[string]struct {
		code int
		says string
	}{
		"":                                  {2, "one of EVENT"},
		"1 --page " + meta + "/wiki/People": {2, "one of EVENT"},
		"1 --title X":                       {2, "own title"},
		"--page " + meta + "/wiki/People":   {2, "--start and --end"},
		"--page " + meta + "/wiki/People --start 2025-02-01 --end 2025-01-01": {2, "not after"},
		"--list names.csv" + dates:                                                          {2, "--wiki"},
		"--list names.csv --wiki " + meta + dates:                                           {2, "--title"},
		"--page " + meta + "/wiki/No_such_page" + dates:                                     {1, "No such page"},
		"--page " + meta + "/wiki/Nobody" + dates:                                           {1, "links to no user"},
		"--page " + meta + "/wiki/People#Nowhere" + dates:                                   {1, "Nowhere"},
		"--page " + meta + "/wiki/Event:A_small_one" + dates:                                {1, "neither a page nor a category"},
		"--page https://evil.example.org/wiki/People" + dates:                               {1, "evil.example.org"},
		"--category " + meta + "/wiki/Category:No_such" + dates:                             {1, "No such"},
		"--category " + meta + "/wiki/People" + dates + " --title A":                        {1, "Category:People"},
		"--category " + meta + "/wiki/Category:Contest --start 2020-01-01 --end 2020-02-01": {1, "none of the 30 files"},
		"--course https://evil.example.org/courses/S/T --wiki " + meta + dates:              {1, "allowed: 127.0.0.1"},
		"--course " + f.dashboard + "/courses/S/None --wiki " + meta + dates:                {1, "404"},
		"--list nothing.txt --title X --wiki " + meta + dates:                               {1, "nothing.txt"},
		"--list picture.png --title X --wiki " + meta + dates:                               {1, "UTF-8"},
		"--list huge.csv --title X --wiki " + meta + dates:                                  {1, "10 MB"},
		"--list names.csv --title X --slug ../x --wiki " + meta + dates:                     {1, "a to z"},
	} {
		code, stdout, stderr := command(t, append([]string{"campaign", "add", "--config", "config.yaml"}, strings.Fields(args)...)...)
		if code != want.code || !strings.Contains(stderr, want.says) {
			t.Errorf("add %s: code %d, want %d with %q; said %q %q", args, code, want.code, want.says, stdout, stderr)
		}
	}
	if _, stdout, _ := command(t, "campaign", "list", "--config", "config.yaml"); !strings.Contains(stdout, "no campaigns") {
		t.Errorf("what was refused is tracked: %s", stdout)
	}
}

func TestCampaignImport(t *testing.T) {
	f := newSourcesFarm(t)
	meta := f.URL("metawiki")
	lines := []string{
		"source,address,title,start,end,wiki,slug",
		"event," + meta + "/wiki/Event:A_small_one,,,,,",
		"page," + meta + "/wiki/People,,2020-01-01,2030-01-01,,",
		"page," + meta + "/wiki/No_such_page,,2020-01-01,2030-01-01,,",
		"list,names.csv,\"Names, of a workshop\",2020-01-01,2030-01-01," + meta + ",names",
		"list,names.csv,Undated,,," + meta + ",",
		"poem,x,,,,,",
		"page," + meta + "/wiki/People,,yesterday,2030-01-01,,",
		"too,few",
		"page," + meta + "/wiki/People,,2020-01-01,2030-01-01,,",
	}
	must(t, os.WriteFile("all.csv", []byte("\ufeff"+strings.Join(lines, "\r\n")+"\r\n"), 0o600))
	run := func(args ...string) (code int, stdout, stderr string) {
		return command(t, append([]string{"campaign", "import", "--config", "config.yaml"}, args...)...)
	}
	f.ResetStats()
	code, stdout, stderr := run("all.csv", "--dry-run")
	if code != 3 || f.Stats().Requests != 0 || strings.Count(stderr, "refused: ") != 4 {
		t.Errorf("a dry run: code %d, %d requests, said %q %q", code, f.Stats().Requests, stdout, stderr)
	}
	if _, stdout, _ := command(t, "campaign", "list", "--config", "config.yaml"); !strings.Contains(stdout, "no campaigns") {
		t.Errorf("a dry run tracks: %s", stdout)
	}
	code, stdout, stderr = run("all.csv")
	if code != 3 || strings.Count(stdout, "\n") != 3 {
		t.Errorf("code %d, said %q", code, stdout)
	}
	for _, want := range []string{
		`line 4 refused: track the list "No such page"`, "line 6 refused: wrong usage: a list needs --start and --end", "line 7 refused: source is \"poem\"",
		`line 8 refused: start: "yesterday"`, "line 9 refused: it has 2 fields", "line 10 refused:", "exists already", "6 of 9 campaigns",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("it does not say %q: %q", want, stderr)
		}
	}
	code, stdout, _ = run("all.csv", "--replace", "--json")
	var result struct {
		Tracked []struct {
			Line  int
			ID    string
			Names int
		}
		Refused []struct{ Line int }
	}
	must(t, json.Unmarshal([]byte(stdout), &result))
	if code != 3 || len(result.Tracked) != 4 || len(result.Refused) != 5 || result.Tracked[2].ID != "list-names" || result.Tracked[2].Names != 11 {
		t.Errorf("code %d: %s", code, stdout)
	}
	for name, bad := range map[string]struct{ text, says string }{
		"empty.csv":   {"", "empty"},
		"header.csv":  {"source,address\n", "no campaigns"},
		"columns.csv": {"address,colour\nx,red\n", "colour"},
		"none.csv":    {"source,title\nevent,x\n", "no column address"},
		"quotes.csv":  {"source,address\nevent,\"x\n", "line 2"},
		"allbad.csv":  {"source,address\npoem,x\n", "all 1 campaigns were refused"},
		"twice.csv":   {"address,address\nx,y\n", "twice"},
	} {
		must(t, os.WriteFile(name, []byte(bad.text), 0o600))
		if code, _, stderr := run(name); code != 1 && code != 2 || !strings.Contains(stderr, bad.says) {
			t.Errorf("%s: code %d, said %q", name, code, stderr)
		}
	}
}

func TestExportEdits(t *testing.T) {
	f := newSourcesFarm(t)
	for _, args := range []string{
		"campaign add " + f.URL("metawiki") + "/wiki/Event:A_small_one",
		"campaign add --list names.csv --title Names --wiki " + f.URL("metawiki") + " --start " + f.start.Format(time.DateOnly) + " --end " + f.start.AddDate(0, 0, 9).Format(time.DateOnly),
		"refresh --all",
		"export edits --campaign metawiki-101 --out one.csv",
		"export edits --all --out all.csv.gz",
	} {
		if code, _, stderr := command(t, append(strings.Fields(args), "--config", "config.yaml")...); code != 0 {
			t.Fatalf("%s: code %d, said %q", args, code, stderr)
		}
	}
	one, err := os.ReadFile("one.csv")
	must(t, err)
	_, stdout, _ := command(t, "export", "edits", "--campaign", "metawiki-101", "--config", "config.yaml")
	if stdout != string(one) {
		t.Error("the file and standard output differ")
	}
	packed, err := os.Open("all.csv.gz")
	must(t, err)
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	must(t, err)
	all, err := io.ReadAll(z)
	must(t, err)
	if !bytes.Contains(all, one[bytes.IndexByte(one, '\n')+1:]) {
		t.Error("all campaigns do not hold the one")
	}
	rows, err := csv.NewReader(bytes.NewReader(one)).ReadAll()
	must(t, err)
	if got := strings.Join(rows[0], ","); got != "campaign,user_id,user_name,wiki,timestamp,namespace,reverted" {
		t.Errorf("the header is %s", got)
	}
	want := f.truth(t)
	got := map[string]int{}
	for _, row := range rows[1:] {
		at, err := time.Parse(time.RFC3339, row[4])
		must(t, err)
		got[fmt.Sprintf("%s|%s|%d|%s|%s", row[2], row[3], at.Unix(), row[5], row[6])]++
	}
	if len(got) == 0 || len(got) != len(want) {
		t.Errorf("%d edits, want %d", len(got), len(want))
	}
	for edit, n := range want {
		if got[edit] != n {
			t.Errorf("%s: %d times, want %d", edit, got[edit], n)
		}
	}
	if files, _ := filepath.Glob("*.partial"); len(files) > 0 {
		t.Errorf("left behind: %v", files)
	}
	for args, says := range map[string]string{
		"export edits": "--all", "export edits --all --campaign metawiki-101": "--all",
		"export edits --campaign metawiki-9": "metawiki-9", "export edits --all --out no/such/dir/x.csv": "no/such/dir",
	} {
		if code, _, stderr := command(t, append(strings.Fields(args), "--config", "config.yaml")...); code == 0 || !strings.Contains(stderr, says) {
			t.Errorf("%s: code %d, said %q", args, code, stderr)
		}
	}
}
