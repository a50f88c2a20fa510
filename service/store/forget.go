package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// AccountKey is an account wherever it is kept. Numbers of different farms collide.
type AccountKey struct {
	Farm    string
	Account int64
}

// Forgotten is an account that is kept out since a time.
type Forgotten struct {
	AccountKey
	Since time.Time
}

// Removed is what Forget took out, or with Holds what it would.
type Removed struct {
	Campaigns []string // that the person was in, or asked for
	Edits     int      // of all wikis
	Wikis     int
}

// FindAccounts returns the accounts that have a name, or had it on a list, on
// all farms.
func (s *Store) FindAccounts(ctx context.Context, name string) ([]AccountKey, error) {
	keys, err := collect(ctx, s.r, func(row scanner) (AccountKey, error) {
		var k AccountKey
		if err := row.Scan(&k.Farm, &k.Account); err != nil {
			return k, err
		}
		return k, nil
	}, `SELECT farm, id FROM accounts WHERE name = ?
		UNION SELECT c.farm, e.account FROM entries e JOIN campaigns c ON c.id = e.campaign WHERE e.name = ? AND e.account > 0
		ORDER BY 1, 2`, name, name)
	if err != nil {
		return nil, fmt.Errorf("look for an account: %w", err)
	}
	return keys, nil
}

// Holds returns what is kept of an account, and changes nothing.
func (s *Store) Holds(ctx context.Context, k AccountKey, names ...string) (r Removed, err error) {
	err = s.read(ctx, func(tx *sql.Tx) error {
		all, err := namesOf(ctx, tx, k, names)
		if err == nil {
			r, err = holds(ctx, tx, k, all)
		}
		return err
	})
	if err != nil {
		return Removed{}, fmt.Errorf("look for what is kept of an account: %w", err)
	}
	return r, nil
}

// Forget deletes everything that is kept of an account, and keeps it out from
// now on: what a later reading brings of it is dropped. names are further names
// that lists may give it; those known are added. Every campaign it was in gets a
// new revision, so that no cache goes on showing it. Figures stored for a
// mark or a baseline are sums over many people; they stay. All sessions end: who
// signed in is written into them in a form that cannot be searched.
//
// The bytes are gone from the file only after Scrub.
func (s *Store) Forget(ctx context.Context, k AccountKey, names ...string) (r Removed, err error) {
	if k.Farm == "" || k.Account <= 0 {
		return Removed{}, fmt.Errorf("forget account %d of farm %.100q: an account has a farm and a number above 0: %w", k.Account, k.Farm, ErrInvalid)
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		// First, and before any reading: from here on nobody else can add the account.
		if _, err := tx.ExecContext(ctx, s.insert("forgotten", []string{"farm", "account"}, []string{"since"}, nil),
			k.Farm, k.Account, s.now().Unix()); err != nil {
			return err
		}
		all, err := namesOf(ctx, tx, k, names)
		if err != nil {
			return err
		}
		found, err := holds(ctx, tx, k, all)
		if err != nil {
			return err
		}
		if found.Edits > 0 || len(found.Campaigns) > 0 {
			r = found // and not of a second run, where the first has committed
		}
		return s.forgetAccount(ctx, tx, k, all, found.Campaigns)
	})
	if err != nil {
		return Removed{}, fmt.Errorf("forget an account: %w", err)
	}
	return r, nil
}

func (s *Store) forgetAccount(ctx context.Context, tx *sql.Tx, k AccountKey, names, campaigns []string) error {
	for _, id := range campaigns { // in order of their ids: two of these cannot wait for each other
		if err := lockCampaign(ctx, tx, id); err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	for _, name := range names {
		if err := s.keepOut(ctx, tx, k, name); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM entries WHERE name = ? AND campaign IN (SELECT id FROM campaigns WHERE farm = ?)`, name, k.Farm); err != nil {
			return err
		}
	}
	for _, del := range []struct {
		query string
		args  []any
	}{
		{`DELETE FROM entries WHERE account = ? AND campaign IN (SELECT id FROM campaigns WHERE farm = ?)`, []any{k.Account, k.Farm}},
		{`DELETE FROM participants WHERE farm = ? AND account = ?`, []any{k.Farm, k.Account}},
		{`DELETE FROM pair_leases WHERE farm = ? AND account = ?`, []any{k.Farm, k.Account}},
		{`DELETE FROM account_wikis WHERE farm = ? AND account = ?`, []any{k.Farm, k.Account}},
		{`DELETE FROM accounts WHERE farm = ? AND id = ?`, []any{k.Farm, k.Account}},
		{`DELETE FROM trackers WHERE farm = ? AND sub = ?`, []any{k.Farm, strconv.FormatInt(k.Account, 10)}},
		{`DELETE FROM sessions`, nil},
	} {
		if _, err := tx.ExecContext(ctx, del.query, del.args...); err != nil {
			return err
		}
	}
	for _, id := range campaigns {
		if err := recount(ctx, tx, id, nil); err != nil {
			return err
		}
		// Also where no count changed: the cohort did.
		if err := touch(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// keepOut remembers a name of a forgotten account by its hash.
func (s *Store) keepOut(ctx context.Context, tx *sql.Tx, k AccountKey, name string) error {
	_, err := tx.ExecContext(ctx, s.insert("forgotten_names", []string{"farm", "hash"}, []string{"account"}, nil), k.Farm, nameHash(name), k.Account)
	return err
}

func nameHash(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

// namesOf returns the names given, and those that are kept for an account.
func namesOf(ctx context.Context, tx *sql.Tx, k AccountKey, given []string) ([]string, error) {
	kept, err := collect(ctx, tx, single[string], `SELECT name FROM accounts WHERE farm = ? AND id = ? AND name <> ''
		UNION SELECT e.name FROM entries e JOIN campaigns c ON c.id = e.campaign WHERE c.farm = ? AND e.account = ?`,
		k.Farm, k.Account, k.Farm, k.Account)
	names := slices.Sorted(slices.Values(slices.Concat(given, kept)))
	return slices.Compact(names), err
}

func holds(ctx context.Context, tx *sql.Tx, k AccountKey, names []string) (Removed, error) {
	var r Removed
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(edit_rows), 0) FROM account_wikis WHERE farm = ? AND account = ?`, k.Farm, k.Account).
		Scan(&r.Wikis, &r.Edits)
	if err != nil {
		return r, err
	}
	queries := [][]any{
		{`SELECT campaign FROM participants WHERE farm = ? AND account = ?`, k.Farm, k.Account},
		{`SELECT e.campaign FROM entries e JOIN campaigns c ON c.id = e.campaign WHERE c.farm = ? AND e.account = ?`, k.Farm, k.Account},
		{`SELECT campaign FROM trackers WHERE farm = ? AND sub = ?`, k.Farm, strconv.FormatInt(k.Account, 10)},
	}
	for _, name := range names {
		queries = append(queries, []any{`SELECT e.campaign FROM entries e JOIN campaigns c ON c.id = e.campaign WHERE c.farm = ? AND e.name = ?`, k.Farm, name})
	}
	for _, q := range queries {
		ids, err := collect(ctx, tx, single[string], q[0].(string), q[1:]...)
		if err != nil {
			return r, err
		}
		r.Campaigns = append(r.Campaigns, ids...)
	}
	slices.Sort(r.Campaigns)
	r.Campaigns = slices.Compact(r.Campaigns)
	return r, nil
}

// Forgotten returns the accounts that are kept out, in order of farm and number.
func (s *Store) Forgotten(ctx context.Context) ([]Forgotten, error) {
	all, err := collect(ctx, s.r, func(row scanner) (Forgotten, error) {
		var f Forgotten
		var since int64
		if err := row.Scan(&f.Farm, &f.Account, &since); err != nil {
			return f, err
		}
		f.Since = instant(since)
		return f, nil
	}, `SELECT farm, account, since FROM forgotten ORDER BY farm, account`)
	if err != nil {
		return nil, fmt.Errorf("read who is forgotten: %w", err)
	}
	return all, nil
}

// forgottenOf returns the accounts of a farm that are kept out. A Forget that
// runs at the same time waits for tx, or tx for it.
func forgottenOf(ctx context.Context, tx *sql.Tx, farm string) (map[int64]bool, error) {
	return set[int64](ctx, tx, `SELECT account FROM forgotten WHERE farm = ? /*! LOCK IN SHARE MODE */`, farm)
}

// forgottenNames returns the hashes of the names of a farm that are kept out.
func forgottenNames(ctx context.Context, tx *sql.Tx, farm string) (map[string]bool, error) {
	return set[string](ctx, tx, `SELECT hash FROM forgotten_names WHERE farm = ? /*! LOCK IN SHARE MODE */`, farm)
}
