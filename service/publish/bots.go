package publish

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	exclusion = regexp.MustCompile(`(?i)\{\{\s*(?:template:)?\s*(nobots|bots)\s*((?:\|[^{}]*)?)\}\}`)
	hidden    = regexp.MustCompile(`(?s)<!--.*?-->`)
)

// welcome reports whether a page lets an account's programs edit: it has no
// {{nobots}}, and no {{bots}} that denies the account or allows others alone.
// https://en.wikipedia.org/wiki/Template:Bots
func welcome(text, account string) bool {
	text = hidden.ReplaceAllString(text, "")
	for _, m := range exclusion.FindAllStringSubmatch(text, -1) {
		params := strings.Split(m[2], "|")
		if strings.EqualFold(m[1], "nobots") && len(params) < 2 {
			return false
		}
		for _, p := range params[1:] {
			key, value, _ := strings.Cut(p, "=")
			allow := names(value, account)
			switch strings.ToLower(strings.TrimSpace(key)) {
			case "allow":
				if !allow {
					return false
				}
			case "deny":
				if allow {
					return false
				}
			}
		}
	}
	return true
}

// names reports whether a list names an account, or all.
func names(list, account string) bool {
	for name := range strings.SplitSeq(list, ",") {
		name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '_' || unicode.IsSpace(r) }), " ")
		if strings.EqualFold(name, "all") || strings.EqualFold(name, account) {
			return true
		}
	}
	return false
}
