package retention

import (
	"math"
	"time"
)

// Seconds.
const (
	day       = 86400
	week      = 7 * day
	monthSecs = 30 * day
	// readBack is how far before a campaign's start edits are read.
	readBack = 180 * day
)

// PersonKey is who a participant is: the central user id of a farm of wikis,
// or the local id of a wiki without central accounts, whose farm is itself.
// Names are no key: accounts are renamed.
type PersonKey struct {
	Farm string
	ID   int64
}

// Span is the half-open interval [Start, End) in Unix seconds.
type Span struct{ Start, End int64 }

// Participant is an account that took part, without its edits.
type Participant struct {
	Key        PersonKey
	Joined     int64  // when they signed up, Unix seconds; 0 is unknown
	Registered int64  // when the account was created, Unix seconds; 0 is unknown
	HomeWiki   string // database name; empty is unknown
	// Repeat says that the account took part in an earlier-starting tracked campaign.
	Repeat bool
	// Later is the later tracked campaigns that the participant joined.
	Later []Span
}

// Flags of a participant.
const flagRepeat = 1

// noWiki is the home wiki of those whose home is unknown.
const noWiki = math.MaxUint16

// class is what edits of a cohort have in common besides their time.
type class struct {
	wiki uint16
	kind
}

// Cohort is the participants of a campaign with their edits, in memory. It
// never changes once built, so any number of goroutines may compute from it.
//
// Edits lie in columns over all participants, six bytes each: the time, and an
// index into a dictionary of (wiki, namespace, reverted). A participant's edits
// are contiguous and sorted by time across wikis.
type Cohort struct {
	campaign      Campaign
	coverage      Coverage
	campaignWikis []string
	start, end    int64

	// Wikis by number, with the names that only occur as somebody's home.
	wikis   []wiki
	classes []class

	times []uint32 // Unix seconds
	kinds []uint16 // indices into classes

	// One of each for every participant.
	ids        []int64
	farms      []uint16 // indices into farmNames
	joined     []uint32 // 0: unknown
	registered []uint32 // 0: unknown
	home       []uint16 // noWiki: unknown
	flags      []uint8
	// offsets[i]:offsets[i+1] are i's edits.
	offsets []uint32
	later   map[int][]Span // few have any
	// all counts every edit, so that its counts are indices into times, and
	// unreverted those that were not reverted.
	all, unreverted index

	farmNames []string
}

type wiki struct {
	name    string
	content map[int32]bool
	read    bool // false: only known as a home
}

// Campaign is the campaign of the cohort.
func (c *Cohort) Campaign() Campaign { return c.campaign }

// Coverage is whom the cohort includes. Active is of all edits.
func (c *Cohort) Coverage() Coverage { return c.coverage }

// People is the number of participants in the cohort.
func (c *Cohort) People() int { return len(c.ids) }

// key is who participant i is.
func (c *Cohort) key(i int) PersonKey { return PersonKey{c.farmNames[c.farms[i]], c.ids[i]} }

// Edits is the number of edits in the cohort.
func (c *Cohort) Edits() int { return len(c.times) }

// Bytes is the memory that the cohort holds, for a cache's budget. Strings and
// the few later campaigns are estimated.
func (c *Cohort) Bytes() int {
	people := cap(c.ids)*8 + cap(c.farms)*2 + cap(c.joined)*4 + cap(c.registered)*4 + cap(c.home)*2 + cap(c.flags) +
		cap(c.offsets)*4 + c.all.bytes() + c.unreverted.bytes()
	for _, s := range c.later {
		people += 48 + 16*cap(s)
	}
	return cap(c.times)*4 + cap(c.kinds)*2 + people + cap(c.classes)*12 + cap(c.wikis)*200 + 1024
}

// unix is t in Unix seconds, rounded down.
func unix(t time.Time) int64 { return t.Unix() }
