package mwclient

import (
	"context"
	"iter"
	"time"
)

// Wiki is one wiki. It is safe for concurrent use.
type Wiki struct {
	c *Client
}

// URL returns the wiki's address, such as "https://meta.wikimedia.org".
func (w *Wiki) URL() string { return "" }

// DBName returns the wiki's database name if an answer has told it, else "".
// SiteInfo asks for it.
func (w *Wiki) DBName() string { return "" }

// SiteInfo returns what the wiki says of itself. It is asked for at most once a
// day; the first Accounts or Contributions brings it along.
// https://www.mediawiki.org/wiki/API:Siteinfo
func (w *Wiki) SiteInfo(ctx context.Context) (SiteInfo, error) { return SiteInfo{}, errTODO }

// Sites returns all wikis of the farm.
func (w *Wiki) Sites(ctx context.Context) ([]Site, error) { return nil, errTODO }

// Event returns an event. Errors: ErrNotFound, ErrDeleted, ErrNoEvents, ErrEvent.
func (w *Wiki) Event(ctx context.Context, id int64) (Event, error) { return Event{}, errTODO }

// Participants returns the public participants of an event, deleted or not, in
// the order in which they signed up. A sequence ends after its first error.
func (w *Wiki) Participants(ctx context.Context, event int64) iter.Seq2[Participant, error] {
	return func(yield func(Participant, error) bool) { yield(Participant{}, errTODO) }
}

// Organizers returns the organizers of an event.
func (w *Wiki) Organizers(ctx context.Context, event int64) iter.Seq2[Organizer, error] {
	return func(yield func(Organizer, error) bool) { yield(Organizer{}, errTODO) }
}

// AccountOptions says what to read of accounts beside what costs nothing.
type AccountOptions struct {
	// HomeWikis asks for Account.HomeWiki, Local for Account.Local. On a farm
	// either costs one request an account, even where list=globalusers exists.
	HomeWikis, Local bool
}

// Accounts returns the accounts with these central ids (local ids on a wiki
// without central accounts), one for each id, in the same order; Missing where
// there is none.
func (w *Wiki) Accounts(ctx context.Context, ids []int64, o AccountOptions) iter.Seq2[Account, error] {
	return func(yield func(Account, error) bool) { yield(Account{}, errTODO) }
}

// AccountsByName is Accounts by name: one for each name, in the same order.
func (w *Wiki) AccountsByName(ctx context.Context, names []string, o AccountOptions) iter.Seq2[Account, error] {
	return func(yield func(Account, error) bool) { yield(Account{}, errTODO) }
}

// ContributionsQuery says whose contributions to read.
type ContributionsQuery struct {
	Users []string // names, any number
	// Start and End bound the edits' times, both inclusive; a zero time does not.
	Start, End time.Time
	// OnAccount, where set, gets what the wiki says of each user, in the same
	// requests (list=users), before any contribution of theirs; Missing where there is no such account.
	OnAccount func(LocalAccount)
}

// Contributions returns the contributions of many users, user by user, oldest first.
func (w *Wiki) Contributions(ctx context.Context, q ContributionsQuery) iter.Seq2[Contribution, error] {
	return func(yield func(Contribution, error) bool) { yield(Contribution{}, errTODO) }
}
