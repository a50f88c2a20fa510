package fakewiki

import (
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authorize is rest.php/oauth2/authorize: to the login page, to the consent
// page, back to the client. Captures: oauth_*authorize_*, oauth_*after_*,
// oauth_bad_*, oauth_no_*, oauth_denied_*, oauth_unapproved_*.
func (s *server) authorize(r *http.Request) *reply {
	q := r.URL.Query()
	if q.Get("response_type") != "code" {
		return s.connectionError(http.StatusBadRequest, "Check the response_type parameter")
	}
	if q.Get("client_id") == "" {
		return s.connectionError(http.StatusBadRequest, "Check the client_id parameter")
	}
	person, ok := s.browser(r)
	if !ok {
		return s.redirectPage(http.StatusTemporaryRedirect, s.loginAddress(r.URL.RequestURI()), false)
	}
	c := s.farm.oauth.consumers[q.Get("client_id")]
	redirect := q.Get("redirect_uri")
	switch {
	case c == nil || c.Unapproved || redirect != "" && redirect != c.Callback:
		return s.connectionError(http.StatusUnauthorized, "Client authentication failed")
	case c.Public && q.Get("code_challenge") == "":
		return s.connectionError(http.StatusBadRequest, "Code challenge must be provided for public clients")
	case q.Has("code_challenge") && !slices.Contains([]string{"", "plain", "S256"}, q.Get("code_challenge_method")):
		return s.connectionError(http.StatusBadRequest, "Code challenge method must be one of `S256`, `plain`")
	}
	scopes := c.grants()
	if asked := strings.Fields(q.Get("scope")); len(asked) > 0 {
		for _, scope := range asked {
			if !slices.Contains([]string{authOnly, authOnly + "private", basicGrant}, scope) && !slices.Contains(scopes, scope) {
				const text = "The requested scope is invalid, unknown, or malformed"
				return s.back(c, "error=invalid_scope", "error_description="+url.QueryEscape(text),
					"hint="+url.QueryEscape("Check the `"+scope+"` scope"), "message="+url.QueryEscape(text))
			}
		}
		// Those that the client does not have are left out silently.
		scopes = slices.DeleteFunc(asked, func(scope string) bool { return !slices.Contains(c.grants(), scope) })
	}
	switch {
	case q.Get("approval_cancel") == "1" && redirect == "":
		return s.connectionError(http.StatusUnauthorized, "User has rejected the request from client application")
	case q.Get("approval_cancel") == "1":
		// Not access_denied, and without the state: so the captured wiki answers.
		const text = "User has rejected the request from client application"
		return s.back(c, "error=unauthorized_client", "error_description="+url.QueryEscape(text), "message="+url.QueryEscape(text))
	case q.Get("approval_pass") != "1" || !s.farm.oauth.hasApproved(c, person):
		to := s.wiki.url + indexPath + "?title=" + approveTitle + "&returnto=" + url.QueryEscape(r.URL.Path) +
			"&returntoquery=" + url.QueryEscape(r.URL.RawQuery) + "&client_id=" + c.ID + "&oauth_version=2&scope=" +
			url.QueryEscape(strings.Join(scopes, " "))
		return s.redirectPage(http.StatusTemporaryRedirect, to, true)
	}
	code := s.farm.oauth.code(&authorization{
		consumer: c, person: person, wiki: s.wiki.index, scopes: scopes, redirect: redirect,
		challenge: q.Get("code_challenge"), plain: q.Get("code_challenge_method") != "S256",
		expires: s.farm.now.Add(codeLife).Unix(),
	})
	values := []string{"code=" + code}
	if q.Has("state") {
		values = append(values, "state="+url.QueryEscape(q.Get("state")))
	}
	return s.back(c, values...)
}

// browser is who is signed in to the wiki: by the login page's cookie, or by one
// of Spec.Tokens. The caller holds Farm.mu.
func (s *server) browser(r *http.Request) (person int32, ok bool) {
	cookie, err := r.Cookie(sessionName)
	if err != nil {
		return -1, false
	}
	if person, ok = s.farm.oauth.session(cookie.Value); !ok {
		token, known := s.farm.spec.Tokens[cookie.Value]
		if !known {
			return -1, false
		}
		person = s.farm.pop.find(token.User, s.farm.now.Unix())
	}
	if person < 0 || s.farm.pop.people[person].state != Normal {
		return -1, false // locking and hiding end sessions
	}
	return person, true
}

// back sends the browser to the client.
func (s *server) back(c *Consumer, values ...string) *reply {
	rep := newReply(http.StatusFound, "text/html; charset=UTF-8")
	rep.header.Set("Location", c.Callback+"?"+strings.Join(values, "&"))
	rep.header.Set("Cache-Control", restCache)
	rep.header.Set("Vary", "x-restbase-compat")
	return rep
}

// loginAddress is the login page that leads back to an address of rest.php.
func (s *server) loginAddress(restURL string) string {
	return s.wiki.url + indexPath + "?title=" + loginTitle + "&returnto=" + url.QueryEscape("Special:OAuth/rest redirect") +
		"&returntoquery=" + url.QueryEscape("rest_url="+url.QueryEscape(restURL))
}

const restCache = "private,must-revalidate,s-maxage=0"

// redirectPage is a redirect of rest.php; private for somebody signed in.
func (s *server) redirectPage(status int, to string, private bool) *reply {
	rep := newReply(status, "text/html; charset=utf-8")
	rep.header.Set("Location", to)
	rep.header.Set("Vary", "x-restbase-compat")
	if private {
		rep.header.Set("Cache-Control", restCache)
	}
	h := html.EscapeString(to)
	return rep.text(`<!doctype html><title>Redirect</title><a href="` + h + `">` + h + `</a>`)
}

// connectionError is the page that somebody is left with whose client asked
// wrongly: they never come back to it.
func (s *server) connectionError(status int, why string) *reply {
	rep := s.specialPage("Application Connection Error", `<p class="error">`+html.EscapeString(why)+`</p>`)
	rep.status = status
	rep.header.Set("Content-Type", "text/html;charset=UTF-8")
	rep.header.Set("Cache-Control", restCache)
	return rep
}

// specialPage wraps a body in a page that no other site may frame.
func (s *server) specialPage(title, body string) *reply {
	rep := newReply(http.StatusOK, "text/html; charset=UTF-8")
	rep.header.Set("Content-Language", s.wiki.Lang)
	rep.header.Set("Vary", "Accept-Encoding, Cookie, Authorization")
	rep.header.Set("X-Frame-Options", "DENY")
	rep.header.Set("Cache-Control", "private, must-revalidate, max-age=0")
	return rep.text("<!DOCTYPE html>\n<html class=\"client-nojs\" lang=\"" + s.wiki.Lang + "\" dir=\"ltr\">\n<head>\n<meta charset=\"UTF-8\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
		html.EscapeString(title) + " - " + html.EscapeString(s.wiki.Name) + "</title>\n<style>" + pageStyle + "</style>\n</head>\n<body>\n<p class=\"wiki\">" +
		html.EscapeString(s.wiki.Name) + " (a made-up wiki in this process)</p>\n<h1>" + html.EscapeString(title) + "</h1>\n" + body + "\n</body>\n</html>\n")
}

const pageStyle = `body{font:1rem/1.5 sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem;color:#202122;background:#fff}` +
	`.wiki{color:#54595d}.error{border:1px solid #b32424;background:#fee7e6;padding:.5rem .75rem}` +
	`button,input{font:inherit;padding:.4rem .75rem;margin:.2rem .4rem .2rem 0;border:1px solid #72777d;border-radius:2px;background:#f8f9fa;color:#202122}` +
	`button.go{background:#36c;border-color:#36c;color:#fff;font-weight:bold}` +
	`@media(max-width:34rem){form span{display:block;color:#54595d}}`
