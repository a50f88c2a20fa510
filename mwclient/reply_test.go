package mwclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
)

// TestWarnings: both shapes.
func TestWarnings(t *testing.T) {
	for _, test := range []struct{ body, want string }{
		{`{"warnings":{"query":{"warnings":"Unrecognized value for parameter \"list\": nope"}}}`, `Unrecognized value for parameter "list": nope`},
		{`{"warnings":{"main":{"*":"The value passed is deprecated.\nUnrecognized parameter: 'foo'"}}}`, `Unrecognized parameter: 'foo'`},
		{`{"warnings":{"usercontribs":{"warnings":"Too many values supplied for parameter 'ucuser': the limit is 50"}}}`, `Too many values supplied for parameter 'ucuser': the limit is 50`},
		{`{"warnings":[{"code":"deprecation","text":"Old."},{"code":"unrecognizedvalues","text":"Unbekannt","module":"query+usercontribs"}]}`, "Unbekannt"},
		{`{"warnings":[{"code":"deprecation","text":"Unrecognized value"}]}`, ""},
		{`{"warnings":{"main":{"warnings":"Subscribe to the mailing list"}}}`, ""},
		{`{"warnings":[]}`, ""}, {`{"warnings":null}`, ""}, {`{"warnings":"odd"}`, ""}, {`{}`, ""},
	} {
		var r reply
		if err := jsonv2.Unmarshal([]byte(test.body), &r, lenient()); err != nil {
			t.Errorf("%s: %v", test.body, err)
		}
		if got := r.Warnings.dropped(); got != test.want {
			t.Errorf("%s: %q, want %q", test.body, got, test.want)
		}
	}
	// What the captured wikis said.
	for name, want := range map[string]string{"unknown_list": "Unrecognized value", "unrecognized_param": "Unrecognized parameter: foo", "uc_bad_prop": `"ucprop": nonsense`} {
		var r reply
		if err := jsonv2.Unmarshal(loadCapture(t, name).Response.Body, &r, lenient()); err != nil || !strings.Contains(r.Warnings.dropped(), want) {
			t.Errorf("%s: %q, %v", name, r.Warnings.dropped(), err)
		}
	}
}

// TestPHP: what PHP makes of empty, missing and untyped things.
func TestPHP(t *testing.T) {
	body := `{"continue":[],"curtimestamp":null,"query":{"usercontribs":{},"users":[
		{"userid":"7","name":"A","editcount":null,"registration":"","groups":{},"centralids":[],"attachedlocal":[]},
		{"userid":8,"name":"B","missing":"","editcount":"12","registration":"20250110100000","groups":["x"],"centralids":{"CentralAuth":"9","CentralAuth":10},"attachedlocal":{"CentralAuth":""}}]}}`
	var r reply
	if err := jsonv2.Unmarshal([]byte(body), &r, lenient()); err != nil {
		t.Fatal(err)
	}
	a, b := r.Query.Users[0].local("w", "u"), r.Query.Users[1].local("w", "u")
	if a.ID != 7 || a.Missing || a.EditCount != 0 || !a.Registration.IsZero() || a.CentralID != 0 {
		t.Errorf("got %+v", a)
	}
	if b.ID != 8 || !b.Missing || b.EditCount != 12 || b.Registration.IsZero() || b.CentralID != 10 || len(b.Groups) != 1 {
		t.Errorf("got %+v", b)
	}
	if r.Continue.String() != "" || r.Query.Contributions != nil {
		t.Errorf("got %+v", r)
	}
}

// stdRow is a contribution as encoding/json reads it: the check on the reader
// by tokens, and its peer in the benchmark.
type stdRow struct {
	UserID    int64     `json:"userid"`
	User      string    `json:"user"`
	RevID     int64     `json:"revid"`
	Namespace int       `json:"ns"`
	Timestamp time.Time `json:"timestamp"`
	Tags      []string  `json:"tags"`
}

type stdReply struct {
	Continue map[string]any `json:"continue"`
	Query    struct {
		Contributions []stdRow `json:"usercontribs"`
	} `json:"query"`
}

func (row stdRow) contribution() Contribution {
	c := Contribution{UserID: row.UserID, User: row.User, RevID: row.RevID, Namespace: row.Namespace, Timestamp: row.Timestamp}
	for _, tag := range row.Tags {
		c.Reverted = c.Reverted || tag == tagReverted
	}
	return c
}

// TestRowsAgree: the reader by tokens reads the captured rows as encoding/json
// does.
func TestRowsAgree(t *testing.T) {
	names, err := filepath.Glob(captureDir + "/uc_*.json")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, path := range names {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		if strings.HasSuffix(name, "_fv1") || name == "uc_bad_prop" || name == "uc_gzip" { // the last is compressed
			continue
		}
		body := loadCapture(t, name).Response.Body
		var want stdReply
		if json.Unmarshal(body, &want) != nil {
			t.Errorf("%s: encoding/json cannot read it", name)
		}
		var got reply
		if err := jsonv2.Unmarshal(body, &got, lenient()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(got.Query.Contributions) != len(want.Query.Contributions) {
			t.Fatalf("%s: %d rows, want %d", name, len(got.Query.Contributions), len(want.Query.Contributions))
		}
		for i, row := range want.Query.Contributions {
			if got.Query.Contributions[i] != row.contribution() {
				t.Errorf("%s: row %d is %+v, want %+v", name, i, got.Query.Contributions[i], row)
			}
			rows++
		}
		for key, value := range want.Continue {
			if got.Continue[key] != fmt.Sprint(value) {
				t.Errorf("%s: continue %v, want %v", name, got.Continue, want.Continue)
			}
		}
	}
	if rows < 1500 {
		t.Errorf("only %d rows compared", rows)
	}
}

func TestISOTime(t *testing.T) {
	for _, text := range []string{"2025-01-10T10:00:00Z", "2024-02-29T23:59:59Z", "1970-01-01T00:00:01Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"} {
		want, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := isoTime([]byte(text)); !ok || got != want {
			t.Errorf("%s: %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z", "2025-01-01T24:00:00Z", "2025-01-01T00:60:00Z", "2025-01-01T00:00:60Z", "2025-01-01 00:00:00Z", "2025-01-01T00:00:00+", "202x-01-01T00:00:00Z"} {
		if got, ok := isoTime([]byte(text)); ok {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// FuzzReply: no answer of the Action API panics, and rows agree with encoding/json.
func FuzzReply(f *testing.F) {
	names, err := filepath.Glob(captureDir + "/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range names {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		var c capture
		if json.Unmarshal(text, &c) == nil && len(c.Response.Body) < 20_000 {
			f.Add([]byte(c.Response.Body))
		}
	}
	f.Add([]byte(`{"query":{"usercontribs":[{"user":"a","timestamp":"2025-01-01T00:00:00Z","tags":["mw-reverted"]},7]}}`))
	f.Add([]byte(`{"continue":{"a":1,"b":{},"c":null,"d":"\ud800"},"sitematrix":{"0":{"site":[{"url":"http://[","dbname":"x"}]}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		apiErrorIn(body)
		var r reply
		if err := jsonv2.Unmarshal(body, &r, lenient()); err != nil {
			return
		}
		_ = r.Continue.String()
		_ = r.Warnings.dropped()
		for _, row := range r.Query.Users {
			row.local("w", "u")
		}
		if g := r.Query.GlobalUserInfo; g != nil {
			g.account(time.Now())
		}
		if r.Matrix != nil {
			readMatrix(r.Matrix)
		}
		var want stdReply
		if json.Unmarshal(body, &want) != nil || bytes.Contains(body, []byte(`\u`)) {
			return
		}
		for i, row := range want.Query.Contributions {
			if i < len(r.Query.Contributions) && row.RevID != 0 && r.Query.Contributions[i].RevID != row.RevID &&
				bytes.Count(body, []byte(`"usercontribs"`)) == 1 && bytes.Count(body, []byte(`"revid"`)) == len(want.Query.Contributions) {
				t.Errorf("row %d: %+v, want %+v", i, r.Query.Contributions[i], row)
			}
		}
	})
}

// FuzzREST: no answer of the REST API panics.
func FuzzREST(f *testing.F) {
	for _, name := range []string{"event_get_arabic", "event_get_deleted", "event_get_not_int", "rest_wrong_method", "participants_anon_walk_page04", "organizers_nasty"} {
		f.Add([]byte(loadCapture(f, name).Response.Body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var e eventRow
		if jsonv2.Unmarshal(body, &e, lenient()) == nil {
			if event, err := e.event(); err == nil && event.End.Before(event.Start) {
				t.Errorf("%+v", event)
			}
		}
		var people []participantRow
		if jsonv2.Unmarshal(body, &people, lenient()) == nil {
			for _, row := range people {
				row.participant()
			}
		}
		var organizers []organizerRow
		_ = jsonv2.Unmarshal(body, &organizers, lenient())
		(&exchange{bearer: true}).refusal(body)
	})
}
