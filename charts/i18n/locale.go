package i18n

import (
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Locale is one language: its messages and how it writes numbers and dates.
// It is safe for concurrent use.
type Locale struct {
	code     string
	script   script
	tag      language.Tag
	forms    []plural.Form // in the order of a message's PLURAL forms
	messages map[string]message
}

// Code returns the language's code. It is the language that is shown, which
// may be another than the one that was asked for.
func (l *Locale) Code() string { return l.code }

// RTL reports whether the language is written from right to left.
func (l *Locale) RTL() bool { return l.script.rtl }

// Direction returns "ltr" or "rtl".
func (l *Locale) Direction() string {
	if l.script.rtl {
		return "rtl"
	}
	return "ltr"
}

// Direction returns the direction of the language that is shown for lang.
func Direction(lang string) string { return For(lang).Direction() }

// Message returns a message in the language that is shown for lang. See
// Locale.Message.
func Message(lang, key string, args ...any) string { return For(lang).Message(key, args...) }

// Message returns a message as plain text, its $1, $2 … replaced. An argument
// may be an Arg, an int, a string (inserted as it is), a time.Time (its date)
// or a fmt.Stringer. A key that does not exist gives "⧼key⧽", as in MediaWiki.
func (l *Locale) Message(key string, args ...any) string {
	typed := make([]Arg, len(args))
	for i, a := range args {
		typed[i] = argOf(a)
	}
	return string(l.Append(nil, key, typed...))
}

// Append appends a message to dst. It allocates nothing where dst has room.
func (l *Locale) Append(dst []byte, key string, args ...Arg) []byte {
	m, ok := l.messages[key]
	if !ok {
		dst = append(dst, "⧼"...)
		dst = append(dst, key...)
		return append(dst, "⧽"...)
	}
	return m.append(dst, l, args)
}

// Has reports whether the language has the message.
func (l *Locale) Has(key string) bool {
	_, ok := l.messages[key]
	return ok
}

// pluralForm returns the index of n's form among a message's PLURAL forms.
func (l *Locale) pluralForm(n int64) int {
	u := uint64(n)
	if n < 0 {
		u = -u // also where −n does not exist
	}
	// The rules look at n modulo 10⁶ at most.
	f := plural.Cardinal.MatchPlural(l.tag, int(u%10_000_000), 0, 0, 0, 0)
	for i, have := range l.forms {
		if have == f {
			return i
		}
	}
	return len(l.forms) - 1
}

// script is how a language writes.
type script struct {
	rtl            bool
	zero           rune // the digit nought
	decimal, group string
	indian         bool   // groups of two above the thousands
	percentPrefix  string // what stands around a percentage
	percentSuffix  string
	minus          string
	months         [12]string // abbreviated, as within a date
	datePattern    string     // with d, m, y
	monthPattern   string     // with m, y
}

func (s *script) appendDate(dst []byte, t time.Time, pattern string) []byte {
	y, m, d := t.UTC().Date()
	for _, r := range pattern {
		switch r {
		case 'd':
			dst = s.appendInt(dst, int64(d), false)
		case 'm':
			dst = append(dst, s.months[m-1]...)
		case 'y':
			dst = s.appendInt(dst, int64(y), false)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

// For returns the locale that is shown for a language code: the language
// itself, or the first along MediaWiki's fallback chain that has messages, or
// that of the code without its last part, or English. It is never nil.
func For(lang string) *Locale {
	all := locales()
	if l, ok := all[lang]; ok {
		return l
	}
	if len(lang) > 35 {
		return all["en"]
	}
	code := strings.ReplaceAll(strings.ToLower(lang), "_", "-")
	for code != "" {
		if l, ok := all[code]; ok {
			return l
		}
		if next := fallback(code); next != "" {
			return all[next]
		}
		i := strings.LastIndexByte(code, '-')
		if i < 0 {
			break
		}
		code = code[:i]
	}
	return all["en"]
}

// fallback returns the first language along MediaWiki's fallback chain of code
// that has messages here, or "". The chains are the $fallback lines of
// MediaWiki's languages/messages/Messages*.php; only those that lead to one of
// our languages are listed.
func fallback(code string) string {
	switch code {
	case "acm", "aeb", "aeb-arab", "apc", "arq", "ary", "arz":
		return "ar"
	case "als", "bar", "dsb", "frr", "gsw", "hrx", "hsb", "ksh", "lb", "nds", "pdc", "pdt", "pfl", "rm", "sli", "stq", "vmf":
		return "de"
	case "an", "arn", "ast", "ay", "cbk-zam", "ext", "gn", "guc", "lad", "nah", "qu", "qug":
		return "es"
	case "atj", "avk", "bci", "bm", "ca", "fon", "frc", "frp", "gcf", "gcr", "ht", "kab", "kbp", "ln", "lua", "mg",
		"nrf", "nrm", "oc", "pcd", "ses", "sg", "shi", "shi-latn", "shy", "shy-latn", "ty", "wa", "wls", "wo":
		return "fr"
	case "anp", "awa", "bh", "bho", "mag", "mai", "sa":
		return "hi"
	case "nyo", "ttj":
		return "sw"
	}
	return ""
}
