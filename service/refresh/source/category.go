package source

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"afterglow/mwclient"
)

// category is a category of files: who uploaded the first version of one of
// them between the campaign's dates, as in Wiki Loves Monuments.
type category struct {
	wiki  *mwclient.Wiki
	place Place
	most  int
	left  LeftOut
}

// People returns the uploaders by their first upload in the campaign. Files
// stream by; what is held is a time for each uploader.
func (s *category) People(ctx context.Context, _ int64) iter.Seq2[Person, error] {
	return func(yield func(Person, error) bool) {
		people, err := s.read(ctx)
		if err != nil {
			yield(Person{}, err)
			return
		}
		for _, p := range people {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func (s *category) read(ctx context.Context) ([]Person, error) {
	s.left = LeftOut{}
	names, err := s.wiki.Namespaces(ctx)
	if err != nil {
		return nil, err
	}
	ns, rest := names.Split(s.place.Title)
	switch ns {
	case mwclient.NamespaceCategory:
	case mwclient.NamespaceMain: // the name alone
	default:
		return nil, fmt.Errorf("%w: %.200q is no category", ErrInvalid, s.place.Title)
	}
	title := names.Name(mwclient.NamespaceCategory) + ":" + rest
	first := map[string]time.Time{}
	files := 0
	for u, err := range s.wiki.CategoryUploads(ctx, title) {
		if err != nil {
			return nil, err
		}
		files++
		switch {
		case u.Gone:
			s.left[Gone]++
		case u.Time.Before(s.place.Start) || !u.Time.Before(s.place.End):
			s.left[Outside]++
		case u.Hidden:
			s.left[HiddenNames]++
		default:
			if reason := unusable(u.User); reason != "" {
				s.left[reason]++
				continue
			}
			if at, known := first[u.User]; !known || u.Time.Before(at) {
				first[u.User] = u.Time
			}
			if len(first) > s.most {
				return nil, tooMany(s.most)
			}
		}
	}
	if len(first) == 0 {
		return nil, s.nobody(ctx, title, files)
	}
	people := make([]Person, 0, len(first))
	for name, at := range first {
		people = append(people, Person{Name: name, Joined: at})
	}
	slices.SortFunc(people, func(a, b Person) int {
		if c := a.Joined.Compare(b.Joined); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return people, nil
}

// nobody says why a category gives no participants.
func (s *category) nobody(ctx context.Context, title string, files int) error {
	if files > 0 {
		return fmt.Errorf("none of the %d files in %.200q was uploaded between %s and %s by somebody who can be counted (%s): %w",
			files, title, s.place.Start.Format(time.RFC3339), s.place.End.Format(time.RFC3339), s.left, ErrEmpty)
	}
	c, err := s.wiki.Category(ctx, title)
	switch {
	case err != nil:
		return err
	case c.Subcategories > 0:
		return fmt.Errorf("%.200q holds no files but %d categories, which are not followed; give one that holds files: %w",
			title, c.Subcategories, ErrEmpty)
	}
	return fmt.Errorf("%.200q holds no files: %w", title, ErrEmpty)
}

// LeftOut counts files.
func (s *category) LeftOut() LeftOut { return s.left }
