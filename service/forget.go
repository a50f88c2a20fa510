package service

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"afterglow/config"
	"afterglow/mwclient"
	"afterglow/service/refresh"
	"afterglow/service/store"
)

// ForgetOptions is what `afterglow forget` was asked for.
type ForgetOptions struct {
	Wiki   string // one of the farm, where a name is not enough or not known here
	ID     string // FARM:NUMBER instead of a name
	DryRun bool   // say what is kept, change nothing
}

// Forget removes a person everywhere, keeps them out from now on, and rewrites
// the database so that nothing is left in its files.
func Forget(ctx context.Context, cfg *config.Config, user string, o ForgetOptions, out io.Writer) error {
	s, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	key, names, err := whom(ctx, cfg, s, user, o)
	if err != nil {
		return err
	}
	if o.DryRun {
		held, err := s.Holds(ctx, key, names...)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "would forget account %d of %s: %s\n", key.Account, key.Farm, spoken(held))
		return nil
	}
	removed, err := s.Forget(ctx, key, names...)
	if err != nil {
		return err
	}
	if err := s.Scrub(ctx); err != nil {
		return fmt.Errorf("account %d of %s is deleted and kept out, but may still be found in the files; run this again: %w", key.Account, key.Farm, err)
	}
	fmt.Fprintf(out, "forgot account %d of %s: %s\nbackups made before still hold them; after restoring one, run: afterglow forget --id %s:%d\n",
		key.Account, key.Farm, spoken(removed), key.Farm, key.Account)
	return nil
}

// ListForgotten prints who is kept out, a line each, as --id takes them.
func ListForgotten(ctx context.Context, cfg *config.Config, out io.Writer) error {
	s, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Forgotten(ctx)
	if err != nil {
		return err
	}
	for _, f := range all {
		fmt.Fprintf(out, "%s:%d\t%s\n", f.Farm, f.Account, f.Since.Format(time.DateOnly))
	}
	if len(all) == 0 {
		fmt.Fprintln(out, "nobody has been forgotten")
	}
	return nil
}

func spoken(r store.Removed) string {
	return fmt.Sprintf("%d campaigns, %d edits on %d wikis", len(r.Campaigns), r.Edits, r.Wikis)
}

// whom returns the account that is meant, and the names it is known to have.
func whom(ctx context.Context, cfg *config.Config, s *store.Store, user string, o ForgetOptions) (store.AccountKey, []string, error) {
	if o.ID != "" {
		at := strings.LastIndexByte(o.ID, ':')
		n, err := strconv.ParseInt(o.ID[at+1:], 10, 64)
		if at < 1 || err != nil || n <= 0 {
			return store.AccountKey{}, nil, fmt.Errorf("--id %q: it is FARM:NUMBER, such as meta.wikimedia.org:1234: %w", o.ID, ErrUsage)
		}
		key := store.AccountKey{Farm: o.ID[:at], Account: n}
		if _, err := s.Farm(ctx, key.Farm); err != nil {
			return key, nil, fmt.Errorf("--id %s: %w", o.ID, err)
		}
		return key, nil, nil
	}
	name, ok := mwclient.NormalName(user)
	if !ok {
		return store.AccountKey{}, nil, fmt.Errorf("%q is not a user name: %w", user, ErrUsage)
	}
	if o.Wiki != "" {
		key, err := askWhom(ctx, cfg, s, name, o.Wiki)
		return key, []string{name}, err
	}
	found, err := s.FindAccounts(ctx, name)
	if err != nil {
		return store.AccountKey{}, nil, err
	}
	switch len(found) {
	case 1:
		return found[0], []string{name}, nil
	case 0:
		return store.AccountKey{}, nil, fmt.Errorf("nothing is kept of a user of that name; to keep them out nevertheless, or if they were renamed, say on which wiki with --wiki: %w", store.ErrNotFound)
	}
	var keys []string
	for _, k := range found {
		keys = append(keys, fmt.Sprintf("%s:%d", k.Farm, k.Account))
	}
	return store.AccountKey{}, nil, fmt.Errorf("several accounts have that name; choose with --id one of %s: %w", strings.Join(keys, ", "), ErrUsage)
}

// askWhom asks a wiki for the account's number, which a new name does not change.
func askWhom(ctx context.Context, cfg *config.Config, s *store.Store, name, address string) (store.AccountKey, error) {
	client, err := newClient(cfg, nil, nil)
	if err != nil {
		return store.AccountKey{}, err
	}
	wiki, err := client.Wiki(ctx, address)
	if err != nil {
		return store.AccountKey{}, fmt.Errorf("--wiki %s: %w", address, err)
	}
	farm, err := newRefresher(s, client, refresh.Options{}).Farm(ctx, wiki)
	if err != nil {
		return store.AccountKey{}, fmt.Errorf("--wiki %s: %w", address, err)
	}
	for a, err := range wiki.AccountsByName(ctx, []string{name}, mwclient.AccountOptions{}) {
		if err != nil {
			return store.AccountKey{}, fmt.Errorf("--wiki %s: %w", address, err)
		}
		if a.Missing || a.ID <= 0 {
			break
		}
		return store.AccountKey{Farm: farm.Name, Account: a.ID}, nil
	}
	return store.AccountKey{}, fmt.Errorf("--wiki %s: it knows no account of that name: %w", address, store.ErrNotFound)
}
