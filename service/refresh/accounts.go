package refresh

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"afterglow/mwclient"
	"afterglow/service/store"
)

// readAccounts learns what is not known, or not well enough any more, of the
// campaign's people: their names, when they were created, and where they edit.
func (n *run) readAccounts(ctx context.Context) error {
	all, err := n.s.Accounts(ctx, n.campaign.ID)
	if err != nil {
		return err
	}
	decided := make(map[int64]bool, len(n.undecided))
	for _, u := range n.undecided {
		decided[u.ID] = true
	}
	old := map[int64]store.Account{}
	var due []int64
	for _, a := range all {
		stale := n.o.Now().Sub(a.Checked) >= n.o.AccountsFresh
		if homeless := n.o.HomeWikis && a.HomeWiki == "" && !a.Missing; (stale || homeless) && !decided[a.ID] {
			old[a.ID] = a
			due = append(due, a.ID)
		}
	}
	n.watch.total(len(all))
	n.watch.done(len(all)-len(due)-len(n.undecided), "")
	var learning aside // of some, while the next are asked for
	for part := range slices.Chunk(due, batchSize) {
		asked := n.complete()
		accounts, err := collect(n.wiki.Accounts(ctx, part, mwclient.AccountOptions{HomeWikis: n.o.HomeWikis}))
		if err == nil {
			err = learning.do(func() error {
				before := len(n.undecided)
				if err := n.learn(ctx, accounts, asked, old); err != nil {
					return err
				}
				n.watch.done(len(part)-(len(n.undecided)-before), "")
				return nil
			})
		}
		if err != nil {
			return errors.Join(err, learning.wait())
		}
	}
	if err := learning.wait(); err != nil {
		return err
	}
	return n.decide(ctx)
}

func collect(accounts func(func(mwclient.Account, error) bool)) ([]mwclient.Account, error) {
	var all []mwclient.Account
	for a, err := range accounts {
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// learn saves accounts that were asked for at a time. Those of which it cannot
// be told where they edit are put aside for decide.
func (n *run) learn(ctx context.Context, accounts []mwclient.Account, asked time.Time, old map[int64]store.Account) error {
	var settled []store.Account
	wikis := map[string]store.Wiki{}
	for _, a := range accounts {
		known, seen := old[a.ID]
		acc := store.Account{
			ID: a.ID, Name: a.Name, Registered: a.Registration, HomeWiki: a.HomeWiki, EditCount: a.EditCount,
			Bot: isBot(a), Missing: a.Missing || hasVanished(a), Checked: asked,
		}
		if acc.HomeWiki == "" && seen {
			acc.HomeWiki = known.HomeWiki
		}
		switch {
		case acc.Missing || acc.Bot:
		case a.Local != nil:
			acc.Reach = store.ReachLocal
			for _, l := range a.Local {
				if l.EditCount > 0 && isDBName(l.Wiki) {
					acc.Wikis = append(acc.Wikis, l.Wiki)
					wikis[l.Wiki] = store.Wiki{Name: l.Wiki, URL: l.URL}
				}
			}
		case a.EditCount == 0:
			acc.Reach = store.ReachNone
		case seen && known.Reach == store.ReachLocal && known.EditCount == a.EditCount:
			acc.Reach = store.ReachLocal // nothing new, so nowhere new
		default:
			n.undecided = append(n.undecided, acc)
			continue
		}
		settled = append(settled, acc)
	}
	if err := n.saveWikis(ctx, wikis); err != nil {
		return err
	}
	return n.s.SaveAccounts(ctx, n.campaign.Farm, settled)
}

// isBot reports whether an account is in a bot group, globally or on a wiki.
func isBot(a mwclient.Account) bool {
	if slices.Contains(a.Groups, "bot") || slices.Contains(a.Groups, "global-bot") {
		return true
	}
	return slices.ContainsFunc(a.Local, func(l mwclient.LocalAccount) bool { return slices.Contains(l.Groups, "bot") })
}

// hasVanished reports whether an account's owner has left for good and had it
// renamed and locked. Such accounts are not measured.
// https://meta.wikimedia.org/wiki/Right_to_vanish
func hasVanished(a mwclient.Account) bool {
	return a.Locked && (strings.HasPrefix(a.Name, "Vanished user") || strings.HasPrefix(a.Name, "Renamed user"))
}

// decide settles where the accounts put aside are read. To read all wikis of the
// farm costs W × ⌈n/50⌉ requests; to ask for each person's wikis costs n.
func (n *run) decide(ctx context.Context) error {
	if len(n.undecided) == 0 {
		return nil
	}
	wikis, err := n.farmWikis(ctx)
	if err != nil {
		return err
	}
	people := n.undecided
	n.undecided = nil
	batches := (len(people) + batchSize - 1) / batchSize
	for part := range slices.Chunk(people, batchSize) {
		if len(wikis) > 0 && len(wikis)*batches <= len(people) {
			err = n.readEverywhere(ctx, part, wikis)
		} else {
			err = n.askWhere(ctx, part)
		}
		if err != nil {
			return err
		}
		n.watch.done(len(part), "")
	}
	return nil
}

// readEverywhere gives accounts all wikis of the farm.
func (n *run) readEverywhere(ctx context.Context, people []store.Account, wikis []string) error {
	accounts := make([]store.Account, 0, len(people))
	for _, u := range people {
		u.Reach, u.Wikis = store.ReachAll, wikis
		accounts = append(accounts, u)
	}
	return n.s.SaveAccounts(ctx, n.campaign.Farm, accounts)
}

// askWhere asks for each account's wikis.
func (n *run) askWhere(ctx context.Context, people []store.Account) error {
	ids := make([]int64, 0, len(people))
	for _, u := range people {
		ids = append(ids, u.ID)
	}
	asked := n.complete()
	accounts, err := collect(n.wiki.Accounts(ctx, ids, mwclient.AccountOptions{HomeWikis: n.o.HomeWikis, Local: true}))
	if err != nil {
		return err
	}
	for i := range accounts {
		if accounts[i].Local == nil {
			accounts[i].Local = []mwclient.LocalAccount{} // it has none
		}
	}
	return n.learn(ctx, accounts, asked, nil)
}

// farmWikis returns the wikis of the farm that can be read; none where the farm
// has no list of them.
func (n *run) farmWikis(ctx context.Context) ([]string, error) {
	if n.o.Now().Sub(n.farm.SitesChecked) >= factsFresh {
		wikis, err := n.sites(ctx, n.wiki)
		if err != nil || len(wikis) == 0 {
			return nil, err
		}
		n.farm.SitesChecked = n.o.Now()
		if err := n.s.SaveFarm(ctx, n.farm, wikis...); err != nil {
			return nil, err
		}
	}
	stored, err := n.s.Wikis(ctx, n.campaign.Farm)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, w := range stored {
		if !w.Private {
			names = append(names, w.Name)
		}
	}
	return names, nil
}

// saveWikis saves wikis that were not known. An address that is already known is
// believed rather than one that comes with an account.
func (n *run) saveWikis(ctx context.Context, wikis map[string]store.Wiki) error {
	var fresh []store.Wiki
	for name, w := range wikis {
		if !n.known[name] {
			n.known[name] = true
			fresh = append(fresh, w)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return n.s.SaveFarm(ctx, n.farm, fresh...)
}

// recheck asks again for accounts that a wiki does not know by their name: they
// were renamed, hidden, or are gone. It saves what it learns and returns those
// whose name is unchanged.
func (n *run) recheck(ctx context.Context, pairs []store.Pair) (same map[int64]bool, err error) {
	ids := make([]int64, 0, len(pairs))
	names := make(map[int64]string, len(pairs))
	for _, p := range pairs {
		ids = append(ids, p.Account)
		names[p.Account] = p.Name
	}
	accounts, err := collect(n.wiki.Accounts(ctx, ids, mwclient.AccountOptions{}))
	if err != nil {
		return nil, err
	}
	same = make(map[int64]bool, len(accounts))
	for _, a := range accounts {
		if !a.Missing && a.Name == names[a.ID] {
			same[a.ID] = true
			continue
		}
		if err := n.s.RenameAccount(ctx, n.campaign.Farm, a.ID, a.Name, a.Missing); err != nil {
			return nil, err
		}
	}
	return same, nil
}
