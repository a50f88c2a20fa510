package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient"
)

// event is the body of a request to track an event, in JSON.
func event(n int) string { return fmt.Sprintf(`{"event": %q}`, eventURL(n)) }

func decode[T any](tb testing.TB, a answered) T {
	tb.Helper()
	var v T
	if err := json.Unmarshal(a.body, &v); err != nil {
		tb.Fatalf("%d %s: %v", a.StatusCode, a.body, err)
	}
	return v
}

// TestTrackEvent: the same event twice is one campaign, for whoever asks, and
// there is one job that reads it.
func TestTrackEvent(t *testing.T) {
	p := newPeople(t, nil)
	// Asked before, so that the answer is remembered that there is none.
	if a := p.get(t, "/v1/campaigns/metawiki-900"); a.StatusCode != http.StatusNotFound {
		t.Fatalf("%d", a.StatusCode)
	}
	first := p.track(t, stranger(), asJSON, event(900))
	if first.StatusCode != http.StatusCreated || first.Header.Get("Location") != "https://afterglow.example.org/v1/campaigns/metawiki-900" ||
		first.Header.Get("Cache-Control") != "no-store" || first.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%d %v %s", first.StatusCode, first.Header, first.body)
	}
	one := decode[tracked](t, first)
	if one.Campaign.ID != "metawiki-900" || one.Job == nil || one.Job.State != "queued" || one.Names != nil {
		t.Errorf("%s", first.body)
	}
	if a := p.get(t, "/v1/campaigns/metawiki-900"); a.StatusCode != http.StatusOK {
		t.Errorf("right after it is tracked: %d", a.StatusCode)
	}
	for _, who := range []Person{stranger(), organizer()} {
		again := p.track(t, who, asJSON, event(900))
		two := decode[tracked](t, again)
		if again.StatusCode != http.StatusOK || again.Header.Get("Location") != first.Header.Get("Location") || two.Job == nil || two.Job.ID != one.Job.ID {
			t.Errorf("again, by %s: %d %s", who.Name, again.StatusCode, again.body)
		}
		if ids, err := p.store.TrackedBy(t.Context(), who.Farm, who.Sub); err != nil || len(ids) != 1 || ids[0] != "metawiki-900" {
			t.Errorf("%s tracks %q %v", who.Name, ids, err)
		}
	}
	// One that was read already needs no job.
	if a := p.track(t, stranger(), asJSON, event(101)); a.StatusCode != http.StatusOK || decode[tracked](t, a).Job != nil {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

// TestTrackByForm: a page without JavaScript goes on to the campaign, and what
// is wrong is said on a page.
func TestTrackByForm(t *testing.T) {
	p := newPeople(t, nil)
	a := p.track(t, stranger(), asForm, "event="+eventURL(900)+"&title=&start=&end=&names=&source=&wiki=", "Accept", "text/html", "Origin", "https://afterglow.example.org")
	if a.StatusCode != http.StatusSeeOther || !strings.Contains(a.Header.Get("Location"), "metawiki-900") {
		t.Errorf("%d to %q %s", a.StatusCode, a.Header.Get("Location"), a.body)
	}
	a = p.track(t, stranger(), asForm, "event=https://evil.example.net/wiki/Event:1", "Accept", "text/html")
	if a.StatusCode != http.StatusBadRequest || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || a.Header.Get("Content-Security-Policy") != pageCSP {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	a = p.as(t, organizer(), http.MethodPost, "/v1/campaigns/"+fresh104+"/refresh", "", "Content-Type", asForm, "Accept", "text/html")
	if a.StatusCode != http.StatusSeeOther {
		t.Errorf("a refresh: %d %s", a.StatusCode, a.body)
	}
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, value := range map[string]string{"title": "From a file", "start": "2025-03-01", "end": "2025-03-31", "wiki": "https://meta.example.org", "names": ""} {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	file, err := form.CreateFormFile("file", "names.csv")
	if err == nil {
		_, err = file.Write([]byte("One\nTwo\nThree\n"))
	}
	if err := errors.Join(err, form.Close()); err != nil {
		t.Fatal(err)
	}
	a = p.track(t, stranger(), form.FormDataContentType(), b.String())
	if a.StatusCode != http.StatusSeeOther || !strings.Contains(a.Header.Get("Location"), "list-from-a-file") {
		t.Errorf("a file: %d to %q %s", a.StatusCode, a.Header.Get("Location"), a.body)
	}
}

// TestTrackList: dates are whole days in UTC, and who tracked a list changes it
// by tracking it again.
func TestTrackList(t *testing.T) {
	p := newPeople(t, nil)
	list := func(end, names string) string {
		return `{"title": "Spring", "start": "2025-03-01", "end": "` + end + `", "names": ` + names + `, "wiki": "https://meta.example.org"}`
	}
	if a := p.get(t, "/v1/campaigns/list-spring"); a.StatusCode != http.StatusNotFound {
		t.Fatalf("%d", a.StatusCode)
	}
	a := p.track(t, listOwner(), asJSON, list("2025-03-31", `["One", "Two"]`))
	if a := p.get(t, "/v1/campaigns/list-spring"); a.StatusCode != http.StatusOK {
		t.Errorf("right after it is tracked: %d", a.StatusCode)
	}
	got := decode[tracked](t, a)
	if a.StatusCode != http.StatusCreated || got.Campaign.ID != "list-spring" || got.Names == nil || *got.Names != 2 || got.Job == nil ||
		got.LeftOut["names given twice"] != 1 || !got.Campaign.End.Equal(time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	a = p.track(t, listOwner(), asJSON, list("2025-04-05T18:00:00+02:00", `"One\nTwo\nThree"`))
	got = decode[tracked](t, a)
	if a.StatusCode != http.StatusOK || *got.Names != 3 || !got.Campaign.End.Equal(time.Date(2025, 4, 5, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("changed: %d %s", a.StatusCode, a.body)
	}
	a = p.track(t, stranger(), asJSON, list("2025-03-31", `["One"]`))
	if a.StatusCode != http.StatusConflict || a.problem(t).Type != typeTaken {
		t.Errorf("another's: %d %s", a.StatusCode, a.body)
	}
	if c, err := p.store.Campaign(t.Context(), "list-spring"); err != nil || c.End.Day() != 5 {
		t.Errorf("a stranger has changed it: %+v %v", c, err)
	}
	if ok, err := p.store.Tracks(t.Context(), stranger().Farm, stranger().Sub, "list-spring"); ok || err != nil {
		t.Error("who was refused counts as who tracked it")
	}
}

// TestTrackRefuses: what makes no sense is refused before a wiki is asked, and
// the problem names what was wrong.
func TestTrackRefuses(t *testing.T) {
	p := newPeople(t, nil)
	list := func(change string) string {
		fields := map[string]any{"title": "Spring", "start": "2025-03-01", "end": "2025-03-31", "names": "One", "wiki": "https://meta.example.org"}
		if err := json.Unmarshal([]byte(change), &fields); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, test := range []struct {
		contentType, content string
		status               int
		parameter            string
	}{
		{asJSON, `{}`, 400, "event"},
		{asJSON, `{"event": "x", "title": "y"}`, 400, "event"},
		{asJSON, `{"event": "https://meta.example.org/wiki/Event:1\u0000"}`, 400, "event"},
		{asJSON, `{"event": "` + strings.Repeat("x", 2001) + `"}`, 400, "event"},
		{asJSON, `{"evnet": "x"}`, 400, "body"},
		{asJSON, `{"event": "x"} {}`, 400, "body"},
		{asJSON, `{"event": 1}`, 400, "body"},
		{asJSON, `[]`, 400, "body"},
		{asJSON, ``, 400, "body"},
		{asJSON, list(`{"names": ["One\nTwo"]}`), 400, "body"},
		{asJSON, list(`{"title": ""}`), 400, "title"},
		{asJSON, list(`{"title": "` + strings.Repeat("x", 256) + `"}`), 400, "title"},
		{asJSON, list(`{"wiki": ""}`), 400, "wiki"},
		{asJSON, list(`{"names": "  ", "source": ""}`), 400, "names"},
		{asJSON, list(`{"source": "https://meta.example.org/wiki/People"}`), 400, "names"},
		{asJSON, list(`{"start": "yesterday"}`), 400, "start"},
		{asJSON, list(`{"start": ""}`), 400, "start"},
		{asJSON, list(`{"end": "2025-02-01"}`), 400, "end"},
		{asJSON, list(`{"end": "2125-02-01"}`), 400, "end"},
		{asJSON, list(`{"start": "1925-02-01"}`), 400, "start"},
		{asForm, "event=x&event=y", 400, "event"},
		{asForm, "evnet=x", 400, "evnet"},
		{asForm, "event=%zz", 400, "body"},
		{"text/plain", "x", 415, ""},
		{"", "x", 415, ""},
		{"multipart/form-data", "x", 400, "body"},
		{asJSON, `{"names": "` + strings.Repeat("x", mostTrackBytes) + `"}`, 413, ""},
		{asForm, "names=" + strings.Repeat("x", mostTrackBytes), 413, ""},
	} {
		a := p.track(t, stranger(), test.contentType, test.content)
		if problem := a.problem(t); a.StatusCode != test.status || problem.Parameter != test.parameter {
			t.Errorf("%s %.80s: %d %+v, want %d about %q", test.contentType, test.content, a.StatusCode, problem, test.status, test.parameter)
		}
	}
	if a := p.as(t, stranger(), http.MethodPost, "/v1/campaigns?x=1", event(900), "Content-Type", asJSON); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a parameter: %d", a.StatusCode)
	}
	if a := p.track(t, stranger(), asJSON, event(900), "Sec-Fetch-Site", "cross-site"); a.StatusCode != http.StatusForbidden || a.problem(t).Type != typeCrossSite {
		t.Errorf("from another site: %d", a.StatusCode)
	}
	if p.town.asked != 0 {
		t.Errorf("a wiki was asked %d times", p.town.asked)
	}
	none := newFixture(t, nil)
	if a := send(t, none.Server, http.MethodPost, "/v1/campaigns", event(900), "Content-Type", asJSON); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("where nobody can sign in: %d", a.StatusCode)
	}
}

// TestTrackProblems: what a wiki says, or does not say, becomes a problem that
// helps, and tells nothing of our network.
func TestTrackProblems(t *testing.T) {
	p := newPeople(t, func(o *Options) { o.Now = newTicks() }) // else too many are tracked at once
	for _, test := range []struct {
		err    error
		status int
		kind   string
	}{
		{fmt.Errorf("evil.example.net: %w; allowed: *.wikimedia.org", mwclient.ErrNotAllowed), 400, typeParameter},
		{mwclient.ErrAddress, 400, typeParameter},
		{mwclient.ErrNotFound, 422, typeEvent},
		{mwclient.ErrDeleted, 422, typeEvent},
		{mwclient.ErrNoEvents, 422, typeEvent},
		{mwclient.ErrEvent, 422, typeEvent},
		{mwclient.ErrNoContact, 503, typeWiki},
		{&mwclient.StatusError{Status: 502, Wiki: "metawiki"}, 503, typeWiki},
		{&mwclient.RateLimitError{Wiki: "metawiki", Reason: "429"}, 503, typeWiki},
		{&mwclient.ResponseError{Wiki: "metawiki", Err: errors.New("dial tcp 10.0.0.7: refused")}, 503, typeWiki},
		{context.DeadlineExceeded, 503, typeWiki},
		{errors.New("the disk of host db-7 is on fire"), 500, typeOther},
	} {
		p.town.set(func(t *town) { t.err = fmt.Errorf("tracking: %w", test.err) })
		a := p.track(t, stranger(), asJSON, event(900))
		problem := a.problem(t)
		if a.StatusCode != test.status || problem.Type != test.kind || strings.Contains(problem.Detail, "10.0.0.7") || strings.Contains(problem.Detail, "db-7") {
			t.Errorf("%v: %d %+v", test.err, a.StatusCode, problem)
		}
		if test.status == 503 && a.Header.Get("Retry-After") == "" {
			t.Errorf("%v: no Retry-After", test.err)
		}
	}
}

// newTicks is a clock that goes on by an hour each time it is asked.
func newTicks() func() time.Time {
	c := &clock{t: now}
	return func() time.Time {
		c.add(time.Minute)
		return c.now()
	}
}

// TestTrackingIsBounded: a person tracks only so many campaigns at once.
func TestTrackingIsBounded(t *testing.T) {
	p := newPeople(t, nil)
	for n := range 20 {
		if a := p.track(t, stranger(), asJSON, event(900+n)); a.StatusCode != http.StatusCreated {
			t.Fatalf("%d: %d", n, a.StatusCode)
		}
	}
	a := p.track(t, stranger(), asJSON, event(950))
	if a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "120" || a.problem(t).Type != typeTooOften {
		t.Errorf("one more: %d, Retry-After %q", a.StatusCode, a.Header.Get("Retry-After"))
	}
	if a := p.track(t, elsewhere(stranger()), asJSON, event(950)); a.StatusCode != http.StatusCreated {
		t.Errorf("somebody else: %d", a.StatusCode)
	}
	p.clock.add(2 * time.Minute)
	if a := p.track(t, stranger(), asJSON, event(951)); a.StatusCode != http.StatusCreated {
		t.Errorf("after the wait: %d", a.StatusCode)
	}
}

// TestRefresh: one job while it runs; less than an hour after a reading it is
// too often for others than those whose campaign it is, and each person has a bound.
func TestRefresh(t *testing.T) {
	p := newPeople(t, nil)
	refresh := func(who Person, id string) answered {
		return p.as(t, who, http.MethodPost, "/v1/campaigns/"+id+"/refresh", "")
	}
	a := refresh(stranger(), fresh104)
	one := decode[jobJSON](t, a)
	if a.StatusCode != http.StatusAccepted || a.Header.Get("Location") != "https://afterglow.example.org/v1/jobs/"+one.ID {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	if two := decode[jobJSON](t, refresh(organizer(), fresh104)); two.ID != one.ID {
		t.Error("a second job while the first waits")
	}
	j, err := p.store.ClaimJob(t.Context(), "worker")
	if err != nil {
		t.Fatal(err)
	}
	if two := decode[jobJSON](t, refresh(organizer(), fresh104)); two.ID != one.ID || two.State != "running" {
		t.Errorf("a second job while the first runs: %+v", two)
	}
	j.State = "failed"
	if err := p.store.UpdateJob(t.Context(), &j); err != nil {
		t.Fatal(err)
	}
	if two := decode[jobJSON](t, refresh(stranger(), fresh104)); two.ID == one.ID {
		t.Error("a job that has failed cannot be asked for again")
	}
	a = refresh(stranger(), libraries)
	if a.StatusCode != http.StatusTooManyRequests || a.Header.Get("Retry-After") != "3600" {
		t.Errorf("right after a reading: %d, Retry-After %q", a.StatusCode, a.Header.Get("Retry-After"))
	}
	p.clock.add(time.Hour)
	if a := refresh(stranger(), libraries); a.StatusCode != http.StatusAccepted {
		t.Errorf("after an hour: %d %s", a.StatusCode, a.body)
	}
	if a := refresh(stranger(), "enwiki-102"); a.StatusCode != http.StatusPermanentRedirect || a.Header.Get("Location") != "/v1/campaigns/"+nasty+"/refresh" {
		t.Errorf("by another wiki of the farm: %d to %q", a.StatusCode, a.Header.Get("Location"))
	}
	if a := refresh(stranger(), "metawiki-999"); a.StatusCode != http.StatusNotFound {
		t.Errorf("none: %d", a.StatusCode)
	}
	if a := p.as(t, stranger(), http.MethodGet, "/v1/campaigns/"+libraries+"/refresh", ""); a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %d, Allow %q", a.StatusCode, a.Header.Get("Allow"))
	}
	// Two refreshes of a person's ten were used above; the clock gave them back.
	statuses := map[int]int{}
	for _, id := range []string{nasty, tiny, empty, frozen, lastWeek, arabic, writers, measuring, failed} {
		statuses[refresh(listOwner(), id).StatusCode]++
	}
	for n := range 3 {
		p.track(t, stranger(), asJSON, event(900+n))
		if j, err := p.store.LatestJob(t.Context(), fmt.Sprint("metawiki-", 900+n)); err != nil || j.State != "queued" {
			t.Fatal(err)
		}
	}
	for {
		j, err := p.store.ClaimJob(t.Context(), "worker")
		if err != nil {
			break
		}
		j.State = "done"
		if err := p.store.UpdateJob(t.Context(), &j); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 3 {
		statuses[refresh(listOwner(), fmt.Sprint("metawiki-", 900+n)).StatusCode]++
	}
	if statuses[202] != 10 || statuses[429] != 2 {
		t.Errorf("a person's refreshes: %v", statuses)
	}
}

// TestRemove: what is deleted is gone at once in this process.
func TestRemove(t *testing.T) {
	p := newPeople(t, nil)
	p.get(t, chartPath(libraries, "marks.json"))
	if a := p.as(t, organizer(), http.MethodDelete, "/v1/campaigns/"+libraries, ""); a.StatusCode != http.StatusNoContent || len(a.body) != 0 {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	for _, address := range []string{chartPath(libraries, "marks.json"), "/v1/campaigns/" + libraries} {
		if a := p.get(t, address); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", address, a.StatusCode)
		}
	}
	if a := p.as(t, organizer(), http.MethodDelete, "/v1/campaigns/"+libraries, ""); a.StatusCode != http.StatusNotFound {
		t.Errorf("again: %d", a.StatusCode)
	}
}

// TestLargeBodiesAreBounded: only so many lists are held in memory at once; a
// small request does not wait for them.
func TestLargeBodiesAreBounded(t *testing.T) {
	p := newPeople(t, func(o *Options) { o.Timeout = 200 * time.Millisecond })
	for range mostLargeBodies {
		if _, err := p.largeBodies.take(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	large := `{"title": "Large", "start": "2025-03-01", "end": "2025-03-31", "wiki": "https://meta.example.org", "names": "` + strings.Repeat("Name\\n", 20_000) + `"}`
	if a := p.track(t, stranger(), asJSON, large); a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
		t.Errorf("one more: %d", a.StatusCode)
	}
	if a := p.track(t, stranger(), asJSON, event(900)); a.StatusCode != http.StatusCreated {
		t.Errorf("a small one: %d %s", a.StatusCode, a.body)
	}
	<-p.largeBodies
	if a := p.track(t, stranger(), asJSON, large); a.StatusCode != http.StatusCreated {
		t.Errorf("when there is room: %d %.300s", a.StatusCode, a.body)
	}
	if len(p.largeBodies) != mostLargeBodies-1 {
		t.Error("its place is not given back")
	}
}
