package mwclient

import (
	"context"
	"slices"

	"cgt.name/pkg/go-mwclient/params"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// userRow is one of list=users. https://www.mediawiki.org/wiki/API:Users
type userRow struct {
	ID           number     `json:"userid"`
	Name         string     `json:"name"`
	Missing      flag       `json:"missing"`
	Invalid      flag       `json:"invalid"`
	EditCount    number     `json:"editcount"`
	Registration timestamp  `json:"registration"` // null for accounts older than the record
	Groups       texts      `json:"groups"`
	Central      centralIDs `json:"centralids"`
	Attached     attached   `json:"attachedlocal"`
}

// centralIDs and attached are by provider; only CentralAuth's counts.
type (
	centralIDs int64
	attached   bool
)

// UnmarshalJSONFrom reads the id that CentralAuth gave.
func (c *centralIDs) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		return dec.SkipValue()
	}
	var by struct {
		CentralAuth number `json:"CentralAuth"`
	}
	err := json.UnmarshalDecode(dec, &by)
	*c = centralIDs(by.CentralAuth)
	return err
}

// UnmarshalJSONFrom reads whether the account is attached to the central one.
func (a *attached) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		return dec.SkipValue()
	}
	var by struct {
		CentralAuth flag `json:"CentralAuth"`
	}
	err := json.UnmarshalDecode(dec, &by)
	*a = attached(by.CentralAuth)
	return err
}

// local reads the row as an account on the wiki.
func (row userRow) local(wiki, server string) LocalAccount {
	a := LocalAccount{
		Wiki: wiki, URL: server, Name: row.Name, ID: int64(row.ID), EditCount: int(row.EditCount),
		Registration: row.Registration.Time, Missing: bool(row.Missing || row.Invalid),
	}
	for _, group := range row.Groups {
		if group != "*" && group != "user" {
			a.Groups = append(a.Groups, group)
		}
	}
	if row.Attached {
		a.CentralID = int64(row.Central)
	}
	return a
}

// userProps is what list=users is asked for.
const userProps = "groups|editcount|registration|centralids"

// readLocalAccounts asks with list=users on a wiki without central accounts.
func (w *Wiki) readLocalAccounts(ctx context.Context, who []subject, found map[subject]Account) error {
	p := params.Values{"action": "query", "list": "users", "usprop": userProps}
	if who[0].id > 0 {
		p.Set("ususerids", joinIDs(who))
	} else {
		p.Set("ususers", joinNames(who))
	}
	w.askSite(p)
	err := w.pages(ctx, EndpointUsers, p, false, nil, func(r *reply) (bool, error) {
		w.c.stats.add(w.key(), EndpointUsers, Counts{Rows: int64(len(r.Query.Users))})
		db, server := w.DBName(), w.URL()
		for _, row := range r.Query.Users {
			local := row.local(db, server)
			asked := subject{id: local.ID}
			if who[0].id == 0 {
				asked = subject{name: normalName(local.Name)}
			}
			switch {
			case len(who) == 1 && len(r.Query.Users) == 1:
				asked = who[0]
			case !slices.Contains(who, asked):
				continue
			}
			account := asked.missing()
			if !local.Missing {
				account = Account{
					ID: local.ID, Name: local.Name, Registration: local.Registration, HomeWiki: db,
					EditCount: local.EditCount, Groups: local.Groups, Local: []LocalAccount{local},
				}
			}
			w.remember(found, asked, account, withLocal)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, one := range who {
		if _, ok := found[one]; ok {
			continue
		}
		if one.id == 0 && len(who) > 1 {
			// Spelt differently in the answer, perhaps: asked for alone.
			if err := w.readLocalAccounts(ctx, []subject{one}, found); err != nil {
				return err
			}
			continue
		}
		w.remember(found, one, one.missing(), withLocal)
	}
	return nil
}
