package fakewiki

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// reader is a small polite client for the tests of this package: it tries again
// whatever may pass, and follows what the wiki says.
type reader struct {
	t     testing.TB
	farm  *Farm
	tries int // for each request; 0: one
	agent string
}

func date(s string) time.Time {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		panic(err)
	}
	return t
}

// answer is what the tests read of an answer of the Action API.
type answer struct {
	Error *struct {
		Code, Info string
	}
	Continue map[string]string
	Warnings map[string]struct{ Warnings string }
	Limits   map[string]int
	Query    struct {
		UserContribs   []contribution
		Users          []map[string]any
		GlobalUsers    []map[string]any
		GlobalUserInfo map[string]any
		LogEvents      []map[string]any
		General        map[string]any
		Pages          []map[string]any
		Redirects      []map[string]any
		Normalized     []map[string]any
	}
}

type contribution struct {
	UserID, RevID, ParentID int64
	User, Title             string
	Timestamp               time.Time
	NS                      int
	New, Minor              bool
	Tags                    []string
}

// send sends a request once and reads the whole body; ok is false where a polite
// client would try again.
func (r *reader) send(method, address, body string) (res *http.Response, data []byte, ok bool) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("User-Agent", r.agent)
	res, err = http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, false
	}
	defer res.Body.Close()
	data, err = io.ReadAll(io.LimitReader(res.Body, 4<<20))
	ok = err == nil && len(data) < 4<<20 && res.StatusCode != 429 && res.StatusCode != 503
	return res, data, ok
}

// api calls a wiki's Action API by POST and tries again where that may help.
func (r *reader) api(db string, q url.Values) answer {
	r.t.Helper()
	for k, v := range map[string]string{"action": "query", "format": "json", "formatversion": "2"} {
		if !q.Has(k) {
			q.Set(k, v)
		}
	}
	for range max(r.tries, 1) {
		res, data, ok := r.send(http.MethodPost, r.farm.URL(db)+apiPath, q.Encode())
		var a answer
		if !ok || json.Unmarshal(data, &a) != nil {
			continue
		}
		if a.Error != nil && r.tries > 1 && slices.Contains([]string{"maxlag", "ratelimited", "readonly"}, a.Error.Code) {
			continue
		}
		if r.tries > 1 && q.Get("uccontinue") != "" && a.Continue["uccontinue"] == q.Get("uccontinue") {
			continue // it would go round in circles
		}
		if a.Error != nil && res.Header.Get("MediaWiki-API-Error") != a.Error.Code {
			r.t.Errorf("header names the error %q, the body %q", res.Header.Get("MediaWiki-API-Error"), a.Error.Code)
		}
		return a
	}
	r.t.Fatalf("%s: no good answer to %v", db, q)
	return answer{}
}

// contributions reads all edits of local users, fifty a request, to the end.
func (r *reader) contributions(db string, ids []int64, extra url.Values) []contribution {
	r.t.Helper()
	var out []contribution
	for len(ids) > 0 {
		n := min(50, len(ids))
		q := url.Values{"list": {"usercontribs"}, "uclimit": {"max"}, "ucprop": {"ids|title|timestamp|tags|flags"},
			"ucuserids": {joinIDs(ids[:n])}}
		for k, v := range extra {
			q[k] = v
		}
		ids = ids[n:]
		for {
			a := r.api(db, q)
			if a.Error != nil {
				r.t.Fatalf("%v: %+v", q, a.Error)
			}
			out = append(out, a.Query.UserContribs...)
			if len(a.Continue) == 0 {
				break
			}
			for k, v := range a.Continue {
				q.Set(k, v)
			}
		}
	}
	return out
}

func joinIDs(ids []int64) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(out, "|")
}

type participantRow struct {
	ParticipantID    int64  `json:"participant_id"`
	UserID           int64  `json:"user_id"`
	UserRegisteredAt string `json:"user_registered_at"`
	UserName         string `json:"user_name"`
	Private          bool
	Hidden           bool
	NotFound         bool `json:"not_found"`
}

// participants reads an event's list to the end.
func (r *reader) participants(db string, event int64) []participantRow {
	r.t.Helper()
	var out []participantRow
	for last := int64(0); ; {
		var page []participantRow
		good := false
		for range max(r.tries, 1) {
			_, data, ok := r.send(http.MethodGet, r.farm.URL(db)+restPath+campaignPath+"event_registration/"+
				strconv.FormatInt(event, 10)+"/participants?include_private=false&last_participant_id="+strconv.FormatInt(last, 10), "")
			if good = ok && json.Unmarshal(data, &page) == nil; good {
				break
			}
		}
		if !good {
			r.t.Fatalf("no good answer after participant %d", last)
		}
		if len(page) == 0 {
			return out
		}
		out = append(out, page...)
		last = page[len(page)-1].ParticipantID
	}
}

// locals returns the local ids of all accounts on a wiki, in order.
func (f *Farm) localIDs(db string) []int64 {
	var out []int64
	for _, ref := range f.pop.wiki(db).locals {
		out = append(out, ref.id)
	}
	return out
}
