package mwclient

import (
	"log/slog"
	"net/http/cookiejar"
	"strings"
	"sync"
)

// Client reads wikis. It is safe for concurrent use, and paces all its users
// together: a process wants one.
type Client struct {
	o      Options
	agent  string
	clock  Clock
	log    *slog.Logger
	pacer  *pacer
	jitter jitter
	jar    *cookiejar.Jar
	stats  counters
	known  *accountCache
	skews  skews

	mu    sync.Mutex
	wikis map[string]*Wiki // by the address of api.php
}

// maxWikis bounds the wikis that a client remembers; Wikimedia has about 1,000.
const maxWikis = 4096

// libraryAgent names go-mwclient in the User-Agent.
const libraryAgent = "go-mwclient/1.3.0 (+https://github.com/cgt/go-mwclient)"

// New returns a client. It fails if an option makes no sense.
func New(o Options) (*Client, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &Client{
		o: o, agent: userAgent(o.Version, o.Contact), clock: o.Clock, log: o.Logger,
		pacer: newPacer(o.Clock, o.MaxInFlight, o.PerWiki, o.Turn), jitter: randomJitter, jar: jar,
		known: newAccountCache(o.Clock), wikis: map[string]*Wiki{},
	}, nil
}

// userAgent says who asks, as
// https://foundation.wikimedia.org/wiki/Policy:Wikimedia_Foundation_User-Agent_Policy wants it.
func userAgent(version, contact string) string {
	if version == "" {
		version = "dev"
	}
	agent := "Afterglow/" + strings.ReplaceAll(version, " ", "-")
	if contact != "" {
		agent += " (" + strings.NewReplacer("(", "", ")", "").Replace(contact) + ")"
	}
	return agent + " " + libraryAgent
}

// Stats returns what the client has done so far.
func (c *Client) Stats() Stats {
	c.mu.Lock()
	names := make(map[string]string, 2*len(c.wikis))
	for api, w := range c.wikis {
		if name := w.DBName(); name != "" {
			names[api] = name
			names[w.Host()] = name
		}
	}
	c.mu.Unlock()
	return c.stats.stats(func(key string) string {
		if name, ok := names[key]; ok {
			return name
		}
		return hostOfKey(key)
	})
}
