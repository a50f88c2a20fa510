package fakewiki

import "time"

// Faults is what goes wrong on the farm. The zero value is nothing. Rules are
// tried in order and the first that strikes decides, except that Slow and
// Warnings go together with others.
type Faults struct {
	// Seed decides with Rule.Probability which requests are struck: the same
	// request is struck the same way whatever was asked before or meanwhile.
	Seed  uint64
	Rules []Rule
	// Down lists wikis that answer nothing: the connection is closed.
	Down []string
	// Changes happen to accounts between two requests.
	Changes []Change
}

// Kind is a kind of fault.
type Kind string

// Kinds of faults. All are transient: the same request, sent again, is answered
// as if nothing had been, after at most Rule.Times strikes.
const (
	TooMany        Kind = "429"             // HTML body and Retry-After
	TooManyBare    Kind = "429-bare"        // HTML body, no Retry-After
	Unavailable    Kind = "503"             // HTML body and Retry-After
	MaxLag         Kind = "maxlag"          // Action API only, like the next two
	RateLimited    Kind = "ratelimited"     // HTTP 200 without Retry-After
	ReadOnly       Kind = "readonly"        // also where OAuth gives tokens, with HTTP 500
	Truncated      Kind = "truncated"       // the body ends in the middle
	Reset          Kind = "reset"           // the connection is reset
	Slow           Kind = "slow"            // Rule.Delay before the answer
	Warnings       Kind = "warnings"        // beside the results; Action API only
	RepeatContinue Kind = "repeat-continue" // the answer tells to continue where the request did
	DropContinue   Kind = "drop-continue"   // lists of the Action API: the answer does not tell to continue, though more follows
	BadGzip        Kind = "bad-gzip"        // Content-Encoding: gzip, and it is not
	Oversized      Kind = "oversized"       // Rule.Bytes of blanks before the end
)

// Rule is one fault with where and how often it strikes.
type Rule struct {
	Kind     Kind
	Wiki     string // database name; empty: all
	Endpoint string // see Endpoint…; empty: all
	// Probability of a strike for each try of a request; 1 strikes always.
	Probability float64
	// First strikes the first n requests that match, whatever Probability is.
	First int
	// Times is how often one and the same request can be struck by this rule;
	// 0: 2. Negative: no limit, so that no retry helps.
	Times      int
	RetryAfter time.Duration // TooMany, Unavailable, MaxLag: rounded up to seconds; 0: 1 s
	Delay      time.Duration // Slow; 0: 50 ms
	Bytes      int64         // Oversized; 0: 64 MiB
}

// Change is something that happens to an account.
type Change struct {
	// After is the number of requests to the farm since SetFaults after which it
	// happens.
	After int
	Name  string // the account's name at that time
	To    State
	// Rename is the new name, if it is renamed; State stays as To says.
	Rename string
}
