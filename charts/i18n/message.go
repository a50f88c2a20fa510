package i18n

import (
	"fmt"
	"strconv"
	"strings"
)

// message is a parsed banana message: literal text, arguments and plurals in
// turn.
type message []part

// part is literal text, or an argument, or a choice of forms by an argument.
type part struct {
	text  string
	arg   int // 1, 2 …; 0 is literal text
	forms []message
	exact []exactForm // "0=none": before the rules
}

type exactForm struct {
	n    int64
	form message
}

func (m message) append(dst []byte, l *Locale, args []Arg) []byte {
	for i := range m {
		p := &m[i]
		switch {
		case p.arg == 0:
			dst = append(dst, p.text...)
		case p.arg > len(args): // shown, so that the mistake is seen
			dst = append(dst, '$')
			dst = strconv.AppendInt(dst, int64(p.arg), 10)
		case p.forms == nil && p.exact == nil:
			dst = args[p.arg-1].append(dst, l)
		default:
			dst = p.choose(l, args[p.arg-1].count()).append(dst, l, args)
		}
	}
	return dst
}

func (p *part) choose(l *Locale, n int64) message {
	for _, e := range p.exact {
		if e.n == n {
			return e.form
		}
	}
	if len(p.forms) == 0 {
		return nil
	}
	return p.forms[min(l.pluralForm(n), len(p.forms)-1)]
}

// parse reads a banana message: text, $1 … $9, and
// {{PLURAL:$1|form|form|…}}, which may hold arguments and not other plurals.
// "0=text" is a form for exactly that number.
func parse(s string) (message, error) {
	var m message
	for s != "" {
		i := strings.IndexAny(s, "${")
		if i < 0 {
			return append(m, part{text: s}), nil
		}
		if i > 0 {
			m = append(m, part{text: s[:i]})
			s = s[i:]
		}
		switch {
		case s[0] == '$' && len(s) > 1 && s[1] >= '1' && s[1] <= '9':
			m = append(m, part{arg: int(s[1] - '0')})
			s = s[2:]
		case strings.HasPrefix(s, "{{PLURAL:"):
			end := strings.Index(s, "}}")
			if end < 0 {
				return nil, fmt.Errorf("%q: {{ without }}", s)
			}
			p, err := parsePlural(s[len("{{PLURAL:"):end])
			if err != nil {
				return nil, err
			}
			m = append(m, p)
			s = s[end+2:]
		case strings.HasPrefix(s, "{{"):
			return nil, fmt.Errorf("%q: only {{PLURAL:…}} is known", s)
		default:
			m = append(m, part{text: s[:1]})
			s = s[1:]
		}
	}
	return m, nil
}

func parsePlural(body string) (part, error) {
	fields := strings.Split(body, "|")
	if len(fields) < 2 || len(fields[0]) != 2 || fields[0][0] != '$' || fields[0][1] < '1' || fields[0][1] > '9' {
		return part{}, fmt.Errorf("{{PLURAL:%s}}: want {{PLURAL:$1|form|…}}", body)
	}
	p := part{arg: int(fields[0][1] - '0')}
	for _, f := range fields[1:] {
		number, text, exact := strings.Cut(f, "=")
		n, err := strconv.ParseInt(number, 10, 64)
		if exact = exact && err == nil; !exact {
			text = f
		}
		m, err := parse(text)
		if err != nil {
			return part{}, err
		}
		if exact {
			p.exact = append(p.exact, exactForm{n, m})
		} else {
			p.forms = append(p.forms, m)
		}
	}
	return p, nil
}
