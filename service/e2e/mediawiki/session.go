package mediawiki

import (
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
)

// Session is a user's browser: its cookies, and nothing else. An anonymous one
// has no name.
type Session struct {
	Name string

	wiki   *Wiki
	client *http.Client
	token  string // csrf; empty until asked for
}

// APIError is an error that the wiki answered.
type APIError struct {
	Code string `json:"code"`
	Info string `json:"info"`
}

func (e *APIError) Error() string { return fmt.Sprintf("the wiki answered %q: %s", e.Code, e.Info) }

// Anonymous returns a session that is not logged in.
func (w *Wiki) Anonymous(t testing.TB) *Session {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Session{wiki: w, client: &http.Client{Jar: jar}}
}

// Admin logs the administrator in.
func (w *Wiki) Admin(t testing.TB) *Session {
	t.Helper()
	return w.Login(t, adminUser, password)
}

// Login logs a user in.
func (w *Wiki) Login(t testing.TB, name, password string) *Session {
	t.Helper()
	s := w.Anonymous(t)
	var answer struct {
		ClientLogin struct{ Status, Message, Username string }
	}
	s.must(t, url.Values{
		"action": {"clientlogin"}, "username": {name}, "password": {password},
		"loginreturnurl": {w.URL}, "logintoken": {s.newToken(t, "login")},
	}, &answer)
	if answer.ClientLogin.Status != "PASS" {
		t.Fatalf("log %s in: %+v", name, answer.ClientLogin)
	}
	s.Name = answer.ClientLogin.Username
	return s
}

// CreateAccount creates an account, as people do for themselves, and logs it in.
// All accounts have the password AdminPassword.
func (w *Wiki) CreateAccount(t testing.TB, name string) *Session {
	t.Helper()
	s := w.Anonymous(t)
	var answer struct {
		CreateAccount struct{ Status, Message, Username string }
	}
	s.must(t, url.Values{
		"action": {"createaccount"}, "username": {name}, "password": {password}, "retype": {password},
		"createreturnurl": {w.URL}, "createtoken": {s.newToken(t, "createaccount")},
	}, &answer)
	if answer.CreateAccount.Status != "PASS" {
		t.Fatalf("create %s: %+v", name, answer.CreateAccount)
	}
	return w.Login(t, answer.CreateAccount.Username, password)
}

// Cookies returns the session's cookies, for a browser.
func (s *Session) Cookies(t testing.TB) []*http.Cookie {
	t.Helper()
	u, err := url.Parse(s.wiki.URL)
	if err != nil {
		t.Fatal(err)
	}
	return s.client.Jar.Cookies(u)
}

// newToken asks for a token of a kind.
func (s *Session) newToken(t testing.TB, kind string) string {
	t.Helper()
	var answer struct {
		Query struct{ Tokens map[string]string }
	}
	s.must(t, url.Values{"action": {"query"}, "meta": {"tokens"}, "type": {kind}}, &answer)
	token := answer.Query.Tokens[kind+"token"]
	if token == "" {
		t.Fatalf("no %s token: %+v", kind, answer)
	}
	return token
}

// Call asks the Action API and decodes its answer into dst, unless that is nil.
// An action that needs a csrf token gets one. The error is an *APIError where
// the wiki refuses.
func (s *Session) Call(t testing.TB, params url.Values, dst any) error {
	t.Helper()
	if needsToken(params.Get("action")) && !params.Has("token") {
		if s.token == "" {
			s.token = s.newToken(t, "csrf")
		}
		params = clone(params)
		params.Set("token", s.token)
	}
	return s.send(t, params, "", "", dst)
}

// must is Call that ends the test on an error.
func (s *Session) must(t testing.TB, params url.Values, dst any) {
	t.Helper()
	if err := s.Call(t, params, dst); err != nil {
		t.Fatalf("%s as %q: %v", params.Get("action"), s.Name, err)
	}
}

func needsToken(action string) bool {
	switch action {
	case "query", "parse", "clientlogin", "createaccount", "rollback", "userrights", "help", "compare":
		return false // or has a token of its own
	}
	return true
}

func clone(v url.Values) url.Values {
	c := make(url.Values, len(v))
	for k := range v {
		c[k] = v[k]
	}
	return c
}

// send posts to api.php, with a file where field is set.
func (s *Session) send(t testing.TB, params url.Values, field, file string, dst any) error {
	t.Helper()
	params = clone(params)
	if s.Name != "" {
		params.Set("assertuser", s.Name) // never as an address by mistake
	}
	params.Set("format", "json")
	params.Set("formatversion", "2")
	var body strings.Builder
	contentType := "application/x-www-form-urlencoded"
	if field == "" {
		body.WriteString(params.Encode())
	} else {
		form := multipart.NewWriter(&body)
		for name := range params {
			if err := form.WriteField(name, params.Get(name)); err != nil {
				return err
			}
		}
		part, err := form.CreateFormFile(field, "file.xml")
		if err != nil {
			return err
		}
		if _, err := io.WriteString(part, file); err != nil {
			return err
		}
		if err := form.Close(); err != nil {
			return err
		}
		contentType = form.FormDataContentType()
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.wiki.API, strings.NewReader(body.String()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	var failed struct{ Error *APIError }
	if err := json.Unmarshal(text, &failed); err != nil {
		return fmt.Errorf("%s answered %s, not JSON: %.500s", s.wiki.API, resp.Status, text)
	}
	if failed.Error != nil {
		return failed.Error
	}
	if dst == nil {
		return nil
	}
	if err := json.Unmarshal(text, dst); err != nil {
		return fmt.Errorf("%w in %.500s", err, text)
	}
	return nil
}

// pageEscape escapes a title for a path as MediaWiki does, slashes and colons kept.
func pageEscape(title string) string {
	escaped := url.PathEscape(strings.ReplaceAll(title, " ", "_"))
	return strings.NewReplacer("%2F", "/", "%3A", ":").Replace(escaped)
}
