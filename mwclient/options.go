package mwclient

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Options configures a Client. The zero value reads wikis on loopback only.
type Options struct {
	// Contact is an address or a page where the operator can be reached. It goes
	// into the User-Agent, as https://foundation.wikimedia.org/wiki/Policy:User-Agent_policy
	// asks. Without it only wikis on loopback are read (ErrNoContact).
	Contact string
	// Version is Afterglow's version; "dev" if empty.
	Version string
	// Tokens are owner-only OAuth 2 bearer tokens by host ("meta.wikimedia.org",
	// or "127.0.0.1:8080" where the port is not the scheme's own).
	Tokens map[string]string
	// MaxInFlight is how many requests may be in flight in all; 3 if 0.
	MaxInFlight int
	// PerWiki is how many requests may be in flight to one host; 1 if 0.
	PerWiki int
	// MaxLag is the maxlag parameter of the Action API in seconds; 5 if 0.
	MaxLag int
	// MaxRetries is how often one request is tried again; 8 if 0, none if negative.
	MaxRetries int
	// MaxElapsed bounds the time one request may take with all its tries and
	// waits; 10 minutes if 0.
	MaxElapsed time.Duration
	// Timeout bounds one try; 60 s if 0.
	Timeout time.Duration
	// MaxBody is the greatest size of one answer in bytes, after decompression;
	// 16 MiB if 0.
	MaxBody int64
	// Base does the requests; a transport of the client's own if nil.
	Base http.RoundTripper
	// Allow says whether a host may be asked, for typed addresses, addresses that
	// a wiki names, and redirects. The host is in lower case, with its port where
	// that is not the scheme's own. Nil allows every host. A refusal is returned
	// wrapped, and errors.Is(err, ErrNotAllowed) holds.
	Allow func(host string) error
	// PlainHTTP lists hosts off loopback that are read over http; all others
	// are read over https, whatever their address says.
	PlainHTTP []string
	// Logger gets a line for each retry (Debug) and for a token that a wiki
	// does not accept (Warn). Nothing is logged if nil.
	Logger *slog.Logger
	// Clock tells the time and waits; the system's if nil.
	Clock Clock
}

// Clock tells the time and waits.
type Clock interface {
	Now() time.Time
	// Sleep waits for d or until ctx is done, whose error it then returns.
	Sleep(ctx context.Context, d time.Duration) error
}
