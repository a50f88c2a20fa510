package source

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"afterglow/mwclient"
)

// Kind is a kind of place that lists people.
type Kind string

// Kinds of sources.
const (
	Event    Kind = "event"    // a registration of Extension:CampaignEvents
	List     Kind = "list"     // names that were given, in a file
	Page     Kind = "page"     // a wiki page with links to users
	Category Kind = "category" // a category of files: their uploaders
	Course   Kind = "course"   // a course of a Programs & Events Dashboard
)

var (
	// ErrInvalid says that this cannot be a source, or not one that can be read.
	ErrInvalid = errors.New("not valid")
	// ErrEmpty says that there is nobody in it.
	ErrEmpty = errors.New("nobody is listed")
	// ErrTooMany says that it lists more than may be read.
	ErrTooMany = errors.New("too many")
)

// Spec says where a campaign's people are listed. It is what a campaign
// remembers of its source, so that every refresh reads it anew.
type Spec struct {
	Kind Kind
	// Wiki is an address of the wiki that holds the page or the category, or
	// whose accounts the names of a course or list are.
	Wiki string
	// Title is the page's or the category's, as written.
	Title string
	// Section limits a page to a section, by its heading or anchor.
	Section string
	// URL is the address of a course.
	URL string
}

// Parse understands an address: of a course of a dashboard, of a category, or
// of any other page of a wiki. Nothing is asked, so a category is known by its
// English name only; when the page is read, its namespace tells. dashboards are
// the hosts whose courses may be read (host, or host:port). ErrInvalid.
func Parse(address string, dashboards []string) (Spec, error) {
	if s, isCourse, err := parseCourse(address, dashboards); isCourse || err != nil {
		return s, err
	}
	p, err := mwclient.ParsePageAddress(address)
	if err != nil {
		return Spec{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	s := Spec{Kind: Page, Wiki: p.Wiki, Title: p.Title, Section: p.Section}
	switch prefix, rest, _ := strings.Cut(strings.ToLower(p.Title), ":"); strings.TrimSpace(prefix) {
	case "category":
		s.Kind, s.Section = Category, ""
	case "event", "special":
		if prefix == "special" && !strings.HasPrefix(rest, "eventdetails/") {
			return Spec{}, fmt.Errorf("%w: %.200q is a special page", ErrInvalid, p.Title)
		}
		s.Kind = Event
	}
	return s, nil
}

// parseCourse understands the address of a course:
// https://HOST/courses/SCHOOL/TITLE_(TERM), whatever tab of it is shown.
func parseCourse(address string, dashboards []string) (s Spec, isCourse bool, err error) {
	address = strings.TrimSpace(address)
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil {
		return Spec{}, false, fmt.Errorf("%w: this is not an address", ErrInvalid)
	}
	rest, ok := strings.CutPrefix(u.EscapedPath(), "/courses/")
	if !ok || (u.Scheme != "https" && u.Scheme != "http") {
		return Spec{}, false, nil
	}
	if !slices.Contains(dashboards, strings.ToLower(u.Host)) {
		return Spec{}, true, fmt.Errorf("%w: courses of %.200q are not read; allowed: %s", ErrInvalid, u.Host, strings.Join(dashboards, ", "))
	}
	parts := strings.Split(rest, "/")
	if len(parts) < 2 || parts[0] == "" || parts[1] == "" || u.User != nil || len(address) > 2000 {
		return Spec{}, true, fmt.Errorf("%w: %.200q names no course; allowed: https://%s/courses/SCHOOL/TITLE_(TERM)", ErrInvalid, address, u.Host)
	}
	title, err := url.PathUnescape(strings.TrimSuffix(parts[1], ".json"))
	if err != nil {
		return Spec{}, true, fmt.Errorf("%w: %.200q names no course", ErrInvalid, address)
	}
	school, err := url.PathUnescape(parts[0])
	if err != nil {
		return Spec{}, true, fmt.Errorf("%w: %.200q names no course", ErrInvalid, address)
	}
	at := u.Scheme + "://" + strings.ToLower(u.Host) + "/courses/" + url.PathEscape(school) + "/" + url.PathEscape(title)
	return Spec{Kind: Course, URL: at, Title: strings.ReplaceAll(title, "_", " ")}, true, nil
}
