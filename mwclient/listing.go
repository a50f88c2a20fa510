package mwclient

import (
	"context"

	"cgt.name/pkg/go-mwclient/params"
)

// listing is how to find out that a list goes on, although an answer lacks the
// member "continue": a proxy, or a wiki that is updated, may lose it. An answer
// that holds fewer rows than it may is the list's end. One that is full may be its
// end or not, and then the list's last row is asked for, from the other end: if
// it is among those of the answer, none follows.
type listing struct {
	module string // that lists, as the answer's "limits" name it
	rows   func(page *reply) int
	// last asks for the last row alone; has reports whether its answer's row is
	// among a page's.
	last params.Values
	has  func(page, last *reply) bool
	// limit is set where the question names one.
	limit int
	// complete is set where the member "batchcomplete" tells that a page is whole,
	// as it does of pages and what is told of each.
	complete bool
}

// Limits of most modules, for wikis that do not tell theirs: of everybody, and of
// accounts with the right to higher ones.
// https://www.mediawiki.org/wiki/API:Query#Limits
const (
	usualLimit = 500
	highLimit  = 5000
)

// full reports whether a page holds all the rows that one may.
func (l *listing) full(page *reply) bool {
	rows, limit := l.rows(page), l.limit
	if limit == 0 {
		limit = int(page.Limits[l.module])
	}
	if limit == 0 {
		return rows == usualLimit || rows == highLimit
	}
	return rows >= limit
}

// cut reports whether a page without "continue" is not the last.
func (w *Wiki) cut(ctx context.Context, endpoint Endpoint, l *listing, page *reply) (bool, error) {
	switch {
	case l == nil:
		return false, nil
	case l.complete && !bool(page.Complete):
		return true, nil
	case !l.full(page):
		return false, nil
	}
	last, err := w.query(ctx, endpoint, l.last, false)
	if err != nil {
		return false, err
	}
	return !l.has(page, last), nil
}
