package source

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
)

// waits is a clock on which waiting takes no time and moves it.
type waits struct {
	mu sync.Mutex
	t  time.Time
}

func (w *waits) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.t
}

func (w *waits) Sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	w.t = w.t.Add(max(d, 0))
	w.mu.Unlock()
	return ctx.Err()
}

func newWaits() *waits { return &waits{t: time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)} }

var (
	may  = time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC)
	june = may.AddDate(0, 1, 0)
)

func newFarm(t testing.TB) (*fakewiki.Farm, *mwclient.Wiki) {
	t.Helper()
	f, err := fakewiki.New(fakewiki.Spec{CentralAuth: true, Wikis: []fakewiki.WikiSpec{
		{DB: "metawiki", Code: "special"},
		{DB: "dewiki", Lang: "de", Namespaces: map[int]string{-1: "Spezial", 2: "Benutzer", 3: "Benutzer Diskussion", 14: "Kategorie"},
			Aliases: map[string]int{"Benutzerin": 2}, Contributions: "Beiträge"},
		{DB: "secretwiki", Private: true},
	}})
	must(t, err)
	t.Cleanup(f.Close)
	return f, on(t, f, "metawiki", mwclient.Options{})
}

func on(t testing.TB, f *fakewiki.Farm, db string, o mwclient.Options) *mwclient.Wiki {
	t.Helper()
	o.Clock = newWaits()
	c, err := mwclient.New(o)
	must(t, err)
	w, err := c.Wiki(t.Context(), f.URL(db))
	must(t, err)
	return w
}

// Users of other wikis of the farm count by their own wiki's names for users;
// those of private and foreign wikis do not, and no such wiki is asked.
func TestPageOfAFarm(t *testing.T) {
	f, wiki := newFarm(t)
	must(t, f.SetPage("metawiki", "People", `
# [[User:Ada]] [[de:Benutzer:Bob|Bob]] [[:dewiki:Benutzerin:Clara]] [[de:Spezial:Beiträge/Dora]] [[de:User:Ada]]
# [[de:Artikel]] [[de:Portal:X]] [[secretwiki:User:Eve]] [https://example.org/wiki/User:Frank Frank] [https://example.org/about us]`))
	f.ResetStats()
	people, left := read(t, wiki, Place{Spec: Spec{Kind: Page, Title: "People"}})
	if got := joined(people); got != "Ada|Bob|Clara|Dora" {
		t.Errorf("%s", got)
	}
	if want := (LeftOut{Elsewhere: 2}); !maps.Equal(left, want) {
		t.Errorf("left out %v, want %v", left, want)
	}
	if n := f.Requests()["secretwiki"]; len(n) > 0 {
		t.Errorf("a private wiki was asked: %v", n)
	}
	// Siteinfo twice on each wiki (what all readers want, and all names), the page, the sites.
	if n := f.Stats().Requests; n > 6 {
		t.Errorf("%d requests", n)
	}
	german := on(t, f, "dewiki", mwclient.Options{})
	must(t, f.SetPage("dewiki", "Treffen", "* [[Benutzerin:Clara]] [[benutzer diskussion:dora]] [[metawiki:User:Ada]]"))
	if people, _ := read(t, german, Place{Spec: Spec{Kind: Page, Title: "Treffen"}}); joined(people) != "Clara|Dora|Ada" {
		t.Errorf("in German: %s", joined(people))
	}
}

// Without central accounts, a name on another wiki is somebody else's.
func TestPageWithoutCentralAccounts(t *testing.T) {
	f, err := fakewiki.New(fakewiki.Spec{Wikis: []fakewiki.WikiSpec{{DB: "onewiki"}, {DB: "otherwiki", Lang: "fr"}}})
	must(t, err)
	t.Cleanup(f.Close)
	must(t, f.SetPage("onewiki", "People", "[[User:Ada]] [[fr:User:Bob]]"))
	people, left := read(t, on(t, f, "onewiki", mwclient.Options{}), Place{Spec: Spec{Kind: Page, Title: "People"}})
	if joined(people) != "Ada" || left[Elsewhere] != 1 {
		t.Errorf("%s, left out %v", joined(people), left)
	}
}

// contest is a category of files: each uploader's first in May, others around it.
func contest(uploaders, filesEach int) fakewiki.Category {
	c := fakewiki.Category{Title: "Contest"}
	for i := range uploaders * filesEach {
		who := fmt.Sprintf("Uploader %05d", i%uploaders)
		at := may.Add(time.Duration(i) * time.Second)
		f := fakewiki.File{Title: fmt.Sprintf("A church somewhere in the country, seen from the %d. side (%06d).jpg", i%4, i)}
		switch {
		case i%97 == 96:
			at = june.Add(time.Duration(i) * time.Second)
		case i%101 == 100:
			f.Versions = append(f.Versions, fakewiki.Version{Hidden: true, Time: at})
		}
		f.Versions = append(f.Versions, fakewiki.Version{User: who, Time: at.Add(time.Millisecond)})
		if i%10 == 3 {
			f.Versions = append(f.Versions, fakewiki.Version{User: "Cropping helper", Time: june.AddDate(0, 1, 0)})
		}
		c.Files = append(c.Files, f)
	}
	return c
}

// Whatever goes wrong on the way, the people are the same.
func TestSourcesSurviveFaults(t *testing.T) {
	f, wiki := newFarm(t)
	c := contest(700, 3)
	must(t, f.SetCategory("metawiki", c))
	must(t, f.SetPage("metawiki", "People", "[[User:Ada]] [[de:Benutzer:Bob]]"))
	category := Place{Spec: Spec{Kind: Category, Title: "Category:Contest"}, Start: may, End: june}
	page := Place{Spec: Spec{Kind: Page, Title: "People"}}
	people, left := read(t, wiki, category)
	if len(people) != 700 || left[Outside] != 21 || left[HiddenNames] < 15 {
		t.Fatalf("%d people, left out %v", len(people), left)
	}
	want := fmt.Sprint(people, left)
	for _, kind := range []fakewiki.Kind{fakewiki.TooMany, fakewiki.TooManyBare, fakewiki.Unavailable, fakewiki.MaxLag, fakewiki.RateLimited,
		fakewiki.ReadOnly, fakewiki.Truncated, fakewiki.Reset, fakewiki.Warnings, fakewiki.RepeatContinue, fakewiki.DropContinue, fakewiki.BadGzip} {
		for _, told := range []int{0, 60} {
			t.Run(fmt.Sprintf("%s, %d files an answer", kind, told), func(t *testing.T) {
				c.Told = told
				must(t, f.SetCategory("metawiki", c))
				f.SetFaults(fakewiki.Faults{Seed: 5, Rules: []fakewiki.Rule{{Kind: kind, Probability: .3}}})
				defer f.SetFaults(fakewiki.Faults{})
				fresh := on(t, f, "metawiki", mwclient.Options{})
				people, left := read(t, fresh, category)
				if got := fmt.Sprint(people, left); got != want {
					t.Errorf("%d people, left out %v", len(people), left)
				}
				if people, _ := read(t, fresh, page); joined(people) != "Ada|Bob" {
					t.Errorf("of the page: %s", joined(people))
				}
			})
		}
	}
	f.SetFaults(fakewiki.Faults{Down: []string{"dewiki"}})
	if people, _, err := collect(t.Context(), on(t, f, "metawiki", mwclient.Options{MaxRetries: -1}), page); err == nil {
		t.Errorf("with a linked wiki down, the page gives %s", joined(people))
	}
}

// A file with a long history is asked for alone, so that its first version counts.
func TestLongHistory(t *testing.T) {
	f, wiki := newFarm(t)
	long := fakewiki.File{Title: "Map.svg"}
	for i := range 1200 {
		long.Versions = append(long.Versions, fakewiki.Version{User: fmt.Sprintf("User %d", i), Time: may.Add(time.Duration(i) * time.Hour)})
	}
	must(t, f.SetCategory("metawiki", fakewiki.Category{Title: "Contest", Files: []fakewiki.File{
		{Title: "A.jpg", Versions: []fakewiki.Version{{User: "Ada", Time: may}}}, long,
	}}))
	people, _ := read(t, wiki, Place{Spec: Spec{Kind: Category, Title: "Contest"}, Start: may, End: june})
	if joined(people) != "Ada|User 0" {
		t.Errorf("%s", joined(people))
	}
}

// Ten thousand uploaders of a hundred thousand files, read in pages of 500, of
// which one is held at a time.
func TestTenThousandUploaders(t *testing.T) {
	const uploaders, each = 10_000, 10
	f, wiki := newFarm(t)
	must(t, f.SetCategory("metawiki", contest(uploaders, each)))
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	var most uint64
	files := 0
	for u, err := range wiki.CategoryUploads(t.Context(), "Category:Contest") {
		must(t, err)
		if u.Time.IsZero() {
			t.Fatalf("%+v", u)
		}
		if files++; files%20_000 == 0 {
			most = max(most, heap())
		}
	}
	if files != uploaders*each {
		t.Errorf("%d files", files)
	}
	// Titles and names alone are 15 MB.
	if most > before+6<<20 {
		t.Errorf("the heap grew by %d KB while %d files went by", (most-before)>>10, files)
	}
	t.Logf("%d files, the heap grew by %d KB at most", files, (int64(most)-int64(before))>>10)
	f.ResetStats()
	people, _ := read(t, wiki, Place{Spec: Spec{Kind: Category, Title: "Category:Contest"}, Start: may, End: june})
	if len(people) != uploaders {
		t.Errorf("%d people", len(people))
	}
	t.Logf("%d requests", f.Stats().Requests)
	// What the category counts, and, as the last page is full, what its last file is.
	if got, most := f.Stats().Requests, files/500+1+1; got > most {
		t.Errorf("%d requests, at most %d", got, most)
	}
	src, err := Opener{Most: uploaders - 1}.Open(wiki, Place{Spec: Spec{Kind: Category, Title: "Contest"}, Start: may, End: june})
	must(t, err)
	for _, err := range src.People(t.Context(), 0) {
		if !errors.Is(err, ErrTooMany) {
			t.Errorf("more than allowed: %v", err)
		}
	}
}

// A course at its address: only of an allowed host, however it redirects.
func TestCourse(t *testing.T) {
	answer, asked := users, 0
	d := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch {
		case r.URL.EscapedPath() == "/courses/School/Title_(Term)/users.json", r.URL.EscapedPath() == "/courses/School/Title_%28Term%29/users.json":
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, answer)
		case strings.Contains(r.URL.Path, "Moved"):
			http.Redirect(w, r, "http://127.0.0.1:1/users.json", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(d.Close)
	host := strings.TrimPrefix(d.URL, "http://")
	c, err := mwclient.New(mwclient.Options{Clock: newWaits(), MaxRetries: -1, MaxBody: 1 << 20, Allow: func(h string) error {
		if h != host {
			return errors.New("not one of the dashboards")
		}
		return nil
	}})
	must(t, err)
	course := func(address string) ([]Person, LeftOut, error) {
		spec, err := Parse(address, []string{host})
		must(t, err)
		src, err := Opener{Dashboards: c, Most: 100}.Open(nil, Place{Spec: spec})
		must(t, err)
		var people []Person
		for p, err := range src.People(t.Context(), 0) {
			if err != nil {
				return nil, nil, err
			}
			people = append(people, p)
		}
		return people, src.LeftOut(), nil
	}
	people, left, err := course(d.URL + "/courses/School/Title_(Term)/home")
	must(t, err)
	if joined(people) != "Ada|Bob, the builder" || left[Staff] != 2 || asked != 1 {
		t.Errorf("%s, left out %v, %d requests", joined(people), left, asked)
	}
	for _, bad := range []struct {
		path, body, says string
		is               error
	}{
		{"/courses/School/None", "", "404", mwclient.ErrNotFound},
		{"/courses/School/Moved", "", "not one of the dashboards", mwclient.ErrNotAllowed},
		{"/courses/School/Title_(Term)", "<html>sorry</html>", "cut off or broken", nil},
		{"/courses/School/Title_(Term)", `{"course":{"users":[`, "cut off", nil},
		{"/courses/School/Title_(Term)", `{"error":"maintenance"}`, "no students", ErrEmpty},
		{"/courses/School/Title_(Term)", `{"x":"` + strings.Repeat("x", 2<<20) + `"}`, "too large", mwclient.ErrTooLarge},
	} {
		answer = bad.body
		if _, _, err := course(d.URL + bad.path); err == nil || !strings.Contains(err.Error(), bad.says) || bad.is != nil && !errors.Is(err, bad.is) {
			t.Errorf("%s %.40s: %v, want %q", bad.path, bad.body, err, bad.says)
		}
	}
	if _, err := (Opener{}).Open(nil, Place{Spec: Spec{Kind: Course, URL: d.URL}}); !errors.Is(err, ErrInvalid) {
		t.Errorf("without a client: %v", err)
	}
}
