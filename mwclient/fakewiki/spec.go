package fakewiki

import "time"

// Spec describes a farm. The zero value is a farm of one wiki, without central
// accounts, without events and people.
type Spec struct {
	// Seed decides everything that is made up. The same Spec gives the same
	// farm, byte for byte, whatever the order or number of requests.
	Seed uint64
	// Now is the farm's clock; it stands still until Farm.SetNow. Edits after it
	// have not happened yet. Zero: 2026-01-15T00:00:00Z.
	Now time.Time
	// Wikis of the farm; none: metawiki alone. The first is where accounts and
	// events without a wiki of their own live.
	Wikis []WikiSpec
	// Events with generated participants.
	Events []EventSpec
	// Background is accounts that take part in nothing: newcomers found through
	// the log of new accounts.
	Background []BackgroundSpec
	// CentralAuth says whether the wikis share central accounts. Without it,
	// every wiki stands alone: user_id is the wiki's own, and its events can be
	// read on it only.
	CentralAuth bool
	// GlobalUsers says whether list=globalusers exists (CentralAuth since
	// 2026-05). Needs CentralAuth.
	GlobalUsers bool
	// Recent makes events answer as CampaignEvents' development branch does,
	// with wikis, is_test_event and others, instead of as 1.43 (which has no
	// such fields: a reader gets no list of wikis).
	Recent bool
	// Latency is added to every answer.
	Latency time.Duration
	// Exact adds accounts and events as they are, beside the generated ones.
	Exact *Dataset
	// Tokens maps a bearer token, or the value of a cookie named "session", to
	// the account it speaks for.
	Tokens map[string]Token
	// Consumers are the OAuth 2 clients that people can sign in to.
	Consumers []Consumer
}

// Token is a key to an account: sent as "Authorization: Bearer …" it is an OAuth
// token, sent as the cookie "session" it is a browser that is signed in.
type Token struct {
	User string // the account's name
	// HighLimits allows ten times the rows and values (apihighlimits).
	HighLimits bool
	// AuthOnly says that the token only tells who the user is: it reads nothing.
	AuthOnly bool
	// Organize lets an OAuth token see private registrations where its user
	// organizes; no grant of real wikis does so.
	Organize bool
}

// WikiSpec is one wiki of the farm.
type WikiSpec struct {
	DB   string // database name: "metawiki"
	Name string // site name; empty: DB
	Lang string // empty: "en"
	// Code is the project's group in the site matrix ("wiki", "wiktionary"); one
	// of "special" is listed under specials. Empty: "wiki".
	Code string
	// ContentNamespaces holds namespaces that count as content; none: 0.
	ContentNamespaces []int
	// Closed and Private are said by the site matrix.
	Closed, Private bool
	// FirstUser is the number before the first generated account's local id.
	FirstUser int64
	// Namespaces renames namespaces or adds some, by number ("User", "Talk").
	Namespaces map[int]string
	// Aliases are further names of namespaces, such as forms by gender.
	Aliases map[string]int
	// Contributions is the local name of Special:Contributions; empty: that.
	Contributions string
	// ReplicaLag is what maxlag compares with, in seconds. Zero: a wiki with a
	// single database, whose lag is -1.
	ReplicaLag float64
}

// BackgroundSpec is accounts created by themselves in a stretch of time, on one
// wiki, that are in no event.
type BackgroundSpec struct {
	Wiki     string // where they are created; empty: the farm's first wiki
	From, To time.Time
	Accounts int
	Newcomer Activity // how they edit; zero: DefaultNewcomer
	// EditsPerPerson is the mean number of edits from From to 365 days after To;
	// 0: 10.
	EditsPerPerson float64
	Names          NameStyle
	Bots           int // of the accounts, in the local group bot
	ByOthers       int // created by someone else (create2, byemail), not by themselves
}
