package service

import (
	"context"
	"fmt"
	"sync"

	"afterglow/config"
	"afterglow/mwclient"
	"afterglow/service/refresh"
	"afterglow/service/store"
	"afterglow/service/web"
)

// newLogin lets people sign in as the configuration says; nil: nobody can.
func newLogin(ctx context.Context, cfg *config.Config, s *store.Store, client *mwclient.Client, r *refresh.Refresher) (*web.Login, error) {
	if !cfg.Login() {
		return nil, nil //nolint:nilnil // there is no login
	}
	o := mwclient.OAuthOptions{ClientID: cfg.OAuth.ClientID, ClientSecret: cfg.OAuth.ClientSecret.Reveal(), Callback: cfg.BaseURL + web.CallbackPath}
	l, err := loginAt(ctx, cfg.OAuth.Wiki, o, s, client, r)
	if err != nil {
		return nil, fmt.Errorf("oauth.wiki %s: %w", cfg.OAuth.Wiki, err)
	}
	l.Lifetime, l.Idle, l.Administrators = cfg.OAuth.SessionLifetime, cfg.OAuth.SessionIdle, cfg.OAuth.Administrators
	return l, nil
}

// loginAt lets people sign in at a wiki.
func loginAt(ctx context.Context, address string, o mwclient.OAuthOptions, s *store.Store, client *mwclient.Client, r *refresh.Refresher) (*web.Login, error) {
	wiki, err := client.Wiki(ctx, address)
	if err != nil {
		return nil, err
	}
	oauth, err := wiki.OAuth(o)
	if err != nil {
		return nil, err
	}
	f := farmOf{wiki: wiki, r: r}
	return &web.Login{OAuth: oauth, Sessions: s, Farm: f.name}, nil
}

// farmOf finds out which farm a wiki belongs to, once: when somebody first signs
// in, so that a server starts while the wiki is down.
type farmOf struct {
	wiki *mwclient.Wiki
	r    *refresh.Refresher

	mu    sync.Mutex
	known string
}

func (f *farmOf) name(ctx context.Context) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known != "" {
		return f.known, nil
	}
	farm, err := f.r.Farm(ctx, f.wiki)
	if err != nil {
		return "", err
	}
	f.known = farm.Name
	return f.known, nil
}
