package service

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"afterglow/config"
	"afterglow/mwclient"
	"afterglow/service/refresh"
	"afterglow/service/store"
)

// openStore opens the configured database and brings its schema up to date.
func openStore(ctx context.Context, cfg *config.Config) (*store.Store, error) {
	s, err := store.Open(ctx, cfg.Database.Reveal(), store.Options{Now: now, Connections: cfg.DatabaseConnections})
	if err != nil {
		return nil, fmt.Errorf("opening the database %s: %w", cfg.Database, err)
	}
	if err := s.Migrate(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("bringing the database %s up to date: %w", cfg.Database, err)
	}
	return s, nil
}

// newClient returns the client for the configured wikis. turn, where not nil, is
// waited for before each request: see mwclient.Options.
func newClient(cfg *config.Config, logger *slog.Logger, turn func(context.Context, string) (func(), error)) (*mwclient.Client, error) {
	tokens := map[string]string{}
	if cfg.OAuth.Token.Set() {
		u, err := url.Parse(cfg.OAuth.Wiki)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("oauth.wiki %q: an owner-only token needs the address of its wiki", cfg.OAuth.Wiki)
		}
		tokens[u.Host] = cfg.OAuth.Token.Reveal()
	}
	c, err := mwclient.New(mwclient.Options{
		Contact: cfg.UserAgent.Contact, Version: Version, Tokens: tokens,
		MaxInFlight: cfg.Refresh.MaxInFlight, PerWiki: cfg.Refresh.PerWiki, MaxLag: cfg.Refresh.MaxLag, Turn: turn,
		Allow: cfg.Allowed, Inside: cfg.Inside, Logger: logger,
	})
	if err != nil {
		return nil, fmt.Errorf("setting up the client: %w", err)
	}
	return c, nil
}

// newDashboards returns the client that reads courses of the configured
// dashboards, and nothing else; nil where there are none.
func newDashboards(cfg *config.Config, logger *slog.Logger) (*mwclient.Client, error) {
	if len(cfg.Dashboards) == 0 {
		return nil, nil //nolint:nilnil // courses are not read then
	}
	c, err := mwclient.New(mwclient.Options{
		Contact: cfg.UserAgent.Contact, Version: Version, MaxInFlight: 1, MaxBody: maxCourse,
		Allow: cfg.AllowedDashboard, Logger: logger,
	})
	if err != nil {
		return nil, fmt.Errorf("setting up the client for dashboards: %w", err)
	}
	return c, nil
}

// maxCourse bounds a course's users.json, in bytes; 20,000 people take about 10 MB.
const maxCourse = 10 << 20

func newRefresher(s *store.Store, c *mwclient.Client, o refresh.Options) *refresh.Refresher {
	o.Now = now
	return refresh.New(s, c, o)
}

// now is the one place where the service takes the system's time from.
func now() time.Time { return time.Now().UTC() } //nolint:forbidigo // the clock's source
