package service

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
	"afterglow/service/e2e/machine"
	"afterglow/service/store"
)

// inLog returns the ways in which a name may be written in a log.
func inLog(name string) []string {
	quoted, _ := json.Marshal(name) // a string: cannot fail
	return []string{name, strings.Trim(string(quoted), `"`), strings.ReplaceAll(name, " ", "_"), url.QueryEscape(name), url.PathEscape(name)}
}

// TestNobodyIsLogged tracks, reads, shows and deletes an event and lists of people,
// over wikis that fail now and then, with every line logged: no participant's name
// and no secret is among them.
func TestNobodyIsLogged(t *testing.T) {
	w := newTown(t)
	var log machine.Buffer
	w.log = &log
	s, stop := w.serve()
	event, ok := w.farm.Event(101)
	if !ok {
		t.Fatal("no event")
	}
	secrets := map[string]string{"the consumer's secret": sampleSecret}
	var names []string
	for _, p := range event.Participants {
		if account, ok := w.farm.Account(p.User); ok && account.Name != "" {
			secrets["the participant "+account.Name] = account.Name
			if !p.Private && account.State == fakewiki.Normal && len(names) < 9 {
				names = append(names, account.Name)
			}
		}
	}
	organizer := w.visitor(s, w.farm.Organizers(101)[0])
	at, err := url.Parse(flowBase)
	if err != nil {
		t.Fatal(err)
	}
	cookies := organizer.http.Jar.Cookies(at)
	for _, c := range cookies {
		secrets["the cookie "+c.Name] = c.Value
	}
	if len(cookies) == 0 || len(names) != 9 || len(secrets) < 50 {
		t.Fatalf("%d cookies, %d names, %d secrets", len(cookies), len(names), len(secrets))
	}
	const nobody = "Nobody is called so"
	secrets["a name without an account"] = nobody

	// A request of each kind fails, and is sent again.
	var flaky []fakewiki.Rule
	for _, endpoint := range []string{
		fakewiki.EndpointUserContribs, fakewiki.EndpointUsers, fakewiki.EndpointGlobalUsers, fakewiki.EndpointGlobalUserInfo,
		fakewiki.EndpointParticipants, fakewiki.EndpointOrganizers, fakewiki.EndpointParse,
	} {
		flaky = append(flaky, fakewiki.Rule{Kind: fakewiki.Truncated, Endpoint: endpoint, First: 1})
	}
	w.farm.SetFaults(fakewiki.Faults{Rules: flaky})
	wiki := w.farm.URL("metawiki")
	if err := w.farm.SetPage("metawiki", "Grants:People", "* [[User:"+strings.Join(names, "]]\n* [[User:")+"]]\n"); err != nil {
		t.Fatal(err)
	}
	list := func(title, field, value string) map[string]any {
		return map[string]any{"title": title, "start": "2025-03-01", "end": "2025-03-31", "wiki": wiki, field: value}
	}
	var ids []string
	for _, in := range []map[string]any{
		{"event": w.farm.EventURL(101)},
		list("By name", "names", strings.Join(append(names, nobody), "\n")),
		{"title": "By page", "start": "2025-03-01", "end": "2025-03-31", "source": wiki + "/wiki/Grants:People"},
	} {
		res, body := organizer.api(http.MethodPost, "/v1/campaigns", in)
		if res.StatusCode != http.StatusCreated {
			t.Fatalf("%d %s", res.StatusCode, body)
		}
		if events := organizer.follow(field(t, body, "job", "links", "events")); events[len(events)-1] != "end" {
			t.Errorf("events %q", events)
		}
		ids = append(ids, field(t, body, "campaign", "id"))
	}
	for _, in := range []map[string]any{
		list("Refused", "names", "name,joined\n"+names[0]+",yesterday"),
		{"title": "Refused", "start": "2025-03-01", "end": "2025-03-31", "source": wiki + "/wiki/User:" + strings.ReplaceAll(names[0], " ", "_")},
	} {
		if res, body := organizer.api(http.MethodPost, "/v1/campaigns", in); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d %s", in, res.StatusCode, body)
		}
	}
	for _, id := range ids {
		if c, err := s.store.Campaign(t.Context(), id); err != nil || c.State != store.Ready {
			t.Errorf("%s: %+v %v", id, c, err)
		}
		want := http.StatusOK
		if strings.HasPrefix(id, "list-") {
			want = http.StatusForbidden // who is on a list is for administrators
		}
		people := "/v1/campaigns/" + id + "/participants?limit=100"
		if res, body := organizer.api(http.MethodGet, people, nil); res.StatusCode != want || strings.Contains(string(body["participants"]), names[0]) != (want == http.StatusOK) {
			t.Errorf("%s: %d %s", people, res.StatusCode, body)
		}
		if res, page := organizer.get("/campaigns/" + id + "/participants"); res.StatusCode != want || strings.Contains(page, names[0]) != (want == http.StatusOK) {
			t.Errorf("%s as a page: %d", id, res.StatusCode)
		}
		// Read again by wikis that refuse, and by wikis that do not.
		for _, state := range []string{"failed", "done"} {
			w.farm.SetFaults(fakewiki.Faults{Rules: flaky})
			if state == "failed" {
				w.farm.SetFaults(fakewiki.Faults{Rules: []fakewiki.Rule{{Kind: fakewiki.TooMany, Times: -1, Probability: 1, RetryAfter: 24 * time.Hour}}})
			}
			job, err := s.jobs.CreateJob(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			organizer.follow("/v1/jobs/" + job.ID + "/events")
			// What was just read of people is fresh, so that nothing need be asked for a list of names.
			if _, body := organizer.api(http.MethodGet, "/v1/jobs/"+job.ID, nil); field(t, body, "state") != state && id != "list-by-name" {
				t.Errorf("%s: %s, want %s", id, body, state)
			}
		}
		w.farm.SetFaults(fakewiki.Faults{})
		if res, body := organizer.api(http.MethodDelete, "/v1/campaigns/"+id, nil); res.StatusCode != http.StatusNoContent {
			t.Errorf("%s: %d %s", id, res.StatusCode, body)
		}
	}
	stop()
	text := log.String()
	for _, line := range []string{"level=DEBUG", "trying again", "a job failed", "asks to wait"} {
		if !strings.Contains(text, line) {
			t.Errorf("the log lacks %q, which these flows are to bring about", line)
		}
	}
	for what, secret := range secrets {
		for _, written := range inLog(secret) {
			if at := strings.Index(text, written); at >= 0 {
				t.Errorf("the log holds %s: %q", what, text[max(0, at-150):min(len(text), at+150)])
				break
			}
		}
	}
}
