package replica

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"afterglow/mwclient"
)

const (
	// accountBatch is how many accounts are read, and held, at once.
	accountBatch = 200
	// unionSize is of how many wikis one statement reads accounts.
	unionSize = 40
)

// Accounts returns the accounts with these central ids (local ids with
// NoCentralAuth), one for each id, in the same order; Missing where there is
// none, or one that is hidden. All fields are filled whatever o says, for here
// they cost the same; EditCount is the sum over the wikis that have a replica.
// A sequence ends after its first error.
// https://www.mediawiki.org/wiki/Extension:CentralAuth/globaluser_table
func (w *Wiki) Accounts(ctx context.Context, ids []int64, _ mwclient.AccountOptions) iter.Seq2[mwclient.Account, error] {
	return w.accounts(len(ids), func(from, to int) ([]mwclient.Account, error) {
		part := ids[from:to]
		known := slices.DeleteFunc(slices.Clone(part), func(id int64) bool { return id <= 0 })
		found, err := w.find(ctx, "id", integers(known))
		if err != nil {
			return nil, err
		}
		all := make([]mwclient.Account, len(part))
		for i, id := range part {
			all[i] = mwclient.Account{ID: max(id, 0), Missing: true}
			if at := slices.IndexFunc(found, func(a mwclient.Account) bool { return a.ID == id }); at >= 0 {
				all[i] = found[at]
			}
		}
		return all, nil
	})
}

// AccountsByName is Accounts by name: one for each name, in the same order.
func (w *Wiki) AccountsByName(ctx context.Context, names []string, _ mwclient.AccountOptions) iter.Seq2[mwclient.Account, error] {
	return w.accounts(len(names), func(from, to int) ([]mwclient.Account, error) {
		all := make([]mwclient.Account, to-from)
		var known []string
		for i, name := range names[from:to] {
			normal, ok := mwclient.NormalName(name)
			all[i] = mwclient.Account{Name: normal, Missing: true}
			if ok {
				known = append(known, normal)
			}
		}
		found, err := w.find(ctx, "name", binary(known...))
		if err != nil {
			return nil, err
		}
		for i := range all {
			if at := slices.IndexFunc(found, func(a mwclient.Account) bool { return a.Name == all[i].Name }); at >= 0 {
				all[i] = found[at]
			}
		}
		return all, nil
	})
}

// accounts yields n accounts, some at a time.
func (w *Wiki) accounts(n int, part func(from, to int) ([]mwclient.Account, error)) iter.Seq2[mwclient.Account, error] {
	return func(yield func(mwclient.Account, error) bool) {
		for from := 0; from < n; from += accountBatch {
			all, err := part(from, min(from+accountBatch, n))
			if err != nil {
				yield(mwclient.Account{}, fmt.Errorf("accounts: %w", err))
				return
			}
			for _, a := range all {
				if !yield(a, nil) {
					return
				}
			}
		}
	}
}

// find returns the accounts of which a column ("id", "name") is one of the values.
func (w *Wiki) find(ctx context.Context, column string, values []any) ([]mwclient.Account, error) {
	switch {
	case len(values) == 0:
		return nil, nil
	case w.c.o.NoCentralAuth:
		return w.findLocal(ctx, "user_"+column, values)
	}
	s, err := w.c.at(ctx, "centralauth")
	if err != nil {
		return nil, err
	}
	accounts, err := w.c.globalUsers(ctx, s, "gu_"+column, values)
	if err != nil || len(accounts) == 0 {
		return nil, err
	}
	byID := make(map[int64]*central, len(accounts))
	byName := make(map[string]*central, len(accounts))
	for i := range accounts {
		byID[accounts[i].ID], byName[accounts[i].Name] = &accounts[i], &accounts[i]
	}
	if err := w.c.globalGroups(ctx, s, byID); err != nil {
		return nil, err
	}
	if err := w.c.attached(ctx, s, byName); err != nil {
		return nil, err
	}
	if err := w.c.fillLocal(ctx, accounts); err != nil {
		return nil, err
	}
	all := make([]mwclient.Account, 0, len(accounts))
	for i := range accounts {
		all = append(all, accounts[i].account())
	}
	return all, nil
}

// findLocal is find on a wiki without central accounts.
func (w *Wiki) findLocal(ctx context.Context, column string, values []any) ([]mwclient.Account, error) {
	s, err := w.c.at(ctx, w.db)
	if err != nil {
		return nil, err
	}
	local, err := w.c.localRows(ctx, s, column, lookup{w.db, values})
	if err != nil {
		return nil, err
	}
	url := w.c.url(ctx, w.db)
	all := make([]mwclient.Account, 0, len(local))
	for _, l := range local {
		l.URL = url
		all = append(all, mwclient.Account{
			ID: l.ID, Name: l.Name, Registration: l.Registration, HomeWiki: w.db,
			EditCount: l.EditCount, Groups: l.Groups, Local: []mwclient.LocalAccount{l},
		})
	}
	return all, nil
}

// central is a central account while it is read.
type central struct {
	mwclient.Account
	methods []string // how each of Local was attached
}

// globalUsers reads central accounts; hidden ones are not in the view.
func (c *Client) globalUsers(ctx context.Context, s *section, column string, values []any) ([]central, error) {
	return read(ctx, c, s, query{
		wiki: "centralauth", endpoint: mwclient.EndpointGlobalUsers,
		text: "SELECT gu_id, gu_name, gu_registration, gu_home_db, gu_locked FROM " + c.views("centralauth") +
			"globaluser WHERE gu_hidden_level = 0 AND " + column + " IN " + list(len(values)),
		args: values,
	}, func(rows *sql.Rows) (central, error) {
		var a central
		var name, since, home []byte
		if err := rows.Scan(&a.ID, &name, &since, &home, &a.Locked); err != nil {
			return a, err
		}
		a.Name, a.HomeWiki = text(name), text(home)
		var err error
		if a.Registration, err = registered(since); err != nil {
			return a, &mwclient.ResponseError{Wiki: "centralauth", Err: fmt.Errorf("account %d: %w", a.ID, err)}
		}
		return a, nil
	})
}

// globalGroups reads the accounts' global groups.
func (c *Client) globalGroups(ctx context.Context, s *section, accounts map[int64]*central) error {
	ids := make([]int64, 0, len(accounts))
	for id := range accounts {
		ids = append(ids, id)
	}
	_, err := read(ctx, c, s, query{
		wiki: "centralauth", endpoint: mwclient.EndpointGlobalUsers,
		text: "SELECT gug_user, GROUP_CONCAT(gug_group ORDER BY gug_group SEPARATOR 0x0A) FROM " + c.views("centralauth") +
			"global_user_groups WHERE (gug_expiry IS NULL OR gug_expiry >= ?) AND gug_user IN " + list(len(ids)) + " GROUP BY gug_user",
		args: append(binary(stamp(c.o.Clock.Now())), integers(ids)...),
	}, func(rows *sql.Rows) (none struct{}, err error) {
		var id int64
		var groups []byte
		if err = rows.Scan(&id, &groups); err == nil && accounts[id] != nil {
			accounts[id].Groups = strings.Split(text(groups), groupEnd)
		}
		return none, err
	})
	return err
}

// attached reads which local accounts belong to the central ones, by name: that
// is what the table has an index for.
func (c *Client) attached(ctx context.Context, s *section, accounts map[string]*central) error {
	names := make([]string, 0, len(accounts))
	for name := range accounts {
		names = append(names, name)
	}
	_, err := read(ctx, c, s, query{
		wiki: "centralauth", endpoint: mwclient.EndpointGlobalUsers,
		text: "SELECT lu_name, lu_wiki, lu_local_id, lu_attached_method FROM " + c.views("centralauth") +
			"localuser WHERE lu_name IN " + list(len(names)) + " ORDER BY lu_name, lu_wiki",
		args: binary(names...),
	}, func(rows *sql.Rows) (none struct{}, err error) {
		var name, wiki, method []byte
		var id sql.NullInt64
		if err = rows.Scan(&name, &wiki, &id, &method); err != nil {
			return none, err
		}
		a := accounts[text(name)]
		if a == nil || !isDBName(text(wiki)) {
			return none, nil
		}
		a.Local = append(a.Local, mwclient.LocalAccount{Wiki: text(wiki), Name: a.Name, CentralID: a.ID, ID: id.Int64})
		a.methods = append(a.methods, text(method))
		return none, nil
	})
	return err
}

// account is what is read, with what follows from it.
func (a *central) account() mwclient.Account {
	if a.Local == nil {
		a.Local = []mwclient.LocalAccount{} // told, and none
	}
	for _, l := range a.Local {
		a.EditCount += l.EditCount
	}
	if a.HomeWiki == "" {
		a.HomeWiki = a.home()
	}
	return a.Account
}

// home chooses a home wiki where none is stored, as CentralAuth does: where the
// account was first, else where it edited most.
func (a *central) home() string {
	most := -1
	home := ""
	for i, l := range a.Local {
		switch {
		case a.methods[i] == "primary" || a.methods[i] == "new":
			return l.Wiki
		case l.EditCount > most || l.EditCount == most && earlier(l.Registration, a.registration(home)):
			most, home = l.EditCount, l.Wiki
		}
	}
	return home
}

func (a *central) registration(wiki string) time.Time {
	for _, l := range a.Local {
		if l.Wiki == wiki {
			return l.Registration
		}
	}
	return time.Time{}
}

// earlier reports whether a is known to be before b.
func earlier(a, b time.Time) bool { return !a.IsZero() && (b.IsZero() || a.Before(b)) }
