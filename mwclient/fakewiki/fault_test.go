package fakewiki

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// all is every kind of fault that the reader of these tests copes with.
func all() []Kind {
	return []Kind{TooMany, TooManyBare, Unavailable, MaxLag, RateLimited, ReadOnly, Truncated, Reset, Slow, Warnings,
		RepeatContinue, BadGzip, Oversized}
}

// readAll reads what a reader of campaigns reads: a list and everybody's edits.
func readAll(r *reader) (people []participantRow, rows []contribution) {
	people = r.participants("metawiki", 101)
	ids := r.farm.localIDs("enwiki")
	return people, r.contributions("enwiki", ids[len(ids)-120:], url.Values{"uclimit": {"50"}})
}

// TestFaultsLoseNothing reads with each kind of fault, and with all together, and
// must read what is read without any.
func TestFaultsLoseNothing(t *testing.T) {
	f := start(t, lab())
	people, rows := readAll(&reader{t: t, farm: f})
	if len(people) < 100 || len(rows) < 300 {
		t.Fatalf("only %d people and %d rows to lose", len(people), len(rows))
	}
	rule := func(k Kind) Rule {
		return Rule{Kind: k, Probability: 0.3, Delay: time.Millisecond, Bytes: 5 << 20, RetryAfter: 1500 * time.Millisecond}
	}
	check := func(name string, rules ...Rule) {
		t.Run(name, func(t *testing.T) {
			f.ResetStats()
			f.SetFaults(Faults{Seed: 11, Rules: rules})
			defer f.SetFaults(Faults{})
			p, c := readAll(&reader{t: t, farm: f, tries: 2*len(rules) + 1})
			if !reflect.DeepEqual(p, people) || !reflect.DeepEqual(c, rows) {
				t.Errorf("%d people and %d rows, %d and %d without faults", len(p), len(c), len(people), len(rows))
			}
			if st := f.Stats(); st.Faults == 0 {
				t.Error("nothing went wrong")
			}
		})
	}
	var rules []Rule
	for _, k := range all() {
		check(string(k), rule(k))
		rules = append(rules, rule(k))
	}
	check("all", rules...)
}

// TestFaultsAsSeen checks what a client sees of each kind.
func TestFaultsAsSeen(t *testing.T) {
	f := start(t, lab())
	once := &http.Transport{DisableKeepAlives: true} // else Go itself tries again after a reset
	q := url.Values{"action": {"query"}, "format": {"json"}, "formatversion": {"2"}, "list": {"usercontribs"},
		"ucuserids": {joinIDs(f.localIDs("enwiki")[250:300])}, "uclimit": {"20"}}
	for _, k := range append(all(), DropContinue) {
		f.SetFaults(Faults{Rules: []Rule{{Kind: k, First: 1, RetryAfter: 1200 * time.Millisecond, Bytes: 1 << 20, Delay: 30 * time.Millisecond}}})
		if k == DropContinue {
			q.Del("continue")
			q.Del("uccontinue")
		}
		if k == RepeatContinue {
			a := (&reader{t: t, farm: f}).api("enwiki", q)
			q.Set("continue", a.Continue["continue"])
			q.Set("uccontinue", a.Continue["uccontinue"])
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.URL("enwiki")+apiPath+"?"+q.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := once.RoundTrip(req)
		if k == Reset {
			if err == nil {
				res.Body.Close()
				t.Error("reset: an answer came")
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", k, err)
			continue
		}
		body, bodyErr := io.ReadAll(res.Body)
		res.Body.Close()
		html := strings.HasPrefix(res.Header.Get("Content-Type"), "text/html")
		code, after := res.Header.Get("MediaWiki-API-Error"), res.Header.Get("Retry-After")
		good := res.StatusCode == 200 && bodyErr == nil
		switch k {
		case TooMany:
			good = res.StatusCode == 429 && html && after == "2"
		case TooManyBare:
			good = res.StatusCode == 429 && html && after == ""
		case Unavailable:
			good = res.StatusCode == 503 && html && after == "2"
		case MaxLag:
			good = good && code == "maxlag" && after == "2" && res.Header.Get("X-Database-Lag") == "7"
		case RateLimited, ReadOnly:
			good = good && code == string(k) && after == ""
		case Truncated:
			good = len(body) > 0 && !strings.HasSuffix(string(body), "}}")
		case BadGzip:
			good = bodyErr != nil
		case Oversized:
			good = good && len(body) > 1<<20
		case Warnings:
			good = good && strings.Contains(string(body), "The wiki is tired today")
		case DropContinue:
			good = good && strings.Count(string(body), `"revid"`) == 20 && !strings.Contains(string(body), "continue")
		case RepeatContinue:
			good = good && strings.Contains(string(body), `"uccontinue":"`+q.Get("uccontinue")+`"`)
		}
		if !good {
			t.Errorf("%s: %s, Retry-After %q, code %q, %d bytes, %v", k, res.Status, after, code, len(body), bodyErr)
		}
	}
}

// TestFaultsAreOfTheSeed checks that the same requests are struck in any order.
func TestFaultsAreOfTheSeed(t *testing.T) {
	f := start(t, lab())
	struck := func(seed uint64, turn bool) (out []int) {
		f.SetFaults(Faults{Seed: seed, Rules: []Rule{{Kind: TooMany, Probability: 0.5, Endpoint: EndpointUsers}}})
		defer f.SetFaults(Faults{})
		order := make([]int, 40)
		for i := range order {
			order[i] = i + 1
		}
		if turn {
			slices.Reverse(order)
		}
		r := &reader{t: t, farm: f}
		for _, i := range order {
			r.api("enwiki", url.Values{"meta": {"siteinfo"}}) // another endpoint goes free
			q := url.Values{"action": {"query"}, "format": {"json"}, "list": {"users"}, "ususerids": {joinIDs([]int64{int64(i)})}}
			if _, _, ok := r.send(http.MethodPost, f.URL("enwiki")+apiPath, q.Encode()); !ok {
				out = append(out, i)
			}
		}
		slices.Sort(out)
		return out
	}
	one := struck(1, false)
	if len(one) < 8 || len(one) > 32 || !slices.Equal(one, struck(1, true)) || slices.Equal(one, struck(2, false)) {
		t.Errorf("struck: %v, %v, with another seed %v", one, struck(1, true), struck(2, false))
	}
}

// TestTimes checks how often one request can be struck.
func TestTimes(t *testing.T) {
	f := start(t, lab())
	r := &reader{t: t, farm: f}
	for times, want := range map[int]int{0: 2, 1: 1, 5: 5, -1: 10} {
		f.SetFaults(Faults{Rules: []Rule{{Kind: Unavailable, Probability: 1, Times: times, Wiki: "enwiki"}}})
		strikes := 0
		for range 10 {
			if _, _, ok := r.send(http.MethodGet, f.URL("enwiki")+"/wiki/Main_Page", ""); !ok {
				strikes++
			}
		}
		if strikes != want {
			t.Errorf("Times %d: struck %d times, want %d", times, strikes, want)
		}
		if _, _, ok := r.send(http.MethodGet, f.URL("arwiki")+"/wiki/Main_Page", ""); !ok {
			t.Error("another wiki is struck")
		}
	}
}

// TestDown checks that a wiki that is down answers nothing and the others do.
func TestDown(t *testing.T) {
	f := start(t, lab())
	f.SetFaults(Faults{Down: []string{"arwiki"}})
	r := &reader{t: t, farm: f}
	if _, _, ok := r.send(http.MethodGet, f.URL("arwiki")+"/wiki/Main_Page", ""); ok {
		t.Error("the wiki that is down answers")
	}
	if _, _, ok := r.send(http.MethodGet, f.URL("enwiki")+"/wiki/Main_Page", ""); !ok {
		t.Error("another wiki does not answer")
	}
	f.SetFaults(Faults{})
	if _, _, ok := r.send(http.MethodGet, f.URL("arwiki")+"/wiki/Main_Page", ""); !ok {
		t.Error("the wiki does not come back")
	}
}

// TestChanges lets accounts change between two reads.
func TestChanges(t *testing.T) {
	f := start(t, lab())
	r := &reader{t: t, farm: f}
	var pick []participantRow
	for _, p := range r.participants("metawiki", 101) {
		if a, _ := f.Account(p.UserID); a.State == Normal && a.FormerName == "" && len(pick) < 5 {
			pick = append(pick, p)
		}
	}
	f.SetFaults(Faults{Changes: []Change{
		{After: 2, Name: pick[0].UserName, To: Hidden},
		{After: 2, Name: pick[1].UserName, To: NotFound},
		{After: 2, Name: pick[2].UserName, To: Locked},
		{After: 2, Name: pick[3].UserName, Rename: "Somebody else"},
		{After: 2, Name: pick[4].UserName, To: Locked, Rename: "Vanished user 1"},
	}})
	find := func(id int64) participantRow {
		list := r.participants("metawiki", 101)
		return list[slices.IndexFunc(list, func(p participantRow) bool { return p.UserID == id })]
	}
	r.api("metawiki", url.Values{"meta": {"siteinfo"}})
	if got := r.api("metawiki", url.Values{"meta": {"globaluserinfo"}, "guiuser": {pick[0].UserName}}); got.Query.GlobalUserInfo["missing"] != nil {
		t.Error("hidden before its time")
	}
	if p := find(pick[0].UserID); !p.Hidden || p.UserName != "" {
		t.Errorf("hidden: %+v", p)
	}
	if p := find(pick[1].UserID); !p.NotFound || p.UserName != "" {
		t.Errorf("not found: %+v", p)
	}
	if p := find(pick[2].UserID); p != pick[2] {
		t.Errorf("locked: %+v", p)
	}
	if p := find(pick[3].UserID); p.UserName != "Somebody else" {
		t.Errorf("renamed: %+v", p)
	}
	a := r.api("metawiki", url.Values{"list": {"users|usercontribs"}, "ususers": {pick[0].UserName + "|" + pick[3].UserName + "|Somebody else"},
		"ucuser": {pick[0].UserName + "|" + pick[3].UserName}})
	if len(a.Query.Users) != 3 || a.Query.Users[0]["missing"] != true || a.Query.Users[1]["missing"] != true ||
		a.Query.Users[2]["userid"] == nil || len(a.Query.UserContribs) != 0 {
		t.Errorf("%+v", a.Query)
	}
	a = r.api("metawiki", url.Values{"list": {"globalusers"}, "guscentralids": {joinIDs([]int64{pick[2].UserID, pick[4].UserID})}, "gusprop": {"locked"}})
	if a.Query.GlobalUsers[0]["locked"] != true || a.Query.GlobalUsers[1]["name"] != "Vanished user 1" || a.Query.GlobalUsers[1]["locked"] != true {
		t.Errorf("%v", a.Query.GlobalUsers)
	}
	a = r.api("metawiki", url.Values{"list": {"logevents"}, "letype": {"renameuser"}, "lelimit": {"max"}})
	if last := a.Query.LogEvents[0]["params"].(map[string]any); last["newuser"] != "Somebody else" && last["newuser"] != "Vanished user 1" {
		t.Errorf("log of renamings: %v", last)
	}
}

// TestListsChange checks leaving an event and changing it.
func TestListsChange(t *testing.T) {
	f := start(t, lab())
	r := &reader{t: t, farm: f}
	before := r.participants("metawiki", 101)
	if err := f.Unregister(101, before[0].UserName); err != nil {
		t.Fatal(err)
	}
	if after := r.participants("metawiki", 101); !slices.Equal(after, before[1:]) {
		t.Error("who left is still there, or somebody else is not")
	}
	if f.Unregister(101, before[0].UserName) == nil || f.Unregister(999, before[1].UserName) == nil {
		t.Error("somebody could leave who is not there")
	}
	change := func(do func(*Event)) (int, string) {
		if err := f.EditEvent(101, do); err != nil {
			t.Fatal(err)
		}
		res, body, _ := r.send(http.MethodGet, f.URL("enwiki")+restPath+campaignPath+"event_registration/101", "")
		return res.StatusCode, string(body)
	}
	if status, body := change(func(e *Event) { e.End, e.Name, e.ID = e.End.Add(day), "Longer", 7 }); status != 200 ||
		!strings.Contains(body, `"id":101,"name":"Longer"`) || !strings.Contains(body, `"end_time":"20250121000000"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, body := change(func(e *Event) { e.Deleted = true }); status != 404 || !strings.Contains(body, "campaignevents-rest-get-registration-deleted") {
		t.Errorf("%d %s", status, body)
	}
	if n := len(r.participants("metawiki", 101)); n != len(before)-1 {
		t.Errorf("a deleted event lists %d participants", n)
	}
}

// TestLateReverts checks that reverts and deletions show up as the clock moves.
func TestLateReverts(t *testing.T) {
	spec := lab()
	spec.Events[0].Experienced = DefaultExperienced()
	spec.Events[0].Experienced.Deleted = 0.3
	f := start(t, spec)
	r := &reader{t: t, farm: f}
	ids := f.localIDs("metawiki")
	count := func(now time.Time) (rows, reverted int) {
		f.SetNow(now)
		for _, row := range r.contributions("metawiki", ids, url.Values{"ucdir": {"newer"}, "ucend": {"2025-01-20T00:00:00Z"}}) {
			rows++
			if slices.Contains(row.Tags, "mw-reverted") {
				reverted++
			}
		}
		return rows, reverted
	}
	rows, reverted := count(date("2025-01-20"))
	laterRows, laterReverted := count(date("2025-02-20"))
	lastRows, lastReverted := count(date("2026-02-20"))
	if laterRows >= rows || laterReverted <= reverted {
		t.Errorf("%d rows, %d of them reverted; a month later %d and %d", rows, reverted, laterRows, laterReverted)
	}
	if lastRows != laterRows || lastReverted != laterReverted {
		t.Errorf("after a month %d rows and %d reverted, after a year %d and %d", laterRows, laterReverted, lastRows, lastReverted)
	}
}

// TestHighLimits checks the limits of a token that has higher ones, and a lag.
func TestHighLimits(t *testing.T) {
	spec := lab()
	spec.Events[0].Organizers = []string{"Sam"}
	spec.Wikis[1].ReplicaLag = 3
	f := start(t, spec)
	q := url.Values{"action": {"query"}, "format": {"json"}, "list": {"usercontribs"}, "uclimit": {"max"}, "ucuserids": {joinIDs(f.localIDs("metawiki")[:120])}}
	for key, want := range map[string]string{"": `"code":"toomanyvalues"`, "high": `"limits":{"usercontribs":5000}`} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.URL("metawiki")+apiPath, strings.NewReader(q.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if key != "" {
			req.Header.Set("Authorization", "Bearer "+key)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("with token %q no %s in %.300s", key, want, body)
		}
	}
	r := &reader{t: t, farm: f}
	if a := r.api("enwiki", url.Values{"maxlag": {"2"}}); a.Error == nil || a.Error.Info != "Waiting for db1001: 3 seconds lagged." {
		t.Errorf("%+v", a.Error)
	}
	if a := r.api("enwiki", url.Values{"maxlag": {"5"}}); a.Error != nil {
		t.Errorf("%+v", a.Error)
	}
}

// TestInFlight checks the counters that tests of politeness rely on.
func TestInFlight(t *testing.T) {
	spec := lab()
	spec.Latency = 40 * time.Millisecond
	f := start(t, spec)
	var done sync.WaitGroup
	for k := range 6 {
		db := []string{"metawiki", "enwiki", "enwiki"}[k%3]
		done.Go(func() {
			(&reader{t: t, farm: f, agent: "Test/" + db}).send(http.MethodGet, f.URL(db)+"/wiki/Main_Page", "")
		})
	}
	done.Wait()
	st := f.Stats()
	if st.MaxInFlight != 6 || st.Wikis["enwiki"].MaxInFlight != 4 || st.Wikis["metawiki"].MaxInFlight != 2 {
		t.Errorf("%d in flight, by wiki %v", st.MaxInFlight, st.Wikis)
	}
	if st.Requests != 6 || st.UserAgents["Test/enwiki"] != 4 || st.Wikis["enwiki"].Endpoints[EndpointPage] != 4 {
		t.Errorf("%+v", st)
	}
	f.ResetStats()
	if st := f.Stats(); st.Requests+st.MaxInFlight+len(st.UserAgents) != 0 {
		t.Errorf("after ResetStats: %+v", st)
	}
}

var errAnswered = errors.New("answered")

// TestCloseEndsWaits checks that Close does not wait for a slow answer.
func TestCloseEndsWaits(t *testing.T) {
	spec := lab()
	spec.Latency = time.Hour
	f, err := New(spec)
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan error, 1)
	go func() {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, f.URL("enwiki")+"/wiki/Main_Page", nil)
		if err != nil {
			got <- err
			return
		}
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			res.Body.Close()
			err = errAnswered
		}
		got <- err
	}()
	for f.Stats().Requests == 0 {
		time.Sleep(time.Millisecond)
	}
	f.Close()
	if err := <-got; err == nil || errors.Is(err, errAnswered) {
		t.Errorf("a request in flight ended with %v", err)
	}
}

// TestSlowIsOver: who waits for a slow answer gets it when the faults are over.
func TestSlowIsOver(t *testing.T) {
	f := start(t, lab())
	f.SetFaults(Faults{Rules: []Rule{{Kind: Slow, Probability: 1, Delay: time.Hour}}})
	answer := make(chan error, 1)
	go func() {
		res, err := http.Get(f.URL("metawiki") + "/w/api.php?action=query&meta=siteinfo&format=json")
		if err == nil {
			err = res.Body.Close()
		}
		answer <- err
	}()
	for f.Stats().Faults == 0 {
		time.Sleep(time.Millisecond)
	}
	f.SetFaults(Faults{})
	select {
	case err := <-answer:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("there is no answer yet")
	}
}
