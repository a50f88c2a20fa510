package service

import (
	"context"
	"fmt"
	"strings"
	"time"

	"afterglow/config"
	"afterglow/service/refresh"
	"afterglow/service/refresh/source"
)

// Tracking says what to track: an event, or a list whose people are on a page, in
// a category, in a course or in a file. One of the first five says which.
type Tracking struct {
	Event    string // an event's address, its page's title, its number
	Page     string // the address of a wiki page that links to its participants
	Category string // the address of a category of files
	Course   string // the address of a course of a dashboard, or the path of its exported users
	List     string // the path of a file of names

	Wiki       string // address: holds the event page, or has the accounts of a course or a list
	Title      string // of a list; empty: its source's
	Slug       string // of a list: its id is "list-" + Slug; empty: made from Title
	Start, End time.Time
	Replace    bool // a list of that id may be there already
}

// sources lists what was given, as the command's flags name it.
func (t Tracking) sources() map[source.Kind]string {
	given := map[source.Kind]string{}
	for kind, value := range map[source.Kind]string{
		source.Event: t.Event, source.Page: t.Page, source.Category: t.Category, source.Course: t.Course, source.List: t.List,
	} {
		if value != "" {
			given[kind] = value
		}
	}
	return given
}

// check refuses what makes no sense before anything is asked.
func (t Tracking) check() error {
	given := t.sources()
	if len(given) != 1 {
		return fmt.Errorf("%w: give one of EVENT, --page, --category, --course and --list, not %d", ErrUsage, len(given))
	}
	if t.Event != "" {
		if t.Title != "" || t.Slug != "" || !t.Start.IsZero() || !t.End.IsZero() {
			return fmt.Errorf("%w: an event has its own title and dates; --title, --slug, --start and --end are for lists", ErrUsage)
		}
		return nil
	}
	switch {
	case t.Start.IsZero() || t.End.IsZero():
		return fmt.Errorf("%w: a list needs --start and --end", ErrUsage)
	case !t.Start.Before(t.End):
		return fmt.Errorf("%w: --end %s is not after --start %s", ErrUsage, t.End.Format(time.RFC3339), t.Start.Format(time.RFC3339))
	case (t.Course != "" || t.List != "") && t.Wiki == "":
		return fmt.Errorf("%w: --wiki says which wiki's accounts the names are", ErrUsage)
	}
	return nil
}

// list turns what was given into a list, reading the file where there is one.
func (t Tracking) list(dashboards []string) (refresh.List, error) {
	l := refresh.List{Slug: t.Slug, Title: t.Title, Start: t.Start, End: t.End, Replace: t.Replace}
	var err error
	switch {
	case t.Page != "" || t.Category != "":
		l.From, err = source.Parse(t.Page+t.Category, dashboards)
		switch {
		case err != nil:
		case l.From.Kind != source.Page && l.From.Kind != source.Category:
			err = fmt.Errorf("%w: %q is neither a page nor a category of a wiki", source.ErrInvalid, t.Page+t.Category)
		case t.Category != "":
			l.From.Kind, l.From.Section = source.Category, ""
		}
	case isFile(t.Course) || t.List != "":
		l.People, l.LeftOut, err = source.ReadListFile(t.List + t.Course)
	default:
		l.From, err = source.Parse(t.Course, dashboards)
		if err == nil && l.From.Kind != source.Course {
			err = fmt.Errorf("%w: %q is no course; allowed: https://HOST/courses/SCHOOL/TITLE_(TERM) with HOST one of %s, or a file",
				source.ErrInvalid, t.Course, strings.Join(dashboards, ", "))
		}
	}
	if l.Title == "" {
		l.Title = l.From.Title
	}
	if err == nil && l.Title == "" {
		return l, fmt.Errorf("%w: a list from a file needs --title", ErrUsage)
	}
	return l, err
}

// isFile reports whether a course is given as a file rather than an address.
func isFile(course string) bool {
	if course == "" || strings.Contains(course, "://") {
		return false
	}
	return strings.HasSuffix(course, ".csv") || strings.HasSuffix(course, ".json") || !strings.Contains(course, "/courses/")
}

// track adds what was given, or brings it up to date.
func (w *worker) track(ctx context.Context, cfg *config.Config, t Tracking) (refresh.Tracked, error) {
	if err := t.check(); err != nil {
		return refresh.Tracked{}, err
	}
	if t.Event != "" {
		wiki, id, err := w.client.ResolveEvent(ctx, t.Event, t.Wiki)
		if err != nil {
			return refresh.Tracked{}, fmt.Errorf("%s: %w", t.Event, err)
		}
		c, err := w.r.Track(ctx, wiki, id)
		if err != nil {
			return refresh.Tracked{}, fmt.Errorf("%s: %w", t.Event, err)
		}
		return refresh.Tracked{Campaign: c}, nil
	}
	l, err := t.list(cfg.Dashboards)
	if err != nil {
		return refresh.Tracked{}, err
	}
	return w.trackList(ctx, l, t.Wiki)
}

// trackList adds a list. wiki is an address that is needed where l.From holds none.
func (w *worker) trackList(ctx context.Context, l refresh.List, wiki string) (refresh.Tracked, error) {
	if l.From.Wiki != "" {
		wiki = l.From.Wiki
	}
	var err error
	if l.Wiki, err = w.client.Wiki(ctx, wiki); err != nil {
		return refresh.Tracked{}, fmt.Errorf("the wiki %s: %w", wiki, err)
	}
	return w.r.TrackList(ctx, l)
}

// ParseInstant reads an RFC 3339 time or a date (UTC). As an end, a date means
// the instant after that day.
func ParseInstant(s string, isEnd bool) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC(), nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, fmt.Errorf("%q is not a time; give 2025-03-01 or 2025-03-01T08:00:00Z", s)
	}
	if isEnd {
		t = t.AddDate(0, 0, 1)
	}
	return t, nil
}
