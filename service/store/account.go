package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Reach says what is known of the wikis where an account edits.
type Reach string

// Reaches.
const (
	ReachUnknown Reach = ""      // nothing
	ReachNone    Reach = "none"  // it has no edit anywhere
	ReachLocal   Reach = "local" // on the wikis that it has pairs for, when it was checked
	ReachAll     Reach = "all"   // on any wiki of the farm: it has a pair for each
)

// Account is what is known of a person's account.
type Account struct {
	ID         int64
	Name       string
	Registered time.Time // zero: unknown
	HomeWiki   string    // database name; empty: unknown
	EditCount  int       // over all wikis
	Bot        bool      // in a bot group, globally or on a wiki known beforehand
	Missing    bool      // no such account, or one that may not be seen
	Reach      Reach
	Checked    time.Time // these facts are complete up to here
	// Wikis are those where it edits (ReachLocal, ReachAll): from them edits are
	// read. Pairs that exist already stay.
	Wikis []string
}

var (
	accountKeys    = []string{"farm", "id"}
	accountColumns = []string{"name", "registered", "home_wiki", "edit_count", "bot", "missing", "reach", "checked"}
)

// SaveAccounts saves what was learned of accounts. Of one that has a new name
// everything is read again: what was read by the old one may lack edits. Whoever
// is forgotten is passed over.
func (s *Store) SaveAccounts(ctx context.Context, farm string, accounts []Account) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		gone, err := forgottenOf(ctx, tx, farm)
		if err != nil {
			return err
		}
		kept := slices.DeleteFunc(slices.Clone(accounts), func(a Account) bool { return gone[a.ID] })
		for some := range slices.Chunk(kept, rowsAtOnce) {
			if err := s.saveAccounts(ctx, tx, farm, some); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save accounts: %w", err)
	}
	return nil
}

func (s *Store) saveAccounts(ctx context.Context, tx *sql.Tx, farm string, accounts []Account) error {
	old, err := accountNames(ctx, tx, farm, accounts)
	if err != nil {
		return err
	}
	st := prepare(tx)
	var rows, pairs [][]any
	for _, a := range accounts {
		if name, known := old[a.ID]; known && (a.Missing || name != a.Name) {
			if err := rename(ctx, st, farm, a.ID, a.Name, a.Missing); err != nil {
				return err
			}
		}
		if a.Missing {
			a.Name, a.HomeWiki, a.Registered = "", "", time.Time{}
		}
		rows = append(rows, []any{farm, a.ID, a.Name, unix(a.Registered), a.HomeWiki, a.EditCount, a.Bot, a.Missing, a.Reach, unix(a.Checked)})
		for _, w := range a.Wikis {
			pairs = append(pairs, []any{farm, a.ID, w, 0, 0, false, 0, 0, 0, []byte{}, -1})
		}
	}
	if err := s.insertAll(ctx, tx, "accounts", accountKeys, accountColumns, s.assignments("accounts", accountKeys, accountColumns), rows); err != nil {
		return err
	}
	return s.insertAll(ctx, tx, "account_wikis", pairKeys, pairColumns, s.assignments("account_wikis", pairKeys, nil), pairs)
}

// accountNames returns the stored names of those accounts that are stored.
func accountNames(ctx context.Context, tx *sql.Tx, farm string, accounts []Account) (map[int64]string, error) {
	numbers := make([]int64, len(accounts))
	for i, a := range accounts {
		numbers[i] = a.ID
	}
	in, args := among(numbers)
	return table[int64, string](ctx, tx, `SELECT id, name FROM accounts WHERE farm = ? AND id IN (`+in+`) /*! FOR UPDATE */`, append([]any{farm}, args...)...)
}

// RenameAccount saves that an account has another name now, or cannot be seen any more.
func (s *Store) RenameAccount(ctx context.Context, farm string, id int64, name string, missing bool) error {
	err := s.write(ctx, func(tx *sql.Tx) error { return rename(ctx, prepare(tx), farm, id, name, missing) })
	if err != nil {
		return fmt.Errorf("rename an account: %w", err)
	}
	return nil
}

func rename(ctx context.Context, st *statements, farm string, id int64, name string, missing bool) error {
	var old string
	err := st.scan(ctx, []any{&old}, `SELECT name FROM accounts WHERE farm = ? AND id = ? /*! FOR UPDATE */`, farm, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if missing {
		_, err := st.exec(ctx, `UPDATE accounts SET name = '', registered = 0, home_wiki = '', missing = 1 WHERE farm = ? AND id = ?`, farm, id)
		return err
	}
	if old == name {
		return nil
	}
	if _, err := st.exec(ctx, `UPDATE accounts SET name = ? WHERE farm = ? AND id = ?`, name, farm, id); err != nil {
		return err
	}
	_, err = st.exec(ctx, `UPDATE account_wikis SET read_from = 0, high_water = 0, bot = 0, bot_seen = 0, edit_count = -1 WHERE farm = ? AND account = ?`, farm, id)
	return err
}

// hideAccounts takes out who accounts are: the list says that they are hidden, or gone.
func hideAccounts(ctx context.Context, tx *sql.Tx, farm string, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	in, args := among(ids)
	_, err := tx.ExecContext(ctx, `UPDATE accounts SET name = '', registered = 0, home_wiki = '', checked = 0, reach = '' `+ //nolint:gosec // question marks
		`WHERE farm = ? AND id IN (`+in+`)`, append([]any{farm}, args...)...)
	return err
}

// Accounts returns what is known of those participants of a campaign who may be
// measured, by number. Wikis is left empty.
func (s *Store) Accounts(ctx context.Context, id string) ([]Account, error) {
	accounts, err := collect(ctx, s.r, func(row scanner) (Account, error) {
		var a Account
		var registered, checked int64
		if err := row.Scan(&a.ID, &a.Name, &registered, &a.HomeWiki, &a.EditCount, &a.Bot, &a.Missing, &a.Reach, &checked); err != nil {
			return a, err
		}
		a.Registered, a.Checked = instant(registered), instant(checked)
		return a, nil
	}, `SELECT `+inOrder+`a.id, a.name, a.registered, a.home_wiki, a.edit_count, a.bot, a.missing, a.reach, a.checked
		FROM participants p JOIN accounts a ON a.farm = p.farm AND a.id = p.account
		WHERE p.campaign = ? AND p.state NOT IN (?, ?) ORDER BY a.id`, id, Hidden, NotFound)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	return accounts, nil
}
