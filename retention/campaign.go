package retention

import "time"

// Campaign is something with a start, an end and participants.
// Start and End are UTC; the campaign is the half-open interval [Start, End).
type Campaign struct {
	// ID is WIKI-EVENTID for a registered event ("metawiki-1234"), list-SLUG
	// for a list of participants.
	ID     string    `json:"id"`
	Title  string    `json:"title"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Source Source    `json:"source"`
}

// Source says where a campaign's participants come from.
type Source struct {
	// Kind is "event" (CampaignEvents registration), "page" (a wiki page that
	// links to users), "category" (the uploaders of its files), "course" (of a
	// Programs & Events Dashboard) or "list" (names that were given).
	Kind  string `json:"kind"`
	Wiki  string `json:"wiki,omitempty"`  // database name of the wiki that holds the page, or has the accounts
	Event int64  `json:"event,omitempty"` // number of the registration
	Page  string `json:"page,omitempty"`  // title of the page or category; a course's title
	URL   string `json:"url,omitempty"`   // address of the page, category or course
}

// Coverage says whom a figure includes and whom it leaves out.
// Participants = Measured + Hidden + NotFound + Bots.
type Coverage struct {
	Participants int `json:"participants"` // public registrations
	Measured     int `json:"measured"`     // participants whose edits were read
	Active       int `json:"active"`       // measured, with a qualifying edit in [start, end); NotShown where suppressed
	Hidden       int `json:"hidden"`       // suppressed accounts
	NotFound     int `json:"not_found"`    // accounts that no longer exist
	Bots         int `json:"bots"`         // members of the group bot on any wiki read
	// Private is always null: the number of private registrations is unknown.
	Private     *int     `json:"private"`
	Wikis       []string `json:"wikis"`        // database names of the wikis read
	WikisFailed []string `json:"wikis_failed"` // wikis that could not be read
}
