package config

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// wikimedia is the hosts of Wikimedia's projects.
func wikimedia() []string {
	return []string{
		"*.wikipedia.org", "*.wiktionary.org", "*.wikibooks.org", "*.wikinews.org",
		"*.wikiquote.org", "*.wikisource.org", "*.wikiversity.org", "*.wikivoyage.org",
		"*.wikimedia.org", "*.wikidata.org", "*.wikifunctions.org", "*.mediawiki.org",
	}
}

// HostError says that a host is not on the allowlist.
type HostError struct {
	Host    string
	Problem string   // what is wrong with the host itself; empty: it is just not on the list
	Allowed []string // the allowlist
}

// Error returns one line.
func (e *HostError) Error() string {
	why := e.Problem
	if why == "" {
		why = "it is not one of the allowed wikis"
	}
	return fmt.Sprintf("host %q: %s; allowed (key wikis): %s", shorten(e.Host), why, strings.Join(e.Allowed, ", "))
}

// Hosts is an allowlist of wikis' hosts.
type Hosts struct {
	patterns []string
	exact    map[string]bool // "host" for the default ports, "host:port" otherwise
	below    []string        // ".domain": any host below it, default ports only
}

// NewHosts reads an allowlist. An entry is an exact host ("wiki.example.org"),
// a host with a port ("wiki.example.org:8443"), the hosts below a domain
// ("*.example.org", one label or more, default ports), or a loopback address
// with its port ("127.0.0.1:8081", "[::1]:8081", "localhost:8081"): without
// the port it would open every service of the machine. A star stands nowhere
// else, and a domain below it has two labels at least. The error is Errors,
// one for each bad entry, with the key "wikis".
func NewHosts(patterns []string) (*Hosts, error) {
	h := &Hosts{patterns: append([]string(nil), patterns...), exact: map[string]bool{}}
	var errs Errors
	for _, p := range patterns {
		if problem := h.add(p); problem != "" {
			errs = append(errs, &Error{Key: "wikis", Value: p, Problem: problem, Allowed: hostForms})
		}
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return h, nil
}

const hostForms = `a host ("wiki.example.org", with ":port" if it is not 80 or 443), "*.domain.org" for the hosts below a domain, a loopback address with its port ("127.0.0.1:8081")`

func (h *Hosts) add(pattern string) (problem string) {
	if domain, ok := strings.CutPrefix(pattern, "*."); ok {
		host, port, problem := splitHost(domain)
		switch {
		case problem != "":
			return problem
		case port != "":
			return "a pattern has no port"
		case isIP(host):
			return "a pattern is of names, not of addresses"
		case strings.Count(host, ".") < 1:
			return "a pattern needs two labels after the star"
		case host == "localhost" || strings.HasSuffix(host, ".localhost"):
			return "a pattern cannot open loopback"
		}
		h.below = append(h.below, "."+host)
		return ""
	}
	host, port, problem := splitHost(pattern)
	if problem != "" {
		return problem
	}
	if port == "" && isLoopback(host) {
		return "a loopback address needs its port"
	}
	h.exact[join(host, port)] = true
	return ""
}

// Patterns returns the entries as given.
func (h *Hosts) Patterns() []string { return append([]string(nil), h.patterns...) }

// Allowed says whether host may be read. The error is a *HostError.
func (h *Hosts) Allowed(host string) error {
	if h == nil {
		return &HostError{Host: host, Problem: "there is no allowlist"}
	}
	name, port, problem := splitHost(host)
	if problem != "" {
		return &HostError{Host: host, Problem: problem, Allowed: h.Patterns()}
	}
	if h.exact[join(name, port)] {
		return nil
	}
	if port == "" && !isIP(name) {
		for _, domain := range h.below {
			if strings.HasSuffix(name, domain) {
				return nil
			}
		}
	}
	return &HostError{Host: host, Allowed: h.Patterns()}
}

// Named reports whether an entry without a star is this host.
func (h *Hosts) Named(host string) bool {
	if h == nil {
		return false
	}
	name, port, problem := splitHost(host)
	return problem == "" && h.exact[join(name, port)]
}

// Loopback reports whether a host, with or without a port, is this machine.
func Loopback(host string) bool {
	name, _, problem := splitHost(host)
	return problem == "" && isLoopback(name)
}

// splitHost takes a host apart into its name in lower case and its port; the
// default ports become none, since a wiki is its host. problem is empty if the
// host is one in the plain form: ASCII labels or an IP address, nothing that
// two parsers could read in two ways.
func splitHost(s string) (name, port, problem string) {
	if s == "" {
		return "", "", "it is empty"
	}
	if len(s) > 259 {
		return "", "", "it is too long"
	}
	name = s
	if strings.HasPrefix(s, "[") {
		if strings.HasSuffix(s, "]") {
			name = s[1 : len(s)-1]
		} else {
			var err error
			if name, port, err = net.SplitHostPort(s); err != nil {
				return "", "", "it is not an IPv6 address in brackets"
			}
		}
		a, err := netip.ParseAddr(name)
		if err != nil || !a.Is6() || a.Zone() != "" || a.Is4In6() {
			return "", "", "it is not an IPv6 address in brackets"
		}
		name = a.String()
	} else if i := strings.IndexByte(s, ':'); i >= 0 {
		name, port = s[:i], s[i+1:]
		if port == "" {
			return "", "", "its port is empty"
		}
	}
	if port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
			return "", "", "its port is not a number from 1 to 65535"
		}
		if port == "443" || port == "80" {
			port = ""
		}
	}
	name = strings.ToLower(name)
	if !strings.Contains(name, ":") {
		if problem := checkName(name); problem != "" {
			return "", "", problem
		}
	}
	return name, port, ""
}

// checkName accepts IPv4 in four decimal parts, and names of labels (letters,
// digits, inner hyphens). A last label of digits is refused, since resolvers
// read "127.1" and "0x7f.1" as addresses.
func checkName(name string) (problem string) {
	if _, err := netip.ParseAddr(name); err == nil {
		return ""
	}
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "it is not a host name"
		}
		for i := range len(label) {
			c := label[i]
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return "it has characters that a host name cannot have (write international names in their xn-- form)"
			}
		}
	}
	if last := labels[len(labels)-1]; last[0] >= '0' && last[0] <= '9' {
		return "it is neither a name nor a plain IP address"
	}
	return ""
}

func isIP(name string) bool {
	_, err := netip.ParseAddr(name)
	return err == nil
}

func isLoopback(name string) bool {
	if a, err := netip.ParseAddr(name); err == nil {
		return a.IsLoopback() || a.IsUnspecified()
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}

func join(host, port string) string {
	if port == "" {
		return host
	}
	return net.JoinHostPort(host, port)
}
