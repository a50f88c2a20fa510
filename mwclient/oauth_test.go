package mwclient_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
)

const (
	callback     = "http://127.0.0.1:8090/oauth/callback"
	clientSecret = "a-secret-of-the-test"
)

func oauthFarm(t *testing.T, change func(*fakewiki.Consumer)) *fakewiki.Farm {
	t.Helper()
	consumer := fakewiki.Consumer{ID: "afterglow", Secret: clientSecret, Callback: callback}
	if change != nil {
		change(&consumer)
	}
	local := []fakewiki.Local{{Wiki: "metawiki", Registration: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}}
	farm, err := fakewiki.New(fakewiki.Spec{CentralAuth: true, Wikis: []fakewiki.WikiSpec{{DB: "metawiki"}}, Consumers: []fakewiki.Consumer{consumer},
		Exact: &fakewiki.Dataset{Accounts: []fakewiki.Account{{Name: "Ann", ID: 77, Locals: local}}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(farm.Close)
	return farm
}

func oauthAt(t *testing.T, address string, o mwclient.Options) *mwclient.OAuth {
	t.Helper()
	c, err := mwclient.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w, err := c.Wiki(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	a, err := w.OAuth(mwclient.OAuthOptions{ClientID: "afterglow", ClientSecret: clientSecret, Callback: callback})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func allow(t *testing.T, f *fakewiki.Farm, a *mwclient.OAuth, verifier string) string {
	t.Helper()
	back, err := f.Visit(t.Context(), a.AuthorizeURL("a state", verifier), "Ann", fakewiki.Allow)
	if err != nil {
		t.Fatal(err)
	}
	if back.Query().Get("state") != "a state" {
		t.Fatalf("came back at %s", back)
	}
	return back.Query().Get("code")
}

// TestOAuthIdentify: a login tells who somebody is, with PKCE, least scope, and
// each request once.
func TestOAuthIdentify(t *testing.T) {
	f := oauthFarm(t, nil)
	a := oauthAt(t, f.URL("metawiki"), mwclient.Options{})
	verifier := mwclient.NewVerifier()
	q, err := url.Parse(a.AuthorizeURL("a state", verifier))
	if err != nil {
		t.Fatal(err)
	}
	if v := q.Query(); v.Get("code_challenge_method") != "S256" || strings.Contains(q.RawQuery, verifier) || v.Get("scope") != "mwoauth-authonly" || v.Get("redirect_uri") != callback {
		t.Errorf("asked %s", q)
	}
	code := allow(t, f, a, verifier)
	got, err := a.Identify(t.Context(), code, verifier)
	if err != nil || got.Sub != "77" || got.Name != "Ann" || got.Blocked || got.MoreThanNeeded() {
		t.Errorf("%+v %v", got, err)
	}
	stats := f.Stats().Wikis["metawiki"].Endpoints
	if stats[fakewiki.EndpointToken] != 1 || stats[fakewiki.EndpointProfile] != 1 {
		t.Errorf("requests %v", stats)
	}
	if _, err := a.Identify(t.Context(), code, verifier); !errors.Is(err, mwclient.ErrOAuthCode) {
		t.Errorf("a code twice: %v", err)
	}
	if n := f.Stats().Wikis["metawiki"].Endpoints[fakewiki.EndpointToken]; n != 2 {
		t.Errorf("%d requests for two codes: one was sent twice", n)
	}
}

// TestOAuthErrors: what each end of a login is called, without its secrets.
func TestOAuthErrors(t *testing.T) {
	verifier := mwclient.NewVerifier()
	for _, c := range []struct {
		name string
		farm func(*fakewiki.Consumer)
		do   func(t *testing.T, f *fakewiki.Farm)
		code string // empty: a good one
		with string // verifier
		want error
	}{
		{"garbage for a code", nil, nil, "garbage-code", verifier, mwclient.ErrOAuthCode},
		{"another's verifier", nil, nil, "", mwclient.NewVerifier(), mwclient.ErrOAuthCode},
		{"an old code", nil, func(_ *testing.T, f *fakewiki.Farm) { f.SetNow(f.Now().Add(11 * time.Minute)) }, "", verifier, mwclient.ErrOAuthCode},
		{"wrong secret", func(c *fakewiki.Consumer) { c.Secret = "another" }, nil, "", verifier, mwclient.ErrOAuthClient},
		{"hidden meanwhile", nil, func(t *testing.T, f *fakewiki.Farm) {
			if err := f.Change(fakewiki.Change{Name: "Ann", To: fakewiki.Hidden}); err != nil {
				t.Fatal(err)
			}
		}, "", verifier, mwclient.ErrOAuthHidden},
		{"locked meanwhile", nil, func(t *testing.T, f *fakewiki.Farm) {
			if err := f.Change(fakewiki.Change{Name: "Ann", To: fakewiki.Locked}); err != nil {
				t.Fatal(err)
			}
		}, "", verifier, mwclient.ErrOAuthCode},
		{"read-only", nil, faulty(fakewiki.ReadOnly, fakewiki.EndpointToken), "", verifier, nil},
		{"the wiki is down", nil, func(_ *testing.T, f *fakewiki.Farm) { f.SetFaults(fakewiki.Faults{Down: []string{"metawiki"}}) }, "", verifier, nil},
		{"too many requests", nil, faulty(fakewiki.TooMany, fakewiki.EndpointToken), "", verifier, nil},
		{"a cut profile", nil, faulty(fakewiki.Truncated, fakewiki.EndpointProfile), "", verifier, nil},
		{"a huge profile", nil, faulty(fakewiki.Oversized, fakewiki.EndpointProfile), "", verifier, nil},
		{"a huge token", nil, faulty(fakewiki.Oversized, fakewiki.EndpointToken), "", verifier, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := oauthFarm(t, c.farm)
			a := oauthAt(t, f.URL("metawiki"), mwclient.Options{})
			code := c.code
			if code == "" {
				code = allow(t, f, a, verifier)
			}
			if c.do != nil {
				c.do(t, f)
			}
			_, err := a.Identify(t.Context(), code, c.with)
			if err == nil {
				t.Fatal("no error")
			}
			for _, known := range []error{mwclient.ErrOAuthCode, mwclient.ErrOAuthClient, mwclient.ErrOAuthHidden} {
				if errors.Is(err, known) != (known == c.want) { //nolint:errorlint // which of the three is meant
					t.Errorf("%v, want %v", err, c.want)
				}
			}
			for _, secret := range []string{code, verifier, clientSecret, "eyJ", "Ann"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error holds %.20q: %v", secret, err)
				}
			}
		})
	}
}

func faulty(kind fakewiki.Kind, endpoint string) func(*testing.T, *fakewiki.Farm) {
	return func(_ *testing.T, f *fakewiki.Farm) {
		f.SetFaults(fakewiki.Faults{Rules: []fakewiki.Rule{{Kind: kind, Endpoint: endpoint, Probability: 1, Times: -1}}})
	}
}

// TestOAuthMoreThanNeeded: a client that was registered for more is told apart.
func TestOAuthMoreThanNeeded(t *testing.T) {
	i := mwclient.Identity{Grants: []string{"mwoauth-authonly", "basic"}}
	if !i.MoreThanNeeded() {
		t.Error("basic is more than needed")
	}
}

// TestOAuthGoesNowhereElse: neither a code nor a token follows a redirect, and
// none leaves without https or for a host that is not allowed.
func TestOAuthGoesNowhereElse(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	moved := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	}))
	defer moved.Close()
	if _, err := oauthAt(t, moved.URL, mwclient.Options{}).Identify(t.Context(), "code", mwclient.NewVerifier()); err == nil {
		t.Error("a redirect is no answer")
	}
	if a := oauthAt(t, "http://wiki.example.org", mwclient.Options{Contact: "test"}); !strings.HasPrefix(a.AuthorizeURL("s", "v"), "https://wiki.example.org/") {
		t.Errorf("people are sent to %s", a.AuthorizeURL("s", "v"))
	}
	allowed := true
	a := oauthAt(t, moved.URL, mwclient.Options{Allow: func(string) error {
		if allowed {
			return nil
		}
		return errors.New("not on the list")
	}})
	allowed = false
	if _, err := a.Identify(t.Context(), "code", mwclient.NewVerifier()); !errors.Is(err, mwclient.ErrNotAllowed) {
		t.Errorf("a host that is not allowed: %v", err)
	}
}
