package source

import (
	"context"
	"fmt"
	"iter"

	"afterglow/mwclient"
)

// page is a wiki page with links to users: a list of participants who signed.
type page struct {
	wiki     *mwclient.Wiki
	spec     Spec
	most     int
	left     LeftOut
	category category // what it turns out to be where the title is one
	asked    bool     // it was
}

// People returns the users whom the page links to, in its order. A title in the
// namespace of categories, in any language, is read as a category.
func (s *page) People(ctx context.Context, after int64) iter.Seq2[Person, error] {
	return func(yield func(Person, error) bool) {
		names, err := s.wiki.Namespaces(ctx)
		if err != nil {
			yield(Person{}, err)
			return
		}
		if ns, _ := names.Split(s.spec.Title); ns == mwclient.NamespaceCategory {
			s.asked = true
			s.category.People(ctx, after)(yield)
			return
		}
		s.read(ctx, yield)
	}
}

func (s *page) read(ctx context.Context, yield func(Person, error) bool) {
	s.left = LeftOut{}
	found, err := s.wiki.UserLinks(ctx, s.spec.Title, s.spec.Section)
	if err != nil {
		yield(Person{}, err)
		return
	}
	s.left[Elsewhere] = found.Elsewhere
	n := 0
	for _, u := range found.Users {
		reason := unusable(u.Name)
		if reason == "" && u.Struck {
			reason = Withdrawn
		}
		if reason != "" {
			s.left[reason]++
			continue
		}
		if n++; n > s.most {
			yield(Person{}, tooMany(s.most))
			return
		}
		if !yield(Person{Name: u.Name}, nil) {
			return
		}
	}
	if n == 0 {
		yield(Person{}, fmt.Errorf("the page %.200q links to no user: %w", found.Title, ErrEmpty))
	}
}

// LeftOut counts addresses, temporary accounts, names struck through, and users
// of other sites.
func (s *page) LeftOut() LeftOut {
	if s.asked {
		return s.category.LeftOut()
	}
	return s.left
}
