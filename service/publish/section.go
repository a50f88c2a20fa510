package publish

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Markers, as they stand on a page. The section of one campaign among several
// names it: <!-- afterglow:begin metawiki-101 -->.
const (
	Begin = "<!-- afterglow:begin -->"
	End   = "<!-- afterglow:end -->"
)

// ErrNoSection says that the page has no markers for the campaign: nobody asked for a
// section there.
var ErrNoSection = errors.New("the page has no section between " + Begin + " and " + End)

// MarkerError says that a page's markers do not say where a section is.
type MarkerError struct {
	Problem string
	Line    int // of the page, from 1
}

func (e *MarkerError) Error() string {
	return fmt.Sprintf("line %d: %s; a section is one %s and one %s after it", e.Line, e.Problem, Begin, End)
}

var (
	marker = regexp.MustCompile(`<!--\s*afterglow:(begin|end)(?:\s+([A-Za-z0-9_-]{1,100}))?\s*-->`)
	// Pages that explain markers quote them.
	quoted = regexp.MustCompile(`(?is)<(nowiki|pre|syntaxhighlight|source)\b[^>]*>.*?</(nowiki|pre|syntaxhighlight|source)\s*>`)
)

// section finds the text between a campaign's markers: text[from:to]. A marker
// that names the campaign goes before one that names none. Errors: ErrNoSection,
// *MarkerError; any marker out of place is one, since it may be a part of what
// the section would overwrite.
func section(text, campaign string) (from, to int, err error) {
	quotes := quoted.FindAllStringIndex(text, -1)
	quote := func(at int) bool {
		for _, q := range quotes {
			if q[0] <= at && at < q[1] {
				return true
			}
		}
		return false
	}
	found := map[string][2]int{}
	open, name := -1, ""
	for _, m := range marker.FindAllStringSubmatchIndex(text, -1) {
		if quote(m[0]) {
			continue
		}
		problem := func(p string) error {
			return &MarkerError{Problem: p, Line: 1 + strings.Count(text[:m[0]], "\n")}
		}
		named := ""
		if m[4] >= 0 {
			named = text[m[4]:m[5]]
		}
		switch begins := text[m[2]:m[3]] == "begin"; {
		case begins && open >= 0:
			return 0, 0, problem("a section begins inside another")
		case begins:
			if _, twice := found[named]; twice {
				return 0, 0, problem("a second section of the same campaign begins")
			}
			open, name = m[1], named
		case open < 0:
			return 0, 0, problem("a section ends that did not begin")
		case named != "" && named != name:
			return 0, 0, problem("a section of another campaign ends")
		default:
			found[name] = [2]int{open, m[0]}
			open = -1
		}
	}
	if open >= 0 {
		return 0, 0, &MarkerError{Problem: "a section begins and does not end", Line: 1 + strings.Count(text[:open], "\n")}
	}
	at, ok := found[campaign]
	if !ok {
		if at, ok = found[""]; !ok {
			return 0, 0, ErrNoSection
		}
	}
	return at[0], at[1], nil
}
