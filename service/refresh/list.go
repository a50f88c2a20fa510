package refresh

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"afterglow/mwclient"
	"afterglow/retention"
	"afterglow/service/refresh/source"
	"afterglow/service/store"
)

// List is a campaign whose participants are known by name: from a page, a
// category or a course that is read anew at each refresh, or from names given.
type List struct {
	Slug       string // the id is "list-" + Slug; empty: made from Title
	Title      string
	Start, End time.Time
	Timezone   string          // of the dates, for show
	Wiki       *mwclient.Wiki  // that holds the page or category, or where the names are accounts
	Wikis      []string        // the campaign's own wikis; nil: Wiki
	From       source.Spec     // the zero Spec is a list of the names in People
	People     []source.Person // of a list
	LeftOut    source.LeftOut  // what reading People left out
	Replace    bool            // replace the list of that id; else store.ErrExists
}

// Tracked is a list that is tracked now.
type Tracked struct {
	Campaign store.Campaign
	People   int // names listed, whether they are accounts or not
	LeftOut  source.LeftOut
}

// TrackList adds a list and reads its source, so that one that cannot be read is
// refused at once. Names that the wiki does not know are kept, counted as not
// found, and looked for again at each refresh. store.ErrExists: there is a list
// of that id, which is returned, and Replace is not set. store.ErrInvalid,
// source.ErrEmpty, ErrTooMany, mwclient's errors.
func (r *Refresher) TrackList(ctx context.Context, l List) (Tracked, error) {
	fail := func(err error) (Tracked, error) {
		if errors.Is(err, source.ErrInvalid) || errors.Is(err, source.ErrEmpty) {
			err = fmt.Errorf("%w: %w", store.ErrInvalid, err)
		}
		return Tracked{}, fmt.Errorf("track the list %.100q: %w", l.Title, err)
	}
	if l.Slug == "" {
		l.Slug = slug(l.Title)
	}
	if l.Slug != slug(l.Slug) {
		return fail(fmt.Errorf("the id %.100q may hold a to z, digits and hyphens: %w", l.Slug, store.ErrInvalid))
	}
	if !l.Start.Before(l.End) {
		return fail(fmt.Errorf("it ends before it starts: %w", store.ErrInvalid))
	}
	info, farm, err := r.identify(ctx, l.Wiki)
	if err != nil {
		return fail(err)
	}
	id := "list-" + l.Slug
	switch old, err := r.s.Campaign(ctx, id); {
	case err == nil && !l.Replace:
		_, err := fail(fmt.Errorf("campaign %s: %w", id, store.ErrExists))
		return Tracked{Campaign: old}, err
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return fail(err)
	}
	if l.From.Kind == "" {
		l.From.Kind = source.List
	}
	c := store.Campaign{
		Campaign: retention.Campaign{
			ID: id, Title: l.Title, Start: l.Start.UTC(), End: l.End.UTC(),
			Source: retention.Source{Kind: string(l.From.Kind), Wiki: info.WikiID, Page: l.From.Title, URL: l.From.URL},
		},
		Farm: farm.Name, Wikis: l.Wikis, Timezone: l.Timezone, MadeUp: r.o.MadeUp,
	}
	if l.From.Kind == source.Page || l.From.Kind == source.Category {
		c.Source.URL = l.Wiki.URL() + pagePath(info, l.From.Title)
		if l.From.Section != "" {
			c.Source.URL += "#" + (&url.URL{Fragment: l.From.Section}).EscapedFragment()
		}
	}
	src, err := r.open(l.Wiki, c, l.People)
	if err != nil {
		return fail(err)
	}
	people, err := collectPeople(ctx, src, r.o.MaxParticipants)
	if err != nil {
		return fail(err)
	}
	left := src.LeftOut()
	if l.From.Kind == source.List {
		left = l.LeftOut
	}
	save := r.s.AddCampaign
	if l.Replace {
		save = r.s.SaveCampaign
	}
	if c, err = save(ctx, c); err != nil {
		return fail(err)
	}
	entries, err := r.saveNames(ctx, id, people, left, r.o.Now())
	if err != nil {
		return fail(err)
	}
	return Tracked{Campaign: c, People: entries, LeftOut: left}, nil
}

// open opens a campaign's source. names are those of a list.
func (r *Refresher) open(wiki *mwclient.Wiki, c store.Campaign, names []source.Person) (source.Source, error) {
	p := source.Place{
		Spec:  source.Spec{Kind: source.Kind(c.Source.Kind), Title: c.Source.Page, URL: c.Source.URL},
		Start: c.Start, End: c.End, EventID: c.Source.Event, Names: names,
	}
	if u, err := url.Parse(c.Source.URL); err == nil && p.Kind == source.Page {
		p.Section = u.Fragment
	}
	return source.Opener{Dashboards: r.o.Dashboards, Most: r.o.MaxParticipants}.Open(wiki, p)
}

// collectPeople reads a source that lists names.
func collectPeople(ctx context.Context, src source.Source, most int) ([]source.Person, error) {
	var people []source.Person
	for p, err := range src.People(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if people = append(people, p); len(people) > most {
			return nil, fmt.Errorf("%w participants: more than %d", ErrTooMany, most)
		}
	}
	return people, nil
}

// saveNames keeps what a source listed at a time, and returns how many names that is. Where
// that is what is stored already, nothing changes.
func (r *Refresher) saveNames(ctx context.Context, id string, people []source.Person, left source.LeftOut, at time.Time) (int, error) {
	entries := make([]store.Entry, 0, len(people))
	seen := make(map[string]bool, len(people))
	for _, p := range people {
		name := source.CleanName(p.Name)
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		entries = append(entries, store.Entry{Name: name, Joined: p.Joined.UTC()})
	}
	old, err := r.s.Entries(ctx, id)
	if err != nil {
		return 0, err
	}
	if !sameNames(old, entries) {
		if err := r.s.SaveEntries(ctx, id, entries); err != nil {
			return 0, err
		}
	}
	reading := store.Reading{At: at, LeftOut: map[string]int{}}
	for reason, n := range left {
		reading.LeftOut[string(reason)] = n
	}
	return len(entries), r.s.SaveReading(ctx, id, reading)
}

func sameNames(a, b []store.Entry) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || !a[i].Joined.Equal(b[i].Joined) {
			return false
		}
	}
	return true
}

// readSource reads a campaign's page, category or course anew, unless that was
// done for a refresh that broke off, or when it was tracked, a while ago.
func (n *run) readSource(ctx context.Context) error {
	last, err := n.s.Reading(ctx, n.campaign.ID)
	if err != nil {
		return err
	}
	// A time to come is of a clock that was ahead.
	age := n.o.Now().Sub(last.At)
	if last.At.After(n.campaign.Refreshed) && age >= 0 && age < n.o.Fresh {
		return nil
	}
	src, err := n.Refresher.open(n.wiki, n.campaign, nil)
	if err != nil {
		return err
	}
	people, err := collectPeople(ctx, src, n.o.MaxParticipants)
	if err != nil {
		return err // the list that is stored stays: nobody leaves
	}
	_, err = n.saveNames(ctx, n.campaign.ID, people, src.LeftOut(), n.complete().Add(n.o.ReplicaLag))
	return err
}

// ResolveList looks up which accounts the names of a list are, and returns those
// that are none, in the list's order. The next refresh does not ask again for
// those that are. progress may be nil. store.ErrBusy: the campaign is being read.
func (r *Refresher) ResolveList(ctx context.Context, id string, progress func(Progress)) (unknown []string, err error) {
	c, err := r.s.Campaign(ctx, id)
	if err != nil {
		return nil, err
	}
	ctx, release, err := r.hold(ctx, id)
	if err != nil {
		return nil, err
	}
	defer release()
	n := &run{Refresher: r, campaign: c, watch: newWatch(r.o.Now, id, progress, r.c.Stats()), failed: map[string]error{}, known: map[string]bool{}}
	if err := n.open(ctx); err != nil {
		return nil, fmt.Errorf("resolve %s: %w", id, err)
	}
	entries, err := r.s.Entries(ctx, id)
	if err != nil {
		return nil, err
	}
	n.watch.phase(PhaseParticipants)
	n.watch.total(len(entries))
	l := &listing{run: n}
	for len(entries) > 0 {
		part := entries[:min(batchSize, len(entries))]
		entries = entries[len(part):]
		if err := l.resolve(ctx, part); err != nil {
			return nil, fmt.Errorf("resolve %s: %w", id, err)
		}
		for _, e := range part {
			if e.Account == 0 {
				unknown = append(unknown, e.Name)
			}
		}
		n.watch.done(len(part), "")
	}
	return unknown, nil
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
