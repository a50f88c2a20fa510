package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"afterglow/charts/i18n"
	"afterglow/mwclient"
)

// CallbackPath is where the wiki sends people back to; below BaseURL, it is the
// callback that the consumer is registered with.
const CallbackPath = "/oauth/callback"

// attempt is one login that was begun in a browser. State comes back from the
// wiki with the person; only the browser that has the session knows it.
type attempt struct {
	State    string `json:"s"`
	Verifier string `json:"v"`
	ReturnTo string `json:"r,omitempty"`
	Lang     string `json:"l,omitempty"`
	Begun    int64  `json:"b"` // Unix seconds
}

const (
	sessionAttempts = "attempts"
	// mostAttempts bounds the logins begun at once in one browser (in several tabs).
	mostAttempts = 4
	// attemptLife is how long a person may take; the wiki's codes live as long.
	attemptLife = 10 * time.Minute
)

// begun are the logins that were begun in the request's session, the oldest
// first; some may be too old.
func (l *login) begun(r *http.Request) []attempt {
	var all []attempt
	if text := l.sessions.GetString(r.Context(), sessionAttempts); text != "" {
		if json.Unmarshal([]byte(text), &all) != nil {
			return nil // of another version of ours
		}
	}
	return all
}

// attempts are those that are not too old.
func (l *login) attempts(r *http.Request) []attempt {
	all := l.begun(r)
	since := l.now().Add(-attemptLife).Unix()
	return slices.DeleteFunc(all, func(a attempt) bool { return a.Begun < since })
}

func (l *login) keep(r *http.Request, all []attempt) error {
	if len(all) == 0 {
		l.sessions.Remove(r.Context(), sessionAttempts)
		return nil
	}
	text, err := json.Marshal(all)
	if err != nil {
		return fmt.Errorf("the logins under way: %w", err)
	}
	l.sessions.Put(r.Context(), sessionAttempts, string(text))
	return nil
}

// take removes the login with that state, which works once.
func (l *login) take(r *http.Request, state string) (attempt, bool, error) {
	all := l.attempts(r)
	i := slices.IndexFunc(all, func(a attempt) bool { return state != "" && a.State == state })
	if i < 0 {
		return attempt{}, false, nil
	}
	found := all[i]
	return found, true, l.keep(r, slices.Delete(all, i, i+1))
}

// ownPath reports whether a return address is a path of ours: nothing that a
// browser could read as another host.
func ownPath(to string) bool {
	if len(to) > maxReturn || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") ||
		strings.ContainsFunc(to, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f || r > '~' }) {
		return false
	}
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") {
		return false
	}
	// The doors are no places to return to.
	return u.Path != "/login" && u.Path != "/logout" && u.Path != CallbackPath && !strings.Contains(u.Path, "\\")
}

const maxReturn = 2048

// returnTo is a checked return address, or the first page.
func returnTo(to string) string {
	if !ownPath(to) {
		return "/"
	}
	return to
}

// beginLogin is GET /login: it sends a person to the wiki.
func (s *Server) beginLogin(w http.ResponseWriter, r *http.Request) error {
	q, err := readQuery(r, "signing in", []string{"return_to", "uselang"})
	if err != nil {
		return err
	}
	lang, err := q.language()
	if err != nil {
		return err
	}
	to := q.values.Get("return_to")
	if q.values.Has("return_to") && !ownPath(to) {
		return refuse("return_to", to, "a path of this server, such as /campaigns/metawiki-12")
	}
	if _, ok := personOf(r); ok {
		s.sendOn(w, s.basePath+returnTo(to))
		return nil
	}
	if to, ok := s.properLoopback(r); ok {
		s.sendOn(w, to)
		return nil
	}
	l := s.login
	a := attempt{State: mwclient.NewVerifier(), Verifier: mwclient.NewVerifier(), ReturnTo: to, Lang: lang, Begun: l.now().Unix()}
	all := append(l.attempts(r), a)
	if len(all) > mostAttempts {
		all = all[len(all)-mostAttempts:]
	}
	if err := l.keep(r, all); err != nil {
		return err
	}
	s.sendOn(w, l.o.OAuth.AuthorizeURL(a.State, a.Verifier))
	return nil
}

// properLoopback is where to begin a login on the reader's own machine that was
// begun under another of its names: the wiki sends them back to the one of
// BaseURL, where a cookie of "localhost" is not known. Elsewhere the Host header
// is never believed.
func (s *Server) properLoopback(r *http.Request) (to string, ok bool) {
	base, err := url.Parse(s.o.BaseURL)
	asked := url.URL{Host: r.Host}
	if err != nil || r.Host == base.Host || !onLoopback(base.Hostname()) || !onLoopback(asked.Hostname()) || asked.Port() != base.Port() {
		return "", false
	}
	return s.o.BaseURL + r.URL.RequestURI(), true
}

// sendOn sends a browser on; where to depends on who asks.
func (s *Server) sendOn(w http.ResponseWriter, to string) {
	h := w.Header()
	h.Set("Location", to)
	h.Set("Cache-Control", cacheNot)
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(http.StatusSeeOther)
}

// loginEnd is how a login ended without anybody being signed in.
type loginEnd string

// Ends of a login; each is a page.
const (
	endDenied      loginEnd = "denied"      // the person pressed Cancel
	endLost        loginEnd = "lost"        // not begun in this browser, or too long ago
	endCode        loginEnd = "code"        // the wiki does not take the code: too old, used
	endHidden      loginEnd = "hidden"      // the account is hidden
	endRegistered  loginEnd = "registered"  // the wiki does not know this server as it is configured
	endUnavailable loginEnd = "unavailable" // the wiki cannot tell now
)

func (e loginEnd) status() int {
	switch e {
	case endDenied, endHidden:
		return http.StatusForbidden
	case endRegistered, endUnavailable:
		return http.StatusBadGateway
	}
	return http.StatusBadRequest
}

// endOf sorts what the wiki's redirect says instead of a code. A person who
// presses Cancel comes back as unauthorized_client from MediaWiki, and as
// access_denied by the standard (RFC 6749, 4.1.2.1); neither with a state.
func endOf(code string) loginEnd {
	switch code {
	case "unauthorized_client", "access_denied":
		return endDenied
	case "server_error", "temporarily_unavailable":
		return endUnavailable
	}
	return endRegistered // invalid_scope, invalid_request, …
}

// endLogin is GET /oauth/callback: a person comes back from the wiki. What
// follows the question mark is the wiki's to say, so unknown parameters are not
// refused here.
func (s *Server) endLogin(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Referrer-Policy", "no-referrer") // the address holds the code
	q := r.URL.Query()
	l := s.login
	if code := q.Get("error"); code != "" {
		// Which of the logins under way it was is not said: MediaWiki leaves the
		// state out. None of them is harmed.
		end := endOf(code)
		if end != endDenied {
			// Anybody can open this address, so it is no error of ours yet.
			s.logLogin(r, slog.LevelWarn, "a login came back with an error", "error.code", shorten(code))
		}
		return s.loginPage(w, r, attempt{}, end)
	}
	a, ok, err := l.take(r, q.Get("state"))
	if err != nil {
		return err
	}
	if !ok || q.Get("code") == "" {
		return s.loginPage(w, r, a, endLost)
	}
	// The wiki is asked, and not as often as anybody likes.
	if err := s.limits.logins.allow(s.addressOf(r), l.now()); err != nil {
		return err
	}
	identity, err := l.o.OAuth.Identify(r.Context(), q.Get("code"), a.Verifier)
	switch {
	case errors.Is(err, mwclient.ErrOAuthCode):
		s.logLogin(r, slog.LevelInfo, "a login ended", "error.message", err)
		return s.loginPage(w, r, a, endCode)
	case errors.Is(err, mwclient.ErrOAuthHidden):
		return s.loginPage(w, r, a, endHidden)
	case errors.Is(err, mwclient.ErrOAuthClient):
		s.logLogin(r, slog.LevelError, "the wiki does not take this server as its OAuth client", "error.message", err)
		return s.loginPage(w, r, a, endRegistered)
	case err != nil:
		s.logLogin(r, slog.LevelError, "a login failed", "error.message", err)
		return s.loginPage(w, r, a, endUnavailable)
	}
	farm, err := l.o.Farm(r.Context())
	if err != nil {
		s.logLogin(r, slog.LevelError, "the farm of the wiki that people sign in at", "error.message", err)
		return s.loginPage(w, r, a, endUnavailable)
	}
	p, ok := newPerson(farm, identity.Sub, identity.Name)
	if !ok {
		s.logLogin(r, slog.LevelError, "a profile that cannot be used")
		return s.loginPage(w, r, a, endUnavailable)
	}
	if identity.MoreThanNeeded() {
		s.logLogin(r, slog.LevelWarn, "the OAuth consumer has more grants than it needs: register one for \"User identity verification only\"")
	}
	if err := l.begin(r.Context(), p); err != nil {
		return err
	}
	s.sendOn(w, s.basePath+returnTo(a.ReturnTo))
	return nil
}

// logLogin logs the end of a login: never who it was, nor what they came with.
func (s *Server) logLogin(r *http.Request, level slog.Level, message string, args ...any) {
	s.o.Logger.Log(r.Context(), level, message, append(args, "http.request.id", exchangeOf(r).id)...)
}

// endSession is POST /logout.
func (s *Server) endSession(w http.ResponseWriter, r *http.Request) error {
	if err := s.login.sessions.Destroy(r.Context()); err != nil {
		return fmt.Errorf("ending a session: %w", err)
	}
	to := "/"
	if err := r.ParseForm(); err == nil {
		to = returnTo(r.PostForm.Get("return_to"))
	}
	s.sendOn(w, s.basePath+to)
	return nil
}

// loginView is the page of a login that ended without anybody being signed in.
type loginView struct {
	base
	End      loginEnd
	Lead     string
	Next     string // what to do
	Again    string // address; empty: trying again does not help
	Wiki     string // host
	ID       string // of the request, where the operator must look
	Operator bool
}

// loginPage says how a login ended, and what to do next.
func (s *Server) loginPage(w http.ResponseWriter, r *http.Request, a attempt, end loginEnd) error {
	values := url.Values{}
	lang := a.Lang
	if lang == "" {
		// The wiki does not say in which language they began: the last one begun does.
		if all := s.login.begun(r); len(all) > 0 {
			lang, a.ReturnTo = all[len(all)-1].Lang, all[len(all)-1].ReturnTo
		}
	}
	if lang != "" && lang != "en" {
		values.Set("uselang", lang)
	}
	b, err := s.base(r, query{values: values})
	if err != nil {
		return err
	}
	b.path, b.lost = "/", true // a language's link leads to a page that is there
	b.Title = b.T("web-login-failed")
	v := loginView{base: b, End: end, Wiki: s.login.o.OAuth.Wiki().Host(), ID: exchangeOf(r).id, Operator: end == endRegistered || end == endUnavailable}
	wiki := i18n.Text(v.Wiki)
	v.Lead, v.Next = b.T("web-login-"+string(end), wiki), b.T("web-login-"+string(end)+"-next", wiki)
	if end != endHidden && end != endRegistered {
		v.Again = b.loginHref(a.ReturnTo)
	}
	return s.sendPage(w, r, end.status(), "login.html", v)
}

// loginHref is the address that signs somebody in and brings them to a path.
func (b base) loginHref(to string) string {
	values := url.Values{}
	if ownPath(to) && to != "/" {
		values.Set("return_to", to)
	}
	if b.loc.Code() != "en" {
		values.Set("uselang", b.loc.Code())
	}
	if len(values) == 0 {
		return b.server.basePath + "/login"
	}
	return b.server.basePath + "/login?" + values.Encode()
}

// LoginHref signs the reader in and brings them back to this page.
func (b base) LoginHref() string { return b.loginHref(b.here()) }

// here is this page's address without the base path.
func (b base) here() string { return strings.TrimPrefix(b.self(b.query), b.server.basePath) }

// Here is where signing out leads.
func (b base) Here() string { return returnTo(b.here()) }
