package fakewiki

import (
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// oauthPage answers the special pages on the way through a login; nil where a
// request asks for another page. The caller holds Farm.mu.
func (s *server) oauthPage(r *http.Request) *reply {
	title := r.URL.Query().Get("title")
	if rest, ok := strings.CutPrefix(r.URL.Path, "/wiki/"); ok {
		title = rest
	}
	switch title {
	case loginTitle:
		return s.userLogin(r)
	case approveTitle:
		return s.consent(r)
	case returnTitle, "Special:OAuth/rest redirect":
		to := r.URL.Query().Get("rest_url")
		if !strings.HasPrefix(to, restPath+oauthPath) {
			return s.specialPage("OAuth", `<p class="error">There is nothing to return to.</p>`)
		}
		return s.found(s.wiki.url + to)
	}
	return nil
}

// found is a redirect of index.php.
func (s *server) found(to string) *reply {
	rep := newReply(http.StatusFound, "text/html; charset=UTF-8")
	rep.header.Set("Location", to)
	return rep
}

// userLogin is Special:UserLogin. Nobody here has a password: whoever comes
// picks who they are. Captures: oauth_flow_1authorize_02, oauth_locked_user_*.
func (s *server) userLogin(r *http.Request) *reply {
	problem := ""
	if r.Method == http.MethodPost {
		name, ok := canonicalName(r.PostForm.Get("wpName"))
		i := s.farm.pop.find(name, s.farm.now.Unix())
		switch {
		case !ok || i < 0 || s.farm.pop.people[i].state == Hidden || s.farm.pop.people[i].state == NotFound:
			problem = "Incorrect username or password entered. Please try again."
		case s.farm.pop.people[i].state == Locked:
			problem = "Your account is globally locked."
		case s.farm.pop.people[i].on(s.wiki.index, s.farm.now.Unix()) == nil:
			problem = "There is no account of that name on this wiki."
		default:
			rest, err := url.ParseQuery(r.URL.Query().Get("returntoquery"))
			if err != nil {
				rest = url.Values{}
			}
			rep := s.found(s.wiki.url + indexPath + "?title=" + returnTitle + "&" + rest.Encode())
			rep.header.Add("Set-Cookie", (&http.Cookie{Name: sessionName, Value: s.farm.oauth.signIn(i), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}).String())
			return rep
		}
	}
	var b strings.Builder
	if problem != "" {
		b.WriteString(`<p class="error">` + html.EscapeString(problem) + "</p>\n")
	}
	b.WriteString("<p>Everybody here is made up, and has no password. Who do you want to be?</p>\n<form method=\"post\" action=\"" +
		html.EscapeString(indexPath+"?"+r.URL.RawQuery) + "\">\n")
	for _, x := range s.pick() {
		b.WriteString(`<p><button name="wpName" value="` + html.EscapeString(x.name) + `">` + html.EscapeString(x.name) + `</button> <span>` + x.did + ` <bdi>` + html.EscapeString(x.event) + "</bdi></span></p>\n")
	}
	b.WriteString("</form>\n<form method=\"post\" action=\"" + html.EscapeString(indexPath+"?"+r.URL.RawQuery) +
		"\">\n<p><label>Somebody else: <input name=\"wpName\" autocomplete=\"off\"></label><button>Log in</button></p>\n</form>")
	rep := s.specialPage("Log in", b.String())
	rep.header.Set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate")
	return rep
}

type picked struct{ name, did, event string }

// pick suggests people: the organizers of events, and a participant.
func (s *server) pick() []picked {
	const most = 8
	var out []picked
	seen := map[string]bool{}
	now := s.farm.now.Unix()
	add := func(i int32, did, event string) {
		p := &s.farm.pop.people[i]
		if name := p.nameAt(now); len(out) < most && !seen[name] && p.state == Normal && p.on(s.wiki.index, now) != nil {
			seen[name] = true
			out = append(out, picked{name, did, event})
		}
	}
	for _, e := range s.farm.pop.events {
		for _, o := range e.Organizers {
			if i, ok := s.farm.pop.ids[o.User]; ok {
				add(i, "organizes", e.current().Name)
			}
		}
	}
	for _, e := range s.farm.pop.events {
		for _, x := range e.parts {
			if i := x.person; i >= 0 && !x.private {
				if p := &s.farm.pop.people[i]; p.state == Normal && p.on(s.wiki.index, now) != nil && !seen[p.nameAt(now)] {
					add(i, "took part in", e.current().Name)
					break
				}
			}
		}
	}
	return out
}

// consent is Special:OAuth/approve: what the client wants, Allow and Cancel.
// Captures: oauth_*authorize_02, oauth_*4consent, oauth_authonly_second_*.
func (s *server) consent(r *http.Request) *reply {
	values := r.URL.Query()
	if r.Method == http.MethodPost {
		values = r.PostForm
	}
	person, ok := s.browser(r)
	if !ok {
		return s.found(s.loginAddress(values.Get("returnto") + "?" + values.Get("returntoquery")))
	}
	c := s.farm.oauth.consumers[values.Get("client_id")]
	if c == nil || values.Get("returnto") != restPath+oauthPath+"authorize" {
		return s.specialPage("OAuth", `<p class="error">No approved consumer has this key.</p>`)
	}
	back := s.wiki.url + restPath + oauthPath + "authorize?" + values.Get("returntoquery")
	cookie, err := r.Cookie(sessionName)
	if err != nil {
		return s.specialPage("OAuth", `<p class="error">Session data is lost.</p>`)
	}
	token := s.farm.oauth.editToken(cookie.Value)
	approved := s.farm.oauth.hasApproved(c, person)
	problem := ""
	switch {
	case r.Method != http.MethodPost && approved && !c.asksAgain():
		return s.found(back + "&approval_pass=1")
	case r.Method != http.MethodPost:
	case values.Get("wpEditToken") != token:
		problem = "Session data is lost. Please submit the form again."
	case values.Has("cancel"):
		return s.found(back + "&approval_cancel=1")
	case values.Has("accept"):
		s.farm.oauth.approve(c, person)
		return s.found(back + "&approval_pass=1")
	}
	scopes := strings.Fields(values.Get("scope"))
	wants := "to know who you are, and nothing else"
	if !slices.Equal(scopes, []string{authOnly}) {
		wants = "to act in your name: " + strings.Join(scopes, ", ")
	}
	name := c.Name
	if name == "" {
		name = c.ID
	}
	var b strings.Builder
	if problem != "" {
		b.WriteString(`<p class="error">` + html.EscapeString(problem) + "</p>\n")
	}
	b.WriteString("<p>Hi " + html.EscapeString(s.farm.pop.people[person].nameAt(s.farm.now.Unix())) + ",</p>\n<p><strong>" + html.EscapeString(name) +
		"</strong> wants " + html.EscapeString(wants) + ".</p>\n<form method=\"post\" action=\"/wiki/" + approveTitle + "\">\n")
	update := "0"
	if approved {
		update = "1"
	}
	for _, f := range [][2]string{{"title", approveTitle}, {"wpignorewarnings", "1"}, {"wpEditToken", token}, {"display", ""}, {"wpaction", "accept"},
		{"wpconfirmUpdate", update}, {"oauth_version", "2"}, {"client_id", c.ID}, {"scope", values.Get("scope")},
		{"returnto", values.Get("returnto")}, {"returntoquery", values.Get("returntoquery")}} {
		b.WriteString(`<input type="hidden" name="` + f[0] + `" value="` + html.EscapeString(f[1]) + "\">\n")
	}
	b.WriteString(`<p><button class="go" name="accept" value="Allow">Allow</button><button name="cancel" value="Cancel">Cancel</button></p>` + "\n</form>")
	return s.specialPage("OAuth", b.String())
}
