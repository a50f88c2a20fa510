package mwclient

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// What went wrong, to be asked for with errors.Is.
var (
	// ErrNotFound: no such event, page or wiki.
	ErrNotFound = errors.New("not found")
	// ErrDeleted: the event's registration was deleted. It is an ErrNotFound too.
	ErrDeleted = fmt.Errorf("the event registration was deleted: %w", ErrNotFound)
	// ErrNoEvents: the wiki does not have CampaignEvents. It is an ErrNotFound too.
	ErrNoEvents = fmt.Errorf("the wiki has no event registration (CampaignEvents): %w", ErrNotFound)
	// ErrForbidden: the wiki refuses to show this.
	ErrForbidden = errors.New("forbidden")
	// ErrNotAllowed: the host is not one of those that may be asked.
	ErrNotAllowed = errors.New("host not allowed")
	// ErrNoContact: a wiki off loopback cannot be read before a contact is set.
	ErrNoContact = errors.New("no contact is set for the User-Agent")
	// ErrAddress: the address or argument cannot be understood.
	ErrAddress = errors.New("not an address that can be used")
	// ErrEvent: the event's dates or time zone make no sense.
	ErrEvent = errors.New("the event's dates cannot be used")
	// ErrUnreachable: no answer came: no connection, one that broke, or too late.
	ErrUnreachable = errors.New("cannot be reached")
	// ErrTooLarge: the answer is larger than Options.MaxBody.
	ErrTooLarge = errors.New("the answer is too large")
)

// APIError is an error that a wiki reported: the Action API's, or the REST API's.
// See https://www.mediawiki.org/wiki/API:Errors_and_warnings.
type APIError struct {
	Code   string // "toomanyvalues", "campaignevents-rest-event-not-found"; empty if the wiki gave none
	Info   string // the wiki's own words, shortened
	Wiki   string // database name, or host where the name is not known yet
	Status int    // the HTTP status
}

func (e *APIError) Error() string {
	switch {
	case e.Code == "":
		return fmt.Sprintf("%s answered %d %s: %s", e.Wiki, e.Status, http.StatusText(e.Status), e.Info)
	case e.Info == "":
		return fmt.Sprintf("%s answered %q", e.Wiki, e.Code)
	}
	return fmt.Sprintf("%s answered %q: %s", e.Wiki, e.Code, e.Info)
}

// RateLimitError says that a wiki kept asking for patience (429, 503, maxlag,
// ratelimited) longer than the client was willing to wait.
type RateLimitError struct {
	RetryAfter time.Duration // what the wiki asked for last; 0 if it did not say
	Wiki       string        // database name or host
	Reason     string        // "maxlag", "ratelimited", "429", "503"
}

func (e *RateLimitError) Error() string {
	if e.RetryAfter > 0 {
		return fmt.Sprintf("%s asks to wait %s (%s)", e.Wiki, e.RetryAfter, e.Reason)
	}
	return fmt.Sprintf("%s asks to wait (%s)", e.Wiki, e.Reason)
}

// StatusError is an HTTP status that says no more than itself.
type StatusError struct {
	Status int
	Wiki   string // database name or host
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s answered %d %s", e.Wiki, e.Status, http.StatusText(e.Status))
}

// ResponseError is an answer that cannot be understood: cut off, not JSON, too
// large, or not what was asked for.
type ResponseError struct {
	Wiki string // database name or host
	Err  error
}

func (e *ResponseError) Error() string {
	return fmt.Sprintf("%s gave an answer that cannot be used: %v", e.Wiki, e.Err)
}

// Unwrap returns the cause.
func (e *ResponseError) Unwrap() error { return e.Err }

// UnreachableError says that no answer came from a wiki. It is an ErrUnreachable.
type UnreachableError struct {
	Wiki  string        // database name or host
	After time.Duration // how long an answer was waited for; 0: there was no connection, or it broke
	Err   error         // the cause, for the log: it may name machines of the network that we are in
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("%s %v: %v", e.Wiki, ErrUnreachable, e.Err)
}

// Unwrap returns ErrUnreachable and the cause.
func (e *UnreachableError) Unwrap() []error { return []error{ErrUnreachable, e.Err} }
