package config

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// check looks at what a single value's type cannot say, and resolves the
// database and the allowlist.
func (l *loader) check() {
	c := l.config
	l.checkPort()
	l.checkListen("listen", c.Listen)
	if c.PrivateListen != "" {
		l.checkListen("private_listen", c.PrivateListen)
		if _, port, _ := net.SplitHostPort(c.PrivateListen); c.PrivateListen == c.Listen && port != "0" {
			l.fail(&Error{Key: "private_listen", Value: c.PrivateListen, Source: l.source["private_listen"],
				Problem: "it is listen's address too", Allowed: "another address or port"})
		}
	}
	if c.BaseURL != "" {
		c.BaseURL = strings.TrimRight(c.BaseURL, "/")
		l.checkURL("base_url", c.BaseURL)
	}
	l.checkDatabase()
	l.checkWikis()
	l.config.dashboards = l.checkHosts("dashboards", l.config.Dashboards)
	l.checkContact()
	l.checkOAuth()
	l.checkAdministrators()
	l.checkProxies()
	l.checkPublish()
	l.checkReplicas()
	if c.Refresh.PerWiki > c.Refresh.MaxInFlight {
		l.fail(&Error{Key: "refresh.per_wiki", Value: strconv.Itoa(c.Refresh.PerWiki), Source: l.source["refresh.per_wiki"],
			Problem: "it is more than refresh.max_in_flight", Allowed: "at most refresh.max_in_flight, " + strconv.Itoa(c.Refresh.MaxInFlight)})
	}
	l.sort()
}

// checkPort takes the port from PORT where nobody named an address: Toolforge's
// build service sets it, as other platforms with a Procfile do, and sends its
// requests to any address of the container.
// https://wikitech.wikimedia.org/wiki/Help:Toolforge/Building_container_images
func (l *loader) checkPort() {
	if _, named := l.source["listen"]; named || l.env["PORT"] == "" {
		return
	}
	l.source["listen"] = "PORT"
	l.config.Listen = ":" + l.env["PORT"]
}

func (l *loader) checkListen(key, address string) {
	host, port, err := net.SplitHostPort(address)
	n, errPort := strconv.ParseUint(port, 10, 16)
	if err != nil || errPort != nil || strconv.FormatUint(n, 10) != port || strings.ContainsAny(host, "/@ ") {
		l.fail(&Error{Key: key, Value: address, Source: l.source[key],
			Allowed: `HOST:PORT, such as "127.0.0.1:8080" or ":8080"; port 0 takes a free one`})
	}
}

// checkURL accepts an absolute http(s) address without user, query and
// fragment; plain http only on loopback, since cookies and codes go over it.
func (l *loader) checkURL(key, text string) *url.URL {
	bad := func(problem string) *url.URL {
		// The text may hold a password before an @: u.Redacted needs a URL that parses.
		shown := text
		if strings.Contains(text, "@") {
			shown = redacted
		}
		l.fail(&Error{Key: key, Value: shown, Source: l.source[key], Problem: problem,
			Allowed: "an address such as https://afterglow.example.org; http only on loopback"})
		return nil
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return bad("it is not an address")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery || strings.ContainsAny(text, "#? "):
		return bad("it has a user, a query, a fragment or a space")
	case u.Scheme != "https" && (u.Scheme != "http" || !Loopback(u.Host)):
		return bad("it is not https")
	}
	if _, _, problem := splitHost(u.Host); problem != "" {
		return bad("its host is wrong: " + problem)
	}
	return u
}

func (l *loader) checkDatabase() {
	c := l.config
	_, named := l.source["database"]
	d, e := c.Database.resolve(named, l.env["TOOL_TOOLSDB_USER"], l.env["TOOL_TOOLSDB_PASSWORD"], c.DatabasePassword)
	if e != nil {
		e.Source = l.source["database"]
		l.fail(e)
		return
	}
	c.Database = d
}

func (l *loader) checkWikis() {
	if len(l.config.Wikis) == 0 {
		l.fail(&Error{Key: "wikis", Source: l.source["wikis"], Problem: "it is empty", Allowed: "one entry or more: " + hostForms})
		return
	}
	l.config.hosts = l.checkHosts("wikis", l.config.Wikis)
}

// checkHosts reads the hosts of a key; nil where one of them is wrong.
func (l *loader) checkHosts(key string, patterns []string) *Hosts {
	hosts, err := NewHosts(patterns)
	var errs Errors
	if errors.As(err, &errs) {
		for _, e := range errs {
			e.Key, e.Source = key, l.source[key]
			l.fail(e)
		}
		return nil
	}
	return hosts
}

// checkContact refuses what would break or bloat a User-Agent header.
func (l *loader) checkContact() {
	contact := l.config.UserAgent.Contact
	if len(contact) > 200 || strings.ContainsAny(contact, "()") {
		l.fail(&Error{Key: "user_agent.contact", Value: contact, Source: l.source["user_agent.contact"],
			Allowed: "a mail address, a page or a user name where you can be reached, at most 200 bytes, without parentheses"})
	}
}

func (l *loader) checkOAuth() {
	o := l.config.OAuth
	needs := func(key, because string) {
		l.fail(&Error{Key: key, Source: l.source[key], Problem: "it is missing, but " + because + " is set", Allowed: "both or neither"})
	}
	if o.Wiki != "" {
		if u := l.checkURL("oauth.wiki", o.Wiki); u != nil && l.config.hosts != nil {
			if err := l.config.hosts.Allowed(u.Host); err != nil {
				l.fail(&Error{Key: "oauth.wiki", Value: o.Wiki, Source: l.source["oauth.wiki"],
					Problem: "its host is not one of wikis", Allowed: strings.Join(l.config.Wikis, ", ")})
			}
		}
	}
	switch {
	case o.ClientID != "" && !o.ClientSecret.Set():
		needs("oauth.client_secret", "oauth.client_id")
	case o.ClientID == "" && o.ClientSecret.Set():
		needs("oauth.client_id", "oauth.client_secret")
	}
	if o.ClientID != "" && l.config.BaseURL == "" {
		needs("base_url", "oauth.client_id")
	}
	if (o.ClientID != "" || o.Token.Set()) && o.Wiki == "" {
		needs("oauth.wiki", "oauth.client_id or oauth.token")
	}
	if strings.ContainsFunc(o.Token.Reveal()+o.ClientSecret.Reveal(), func(r rune) bool { return r <= 0x20 || r >= 0x7f }) {
		l.fail(&Error{Key: "oauth.token or oauth.client_secret", Value: redacted, Problem: "it has a character that a header cannot carry",
			Allowed: "printable ASCII without spaces"})
	}
}

// checkReplicas takes the user from Toolforge's variables where none is given, and
// refuses names that lead nowhere.
func (l *loader) checkReplicas() {
	r := &l.config.Replicas
	if r.User == "" && !r.Password.Set() {
		r.User, r.Password = l.env["TOOL_REPLICA_USER"], NewSecret(l.env["TOOL_REPLICA_PASSWORD"])
	}
	if l.config.Contributions == "replica" && r.User == "" {
		l.fail(&Error{Key: "replicas.user", Source: l.source["replicas.user"], Problem: "it is missing, but contributions is replica",
			Allowed: "the replicas' user, or TOOL_REPLICA_USER and TOOL_REPLICA_PASSWORD, which Toolforge sets"})
	}
	if strings.ContainsAny(strings.NewReplacer("{name}", "", "{service}", "").Replace(r.Host), "{}/@ ") {
		l.fail(&Error{Key: "replicas.host", Value: r.Host, Source: l.source["replicas.host"],
			Allowed: "a host, perhaps with a port, in which {name} and {service} may stand"})
	}
	if !plainName(strings.ReplaceAll(r.Database, "{name}", "x")) {
		l.fail(&Error{Key: "replicas.database", Value: r.Database, Source: l.source["replicas.database"],
			Allowed: "a database's name of letters, digits and _, in which {name} may stand"})
	}
}

// checkAdministrators accepts "FARM:ID" and "User:NAME", as OAuth and a wiki
// tell of people.
func (l *loader) checkAdministrators() {
	o := l.config.OAuth
	for _, a := range o.Administrators {
		i := strings.LastIndexByte(a, ':')
		id := strings.Trim(a[i+1:], "0123456789") == "" && a[i+1:] != "" && a[i+1] != '0'
		name, isName := strings.CutPrefix(a, "User:")
		if i <= 0 || isName && (name == "" || strings.ContainsAny(name, "_#<>[]|{}/@:")) || !isName && !id {
			l.fail(&Error{Key: "oauth.administrators", Value: a, Source: l.source["oauth.administrators"], Problem: "it names nobody",
				Allowed: `"FARM:ID" with the number of a central account, such as "meta.wikimedia.org:4711", or "User:NAME" as the wiki writes it`})
		}
	}
	if o.SessionIdle > o.SessionLifetime {
		l.fail(&Error{Key: "oauth.session_idle", Value: o.SessionIdle.String(), Source: l.source["oauth.session_idle"],
			Problem: "it is more than oauth.session_lifetime", Allowed: "at most oauth.session_lifetime, " + o.SessionLifetime.String()})
	}
}

// checkProxies parses addresses and networks. A network of everybody would let
// anybody say where they come from.
func (l *loader) checkProxies() {
	for _, text := range l.config.TrustedProxies {
		p, err := netip.ParsePrefix(text)
		if a, errAddr := netip.ParseAddr(text); errAddr == nil && a.Zone() == "" {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		problem := ""
		switch {
		case err != nil:
			problem = "it is no address or network"
		case p.Bits() == 0:
			problem = "it is everybody"
		case p != p.Masked():
			problem = "it is an address with a length; its network is " + p.Masked().String()
		}
		if problem != "" {
			l.fail(&Error{Key: "trusted_proxies", Value: text, Source: l.source["trusted_proxies"], Problem: problem,
				Allowed: `an address ("10.1.2.3") or a network ("10.0.0.0/8", "fd00::/8")`})
			continue
		}
		l.config.proxies = append(l.config.proxies, p)
	}
}

// sort puts the errors into the order of the keys in Config; those about no key
// of it come first.
func (l *loader) sort() {
	order := map[string]int{}
	for i, f := range l.leaves {
		order[f.key], order[f.key+"_file"] = i+1, i+1
	}
	slices.SortStableFunc(l.errs, func(a, b *Error) int { return order[a.Key] - order[b.Key] })
}
