package fakewiki

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// capture is one answer of a real wiki with its request.
type capture struct {
	name    string
	Request struct {
		Method, URL, Body string
		Headers           []string
	}
	Response struct {
		Status  string
		Headers []string
		Body    any
	}
}

const (
	capturedMeta = "http://127.0.0.1:8080"
	capturedEn   = "http://127.0.0.1:8081"
)

func (c *capture) query(t *testing.T) url.Values {
	t.Helper()
	u, err := url.Parse(c.Request.URL)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if body, err := url.ParseQuery(c.Request.Body); err == nil {
		for k, v := range body {
			q[k] = v
		}
	}
	return q
}

// readCaptures reads all of a folder of testdata, numbers as json.Number.
func readCaptures(t *testing.T, folder string) map[string]*capture {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	out := map[string]*capture{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c := &capture{name: strings.TrimSuffix(filepath.Base(file), ".json")}
		d := json.NewDecoder(bytes.NewReader(data))
		d.UseNumber()
		if err := d.Decode(c); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out[c.name] = c
	}
	return out
}

// object and number dig in a decoded body; what is not there is nil or 0.
func object(v any, path ...string) map[string]any {
	for _, k := range path {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	m, _ := v.(map[string]any)
	return m
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func number(v any) int64 {
	n, _ := v.(json.Number)
	i, _ := n.Int64()
	return i
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func moment(v any) time.Time {
	at, ok := parseTimestamp(text(v))
	if !ok {
		return time.Time{}
	}
	return time.Unix(at, 0).UTC()
}

// datasetBuilder collects from captures what they tell of accounts and events.
type datasetBuilder struct {
	t        *testing.T
	accounts map[string]*Account
	edits    map[string]map[int64]Edit // by name, then revision
	events   map[int64]*Event
	parts    map[int64]map[int64]Participant
	orgs     map[int64]map[int64]Organizer
}

// capturedFarm builds the farm that the captures were taken from, as far as they
// tell of it.
func capturedFarm(t *testing.T, captures map[string]*capture) Spec {
	t.Helper()
	b := &datasetBuilder{t: t, accounts: map[string]*Account{}, edits: map[string]map[int64]Edit{},
		events: map[int64]*Event{}, parts: map[int64]map[int64]Participant{}, orgs: map[int64]map[int64]Organizer{}}
	for _, name := range slices.Sorted(maps.Keys(captures)) {
		b.take(captures[name])
	}
	b.known()
	return Spec{
		Now: time.Date(2026, 11, 24, 6, 41, 54, 0, time.UTC), CentralAuth: true,
		Wikis: []WikiSpec{{DB: "metawiki", Name: "Lab Meta"}, {DB: "enwiki", Name: "Lab English", FirstUser: 8000}},
		Exact: b.dataset(),
		Tokens: map[string]Token{"pat": {User: "PlainPat"}, "quinn": {User: "PlainQuinn"}, "anna": {User: "OrgAnna"},
			"bilal": {User: "OrgBilal"}, "admin": {User: "Admin"}, "authonly": {User: "PlainPat", AuthOnly: true},
			"organize": {User: "OrgAnna", Organize: true}},
	}
}

func (b *datasetBuilder) account(name string) *Account {
	if name == "RenamedOldName" {
		name = "RenamedNewName"
	}
	a := b.accounts[name]
	if a == nil {
		a = &Account{Name: name, Home: "metawiki", Registration: time.Unix(1, 0), Locals: []Local{{Wiki: "metawiki", Registration: time.Unix(1, 0)}}}
		b.accounts[name] = a
	}
	return a
}

func (b *datasetBuilder) take(c *capture) {
	q := c.query(b.t)
	for _, row := range list(object(c.Response.Body, "query")["users"]) {
		b.user(row.(map[string]any))
	}
	if info := object(c.Response.Body, "query", "globaluserinfo"); info["name"] != nil {
		b.global(info)
	}
	b.contributions(c, q)
	if _, rest, ok := strings.Cut(c.Request.URL, "/event_registration/"); ok {
		b.rest(c, rest)
	}
}

func (b *datasetBuilder) user(row map[string]any) {
	if row["userid"] == nil || row["name"] == nil {
		return
	}
	a := b.account(text(row["name"]))
	l := &a.Locals[0]
	l.ID = number(row["userid"])
	if id := number(object(row, "centralids")["CentralAuth"]); id != 0 {
		a.ID = id
	}
	if row["editcount"] != nil {
		l.EditCount = int(number(row["editcount"]))
	}
	if at, ok := row["registration"]; ok {
		l.Registration = moment(at)
		a.Registration = l.Registration
	}
	if reason := text(row["blockreason"]); reason != "" {
		l.Block = reason
	}
	l.Groups = nil
	for _, g := range list(row["groups"]) {
		if !slices.Contains([]string{"*", "user", "autoconfirmed"}, text(g)) {
			l.Groups = append(l.Groups, text(g))
		}
	}
}

func (b *datasetBuilder) global(info map[string]any) {
	a := b.account(text(info["name"]))
	a.ID, a.Home = number(info["id"]), text(info["home"])
	a.Registration = moment(info["registration"])
	if info["locked"] == true {
		a.State = Locked
	}
	for _, m := range list(info["merged"]) {
		row := m.(map[string]any)
		i := slices.IndexFunc(a.Locals, func(l Local) bool { return l.Wiki == text(row["wiki"]) })
		if i < 0 {
			a.Locals = append(a.Locals, Local{Wiki: text(row["wiki"])})
			i = len(a.Locals) - 1
		}
		l := &a.Locals[i]
		l.ID, l.EditCount, l.Method = number(row["id"]), int(number(row["editcount"])), text(row["method"])
		l.Registration = moment(row["registration"])
	}
}

func (b *datasetBuilder) contributions(c *capture, q url.Values) {
	if c.name == "uc_gzip" {
		return
	}
	for _, r := range list(object(c.Response.Body, "query")["usercontribs"]) {
		row := r.(map[string]any)
		name, rev := text(row["user"]), number(row["revid"])
		b.account(name).Locals[0].ID = number(row["userid"])
		if b.edits[name] == nil {
			b.edits[name] = map[int64]Edit{}
		}
		e := b.edits[name][rev]
		e.RevID, e.PageID, e.ParentID = rev, number(row["pageid"]), number(row["parentid"])
		if row["timestamp"] != nil {
			e.Time = moment(row["timestamp"]).Unix()
		}
		if row["title"] != nil {
			e.Title, e.Namespace = text(row["title"]), int(number(row["ns"]))
		}
		flag := func(k string) bool { _, has := row[k]; return row[k] == true || has && row[k] == "" }
		if strings.Contains(q.Get("ucprop"), "flags") || !q.Has("ucprop") {
			e.New, e.Minor, e.Top = flag("new"), flag("minor"), flag("top")
		}
		if row["comment"] != nil {
			e.Comment = text(row["comment"])
		}
		e.CommentHidden = e.CommentHidden || flag("commenthidden")
		e.TextHidden = e.TextHidden || flag("texthidden")
		if row["size"] != nil {
			e.Size = int(number(row["size"]))
		} else if strings.Contains(q.Get("ucprop"), "size|") {
			e.NoSize = true
		}
		if row["sizediff"] != nil {
			e.SizeDiff = int(number(row["sizediff"]))
		}
		for _, tag := range list(row["tags"]) {
			if tag == "mw-reverted" {
				e.RevertedAt = e.Time
			} else if !slices.Contains(e.Tags, text(tag)) {
				e.Tags = append(e.Tags, text(tag))
			}
		}
		b.edits[name][rev] = e
	}
	b.next(c, q)
}

// next adds the row with which a listing would go on, where no capture shows it:
// of it only the time and the revision are known.
func (b *datasetBuilder) next(c *capture, q url.Values) {
	parts := strings.Split(text(object(c.Response.Body, "continue")["uccontinue"]), "|")
	if len(parts) < 2 {
		return
	}
	name := q.Get("ucuser")
	if len(parts) == 4 && parts[0] == "actor" {
		for n, a := range b.accounts {
			if strconv.FormatInt(a.Locals[0].ID, 10) == parts[1] {
				name = n
			}
		}
	}
	a := b.accounts[name]
	if a == nil || len(parts) == 4 && parts[0] == "name" {
		return
	}
	at, _ := parseTimestamp(parts[len(parts)-2])
	rev, _ := strconv.ParseInt(parts[len(parts)-1], 10, 64)
	if b.edits[name] == nil {
		b.edits[name] = map[int64]Edit{}
	}
	if _, known := b.edits[name][rev]; known {
		return
	}
	e := Edit{Time: at, RevID: rev, Title: "Not captured", New: q.Get("ucshow") == "new"}
	if q.Get("uctag") == "mw-reverted" {
		e.RevertedAt = at
	}
	b.edits[name][rev] = e
}

// rest takes an event, its participants or organizers.
func (b *datasetBuilder) rest(c *capture, path string) {
	idText, what, _ := strings.Cut(strings.SplitN(path, "?", 2)[0], "/")
	id, err := strconv.ParseInt(idText, 10, 64)
	if err != nil || !strings.HasPrefix(c.Response.Status, "200") || c.Request.Method != "GET" {
		return
	}
	switch what {
	case "":
		b.event(id, object(c.Response.Body))
	case "participants":
		if b.parts[id] == nil {
			b.parts[id] = map[int64]Participant{}
		}
		for _, x := range list(c.Response.Body) {
			row := x.(map[string]any)
			p := Participant{ID: number(row["participant_id"]), User: number(row["user_id"]), Name: text(row["user_name"]),
				Registered: moment(row["user_registered_at"]), Private: row["private"] == true}
			if p.Name != "" {
				b.account(p.Name).ID = p.User
			}
			b.parts[id][p.ID] = p
		}
	case "organizers":
		if b.orgs[id] == nil {
			b.orgs[id] = map[int64]Organizer{}
		}
		for _, x := range list(c.Response.Body) {
			row := x.(map[string]any)
			o := Organizer{ID: number(row["organizer_id"]), User: number(row["user_id"]), Name: text(row["user_name"])}
			for _, r := range list(row["roles"]) {
				o.Roles = append(o.Roles, text(r))
			}
			b.account(o.Name).ID = o.User
			b.orgs[id][o.ID] = o
		}
	}
}

func (b *datasetBuilder) event(id int64, row map[string]any) {
	loc := zone(text(row["timezone"]))
	at := func(k string) time.Time {
		x, err := time.ParseInLocation("20060102150405", text(row[k]), loc)
		if err != nil {
			b.t.Fatal(err)
		}
		return x
	}
	b.events[id] = &Event{ID: id, Name: text(row["name"]), Page: text(row["event_page"]), Wiki: text(row["event_page_wiki"]),
		Timezone: text(row["timezone"]), Start: at("start_time"), End: at("end_time"), Meeting: text(row["meeting_url"])}
}

// known adds what was done to the captured wikis and no single capture says.
func (b *datasetBuilder) known() {
	b.account("HiddenHal").ID = 500009
	b.account("HiddenHal").State = Hidden
	b.account("VanishedVic").ID = 500011
	b.account("VanishedVic").State = NotFound
	renamed := b.account("RenamedNewName")
	renamed.FormerName, renamed.Renamed = "RenamedOldName", time.Date(2026, 11, 24, 6, 39, 36, 0, time.UTC)
	b.account("OldTimer NullReg").Registration = time.Time{}
	for i := range b.account("OldTimer NullReg").Locals {
		b.account("OldTimer NullReg").Locals[i].Registration = time.Time{}
	}
	b.account("Admin").ID = 500001
	b.account("LabBot")
	on := func(name string, l Local) {
		a := b.account(name)
		if !slices.ContainsFunc(a.Locals, func(x Local) bool { return x.Wiki == l.Wiki }) {
			a.Locals = append(a.Locals, l)
		}
	}
	on("PlainPat", Local{Wiki: "enwiki", ID: 7076, Registration: time.Unix(1, 0)})
	on("OrgAnna", Local{Wiki: "enwiki", ID: 7048, Registration: time.Unix(1, 0)})
	b.events[107] = &Event{ID: 107, Name: "Cancelled Meetup", Wiki: "metawiki", Deleted: true,
		Start: time.Unix(1e9, 0), End: time.Unix(1e9+1, 0)}
}

func (b *datasetBuilder) dataset() *Dataset {
	d := &Dataset{}
	for _, name := range slices.Sorted(maps.Keys(b.accounts)) {
		a := b.accounts[name]
		for _, rev := range slices.Sorted(maps.Keys(b.edits[name])) {
			a.Locals[0].Edits = append(a.Locals[0].Edits, b.edits[name][rev])
		}
		d.Accounts = append(d.Accounts, *a)
	}
	for _, id := range slices.Sorted(maps.Keys(b.events)) {
		e := b.events[id]
		for _, k := range slices.Sorted(maps.Keys(b.parts[id])) {
			e.Participants = append(e.Participants, b.parts[id][k])
		}
		for _, k := range slices.Sorted(maps.Keys(b.orgs[id])) {
			e.Organizers = append(e.Organizers, b.orgs[id][k])
		}
		slices.SortFunc(e.Organizers, func(x, y Organizer) int { return cmp.Compare(x.ID, y.ID) })
		d.Events = append(d.Events, *e)
	}
	return d
}

// decode reads a body as captures are read.
func decode(t *testing.T, r io.Reader) any {
	t.Helper()
	d := json.NewDecoder(r)
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("not JSON: %v", err)
	}
	return v
}
