package mwclient

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// target is what an argument names: an event's number, or a page to ask for it.
type target struct {
	event  int64
	dbname string   // the id's wiki, of "metawiki-101"
	page   *url.URL // the address, nil where the argument was none
	title  string   // with blanks; empty where the address does not show it
}

var (
	numberOnly = regexp.MustCompile(`^[0-9]+$`)
	eventID    = regexp.MustCompile(`^([A-Za-z0-9_][A-Za-z0-9_-]*)-([0-9]+)$`)
	restEvent  = regexp.MustCompile(`/rest\.php/campaignevents/v0/event_registration/([0-9]{1,18})(?:/|$)`)
	bareHost   = regexp.MustCompile(`(?i)^(?:(?:[a-z0-9-]+\.)+[a-z]{2,}|localhost|[0-9.]+|\[[0-9a-f:]+\])(?::\d+)?/`)
)

// eventPages are the special pages whose sub-page is an event's number, by
// their canonical names.
func isEventPage(special string) bool {
	return slices.ContainsFunc([]string{
		"EventDetails", "RegisterForEvent", "CancelEventRegistration", "EditEventRegistration", "DeleteEventRegistration",
	}, func(name string) bool { return strings.EqualFold(name, special) })
}

// parseTarget understands an argument, without asking anybody.
func parseTarget(arg string) (target, error) {
	arg = strings.TrimSpace(arg)
	switch {
	case arg == "":
		return target{}, fmt.Errorf("%w: it is empty", ErrAddress)
	case len(arg) > 4096:
		return target{}, fmt.Errorf("%w: it is longer than 4096 bytes", ErrAddress)
	case strings.HasPrefix(arg, "https://"), strings.HasPrefix(arg, "http://"), strings.HasPrefix(arg, "//"), bareHost.MatchString(arg):
		return parseAddress(arg)
	case numberOnly.MatchString(arg):
		return numbered(arg, target{})
	}
	if m := eventID.FindStringSubmatch(arg); m != nil {
		return numbered(m[2], target{dbname: m[1]})
	}
	if strings.Contains(arg, "://") {
		return target{}, fmt.Errorf("%w: %q is neither https nor http", ErrAddress, shorten(arg))
	}
	return titled(arg, target{})
}

// parseAddress understands the address of a page.
func parseAddress(arg string) (target, error) {
	u, err := parseURL(arg)
	if err != nil {
		return target{}, err
	}
	t := target{page: u}
	if m := restEvent.FindStringSubmatch(u.Path); m != nil {
		return numbered(m[1], t)
	}
	query := u.Query()
	clean := *u
	clean.RawQuery = ""
	t.page = &clean
	title := query.Get("title")
	switch {
	case title != "":
		// action=edit, diff= and the like would show something else.
		clean.RawQuery = url.Values{"title": {title}}.Encode()
	case strings.HasPrefix(u.Path, "/wiki/"):
		title = strings.TrimPrefix(u.Path, "/wiki/")
	default:
		if _, after, ok := strings.Cut(u.Path, "/index.php/"); ok {
			title = after
		}
		for _, by := range [...]string{"curid", "oldid"} {
			if id := query.Get(by); numberOnly.MatchString(id) {
				clean.RawQuery = url.Values{by: {id}}.Encode()
			}
		}
	}
	if title == "" {
		return t, nil // the page will tell
	}
	return titled(title, t)
}

// titled reads a title. A special page of an event names its number.
func titled(title string, t target) (target, error) {
	title = strings.Join(strings.FieldsFunc(title, func(r rune) bool { return r == '_' || r == ' ' }), " ")
	title = strings.TrimPrefix(title, ":")
	if title == "" || strings.ContainsAny(title, "<>[]{}|#\x00\n") {
		return target{}, fmt.Errorf("%w: %q is not a title", ErrAddress, shorten(title))
	}
	t.title = title
	namespace, name, ok := strings.Cut(title, ":")
	if !ok || !strings.EqualFold(strings.TrimSpace(namespace), "Special") {
		return t, nil
	}
	special, number, _ := strings.Cut(strings.TrimSpace(name), "/")
	if !isEventPage(special) {
		return target{}, fmt.Errorf("%w: %q is not a page of an event", ErrAddress, shorten(title))
	}
	return numbered(number, t)
}

func numbered(digits string, t target) (target, error) {
	if numberOnly.MatchString(digits) {
		t.event = parseID(digits)
	}
	if t.event <= 0 {
		return target{}, fmt.Errorf("%w: %q is not an event's number", ErrAddress, shorten(digits))
	}
	return t, nil
}

// parentTitle is the page that a page is a sub-page of, or "".
func parentTitle(title string) string {
	i := strings.LastIndexByte(title, '/')
	if i <= 0 || strings.HasSuffix(title[:i], ":") {
		return ""
	}
	return strings.TrimRight(title[:i], "/ _")
}
