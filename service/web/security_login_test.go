package web

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"afterglow/config"
	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
	"afterglow/service/e2e/machine"
)

func crossSite(t *testing.T) {
	from := map[string][]string{
		"another site":                 {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		"another host of the domain":   {"Sec-Fetch-Site", "same-site", "Origin", "https://evil.example.org"},
		"an old browser":               {"Origin", "https://evil.example"},
		"a sandboxed frame":            {"Origin", "null"},
		"a name that begins like ours": {"Origin", "https://afterglow.example.org.evil.example"},
		"http of our own host":         {"Origin", "http://afterglow.example.org"},
	}
	for name, headers := range from {
		p := newPeople(t, nil)
		for _, c := range []struct{ method, address, kind, content string }{
			{http.MethodDelete, "/v1/campaigns/" + libraries, asJSON, ""},
			{http.MethodPost, "/campaigns/" + libraries + "/delete", asForm, ""},
			{http.MethodPost, "/v1/campaigns", asForm, "event=" + url.QueryEscape(eventURL(900))},
			{http.MethodPost, "/v1/campaigns", "text/plain", `{"event": "` + eventURL(900) + `"}`},
			{http.MethodPost, "/v1/campaigns/" + libraries + "/refresh", asForm, ""},
			{http.MethodPost, "/logout", asForm, ""},
		} {
			a := p.as(t, organizer(), c.method, c.address, c.content, append([]string{"Content-Type", c.kind}, headers...)...)
			if a.StatusCode != http.StatusForbidden {
				t.Errorf("%s: %s %s: %d %s", name, c.method, c.address, a.StatusCode, a.body)
			}
		}
		if _, err := p.store.Campaign(t.Context(), libraries); err != nil || len(p.town.removed) > 0 || p.town.asked > 0 {
			t.Errorf("%s: something was done: %v, removed %v, %d questions", name, err, p.town.removed, p.town.asked)
		}
		if a := p.as(t, organizer(), http.MethodGet, "/about", ""); !strings.Contains(string(a.body), organizer().Name) {
			t.Errorf("%s has signed somebody out", name)
		}
	}
	p := newPeople(t, nil)
	if a := p.as(t, organizer(), http.MethodPost, "/logout", "", "Content-Type", asForm, "Origin", "https://afterglow.example.org"); a.StatusCode != http.StatusSeeOther {
		t.Errorf("our own page behind a proxy that changes Host: %d %s", a.StatusCode, a.body)
	}
}

func getChangesNothing(t *testing.T) {
	p := newPeople(t, nil)
	for _, headers := range [][]string{nil, {"X-HTTP-Method-Override", "DELETE"}, {"X-HTTP-Method", "DELETE"}, {"X-Method-Override", "DELETE"}} {
		for _, address := range []string{"/v1/campaigns/" + libraries, "/v1/campaigns/" + libraries + "?_method=DELETE", "/v1/campaigns/" + libraries + "/refresh", "/campaigns/" + libraries + "/delete", "/logout"} {
			p.as(t, organizer(), http.MethodGet, address, "", headers...)
			p.as(t, organizer(), http.MethodHead, address, "", headers...)
		}
	}
	if _, err := p.store.Campaign(t.Context(), libraries); err != nil {
		t.Errorf("the campaign is gone: %v", err)
	}
	if _, err := p.store.LatestJob(t.Context(), libraries); err == nil {
		t.Error("a refresh was asked for")
	}
	if a := p.as(t, organizer(), http.MethodGet, "/logout", ""); a.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET /logout: %d", a.StatusCode)
	}
	if a := p.as(t, organizer(), http.MethodGet, "/about", ""); !strings.Contains(string(a.body), organizer().Name) {
		t.Error("a link has signed somebody out")
	}
}

func openRedirect(t *testing.T) {
	p := newPeople(t, nil)
	for _, to := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "/%5Cevil.example", "///evil.example", "javascript:alert(1)", "/%2f/evil.example", "evil.example", "\tevil"} {
		a := p.get(t, "/login?return_to="+url.QueryEscape(to))
		if a.StatusCode != http.StatusBadRequest {
			t.Errorf("login with return_to=%q: %d, on to %s", to, a.StatusCode, a.Header.Get("Location"))
		}
		out := p.as(t, organizer(), http.MethodPost, "/logout", url.Values{"return_to": {to}}.Encode(), "Content-Type", asForm)
		if out.StatusCode != http.StatusSeeOther || out.Header.Get("Location") != "/" {
			t.Errorf("signing out with return_to=%q: %d, on to %s", to, out.StatusCode, out.Header.Get("Location"))
		}
		p.cookies = map[string]string{} // signed out
	}
	for _, address := range []string{"//evil.example/campaigns/" + libraries, "/campaigns//evil.example", "//evil.example"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.URL = &url.URL{Path: address}
		r.RequestURI = address
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		if l := w.Result().Header.Get("Location"); l != "" {
			t.Errorf("%s leads to %s", address, l)
		}
	}
}

func fixation(t *testing.T) {
	f := newLoginFixture(t, testBase, nil)
	attacker := newBrowser(t, f.Server)
	planted := sessionCookie(t, attacker.get("/login"))
	for name, value := range map[string]string{"one of the server's": planted.Value, "one that was made up": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		victim := newBrowser(t, f.Server)
		victim.jar.SetCookies(&url.URL{Scheme: "http", Host: "127.0.0.1", Path: "/"}, []*http.Cookie{{Name: planted.Name, Value: value, Path: "/"}})
		done := f.login(victim, "/login", "Olga Organizer", fakewiki.Allow)
		if done.StatusCode != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", name, done.StatusCode, done.body)
		}
		if got := sessionCookie(t, done).Value; got == value {
			t.Errorf("%s: the planted token is the person's", name)
		}
		if a := ask(t, f.Server, http.MethodGet, "/about", "Cookie", planted.Name+"="+value); strings.Contains(string(a.body), "Olga") {
			t.Errorf("%s: the planted token is signed in", name)
		}
	}
}

func plantedLogin(t *testing.T) {
	f := newLoginFixture(t, testBase, nil)
	attacker := newBrowser(t, f.Server)
	began := attacker.get("/login")
	back, err := f.farm.Visit(t.Context(), began.Header.Get("Location"), "Mallory", fakewiki.Allow)
	if err != nil {
		t.Fatal(err)
	}
	victim := newBrowser(t, f.Server)
	victim.get("/login") // a login of their own is under way
	if a := victim.get(back.RequestURI()); a.StatusCode != http.StatusBadRequest {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := victim.get("/about"); strings.Contains(string(a.body), "Mallory") {
		t.Error("the victim is signed in as the attacker")
	}
	if n := f.farm.Stats().Wikis["metawiki"].Endpoints[fakewiki.EndpointToken]; n != 0 {
		t.Errorf("the code was sent to the wiki %d times", n)
	}
}

func replay(t *testing.T) {
	f := newLoginFixture(t, testBase, nil)
	b := newBrowser(t, f.Server)
	began := b.get("/login")
	back, err := f.farm.Visit(t.Context(), began.Header.Get("Location"), "Olga Organizer", fakewiki.Allow)
	if err != nil {
		t.Fatal(err)
	}
	if a := b.get(back.RequestURI()); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	b.post("/logout", nil)
	if a := b.get(back.RequestURI()); a.StatusCode != http.StatusBadRequest {
		t.Errorf("again: %d", a.StatusCode)
	}
	// A state works once, also where the login failed.
	tried := b.get("/login")
	if back, err = f.farm.Visit(t.Context(), tried.Header.Get("Location"), "Olga Organizer", fakewiki.Allow); err != nil {
		t.Fatal(err)
	}
	if a := b.get(CallbackPath + "?code=guess&state=" + url.QueryEscape(back.Query().Get("state"))); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a guessed code: %d", a.StatusCode)
	}
	if a := b.get(back.RequestURI()); a.StatusCode != http.StatusBadRequest {
		t.Errorf("a state that was used for a guess: %d", a.StatusCode)
	}
	late := b.get("/login")
	if back, err = f.farm.Visit(t.Context(), late.Header.Get("Location"), "Olga Organizer", fakewiki.Allow); err != nil {
		t.Fatal(err)
	}
	f.clock.add(attemptLife + 1e9)
	if a := b.get(back.RequestURI()); a.StatusCode != http.StatusBadRequest {
		t.Errorf("late: %d", a.StatusCode)
	}
}

func mixUp(t *testing.T) {
	ours, theirs := newLoginFixture(t, testBase, nil), newLoginFixture(t, testBase, nil)
	b := newBrowser(t, ours.Server)
	began := b.get("/login")
	other := newBrowser(t, theirs.Server)
	// A callback of their farm with our state, and with theirs.
	back, err := theirs.farm.Visit(t.Context(), other.get("/login").Header.Get("Location"), "Mallory", fakewiki.Allow)
	if err != nil {
		t.Fatal(err)
	}
	if a := b.get(back.RequestURI()); a.StatusCode != http.StatusBadRequest {
		t.Errorf("their state here: %d", a.StatusCode)
	}
	to, err := url.Parse(began.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	q := back.Query()
	q.Set("state", to.Query().Get("state"))
	if a := b.get(CallbackPath + "?" + q.Encode()); a.StatusCode != http.StatusBadRequest {
		t.Errorf("their code with our state: %d", a.StatusCode)
	}
	if a := b.get("/about"); strings.Contains(string(a.body), "/logout") {
		t.Error("signed in all the same")
	}
	if n := theirs.farm.Stats().Wikis["metawiki"].Endpoints[fakewiki.EndpointToken]; n != 0 {
		t.Errorf("our secret was sent to their wiki %d times", n)
	}
}

func stolenSession(t *testing.T) {
	p := newPeople(t, nil)
	p.as(t, organizer(), http.MethodGet, "/about", "")
	cookie := p.cookies[organizer().key()]
	_, token, _ := strings.Cut(cookie, "=")
	if len(token) < 43 { // 256 bits in base64
		t.Errorf("a session's token has %d characters", len(token))
	}
	if _, err := p.store.Session(t.Context(), token); err == nil {
		t.Error("the table holds the token itself")
	}
	p.as(t, organizer(), http.MethodPost, "/logout", "", "Content-Type", asForm)
	if a := p.get(t, "/about", "Cookie", cookie); strings.Contains(string(a.body), organizer().Name) {
		t.Error("the cookie works after signing out")
	}
	c := p.login.sessions.Cookie
	if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Name != "__Host-afterglow" || c.Domain != "" || c.Path != "/" {
		t.Errorf("cookie %+v", c)
	}
}

func enumeration(t *testing.T) {
	p := newPeople(t, nil)
	for _, who := range []Person{{}, stranger()} {
		want := map[bool]int{true: http.StatusUnauthorized, false: http.StatusForbidden}[who.Sub == ""]
		for n := 100; n < 112; n++ {
			a := p.as(t, who, http.MethodGet, fmt.Sprintf("/v1/campaigns/metawiki-%d/participants", n), "")
			if a.StatusCode != want && a.StatusCode != http.StatusNotFound {
				t.Errorf("metawiki-%d: %d", n, a.StatusCode)
			}
			if strings.Contains(string(a.body), "User ") {
				t.Errorf("metawiki-%d: %s", n, a.body)
			}
		}
	}
	seen := map[string]bool{}
	for _, id := range []string{libraries, nasty, tiny} {
		j, err := p.store.CreateJob(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if len(j.ID) < 26 || seen[j.ID[:8]] { // 130 bits
			t.Errorf("a job's id is %s", j.ID)
		}
		seen[j.ID[:8]] = true
	}
	if a := p.get(t, "/v1/jobs/1"); a.StatusCode != http.StatusNotFound {
		t.Errorf("job 1: %d", a.StatusCode)
	}
}

// noDial is a transport that must not be used.
type noDial struct{ t *testing.T }

func (n noDial) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("asked %s", r.URL)
	return nil, http.ErrAbortHandler
}

func ssrf(t *testing.T) {
	cfg, err := config.Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	client, err := mwclient.New(mwclient.Options{Contact: "test", Allow: cfg.Allowed, Inside: cfg.Inside, Base: noDial{t}, MaxRetries: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{
		"http://127.0.0.1/wiki/Event:A", "http://localhost:8080/wiki/Event:A", "http://[::1]/wiki/Event:A", "http://0.0.0.0/wiki/Event:A", "http://127.1/wiki/Event:A",
		"http://2130706433/wiki/Event:A", "http://0x7f000001/wiki/Event:A", "http://0177.0.0.1/wiki/Event:A", "http://169.254.169.254/latest/meta-data/",
		"http://10.0.0.1/wiki/Event:A", "http://metadata.google.internal/", "http://[::ffff:127.0.0.1]/wiki/Event:A", "file:///etc/passwd", "gopher://meta.wikimedia.org/_x",
		"https://meta.wikimedia.org@evil.example/wiki/Event:A", "https://evil.example#meta.wikimedia.org/wiki/Event:A", "https://evil.example\\@meta.wikimedia.org/wiki/Event:A",
		"https://meta.wikimedia.org.evil.example/wiki/Event:A", "https://evilwikimedia.org/wiki/Event:A", "https://wikimedia.org/wiki/Event:A", "https://meta.wikimedia.org:22/wiki/Event:A",
		"https://meta.wikimedia.org:8443/wiki/Event:A", "//evil.example/wiki/Event:A", "https://ⓜeta.example/wiki/Event:A", "https://meta.wikimedia.org%00.evil.example/wiki/Event:A",
		"https://meta.wikimedia.org\n.evil.example/wiki/Event:A", "https:///wiki/Event:A", "https://evil.example/wiki/Event:A?x=https://meta.wikimedia.org",
	} {
		if _, _, err := client.ResolveEvent(t.Context(), address, ""); err == nil {
			t.Errorf("%q was taken", address)
		}
	}
}

func headerInjection(t *testing.T) {
	p := newPeople(t, nil)
	const crlf = "%0d%0aSet-Cookie:%20evil=1%0d%0a"
	for _, address := range []string{
		"/login?return_to=/" + crlf, "/login?uselang=" + crlf, "/campaigns/metawiki-101" + crlf, "/v1/campaigns?cursor=" + crlf, "/v1/campaigns/metawiki-101" + crlf + "/retention.csv",
		"/?q=" + crlf, CallbackPath + "?error=" + crlf, "/v1/compare/retention.svg?campaign=" + crlf, chartPath(nasty, "retention.csv"), chartPath(nasty, "retention.chart"),
		chartPath(nasty, "retention.tab"), "/track?campaign=" + crlf,
	} {
		a := p.get(t, address, "Accept", "text/html")
		for name, values := range a.Header {
			for _, v := range values {
				if strings.ContainsAny(v, "\r\n\x00") || strings.Contains(v, "evil=1") || strings.Contains(v, "<script") {
					t.Errorf("%s: header %s: %q", address, name, v)
				}
			}
		}
		if strings.Contains(address, crlf) && a.StatusCode == http.StatusInternalServerError {
			t.Errorf("%s: %d", address, a.StatusCode)
		}
	}
	for _, id := range []string{"a\r\nSet-Cookie: evil=1", strings.Repeat("x", 65), "<script>", "é"} {
		if a := p.get(t, "/healthz", "X-Request-Id", id); a.Header.Get("X-Request-Id") == id {
			t.Errorf("the request id %q was taken", id)
		}
	}
}

func flood(t *testing.T) {
	limited := func(proxies ...string) *fixture {
		cfg, err := config.Load("", []string{"AFTERGLOW_TRUSTED_PROXIES=" + strings.Join(proxies, ",")})
		if err != nil {
			t.Fatal(err)
		}
		return newFixture(t, func(o *Options) { o.AddressRate, o.AddressBurst, o.Proxies = 1, 5, cfg.Proxies() })
	}
	send := func(f *fixture, peer, forwarded string) *http.Response {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil)
		r.RemoteAddr = peer
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		return w.Result()
	}
	count := func(f *fixture, peer string, forwarded func(i int) string) (passed int) {
		for i := range 20 {
			if res := send(f, peer, forwarded(i)); res.StatusCode == http.StatusOK {
				passed++
			} else if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "1" {
				t.Errorf("%d %v", res.StatusCode, res.Header)
			}
		}
		return passed
	}
	liar := func(i int) string { return fmt.Sprintf("198.51.100.%d", i) }
	f := limited()
	if n := count(f, "192.0.2.1:1234", liar); n != 5 {
		t.Errorf("%d of 20 passed for somebody who makes X-Forwarded-For up", n)
	}
	if res := send(f, "192.0.2.2:1", ""); res.StatusCode != http.StatusOK {
		t.Errorf("another address: %d", res.StatusCode)
	}
	f.clock.add(3e9)
	if n := count(f, "192.0.2.1:999", liar); n != 3 {
		t.Errorf("%d of 20 passed three seconds later", n)
	}
	f = limited("10.0.0.0/8")
	if n := count(f, "10.1.1.1:5", func(i int) string { return liar(i) + ", 203.0.113.7, 10.9.9.9" }); n != 5 {
		t.Errorf("%d of 20 passed for one client behind two proxies", n)
	}
	if n := count(f, "10.1.1.1:5", liar); n != 20 {
		t.Errorf("%d of 20 clients behind a proxy passed", n)
	}
	f = limited()
	if n := count(f, "[2001:db8:1:2::1]:5", func(int) string { return "" }); n != 5 {
		t.Errorf("%d of 20 passed over IPv6", n)
	}
	if res := send(f, "[2001:db8:1:2:ffff::9]:5", ""); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("another address of the same network: %d", res.StatusCode)
	}
}

func manyLogins(t *testing.T) {
	f := newLoginFixture(t, testBase, nil)
	b := newBrowser(t, f.Server)
	last := 0
	for range 70 {
		to, err := url.Parse(b.get("/login").Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		a := b.get(CallbackPath + "?code=guess&state=" + url.QueryEscape(to.Query().Get("state")))
		last = a.StatusCode
		if last == http.StatusTooManyRequests && a.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	if n := f.farm.Stats().Wikis["metawiki"].Endpoints[fakewiki.EndpointToken]; last != http.StatusTooManyRequests || n != 60 {
		t.Errorf("the wiki was asked %d times; the last answer is %d", n, last)
	}
}

// leakyLog runs logins that work and that fail, and what people do then, with
// every line logged.
func leakyLog(t *testing.T) {
	var log machine.Buffer
	f := newLoginFixture(t, testBase, func(o *Options, _ *fakewiki.Consumer) {
		o.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	secrets := map[string]string{"the consumer's secret": testSecret, "a name": "Olga", "a token": "eyJ"}
	note := func(name, value string) {
		if len(value) > 3 {
			secrets[name] = value
		}
	}
	run := func(user, button string, meanwhile func()) {
		b := newBrowser(t, f.Server)
		began := b.get("/login?return_to=/about")
		to, err := url.Parse(began.Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		back, err := f.farm.Visit(t.Context(), to.String(), user, button)
		if err != nil {
			t.Fatal(err)
		}
		if meanwhile != nil {
			meanwhile()
		}
		note("a state", to.Query().Get("state"))
		note("a code", back.Query().Get("code"))
		done := b.get(back.RequestURI())
		for _, c := range append(began.Cookies(), done.Cookies()...) {
			note("a cookie "+c.Value, c.Value)
		}
		if a, ok, _ := f.Server.login.take(httptest.NewRequest(http.MethodGet, "/", nil).WithContext(sessionContext(t, f.Server, began)), to.Query().Get("state")); ok {
			note("a verifier", a.Verifier)
		}
		b.get("/campaigns/" + nasty)
		b.get("/nonsense?secret=" + to.Query().Get("state"))
		b.post("/logout", url.Values{"return_to": {"/about"}})
	}
	run("Olga Organizer", fakewiki.Allow, nil)
	run("Olga Organizer", fakewiki.Cancel, nil)
	fault := func(kind fakewiki.Kind, endpoint string) func() {
		return func() {
			f.farm.SetFaults(fakewiki.Faults{Rules: []fakewiki.Rule{{Kind: kind, Endpoint: endpoint, Probability: 1, Times: -1}}})
		}
	}
	for _, kind := range []fakewiki.Kind{fakewiki.ReadOnly, fakewiki.Unavailable, fakewiki.Reset, fakewiki.Truncated} {
		run("Olga Organizer", fakewiki.Allow, fault(kind, fakewiki.EndpointToken))
		f.farm.SetFaults(fakewiki.Faults{})
	}
	run("Olga Organizer", fakewiki.Allow, fault(fakewiki.Truncated, fakewiki.EndpointProfile))
	f.farm.SetFaults(fakewiki.Faults{})
	run("Olga Organizer", fakewiki.Allow, func() { f.farm.SetNow(f.farm.Now().Add(attemptLife)) })
	text := log.String()
	if strings.Count(text, "\n") < 20 {
		t.Fatalf("the log has %d lines", strings.Count(text, "\n"))
	}
	for name, secret := range secrets {
		encoded, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, strings.Trim(string(encoded), `"`)) || strings.Contains(text, url.QueryEscape(secret)) {
			t.Errorf("the log holds %s", name)
		}
	}
	if len(secrets) < 12 {
		t.Errorf("%d secrets were looked for", len(secrets))
	}
}

// sessionContext is the context of a request with an answer's cookie.
func sessionContext(t *testing.T, s *Server, a answered) context.Context {
	t.Helper()
	ctx, err := s.login.sessions.Load(t.Context(), sessionCookie(t, a).Value)
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}
