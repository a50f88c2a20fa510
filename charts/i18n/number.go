package i18n

import (
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// Arg is an argument of a message. Make one with Int, Percent, Text, …
type Arg struct {
	kind argKind
	n    int64
	f    float64
	s    string
}

type argKind uint8

const (
	textArg argKind = iota
	userArg
	intArg
	decimalArg
	percentArg
	shareArg
	pointsArg
	dateArg
	monthArg
)

// Int is a whole number, in the language's digits and groups. It chooses
// PLURAL forms.
func Int(n int) Arg { return Arg{kind: intArg, n: int64(n)} }

// Decimal is a number with at most one decimal.
func Decimal(f float64) Arg { return Arg{kind: decimalArg, f: f} }

// Percent is a rate, 0 … 1, as a whole percentage with its sign. Rates near
// but not at nought or one keep a decimal: nothing is rounded to never or all.
func Percent(rate float64) Arg { return Arg{kind: percentArg, f: rate} }

// Share is a Percent without its sign.
func Share(rate float64) Arg { return Arg{kind: shareArg, f: rate} }

// Points is a difference of rates, −1 … 1, in percentage points with its sign,
// plus or minus.
func Points(difference float64) Arg { return Arg{kind: pointsArg, f: difference} }

// Text is inserted as it is: a message, a word of our own.
func Text(s string) Arg { return Arg{s: s} }

// User is text of unknown direction, such as a campaign's title. It is wrapped
// in bidi isolates, and the bidi controls that could end them are left out.
func User(s string) Arg { return Arg{kind: userArg, s: s} }

// Date is a day in UTC: 1 Nov 2025.
func Date(t time.Time) Arg { return Arg{kind: dateArg, n: t.Unix()} }

// Month is a month in UTC: Nov 2025.
func Month(t time.Time) Arg { return Arg{kind: monthArg, n: t.Unix()} }

func argOf(a any) Arg {
	switch a := a.(type) {
	case Arg:
		return a
	case int:
		return Int(a)
	case int64:
		return Arg{kind: intArg, n: a}
	case string:
		return Text(a)
	case time.Time:
		return Date(a)
	case fmt.Stringer:
		return Text(a.String())
	}
	return Text(fmt.Sprint(a))
}

// count is the number that chooses a PLURAL form.
func (a Arg) count() int64 {
	switch a.kind {
	case percentArg, shareArg, pointsArg:
		return int64(math.Round(math.Abs(clamp(a.f, -1, 1)) * 100))
	case decimalArg:
		return int64(math.Ceil(math.Abs(clamp(a.f, -1e15, 1e15))))
	}
	return a.n
}

func (a Arg) append(dst []byte, l *Locale) []byte {
	switch a.kind {
	case userArg:
		return appendIsolated(dst, a.s)
	case intArg:
		return l.AppendInt(dst, int(a.n))
	case decimalArg:
		return l.AppendDecimal(dst, a.f)
	case percentArg:
		return l.AppendPercent(dst, a.f)
	case shareArg:
		return l.script.appendShare(dst, a.f)
	case pointsArg:
		return l.script.appendPoints(dst, a.f)
	case dateArg:
		return l.script.appendDate(dst, time.Unix(a.n, 0), l.script.datePattern)
	case monthArg:
		return l.script.appendDate(dst, time.Unix(a.n, 0), l.script.monthPattern)
	}
	return append(dst, a.s...)
}

// String formats the argument alone, as it would stand in a message.
func (l *Locale) String(a Arg) string { return string(a.append(nil, l)) }

// AppendInt appends a whole number in the language's digits and groups.
func (l *Locale) AppendInt(dst []byte, n int) []byte { return l.script.appendInt(dst, int64(n), true) }

// AppendDecimal appends a number with at most one decimal.
func (l *Locale) AppendDecimal(dst []byte, f float64) []byte {
	tenths := int64(math.Round(clamp(f, -1e14, 1e14) * 10))
	return l.script.appendTenths(dst, tenths)
}

// AppendPercent appends a rate, 0 … 1, as a percentage with its sign. See
// Percent.
func (l *Locale) AppendPercent(dst []byte, rate float64) []byte {
	dst = append(dst, l.script.percentPrefix...)
	dst = l.script.appendShare(dst, rate)
	return append(dst, l.script.percentSuffix...)
}

// AppendShare appends a rate, 0 … 1, as a percentage without its sign.
func (l *Locale) AppendShare(dst []byte, rate float64) []byte { return l.script.appendShare(dst, rate) }

func (s *script) appendShare(dst []byte, rate float64) []byte {
	p := clamp(rate, 0, 1) * 100
	switch {
	case p == 0 || p == 100 || p >= 1 && p <= 99:
		return s.appendInt(dst, int64(math.Round(p)), false)
	case p < 0.1:
		return s.appendTenths(append(dst, '<'), 1)
	case p > 99.9:
		return s.appendTenths(append(dst, '>'), 999)
	}
	return s.appendTenths(dst, int64(math.Round(p*10)))
}

func (s *script) appendPoints(dst []byte, difference float64) []byte {
	n := int64(math.Round(clamp(difference, -1, 1) * 100))
	if n > 0 {
		dst = append(dst, '+')
	}
	return s.appendInt(dst, n, false)
}

func (s *script) appendTenths(dst []byte, tenths int64) []byte {
	if tenths < 0 {
		dst = append(dst, s.minus...)
		tenths = -tenths
	}
	dst = s.appendInt(dst, tenths/10, true)
	if d := tenths % 10; d != 0 {
		dst = append(dst, s.decimal...)
		dst = s.appendInt(dst, d, false)
	}
	return dst
}

func (s *script) appendInt(dst []byte, n int64, grouped bool) []byte {
	var digits [20]byte
	u := uint64(n)
	if n < 0 {
		dst = append(dst, s.minus...)
		u = -u
	}
	text := strconv.AppendUint(digits[:0], u, 10)
	for i, d := range text {
		left := len(text) - i // digits from here on
		if grouped && i > 0 && (left == 3 || left > 3 && (s.indian && left%2 == 1 || !s.indian && left%3 == 0)) {
			dst = append(dst, s.group...)
		}
		if s.zero == '0' {
			dst = append(dst, d)
		} else {
			dst = utf8.AppendRune(dst, s.zero+rune(d-'0'))
		}
	}
	return dst
}

// clamp also turns what is not a number into the lower bound.
func clamp(f, low, high float64) float64 {
	if !(f > low) {
		return low
	}
	return math.Min(f, high)
}

const (
	firstStrongIsolate = "\u2068"
	popIsolate         = "\u2069"
)

// Isolate wraps text of unknown direction in bidi isolates. See User.
func Isolate(s string) string { return string(appendIsolated(nil, s)) }

func appendIsolated(dst []byte, s string) []byte {
	dst = append(dst, firstStrongIsolate...)
	for _, r := range s {
		if r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c {
			continue // an override or an unmatched pop would reach the text around it
		}
		dst = utf8.AppendRune(dst, r)
	}
	return append(dst, popIsolate...)
}
