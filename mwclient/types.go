package mwclient

import "time"

// Event is a CampaignEvents registration.
type Event struct {
	ID       int64
	Name     string
	Page     string    // prefixed title of the event page
	PageWiki string    // database name of the wiki that holds the event page
	Status   string    // "open" or "closed"
	Timezone string    // as the wiki gave it: an IANA name or an offset such as "+03:00"
	Start    time.Time // UTC
	End      time.Time // UTC
	Wikis    []string  // database names; nil where the wiki does not say, ["*"] is all
	IsTest   bool
}

// Participant is one public registration for an event.
type Participant struct {
	ParticipantID int64
	UserID        int64     // central id; the local id on a wiki without central accounts
	RegisteredAt  time.Time // UTC, when they signed up
	Name          string    // empty if Hidden or NotFound
	Hidden        bool      // suppressed
	NotFound      bool      // the central account is gone
}

// Organizer is one organizer of an event.
type Organizer struct {
	UserID           int64
	Name             string
	Roles            []string
	Hidden, NotFound bool
}

// Account is a central account (or, without CentralAuth, a local one).
type Account struct {
	ID           int64
	Name         string
	Registration time.Time // zero if unknown
	HomeWiki     string    // database name; empty if unknown
	EditCount    int       // over all wikis
	Groups       []string  // global groups; on a wiki without CentralAuth the local ones
	Missing      bool      // no such account, or one that may not be seen
	Locked       bool
	// Local is the accounts on each wiki, nil where the source does not tell
	// (list=globalusers).
	Local []LocalAccount
}

// LocalAccount is an account's presence on one wiki.
type LocalAccount struct {
	Wiki         string // database name; empty if not known
	Name         string // where it comes from Contributions
	CentralID    int64  // where it comes from Contributions and the account is attached; else 0
	Missing      bool   // no such account on the wiki, or one that may not be seen
	URL          string // canonical server, such as "https://en.wikipedia.org"
	ID           int64  // local user id
	EditCount    int
	Registration time.Time // zero if unknown
	Groups       []string
}

// Contribution is one edit.
type Contribution struct {
	UserID    int64 // local user id
	User      string
	RevID     int64
	Timestamp time.Time
	Namespace int
	Reverted  bool // tagged mw-reverted
}

// Site is one wiki of a farm.
type Site struct {
	DBName          string
	URL             string // "https://en.wikipedia.org"
	Lang            string
	Closed, Private bool
}

// SiteInfo is what a wiki says of itself.
type SiteInfo struct {
	WikiID            string // database name
	SiteName          string
	Server            string // "https://en.wikipedia.org"
	ScriptPath        string // "/w"
	ArticlePath       string // "/wiki/$1"
	Generator         string
	Lang              string
	Time              time.Time
	ContentNamespaces []int
	CentralAuth       bool // the wiki has central accounts
}
