package fakewiki

import "time"

// Dataset is accounts and events given by the caller instead of generated.
type Dataset struct {
	Accounts []Account
	Events   []Event
}

// State is how an account is seen.
type State int

// States of an account.
const (
	Normal   State = iota
	Locked         // globally locked: seen as before, and marked
	Hidden         // suppressed: missing everywhere, hidden:true in lists
	NotFound       // the central account is gone; the local ones are left
)

// Account is one person's account: central, with one account on each of some
// wikis.
type Account struct {
	ID           int64 // central id; 0: the next one
	Name         string
	FormerName   string    // name before it was renamed; nobody bears it
	Renamed      time.Time // when it was renamed
	Registration time.Time // zero: null
	Home         string    // database name; empty: that of the first local account
	Groups       []string  // global groups
	State        State
	Locals       []Local
}

// Local is an account on one wiki with its edits there.
type Local struct {
	Wiki         string
	ID           int64     // local user id; 0: the next one
	Actor        int64     // 0: as ID
	Registration time.Time // zero: null
	Method       string    // how it was attached; empty: "new" at home, else "login"
	Groups       []string  // beyond *, user and autoconfirmed
	EditCount    int       // 0: the number of Edits that are left
	Unattached   bool      // not part of the central account
	Block        string    // reason of a block; empty: not blocked
	Creation     string    // action in the log of new accounts; empty: not in the log
	Edits        []Edit    // in any order
}

// Edit is one revision as its author's contributions show it. Times are Unix
// seconds.
type Edit struct {
	Time       int64
	RevID      int64 // 0: the next one, in order of time
	ParentID   int64
	PageID     int64
	RevertedAt int64  // when mw-reverted is added; 0: never
	DeletedAt  int64  // when it vanishes; 0: never
	Title      string // with its namespace; empty: made from Namespace and PageID
	Comment    string
	Tags       []string // without mw-reverted
	Namespace  int
	Size       int
	SizeDiff   int
	New, Minor bool
	Top        bool
	// CommentHidden and TextHidden say that the comment or the text is
	// suppressed; the row then lacks the comment.
	CommentHidden, TextHidden bool
	// NoSize leaves size and sizediff out, as where the size is unknown.
	NoSize bool
}

// Event is a registration as it is.
type Event struct {
	ID           int64 // 0: the next one
	Name         string
	Page         string // with its namespace; empty: made from Name
	Wiki         string
	Timezone     string
	Start, End   time.Time // instants
	Wikis        []string
	Redirects    []string
	Closed, Test bool
	Deleted      bool
	Meeting      string // meeting_url
	Participants []Participant
	Organizers   []Organizer
}

// Participant is one registration for an event.
type Participant struct {
	ID         int64 // participant_id; 0: the next one
	User       int64 // central id; 0: that of Name
	Name       string
	Registered time.Time
	Private    bool
}

// Organizer is one organizer of an event.
type Organizer struct {
	ID    int64 // organizer_id; 0: the next one
	User  int64 // central id; 0: that of Name
	Name  string
	Roles []string // "creator", "organizer"
}
