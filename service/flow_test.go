package service

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"afterglow/config"
	"afterglow/mwclient/fakewiki"
	"afterglow/service/store"
)

// flowBase is the address that readers of the tests' servers see; the tests go
// to the servers themselves.
const flowBase = "http://127.0.0.1:8090"

// town is a farm of wikis and a database, on which services run.
type town struct {
	t        *testing.T
	farm     *fakewiki.Farm
	database string
	log      io.Writer // of the services, every line; nil: none is kept
}

func newTown(t *testing.T) *town {
	t.Helper()
	farm, err := fakewiki.New(sampleFarm(time.Now(), flowBase))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(farm.Close)
	return &town{t: t, farm: farm, database: "sqlite:" + filepath.Join(t.TempDir(), "town.db")}
}

// serve starts a process's service; stop ends it as Ctrl-C does, and waits.
func (w *town) serve() (s *Service, stop func()) {
	w.t.Helper()
	hosts := make([]string, 0, 3)
	for _, db := range []string{"metawiki", "enwiki", "commonswiki"} {
		hosts = append(hosts, strings.TrimPrefix(w.farm.URL(db), "http://"))
	}
	log, level := w.log, "debug"
	if log == nil {
		log, level = io.Discard, "info"
	}
	cfg, err := config.Load("", []string{
		"AFTERGLOW_LOG_LEVEL=" + level,
		"AFTERGLOW_LISTEN=127.0.0.1:0", "AFTERGLOW_BASE_URL=" + flowBase, "AFTERGLOW_DATABASE=" + w.database, "AFTERGLOW_WIKIS=" + strings.Join(hosts, ","),
		"AFTERGLOW_OAUTH_WIKI=" + w.farm.URL(sampleHome), "AFTERGLOW_OAUTH_CLIENT_ID=" + sampleConsumer, "AFTERGLOW_OAUTH_CLIENT_SECRET=" + sampleSecret,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	if s, err = New(ctx, cfg, log); err != nil {
		w.t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		if err := s.Run(ctx); err != nil {
			w.t.Error(err)
		}
	})
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			done.Wait()
			if err := s.Close(); err != nil {
				w.t.Error(err)
			}
		})
	}
	w.t.Cleanup(stop)
	return s, stop
}

// visitor is somebody of the farm who has signed in at a service.
func (w *town) visitor(s *Service, name string) *visitor {
	w.t.Helper()
	v := newVisitor(w.t, "http://"+s.Addr())
	began, page := v.get("/login")
	if began.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("%d %s", began.StatusCode, page)
	}
	back, err := w.farm.Visit(w.t.Context(), began.Header.Get("Location"), name, fakewiki.Allow)
	if err != nil {
		w.t.Fatal(err)
	}
	if res, page := v.get(back.RequestURI()); res.StatusCode != http.StatusSeeOther {
		w.t.Fatalf("%d %s", res.StatusCode, page)
	}
	return v
}

// api sends JSON, or nothing where in is nil, and reads what comes back.
func (v *visitor) api(method, address string, in any) (*http.Response, map[string]json.RawMessage) {
	v.t.Helper()
	text := ""
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			v.t.Fatal(err)
		}
		text = string(b)
	}
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.base+strings.TrimPrefix(address, flowBase), strings.NewReader(text))
	if err != nil {
		v.t.Fatal(err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, body := v.do(req)
	out := map[string]json.RawMessage{}
	if strings.HasPrefix(body, "{") {
		if err := json.Unmarshal([]byte(body), &out); err != nil {
			v.t.Fatalf("%s: %v", body, err)
		}
	}
	return res, out
}

// field reads a field of an answer, through objects.
func field(t *testing.T, from map[string]json.RawMessage, path ...string) string {
	t.Helper()
	raw := from[path[0]]
	for _, name := range path[1:] {
		var next map[string]json.RawMessage
		if err := json.Unmarshal(raw, &next); err != nil {
			t.Fatalf("%v of %s: %v", path, from, err)
		}
		raw = next[name]
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return string(raw)
	}
	return s
}

// follow reads a job's events to their end, and returns their names.
func (v *visitor) follow(events string) []string {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), 3*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+strings.TrimPrefix(events, flowBase), nil)
	if err != nil {
		v.t.Fatal(err)
	}
	res, err := v.http.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	var names []string
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			names = append(names, name)
		}
	}
	return names
}

// TestTrackToDelete goes the whole way by HTTP, on real requests to a farm of
// wikis: sign in, track, follow, read, see participants, delete; and what others
// may not do on the way.
func TestTrackToDelete(t *testing.T) {
	w := newTown(t)
	s, _ := w.serve()
	other, _ := w.serve() // a second process on the same database
	organizer := w.visitor(s, w.farm.Organizers(101)[0])
	stranger := w.visitor(other, w.farm.Organizers(103)[0])
	nobody := newVisitor(t, "http://"+s.Addr())

	// Nothing is asked of a host that is not allowed, whatever spelling it has.
	before := total(w.farm)
	for _, address := range []string{
		"https://evil.example.net/wiki/Event:X", "http://169.254.169.254/wiki/Event:X", "http://127.0.0.1:1/wiki/Event:X",
		"file:///etc/passwd", "http://meta.wikimedia.org@evil.example.net/wiki/Event:X", "gopher://127.0.0.1:6379/",
	} {
		if res, body := organizer.api(http.MethodPost, "/v1/campaigns", map[string]string{"event": address}); res.StatusCode != http.StatusBadRequest || field(t, body, "parameter") != "event" {
			t.Errorf("%s: %d %s", address, res.StatusCode, body)
		}
	}
	if after := total(w.farm); after != before {
		t.Errorf("the wikis were asked %d times about addresses that are not theirs", after-before)
	}
	if res, body := organizer.api(http.MethodPost, "/v1/campaigns", map[string]string{"event": w.farm.URL("metawiki") + "/wiki/Event:There_is_none"}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no such page: %d %s", res.StatusCode, body)
	}
	if res, _ := nobody.api(http.MethodPost, "/v1/campaigns", map[string]string{"event": w.farm.EventURL(101)}); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody tracks: %d", res.StatusCode)
	}

	// Both track it, in two processes: one campaign, one job.
	first, body := stranger.api(http.MethodPost, "/v1/campaigns", map[string]string{"event": w.farm.EventURL(101)})
	if first.StatusCode != http.StatusCreated || field(t, body, "campaign", "id") != "metawiki-101" {
		t.Fatalf("%d %s", first.StatusCode, body)
	}
	job, events := field(t, body, "job", "links", "self"), field(t, body, "job", "links", "events")
	res, again := organizer.api(http.MethodPost, "/v1/campaigns", map[string]string{"event": w.farm.EventURL(101)})
	if res.StatusCode != http.StatusOK || first.Header.Get("Location") != res.Header.Get("Location") {
		t.Errorf("again: %d %s", res.StatusCode, again)
	}
	if names := nobody.follow(events); len(names) == 0 || names[len(names)-1] != "end" {
		t.Errorf("events %q", names)
	}
	if _, done := nobody.api(http.MethodGet, job, nil); field(t, done, "state") != "done" {
		t.Errorf("the job is %s", done)
	}

	// Every process shows it.
	for _, v := range []*visitor{nobody, stranger} {
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
			res, body := v.api(http.MethodGet, "/v1/campaigns/metawiki-101/retention.json", nil)
			if res.StatusCode == http.StatusOK {
				if field(t, body, "coverage", "participants") != "64" {
					t.Errorf("%s", body["coverage"])
				}
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s shows %d %s", v.base, res.StatusCode, body)
			}
		}
	}
	res, body = nobody.api(http.MethodGet, "/v1/campaigns/metawiki-101/snapshots/12.json", nil)
	if res.StatusCode != http.StatusOK || field(t, body, "mark") != "12" {
		t.Errorf("the snapshot of a mark reached: %d %s", res.StatusCode, body)
	}
	if res, page := nobody.get("/v1/feed.atom"); res.StatusCode != http.StatusOK || !strings.Contains(page, "Women in Science") {
		t.Errorf("the feed: %d %s", res.StatusCode, page)
	}

	// Again at once: the organizer may, the stranger may not.
	if res, _ := stranger.api(http.MethodPost, "/v1/campaigns/metawiki-101/refresh", nil); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("a stranger refreshes again: %d", res.StatusCode)
	}
	res, body = organizer.api(http.MethodPost, "/v1/campaigns/metawiki-101/refresh", nil)
	if res.StatusCode != http.StatusAccepted {
		t.Fatalf("an organizer refreshes again: %d %s", res.StatusCode, body)
	}
	if names := nobody.follow(field(t, body, "links", "events")); names[len(names)-1] != "end" {
		t.Errorf("events %q", names)
	}

	const people = "/v1/campaigns/metawiki-101/participants?limit=100"
	if res, _ := nobody.api(http.MethodGet, people, nil); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody sees participants: %d", res.StatusCode)
	}
	if res, _ := stranger.api(http.MethodGet, people, nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("a stranger sees participants: %d", res.StatusCode)
	}
	if res, _ := stranger.api(http.MethodDelete, "/v1/campaigns/metawiki-101", nil); res.StatusCode != http.StatusForbidden {
		t.Errorf("a stranger deletes: %d", res.StatusCode)
	}
	res, body = organizer.api(http.MethodGet, people, nil)
	var list []struct {
		Name  *string
		State string
	}
	if err := json.Unmarshal(body["participants"], &list); err != nil || res.StatusCode != http.StatusOK || len(list) != 64 {
		t.Fatalf("%d %d people %v %s", res.StatusCode, len(list), err, body)
	}
	for _, x := range list {
		if (x.Name == nil) != (x.State == "hidden" || x.State == "not_found") {
			t.Errorf("%+v", x)
		}
	}

	// With the wiki down nobody is let in whom it was not asked about just now.
	w.farm.SetFaults(fakewiki.Faults{Rules: []fakewiki.Rule{{Kind: fakewiki.Unavailable, Endpoint: fakewiki.EndpointOrganizers, Probability: 1, Times: 1000, RetryAfter: time.Hour}}})
	third := w.visitor(s, w.farm.Organizers(102)[0])
	if _, err := s.store.SaveCampaign(t.Context(), copyOf(t, s.store, "metawiki-101", "metawiki-102", 102)); err != nil {
		t.Fatal(err)
	}
	if res, body := third.api(http.MethodDelete, "/v1/campaigns/metawiki-102", nil); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("with the wiki down: %d %s", res.StatusCode, body)
	}
	w.farm.SetFaults(fakewiki.Faults{})
	if res, body := third.api(http.MethodDelete, "/v1/campaigns/metawiki-102", nil); res.StatusCode != http.StatusNoContent {
		t.Errorf("with the wiki up: %d %s", res.StatusCode, body)
	}

	if res, body := organizer.api(http.MethodDelete, "/v1/campaigns/metawiki-101", nil); res.StatusCode != http.StatusNoContent {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	for _, address := range []string{"/v1/campaigns/metawiki-101", people, job} {
		if res, _ := organizer.api(http.MethodGet, address, nil); res.StatusCode != http.StatusNotFound {
			t.Errorf("after it was deleted, %s: %d", address, res.StatusCode)
		}
	}
}

// copyOf is a campaign like another, for another event.
func copyOf(t *testing.T, s *store.Store, from, id string, event int64) store.Campaign {
	t.Helper()
	c, err := s.Campaign(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	c.ID, c.Source.Event = id, event
	return c
}

// total is how many requests the wikis have had.
func total(f *fakewiki.Farm) int {
	n := 0
	for _, endpoints := range f.Requests() {
		for _, requests := range endpoints {
			n += requests
		}
	}
	return n
}

// TestTrackLists: names, and a page that lists people, each a campaign of its own.
func TestTrackLists(t *testing.T) {
	w := newTown(t)
	s, _ := w.serve()
	v := w.visitor(s, w.farm.Organizers(101)[0])
	event, ok := w.farm.Event(101)
	if !ok {
		t.Fatal("no event")
	}
	var names []string
	var text strings.Builder
	for _, p := range event.Participants {
		if account, ok := w.farm.Account(p.User); ok && !p.Private && len(names) < 9 && account.State == fakewiki.Normal {
			names = append(names, account.Name)
			fmt.Fprintf(&text, "* [[User:%s]]\n", account.Name)
		}
	}
	if err := w.farm.SetPage("metawiki", "Grants:People", text.String()); err != nil {
		t.Fatal(err)
	}
	list := func(change map[string]any) map[string]any {
		in := map[string]any{"title": "By name", "start": "2025-03-01", "end": "2025-03-31"}
		for k, v := range change {
			in[k] = v
		}
		return in
	}
	for _, in := range []map[string]any{
		list(map[string]any{"names": append(names, names[0], "Nobody is called so"), "wiki": w.farm.URL("metawiki")}),
		list(map[string]any{"title": "By page", "source": w.farm.URL("metawiki") + "/wiki/Grants:People"}),
	} {
		res, body := v.api(http.MethodPost, "/v1/campaigns", in)
		if res.StatusCode != http.StatusCreated {
			t.Fatalf("%v: %d %s", in, res.StatusCode, body)
		}
		if events := v.follow(field(t, body, "job", "links", "events")); events[len(events)-1] != "end" {
			t.Errorf("events %q", events)
		}
		id := field(t, body, "campaign", "id")
		c, err := s.store.Campaign(t.Context(), id)
		if err != nil || c.State != store.Ready || c.Coverage.Measured+c.Coverage.Bots != len(names) {
			t.Errorf("%s: %+v %v", id, c, err)
		}
		if res, body := v.api(http.MethodPost, "/v1/campaigns", in); res.StatusCode != http.StatusOK || field(t, body, "campaign", "id") != id {
			t.Errorf("again: %d %s", res.StatusCode, body)
		}
	}
	for _, in := range []map[string]any{
		list(map[string]any{"title": "Other", "names": "a|b", "wiki": "https://evil.example.net"}),
		list(map[string]any{"title": "Other", "source": "https://evil.example.net/wiki/People"}),
	} {
		if res, body := v.api(http.MethodPost, "/v1/campaigns", in); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%v: %d %s", in, res.StatusCode, body)
		}
	}
	for _, in := range []map[string]any{
		list(map[string]any{"title": "Other", "source": w.farm.URL("metawiki") + "/wiki/There_is_no_such_page"}),
		list(map[string]any{"title": "Other", "source": w.farm.EventURL(101)}),
		list(map[string]any{"title": "Other", "names": "name,joined\nA,yesterday", "wiki": w.farm.URL("metawiki")}),
	} {
		if res, body := v.api(http.MethodPost, "/v1/campaigns", in); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d %s", in, res.StatusCode, body)
		}
	}
	form := url.Values{"title": {"By form"}, "start": {"2025-03-01"}, "end": {"2025-03-31"}, "names": {strings.Join(names, "\r\n")}, "wiki": {w.farm.URL("metawiki")}}
	if res, page := v.send(http.MethodPost, "/v1/campaigns", form); res.StatusCode != http.StatusSeeOther || !strings.Contains(res.Header.Get("Location"), "list-by-form") {
		t.Errorf("a form: %d %s", res.StatusCode, page)
	}
}

// TestStopWithFollowers: a service that stops in the middle of a reading does not
// wait for it nor for those who follow it, and the next goes on with the job.
func TestStopWithFollowers(t *testing.T) {
	w := newTown(t)
	s, stop := w.serve()
	v := w.visitor(s, w.farm.Organizers(104)[0])
	// So slow that it cannot be over.
	w.farm.SetFaults(fakewiki.Faults{Rules: []fakewiki.Rule{{Kind: fakewiki.Slow, Endpoint: fakewiki.EndpointUserContribs, Probability: 1, Times: 1, Delay: time.Hour}}})
	res, body := v.api(http.MethodPost, "/v1/campaigns", map[string]string{"event": w.farm.EventURL(104)})
	if res.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	var follower sync.WaitGroup
	var names []string
	follower.Go(func() { names = v.follow(field(t, body, "job", "links", "events")) })
	id := field(t, body, "job", "id")
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if j, err := s.store.Job(t.Context(), id); err != nil || time.Now().After(deadline) {
			t.Fatalf("%+v %v", j, err)
		} else if j.Phase == "accounts" || j.Phase == "contributions" {
			break
		}
	}
	stop()
	follower.Wait()
	if len(names) > 0 && names[len(names)-1] == "end" {
		t.Errorf("events %q of a job that has not ended", names)
	}
	w.farm.SetFaults(fakewiki.Faults{})
	next, _ := w.serve()
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		j, err := next.store.Job(t.Context(), id)
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("%+v %v", j, err)
		}
		if j.State.Ended() {
			if j.State != store.Done {
				t.Errorf("%+v", j)
			}
			break
		}
	}
}
