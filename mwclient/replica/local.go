package replica

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"afterglow/mwclient"
)

// localAccounts returns the accounts of a wiki with these names, in this order,
// Missing where there is none that may be seen.
func (w *Wiki) localAccounts(ctx context.Context, names []string) ([]mwclient.LocalAccount, error) {
	s, err := w.c.at(ctx, w.db)
	if err != nil {
		return nil, err
	}
	found, err := w.c.localRows(ctx, s, "user_name", lookup{w.db, binary(names...)})
	if err != nil {
		return nil, err
	}
	byName := make(map[string]mwclient.LocalAccount, len(found))
	for _, a := range found {
		byName[a.Name] = a
	}
	central, err := w.centralIDs(ctx, names)
	if err != nil {
		return nil, err
	}
	url := w.c.url(ctx, w.db)
	all := make([]mwclient.LocalAccount, 0, len(names))
	for _, name := range names {
		a, ok := byName[name]
		if !ok {
			a = mwclient.LocalAccount{Wiki: w.db, Name: name, Missing: true}
		} else {
			a.CentralID = central[name]
		}
		a.URL = url
		all = append(all, a)
	}
	return all, nil
}

// centralIDs returns the central ids of a wiki's attached accounts, by name.
func (w *Wiki) centralIDs(ctx context.Context, names []string) (map[string]int64, error) {
	if w.c.o.NoCentralAuth {
		return nil, nil //nolint:nilnil // no ids is what there is
	}
	s, err := w.c.at(ctx, "centralauth")
	if err != nil {
		return nil, err
	}
	ids := make(map[string]int64, len(names))
	_, err = read(ctx, w.c, s, query{
		wiki: "centralauth", endpoint: mwclient.EndpointUsers,
		text: "SELECT lu_name, lu_global_id FROM " + w.c.views("centralauth") +
			"localuser WHERE lu_wiki = ? AND lu_name IN " + list(len(names)),
		args: append(binary(w.db), binary(names...)...),
	}, func(rows *sql.Rows) (none struct{}, err error) {
		var name []byte
		var id sql.NullInt64
		if err = rows.Scan(&name, &id); err == nil {
			ids[text(name)] = id.Int64
		}
		return none, err
	})
	return ids, err
}

// groupEnd separates groups; no name of a group has a line's end in it.
const groupEnd = "\n"

// lookup is whose accounts to read on a wiki: values of a column.
type lookup struct {
	db     string
	values []any
}

// localRows returns accounts of several wikis of one section, in one statement.
// column is "user_name" or "user_id".
// https://www.mediawiki.org/wiki/Manual:User_table
func (c *Client) localRows(ctx context.Context, s *section, column string, lookups ...lookup) ([]mwclient.LocalAccount, error) {
	var parts, wikis []string
	var args []any
	now := []byte(stamp(c.o.Clock.Now()))
	for _, l := range lookups {
		views := c.views(l.db)
		parts = append(parts, "(SELECT ?, user_id, user_name, user_registration, user_editcount,"+
			" (SELECT GROUP_CONCAT(ug_group ORDER BY ug_group SEPARATOR 0x0A) FROM "+views+"user_groups"+
			" WHERE ug_user = user_id AND (ug_expiry IS NULL OR ug_expiry >= ?))"+
			" FROM "+views+"user WHERE "+column+" IN "+list(len(l.values))+")")
		args = append(append(args, l.db, now), l.values...)
		wikis = append(wikis, l.db)
	}
	return read(ctx, c, s, query{
		wiki: s.label(wikis), endpoint: mwclient.EndpointUsers,
		text: strings.Join(parts, " UNION ALL "), args: args,
	}, func(rows *sql.Rows) (mwclient.LocalAccount, error) {
		var a mwclient.LocalAccount
		var name, since, groups []byte
		var edits sql.NullInt64
		if err := rows.Scan(&a.Wiki, &a.ID, &name, &since, &edits, &groups); err != nil {
			return a, err
		}
		a.Name, a.EditCount = text(name), int(edits.Int64)
		if len(groups) > 0 {
			a.Groups = strings.Split(text(groups), groupEnd)
		}
		var err error
		if a.Registration, err = registered(since); err != nil {
			return a, &mwclient.ResponseError{Wiki: a.Wiki, Err: fmt.Errorf("account %d: %w", a.ID, err)}
		}
		return a, nil
	})
}

// label names a query of several wikis in counts and errors.
func (s *section) label(wikis []string) string {
	if len(wikis) == 1 {
		return wikis[0]
	}
	return s.address
}
