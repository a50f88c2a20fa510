package fakewiki

import (
	"net/http"
	"strings"
)

// caller is who asks.
type caller struct {
	person int32 // −1: somebody without an account
	name   string
	token  Token
	oauth  bool   // by a bearer token, not by a session
	bad    string // why the token is refused
}

func nobody() caller { return caller{person: -1} }

// caller reads who asks from the Authorization header or the cookie "session".
// Other schemes than Bearer are not MediaWiki's business. Captures: bearer_*. The
// caller of this function holds Farm.mu.
func (s *server) caller(r *http.Request) caller {
	who := nobody()
	var key string
	if scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "bearer") {
		key, who.oauth = strings.TrimSpace(rest), true
	} else if cookie, err := r.Cookie("session"); err == nil {
		key = cookie.Value
	} else {
		return who
	}
	i, token, ok := s.key(key, who.oauth)
	if !ok {
		if who.oauth {
			who.bad = "mwoauth-invalid-authorization"
		}
		return who
	}
	if i < 0 || s.farm.pop.people[i].on(s.wiki.index, s.farm.now.Unix()) == nil {
		if who.oauth {
			who.bad = "mwoauth-invalid-authorization-invalid-user"
		}
		return who
	}
	who.person, who.name, who.token = i, token.User, token
	return who
}

// key finds whom a bearer token or a session's cookie speaks for; −1 for an
// account that is not there any more.
func (s *server) key(key string, bearer bool) (person int32, token Token, ok bool) {
	now := s.farm.now.Unix()
	if token, ok = s.farm.spec.Tokens[key]; ok {
		return s.farm.pop.find(token.User, now), token, true
	}
	if !bearer {
		person, ok = s.farm.oauth.session(key)
	} else if a, hint := s.farm.oauth.bearer(key, now); hint == "" {
		person, token.AuthOnly, ok = a.person, a.readsNothing(), true
	}
	if ok && person >= 0 {
		token.User = s.farm.pop.people[person].nameAt(now)
	}
	return person, token, ok
}

func (c caller) apiError() *apiError {
	info := "The authorization headers in your request are not valid: Invalid access token"
	if c.bad == "mwoauth-invalid-authorization-invalid-user" {
		info = "The authorization headers in your request are for a user that does not exist here"
	}
	return &apiError{code: c.bad, info: info}
}
