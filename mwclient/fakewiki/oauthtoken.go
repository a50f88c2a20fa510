package fakewiki

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// accessToken is rest.php/oauth2/access_token. Captures: oauth_token_*,
// oauth_*_token, oauth_refresh_*, oauth_client_credentials, readonly_token.
func (s *server) accessToken(r *http.Request, c *restCall, strikes []strike) *reply {
	if media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); media != "application/x-www-form-urlencoded" {
		return c.fail(http.StatusUnsupportedMediaType, "rest-unsupported-content-type", "Unsupported Content-Type: "+media)
	}
	for _, k := range strikes {
		if k.rule.Kind == ReadOnly {
			return c.tokenError(http.StatusInternalServerError, "server_error", "The authorization server encountered an unexpected condition which prevented it from fulfilling the request: "+
				"Database is read-only: Lab: the wiki is read-only for a test.", "")
		}
	}
	form := r.PostForm
	grant := form.Get("grant_type")
	if !form.Has("grant_type") {
		return c.tokenError(http.StatusBadRequest, "invalid_request",
			`Invalid request: Invalid request body: The "grant_type" parameter must be set.`, "Check the `grant_type` parameter")
	}
	if !slices.Contains([]string{"authorization_code", "refresh_token", "client_credentials"}, grant) {
		return c.tokenError(http.StatusBadRequest, "invalid_request",
			`Invalid request: Invalid request body: Unrecognized value for parameter "grant_type": `+grant+".", "Check the `grant_type` parameter")
	}
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	client := s.farm.oauth.consumers[id]
	if client == nil || client.Unapproved || secret != client.Secret && (!client.Public || secret != "" || grant != "authorization_code") ||
		form.Has("redirect_uri") && form.Get("redirect_uri") != client.Callback {
		return c.tokenError(http.StatusUnauthorized, "invalid_client", "Client authentication failed", "")
	}
	switch grant {
	case "authorization_code":
		return s.fromCode(c, client, form.Get("code"), form.Get("redirect_uri"), form.Get("code_verifier"))
	case "refresh_token":
		return s.fromRefresh(c, client, form.Get("refresh_token"))
	}
	owner := s.farm.pop.find(client.Owner, c.now)
	return s.newTokens(c, &authorization{consumer: client, person: owner, wiki: s.wiki.index, scopes: client.grants()}, false)
}

const malformed = "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed."

// fromCode turns a code into tokens. A try that fails does not use it up.
func (s *server) fromCode(c *restCall, client *Consumer, code, redirect, verifier string) *reply {
	o := s.farm.oauth
	bad := func(hint string) *reply {
		return c.tokenError(http.StatusBadRequest, "invalid_request", malformed, hint)
	}
	o.mu.Lock()
	a := o.codes[code]
	hint := ""
	switch {
	case code == "":
		hint = "Check the `code` parameter"
	case a == nil:
		hint = "Cannot decrypt the authorization code"
	case a.expires <= c.now:
		hint = "Authorization code has expired"
	case a.used:
		hint = "Authorization code has been revoked"
	case a.consumer != client:
		hint = "Authorization code was not issued to this client"
	case a.redirect != "" && redirect == "":
		hint = "Check the `redirect_uri` parameter"
	case a.redirect != redirect:
		hint = "Invalid redirect URI"
	case a.challenge != "" && verifier == "":
		hint = "Check the `code_verifier` parameter"
	}
	wrong := hint == "" && a.challenge != "" && a.challenge != challenged(verifier, a.plain)
	if hint == "" && !wrong {
		a.used = true
	}
	o.mu.Unlock()
	switch {
	case hint != "":
		return bad(hint)
	case wrong:
		return c.tokenError(http.StatusBadRequest, "invalid_grant", "The provided authorization grant (e.g., authorization code, resource owner credentials) "+
			"or refresh token is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.",
			"Failed to verify `code_verifier`.")
	}
	return s.newTokens(c, a, true)
}

// challenged is the challenge that a verifier answers: RFC 7636, 4.2.
func challenged(verifier string, plain bool) string {
	if plain {
		return verifier
	}
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// fromRefresh turns a refresh token into new tokens; the old ones die at once.
func (s *server) fromRefresh(c *restCall, client *Consumer, token string) *reply {
	o := s.farm.oauth
	o.mu.Lock()
	a := o.refresh[token]
	hint := ""
	switch {
	case a == nil:
		hint = "Cannot decrypt the refresh token"
	case a.consumer != client:
		hint = "Token is not linked to client"
	case a.used:
		hint = "Token has been revoked"
	case a.expires <= c.now:
		hint = "Token has expired"
	default:
		a.used = true
		if twin := o.access[a.twin]; twin != nil {
			twin.used = true
		}
	}
	o.mu.Unlock()
	if hint != "" {
		return c.tokenError(http.StatusUnauthorized, "invalid_request", "The refresh token is invalid.", hint)
	}
	return s.newTokens(c, a, true)
}

// newTokens answers with an access token and, for a person's, a refresh token.
func (s *server) newTokens(c *restCall, from *authorization, refreshable bool) *reply {
	o := s.farm.oauth
	life := from.consumer.TokenLife
	if life == 0 {
		life = tokenLife
	}
	a := &authorization{consumer: from.consumer, person: from.person, wiki: from.wiki, scopes: from.scopes, expires: s.farm.now.Add(life).Unix()}
	subject := ""
	if a.person >= 0 {
		subject = strconv.FormatInt(s.subject(a.person), 10)
	}
	access, refresh := o.jwt(s.wiki.url, subject, a, c.now), ""
	o.mu.Lock()
	o.access[access] = a
	if refreshable {
		refresh = opaque(790)
		o.refresh[refresh] = &authorization{consumer: a.consumer, person: a.person, wiki: a.wiki, scopes: a.scopes,
			expires: s.farm.now.Add(refreshLife).Unix(), twin: access}
	}
	o.mu.Unlock()
	rep := newReply(http.StatusOK, "application/json; charset=UTF-8").json(false, func(w *jsonWriter) {
		w.obj()
		w.kStr("token_type", "Bearer")
		w.kInt("expires_in", int64(life.Seconds()))
		w.kStr("access_token", access)
		if refreshable {
			w.kStr("refresh_token", refresh)
		}
		w.endObj()
	})
	rep.header.Set("Cache-Control", "no-store")
	rep.header.Set("Pragma", "no-cache")
	return rep
}

// tokenError is an error of league/oauth2-server, which MediaWiki uses.
func (c *restCall) tokenError(status int, code, description, hint string) *reply {
	rep := newReply(status, "application/json").json(false, func(w *jsonWriter) {
		w.obj()
		w.kStr("error", code)
		w.kStr("error_description", description)
		if hint != "" {
			w.kStr("hint", hint)
		}
		w.kStr("message", description)
		w.endObj()
	})
	rep.header.Set("Cache-Control", "private,no-cache,s-maxage=0")
	return rep
}
