package web

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"afterglow/mwclient"
	"afterglow/mwclient/fakewiki"
)

// Farm of the fixture, and somebody who has an account there.
const farmName = "meta.example.org"

func organizer() Person { return Person{Farm: farmName, Sub: "4711", ID: 4711, Name: "Olga Organizer"} }

const (
	testBase   = "http://127.0.0.1:8090"
	testSecret = "the-secret-of-the-consumer"
)

// loginOptions lets people sign in to a server, which needs a BaseURL. The wiki
// is one that does not answer: signIn does not ask it.
func loginOptions(tb testing.TB, sessions Sessions) *Login {
	tb.Helper()
	return loginAt(tb, "http://127.0.0.1:1", testBase, farmName, sessions)
}

func loginAt(tb testing.TB, wiki, base, farm string, sessions Sessions) *Login {
	tb.Helper()
	c, err := mwclient.New(mwclient.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	w, err := c.Wiki(tb.Context(), wiki)
	if err != nil {
		tb.Fatal(err)
	}
	a, err := w.OAuth(mwclient.OAuthOptions{ClientID: "afterglow", ClientSecret: testSecret, Callback: base + CallbackPath})
	if err != nil {
		tb.Fatal(err)
	}
	return &Login{OAuth: a, Sessions: sessions, Farm: func(context.Context) (string, error) { return farm, nil }}
}

// signIn returns the cookie of a person who has signed in.
func signIn(tb testing.TB, s *Server, p Person) *http.Cookie {
	tb.Helper()
	ctx, err := s.login.sessions.Load(tb.Context(), "")
	if err == nil {
		err = s.login.begin(ctx, p)
	}
	if err != nil {
		tb.Fatal(err)
	}
	token, _, err := s.login.sessions.Commit(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	return &http.Cookie{Name: s.login.sessions.Cookie.Name, Value: token}
}

// wikiPeople are the accounts of the wiki that people sign in at.
func wikiPeople() *fakewiki.Dataset {
	local := []fakewiki.Local{{Wiki: "metawiki", Registration: now.AddDate(-3, 0, 0)}}
	return &fakewiki.Dataset{Accounts: []fakewiki.Account{
		{Name: "Olga Organizer", ID: 4711, Locals: local}, {Name: "Mallory", ID: 666, Locals: local},
		{Name: "Locked Lou", ID: 667, State: fakewiki.Locked, Locals: local}, {Name: "Hidden Hal", ID: 668, State: fakewiki.Hidden, Locals: local},
	}}
}

// loginFixture is a fixture where people sign in at a wiki that answers.
type loginFixture struct {
	*fixture
	farm *fakewiki.Farm
	base string
}

func newLoginFixture(tb testing.TB, base string, change func(*Options, *fakewiki.Consumer)) *loginFixture {
	tb.Helper()
	consumer := fakewiki.Consumer{ID: "afterglow", Secret: testSecret, Name: "Afterglow", Callback: base + CallbackPath}
	f := &loginFixture{base: base}
	f.fixture = newFixture(tb, func(o *Options) {
		o.BaseURL = base
		o.Login = &Login{} // filled below: the farm wants the consumer first
		if change != nil {
			change(o, &consumer)
		}
		var err error
		f.farm, err = fakewiki.New(fakewiki.Spec{CentralAuth: true, Wikis: []fakewiki.WikiSpec{{DB: "metawiki", Name: "A wiki"}},
			Consumers: []fakewiki.Consumer{consumer}, Exact: wikiPeople()})
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(f.farm.Close)
		given := *o.Login
		sessions, ok := o.Campaigns.(Sessions)
		if !ok {
			tb.Fatal("the store keeps no sessions")
		}
		o.Login = loginAt(tb, f.farm.URL("metawiki"), base, farmName, sessions)
		o.Login.Administrators, o.Login.Idle, o.Login.Lifetime = given.Administrators, given.Idle, given.Lifetime
	})
	return f
}

// browser keeps cookies between requests, as a person's does.
type browser struct {
	tb  testing.TB
	h   http.Handler
	jar *cookiejar.Jar
}

func newBrowser(tb testing.TB, h http.Handler) *browser {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return &browser{tb, h, jar}
}

// do sends a request with the browser's cookies to a path of ours.
func (b *browser) do(r *http.Request) answered {
	b.tb.Helper()
	u := *r.URL
	u.Scheme, u.Host = "http", "127.0.0.1"
	for _, c := range b.jar.Cookies(&u) {
		r.AddCookie(c)
	}
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", "text/html")
	}
	w := httptest.NewRecorder()
	checked(b.tb, b.h).ServeHTTP(w, r)
	res := w.Result()
	b.jar.SetCookies(&u, res.Cookies())
	return answered{res, w.Body.Bytes()}
}

func (b *browser) get(path string) answered {
	b.tb.Helper()
	return b.do(httptest.NewRequestWithContext(b.tb.Context(), http.MethodGet, path, nil))
}

// login goes the whole way and returns the answer to the callback.
func (f *loginFixture) login(b *browser, path, user, button string) answered {
	b.tb.Helper()
	began := b.get(path)
	if began.StatusCode != http.StatusSeeOther {
		b.tb.Fatalf("%s: %d %s", path, began.StatusCode, began.body)
	}
	back, err := f.farm.Visit(b.tb.Context(), began.Header.Get("Location"), user, button)
	if err != nil {
		b.tb.Fatal(err)
	}
	return b.get(back.RequestURI())
}

// post sends a form from a page of ours.
func (b *browser) post(path string, form url.Values) answered {
	b.tb.Helper()
	r := httptest.NewRequestWithContext(b.tb.Context(), http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}
