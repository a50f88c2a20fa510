package source

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CleanName writes a name as lists of names are written by hand: without blanks
// around it, marks of direction, and "User:".
func CleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		// Marks of direction come along when names are copied from a page.
		if r == '\u200e' || r == '\u200f' || r == '\ufeff' {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(strings.ReplaceAll(name, "_", " "))
	if rest, ok := strings.CutPrefix(name, "User:"); ok {
		name = strings.TrimSpace(rest)
	}
	return name
}

// unusable says why a name that a wiki or a site gave is no account's that could
// be followed; "" where it may be one.
func unusable(name string) Reason {
	switch {
	case isAddress(name):
		return Addresses
	case isTemporary(name):
		return Temporary
	// https://www.mediawiki.org/wiki/Manual:$wgInvalidUsernameCharacters and titles
	case name == "" || len(name) > 255 || !utf8.ValidString(name) || strings.ContainsAny(name, "#<>[]|{}/") ||
		strings.ContainsFunc(name, unicode.IsControl):
		return Unusable
	}
	return ""
}

// isAddress reports whether a name is an IP address, or one with its end hidden
// as MediaWiki once wrote them (1.2.3.xxx).
func isAddress(name string) bool {
	name = strings.TrimSuffix(name, ".xxx") + strings.Repeat(".0", strings.Count(name, ".xxx"))
	_, err := netip.ParseAddr(name)
	return err == nil
}

// isTemporary reports whether a name is of a temporary account: "~2025-12345".
// https://www.mediawiki.org/wiki/Manual:$wgAutoCreateTempUser
func isTemporary(name string) bool {
	return len(name) > 1 && name[0] == '~' && name[1] >= '1' && name[1] <= '9'
}
