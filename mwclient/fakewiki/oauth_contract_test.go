package fakewiki

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The consumers of the captured wiki, under the ids that its redirects kept.
const (
	basicClient      = "57e4eb3e2538b14c0a53fee05e10ea50"
	authOnlyClient   = "78bf122c26c09fb4129e89c4fe11c9f8"
	publicClient     = "376d32f2c34dbbae81d4444ce9f50cd2"
	unapprovedClient = "00000000000000000000000000000001"
	unknownClient    = "00000000000000000000000000000002"
	clientSecret     = "a-secret-of-the-test"
	callback         = "http://127.0.0.1:8090/oauth/callback"
	verifier         = "a-verifier-of-the-test-that-is-long-enough-for-rfc-7636"
)

func testConsumers() []Consumer {
	c := []Consumer{
		{ID: basicClient, Grants: []string{basicGrant}, Owner: "PlainPat"},
		{ID: authOnlyClient},
		{ID: publicClient, Grants: []string{basicGrant}, Public: true},
		{ID: unapprovedClient, Unapproved: true},
	}
	for i := range c {
		c[i].Secret, c[i].Callback, c[i].Name = clientSecret, callback, "A test <b>client</b>"
	}
	return c
}

// oauthReplay is one capture of testdata/oauth: who asks as which client, and
// what must have happened before.
type oauthReplay struct {
	t      *testing.T
	f      *Farm
	c      *capture
	client string
	person int32
	cookie string
	values map[string]string // what stands for the secrets that were taken out
}

// TestContractOAuth asks the farm what each capture asked of a real wiki, on the
// same way through a login, and compares status, headers, redirects and values.
func TestContractOAuth(t *testing.T) {
	spec := capturedFarm(t, readCaptures(t, "captures"))
	spec.Consumers = testConsumers()
	f, err := New(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	captures := readCaptures(t, "oauth")
	if len(captures) < 100 {
		t.Fatalf("only %d captures", len(captures))
	}
	for _, name := range slices.Sorted(maps.Keys(captures)) {
		t.Run(name, func(t *testing.T) {
			r := &oauthReplay{t: t, f: f, c: captures[name]}
			r.prepare()
			r.replay()
		})
	}
}

func (r *oauthReplay) is(parts ...string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(r.c.name, p) })
}

// prepare brings the farm to where the captured wiki was.
func (r *oauthReplay) prepare() {
	o := r.f.oauth
	o.mu.Lock()
	clear(o.approved)
	o.mu.Unlock()
	name := "PlainPat"
	if r.is("quinn") {
		name = "PlainQuinn"
	}
	if r.person = r.f.pop.find(name, r.f.Now().Unix()); r.person < 0 {
		r.t.Fatal("nobody is called " + name)
	}
	r.cookie = o.signIn(r.person)
	switch {
	case r.is("authonly"):
		r.client = authOnlyClient
	case r.is("public"):
		r.client = publicClient
	case r.is("unapproved"):
		r.client = unapprovedClient
	case r.is("bad_client"):
		r.client = unknownClient
	default:
		r.client = basicClient
	}
	client := o.consumers[r.client]
	if client != nil && r.is("5after", "authonly_second") && !r.is("denied") {
		o.approve(client, r.person)
	}
	r.values = map[string]string{"<HEX>": r.client, "<SECRET>": clientSecret, "<VERIFIER>": verifier, "<TOKEN>": url.QueryEscape(o.editToken(r.cookie)),
		"<PASSWORD>": "x", "wpName=&": "wpName=LockedLou&"}
	if r.is("bad_verifier") {
		r.values["<VERIFIER>"] = "another"
	}
	if client == nil {
		return
	}
	a := authorization{consumer: client, person: r.person, scopes: client.grants(), redirect: callback, challenge: challenged(verifier, false),
		expires: r.f.Now().Add(codeLife).Unix()}
	if r.is("nopkce") {
		a.challenge = ""
	}
	access, refreshed := a, a
	a.used, refreshed.used = r.is("code_reuse"), r.is("reuse_old")
	if r.is("expired") {
		access.expires, refreshed.expires = r.f.Now().Unix(), r.f.Now().Unix()
	}
	r.values["<JWT>"] = o.jwt(r.f.URL("metawiki"), "1", &access, r.f.Now().Unix())
	r.values["<OPAQUE-HEX>"] = opaque(100)
	o.mu.Lock()
	o.access[r.values["<JWT>"]] = &access
	o.codes[r.values["<OPAQUE-HEX>"]] = &a
	o.refresh[r.values["<OPAQUE-HEX>"]] = &refreshed
	o.mu.Unlock()
}

func (r *oauthReplay) fill(s string) string {
	for from, to := range r.values {
		s = strings.ReplaceAll(s, from, to)
	}
	return strings.NewReplacer(capturedMeta, r.f.URL("metawiki"), capturedEn, r.f.URL("enwiki")).Replace(s)
}

func (r *oauthReplay) replay() {
	if r.is("readonly") {
		r.f.SetFaults(Faults{Rules: []Rule{{Kind: ReadOnly, First: 1}}})
		defer r.f.SetFaults(Faults{})
	}
	req, err := http.NewRequestWithContext(r.t.Context(), r.c.Request.Method, r.fill(r.c.Request.URL), strings.NewReader(r.fill(r.c.Request.Body)))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, h := range r.c.Request.Headers {
		switch name, value, _ := strings.Cut(h, ": "); {
		case name == "Cookie":
			req.AddCookie(&http.Cookie{Name: sessionName, Value: r.cookie})
		case strings.Contains(value, "<BASE64>"):
			req.SetBasicAuth(r.client, clientSecret)
		case !strings.HasPrefix(name, "User-Agent"):
			req.Header.Set(name, r.fill(value))
		}
	}
	if r.is("1authorize_02") && !strings.Contains(req.URL.RawQuery, "title=Special:OAuth") {
		req.Header.Del("Cookie") // a session that nobody has signed in to yet
	}
	req.Header.Set("Accept-Encoding", "identity")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	if got, want := fmt.Sprint(res.StatusCode), r.c.Response.Status[:3]; got != want {
		r.t.Errorf("status %s, captured %s", got, want)
	}
	r.headers(res.Header)
	r.body(res.Body)
}

// headers compares what a browser or a client acts on.
func (r *oauthReplay) headers(got http.Header) {
	want := http.Header{}
	for _, h := range r.c.Response.Headers {
		name, value, _ := strings.Cut(h, ": ")
		want.Add(name, value)
	}
	for _, name := range []string{"Content-Type", "Location", "Cache-Control", "Pragma", "Allow", "X-Content-Type-Options", "X-Frame-Options", "Content-Language", "Retry-After"} {
		// The code differs each time.
		delete(r.values, "<OPAQUE-HEX>")
		pattern := strings.ReplaceAll(regexp.QuoteMeta(r.fill(want.Get(name))), "<OPAQUE-HEX>", "[0-9a-f]{800,1000}")
		if !regexp.MustCompile("^" + pattern + "$").MatchString(got.Get(name)) {
			r.t.Errorf("header %s: %q, captured %q", name, got.Get(name), want.Get(name))
		}
	}
}

// oauthDeviations are where the farm answers otherwise.
var oauthDeviations = map[string][]deviation{
	"oauth_short_token": {{"expires_in", "the captured wiki was set to 2 s for one test; Consumer.TokenLife does that here"}},
}

func (r *oauthReplay) body(got io.Reader) {
	if page, ok := r.c.Response.Body.(string); ok {
		text, err := io.ReadAll(got)
		if err != nil {
			r.t.Fatal(err)
		}
		if strings.Contains(page, "page shortened") { // its title is what was kept
			want, title := titleOf.FindStringSubmatch(page), titleOf.FindSubmatch(text)
			if len(want) != 2 || len(title) != 2 || string(title[1]) != want[1] {
				r.t.Errorf("title %q, captured %q", title, want)
			}
		} else if string(text) != r.fill(page) {
			r.t.Errorf("body %.300q, captured %.300q", text, page)
		}
		return
	}
	deviate := oauthDeviations[r.c.name]
	for _, name := range []string{"access_token", "refresh_token"} {
		deviate = append(deviate, deviation{name, "a secret, new each time"})
	}
	comparison{r.t, deviate, strings.NewReplacer("<HEX>", r.client)}.values("", r.c.Response.Body, decode(r.t, got), false)
}
