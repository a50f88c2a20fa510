package store

import (
	"time"

	"afterglow/retention"
)

// State says how far a campaign is.
type State string

// States of a campaign.
const (
	New       State = "new"       // tracked, never read
	Measuring State = "measuring" // being read for the first time
	Ready     State = "ready"     // its figures can be shown
	Failed    State = "failed"    // the first reading failed; LastError says why
)

// Campaign is a tracked campaign and how far its data is.
type Campaign struct {
	retention.Campaign
	Farm     string   // name of the wikis that share its accounts
	Wikis    []string // the registration's own list of database names; nil or ["*"] is none
	Timezone string   // as the wiki gave it
	State    State
	Frozen   string // why its figures no longer change; empty: they do
	// Revision grows whenever what can be shown of the campaign changes.
	Revision int64
	// AsOf is the time up to which the data is complete; zero before the first reading.
	AsOf     time.Time
	Coverage retention.Coverage
	// Read of Total says how far the present or last reading is, in pairs of a
	// person and a wiki (people while the list is being read).
	Read, Total int
	LastError   string    // of the last reading; empty if it succeeded
	Refreshed   time.Time // when the last reading was saved
	MadeUp      bool      // the people are made up
}
