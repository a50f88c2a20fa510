package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient/fakewiki"
)

// TestLogin goes the whole way at a wiki: there, Allow, back, signed in, out.
func TestLogin(t *testing.T) {
	f := newLoginFixture(t, testBase, nil)
	b := newBrowser(t, f.Server)
	began := b.get("/login?return_to=/campaigns/" + libraries + "?uselang%3Dde")
	to, err := url.Parse(began.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(to.String(), f.farm.URL("metawiki")+"/w/rest.php/oauth2/authorize?") {
		t.Fatalf("sent to %v (%v)", to, err)
	}
	for name, want := range map[string]string{"code_challenge_method": "S256", "response_type": "code", "scope": "mwoauth-authonly", "redirect_uri": testBase + CallbackPath} {
		if got := to.Query().Get(name); got != want {
			t.Errorf("%s=%s", name, got)
		}
	}
	if began.Header.Get("Cache-Control") != `no-store` && !strings.HasPrefix(began.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("Cache-Control %q", began.Header.Values("Cache-Control"))
	}
	before := sessionCookie(t, began)
	back, err := f.farm.Visit(t.Context(), to.String(), "Olga Organizer", fakewiki.Allow)
	if err != nil {
		t.Fatal(err)
	}
	done := b.get(back.RequestURI())
	if done.StatusCode != http.StatusSeeOther || done.Header.Get("Location") != "/campaigns/"+libraries+"?uselang=de" {
		t.Fatalf("%d, on to %s: %s", done.StatusCode, done.Header.Get("Location"), done.body)
	}
	after := sessionCookie(t, done)
	if after.Value == before.Value {
		t.Error("the session's token is the same as before the login")
	}
	for _, c := range []*http.Cookie{before, after} {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure || c.Path != "/" || c.Domain != "" {
			t.Errorf("cookie %s", c)
		}
	}
	page := b.get("/about")
	contains(t, string(page.body), "Olga Organizer", `action="/logout"`)
	if again := b.get("/login?return_to=/about"); again.Header.Get("Location") != "/about" {
		t.Errorf("signed in already, sent to %s", again.Header.Get("Location"))
	}
	if twice := b.get(back.RequestURI()); twice.StatusCode != http.StatusBadRequest {
		t.Errorf("the same callback twice: %d", twice.StatusCode)
	}
	out := b.post("/logout", url.Values{"return_to": {"/about"}})
	if out.StatusCode != http.StatusSeeOther || out.Header.Get("Location") != "/about" {
		t.Errorf("sign out: %d %s", out.StatusCode, out.body)
	}
	if page := b.get("/about"); strings.Contains(string(page.body), "Olga") || !strings.Contains(string(page.body), "/login?return_to=%2Fabout") {
		t.Errorf("still signed in: %s", page.body)
	}
	stolen := ask(t, f.Server, http.MethodGet, "/about", "Cookie", after.Name+"="+after.Value)
	if strings.Contains(string(stolen.body), "Olga") {
		t.Error("the cookie works after signing out")
	}
}

func sessionCookie(t *testing.T, a answered) *http.Cookie {
	t.Helper()
	for _, c := range a.Cookies() {
		if strings.HasSuffix(c.Name, "afterglow") {
			return c
		}
	}
	t.Fatalf("no session's cookie in %v", a.Header)
	return nil
}

// TestLoginEnds: every way in which a login ends without anybody being signed in
// leads to a page that says why, and what to do next.
func TestLoginEnds(t *testing.T) {
	for _, c := range []struct {
		name   string
		end    loginEnd
		change func(*Options, *fakewiki.Consumer)
		// Between the wiki's answer and its arrival here.
		meanwhile func(t *testing.T, f *loginFixture)
		button    string
		edit      func(url.Values)
	}{
		{"the person presses Cancel", endDenied, nil, nil, fakewiki.Cancel, nil},
		{"denied as the standard says it", endDenied, nil, nil, "", func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") }},
		{"a state that was not ours", endLost, nil, nil, "", func(q url.Values) { q.Set("state", "another") }},
		{"no state", endLost, nil, nil, "", func(q url.Values) { q.Del("state") }},
		{"no code", endLost, nil, nil, "", func(q url.Values) { q.Del("code") }},
		{"nothing at all", endLost, nil, nil, "", func(q url.Values) { clear(q) }},
		{"eleven minutes on the consent page", endLost, nil, func(_ *testing.T, f *loginFixture) { f.clock.add(11 * time.Minute) }, "", nil},
		{"the wiki finds the code too old", endCode, nil, func(_ *testing.T, f *loginFixture) { f.farm.SetNow(f.farm.Now().Add(11 * time.Minute)) }, "", nil},
		{"a code that the wiki did not give", endCode, nil, nil, "", func(q url.Values) { q.Set("code", "garbage") }},
		{"hidden meanwhile", endHidden, nil, changed(fakewiki.Hidden), "", nil},
		{"locked meanwhile", endCode, nil, changed(fakewiki.Locked), "", nil},
		{"the secret is wrong", endRegistered, func(_ *Options, c *fakewiki.Consumer) { c.Secret = "another" }, nil, "", nil},
		{"a scope that the wiki does not know", endRegistered, nil, nil, "", func(q url.Values) { clear(q); q.Set("error", "invalid_scope") }},
		{"the wiki's own error", endUnavailable, nil, nil, "", func(q url.Values) { clear(q); q.Set("error", "server_error") }},
		{"the wiki is read-only", endUnavailable, nil, struckBy(fakewiki.ReadOnly, fakewiki.EndpointToken), "", nil},
		{"the wiki is overloaded", endUnavailable, nil, struckBy(fakewiki.Unavailable, fakewiki.EndpointToken), "", nil},
		{"the wiki limits us", endUnavailable, nil, struckBy(fakewiki.TooMany, fakewiki.EndpointProfile), "", nil},
		{"the profile is cut off", endUnavailable, nil, struckBy(fakewiki.Truncated, fakewiki.EndpointProfile), "", nil},
		{"the wiki is gone", endUnavailable, nil, func(_ *testing.T, f *loginFixture) { f.farm.SetFaults(fakewiki.Faults{Down: []string{"metawiki"}}) }, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newLoginFixture(t, testBase, c.change)
			b := newBrowser(t, f.Server)
			began := b.get("/login?return_to=/about&uselang=fr")
			button := c.button
			if button == "" {
				button = fakewiki.Allow
			}
			back, err := f.farm.Visit(t.Context(), began.Header.Get("Location"), "Olga Organizer", button)
			if err != nil {
				t.Fatal(err)
			}
			if c.edit != nil {
				q := back.Query()
				c.edit(q)
				back.RawQuery = q.Encode()
			}
			if c.meanwhile != nil {
				c.meanwhile(t, f)
			}
			a := b.get(back.RequestURI())
			if a.StatusCode != c.end.status() {
				t.Errorf("status %d, want %d", a.StatusCode, c.end.status())
			}
			wiki := strings.TrimPrefix(f.farm.URL("metawiki"), "http://")
			page := string(a.body)
			for _, key := range []string{"web-login-" + string(c.end), "web-login-" + string(c.end) + "-next", "web-login-failed"} {
				contains(t, page, strings.ReplaceAll(rawMessage(t, "fr", key), "$1", wiki))
			}
			contains(t, page, `lang="fr"`)
			if again := strings.Contains(page, `class="button" href="/login`); again != (c.end != endHidden && c.end != endRegistered) {
				t.Errorf("offers to try again: %v", again)
			}
			if a.Header.Get("Referrer-Policy") != "no-referrer" || !strings.HasPrefix(a.Header.Get("Cache-Control"), "no-store") {
				t.Errorf("headers %v", a.Header)
			}
			if home := b.get("/about"); strings.Contains(string(home.body), "Olga") {
				t.Error("signed in all the same")
			}
		})
	}
}

func changed(to fakewiki.State) func(*testing.T, *loginFixture) {
	return func(t *testing.T, f *loginFixture) {
		if err := f.farm.Change(fakewiki.Change{Name: "Olga Organizer", To: to}); err != nil {
			t.Fatal(err)
		}
	}
}

func struckBy(kind fakewiki.Kind, endpoint string) func(*testing.T, *loginFixture) {
	return func(_ *testing.T, f *loginFixture) {
		f.farm.SetFaults(fakewiki.Faults{Rules: []fakewiki.Rule{{Kind: kind, Endpoint: endpoint, Probability: 1, Times: -1}}})
	}
}

func rawMessage(t *testing.T, lang, key string) string {
	t.Helper()
	text := readMessages(t, lang)[key]
	if text == "" {
		t.Fatalf("no message %s", key)
	}
	return text
}

// TestStaysOnTheWiki: those whom the wiki does not let through never come back.
func TestStaysOnTheWiki(t *testing.T) {
	f := newLoginFixture(t, testBase, nil)
	for _, user := range []string{"Locked Lou", "Hidden Hal", "Nobody"} {
		began := newBrowser(t, f.Server).get("/login")
		if back, err := f.farm.Visit(t.Context(), began.Header.Get("Location"), user, fakewiki.Allow); err == nil {
			t.Errorf("%s came back at %s", user, back)
		}
	}
}

// TestSeveralTabs: logins begun in several tabs do not disturb each other, and
// there are not more than a few.
func TestSeveralTabs(t *testing.T) {
	f := newLoginFixture(t, testBase, nil)
	b := newBrowser(t, f.Server)
	var began []answered
	for range mostAttempts + 2 {
		began = append(began, b.get("/login?return_to=/about"))
	}
	visit := func(a answered) answered {
		back, err := f.farm.Visit(t.Context(), a.Header.Get("Location"), "Olga Organizer", fakewiki.Allow)
		if err != nil {
			t.Fatal(err)
		}
		return b.get(back.RequestURI())
	}
	if a := visit(began[0]); a.StatusCode != http.StatusBadRequest {
		t.Errorf("the oldest of too many: %d", a.StatusCode)
	}
	for _, i := range []int{3, 2} {
		if a := visit(began[i]); a.StatusCode != http.StatusSeeOther {
			t.Errorf("tab %d: %d %s", i, a.StatusCode, a.body)
		}
	}
}

// TestOwnPath: return_to leads to our own pages, and nowhere else.
func TestOwnPath(t *testing.T) {
	for _, to := range []string{"/", "/campaigns/metawiki-1", "/campaigns/metawiki-1?uselang=ar&group=new", "/compare?campaign=a&campaign=b", "/?q=%2F%2Fevil.example"} {
		if !ownPath(to) {
			t.Errorf("%q is ours", to)
		}
	}
	for _, to := range []string{
		"", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", " /about", "/ /evil.example",
		"https://evil.example", "http:evil.example", "javascript:alert(1)", "data:text/html,x", "evil.example", "about", "?x", "#x",
		"/%5cevil.example", "/%09/evil.example/../%5c", "//%65vil.example", "/%2Fevil.example", "/about\x00", "/ü", "/" + strings.Repeat("a", maxReturn),
		"/login", "/login?return_to=/login", "/logout", CallbackPath + "?code=x",
	} {
		if ownPath(to) {
			t.Errorf("%q is not ours", to)
		}
	}
}
