package refresh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"afterglow/mwclient"
	"afterglow/service/refresh/source"
	"afterglow/service/store"
)

// Reason says to readers why something could not be read: which wiki it was, and
// what it did. What our own checks found and what a wiki wrote stays in its words.
// The rest, what the network or the database said, may name machines that are
// nobody's business: it is for the log, where err goes as a whole.
func Reason(err error) string { return reasonOr(err, "something went wrong here; the log says what") }

// reasonOr is Reason, and otherwise where there is nothing to say.
func reasonOr(err error, otherwise string) string {
	var lost *mwclient.UnreachableError
	var answer *mwclient.ResponseError
	var reported *mwclient.APIError
	var busy *mwclient.RateLimitError
	var status *mwclient.StatusError
	switch {
	case errors.As(err, &lost) && lost.After > 0:
		return fmt.Sprintf("%s %v: no answer within %s", lost.Wiki, mwclient.ErrUnreachable, lost.After)
	case errors.As(err, &lost):
		return fmt.Sprintf("%s %v", lost.Wiki, mwclient.ErrUnreachable)
	case errors.Is(err, mwclient.ErrNotAllowed): // its text may hold where a wiki led us
		return "its address leads to a host that may not be asked"
	case isForReaders(err):
		return strings.Join(strings.Fields(err.Error()), " ")
	case errors.As(err, &reported):
		return reported.Error()
	case errors.As(err, &busy):
		return busy.Error()
	case errors.As(err, &status):
		return status.Error()
	case errors.As(err, &answer):
		return answer.Wiki + " gave an answer that cannot be used"
	}
	for _, known := range plain() {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it took too long"
	}
	return otherwise
}

// plain are the errors that are wrapped with nothing but what readers may see.
// Those that are special cases of others come first.
func plain() []error {
	return []error{
		ErrPartial, errNoWiki, source.ErrTooMany, source.ErrEmpty, source.ErrInvalid,
		mwclient.ErrDeleted, mwclient.ErrNoEvents, mwclient.ErrForbidden, mwclient.ErrEvent, mwclient.ErrAddress,
		mwclient.ErrNoContact, mwclient.ErrTooLarge, mwclient.ErrNotFound, store.ErrNotFound, store.ErrBusy,
	}
}

// isForReaders reports whether all that err was made of is: one cause that is not
// known, and its whole text is not shown.
func isForReaders(err error) bool {
	switch err := err.(type) { //nolint:errorlint // the tree is walked here
	case *mwclient.APIError, *mwclient.RateLimitError, *mwclient.StatusError:
		return true
	case interface{ Unwrap() []error }:
		return !slices.ContainsFunc(err.Unwrap(), func(one error) bool { return !isForReaders(one) })
	case interface{ Unwrap() error }:
		return isForReaders(err.Unwrap())
	}
	return slices.Contains(plain(), err)
}
