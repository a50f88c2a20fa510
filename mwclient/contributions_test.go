package mwclient

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestContributions: three captured pages of 50 people's edits, with opaque
// continuation.
func TestContributions(t *testing.T) {
	pages := []string{"uc_50_editors_p01", "uc_50_editors_p02", "uc_50_editors_p03"}
	s := newReplay(t, func(rw http.ResponseWriter, r asked, n int) {
		if n > len(pages) {
			// The walk was longer; it ends here.
			sayJSON(rw, `{"batchcomplete":true,"query":{"usercontribs":[]}}`)
			return
		}
		if n > 1 {
			// What the page before said is sent back whole: it is in the request
			// that was captured, too.
			want := loadCapture(t, pages[n-1]).query(t)
			for _, name := range []string{"uccontinue", "continue", "ucuser", "ucdir", "uclimit"} {
				if r.form.Get(name) != want.Get(name) {
					t.Errorf("page %d: %s is %q, want %q", n, name, r.form.Get(name), want.Get(name))
				}
			}
		}
		loadCapture(t, pages[n-1]).play(t, rw)
	})
	c, _ := newTestClient(t, Options{})
	names := make([]string, 50)
	for i := range names {
		names[i] = fmt.Sprintf("Editor %03d", i+1)
	}
	got := collect(t, mustWiki(t, c, s.URL).Contributions(t.Context(), ContributionsQuery{Users: names}))
	if len(got) != 1500 {
		t.Fatalf("%d edits, want 1500", len(got))
	}
	reverted := 0
	seen := map[string]bool{}
	for i, e := range got {
		if e.UserID == 0 || e.RevID == 0 || e.User == "" || e.Timestamp.Year() < 2024 {
			t.Fatalf("edit %d: %+v", i, e)
		}
		if e.Reverted {
			reverted++
		}
		if i > 0 && e.User != got[i-1].User {
			if seen[e.User] {
				t.Errorf("%s comes twice", e.User)
			}
			seen[e.User] = true
		} else if i > 0 && e.Timestamp.Before(got[i-1].Timestamp) {
			t.Errorf("edit %d is older than the one before", i)
		}
	}
	first := Contribution{UserID: 174, User: "Editor 001", RevID: 16249, Timestamp: time.Date(2025, 12, 19, 19, 19, 10, 0, time.UTC), Namespace: 3}
	if got[0] != first {
		t.Errorf("got %+v, want %+v", got[0], first)
	}
	if want := countText(t, pages, `"mw-reverted"`); reverted != want || want == 0 {
		t.Errorf("%d reverted, want %d", reverted, want)
	}
	if n := c.Stats().Total; n.Requests != 4 || n.Rows != 1500 {
		t.Errorf("stats %+v", n)
	}
	if q := s.requests()[0].form; q.Get("ucprop") != "ids|timestamp|title|tags" || q.Get("list") != "usercontribs" || q.Has("ucstart") || q.Get("meta") != "siteinfo" {
		t.Errorf("asked %v", q)
	}
}

func countText(t *testing.T, names []string, text string) int {
	n := 0
	for _, name := range names {
		n += strings.Count(string(loadCapture(t, name).Response.Body), text)
	}
	return n
}

// TestContributionCaptures: odd rows and empty lists.
func TestContributionCaptures(t *testing.T) {
	for _, test := range []struct {
		capture string
		rows    int
		code    string // of the error
	}{
		{"uc_hidden_user", 0, ""},
		{"uc_invalid_user", 0, ""},
		{"uc_range_wrong_order", 0, ""},
		{"uc_revdeleted_scan", -1, ""},
		{"uc_vanished", -1, ""},
		{"uc_renamed_new", -1, ""},
		{"uc_usernames_special", -1, ""},
		{"uc_one_user_fv1", -1, ""},
		{"uc_range_ns", -1, ""},
		{"uc_51_users_too_many", 0, "toomanyvalues"},
		{"uc_bad_ts", 0, "badtimestamp"},
		{"uc_none", 0, "missingparam"},
		{"uc_bad_prop", 0, "ignored"},
	} {
		t.Run(test.capture, func(t *testing.T) {
			answer := loadCapture(t, test.capture)
			s := newReplay(t, func(rw http.ResponseWriter, _ asked, n int) {
				if n > 1 {
					sayJSON(rw, `{"query":{"usercontribs":[]}}`)
					return
				}
				answer.play(t, rw)
			})
			c, _ := newTestClient(t, Options{})
			rows := 0
			var failed error
			for e, err := range mustWiki(t, c, s.URL).Contributions(t.Context(), ContributionsQuery{Users: []string{"X"}}) {
				if err != nil {
					failed = err
					break
				}
				if e.Timestamp.IsZero() || e.RevID == 0 {
					t.Errorf("got %+v", e)
				}
				rows++
			}
			want := test.rows
			if want < 0 {
				want = strings.Count(string(answer.Response.Body), `"revid"`)
				if want == 0 {
					t.Fatal("the capture has no rows")
				}
			}
			if rows != want {
				t.Errorf("%d rows, want %d", rows, want)
			}
			var refused *APIError
			var bad *ResponseError
			switch {
			case test.code == "" && failed != nil:
				t.Error(failed)
			case test.code == "ignored":
				// Without the check, the edits would come without times or namespaces.
				if !errors.As(failed, &bad) || !strings.Contains(failed.Error(), "ucprop") {
					t.Errorf("got %v", failed)
				}
			case test.code != "" && (!errors.As(failed, &refused) || refused.Code != test.code):
				t.Errorf("got %v", failed)
			}
		})
	}
}

// contributor answers usercontribs for made-up people with so many edits each,
// 500 a page, and list=users beside it.
func contributor(edits int) answerer {
	return func(rw http.ResponseWriter, r asked, _ int) {
		users := strings.Split(r.form.Get("ucuser"), "|")
		from := 0
		fmt.Sscanf(r.form.Get("uccontinue"), "at|%d", &from)
		var b strings.Builder
		b.WriteString(`{"batchcomplete":true,`)
		to := min(from+500, edits*len(users))
		if r.form.Get("ucdir") == "older" { // the last row, which is asked for after a full page
			from, to = edits*len(users)-1, edits*len(users)
		} else if to < edits*len(users) {
			fmt.Fprintf(&b, `"continue":{"uccontinue":"at|%d","continue":"-||siteinfo|users"},`, to)
		}
		b.WriteString(`"query":{"usercontribs":[`)
		for i := from; i < to; i++ {
			if i > from {
				b.WriteByte(',')
			}
			at := time.Unix(1735689600+int64(i%edits)*3600, 0).UTC().Format(time.RFC3339)
			fmt.Fprintf(&b, `{"userid":%d,"user":%q,"pageid":1,"revid":%d,"parentid":0,"ns":0,"title":"Article %d","timestamp":%q,"tags":[]}`,
				i/edits+1, users[i/edits], i+1, i, at)
		}
		b.WriteByte(']')
		if strings.Contains(r.form.Get("list"), "|users") && from == 0 {
			b.WriteString(`,"users":[`)
			for i, name := range strings.Split(r.form.Get("ususers"), "|") {
				if i > 0 {
					b.WriteByte(',')
				}
				if strings.HasPrefix(name, "Gone") {
					fmt.Fprintf(&b, `{"name":%q,"missing":true}`, name)
					continue
				}
				fmt.Fprintf(&b, `{"userid":%d,"name":%q,"editcount":%d,"registration":null,"groups":["*","user","bot"],"centralids":{"CentralAuth":%d,"local":1},"attachedlocal":{"CentralAuth":true}}`, i+1, name, edits, 500+i)
			}
			b.WriteByte(']')
		}
		if strings.Contains(r.form.Get("meta"), "siteinfo") {
			b.WriteString(`,"general":{"wikiid":"enwiki","centralidlookupprovider":"CentralAuth"},"namespaces":{}`)
		}
		b.WriteString(`}}`)
		sayJSON(rw, b.String())
	}
}

func users(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("User %d", i+1)
	}
	return list
}

// TestContributionsBudget: requests, and list=users in the same ones.
func TestContributionsBudget(t *testing.T) {
	for _, test := range []struct{ people, edits, requests int }{
		{128, 0, 3}, {128, 3, 3}, {49, 10, 1}, {50, 11, 2}, {1, 1499, 3}, {0, 5, 0},
		// A full answer that is the last costs one more.
		{50, 10, 1 + 1}, {1, 1500, 3 + 1},
	} {
		s := newReplay(t, contributor(test.edits))
		c, _ := newTestClient(t, Options{})
		w := mustWiki(t, c, s.URL)
		told := map[string]LocalAccount{}
		n := 0
		q := ContributionsQuery{Users: append(users(test.people), users(test.people)...), OnAccount: func(a LocalAccount) {
			if _, twice := told[a.Name]; twice {
				t.Errorf("%s is told twice", a.Name)
			}
			told[a.Name] = a
		}}
		for e, err := range w.Contributions(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := told[e.User]; !ok {
				t.Errorf("%s edits before they are told", e.User)
			}
			n++
		}
		if n != test.people*test.edits || len(told) != test.people || len(s.requests()) != test.requests {
			t.Errorf("%+v: %d edits, %d accounts, %d requests", test, n, len(told), len(s.requests()))
		}
		if test.people > 0 {
			if a := told["User 1"]; a.ID != 1 || a.CentralID != 500 || a.EditCount != test.edits || a.Wiki != "enwiki" || len(a.Groups) != 1 || !a.Registration.IsZero() {
				t.Errorf("got %+v", a)
			}
			if w.DBName() != "enwiki" {
				t.Error("siteinfo did not come along")
			}
		}
	}
}

// TestContributionsQuery: the range, and users who cannot be asked for.
func TestContributionsQuery(t *testing.T) {
	s := newReplay(t, contributor(0))
	c, _ := newTestClient(t, Options{})
	w := mustWiki(t, c, s.URL)
	zone := time.FixedZone("", 3600)
	var missing []string
	collect(t, w.Contributions(t.Context(), ContributionsQuery{
		Users: []string{"gone_1", "A|B", "", "Fine"},
		Start: time.Date(2025, 1, 1, 1, 0, 0, 0, zone), End: time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC),
		OnAccount: func(a LocalAccount) {
			if a.Missing {
				missing = append(missing, a.Name)
			}
		},
	}))
	q := s.requests()[0].form
	if q.Get("ucstart") != "2025-01-01T00:00:00Z" || q.Get("ucend") != "2025-02-01T00:00:00Z" || q.Get("ucuser") != "Gone 1|Fine" || q.Get("ususers") != "Gone 1|Fine" {
		t.Errorf("asked %v", q)
	}
	if strings.Join(missing, ",") != "A|B,,Gone 1" {
		t.Errorf("missing %q", missing)
	}
	for _, err := range w.Contributions(t.Context(), ContributionsQuery{Users: []string{"X"}, Start: time.Unix(2, 0), End: time.Unix(1, 0)}) {
		if err == nil {
			t.Error("a range that ends before it starts is read as nothing")
		}
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
	// Long names go into smaller batches, since a value of over 8,000 bytes
	// would be sent in another form.
	long := make([]string, 50)
	for i := range long {
		long[i] = strings.Repeat("م", 110) + fmt.Sprint(i)
	}
	collect(t, w.Contributions(t.Context(), ContributionsQuery{Users: long}))
	if got := s.requests()[1:]; len(got) != 2 || len(got[0].form.Get("ucuser")) > 8000 || got[0].method != "POST" {
		t.Errorf("%d requests", len(got))
	}
}

// TestContinuation: a server that repeats itself once is asked again, and one
// that always does is an error; numbers are continued, too.
func TestContinuation(t *testing.T) {
	page := func(next string, rev int) string {
		return fmt.Sprintf(`{"continue":{"uccontinue":%s,"continue":"-||"},"query":{"usercontribs":[{"userid":1,"user":"X","revid":%d,"ns":0,"timestamp":"2025-01-01T00:00:00Z","tags":[]}]}}`, next, rev)
	}
	const last = `{"query":{"usercontribs":[]}}`
	run := func(answer answerer) (revs []int64, requests int, err error) {
		s := newReplay(t, answer)
		c, _ := newTestClient(t, Options{})
		for e, failed := range mustWiki(t, c, s.URL).Contributions(t.Context(), ContributionsQuery{Users: []string{"X"}}) {
			if failed != nil {
				return revs, len(s.requests()), failed
			}
			revs = append(revs, e.RevID)
		}
		return revs, len(s.requests()), nil
	}
	revs, requests, err := run(func(rw http.ResponseWriter, r asked, n int) {
		switch r.form.Get("uccontinue") {
		case "":
			sayJSON(rw, page("17", 1))
		case "17":
			if n == 2 { // stale: it says to continue where we are
				sayJSON(rw, page("17", 2))
				return
			}
			sayJSON(rw, page(`"b"`, 2))
		default:
			sayJSON(rw, last)
		}
	})
	if err != nil || requests != 4 || fmt.Sprint(revs) != "[1 2]" {
		t.Errorf("stale once: %v in %d requests, %v", revs, requests, err)
	}
	revs, requests, err = run(func(rw http.ResponseWriter, r asked, _ int) {
		next := map[string]string{"": `"a"`, "a": `"b"`, "b": `"a"`}[r.form.Get("uccontinue")]
		sayJSON(rw, page(next, 1))
	})
	var bad *ResponseError
	if !errors.As(err, &bad) || requests > 10 || len(revs) != 2 {
		t.Errorf("in circles: %v in %d requests, %v", revs, requests, err)
	}
}

// TestContinuationDropped: a full answer that does not say to continue, though more
// follows, is asked for again; one that never does is an error, not the end.
func TestContinuationDropped(t *testing.T) {
	for _, test := range []struct {
		dropped, limit int
		told           string // of the limit
		requests       int
		fails          bool
	}{
		{dropped: 0, limit: 500, told: `"limits":{"usercontribs":500},`, requests: 3},
		{dropped: 1, limit: 500, told: `"limits":{"usercontribs":500},`, requests: 5},
		{dropped: 3, limit: 500, told: `"limits":{"usercontribs":500},`, requests: 9},
		{dropped: 1, limit: 500, requests: 5},
		{dropped: 1, limit: 5000, requests: 5},
		{dropped: 1, limit: 200, told: `"limits":{"usercontribs":200},`, requests: 5},
		{dropped: 99, limit: 500, told: `"limits":[],`, requests: 9, fails: true},
	} {
		rows := 2*test.limit + 7
		dropped := 0
		s := newReplay(t, func(rw http.ResponseWriter, r asked, _ int) {
			from, next := 0, ""
			fmt.Sscanf(r.form.Get("uccontinue"), "at|%d", &from)
			to := min(from+test.limit, rows)
			if to < rows {
				next = fmt.Sprintf(`"continue":{"uccontinue":"at|%d","continue":"-||"},`, to)
			}
			switch {
			case r.form.Get("ucdir") == "older":
				if r.form.Get("ucstart") != "2025-12-31T00:00:00Z" || r.form.Get("ucend") != "2025-01-01T00:00:00Z" || r.form.Get("uclimit") != "1" {
					t.Errorf("the last row is asked for with %v", r.form)
				}
				from, to, next = rows-1, rows, ""
			case from == test.limit && dropped < test.dropped:
				dropped++
				next = ""
			}
			var b strings.Builder
			fmt.Fprintf(&b, `{"batchcomplete":true,%s%s"query":{"usercontribs":[`, next, test.told)
			for i := from; i < to; i++ {
				if i > from {
					b.WriteByte(',')
				}
				fmt.Fprintf(&b, `{"userid":1,"user":"X","revid":%d,"ns":0,"timestamp":"2025-01-01T00:00:00Z","tags":[]}`, i+1)
			}
			b.WriteString("]}}")
			sayJSON(rw, b.String())
		})
		c, _ := newTestClient(t, Options{})
		n := 0
		var err error
		start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
		q := ContributionsQuery{Users: []string{"X"}, Start: start, End: start.AddDate(0, 0, 364)}
		for e, failed := range mustWiki(t, c, s.URL).Contributions(t.Context(), q) {
			if err = failed; err != nil {
				break
			}
			if n++; e.RevID != int64(n) {
				t.Fatalf("%+v: row %d is %d", test, n, e.RevID)
			}
		}
		var bad *ResponseError
		if test.fails != errors.As(err, &bad) || !test.fails && (err != nil || n != rows) || len(s.requests()) != test.requests {
			t.Errorf("%+v: %d rows of %d in %d requests, %v", test, n, rows, len(s.requests()), err)
		}
	}
}

// TestContributionsMemory: 150,000 edits pass through without being held.
func TestContributionsMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 400 pages")
	}
	s := newReplay(t, contributor(30))
	c, _ := newTestClient(t, Options{})
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	names := users(5000)
	n := 0
	before := heap()
	for _, err := range mustWiki(t, c, s.URL).Contributions(t.Context(), ContributionsQuery{Users: names}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%50_000 == 0 {
			// Both ends of the connection are in this process.
			if grown := heap() - before; grown > 8<<20 {
				t.Errorf("after %d edits %d KB more are held", n, grown>>10)
			}
		}
	}
	// Three for each 50 people, and one as the third answer is full.
	if n != 150_000 || c.Stats().Total.Requests != 300+100 {
		t.Errorf("%d edits in %d requests", n, c.Stats().Total.Requests)
	}
}
