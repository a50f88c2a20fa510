package mwclient

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// editWiki answers as MediaWiki 1.43.9 does, as far as an editor asks. Real ones
// are in service/publish; this one sees what is sent, and breaks off.
type editWiki struct {
	mu      sync.Mutex
	posts   []*http.Request
	bodies  []string
	answers []string // of edits in turn; "" breaks the connection, the last stays
	to      string   // where edits are redirected to; empty: nowhere
}

func (s *editWiki) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Query().Get("meta") == "tokens|userinfo" {
		io.WriteString(w, `{"batchcomplete":true,"query":{"tokens":{"csrftoken":"abc+\\"},"userinfo":{"id":3,"name":"Bot Person","rights":["edit","bot"]}}}`)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts, s.bodies = append(s.posts, r), append(s.bodies, string(body))
	if s.to != "" {
		http.Redirect(w, r, s.to, http.StatusTemporaryRedirect)
		return
	}
	answer := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	if answer == "" {
		conn, _, _ := http.NewResponseController(w).Hijack()
		conn.Close()
		return
	}
	io.WriteString(w, answer)
}

func newEditor(t *testing.T, s *editWiki) *Editor {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	c, err := New(Options{Clock: newClock(), MaxRetries: 3, Tokens: map[string]string{strings.TrimPrefix(server.URL, "http://"): "owner.only"}})
	if err != nil {
		t.Fatal(err)
	}
	w, err := c.Wiki(t.Context(), server.URL+"/w/api.php")
	if err != nil {
		t.Fatal(err)
	}
	e, err := w.Editor(t.Context(), BotPassword{})
	if err != nil {
		t.Fatal(err)
	}
	if e.Name != "Bot Person" || !e.Bot {
		t.Fatalf("%+v", e)
	}
	return e
}

// TestSaveSends: the bearer token, the csrf token in the body, what makes an edit
// safe, and no promise that it only reads.
func TestSaveSends(t *testing.T) {
	s := &editWiki{answers: []string{`{"edit":{"result":"Success","pageid":1,"title":"A","oldrevid":7,"newrevid":8}}`}}
	e := newEditor(t, s)
	long := strings.Repeat("x", 9000) // go-mwclient sends it as multipart
	for text, base := range map[string]PageText{"short": {Title: "A", Revision: 7}, long: {Title: "New"}} {
		rev, err := e.Save(t.Context(), Edit{Base: base, Text: text, Summary: "why"})
		if err != nil || rev != 8 {
			t.Fatalf("%d, %v", rev, err)
		}
		r, body := s.posts[len(s.posts)-1], s.bodies[len(s.bodies)-1]
		if r.Method != http.MethodPost || r.URL.RawQuery != "" || r.Header.Get("Authorization") != "Bearer owner.only" || r.Header.Get("Promise-Non-Write-API-Action") != "" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		names := []string{"baserevid", "basetimestamp", "nocreate"}
		if base.Revision == 0 {
			names = []string{"createonly"}
		}
		for _, name := range append(names, "token", "maxlag", "assert", "assertuser", "bot", "summary", "starttimestamp") {
			if !strings.Contains(body, name+"=") && !strings.Contains(body, `name="`+name+`"`) {
				t.Errorf("an edit of revision %d lacks %s: %.300s", base.Revision, name, body)
			}
		}
		if base.Revision != 0 == strings.Contains(body, "createonly") {
			t.Errorf("an edit of revision %d: %.300s", base.Revision, body)
		}
	}
}

// TestSaveTriesAgain: a try that broke off may have been saved. The next one has
// the same base and text, which the wiki then calls no change.
func TestSaveTriesAgain(t *testing.T) {
	s := &editWiki{answers: []string{"", `{"errors":[{"code":"maxlag","text":"Waiting"}]}`, `{"edit":{"result":"Success","nochange":true}}`}}
	rev, err := newEditor(t, s).Save(t.Context(), Edit{Base: PageText{Title: "A", Revision: 7}, Text: "a"})
	if err != nil || rev != 0 || len(s.bodies) != 3 || s.bodies[0] != s.bodies[2] {
		t.Errorf("%d, %v after %q", rev, err, s.bodies)
	}
}

func TestSaveFollowsNoRedirect(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	_, err := newEditor(t, &editWiki{to: other.URL + "/w/api.php"}).Save(t.Context(), Edit{Base: PageText{Title: "A", Revision: 7}, Text: "a"})
	var response *ResponseError
	if !errors.As(err, &response) || elsewhere > 0 {
		t.Errorf("%v, %d requests elsewhere", err, elsewhere)
	}
}

func TestRefusals(t *testing.T) {
	for code, want := range map[string]error{
		"editconflict": ErrEditConflict, "articleexists": ErrEditConflict, "missingtitle": ErrEditConflict,
		"protectedpage": ErrProtected, "cascadeprotected": ErrProtected, "protectednamespace-interface": ErrProtected,
		"blocked": ErrBlocked, "autoblocked": ErrBlocked, "badtoken": ErrLogin, "assertuserfailed": ErrLogin, "assertnameduserfailed": ErrLogin,
		"mwoauth-invalid-authorization": ErrLogin, "permissiondenied": ErrForbidden, "abusefilter-disallowed": ErrForbidden, "spamblacklist": ErrForbidden,
	} {
		s := &editWiki{answers: []string{`{"errors":[{"code":"` + code + `","text":"No."}]}`}}
		_, err := newEditor(t, s).Save(t.Context(), Edit{Base: PageText{Title: "A", Revision: 7}, Text: "a"})
		var api *APIError
		if !errors.Is(err, want) || !errors.As(err, &api) || api.Code != code {
			t.Errorf("%s: %v, want %v", code, err, want)
		}
	}
	s := &editWiki{answers: []string{`{"edit":{"result":"Failure","captcha":{"type":"image"}}}`}}
	if _, err := newEditor(t, s).Save(t.Context(), Edit{Base: PageText{Title: "A"}, Text: "a"}); !errors.Is(err, ErrForbidden) {
		t.Errorf("a captcha: %v", err)
	}
}
