package source

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"afterglow/mwclient"
)

// Person is one participant as a source lists them.
type Person struct {
	Account  int64     // central id, where the source tells it; else 0
	Name     string    // empty where Hidden or NotFound
	Joined   time.Time // zero where the source does not tell
	Hidden   bool      // suppressed
	NotFound bool      // the account is gone
	// Place in the list, from which a reading that broke off can go on; 0: it
	// cannot.
	Place int64
}

// Source lists people. People is called once; after it has ended without an
// error, LeftOut tells what was not counted.
type Source interface {
	// People returns the people after a place, each once; 0: from the start.
	// ErrEmpty, ErrTooMany, mwclient's errors. It ends after its first error.
	People(ctx context.Context, after int64) iter.Seq2[Person, error]
	LeftOut() LeftOut
}

// Reason is why something in a source was not counted.
type Reason string

// Reasons.
const (
	Addresses   Reason = "ip addresses"              // edits without an account
	Temporary   Reason = "temporary accounts"        // of people without an account
	Withdrawn   Reason = "struck through"            // in a page
	Elsewhere   Reason = "users of other sites"      // linked to from a page
	Outside     Reason = "uploads outside the dates" // files of a category
	HiddenNames Reason = "hidden uploaders"          // files of a category
	Gone        Reason = "pages without a file"      // in a category
	Staff       Reason = "facilitators"              // of a course
	Unusable    Reason = "not user names"            // what no account can be called
	Repeated    Reason = "names given twice"         // in a file
)

// LeftOut counts what was not counted, by reason.
type LeftOut map[Reason]int

// String lists the numbers, by reason.
func (l LeftOut) String() string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(l)) {
		if l[reason] > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", reason, l[reason]))
		}
	}
	return strings.Join(parts, ", ")
}

// Place is what a campaign's source is opened with.
type Place struct {
	Spec
	Start, End time.Time // the campaign's dates, [Start, End)
	EventID    int64     // of an Event
	Names      []Person  // of a List
}

// Opener opens sources.
type Opener struct {
	// Dashboards reads courses and may ask the allowed dashboards only; nil: no
	// courses are read.
	Dashboards *mwclient.Client
	// Most is how many people a source may list.
	Most int
}

// Open returns a source. wiki is the wiki that holds it, or the campaign's.
// Nothing is asked. ErrInvalid: a kind that cannot be read here.
func (o Opener) Open(wiki *mwclient.Wiki, p Place) (Source, error) {
	switch p.Kind {
	case Event:
		return &registration{wiki: wiki, event: p.EventID}, nil
	case List:
		return &list{names: p.Names}, nil
	case Page:
		return &page{wiki: wiki, spec: p.Spec, most: o.Most, category: category{wiki: wiki, place: p, most: o.Most}}, nil
	case Category:
		return &category{wiki: wiki, place: p, most: o.Most}, nil
	case Course:
		if o.Dashboards == nil {
			return nil, fmt.Errorf("%w: courses are not read here", ErrInvalid)
		}
		return &course{client: o.Dashboards, url: p.URL, most: o.Most}, nil
	}
	return nil, fmt.Errorf("%w: a source of the kind %.40q", ErrInvalid, p.Kind)
}

// tooMany is the error of a source that lists more people than allowed.
func tooMany(most int) error {
	return fmt.Errorf("%w participants: more than %d", ErrTooMany, most)
}
