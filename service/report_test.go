package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
	"afterglow/service"
)

var (
	farmNow = time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	asOf    = farmNow.Add(-2 * time.Hour)
)

// farm has an edit-a-thon of 128 people on two wikis.
func farm(t *testing.T, change func(*fakewiki.Spec)) *fakewiki.Farm {
	t.Helper()
	spec := fakewiki.Spec{
		Seed: 7, Now: farmNow, CentralAuth: true, GlobalUsers: true, Recent: true,
		Wikis: []fakewiki.WikiSpec{{DB: "metawiki"}, {DB: "enwiki"}},
		Events: []fakewiki.EventSpec{{
			ID: 101, Title: "Edit-a-thon", Timezone: "Africa/Nairobi", Participants: 128, NewcomerShare: .5, EditsPerPerson: 40,
			Start: farmNow.AddDate(0, 0, -250), End: farmNow.AddDate(0, 0, -248),
			Odd: fakewiki.Odd{Hidden: 1, NotFound: 2, Bots: 3, Locked: 2, Renamed: 3, Vanished: 1},
		}},
	}
	if change != nil {
		change(&spec)
	}
	f, err := fakewiki.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// run reports events of a farm and returns what it wrote: files by name, and
// standard error.
func run(t *testing.T, f *fakewiki.Farm, change func(*service.ReportOptions), events ...string) (dir, said string, err error) {
	t.Helper()
	dir = t.TempDir()
	var stderr bytes.Buffer
	o := service.ReportOptions{
		Events: events, Wiki: f.URL("metawiki"), Definition: url.Values{}, AsOf: asOf, MinCell: 5,
		Dir: filepath.Join(dir, "out"), Cache: filepath.Join(dir, "cache"), Formats: []string{"svg", "json", "csv", "html"}, Lang: "en",
		Stdout: &bytes.Buffer{}, Stderr: &stderr,
	}
	if change != nil {
		change(&o)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	err = service.Report(ctx, o)
	return o.Dir, stderr.String(), err
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestReportThroughFaults: every fault of the farm that a retry can mend leaves
// the report as it is without faults, byte for byte.
func TestReportThroughFaults(t *testing.T) {
	f := farm(t, nil)
	calm, _, err := run(t, f, nil, "101")
	if err != nil {
		t.Fatal(err)
	}
	calmURL := f.URL("metawiki")
	for _, kind := range []fakewiki.Kind{
		fakewiki.TooMany, fakewiki.TooManyBare, fakewiki.Unavailable, fakewiki.MaxLag, fakewiki.RateLimited, fakewiki.ReadOnly,
		fakewiki.Truncated, fakewiki.Reset, fakewiki.Slow, fakewiki.Warnings, fakewiki.BadGzip, fakewiki.DropContinue,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			f := farm(t, nil)
			f.SetFaults(fakewiki.Faults{Seed: 3, Rules: []fakewiki.Rule{{Kind: kind, First: 2, Times: 1}}})
			stormy, _, err := run(t, f, nil, "101")
			if err != nil {
				t.Fatal(err)
			}
			if f.Stats().Faults == 0 {
				t.Fatal("the fault never struck")
			}
			for _, name := range []string{"retention.json", "marks.json", "survival.json", "cohorts.json", "intensity.json", "activity.json", "lifecycle.json", "retention.svg"} {
				// The two farms differ in their addresses alone.
				got := strings.ReplaceAll(read(t, stormy, name), f.URL("metawiki"), calmURL)
				if want := read(t, calm, name); got != want {
					t.Errorf("%s differs:\n got %.400s\nwant %.400s", name, got, want)
				}
			}
		})
	}
}

func TestReportFiles(t *testing.T) {
	f := farm(t, nil)
	dir, said, err := run(t, f, func(o *service.ReportOptions) {
		o.Formats = []string{"svg", "png", "json", "csv", "tab", "chart", "html"}
	}, f.URL("metawiki")+"/wiki/Event:Edit-a-thon")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"requests", "rows", "participants"} {
		if !strings.Contains(said, want) {
			t.Errorf("standard error lacks %q:\n%s", want, said)
		}
	}
	var curve struct {
		Coverage struct {
			Participants, Measured, Hidden, Bots int
			NotFound                             int `json:"not_found"`
		}
		Points []struct{ Month, AtRisk int }
	}
	if err := json.Unmarshal([]byte(read(t, dir, "retention.json")), &curve); err != nil {
		t.Fatal(err)
	}
	// A bot without an edit is on no wiki that was read, so it is not known as one.
	if c := curve.Coverage; c.Participants != 128 || c.Hidden != 1 || c.NotFound < 2 || c.Bots < 1 || c.Measured+c.Hidden+c.NotFound+c.Bots != 128 {
		t.Errorf("coverage %+v", c)
	}
	if len(curve.Points) != 12 {
		t.Errorf("%d points", len(curve.Points))
	}
	page := read(t, dir, "report.html")
	for _, want := range []string{"Edit-a-thon", "of 100", "wmf-new-editor", "program-evaluation", "data:image/svg"} {
		if !strings.Contains(page, want) {
			t.Errorf("report.html lacks %q", want)
		}
	}
	if png := read(t, dir, "retention.png"); !strings.HasPrefix(png, "\x89PNG") {
		t.Error("retention.png is no PNG")
	}
}

func TestReportSecondRunReadsOnlyWhatIsNew(t *testing.T) {
	f := farm(t, nil)
	cache := t.TempDir()
	again := func(o *service.ReportOptions) { o.Cache = cache }
	first, _, err := run(t, f, again, "101")
	if err != nil {
		t.Fatal(err)
	}
	rows := f.Stats().Rows
	f.ResetStats()
	second, _, err := run(t, f, again, "101")
	if err != nil {
		t.Fatal(err)
	}
	if now := f.Stats().Rows; now >= rows/2 {
		t.Errorf("the second run read %d rows, the first %d", now, rows)
	}
	if got, want := read(t, second, "retention.json"), read(t, first, "retention.json"); got != want {
		t.Errorf("the second run's figures differ:\n got %.400s\nwant %.400s", got, want)
	}
}

// TestBadInput: each is one line that says what, for which input, and what to
// do; or an honest empty report.
func TestBadInput(t *testing.T) {
	events := func(s *fakewiki.Spec) {
		s.Events[0].Participants, s.Events[0].Odd = 20, fakewiki.Odd{}
		s.Exact = &fakewiki.Dataset{Events: []fakewiki.Event{
			{ID: 201, Name: "Deleted", Wiki: "metawiki", Timezone: "UTC", Start: farmNow.AddDate(0, 0, -90), End: farmNow.AddDate(0, 0, -89), Deleted: true},
			{ID: 202, Name: "Nobody came", Wiki: "metawiki", Timezone: "UTC", Start: farmNow.AddDate(0, 0, -90), End: farmNow.AddDate(0, 0, -89)},
			{ID: 203, Name: "Nowhere", Wiki: "metawiki", Timezone: "Mars/Phobos", Start: farmNow.AddDate(0, 0, -90), End: farmNow.AddDate(0, 0, -89)},
			{ID: 204, Name: "Backwards", Wiki: "metawiki", Timezone: "UTC", Start: farmNow.AddDate(0, 0, -89), End: farmNow.AddDate(0, 0, -90)},
			{ID: 205, Name: "Next year", Wiki: "metawiki", Timezone: "+03:00", Start: farmNow.AddDate(2, 0, 0), End: farmNow.AddDate(2, 0, 1)},
		}}
	}
	f := farm(t, events)
	down := farm(t, events)
	down.SetFaults(fakewiki.Faults{Down: []string{"enwiki"}})
	for _, test := range []struct {
		name, event string
		farm        *fakewiki.Farm
		want        string // part of the error; empty: a report
		page        string // part of the report
		is          error
	}{
		{"no event there", f.URL("metawiki") + "/wiki/Main_Page", f, "Main_Page", "", nil},
		{"no such number", "999", f, "999", "", nil},
		{"not an address", "ftp://x/y", f, "ftp://x/y", "", nil},
		{"deleted", "201", f, "deleted", "", nil},
		{"no participants", "202", f, "", "no public registrations", nil},
		{"unknown zone", "203", f, "Mars/Phobos", "", nil},
		{"end before start", "204", f, "before it starts", "", nil},
		{"in the future", "205", f, "", "", nil},
		{"a wiki down", "101", down, "enwiki", "could not be read", service.ErrPartial},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir, _, err := run(t, test.farm, nil, test.event)
			switch {
			case test.want == "" && err != nil:
				t.Fatalf("error: %v", err)
			case test.want != "" && err == nil:
				t.Fatal("no error")
			case test.want != "" && (!strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n")):
				t.Fatalf("error %q; want one line with %q", err, test.want)
			case test.is != nil && !errors.Is(err, test.is):
				t.Fatalf("error %v is not %v", err, test.is)
			}
			if test.want == "" || test.page != "" {
				page := read(t, dir, "report.html")
				if !strings.Contains(page, test.page) {
					t.Errorf("report.html lacks %q", test.page)
				}
				for _, lie := range []string{"NaN", "Inf", "0 of 0"} {
					if strings.Contains(page, lie) {
						t.Errorf("report.html says %q", lie)
					}
				}
			}
		})
	}
}

func TestReportRefusesNonsense(t *testing.T) {
	f := farm(t, nil)
	for name, change := range map[string]func(*service.ReportOptions){
		"mode":      func(o *service.ReportOptions) { o.Definition = url.Values{"mode": {"sometimes"}} },
		"threshold": func(o *service.ReportOptions) { o.Definition = url.Values{"threshold": {"0"}} },
		"format":    func(o *service.ReportOptions) { o.Formats = []string{"pdf"} },
		"min-cell":  func(o *service.ReportOptions) { o.MinCell = -1 },
		"as-of":     func(o *service.ReportOptions) { o.AsOf = time.Now().AddDate(1, 0, 0) },
	} {
		if _, _, err := run(t, f, change, "101"); !errors.Is(err, service.ErrUsage) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
