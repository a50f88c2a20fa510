package fakewiki

import "time"

// EventSpec is an event with generated participants.
type EventSpec struct {
	// ID is the event's number; 0: the next after the greatest, from 101.
	ID int64
	// Title is the event's name, any text. Page is its page's title with the
	// namespace; empty: "Event:" and the name without what titles cannot hold.
	Title, Page string
	// Wiki is the database name of the wiki with the page; empty: the first.
	Wiki string
	// Timezone is an IANA name or an offset such as "+03:00"; empty: "UTC".
	Timezone string
	// Start and End are instants; the wire says them as local times.
	Start, End time.Time
	// Wikis is the registration's list (Spec.Recent only): nil is left out as
	// 1.43 does, ["*"] is all.
	Wikis []string
	// Redirects are titles of pages that redirect to the event's page.
	Redirects []string

	Closed  bool // registration is closed
	Test    bool // is_test_event
	Deleted bool // GET is 404; participants can still be read

	// Participants is the number of public registrations, Private that of
	// private ones, which only an organizer would see.
	Participants, Private int
	// NewcomerShare of the participants created their account for the event.
	NewcomerShare float64
	// RepeatShare of the other participants come from the events before this one
	// in Spec.Events.
	RepeatShare float64
	// Newcomer and Experienced say how people edit; zero: DefaultNewcomer and
	// DefaultExperienced.
	Newcomer, Experienced Activity
	// EditsPerPerson is the mean number of edits that a participant makes from
	// 180 days before the start to 365 days after the end; 0: 30.
	EditsPerPerson float64
	// EditWikis weighs the wikis on which people edit; none: the event's wiki
	// and the others as 3 : 1.
	EditWikis map[string]float64
	// Names is the writing of the participants' names.
	Names NameStyle
	// Organizers are the organizers' account names, the creator first; they are
	// created if nobody bears them. None: one is made up.
	Organizers []string
	// Odd is how many participants are out of the ordinary.
	Odd Odd
}

// Odd counts participants who are out of the ordinary.
type Odd struct {
	Hidden   int // suppressed: hidden:true, seen nowhere else
	NotFound int // the central account is gone
	Locked   int
	Renamed  int // had another name when they signed up
	Vanished int // renamed to "Vanished user …" and locked
	Bots     int // in the local group bot
	NullDate int // registered so long ago that nobody knows when
}

// Activity is how a group of people edits: see model.go for the model.
type Activity struct {
	// Never is the share of people who make no edit at all, OneDay the share who
	// edit on one day only.
	Never, OneDay float64
	// Scale and Shape are of the time until a person who stays leaves for good:
	// S(t) = (1 + t/Scale)^-Shape. The risk of leaving falls with time.
	Scale time.Duration
	Shape float64
	// DaysPerMonth is the mean number of days with edits in 30 days while a
	// person stays, Spread the standard deviation of its logarithm.
	DaysPerMonth, Spread float64
	// Reverted is the share of edits that are reverted, Deleted that of edits
	// that vanish; both happen days later.
	Reverted, Deleted float64
}

// NameStyle is a way in which names of accounts are written.
type NameStyle int

// Name styles.
const (
	Latin  NameStyle = iota
	Arabic           // right to left
	Nasty            // & " ' + % = and others that names may hold (< and > may not)
	Mixed            // all of them and other scripts
)
