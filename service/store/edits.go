package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"afterglow/retention"
)

// Pair is an account on a wiki, and which of its edits are stored: those in
// [From, HighWater), all of them. Both are zero where nothing was read.
type Pair struct {
	Account         int64
	Name            string
	From, HighWater time.Time
	Bot             bool      // it was in the wiki's group bot at BotSeen
	BotSeen         time.Time // zero: never
	Rows            int       // edits stored
	// EditCount is how many edits the wiki counted when the account was last read up
	// to the present, deleted ones included; -1: not known.
	EditCount int
	// Expected says that the account's own record names the wiki among those where it edits.
	Expected bool
}

var (
	pairKeys    = []string{"farm", "account", "wiki"}
	pairColumns = []string{"read_from", "high_water", "bot", "bot_seen", "edit_rows", "format", "edits", "edit_count"}
)

// blobFormat says how edits are written: as retention.Pack does, whose own
// version is their first byte.
const blobFormat = 1

// readable is the condition on accounts a that edits are read of them, and countable
// that on participants p and their accounts a.
const (
	readable  = `a.missing = 0 AND a.bot = 0`
	countable = `p.state NOT IN ('hidden', 'not_found') AND ` + readable
)

// PairWikis returns how many pairs of a campaign's countable participants there are by wiki.
func (s *Store) PairWikis(ctx context.Context, id string) (map[string]int, error) {
	wikis, err := table[string, int](ctx, s.r, `SELECT `+inOrder+`w.wiki, COUNT(*) FROM participants p
		JOIN accounts a ON a.farm = p.farm AND a.id = p.account
		JOIN account_wikis w ON w.farm = p.farm AND w.account = p.account
		WHERE p.campaign = ? AND `+countable+` GROUP BY w.wiki`, id)
	if err != nil {
		return nil, fmt.Errorf("read the wikis of a campaign: %w", err)
	}
	return wikis, nil
}

// pairOf are the columns of a Pair, of accounts a and account_wikis w; see scanPair.
const pairOf = `a.id, a.name, w.read_from, w.high_water, w.bot, w.bot_seen, w.edit_rows, w.edit_count, a.reach = 'local'`

func scanPair(row scanner) (Pair, error) {
	var p Pair
	var from, highWater, seen int64
	if err := row.Scan(&p.Account, &p.Name, &from, &highWater, &p.Bot, &seen, &p.Rows, &p.EditCount, &p.Expected); err != nil {
		return p, err
	}
	p.From, p.HighWater, p.BotSeen = instant(from), instant(highWater), instant(seen)
	return p, nil
}

// Pairs returns the pairs of a campaign's countable participants on a wiki, by account.
func (s *Store) Pairs(ctx context.Context, id, wiki string) ([]Pair, error) {
	pairs, err := collect(ctx, s.r, scanPair, `SELECT `+inOrder+pairOf+` FROM participants p
		JOIN accounts a ON a.farm = p.farm AND a.id = p.account
		JOIN account_wikis w ON w.farm = p.farm AND w.account = p.account AND w.wiki = ?
		WHERE p.campaign = ? AND `+countable+` ORDER BY a.id`, wiki, id)
	if err != nil {
		return nil, fmt.Errorf("read the people of a campaign on %s: %w", wiki, err)
	}
	return pairs, nil
}

// PairsOf returns the pairs of accounts on a wiki whose edits may be read, by account,
// for up to 500 accounts.
func (s *Store) PairsOf(ctx context.Context, farm, wiki string, accounts []int64) ([]Pair, error) {
	if len(accounts) == 0 {
		return nil, nil
	}
	in, args := among(accounts)
	pairs, err := collect(ctx, s.r, scanPair, `SELECT `+inOrder+pairOf+` FROM account_wikis w JOIN accounts a ON a.farm = w.farm AND a.id = w.account
		WHERE w.farm = ? AND w.account IN (`+in+`) AND w.wiki = ? AND `+readable+` ORDER BY a.id`, append(append([]any{farm}, args...), wiki)...)
	if err != nil {
		return nil, fmt.Errorf("read accounts on %s: %w", wiki, err)
	}
	return pairs, nil
}

// Batch is edits of several accounts on one wiki, read together.
type Batch struct {
	Farm, Wiki string
	// From and To bound what was read: every edit in [From, To), and no other.
	From, To time.Time
	Accounts []AccountEdits
}

// AccountEdits is one account of a batch.
type AccountEdits struct {
	Account int64
	Packed  []byte // retention.Pack of its edits in the batch's stretch
	// EditCount is Pair's, if the batch was read up to the present; -1: it was not, or
	// it is not known, and what is stored stays.
	EditCount int
	// Bot says that the account is in the wiki's group bot. Its edits are not
	// kept, and its stretch stays as it was.
	Bot bool
}

// ReadAgain forgets up to when accounts were read on a wiki, so that they are read
// from the beginning. Their edits stay until then.
func (s *Store) ReadAgain(ctx context.Context, farm, wiki string, accounts []int64) error {
	for some := range slices.Chunk(accounts, rowsAtOnce) {
		in, args := among(some)
		_, err := s.w.ExecContext(ctx, `UPDATE account_wikis SET read_from = 0, high_water = 0, edit_count = -1 `+ //nolint:gosec // question marks
			`WHERE farm = ? AND account IN (`+in+`) AND wiki = ?`, append(append([]any{farm}, args...), wiki)...)
		if err != nil {
			return fmt.Errorf("have people read again on %s: %w", wiki, err)
		}
	}
	return nil
}

// SaveEdits saves a batch, whole or not at all. Stored edits inside the batch's
// stretch are replaced, those outside stay, and the stretch stored grows to hold
// both. Accounts that were deleted meanwhile are passed over. ErrGap: the
// stretches do not touch. A *retention.FormatError: edits that cannot be read.
func (s *Store) SaveEdits(ctx context.Context, b Batch) error {
	if from, to := unix(b.From), unix(b.To); from <= 0 || to <= from {
		return fmt.Errorf("save edits on %s: the stretch %s to %s: %w", b.Wiki, b.From, b.To, ErrInvalid)
	}
	err := s.write(ctx, func(tx *sql.Tx) error {
		for some := range slices.Chunk(b.Accounts, rowsAtOnce) {
			if err := s.saveEdits(ctx, tx, b, some); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save edits on %s: %w", b.Wiki, err)
	}
	return nil
}

// stretch is what is stored of an account on a wiki.
type stretch struct {
	from, to int64 // 0: nothing
	rows     int
	format   int
	edits    []byte
	count    int  // Pair.EditCount
	saved    bool // by this batch
}

func (s *Store) saveEdits(ctx context.Context, tx *sql.Tx, b Batch, accounts []AccountEdits) error {
	stored, err := stretches(ctx, tx, b, accounts)
	if err != nil {
		return err
	}
	st := prepare(tx)
	for _, a := range accounts {
		old, ok := stored[a.Account]
		switch {
		case !ok:
		case a.Bot:
			if _, err := st.exec(ctx, `UPDATE account_wikis SET bot = 1, bot_seen = ? WHERE farm = ? AND account = ? AND wiki = ?`,
				unix(b.To), b.Farm, a.Account, b.Wiki); err != nil {
				return err
			}
		default:
			if err := old.put(unix(b.From), unix(b.To), a.Packed); err != nil {
				return fmt.Errorf("account %d: %w", a.Account, err)
			}
			if a.EditCount >= 0 {
				old.count = a.EditCount
			}
		}
	}
	var rows [][]any
	for _, account := range slices.Sorted(maps.Keys(stored)) {
		if n := stored[account]; n.saved {
			rows = append(rows, []any{b.Farm, account, b.Wiki, n.from, n.to, false, 0, n.rows, n.format, n.edits, n.count})
		}
	}
	return s.insertAll(ctx, tx, "account_wikis", pairKeys, pairColumns, s.assignments("account_wikis", pairKeys, pairColumns), rows)
}

// stretches returns what is stored of a batch's accounts, and holds it.
func stretches(ctx context.Context, tx *sql.Tx, b Batch, accounts []AccountEdits) (map[int64]*stretch, error) {
	numbers := make([]int64, len(accounts))
	for i, a := range accounts {
		numbers[i] = a.Account
	}
	in, args := among(numbers)
	rows, err := tx.QueryContext(ctx, `SELECT account, read_from, high_water, edit_rows, format, edits, edit_count FROM account_wikis `+ //nolint:gosec // question marks
		`WHERE farm = ? AND account IN (`+in+`) AND wiki = ? /*! FOR UPDATE */`, append(append([]any{b.Farm}, args...), b.Wiki)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	stored := map[int64]*stretch{}
	for rows.Next() {
		var account int64
		var n stretch
		if err := rows.Scan(&account, &n.from, &n.to, &n.rows, &n.format, &n.edits, &n.count); err != nil {
			return nil, err
		}
		stored[account] = &n
	}
	return stored, rows.Err()
}

// put replaces the edits in [from, to) with those just read.
func (n *stretch) put(from, to int64, packed []byte) (err error) {
	newFrom, newTo := from, to
	if n.to > 0 {
		if from > n.to || to < n.from {
			return fmt.Errorf("stored %d to %d, read %d to %d: %w", n.from, n.to, from, to, ErrGap)
		}
		newFrom, newTo = min(from, n.from), max(to, n.to)
		if n.from < from || n.to > to {
			if packed, err = replaceEdits(n.edits, n.format, packed, from, to); err != nil {
				return err
			}
		}
	}
	edits, err := retention.Unpack(packed)
	if err != nil {
		return err
	}
	*n = stretch{from: newFrom, to: newTo, rows: len(edits), format: blobFormat, edits: packed, count: n.count, saved: true}
	return nil
}

// replaceEdits returns the old edits with those in [from, to) replaced.
func replaceEdits(old []byte, format int, packed []byte, from, to int64) ([]byte, error) {
	kept, err := unpack(old, format)
	if err != nil {
		return nil, err
	}
	kept = slices.DeleteFunc(kept, func(e retention.Edit) bool { return e.Time >= from && e.Time < to })
	read, err := retention.Unpack(packed)
	if err != nil {
		return nil, err
	}
	return retention.Pack(append(kept, read...))
}

// unpack reads a stored blob. An empty one, of a pair never read, has no edits.
func unpack(blob []byte, format int) ([]retention.Edit, error) {
	switch {
	case len(blob) == 0:
		return nil, nil
	case format != blobFormat:
		return nil, fmt.Errorf("edits in format %d: %w", format, ErrFormat)
	}
	return retention.Unpack(blob)
}

// EditsByWiki returns how many edits of a campaign's measured participants are
// stored for each wiki that has any.
func (s *Store) EditsByWiki(ctx context.Context, id string) (map[string]int, error) {
	edits, err := table[string, int](ctx, s.r, `SELECT `+inOrder+`w.wiki, SUM(w.edit_rows) FROM participants p
		JOIN account_wikis w ON w.farm = p.farm AND w.account = p.account AND w.edit_rows > 0
		WHERE p.campaign = ? AND p.state = ? GROUP BY w.wiki`, id, Measured)
	if err != nil {
		return nil, fmt.Errorf("count edits: %w", err)
	}
	return edits, nil
}

// noEdits is retention.Pack of nothing.
func noEdits() []byte {
	packed, err := retention.Pack(nil)
	if err != nil {
		panic(err) // it cannot fail without edits
	}
	return packed
}
