package fakewiki

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// subject is the id that OAuth tells: the central one where there is one.
func (s *server) subject(person int32) int64 {
	p := &s.farm.pop.people[person]
	if s.farm.pop.shared {
		return p.id
	}
	if l := p.at(s.wiki.index); l != nil {
		return l.id
	}
	return 0
}

// resource is rest.php/oauth2/resource/{profile,scopes}. Captures:
// oauth_profile*, oauth_authonly_profile, oauth_resource_*, bearer_expired_profile.
func (s *server) resource(r *http.Request, c *restCall, what string) *reply {
	if what != "profile" && what != "scopes" {
		rep := newReply(http.StatusBadRequest, "application/json").json(false, func(w *jsonWriter) {
			w.obj()
			w.kStr("error", "parameter-validation-failed")
			w.kStr("name", "type")
			w.kStr("value", what)
			w.kStr("failureCode", "badvalue")
			w.kArr("failureData")
			w.endArr()
			writeProblem(w, http.StatusBadRequest, "badvalue", `Unrecognized value for parameter "type": `+what+".")
			w.endObj()
		})
		rep.header.Set("Vary", "x-restbase-compat")
		return rep
	}
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	a, hint := s.farm.oauth.bearer(strings.TrimSpace(token), c.now)
	var row userRow
	if hint == "" && a.person >= 0 {
		if s.farm.pop.people[a.person].state == Locked {
			hint = "Access token could not be verified"
		}
		row = (&call{farm: s.farm, wiki: s.wiki, now: c.now}).user(a.person, true, nil, userRow{})
	}
	if hint != "" {
		const text = "The resource owner or authorization server denied the request."
		rep := c.tokenError(http.StatusUnauthorized, "access_denied", text, hint)
		rep.header.Del("Cache-Control")
		return rep
	}
	rep := newReply(http.StatusOK, "application/json").json(false, func(w *jsonWriter) {
		w.obj()
		defer w.endObj()
		if what == "scopes" {
			w.kStrs("scopes", a.scopes)
			return
		}
		s.writeProfile(w, &a, &row)
	})
	rep.header.Set("Cache-Control", restCache)
	rep.header.Set("Vary", "x-restbase-compat")
	return rep
}

func (s *server) writeProfile(w *jsonWriter, a *authorization, row *userRow) {
	if a.person >= 0 {
		w.kStr("sub", strconv.FormatInt(s.subject(a.person), 10))
	}
	if row.name != "" { // a hidden account has none
		w.kStr("username", row.name)
	}
	w.kInt("editcount", row.editCount)
	w.kBool("email_verified", true)
	w.kBool("confirmed_email", true)
	w.kBool("blocked", row.block != "")
	w.key("registered")
	if row.registration == 0 {
		w.null()
	} else {
		w.str(time.Unix(row.registration, 0).UTC().Format("20060102150405"))
	}
	w.kStrs("groups", append(append([]string{}, row.groups...), "*", "user", "autoconfirmed"))
	rights := []string{"read", "autoconfirmed", "editsemiprotected"}
	if a.readsNothing() {
		rights = nil
	}
	w.kStrs("rights", rights)
	w.kStrs("grants", a.scopes)
}

// readsNothing reports whether a token only tells who somebody is.
func (a *authorization) readsNothing() bool {
	for _, scope := range a.scopes {
		if !strings.HasPrefix(scope, "mwoauth-authonly") {
			return false
		}
	}
	return true
}
