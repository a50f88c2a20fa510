package replica

import (
	"context"
	"maps"
	"slices"

	"afterglow/mwclient"
)

// fillLocal reads what the wikis themselves know of the local accounts: edits,
// registration, groups. Wikis are asked by section, many in a statement; of one
// that has no replica, such as a private one, nothing is learnt.
func (c *Client) fillLocal(ctx context.Context, accounts []central) error {
	names := map[string][]string{} // by wiki
	at := map[[2]string]*mwclient.LocalAccount{}
	for i := range accounts {
		for j := range accounts[i].Local {
			l := &accounts[i].Local[j]
			names[l.Wiki] = append(names[l.Wiki], l.Name)
			at[[2]string{l.Wiki, l.Name}] = l
			l.URL = c.url(ctx, l.Wiki)
		}
	}
	bySection := map[*section][]string{}
	for _, db := range slices.Sorted(maps.Keys(names)) {
		if !c.replicated(ctx, db) {
			continue
		}
		s, err := c.at(ctx, db)
		if err != nil {
			return err
		}
		bySection[s] = append(bySection[s], db)
	}
	for s, wikis := range bySection {
		for part := range slices.Chunk(wikis, unionSize) {
			if err := c.fillWikis(ctx, s, part, names, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// fillWikis fills the local accounts of some wikis of one section.
func (c *Client) fillWikis(ctx context.Context, s *section, wikis []string, names map[string][]string,
	at map[[2]string]*mwclient.LocalAccount,
) error {
	lookups := make([]lookup, 0, len(wikis))
	for _, db := range wikis {
		lookups = append(lookups, lookup{db, binary(names[db]...)})
	}
	rows, err := c.localRows(ctx, s, "user_name", lookups...)
	if absent(err) {
		if len(wikis) == 1 {
			return nil
		}
		// One of them is not there, which fails the statement: each alone.
		for _, db := range wikis {
			if err := c.fillWikis(ctx, s, []string{db}, names, at); err != nil {
				return err
			}
		}
		return nil
	}
	if err != nil {
		return err
	}
	for _, row := range rows {
		if l := at[[2]string{row.Wiki, row.Name}]; l != nil {
			l.ID, l.EditCount, l.Registration, l.Groups = row.ID, row.EditCount, row.Registration, row.Groups
		}
	}
	return nil
}

// replicated reports whether a wiki may have a replica: where the farm's list is
// known, those that are not on it have none.
func (c *Client) replicated(ctx context.Context, db string) bool {
	if c.o.NoMeta || c.o.Sections[db] != "" {
		return true
	}
	f, err := c.readFarm(ctx)
	if err != nil {
		return true // asking will tell
	}
	_, listed := f.sections[db]
	return listed
}
