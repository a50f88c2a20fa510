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
	token, ok := s.farm.spec.Tokens[key]
	if !ok {
		if who.oauth {
			who.bad = "mwoauth-invalid-authorization"
		}
		return who
	}
	i := s.farm.pop.find(token.User, s.farm.now.Unix())
	if i < 0 || s.farm.pop.people[i].on(s.wiki.index, s.farm.now.Unix()) == nil {
		if who.oauth {
			who.bad = "mwoauth-invalid-authorization-invalid-user"
		}
		return who
	}
	who.person, who.name, who.token = i, token.User, token
	return who
}

func (c caller) apiError() *apiError {
	info := "The authorization headers in your request are not valid: Invalid access token"
	if c.bad == "mwoauth-invalid-authorization-invalid-user" {
		info = "The authorization headers in your request are for a user that does not exist here"
	}
	return &apiError{code: c.bad, info: info}
}
