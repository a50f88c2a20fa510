package fakewiki

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the longest user name in bytes.
const maxName = 255

// canonicalName makes a user name canonical as MediaWiki does: underscores are
// spaces, runs of spaces are one, the first letter is upper case. It is false
// for what cannot be a user's name, addresses included.
func canonicalName(name string) (string, bool) {
	name = strings.Join(strings.Fields(strings.ReplaceAll(name, "_", " ")), " ")
	if name == "" || len(name) > maxName || !utf8.ValidString(name) || strings.ContainsAny(name, "#<>[]|{}/") {
		return "", false
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return "", false
	}
	for _, r := range name {
		if unicode.IsControl(r) || r == utf8.RuneError || r >= 0x2000 && r <= 0x200f || r >= 0x2028 && r <= 0x202f {
			return "", false
		}
	}
	first, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToUpper(first)) + name[size:], true
}

// namer makes names that nobody bears yet.
type namer struct {
	taken map[string]int32
	next  int
}

// name makes up a name in a style. The same calls give the same names.
func (n *namer) name(style NameStyle, r *rng) string {
	if style == Mixed {
		style = NameStyle(r.intn(4)) // the last is other scripts
	}
	var base string
	switch style {
	case Arabic:
		base = pick(r, arabicFirst) + " " + pick(r, arabicLast)
	case Nasty:
		base = pick(r, nastyNames)
	case Mixed:
		base = pick(r, otherNames)
	default:
		base = pick(r, latinFirst) + pick(r, latinJoin) + pick(r, latinLast)
	}
	for {
		name, ok := canonicalName(base)
		if _, taken := n.taken[name]; ok && !taken {
			return name
		}
		// Numbers that rise make every name end its search after one step or two.
		n.next++
		base = strings.TrimRight(base, "0123456789") + strconv.Itoa(n.next)
	}
}

func pick(r *rng, from []string) string { return from[r.intn(len(from))] }
