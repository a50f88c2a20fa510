package fakewiki

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// deviation is a place where the farm answers otherwise than the captured wiki,
// and why. Values there may differ, types not; "-" before the path says that the
// members may differ too.
type deviation struct{ path, why string }

// contract is what is known about one capture besides its request: the token it
// was taken with (the captures keep none), a fault that must be set, and where the
// farm deviates.
type contract struct {
	as      string // key in Spec.Tokens; "cookie:KEY" for a session
	fault   Kind
	early   bool // taken before an account was renamed, which others were after
	deviate []deviation
}

const (
	ownRows  = "the captures do not tell everybody's edits and counts"
	ownPages = "the farm numbers its pages itself"
)

// contracts lists every capture in testdata/captures.
func contracts() map[string]contract {
	plain := contract{}
	blocks := []deviation{{"query.users[].blockedtimestamp", "the farm blocks a day ago"},
		{"query.users[].blockedtimestampformatted", "the farm blocks a day ago"}}
	c := map[string]contract{
		// Who asks.
		"api_authonly":                        {as: "authonly"},
		"api_authonly_usercontribs":           {as: "authonly"},
		"api_old_token_after_refresh":         {as: "dead"},
		"api_userinfo_bearer":                 {as: "pat"},
		"api_userinfo_bearer_enwiki":          {as: "pat"},
		"assert_bot_failed":                   {as: "pat"},
		"assertuser_ok":                       {as: "pat"},
		"assertuser_wrong":                    {as: "pat"},
		"bearer_bad_sig":                      {as: "dead"},
		"bearer_crossorigin":                  {as: "pat"},
		"bearer_expired_api":                  {as: "dead"},
		"bearer_expired_rest":                 {as: "dead"},
		"bearer_no_local_account_enwiki":      {as: "quinn"},
		"bearer_no_local_account_enwiki_rest": {as: "quinn"},
		"bearer_with_origin_star":             {as: "pat"},
		"readonly_read_ok":                    {as: "pat"},
		"uc_hidden_user_bot":                  {as: "anna"},
		"userinfo_bearer": {as: "pat", deviate: []deviation{{"-query.userinfo.ratelimits",
			"the farm has one rate limit, of edit"}}},
		// Private registrations.
		"participants_20_walk_page01":                            {as: "cookie:anna"},
		"participants_20_walk_page02":                            {as: "cookie:anna"},
		"participants_bearer_organizer_private":                  {as: "anna"},
		"participants_bearer_organizer_private_with_extra_grant": {as: "organize"},
		"participants_bearer_plain":                              {as: "pat"},
		"participants_coorganizer_private":                       {as: "cookie:bilal"},
		"participants_enmonth_private_from_en":                   {as: "cookie:anna"},
		"participants_enmonth_private_from_meta_organizer":       {as: "cookie:anna"},
		"participants_organizer_private_p1":                      {as: "cookie:anna"},
		"participants_other_organizer_private":                   {as: "cookie:bilal"},
		"participants_plain_private_refused":                     {as: "cookie:pat"},
		"participants_sysop_private_refused":                     {as: "cookie:admin"},
		"participants_self_get":                                  {as: "cookie:pat"},
		"organizer_events_self":                                  {as: "cookie:anna"},
		"participant_events_self":                                {as: "cookie:pat"},
		// Edits are refused by the farm; their answers are the shapes of faults.
		"ratelimited_edit": {fault: RateLimited},
		"readonly_edit": {fault: ReadOnly, deviate: []deviation{{"error.readonlyreason",
			"the reason is the wiki's own"}}},
		// The rest.
		"siteinfo":             {deviate: []deviation{{"-query.statistics", ownRows}}},
		"query_pageinfo_event": {deviate: []deviation{{"query.pages[].pageid", ownPages}, {"query.pages[].lastrevid", ownPages}, {"query.pages[].touched", ownPages}}},
		"logevents_gblrename": {deviate: []deviation{{"query.logevents[].logid", ownPages},
			{"query.logevents[].comment", "the reason is the wiki's own"}}},
		"logevents_renameuser": {deviate: []deviation{{"query.logevents[].logid", ownPages}, {"query.logevents[].params.edits", ownRows},
			{"query.logevents[].comment", "the reason is the wiki's own"}}},
		"users_50":        {deviate: blocks},
		"users_edge_only": {deviate: blocks},
	}
	for i := 1; i <= 8; i++ {
		c[fmt.Sprintf("participants_organizer_walk_page%02d", i)] = contract{as: "cookie:anna", early: i == 5}
	}
	c["participants_anon_walk_page04"] = contract{early: true}
	for _, name := range strings.Fields(`assert_user_failed bearer_bad bearer_basic_scheme bearer_empty event_get_arabic
		event_get_deleted event_get_empty event_get_enmonth event_get_enmonth_from_enwiki event_get_libraries
		event_get_libraries_from_enwiki event_get_nasty event_get_negative event_get_nonexistent event_get_not_int
		event_get_overflow event_get_training event_get_women event_get_zero event_list_none globaluserinfo
		globaluserinfo_hidden globaluserinfo_id globaluserinfo_locked globaluserinfo_missing globaluserinfo_nullreg
		globaluserinfo_vanished maxlag_error maxlag_error_plaintext maxlag_errorformat_html maxlag_ok organizer_events_anon
		organizers_arabic organizers_deleted organizers_empty organizers_enmonth organizers_libraries organizers_nasty
		organizers_training organizers_women participant_events_anon participants_anon_include_private_0
		participants_anon_include_private_bad participants_anon_include_private_empty participants_anon_p1
		participants_anon_private_refused participants_anon_walk_page01 participants_anon_walk_page02
		participants_anon_walk_page03 participants_anon_walk_page05
		participants_anon_walk_page06 participants_anon_walk_page07 participants_bad_last_id participants_bearer_bad
		participants_deleted_event participants_empty_event participants_enmonth_from_en participants_enmonth_from_meta
		participants_exactly_20 participants_exclude_users participants_limit_ignored participants_no_include_private
		participants_nonexistent participants_past_end participants_self_anon participants_uselang_ar
		participants_username_filter participants_username_filter_empty participants_username_filter_nomatch rest_maxlag
		rest_unknown_route rest_wrong_method uc_500_labbot uc_50_editors_p01 uc_50_editors_p02 uc_50_editors_p03
		uc_50_newcomers_p1 uc_51_users_too_many uc_bad_prop uc_bad_ts uc_blocked uc_empty uc_errorformat_plaintext uc_gzip
		uc_hidden_user uc_invalid_user uc_ip uc_mixed_missing uc_none uc_nonexistent_user uc_one_user uc_one_user_fv1
		uc_prefix uc_range_ns uc_range_wrong_order uc_renamed_new uc_renamed_old uc_revdeleted_scan uc_show_new_top
		uc_tag_reverted uc_underscored_lowercase uc_userids uc_usernames_special uc_vanished unknown_action unknown_list
		unrecognized_param uri_too_long userinfo_anon users_51 users_attachedwiki users_dup users_edge_only_fv1
		users_ids users_post`) {
		c[name] = plain
	}
	return c
}

// checkedHeaders are those that a reader may act on.
var checkedHeaders = []string{"Content-Type", "MediaWiki-API-Error", "Retry-After", "X-Database-Lag", "Allow",
	"MediaWiki-Login-Suppressed", "Access-Control-Allow-Origin", "Content-Encoding", "X-Content-Type-Options",
	"X-Frame-Options", "Content-Disposition"}

func TestContract(t *testing.T) {
	captures := readCaptures(t, "captures")
	table := contracts()
	for name := range table {
		if captures[name] == nil {
			t.Errorf("the table lists %s, which is not in testdata/captures", name)
		}
	}
	f, err := New(capturedFarm(t, captures))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range slices.Sorted(maps.Keys(captures)) {
		t.Run(name, func(t *testing.T) {
			k, ok := table[name]
			if !ok {
				t.Fatal("not in the table")
			}
			replay(t, f, captures[name], k)
		})
	}
}

// replay asks the farm what the capture asked and compares the answers.
func replay(t *testing.T, f *Farm, c *capture, k contract) {
	body := c.Request.Body
	if k.early {
		now := f.Now()
		f.SetNow(now.Add(-time.Hour))
		defer f.SetNow(now)
	}
	if k.fault != "" {
		f.SetFaults(Faults{Rules: []Rule{{Kind: k.fault, First: 1}}})
		defer f.SetFaults(Faults{})
	}
	res := ask(t, f, c, k, body)
	defer res.Body.Close()
	if got, want := res.StatusCode, c.Response.Status[:3]; fmt.Sprint(got) != want {
		t.Errorf("status %d, captured %s", got, c.Response.Status)
	}
	compareHeaders(t, c, res.Header)
	if res.Header.Get("Content-Encoding") == "gzip" {
		checkGzip(t, res.Body)
		return
	}
	if s, ok := c.Response.Body.(string); ok {
		got, err := io.ReadAll(res.Body)
		if err != nil || string(got) != s {
			t.Errorf("body %q, captured %q (%v)", got, s, err)
		}
		return
	}
	comparison{t, k.deviate, strings.NewReplacer(capturedMeta, f.URL("metawiki"), capturedEn, f.URL("enwiki"))}.
		values("", c.Response.Body, decode(t, res.Body), false)
}

func ask(t *testing.T, f *Farm, c *capture, k contract, body string) *http.Response {
	t.Helper()
	address := strings.NewReplacer(capturedMeta, f.URL("metawiki"), capturedEn, f.URL("enwiki")).Replace(c.Request.URL)
	req, err := http.NewRequestWithContext(t.Context(), c.Request.Method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range c.Request.Headers {
		name, value, _ := strings.Cut(h, ": ")
		if !strings.Contains(value, "<") {
			req.Header.Set(strings.TrimSuffix(name, ":"), value)
		}
	}
	if key, ok := strings.CutPrefix(k.as, "cookie:"); ok {
		req.AddCookie(&http.Cookie{Name: "session", Value: key})
	} else if k.as != "" {
		req.Header.Set("Authorization", "Bearer "+k.as)
	}
	if req.Header.Get("Accept-Encoding") == "" {
		req.Header.Set("Accept-Encoding", "identity") // else Go asks for gzip itself
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func compareHeaders(t *testing.T, c *capture, got http.Header) {
	t.Helper()
	want := http.Header{}
	for _, h := range c.Response.Headers {
		name, value, _ := strings.Cut(h, ": ")
		want.Add(name, value)
	}
	for _, name := range checkedHeaders {
		if name == "X-Content-Type-Options" && c.name == "uri_too_long" {
			continue // nginx sends none; a browser is not what reads the farm
		}
		if !strings.EqualFold(got.Get(name), want.Get(name)) {
			t.Errorf("header %s: %q, captured %q", name, got.Get(name), want.Get(name))
		}
	}
}

// checkGzip reads a compressed answer; the captured bytes were spoiled on their
// way into the file.
func checkGzip(t *testing.T, r io.Reader) {
	t.Helper()
	z, err := gzip.NewReader(r)
	if err != nil {
		t.Fatal(err)
	}
	body := decode(t, z)
	if n := len(list(object(body, "query")["usercontribs"])); n != 500 {
		t.Errorf("%d rows, captured 500", n)
	}
}

// comparison compares decoded bodies.
type comparison struct {
	t       *testing.T
	deviate []deviation
	address *strings.Replacer
}

var index = regexp.MustCompile(`\[\d+\]`)

// values compares types and, unless loose, values; members must be the same.
func (c comparison) values(path string, want, got any, loose bool) {
	c.t.Helper()
	plain := strings.TrimPrefix(index.ReplaceAllString(path, "[]"), ".")
	for _, d := range c.deviate {
		if d.path == plain {
			loose = true
		}
		if d.path == "-"+plain {
			if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
				c.t.Errorf("%s: %T, captured %T", path, got, want)
			}
			return
		}
	}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			c.t.Errorf("%s: %T, captured an object", path, got)
			return
		}
		for k, v := range w {
			if _, has := g[k]; !has {
				c.t.Errorf("%s.%s: not there, captured %v", path, k, v)
				continue
			}
			c.values(path+"."+k, v, g[k], loose)
		}
		for k, v := range g {
			if _, has := w[k]; !has {
				c.t.Errorf("%s.%s: %v, not in the capture", path, k, v)
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			c.t.Errorf("%s: %T with %d elements, captured %d", path, got, len(g), len(w))
			return
		}
		for i := range w {
			c.values(fmt.Sprintf("%s[%d]", path, i), w[i], g[i], loose)
		}
	case string:
		g, ok := got.(string)
		if !ok || !loose && g != c.address.Replace(w) {
			c.t.Errorf("%s: %v, captured %q", path, got, w)
		}
	case json.Number:
		if g, ok := got.(json.Number); !ok || !loose && g != w {
			c.t.Errorf("%s: %v, captured %v", path, got, w)
		}
	default: // bool, nil
		if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) || !loose && want != got {
			c.t.Errorf("%s: %v, captured %v", path, got, want)
		}
	}
}

// TestContractEventPage compares the two places of an event's page that tell its
// number, which is what the capture kept.
func TestContractEventPage(t *testing.T) {
	captured, err := os.ReadFile("testdata/captures/event_page.html")
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(capturedFarm(t, readCaptures(t, "captures")))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	page := get(t, f.URL("metawiki")+"/wiki/Event:Wiki_Loves_Libraries_2025")
	for _, pattern := range []string{`RLCONF=\{`, `"wgCampaignEventsEventID":101,`, `"wgPageName":"Event:Wiki_Loves_Libraries_2025"`,
		`"wgNamespaceNumber":1728,`, `"wgTitle":"Wiki Loves Libraries 2025"`, `href='/wiki/Special:EventDetails/101' rel='nofollow'`,
		`"wgCampaignEventsParticipantIsPublic":null`} {
		re := regexp.MustCompile(pattern)
		if !re.Match(captured) {
			t.Errorf("the capture lacks %s", pattern)
		}
		if !re.Match(page) {
			t.Errorf("the farm's page lacks %s", pattern)
		}
	}
	if !bytes.Contains(page, []byte(`rel="EditURI" type="application/rsd+xml" href="`+f.URL("metawiki")+`/w/api.php?action=rsd"`)) {
		t.Error("the farm's page lacks EditURI")
	}
}

// TestContractCanFail spoils one answer in each way that the comparison must see.
func TestContractCanFail(t *testing.T) {
	want := map[string]any{"a": json.Number("1"), "b": []any{"x", true}, "c": nil}
	for name, got := range map[string]any{
		"value": map[string]any{"a": json.Number("2"), "b": []any{"x", true}, "c": nil},
		"type":  map[string]any{"a": "1", "b": []any{"x", true}, "c": nil},
		"less":  map[string]any{"a": json.Number("1"), "b": []any{"x", true}},
		"more":  map[string]any{"a": json.Number("1"), "b": []any{"x", true}, "c": nil, "d": nil},
		"order": map[string]any{"a": json.Number("1"), "b": []any{true, "x"}, "c": nil},
		"count": map[string]any{"a": json.Number("1"), "b": []any{"x"}, "c": nil},
	} {
		inner := &testing.T{}
		comparison{inner, nil, strings.NewReplacer()}.values("", want, got, false)
		if !inner.Failed() {
			t.Errorf("a difference of %s went unseen", name)
		}
	}
}

// get reads a page that must be there.
func get(t *testing.T, address string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, res.Status, err)
	}
	return body
}
