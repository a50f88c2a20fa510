package config

import (
	"fmt"
	"strings"
)

// Error is one thing that is wrong with a configuration.
type Error struct {
	Key     string // as in the file: "refresh.maxlag"
	Value   string // what was given; "[redacted]" for a secret
	Source  string // where: "afterglow.yaml:12", "AFTERGLOW_REFRESH_MAXLAG"; empty for a default
	Problem string // what is wrong, if the value alone does not say
	Allowed string // what is allowed
}

// Error returns one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Key)
	if e.Value != "" || e.Problem == "" {
		fmt.Fprintf(&b, ": %q", shorten(e.Value))
	}
	if e.Source != "" {
		fmt.Fprintf(&b, " (%s)", e.Source)
	}
	b.WriteString(": ")
	if e.Problem != "" {
		b.WriteString(e.Problem + "; ")
	}
	return b.String() + "allowed: " + e.Allowed
}

// Errors is everything that is wrong with a configuration, in the order of the
// keys in Config. errors.As finds a single *Error in it.
type Errors []*Error

// Error returns one line for each error.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the single errors.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}

// shorten keeps an error readable whatever was put into the file.
func shorten(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// nearest returns the candidate that is fewest edits away from name.
func nearest(name string, candidates []string) string {
	if len(name) > 100 {
		name = name[:100] // distance costs len(name) × len(candidate)
	}
	best, least := "", -1
	for _, c := range candidates {
		if d := distance(name, c); least < 0 || d < least {
			best, least = c, d
		}
	}
	return best
}

// distance is Levenshtein's, over bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
