package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"

	"afterglow/mwclient"
	"afterglow/service/store"
)

// Sessions keeps sessions. id is a hash of what the browser holds. Session's
// error wraps store.ErrNotFound where there is none or it has expired.
type Sessions interface {
	Session(ctx context.Context, id string) (data []byte, err error)
	SaveSession(ctx context.Context, id string, data []byte, expires time.Time) error
	DeleteSession(ctx context.Context, id string) error
	DeleteExpiredSessions(ctx context.Context) error
}

// Login configures signing in.
type Login struct {
	OAuth    *mwclient.OAuth
	Sessions Sessions
	// Farm names the farm whose ids OAuth gives.
	Farm func(context.Context) (string, error)
	// Lifetime is how long a session lasts at most, Idle how long it lasts
	// without a request; default 7 days, 24 hours.
	Lifetime, Idle time.Duration
	// Administrators may do everything: "FARM:SUB", or "User:NAME" for whoever
	// has that name, which can change hands, on the farm that Farm names.
	Administrators []string
}

// login is who is signed in.
type login struct {
	o        Login
	sessions *scs.SessionManager
	now      func() time.Time
	logger   *slog.Logger
}

// Keys of a session.
const (
	sessionFarm = "farm"
	sessionSub  = "sub"
	sessionName = "name"
	sessionFrom = "from" // Unix seconds: when the person signed in
	sessionSeen = "seen" // Unix seconds: of the last request, to a twentieth of Login.Idle
)

// newLogin takes what answers a request with an error.
func newLogin(o Options, fail func(http.ResponseWriter, *http.Request, error)) (*login, error) {
	if o.Login == nil {
		return nil, nil //nolint:nilnil // there is no login
	}
	l := &login{o: *o.Login, sessions: scs.New(), now: o.Now, logger: o.Logger}
	if l.o.OAuth == nil || l.o.Sessions == nil || l.o.Farm == nil {
		return nil, errors.New("web: Login.OAuth, Login.Sessions and Login.Farm are required")
	}
	u, err := url.Parse(o.BaseURL)
	if err != nil || u.Host == "" {
		return nil, errors.New("web: login needs Options.BaseURL")
	}
	setDefault(&l.o.Lifetime, 7*24*time.Hour)
	setDefault(&l.o.Idle, 24*time.Hour)
	m := l.sessions
	m.Store = sessionStore{l.o.Sessions}
	m.HashTokenInStore = true
	m.Lifetime = l.o.Lifetime
	m.ErrorFunc = l.fails(fail)
	m.Cookie.Name = "afterglow"
	m.Cookie.Path = u.Path + "/"
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.HttpOnly = true
	// A cookie with this prefix cannot be set by another host of the domain, nor over http:
	// https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
	if m.Cookie.Secure = u.Scheme == "https" || !onLoopback(u.Hostname()); m.Cookie.Secure {
		m.Cookie.Name = "__Secure-afterglow"
		if m.Cookie.Path == "/" {
			m.Cookie.Name = "__Host-afterglow"
		}
	}
	return l, nil
}

// onLoopback reports whether a host names this machine. No name is looked up.
func onLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// fails returns what is done where the database fails a session. One that cannot be
// read ends the request: it would pass for nobody's. One that cannot be saved is
// logged only, for the answer has begun; whoever signed in has to do so again.
func (l *login) fails(fail func(http.ResponseWriter, *http.Request, error)) func(http.ResponseWriter, *http.Request, error) {
	return func(w http.ResponseWriter, r *http.Request, err error) {
		if e := exchangeOf(r); !e.session {
			fail(w, r, fmt.Errorf("read the session: %w", err))
		} else if !errors.Is(err, context.Canceled) {
			l.logger.ErrorContext(r.Context(), "a session could not be saved", "error.message", err, "http.request.id", e.id)
		}
	}
}

// withSession finds out who sends a request, and saves what h changes in the
// session. A reader without a cookie costs nothing and gets none.
func (l *login) withSession(h http.Handler) http.Handler {
	return l.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := exchangeOf(r)
		e.session, e.person = true, l.person(r.Context())
		h.ServeHTTP(w, r)
	}))
}

// person is whose the session is; the zero Person where it is nobody's or over.
func (l *login) person(ctx context.Context) Person {
	m := l.sessions
	p, ok := newPerson(m.GetString(ctx, sessionFarm), m.GetString(ctx, sessionSub), m.GetString(ctx, sessionName))
	if !ok {
		return Person{}
	}
	now := l.now()
	from, seen := time.Unix(m.GetInt64(ctx, sessionFrom), 0), time.Unix(m.GetInt64(ctx, sessionSeen), 0)
	if now.Sub(from) >= l.o.Lifetime || now.Sub(seen) >= l.o.Idle {
		if err := m.Destroy(ctx); err != nil {
			l.logger.ErrorContext(ctx, "ending a session", "error.message", err)
		}
		return Person{}
	}
	if now.Sub(seen) > l.o.Idle/20 { // each writing costs the database a transaction
		m.Put(ctx, sessionSeen, now.Unix())
	}
	return p
}

// begin makes the session the person's, under a token that nobody has seen
// before: who planted the old one in a browser has nothing.
func (l *login) begin(ctx context.Context, p Person) error {
	m := l.sessions
	if err := m.RenewToken(ctx); err != nil {
		return fmt.Errorf("a new session: %w", err)
	}
	m.Put(ctx, sessionFarm, p.Farm)
	m.Put(ctx, sessionSub, p.Sub)
	m.Put(ctx, sessionName, p.Name)
	m.Put(ctx, sessionFrom, l.now().Unix())
	m.Put(ctx, sessionSeen, l.now().Unix())
	if err := l.o.Sessions.DeleteExpiredSessions(ctx); err != nil {
		l.logger.ErrorContext(ctx, "old sessions", "error.message", err)
	}
	return nil
}

// sessionStore shows Sessions to scs.
type sessionStore struct{ s Sessions }

func (s sessionStore) FindCtx(ctx context.Context, id string) ([]byte, bool, error) {
	data, err := s.s.Session(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	return data, err == nil, err
}

func (s sessionStore) CommitCtx(ctx context.Context, id string, data []byte, expires time.Time) error {
	return s.s.SaveSession(ctx, id, data, expires)
}

func (s sessionStore) DeleteCtx(ctx context.Context, id string) error {
	return s.s.DeleteSession(ctx, id)
}

// scs asks for these, and calls those above.

func (s sessionStore) Find(id string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), id)
}

func (s sessionStore) Commit(id string, data []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), id, data, expires)
}

func (s sessionStore) Delete(id string) error { return s.DeleteCtx(context.Background(), id) }
