package refresh

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"afterglow/mwclient"
	"afterglow/retention"
	"afterglow/service/store"
)

// List is a campaign whose participants are given by name.
type List struct {
	Slug       string // the id is "list-" + Slug; empty: made from Title
	Title      string
	Start, End time.Time
	Timezone   string         // of the dates, for show
	Wiki       *mwclient.Wiki // where the names are accounts
	Wikis      []string       // the campaign's own wikis; nil: Wiki
	URL        string         // a page about it, may be empty
	Entries    []Entry
	Replace    bool // replace the list of that id; else store.ErrExists
}

// Entry is one participant of a list.
type Entry struct {
	Name   string
	Joined time.Time // zero: unknown
}

// TrackList adds a list. Names that the wiki does not know are kept, counted as
// not found, and looked for again at each refresh. store.ErrExists: there is a
// list of that id and Replace is not set. ErrTooMany.
func (r *Refresher) TrackList(ctx context.Context, l List) (store.Campaign, error) {
	fail := func(err error) (store.Campaign, error) {
		return store.Campaign{}, fmt.Errorf("track the list %.100q: %w", l.Title, err)
	}
	if len(l.Entries) > r.o.MaxParticipants {
		return fail(fmt.Errorf("%w participants: %d, at most %d", ErrTooMany, len(l.Entries), r.o.MaxParticipants))
	}
	if l.Slug == "" {
		l.Slug = slug(l.Title)
	}
	if l.Slug != slug(l.Slug) {
		return fail(fmt.Errorf("the id %.100q may hold a to z, digits and hyphens: %w", l.Slug, store.ErrInvalid))
	}
	info, farm, err := r.identify(ctx, l.Wiki)
	if err != nil {
		return fail(err)
	}
	id := "list-" + l.Slug
	switch _, err := r.s.Campaign(ctx, id); {
	case err == nil && !l.Replace:
		return fail(fmt.Errorf("campaign %s: %w", id, store.ErrExists))
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return fail(err)
	}
	c, err := r.s.SaveCampaign(ctx, store.Campaign{
		Campaign: retention.Campaign{
			ID: id, Title: l.Title, Start: l.Start.UTC(), End: l.End.UTC(),
			Source: retention.Source{Kind: kindList, Wiki: info.WikiID, URL: l.URL},
		},
		Farm: farm.Name, Wikis: l.Wikis, Timezone: l.Timezone, MadeUp: r.o.MadeUp,
	})
	if err != nil {
		return fail(err)
	}
	entries := make([]store.Entry, 0, len(l.Entries))
	seen := make(map[string]bool, len(l.Entries))
	for _, e := range l.Entries {
		name := cleanName(e.Name)
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		entries = append(entries, store.Entry{Name: name, Joined: e.Joined.UTC()})
	}
	return c, r.s.SaveEntries(ctx, id, entries)
}

// slug makes an id of a title: its ASCII letters and digits, and a short hash
// where that leaves out anything else than blanks and punctuation.
func slug(title string) string {
	var b strings.Builder
	lost := false
	for _, r := range strings.ToLower(title) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		default:
			lost = lost || unicode.IsLetter(r) || unicode.IsDigit(r)
			if s := b.String(); s != "" && !strings.HasSuffix(s, "-") {
				b.WriteByte('-')
			}
		}
	}
	s := strings.Trim(b.String(), "-")
	if lost || s == "" || len(s) > 80 {
		sum := sha256.Sum256([]byte(title))
		s = strings.Trim(s[:min(len(s), 60)]+"-"+hex.EncodeToString(sum[:4]), "-")
	}
	return s
}

// cleanName writes a name as lists of names are written by hand: without blanks
// around it and without "User:".
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		// Marks of direction come along when names are copied from a page.
		if r == '\u200e' || r == '\u200f' || r == '\ufeff' {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(strings.ReplaceAll(name, "_", " "))
	if rest, ok := strings.CutPrefix(name, "User:"); ok {
		name = strings.TrimSpace(rest)
	}
	return name
}
