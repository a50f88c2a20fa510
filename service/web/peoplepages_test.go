package web

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/service/store"
)

// asPage asks as a browser does.
func (p *people) page(tb testing.TB, who Person, address string) answered {
	tb.Helper()
	return p.as(tb, who, http.MethodGet, address, "", "Accept", "text/html")
}

// TestTrackPage: the page asks who has not signed in to do so, and tracks for
// everybody else; what is wrong stands at its field, with what was typed.
func TestTrackPage(t *testing.T) {
	p := newPeople(t, nil)
	contains(t, string(p.page(t, Person{}, "/track").body), `href="/login?return_to=%2Ftrack"`, "Sign in with your wiki account first")
	contains(t, string(p.page(t, stranger(), "/track?campaign=metawiki-999").body), "Event 999 of metawiki is not tracked here", `name="event"`)
	contains(t, string(p.page(t, stranger(), "/track?event="+url.QueryEscape(eventURL(7))).body), `value="`+eventURL(7)+`"`)
	post := func(who Person, fields url.Values) answered {
		return p.as(t, who, http.MethodPost, "/track", fields.Encode(), "Content-Type", asForm, "Accept", "text/html")
	}
	if a := post(Person{}, url.Values{"event": {eventURL(7)}}); a.StatusCode != http.StatusUnauthorized || !strings.Contains(string(a.body), `href="/login?return_to=%2Ftrack"`) {
		t.Errorf("nobody: %d %s", a.StatusCode, a.body)
	}
	a := post(stranger(), url.Values{"event": {eventURL(7)}})
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/campaigns/metawiki-7" {
		t.Fatalf("%d to %q: %s", a.StatusCode, a.Header.Get("Location"), a.body)
	}
	j, err := p.store.LatestJob(t.Context(), "metawiki-7")
	if err != nil || j.State != store.Queued {
		t.Errorf("the job: %+v %v", j, err)
	}
	contains(t, string(p.page(t, stranger(), "/campaigns/metawiki-7").body), `data-follow="/v1/jobs/`+j.ID+`/events"`, "You can leave this page and come back.")
	contains(t, string(p.page(t, stranger(), "/mine").body), "Event metawiki-7")
	if a := p.page(t, organizer(), "/mine"); strings.Contains(string(a.body), "metawiki-7") || !strings.Contains(string(a.body), "not had a campaign measured yet") {
		t.Errorf("somebody else's page: %s", a.body)
	}
	list := func(change string, to string) url.Values {
		v := url.Values{"title": {"My list"}, "start": {"2025-03-01"}, "end": {"2025-03-31"}, "names": {"Ann\nBob"}, "wiki": {"https://meta.example.org"}, "source": {""}}
		if change != "" {
			v.Set(change, to)
		}
		return v
	}
	if a := post(stranger(), list("", "")); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/campaigns/list-my-list" {
		t.Errorf("a list: %d to %q: %s", a.StatusCode, a.Header.Get("Location"), a.body)
	}
	other := func(v url.Values) url.Values {
		v.Set("title", "Another list")
		return v
	}
	for name, test := range map[string]struct {
		who    Person
		fields url.Values
		err    error // of the wiki
		status int
		field  string
		text   string
	}{
		"no address":           {organizer(), url.Values{"event": {"nonsense"}}, nil, 400, "event", "This is not allowed here"},
		"a host not allowed":   {organizer(), url.Values{"event": {"https://evil.example.com/wiki/Event:1"}}, nil, 400, "event", "allowed: meta.example.org"},
		"no event":             {organizer(), url.Values{"event": {"https://meta.example.org/wiki/Talk:1"}}, nil, 422, "event", "There is no event to be found"},
		"the wiki is down":     {organizer(), url.Values{"event": {eventURL(8)}}, &mwclient.StatusError{Status: 503}, 503, "event", "Nothing was changed; try again"},
		"an unknown field":     {organizer(), url.Values{"event": {eventURL(8)}, "x": {"1"}}, nil, 400, "", ""},
		"no dates":             {organizer(), list("start", ""), nil, 400, "start", "Give a day such as 2025-01-31."},
		"the end before":       {organizer(), list("end", "2025-02-01"), nil, 400, "end", "The last day is before the first."},
		"names that are none":  {organizer(), other(list("names", "a|b")), nil, 422, "names", "This list cannot be used"},
		"somebody else's list": {organizer(), list("", ""), nil, 409, "title", "There is another campaign of that name"},
		"no wiki":              {organizer(), list("wiki", ""), nil, 400, "wiki", "where the names are accounts"},
	} {
		p.town.set(func(t *town) { t.err = test.err })
		a := post(test.who, test.fields)
		body := string(a.body)
		if a.StatusCode != test.status || a.Header.Get("Cache-Control") != cacheNot {
			t.Errorf("%s: %d %s %.300s", name, a.StatusCode, a.Header.Get("Cache-Control"), body)
			continue
		}
		if test.field == "" {
			continue
		}
		contains(t, body, test.text, `aria-describedby="error"`, `id="error"`)
		for _, e := range parsePage(t, attributeFix.ReplaceAll([]byte(strings.Replace(body, "<!DOCTYPE html>", "", 1)), []byte(` $1=""$2`))) {
			if e.attrs["aria-invalid"] == "true" && e.attrs["name"] != test.field {
				t.Errorf("%s: the field %s is said to be wrong", name, e.attrs["name"])
			}
			if e.name == "input" && e.attrs["name"] == "title" && test.fields.Get("title") != "" && e.attrs["value"] != test.fields.Get("title") {
				t.Errorf("%s: what was typed is gone: %q", name, e.attrs["value"])
			}
		}
	}
	p.town.set(func(t *town) { t.err = nil })
	for range 50 { // until it is too often
		if a = post(stranger(), url.Values{"event": {eventURL(7)}}); a.StatusCode != http.StatusSeeOther {
			break
		}
	}
	if a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" || !strings.Contains(string(a.body), "Try again in") {
		t.Errorf("too often: %d %s", a.StatusCode, a.body)
	}
	// Another site's form tracks nothing.
	b := p.as(t, stranger(), http.MethodPost, "/track", "event="+url.QueryEscape(eventURL(9)), "Content-Type", asForm, "Accept", "text/html", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example.com")
	if b.StatusCode != http.StatusForbidden {
		t.Errorf("another site's form: %d", b.StatusCode)
	}
}

// TestReasonsInLanguage: why something is refused is said in the reader's
// language, beside a field as on a page of its own, and not in English too.
func TestReasonsInLanguage(t *testing.T) {
	p := newPeople(t, nil)
	german := p.pages.texts.For("de")
	ask := func(path, fields string) answered {
		if fields == "" {
			return p.page(t, stranger(), path+"?uselang=de")
		}
		return p.as(t, stranger(), http.MethodPost, path+"?uselang=de", fields, "Content-Type", asForm, "Accept", "text/html")
	}
	event := "event=" + url.QueryEscape(eventURL(8))
	for name, test := range map[string]struct {
		path, fields string
		err          error // of the wiki
		key          string
		args         []any
		english      string
	}{
		"a list without names":   {"/track", "title=A&start=2025-03-01&end=2025-03-31", nil, "web-reason-nothing", nil, "or names or"},
		"names and a source":     {"/track", "title=A&names=B&source=C", nil, "web-reason-both", nil, "not both"},
		"a long title":           {"/track", "names=B&title=" + strings.Repeat("x", 256), nil, "web-reason-title", []any{255}, "1 to 255"},
		"names without a wiki":   {"/track", "title=A&names=B", nil, "web-reason-wiki", nil, "such as https"},
		"no day":                 {"/track", "title=A&source=B&start=x", nil, "web-reason-day", nil, "an instant"},
		"the end before":         {"/track", "title=A&source=B&start=2025-03-02&end=2025-02-01", nil, "web-reason-end", nil, "a time after"},
		"long ago":               {"/track", "title=A&source=B&start=1925-03-02&end=2025-02-01", nil, "web-reason-early", []any{30}, "years ago"},
		"far away":               {"/track", "title=A&source=B&start=2025-03-02&end=2125-02-01", nil, "web-reason-late", []any{2}, "from now"},
		"no address":             {"/track", "event=nonsense", nil, "web-reason-address", nil, "allowed:"},
		"no registrations":       {"/track", event, mwclient.ErrNoEvents, "web-reason-no-events", nil, "CampaignEvents"},
		"a deleted registration": {"/track", event, mwclient.ErrDeleted, "web-reason-deleted", nil, "was deleted"},
		"a closed wiki":          {"/track", event, mwclient.ErrForbidden, "web-reason-closed", nil, "forbidden"},
		"dates without sense":    {"/track", event, mwclient.ErrEvent, "web-reason-dates", nil, "cannot be used"},
		"a limit":                {"/track", event, &mwclient.RateLimitError{Wiki: "metawiki"}, "web-reason-patience", nil, "asks for"},
		"a slow wiki":            {"/track", event, context.DeadlineExceeded, "web-reason-slow", nil, "takes too long"},
		"no contact":             {"/track", event, mwclient.ErrNoContact, "web-reason-contact", nil, "its operator"},
		"somebody else's event":  {"/campaigns/" + libraries + "/delete", "", nil, "web-reason-organizers", nil, "is for"},
	} {
		p.town.set(func(t *town) { t.err = test.err })
		a := ask(test.path, test.fields)
		body := html.UnescapeString(string(a.body))
		if a.StatusCode < 400 || !strings.Contains(body, german.Message(test.key, test.args...)) {
			t.Errorf("%s: %d, without %q: %.3000s", name, a.StatusCode, german.Message(test.key, test.args...), body)
		}
		if strings.Contains(body, test.english) {
			t.Errorf("%s: the page says %q in English", name, test.english)
		}
	}
}

// TestTrackPageReadOnly: where nobody can track, the page says what the operator
// can do, and no page offers it.
func TestTrackPageReadOnly(t *testing.T) {
	body := string(shared().get(t, "/track").body)
	contains(t, body, "afterglow campaign add")
	if strings.Contains(body, "<form class=\"fields\"") {
		t.Error("there is a form")
	}
	p := newPeople(t, func(o *Options) { o.ReadOnly = true })
	if body := string(p.page(t, stranger(), "/").body); strings.Contains(body, `href="/track"`) {
		t.Error("the head leads to the form")
	}
}

// TestDeletePage: it asks those who may, and nobody else; deleting leads to the
// person's campaigns.
func TestDeletePage(t *testing.T) {
	p := newPeople(t, nil)
	address := "/campaigns/" + libraries + "/delete"
	for name, test := range map[string]struct {
		who    Person
		status int
	}{"nobody": {Person{}, 401}, "a stranger": {stranger(), 403}, "the organizer": {organizer(), 200}, "an administrator": {admin(), 200}, "the same number elsewhere": {elsewhere(organizer()), 403}} {
		if a := p.page(t, test.who, address); a.StatusCode != test.status || a.Header.Get("Cache-Control") != cacheNot {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.Header.Get("Cache-Control"))
		}
	}
	contains(t, string(p.page(t, organizer(), address).body), `action="`+address+`" method="post"`, `href="/campaigns/`+libraries+`"`, "Wiki Loves Libraries")
	a := p.as(t, organizer(), http.MethodPost, address, "", "Content-Type", asForm)
	if to := a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther || to != "/mine?deleted="+libraries {
		t.Fatalf("%d to %q", a.StatusCode, to)
	}
	contains(t, string(p.page(t, organizer(), a.Header.Get("Location")).body), libraries+" is deleted.")
	if a := p.page(t, organizer(), address); a.StatusCode != http.StatusNotFound {
		t.Errorf("deleted, and asked again: %d", a.StatusCode)
	}
}

// TestParticipantsPage: names and what they did, for those who may see them;
// hidden people have no name there either.
func TestParticipantsPage(t *testing.T) {
	p := newPeople(t, nil)
	address := "/campaigns/" + libraries + "/participants"
	for name, test := range map[string]struct {
		who    Person
		status int
	}{"nobody": {Person{}, 401}, "a stranger": {stranger(), 403}, "another's organizer": {otherOrganizer(), 403}, "the organizer": {organizer(), 200}, "an administrator": {admin(), 200}} {
		a := p.page(t, test.who, address)
		if a.StatusCode != test.status || a.Header.Get("Cache-Control") != cacheNot {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.Header.Get("Cache-Control"))
		}
		if names := strings.Contains(string(a.body), "User 17"); names != (test.status == http.StatusOK) {
			t.Errorf("%s: names are shown: %t", name, names)
		}
	}
	// All of them, page by page, each once.
	seen := map[string]bool{}
	next := address
	for pages := 0; next != "" && pages < 10; pages++ {
		a := p.page(t, organizer(), next)
		next = ""
		for _, e := range parsePage(t, attributeFix.ReplaceAll([]byte(strings.Replace(string(a.body), "<!DOCTYPE html>", "", 1)), []byte(` $1=""$2`))) {
			if e.name == "bdi" && strings.HasPrefix(e.text, "User ") {
				if seen[e.text] {
					t.Errorf("%s twice", e.text)
				}
				seen[e.text] = true
			}
			if e.attrs["rel"] == "next" {
				next = e.attrs["href"]
			}
		}
	}
	if len(seen) != 120 {
		t.Errorf("%d participants are shown, not 120", len(seen))
	}
}

// TestPersonalPages: who has signed in is named in the head, and such a page is
// no cache's; who has not gets the shared one, without tools.
func TestPersonalPages(t *testing.T) {
	p := newPeople(t, nil)
	for _, address := range []string{"/", "/campaigns/" + libraries, "/compare", "/about", "/privacy", "/track"} {
		mine, everybodys := p.page(t, organizer(), address), p.page(t, Person{}, address)
		contains(t, string(mine.body), organizer().Name, `action="/logout"`)
		if got := mine.Header.Get("Cache-Control"); got != cachePrivate {
			t.Errorf("%s: %s for a person", address, got)
		}
		if got := everybodys.Header.Get("Cache-Control"); got != cachePage {
			t.Errorf("%s: %s for everybody", address, got)
		}
		for _, not := range []string{organizer().Name, "/logout", "/delete"} {
			if strings.Contains(string(everybodys.body), not) {
				t.Errorf("%s: everybody sees %q", address, not)
			}
		}
		for _, a := range []answered{mine, everybodys} {
			if !strings.Contains(strings.Join(a.Header.Values("Vary"), ","), "Cookie") {
				t.Errorf("%s does not vary by cookie", address)
			}
		}
	}
	contains(t, string(p.page(t, organizer(), "/campaigns/"+libraries).body), "/campaigns/"+libraries+"/delete", "/v1/campaigns/"+libraries+"/refresh", "/campaigns/"+libraries+"/participants")
}

// TestPublishedMarks: what was published is listed on the page, with where it is.
func TestPublishedMarks(t *testing.T) {
	p := newPeople(t, nil)
	c, err := p.store.Campaign(t.Context(), libraries)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(p.get(t, "/campaigns/"+libraries).body), `id="published"`) {
		t.Error("something is published already")
	}
	for _, mark := range []int{1, 3} {
		err := p.store.SaveSnapshot(t.Context(), store.Snapshot{
			Campaign: libraries, Kind: "retention", Mark: mark, Start: c.Start, End: c.End, AsOf: c.End.Add(time.Duration(30*mark+2) * day),
			Revision: c.Revision, Definition: []byte("{}"), Coverage: []byte("{}"), Format: "1", Body: []byte("{}"),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	body := string(p.page(t, organizer(), "/campaigns/"+libraries).body)
	contains(t, body, `href="/v1/campaigns/`+libraries+`/snapshots/3.json"`, "Month 1", "data to 8 Feb 2025")
}

// TestComparePage: campaigns are found, added by an id or an address, taken out;
// the figures are those of the API; what cannot be compared is said.
func TestComparePage(t *testing.T) {
	f := shared()
	add := func(query string) string {
		a := f.get(t, "/compare?"+query)
		if a.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %d", query, a.StatusCode)
		}
		return a.Header.Get("Location")
	}
	if to := add("q=" + libraries); to != "/compare?campaign="+libraries {
		t.Errorf("an id leads to %s", to)
	}
	if to := add("campaign=" + libraries + "&threshold=5&q=" + url.QueryEscape("https://x.example.org/campaigns/"+arabic+"?uselang=ar")); to != "/compare?campaign="+libraries+"&campaign="+arabic+"&threshold=5" {
		t.Errorf("an address leads to %s", to)
	}
	contains(t, string(f.get(t, "/compare?q=librar").body), "Wiki Loves Libraries 2025", `id="add-`+libraries+`"`)
	contains(t, string(f.get(t, "/compare?q=zzzz").body), "No title contains")
	contains(t, string(f.get(t, "/compare").body), "Nothing is compared yet")
	both := "campaign=" + libraries + "&campaign=" + arabic
	body := string(f.get(t, "/compare?"+both).body)
	contains(t, body, "retention ranges from", `/v1/compare/retention.svg?campaign=`+libraries+`&amp;campaign=`+arabic, `id="remove-`+libraries+`" href="/compare?campaign=`+arabic+`"`)
	contains(t, string(f.get(t, "/compare?chart=rollup&"+both).body), "rollup=true", "200")
	contains(t, string(f.get(t, "/compare?"+both+"&campaign="+measuring).body), "has no figures yet")
	contains(t, string(f.get(t, "/compare?"+both+"&campaign=metawiki-999").body), "There is no campaign", "metawiki-999")
	contains(t, string(f.get(t, "/compare?"+both+"&campaign="+nasty).body), nastyEscaped)
	many := url.Values{}
	for _, id := range []string{libraries, nasty, measuring, fresh104, failed, tiny, empty, frozen, lastWeek, arabic, writers} {
		many.Add("campaign", id)
	}
	for i := range 200 {
		many.Add("campaign", "x-"+strings.Repeat("1", i%9+1))
	}
	if a := f.get(t, "/compare?"+many.Encode()); a.StatusCode != http.StatusOK {
		t.Errorf("very many: %d", a.StatusCode)
	}
	for _, bad := range []string{"chart=baseline", "campaign=..%2Fx", "months=0&" + both, "highlight=a&highlight=b", "preset=growth"} {
		if a := f.get(t, "/compare?"+bad, "Accept", "text/html"); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, a.StatusCode)
		}
	}
}

// readingEnds is jobs of which one ends between a page's reading of its campaign
// and of its job.
type readingEnds struct {
	*store.Store
	end func()
}

func (j readingEnds) LatestJob(context.Context, string) (store.Job, error) {
	j.end()
	return store.Job{}, store.ErrNotFound
}

// TestReadingEndsMeanwhile: the page of a campaign whose reading ends just then
// says what came of it, and does not wait for an event that has been.
func TestReadingEndsMeanwhile(t *testing.T) {
	p := newPeople(t, func(o *Options) {
		s := o.Campaigns.(*store.Store)
		o.Jobs = readingEnds{s, func() {
			if _, err := s.EndRefresh(t.Context(), measuring, now, nil, ""); err != nil {
				t.Error(err)
			}
		}}
	})
	page := string(p.as(t, stranger(), http.MethodGet, "/campaigns/"+measuring, "").body)
	if strings.Contains(page, `class="measuring"`) || !strings.Contains(page, "There is nobody to measure.") {
		t.Errorf("the page is still that of a campaign being measured:\n%s", page)
	}
}
