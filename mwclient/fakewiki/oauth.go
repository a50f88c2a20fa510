package fakewiki

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Consumer is an OAuth 2 client, as Special:OAuthConsumerRegistration keeps it.
// See https://www.mediawiki.org/wiki/Extension:OAuth.
type Consumer struct {
	ID, Secret string
	Name       string // said on the consent page; empty: ID
	// Callback is the one redirect_uri that is taken.
	Callback string
	// Public clients cannot keep a secret: they need PKCE, and none for a code.
	Public bool
	// Unapproved consumers were proposed, and nobody can use them yet.
	Unapproved bool
	// Grants are the scopes that may be asked for; none: mwoauth-authonly, which
	// tells who somebody is and reads nothing.
	Grants []string
	// Owner is whom a token of the consumer itself (client_credentials) speaks for.
	Owner string
	// TokenLife is how long an access token is valid; 0: an hour.
	TokenLife time.Duration
}

const (
	authOnly     = "mwoauth-authonly"
	basicGrant   = "basic"
	codeLife     = 10 * time.Minute
	tokenLife    = time.Hour
	refreshLife  = 30 * 24 * time.Hour
	oauthPath    = "/oauth2/"
	sessionName  = "session"
	loginTitle   = "Special:UserLogin"
	approveTitle = "Special:OAuth/approve"
	returnTitle  = "Special:OAuth/rest_redirect"
)

// grants are the scopes of a consumer.
func (c *Consumer) grants() []string {
	if len(c.Grants) == 0 {
		return []string{authOnly}
	}
	return c.Grants
}

// asksAgain reports whether people must press Allow at every login: only a
// confidential client that merely asks who they are is spared that.
func (c *Consumer) asksAgain() bool {
	return c.Public || !slices.Equal(c.grants(), []string{authOnly})
}

// authorization is what a code or a token stands for.
type authorization struct {
	consumer  *Consumer
	person    int32 // −1: nobody
	wiki      int   // where the person allowed it
	scopes    []string
	redirect  string
	challenge string // PKCE; empty: none
	plain     bool   // the challenge is the verifier itself
	expires   int64
	used      bool // a code that was turned into a token, a token that was refreshed
	twin      string
}

// oauth is the farm's OAuth server: all wikis share it, as all of Wikimedia's
// share Meta's.
type oauth struct {
	mu        sync.Mutex
	key       []byte
	consumers map[string]*Consumer
	codes     map[string]*authorization
	access    map[string]*authorization
	refresh   map[string]*authorization // twin is the access token
	sessions  map[string]int32          // cookie → person
	approved  map[string]bool           // consumer and person
}

func newOAuth(spec *Spec) (*oauth, error) {
	o := &oauth{key: []byte(rand.Text()), consumers: map[string]*Consumer{}, codes: map[string]*authorization{},
		access: map[string]*authorization{}, refresh: map[string]*authorization{}, sessions: map[string]int32{}, approved: map[string]bool{}}
	for _, c := range spec.Consumers {
		if c.ID == "" || c.Callback == "" || c.Secret == "" || o.consumers[c.ID] != nil {
			return nil, fmt.Errorf("fakewiki: consumer %q: it needs an id of its own, a secret and a callback", c.ID)
		}
		o.consumers[c.ID] = &c
	}
	return o, nil
}

// signIn begins a browser's session.
func (o *oauth) signIn(person int32) (cookie string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	cookie = rand.Text()
	o.sessions[cookie] = person
	return cookie
}

func (o *oauth) session(cookie string) (person int32, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	person, ok = o.sessions[cookie]
	return person, ok
}

// editToken is what a form of a session must carry.
func (o *oauth) editToken(cookie string) string {
	m := hmac.New(sha256.New, o.key)
	_, _ = m.Write([]byte(cookie)) // never fails
	return fmt.Sprintf("%x+\\", m.Sum(nil)[:16])
}

func approval(c *Consumer, person int32) string { return c.ID + " " + strconv.Itoa(int(person)) }

func (o *oauth) approve(c *Consumer, person int32) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.approved[approval(c, person)] = true
}

func (o *oauth) hasApproved(c *Consumer, person int32) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.approved[approval(c, person)]
}

// code keeps an authorization under a new code. Real ones are as long.
func (o *oauth) code(a *authorization) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	code := opaque(890)
	o.codes[code] = a
	return code
}

// opaque is random text of a length that real values have.
func opaque(n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%x", rand.Text())
	}
	return b.String()[:n]
}

// jwt writes an access token with the claims that real ones have.
func (o *oauth) jwt(issuer, subject string, a *authorization, now int64) string {
	b64 := base64.RawURLEncoding.EncodeToString
	var claims strings.Builder
	w := &jsonWriter{out: &claims}
	w.obj()
	w.kStr("aud", a.consumer.ID)
	w.kStr("jti", opaque(80))
	for _, name := range []string{"iat", "nbf"} {
		w.key(name)
		w.raw(strconv.FormatInt(now, 10) + ".123456")
	}
	w.key("exp")
	w.raw(strconv.FormatInt(a.expires, 10) + ".123456")
	w.kStr("sub", subject)
	w.kStr("iss", issuer)
	w.kObj("ratelimit")
	w.kInt("requests_per_unit", 5000)
	w.kStr("unit", "HOUR")
	w.endObj()
	w.kStrs("scopes", a.scopes)
	w.endObj()
	w.flush()
	body := b64([]byte(`{"typ":"JWT","alg":"HS256"}`)) + "." + b64([]byte(claims.String()))
	m := hmac.New(sha256.New, o.key)
	_, _ = m.Write([]byte(body)) // never fails
	return body + "." + b64(m.Sum(nil))
}

// bearer finds a token that is valid; hint says why there is none, as the real
// server words it.
func (o *oauth) bearer(token string, now int64) (a authorization, hint string) {
	if strings.Count(token, ".") != 2 {
		return a, "The JWT string must have two dots"
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	found := o.access[token]
	switch {
	case found == nil:
		return a, "Access token could not be verified"
	case found.expires <= now:
		return a, "Access token could not be verified"
	case found.used:
		return a, "Access token has been revoked"
	}
	return *found, ""
}

// oauth2 answers below rest.php/oauth2/. The caller holds Farm.mu.
func (s *server) oauth2(r *http.Request, path string, strikes []strike) *reply {
	c := &restCall{server: s, query: r.URL.Query(), who: nobody(), lang: s.wiki.Lang, now: s.farm.now.Unix()}
	methods := http.MethodGet
	if path == "access_token" {
		methods = http.MethodPost
	}
	resource, isResource := strings.CutPrefix(path, "resource/")
	switch {
	case path != "authorize" && path != "access_token" && !isResource:
		return c.fail(http.StatusNotFound, "rest-no-match", "The requested relative path ("+oauthPath+path+") did not match any known handler")
	case r.Method != methods:
		rep := c.fail(http.StatusMethodNotAllowed, "", "The request method ("+r.Method+") was not the allowed method for this path ("+methods+")")
		rep.header.Set("Allow", methods)
		return rep
	case path == "authorize":
		return s.authorize(r)
	case path == "access_token":
		return s.accessToken(r, c, strikes)
	}
	return s.resource(r, c, resource)
}
