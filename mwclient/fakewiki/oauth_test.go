package fakewiki

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

// browser goes through a login as a person does: it follows redirects until one
// leads to the client, and presses buttons.
type browser struct {
	t    *testing.T
	f    *Farm
	http *http.Client
	page string   // the last one
	url  *url.URL // its address
	back *url.URL // where the client was called; nil: not yet
}

func newBrowser(t *testing.T, f *Farm) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, f: f}
	b.http = &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), callback) {
			b.back = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}
	return b
}

func (b *browser) do(req *http.Request, err error) int {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	b.back = nil
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.page, b.url = string(text), res.Request.URL
	return res.StatusCode
}

func (b *browser) open(address string) int {
	b.t.Helper()
	return b.do(http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, nil))
}

// authorize opens the address that a client would send somebody to.
func (b *browser) authorize(client string, extra ...string) int {
	q := url.Values{"response_type": {"code"}, "client_id": {client}, "redirect_uri": {callback}, "state": {"a state"},
		"code_challenge": {challenged(verifier, false)}, "code_challenge_method": {"S256"}}
	for i := 0; i+1 < len(extra); i += 2 {
		q.Set(extra[i], extra[i+1])
		if extra[i+1] == "" {
			q.Del(extra[i])
		}
	}
	return b.open(b.f.URL("metawiki") + "/w/rest.php/oauth2/authorize?" + q.Encode())
}

// press sends the page's first form with one more value.
func (b *browser) press(name, value string) int {
	b.t.Helper()
	form := formOf.FindStringSubmatch(b.page)
	if form == nil {
		b.t.Fatalf("no form in %s", b.page)
	}
	values := url.Values{name: {value}}
	for _, m := range hiddenOf.FindAllStringSubmatch(b.page, -1) {
		values.Set(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	if name == "wpEditToken" {
		values.Set(name, value)
		values.Set("accept", "Allow")
	}
	to, err := b.url.Parse(html.UnescapeString(form[1]))
	if err != nil {
		b.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, to.String(), strings.NewReader(values.Encode()))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.do(req, err)
}

// tokens is the answer to a form sent to the token endpoint.
type tokens struct {
	status                       int
	Access, Refresh, Error, Hint string
}

func (b *browser) token(values ...string) tokens {
	b.t.Helper()
	form := url.Values{"client_secret": {clientSecret}}
	for i := 0; i+1 < len(values); i += 2 {
		form.Set(values[i], values[i+1])
	}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.f.URL("metawiki")+"/w/rest.php/oauth2/access_token", strings.NewReader(form.Encode()))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	status := b.do(req, err)
	var raw map[string]any
	if err := json.Unmarshal([]byte(b.page), &raw); err != nil {
		b.t.Fatal(err)
	}
	return tokens{status, text(raw["access_token"]), text(raw["refresh_token"]), text(raw["error"]), text(raw["hint"])}
}

func (b *browser) exchange(client string) tokens {
	b.t.Helper()
	if b.back == nil {
		b.t.Fatalf("the client was not called: %s", b.page)
	}
	return b.token("grant_type", "authorization_code", "code", b.back.Query().Get("code"), "redirect_uri", callback, "code_verifier", verifier, "client_id", client)
}

// get asks a path with a token.
func (b *browser) get(path, token string) (int, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.f.URL("metawiki")+path, nil)
	if err == nil {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return b.do(req, err), b.page
}

const (
	profilePath  = "/w/rest.php/oauth2/resource/profile"
	userInfoPath = "/w/api.php?action=query&meta=userinfo&format=json&formatversion=2"
)

func oauthFarm(t *testing.T) *Farm {
	t.Helper()
	local := func(block string) []Local {
		return []Local{{Wiki: "metawiki", Registration: date("2020-01-01"), Block: block}}
	}
	return start(t, Spec{CentralAuth: true, Wikis: []WikiSpec{{DB: "metawiki"}}, Consumers: testConsumers(), Exact: &Dataset{Accounts: []Account{
		{Name: "Ann", ID: 77, Locals: local("")}, {Name: "Blocked Bo", Locals: local("vandalism")},
		{Name: "Locked Lou", State: Locked, Locals: local("")}, {Name: "Hidden Hal", State: Hidden, Locals: local("")},
	}}})
}

// TestOAuthLogin goes the whole way: log in, Allow, code, token, profile; the
// second time nothing is asked of a client that only wants to know who it is.
func TestOAuthLogin(t *testing.T) {
	f := oauthFarm(t)
	b := newBrowser(t, f)
	b.authorize(authOnlyClient)
	if !strings.Contains(b.page, "<title>Log in") {
		t.Fatalf("not the login page: %s", b.page)
	}
	b.press("wpName", "Ann")
	if b.back != nil || !strings.Contains(b.page, "A test &lt;b&gt;client&lt;/b&gt;") {
		t.Fatalf("not the consent page: %s", b.page)
	}
	if b.press("wpEditToken", "stolen"); b.back != nil {
		t.Fatal("a forged form was taken")
	}
	b.press("accept", "Allow")
	if b.back == nil || b.back.Query().Get("state") != "a state" {
		t.Fatalf("back at %v", b.back)
	}
	got := b.exchange(authOnlyClient)
	if got.status != http.StatusOK || got.Refresh == "" {
		t.Fatalf("%+v", got)
	}
	if status, page := b.get(profilePath, got.Access); status != http.StatusOK || !strings.Contains(page, `"sub":"77","username":"Ann"`) {
		t.Errorf("profile: %d %s", status, page)
	}
	if _, page := b.get(userInfoPath, got.Access); !strings.Contains(page, "readapidenied") {
		t.Errorf("an authonly token reads: %s", page)
	}
	checkClaims(t, f, got.Access)
	if b.authorize(authOnlyClient); b.back == nil {
		t.Errorf("asked again: %s", b.page)
	}
	b.authorize(basicClient)
	b.press("accept", "Allow")
	reading := b.exchange(basicClient)
	if _, page := b.get(userInfoPath, reading.Access); !strings.Contains(page, `"name":"Ann"`) {
		t.Errorf("a token with basic does not read: %s", page)
	}
	if b.authorize(basicClient); b.back != nil {
		t.Error("a client with a real grant was not asked about again")
	}
}

func checkClaims(t *testing.T, f *Farm, token string) {
	t.Helper()
	body, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Sub, Iss string
		Iat, Exp float64
		Scopes   []string
	}
	if err := json.Unmarshal(body, &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Sub != "77" || claims.Iss != f.URL("metawiki") || int(claims.Exp-claims.Iat) != 3600 || len(claims.Scopes) != 1 || claims.Iat == float64(int64(claims.Iat)) {
		t.Errorf("claims %s", body)
	}
}

// TestOAuthEnds: the ways a login ends without a token.
func TestOAuthEnds(t *testing.T) {
	f := oauthFarm(t)
	for name, c := range map[string]struct{ user, says string }{
		"locked":  {"Locked Lou", "globally locked"},
		"hidden":  {"Hidden Hal", "Incorrect username"},
		"nobody":  {"Nobody Here", "Incorrect username"},
		"no name": {"", "Incorrect username"},
	} {
		b := newBrowser(t, f)
		b.authorize(authOnlyClient)
		b.press("wpName", c.user)
		if b.back != nil || !strings.Contains(b.page, c.says) {
			t.Errorf("%s: %s", name, b.page)
		}
	}
	b := newBrowser(t, f)
	b.authorize(authOnlyClient)
	b.press("wpName", "Blocked Bo") // a block is about editing
	b.press("cancel", "Cancel")
	if q := b.back.Query(); q.Get("error") != "unauthorized_client" || q.Has("state") || q.Has("code") {
		t.Errorf("denied: %v", b.back)
	}
	b.authorize(authOnlyClient)
	b.press("accept", "Allow")
	if _, page := b.get(profilePath, b.exchange(authOnlyClient).Access); !strings.Contains(page, `"blocked":true`) {
		t.Errorf("a blocked person's profile: %s", page)
	}
	for name, extra := range map[string][]string{
		"another callback":         {"redirect_uri", "http://127.0.0.1:8090/evil"},
		"no such client":           {"client_id", unknownClient},
		"not approved":             {"client_id", unapprovedClient},
		"public client, no PKCE":   {"client_id", publicClient, "code_challenge", ""},
		"another challenge method": {"code_challenge_method", "S512"},
	} {
		if status := b.authorize(authOnlyClient, extra...); b.back != nil || status < 400 {
			t.Errorf("%s: %d %v", name, status, b.back)
		}
	}
}

// TestOAuthTokens: codes and tokens live as long as they should, once.
func TestOAuthTokens(t *testing.T) {
	f := oauthFarm(t)
	b := newBrowser(t, f)
	b.authorize(basicClient)
	b.press("wpName", "Ann")
	allow := func() *url.URL {
		if b.authorize(basicClient); b.back == nil {
			b.press("accept", "Allow")
		}
		return b.back
	}
	allow()
	f.SetNow(f.Now().Add(codeLife))
	if got := b.exchange(basicClient); got.Hint != "Authorization code has expired" {
		t.Errorf("an old code: %+v", got)
	}
	back := allow()
	if got := b.exchange(publicClient); got.Hint != "Authorization code was not issued to this client" {
		t.Errorf("another client's code: %+v", got)
	}
	b.back = back
	first := b.exchange(basicClient)
	if first.status != http.StatusOK {
		t.Fatalf("a try that failed used the code up: %+v", first)
	}
	b.back = back
	if got := b.exchange(basicClient); got.Error != "invalid_request" {
		t.Errorf("a code twice: %+v", got)
	}
	refresh := func(token string) tokens {
		return b.token("grant_type", "refresh_token", "refresh_token", token, "client_id", basicClient)
	}
	second := refresh(first.Refresh)
	if second.status != http.StatusOK || second.Refresh == first.Refresh {
		t.Fatalf("refresh: %+v", second)
	}
	if got := refresh(first.Refresh); got.status != http.StatusUnauthorized {
		t.Errorf("a refresh token twice: %+v", got)
	}
	if status, page := b.get(profilePath, first.Access); status != http.StatusUnauthorized || !strings.Contains(page, "revoked") {
		t.Errorf("the old access token: %d %s", status, page)
	}
	if status, _ := b.get(profilePath, second.Access); status != http.StatusOK {
		t.Errorf("the new access token: %d", status)
	}
	if err := f.Change(Change{Name: "Ann", To: Hidden}); err != nil {
		t.Fatal(err)
	}
	if _, page := b.get(profilePath, second.Access); strings.Contains(page, "Ann") || !strings.Contains(page, `"sub":"77"`) {
		t.Errorf("a hidden person's profile: %s", page)
	}
	f.SetNow(f.Now().Add(time.Hour))
	if status, _ := b.get(profilePath, second.Access); status != http.StatusUnauthorized {
		t.Errorf("an hour later: %d", status)
	}
}
