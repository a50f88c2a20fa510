package fakewiki

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// truth returns the edits that a wiki shows of a local user, in order of time.
func truth(f *Farm, db string, ids []int64) map[int64]Edit {
	out := map[int64]Edit{}
	now := f.Now().Unix()
	for i := range f.pop.people {
		a, _ := f.Account(f.pop.people[i].id)
		for _, l := range a.Locals {
			if l.Wiki != db || !slices.Contains(ids, l.ID) || a.State == Hidden {
				continue
			}
			for _, e := range l.Edits {
				if e.DeletedAt == 0 || e.DeletedAt > now {
					out[e.RevID] = e
				}
			}
		}
	}
	return out
}

// TestContributionsAreTheTruth reads everybody's edits over the wire, with small
// and large pages, both ways, and compares with what the farm holds.
func TestContributionsAreTheTruth(t *testing.T) {
	f := start(t, lab())
	r := &reader{t: t, farm: f}
	for _, db := range []string{"metawiki", "enwiki", "arwiki"} {
		ids := f.localIDs(db)
		want := truth(f, db, ids)
		for _, extra := range []url.Values{
			{"ucdir": {"newer"}},
			{"ucdir": {"older"}},
			{"ucdir": {"newer"}, "uclimit": {"37"}},
			{"ucdir": {"older"}, "uclimit": {"41"}},
		} {
			rows := r.contributions(db, ids, extra)
			checkRows(t, f, rows, want, extra.Get("ucdir") == "newer")
		}
	}
}

func checkRows(t *testing.T, f *Farm, rows []contribution, want map[int64]Edit, newer bool) {
	t.Helper()
	seen, users := map[int64]bool{}, map[string]bool{}
	now := f.Now().Unix()
	for k, row := range rows {
		e, ok := want[row.RevID]
		if !ok || seen[row.RevID] {
			t.Fatalf("revision %d is not the farm's, or comes twice", row.RevID)
		}
		seen[row.RevID] = true
		reverted := e.RevertedAt != 0 && e.RevertedAt <= now
		if row.Timestamp.Unix() != e.Time || row.NS != e.Namespace || slices.Contains(row.Tags, "mw-reverted") != reverted {
			t.Fatalf("row %+v of edit %+v", row, e)
		}
		if k == 0 || rows[k-1].User != row.User {
			if users[row.User] {
				t.Fatalf("the rows of %s are in two places", row.User)
			}
			users[row.User] = true
			continue
		}
		if rows[k-1].Timestamp.Before(row.Timestamp) != newer && !rows[k-1].Timestamp.Equal(row.Timestamp) {
			t.Fatalf("row %d is out of order", k)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("%d rows, the farm holds %d", len(seen), len(want))
	}
}

// TestSpan checks that both ends are inclusive and that the wrong order is empty.
func TestSpan(t *testing.T) {
	at := date("2025-05-05").Unix()
	f := start(t, Spec{Exact: &Dataset{Accounts: []Account{{Name: "Ann", Locals: []Local{{Wiki: "metawiki",
		Edits: []Edit{{Time: at - 1}, {Time: at, Namespace: 1}, {Time: at}, {Time: at + 1, Namespace: 4}, {Time: at + 2}}}}}}}})
	r := &reader{t: t, farm: f}
	count := func(q url.Values) int {
		q["list"], q["ucuser"], q["uclimit"] = []string{"usercontribs"}, []string{"Ann"}, []string{"2"}
		n := 0
		for {
			a := r.api("metawiki", q)
			if a.Error != nil {
				t.Fatalf("%+v", a.Error)
			}
			n += len(a.Query.UserContribs)
			if len(a.Continue) == 0 {
				return n
			}
			for k, v := range a.Continue {
				q.Set(k, v)
			}
		}
	}
	stamp := func(d int64) []string { return []string{compact(at + d)} }
	for k, c := range []struct {
		q    url.Values
		want int
	}{
		{url.Values{}, 5},
		{url.Values{"ucdir": {"newer"}, "ucstart": stamp(0), "ucend": stamp(1)}, 3},
		{url.Values{"ucdir": {"newer"}, "ucstart": stamp(1), "ucend": stamp(0)}, 0},
		{url.Values{"ucstart": stamp(1), "ucend": stamp(0)}, 3},
		{url.Values{"ucstart": stamp(0), "ucend": stamp(1)}, 0},
		{url.Values{"ucdir": {"newer"}, "ucstart": stamp(2)}, 1},
		{url.Values{"ucnamespace": {"1|4"}}, 2},
		{url.Values{"ucnamespace": {"77"}}, 5}, // unknown: a warning, and no filter
		{url.Values{"ucnamespace": {"1|77"}}, 1},
	} {
		if got := count(c.q); got != c.want {
			t.Errorf("%d: %v: %d rows, want %d", k, c.q, got, c.want)
		}
	}
}

// TestSeveralModules checks that a finished module drops out and that "continue"
// names it.
func TestSeveralModules(t *testing.T) {
	f := start(t, lab())
	r := &reader{t: t, farm: f}
	ids := f.localIDs("enwiki")[:50]
	q := url.Values{"list": {"usercontribs|users"}, "meta": {"siteinfo"}, "ucuserids": {joinIDs(ids)}, "uclimit": {"200"},
		"ususerids": {joinIDs(ids)}, "usprop": {"editcount"}, "ucprop": {"ids|tags|timestamp"}}
	var rows, users, general, requests int
	for {
		a := r.api("enwiki", q)
		if a.Error != nil || len(a.Warnings) > 0 {
			t.Fatalf("%+v %v", a.Error, a.Warnings)
		}
		requests++
		rows, users = rows+len(a.Query.UserContribs), users+len(a.Query.Users)
		if len(a.Query.General) > 0 {
			general++
		}
		if len(a.Continue) == 0 {
			break
		}
		if a.Continue["continue"] != "-||users|siteinfo" || !strings.HasPrefix(a.Continue["uccontinue"], "actor|") {
			t.Fatalf("continue %v", a.Continue)
		}
		for k, v := range a.Continue {
			q.Set(k, v)
		}
	}
	want := len(truth(f, "enwiki", ids))
	if rows != want || users != 50 || general != 1 || requests != (want+199)/200 {
		t.Errorf("%d rows (want %d), %d users, siteinfo %d times, %d requests", rows, want, users, general, requests)
	}
	if st := f.Stats(); st.Rows != rows+users+1 || f.Requests()["enwiki"][EndpointUserContribs] != requests {
		t.Errorf("counted %d rows and %v", st.Rows, f.Requests())
	}
}

// TestErrors checks errors and warnings without a capture of their own.
func TestErrors(t *testing.T) {
	f := start(t, lab())
	r := &reader{t: t, farm: f}
	many := strings.TrimSuffix(strings.Repeat("1|", 51), "|")
	for k, c := range []struct {
		q    url.Values
		code string
	}{
		{url.Values{"list": {"globalusers"}}, "missingparam"},
		{url.Values{"list": {"globalusers"}, "gususers": {"A"}, "guscentralids": {"1"}}, "invalidparammix"},
		{url.Values{"list": {"globalusers"}, "guscentralids": {many}}, "toomanyvalues"},
		{url.Values{"list": {"globalusers"}, "guscentralids": {"x"}}, "badinteger"},
		{url.Values{"list": {"usercontribs"}, "ucuser": {"A"}, "ucuserids": {"1"}}, "invalidparammix"},
		{url.Values{"list": {"usercontribs"}, "ucuser": {"A"}, "ucdir": {"up"}}, "badvalue"},
		{url.Values{"list": {"usercontribs"}, "ucuser": {"A"}, "uclimit": {"x"}}, "badinteger"},
		{url.Values{"list": {"usercontribs"}, "ucuser": {"A|B"}, "uccontinue": {"20250101000000|5"}}, "badcontinue"},
		{url.Values{"list": {"usercontribs"}, "ucuser": {"A"}, "uccontinue": {"actor|5|20250101000000|5"}}, "badcontinue"},
		{url.Values{"list": {"usercontribs"}, "ucuser": {"A"}, "continue": {"nonsense"}}, "badcontinue"},
		{url.Values{"list": {"usercontribs"}, "ucuser": {"A"}, "ucshow": {"new|!new"}}, "show"},
		{url.Values{"list": {"users"}, "ususers": {"A"}, "ususerids": {"1"}}, "invalidparammix"},
		{url.Values{"meta": {"globaluserinfo"}, "guiid": {"99"}}, "invaliduserid"},
		{url.Values{"meta": {"globaluserinfo"}, "guiuser": {"A|B"}}, "baduser"},
		{url.Values{"list": {"logevents"}, "leaction": {"x"}}, "unknown_leaction"},
		{url.Values{"maxlag": {"soon"}}, "badinteger"},
	} {
		if a := r.api("enwiki", c.q); a.Error == nil || a.Error.Code != c.code {
			t.Errorf("%d: %v: %+v, want %s", k, c.q, a.Error, c.code)
		}
	}
	a := r.api("enwiki", url.Values{"list": {"usercontribs"}, "ucuser": {"A"}, "uclimit": {"501"}, "bar": {"1"}, "foo": {"1"}})
	if a.Warnings["main"].Warnings != "Unrecognized parameters: bar and foo." || a.Warnings["usercontribs"].Warnings == "" {
		t.Errorf("warnings %v", a.Warnings)
	}
	f.SetNow(date("2025-01-01"))
}

// TestPlainFarm checks a farm without central accounts.
func TestPlainFarm(t *testing.T) {
	spec := lab()
	spec.CentralAuth = false
	f := start(t, spec)
	r := &reader{t: t, farm: f}
	list := r.participants("enwiki", 102)
	if len(list) != 60 {
		t.Fatalf("%d participants", len(list))
	}
	local := f.localIDs("enwiki")
	for _, p := range list {
		if !slices.Contains(local, p.UserID) {
			t.Errorf("user_id %d is no local id", p.UserID)
		}
	}
	if res, _, _ := r.send(http.MethodGet, f.URL("metawiki")+restPath+campaignPath+"event_registration/102", ""); res.StatusCode != 404 {
		t.Errorf("another wiki knows the event: %s", res.Status)
	}
	a := r.api("enwiki", url.Values{"list": {"globalusers|users"}, "meta": {"globaluserinfo"}, "ususerids": {joinIDs(local[:1])}, "usprop": {"centralids"}})
	if w := a.Warnings["query"].Warnings; w != `Unrecognized value for parameter "list": globalusers`+"\n"+`Unrecognized value for parameter "meta": globaluserinfo` {
		t.Errorf("warnings %q", w)
	}
	if ids := fmt.Sprint(a.Query.Users[0]["centralids"]); !strings.HasPrefix(ids, "map[local:") {
		t.Errorf("centralids %s", ids)
	}
}

// TestGlobalUsers checks list=globalusers against its documentation.
func TestGlobalUsers(t *testing.T) {
	spec := lab()
	spec.Exact = &Dataset{Accounts: []Account{
		{ID: 5, Name: "Ann", Registration: date("2020-01-02"), Groups: []string{"steward"}, Locals: []Local{{Wiki: "enwiki", Registration: date("2020-01-03"), EditCount: 7}, {Wiki: "arwiki", Registration: date("2020-01-03"), EditCount: 5}}},
		{ID: 6, Name: "Bob", Locals: []Local{{Wiki: "metawiki"}}, State: Locked},
		{ID: 7, Name: "Cy", Locals: []Local{{Wiki: "enwiki"}}, State: Hidden},
		{ID: 8, Name: "Di", Locals: []Local{{Wiki: "enwiki"}}, State: NotFound},
	}}
	f := start(t, spec)
	r := &reader{t: t, farm: f}
	get := func(db string, q url.Values) string {
		q.Set("list", "globalusers")
		if !q.Has("gusprop") {
			q.Set("gusprop", "locked|editcount|registration|localinfo|groups|groupmemberships|rights")
		}
		out, err := json.Marshal(r.api(db, q).Query.GlobalUsers)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	got := get("enwiki", url.Values{"guscentralids": {"6|5|7|8|99|6"}})
	want := `[{"centralid":6,"editcount":0,"groupmemberships":[],"groups":[],"localinfo":{"attached":false},"locked":true,"name":"Bob","rights":[]},` +
		`{"centralid":5,"editcount":12,"groupmemberships":[{"expiry":"infinity","group":"steward"}],"groups":["steward"],` +
		`"localinfo":{"attached":true,"localid":7001,"timestamp":"2020-01-03T00:00:00Z"},"locked":false,"name":"Ann","registration":"2020-01-02T00:00:00Z","rights":[]},` +
		`{"centralid":7,"missing":true},{"centralid":8,"missing":true},{"centralid":99,"missing":true}]`
	if got = strings.Replace(got, fmt.Sprint(f.pop.people[0].locals[1].id), "7001", 1); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got = get("metawiki", url.Values{"gususers": {"ann|Ann|Cy|Bad<name>|Nobody"}, "gusprop": {"locked"}})
	want = `[{"centralid":5,"locked":false,"name":"Ann"},{"missing":true,"name":"Cy"},{"invalid":true,"name":"Bad\u003cname\u003e"},{"missing":true,"name":"Nobody"}]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	spec.GlobalUsers = false
	old := start(t, spec)
	a := (&reader{t: t, farm: old}).api("enwiki", url.Values{"list": {"globalusers"}, "guscentralids": {"5"}})
	if w := a.Warnings["query"].Warnings; !strings.HasPrefix(w, `Unrecognized value for parameter "list": globalusers`) || a.Query.GlobalUsers != nil {
		t.Errorf("a farm without the module: %q, %v", w, a.Query.GlobalUsers)
	}
}

// TestSiteMatrix checks action=sitematrix against its documentation.
func TestSiteMatrix(t *testing.T) {
	f := start(t, lab())
	data := get(t, f.URL("enwiki")+apiPath+"?action=sitematrix&format=json&formatversion=2&smsiteprop=url%7Cdbname%7Ccode%7Csitename%7Clang")
	want := `{"sitematrix":{"count":3,"0":{"code":"ar","name":"ar","site":[{"url":"` + f.URL("arwiki") +
		`","dbname":"arwiki","code":"wiki","lang":"ar","sitename":"arwiki","closed":true}],"dir":"rtl","localname":"ar"},` +
		`"1":{"code":"en","name":"en","site":[{"url":"` + f.URL("enwiki") + `","dbname":"enwiki","code":"wiki","lang":"en","sitename":"enwiki"}],"dir":"ltr","localname":"en"},` +
		`"specials":[{"url":"` + f.URL("metawiki") + `","dbname":"metawiki","code":"metawiki","lang":"en","sitename":"Lab"}]}}`
	if string(data) != want {
		t.Errorf("got  %s\nwant %s", data, want)
	}
}

// TestLogOfNewAccounts pages through letype=newusers both ways.
func TestLogOfNewAccounts(t *testing.T) {
	f := start(t, lab())
	r := &reader{t: t, farm: f}
	read := func(dir, limit string, span url.Values) (rows []map[string]any) {
		q := url.Values{"list": {"logevents"}, "letype": {"newusers"}, "ledir": {dir}, "lelimit": {limit}}
		for k, v := range span {
			q[k] = v
		}
		for {
			a := r.api("enwiki", q)
			if a.Error != nil {
				t.Fatalf("%+v", a.Error)
			}
			rows = append(rows, a.Query.LogEvents...)
			if len(a.Continue) == 0 {
				return rows
			}
			for k, v := range a.Continue {
				q.Set(k, v)
			}
		}
	}
	all := read("newer", "max", nil)
	back := read("older", "33", nil)
	slices.Reverse(back)
	if len(all) < 300 || fmt.Sprint(all) != fmt.Sprint(back) {
		t.Errorf("%d rows forth, %d back", len(all), len(back))
	}
	kinds := map[string]int{}
	january := read("older", "50", url.Values{"lestart": {"2025-02-01T00:00:00Z"}, "leend": {"2025-01-01T00:00:00Z"}})
	for _, row := range january {
		action, _ := row["action"].(string)
		kinds[action]++
		if row["type"] != "newusers" || row["actionhidden"] == nil && (row["ns"] != 2.0 || row["params"] == nil) {
			t.Errorf("row %v", row)
		}
		if action == "create" && row["title"] != fmt.Sprint("User:", row["user"]) && row["actionhidden"] == nil {
			t.Errorf("row %v", row)
		}
	}
	if kinds["create"] < 290 || kinds["create2"] != 5 || kinds["byemail"] != 5 || kinds["autocreate"] == 0 {
		t.Errorf("kinds %v", kinds)
	}
	if short := read("older", "50", url.Values{"leaction": {"newusers/byemail"}}); len(short) != 5 {
		t.Errorf("%d accounts by mail", len(short))
	}
}

// TestPost checks that a body counts as a query does, in both encodings, and that
// a long query in the address is refused.
func TestPost(t *testing.T) {
	f := start(t, lab())
	names := make([]string, 50)
	for i := range names {
		names[i] = strings.Repeat("مستخدم ", 8) + strconv.Itoa(i)
	}
	q := url.Values{"action": {"query"}, "format": {"json"}, "formatversion": {"2"}, "list": {"users"}, "ususers": {strings.Join(names, "|")}}
	r := &reader{t: t, farm: f}
	if res, body, _ := r.send(http.MethodGet, f.URL("enwiki")+apiPath+"?"+q.Encode(), ""); res.StatusCode != 414 || !bytes.Contains(body, []byte("nginx")) {
		t.Errorf("%s: %s", res.Status, body)
	}
	if a := r.api("enwiki", q); len(a.Query.Users) != 50 {
		t.Errorf("%d users by a form", len(a.Query.Users))
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for k, v := range q {
		if err := w.WriteField(k, v[0]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.URL("enwiki")+apiPath, &form)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var a answer
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil || len(a.Query.Users) != 50 {
		t.Errorf("%d users by multipart, %v", len(a.Query.Users), err)
	}
}

// TestGzip checks that what is compressed and what is not says the same.
func TestGzip(t *testing.T) {
	f := start(t, lab())
	address := f.URL("enwiki") + apiPath + "?action=query&format=json&list=usercontribs&uclimit=max&ucuserids=" + url.QueryEscape(joinIDs(f.localIDs("enwiki")[300:350]))
	read := func(accept string) (string, []byte) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", accept)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var body io.Reader = res.Body
		encoding := res.Header.Get("Content-Encoding")
		if encoding == "gzip" {
			if body, err = gzip.NewReader(body); err != nil {
				t.Fatal(err)
			}
		}
		data, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		return encoding, data
	}
	plainAs, plain := read("identity")
	zippedAs, zipped := read("br, gzip;q=0.5")
	if plainAs != "" || zippedAs != "gzip" || !bytes.Equal(plain, zipped) || len(plain) < 10_000 {
		t.Errorf("plain as %q, %d bytes; zipped as %q, %d bytes", plainAs, len(plain), zippedAs, len(zipped))
	}
	if as, _ := read("gzip;q=0"); as != "" {
		t.Errorf("q=0 is answered with %q", as)
	}
}

// TestPages checks what an event's page leads to.
func TestPages(t *testing.T) {
	f := start(t, lab())
	if !bytes.Contains(get(t, f.EventURL(101)), []byte(`"wgCampaignEventsEventID":101,`)) {
		t.Error("the event's page lacks its number")
	}
	if page := get(t, f.EventURL(101)); bytes.Contains(page, []byte("<b>")) || bytes.Count(page, []byte("</script>")) != 1 {
		t.Error("the event's name is not escaped")
	}
	for _, path := range []string{"/wiki/Event:Short", "/wiki/event:short", "/w/index.php?title=Event:Short", "/wiki/Special:EventDetails/101"} {
		if !bytes.Contains(get(t, f.URL("metawiki")+path), []byte(`"wgCampaignEventsEventID":101,`)) {
			t.Errorf("%s does not lead to the event", path)
		}
	}
	r := &reader{t: t, farm: f}
	for _, path := range []string{"/wiki/Event:Nothing", "/nothing", "/w/rest.php/campaignevents/v0/nothing"} {
		if res, _, _ := r.send(http.MethodGet, f.URL("metawiki")+path, ""); res.StatusCode != 404 {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	a := r.api("metawiki", url.Values{"titles": {"event:short|Event:Nothing"}, "prop": {"info"}, "redirects": {""}, "inprop": {"url"}})
	if len(a.Query.Pages) != 2 || a.Query.Pages[0]["fullurl"] != f.EventURL(101) || a.Query.Pages[1]["missing"] != true ||
		len(a.Query.Redirects) != 1 || len(a.Query.Normalized) != 1 {
		t.Errorf("%+v", a.Query)
	}
}

// TestRecent checks the fields of CampaignEvents' development branch.
func TestRecent(t *testing.T) {
	spec := lab()
	spec.Recent = true
	spec.Events[0].Wikis, spec.Events[0].Test = []string{"*"}, true
	spec.Events[1].Wikis = []string{"enwiki", "arwiki"}
	f := start(t, spec)
	for id, want := range map[int64]string{
		101: `"wikis":["*"],"topics":[],"meeting_country_code":null,"is_test_event":true,`,
		102: `"wikis":["enwiki","arwiki"],`,
		103: `"wikis":[],`,
	} {
		body := get(t, fmt.Sprint(f.URL("enwiki"), restPath, campaignPath, "event_registration/", id))
		if !bytes.Contains(body, []byte(want)) || bytes.Contains(body, []byte("meeting_url")) {
			t.Errorf("%s lacks %s, or has an address of a meeting", body, want)
		}
	}
	if body := get(t, f.URL("metawiki")+restPath+campaignPath+"event_registration/102"); !bytes.Contains(body, []byte(`"timezone":"+03:00","start_time":"20250601030000","end_time":"20250603030000"`)) {
		t.Errorf("local times: %s", body)
	}
}

// TestLargeDataset puts 100,000 given edits behind the wire.
func TestLargeDataset(t *testing.T) {
	d := &Dataset{}
	for i := range 1_000 {
		a := Account{Name: fmt.Sprint("User ", i), Registration: date("2020-01-01"), Locals: []Local{{Wiki: "metawiki", Registration: date("2020-01-01")}}}
		for k := range 100 {
			a.Locals[0].Edits = append(a.Locals[0].Edits, Edit{Time: date("2024-01-01").Unix() + int64(k/2)*86400, Namespace: k % 3})
		}
		d.Accounts = append(d.Accounts, a)
	}
	f := start(t, Spec{Exact: d})
	r := &reader{t: t, farm: f}
	rows := r.contributions("metawiki", f.localIDs("metawiki"), url.Values{"uclimit": {"499"}})
	seen := map[int64]bool{}
	for _, row := range rows {
		seen[row.RevID] = true
	}
	if len(rows) != 100_000 || len(seen) != 100_000 {
		t.Errorf("%d rows, %d of them different", len(rows), len(seen))
	}
}

// TestDuringTheEvent checks that before the end only those are there who came so
// far, and that the wiki's own time is the farm's clock.
func TestDuringTheEvent(t *testing.T) {
	f := start(t, lab())
	r := &reader{t: t, farm: f}
	full := r.participants("metawiki", 101)
	now := date("2025-01-12")
	f.SetNow(now)
	part := r.participants("metawiki", 101)
	if len(part) == 0 || len(part) >= len(full) || len(full) != 130 {
		t.Errorf("%d participants on the third day, %d at the end", len(part), len(full))
	}
	for _, p := range part {
		if p.UserRegisteredAt > compact(now.Unix()) {
			t.Errorf("%+v has signed up in the future", p)
		}
	}
	a := r.api("metawiki", url.Values{"meta": {"siteinfo|globaluserinfo"}, "guiid": {strconv.FormatInt(part[0].UserID, 10)}})
	if a.Query.General["time"] != "2025-01-12T00:00:00Z" || a.Query.GlobalUserInfo["missing"] != nil {
		t.Errorf("%v, %v", a.Query.General["time"], a.Query.GlobalUserInfo)
	}
	rows := r.contributions("metawiki", f.localIDs("metawiki"), nil)
	for _, row := range rows {
		if row.Timestamp.After(now) {
			t.Errorf("an edit of the future: %+v", row)
		}
	}
}
