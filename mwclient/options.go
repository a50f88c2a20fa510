package mwclient

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode"
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
	// Turn, where set, is waited for before each request to a host, after this
	// client's own turn to ask it: processes that share a limit agree on it. The
	// request is over when done is called.
	Turn func(ctx context.Context, host string) (done func(), err error)
	// MaxLag is the maxlag parameter of the Action API in seconds; 5 if 0.
	MaxLag int
	// MaxRetries is how often one request is tried again; 10 if 0, none if negative.
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
	// Inside says which hosts may be at addresses that are not on the Internet
	// (private networks, this machine), as Allow takes them; all other names that
	// lead there are refused. Nil: none where Allow is set, all where it is not.
	// Not asked for addresses ("10.0.0.1"), for which Allow is enough. It needs
	// Base to be nil.
	Inside func(host string) bool
	// Resolver looks names up; the system's if nil.
	Resolver *net.Resolver
	// PlainHTTP lists hosts off loopback that are read over http; all others
	// are read over https, whatever their address says.
	PlainHTTP []string
	// Logger gets a line for each retry (Debug) and for a token that a wiki
	// does not accept (Warn). Nothing is logged if nil.
	Logger *slog.Logger
	// Clock tells the time and waits; the system's if nil.
	Clock Clock
}

// What Options leave open.
const (
	defaultMaxInFlight = 3
	defaultPerWiki     = 1
	defaultMaxLag      = 5
	defaultMaxRetries  = 10
	defaultMaxElapsed  = 10 * time.Minute
	defaultTimeout     = time.Minute
	defaultMaxBody     = 16 << 20
	maxHeaderBytes     = 64 << 10
)

// fill checks the options and puts the defaults where nothing was said.
func (o *Options) fill() error {
	for _, text := range []struct{ name, value string }{{"Contact", o.Contact}, {"Version", o.Version}} {
		if strings.ContainsFunc(text.value, unicode.IsControl) {
			return fmt.Errorf("mwclient: Options.%s holds a control character", text.name)
		}
	}
	for _, n := range []struct {
		name     string
		value    *int
		fallback int
	}{
		{"MaxInFlight", &o.MaxInFlight, defaultMaxInFlight},
		{"PerWiki", &o.PerWiki, defaultPerWiki},
		{"MaxLag", &o.MaxLag, defaultMaxLag},
	} {
		if *n.value < 0 {
			return fmt.Errorf("mwclient: Options.%s is %d, which is less than 0", n.name, *n.value)
		}
		if *n.value == 0 {
			*n.value = n.fallback
		}
	}
	if o.MaxRetries == 0 {
		o.MaxRetries = defaultMaxRetries
	}
	if o.MaxElapsed <= 0 {
		o.MaxElapsed = defaultMaxElapsed
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.MaxBody <= 0 {
		o.MaxBody = defaultMaxBody
	}
	if o.Inside == nil && o.Allow == nil {
		o.Inside = func(string) bool { return true }
	}
	if o.Base == nil {
		o.Base = baseTransport(newGuard(o))
	}
	if o.Clock == nil {
		o.Clock = SystemClock{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// baseTransport is net/http's with a bound on headers and a guard of
// connections. It leaves compression to
// the exchange, which bounds what comes out of it.
func baseTransport(g *guard) http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return http.DefaultTransport
	}
	t = t.Clone()
	t.DialContext = g.dial
	t.DisableCompression = true
	t.MaxResponseHeaderBytes = maxHeaderBytes
	t.MaxIdleConnsPerHost = 4
	return t
}
