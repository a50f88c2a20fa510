package config

import "strings"

// checkPublish refuses what could write to the wrong place, or could not write
// at all.
func (l *loader) checkPublish() {
	p := l.config.Publish
	bad := func(key, value, problem, allowed string) {
		l.fail(&Error{Key: "publish." + key, Value: value, Source: l.source["publish."+key], Problem: problem, Allowed: allowed})
	}
	for key, address := range map[string]string{"wiki": p.Wiki, "data_wiki": p.DataWiki} {
		if address == "" {
			continue
		}
		if u := l.checkURL("publish."+key, address); u != nil && l.config.hosts != nil && l.config.hosts.Allowed(u.Host) != nil {
			bad(key, address, "its host is not one of wikis", strings.Join(l.config.Wikis, ", "))
		}
	}
	const login = "publish.token, or publish.account and publish.password"
	wanted := p.Wiki != "" || p.DataWiki != ""
	switch {
	case p.Token.Set() && (p.Account != "" || p.Password.Set()):
		bad("account", p.Account, "there is a token too", "one of "+login)
	case p.Account != "" && !p.Password.Set():
		bad("password", "", "it is missing, but publish.account is set", "both or neither")
	case p.Account == "" && p.Password.Set():
		bad("account", "", "it is missing, but publish.password is set", "both or neither")
	case wanted && !p.Token.Set() && p.Account == "":
		bad("token", "", "it is missing, but publish.wiki or publish.data_wiki is set", login)
	}
	if strings.ContainsFunc(p.Token.Reveal(), func(r rune) bool { return r <= 0x20 || r >= 0x7f }) {
		bad("token", redacted, "it has a character that a header cannot carry", "printable ASCII without spaces")
	}
	l.checkTitle("page", p.Page, "{page}", "{id}")
	l.checkTitle("data_page", p.DataPage, "{page}", "{id}", "{chart}")
	if !strings.Contains(p.DataPage, "{id}") || !strings.Contains(p.DataPage, "{chart}") || !strings.Contains(p.DataPage, ":") {
		bad("data_page", p.DataPage, "campaigns or charts would overwrite each other", "a title in a namespace, with {id} and {chart} in it")
	}
	if p.StopPage != "" {
		l.checkTitle("stop_page", p.StopPage)
	}
}

// checkTitle accepts a page's title in which some names in braces may stand.
func (l *loader) checkTitle(key, title string, names ...string) {
	rest := title
	for _, name := range names {
		rest = strings.ReplaceAll(rest, name, "")
	}
	if title == "" || strings.ContainsAny(rest, "{}[]<>|#") {
		l.fail(&Error{Key: "publish." + key, Value: title, Source: l.source["publish."+key], Problem: "it is no title of a page",
			Allowed: "a title" + strings.TrimSuffix(", in which may stand "+strings.Join(names, ", "), ", in which may stand ")})
	}
}
