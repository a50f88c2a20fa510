package mwclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"golang.org/x/oauth2"
)

// How a login can end, beside errors of the network.
var (
	// ErrOAuthCode: the code was used before, is too old, or is not ours: the
	// person can begin again.
	ErrOAuthCode = errors.New("the wiki does not take the code")
	// ErrOAuthClient: the wiki does not take the client itself: its id, its
	// secret or its callback is not what the wiki has. Only the operator can help.
	ErrOAuthClient = errors.New("the wiki does not take this server as its OAuth client")
	// ErrOAuthHidden: the account's name is hidden.
	ErrOAuthHidden = errors.New("the account is hidden")
)

// scopeAuthOnly tells who somebody is, and reads nothing.
// https://www.mediawiki.org/wiki/OAuth/For_Developers
const scopeAuthOnly = "mwoauth-authonly"

const (
	// oauthTimeout bounds each of the two requests of a login: somebody waits.
	oauthTimeout = 15 * time.Second
	maxProfile   = 256 << 10
)

// OAuthOptions is what a wiki's Special:OAuthConsumerRegistration gave for this
// server. All are required.
type OAuthOptions struct {
	ClientID, ClientSecret string
	Callback               string // redirect_uri, as registered
}

// OAuth tells who people are by a wiki's OAuth 2 (Extension:OAuth). It is safe
// for concurrent use, keeps no token, and does not wait in the line of those who
// read the wiki.
type OAuth struct {
	wiki *Wiki
	o    OAuthOptions
	http *http.Client
}

// Identity is an account as the wiki's OAuth tells of it.
type Identity struct {
	Sub     string // the central id (the wiki's own where it has no central accounts), in decimal
	Name    string
	Blocked bool     // on the wiki itself
	Grants  []string // of the client; more than mwoauth-authonly is more than is needed
}

// OAuth returns the wiki's OAuth for this server.
func (w *Wiki) OAuth(o OAuthOptions) (*OAuth, error) {
	if o.ClientID == "" || o.ClientSecret == "" || o.Callback == "" {
		return nil, errors.New("mwclient: OAuthOptions: the client's id, its secret and the callback are required")
	}
	return &OAuth{wiki: w, o: o, http: &http.Client{
		Transport: oauthTransport{w.c}, Timeout: oauthTimeout,
		// Codes and tokens go where they were meant to, and nowhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Wiki returns the wiki that people sign in at.
func (a *OAuth) Wiki() *Wiki { return a.wiki }

// address is of a path below rest.php/oauth2/.
func (a *OAuth) address(path string) string {
	a.wiki.mu.Lock()
	defer a.wiki.mu.Unlock()
	return script(a.wiki.api, "rest.php/oauth2/"+path).String()
}

func (a *OAuth) config() *oauth2.Config {
	return &oauth2.Config{
		ClientID: a.o.ClientID, ClientSecret: a.o.ClientSecret, RedirectURL: a.o.Callback, Scopes: []string{scopeAuthOnly},
		Endpoint: oauth2.Endpoint{
			AuthURL: a.address("authorize"), TokenURL: a.address("access_token"),
			// Probing would send the code twice.
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
}

// NewVerifier returns a secret for one login: PKCE's code verifier (RFC 7636).
func NewVerifier() string { return oauth2.GenerateVerifier() }

// AuthorizeURL is where a person goes to allow the login. state comes back with
// them, unless they refuse; verifier is for Identify.
func (a *OAuth) AuthorizeURL(state, verifier string) string {
	return a.config().AuthCodeURL(state, oauth2.S256ChallengeOption(verifier))
}

// Identify turns the code that somebody came back with into who they are. The
// token that tells is forgotten. Errors: ErrOAuthCode, ErrOAuthClient,
// ErrOAuthHidden, ErrNotAllowed; all others mean that the wiki cannot tell now.
// None holds the code, the token or the secret.
func (a *OAuth) Identify(ctx context.Context, code, verifier string) (Identity, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, a.http)
	token, err := a.config().Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return Identity{}, a.failed("turning the code into a token", err)
	}
	identity, err := a.profile(ctx, token.AccessToken)
	if err != nil {
		return Identity{}, a.failed("reading the profile", err)
	}
	return identity, nil
}

// failed sorts an error of OAuth. Both families of errors are known: those of
// MediaWiki 1.43 (invalid_request with a hint), and those of later versions of
// league/oauth2-server (invalid_grant).
func (a *OAuth) failed(doing string, err error) error {
	at := func(err error) error { return fmt.Errorf("%s at %s: %w", doing, a.wiki.Host(), err) }
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		var inURL *url.Error // its text repeats the address
		if errors.As(err, &inURL) {
			err = inURL.Err
		}
		return at(err)
	}
	status := 0
	if refused.Response != nil {
		status = refused.Response.StatusCode
	}
	switch refused.ErrorCode {
	case "invalid_request", "invalid_grant", "access_denied":
		return at(fmt.Errorf("%w (%d %s)", ErrOAuthCode, status, refused.ErrorCode))
	case "invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type":
		return at(fmt.Errorf("%w (%d %s)", ErrOAuthClient, status, refused.ErrorCode))
	}
	return at(&StatusError{Status: status, Wiki: a.wiki.Host()})
}

// profile reads rest.php/oauth2/resource/profile.
func (a *OAuth) profile(ctx context.Context, token string) (Identity, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.address("resource/profile"), nil)
	if err != nil {
		return Identity{}, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := a.http.Do(req)
	if err != nil {
		return Identity{}, err
	}
	defer resp.Body.Close()
	body, err := readBody(resp, maxProfile)
	if err != nil {
		return Identity{}, err
	}
	switch {
	case resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden:
		return Identity{}, fmt.Errorf("%w: not its own token (%d)", ErrOAuthCode, resp.StatusCode)
	case resp.StatusCode != http.StatusOK:
		return Identity{}, &StatusError{Status: resp.StatusCode, Wiki: a.wiki.Host()}
	}
	var p struct {
		Sub      string   `json:"sub"`
		Username string   `json:"username"`
		Blocked  bool     `json:"blocked"`
		Grants   []string `json:"grants"`
	}
	if err := json.Unmarshal(body, &p, lenient()); err != nil {
		return Identity{}, &ResponseError{Wiki: a.wiki.Host(), Err: errors.New("its profile cannot be read")}
	}
	if parseID(p.Sub) <= 0 {
		return Identity{}, &ResponseError{Wiki: a.wiki.Host(), Err: errors.New("its profile has no account's id")}
	}
	if p.Username == "" {
		return Identity{}, ErrOAuthHidden
	}
	return Identity{Sub: p.Sub, Name: p.Username, Blocked: p.Blocked, Grants: p.Grants}, nil
}

// MoreThanNeeded reports whether the client asked for more than to know who
// somebody is. Such a client's people must press Allow at every login.
func (i Identity) MoreThanNeeded() bool {
	return slices.ContainsFunc(i.Grants, func(g string) bool { return g != scopeAuthOnly })
}

// oauthTransport sends a login's requests: to allowed hosts, under our name,
// with a bound on what comes back.
type oauthTransport struct{ c *Client }

// RoundTrip is http.RoundTripper's.
func (t oauthTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	at, err := t.c.admit(req.URL)
	if err != nil {
		return nil, err
	}
	if at != req.URL { // it is not https where it should be: no code or secret goes that way
		return nil, fmt.Errorf("%w: %s without https", ErrNotAllowed, hostKey(req.URL))
	}
	req = req.Clone(req.Context())
	req.Header.Set("User-Agent", t.c.agent)
	req.Header.Set("Accept", "application/json")
	resp, err := t.c.o.Base.RoundTrip(req)
	if err != nil {
		var network *net.OpError
		if errors.As(err, &network) { // without what was asked
			return nil, network
		}
		return nil, err
	}
	resp.Body = http.MaxBytesReader(nil, resp.Body, maxProfile)
	return resp, nil
}
