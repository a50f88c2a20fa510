package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"afterglow/retention"
)

// ParticipantState says whether a participant is counted.
type ParticipantState string

// States of a participant. Only measured ones are in a cohort.
const (
	Pending  ParticipantState = "pending"   // not read yet: in no figure
	Measured ParticipantState = "measured"  // edits read
	Hidden   ParticipantState = "hidden"    // suppressed
	NotFound ParticipantState = "not_found" // the account is gone, or never was
	Bot      ParticipantState = "bot"       // member of a bot group
)

// Participant is one entry of a campaign's list.
type Participant struct {
	Account int64  // central id; negative for a name that is nobody's
	Name    string // empty if Hidden or NotFound
	Joined  time.Time
	State   ParticipantState // Pending, Hidden or NotFound: what the list says
	// Place in the list, by which it can be gone on with; 0: it cannot.
	Place int64
}

// BeginList starts a reading of a campaign's list and returns its number, for
// SaveParticipants and EndList. ErrNotFound.
func (s *Store) BeginList(ctx context.Context, id string) (listing int64, err error) {
	listing, _, err = s.ResumeList(ctx, id, time.Time{})
	return listing, err
}

// ResumeList goes on with a listing that was begun at since or later and did not
// end: it returns its number and the Place of the last participant saved. Where
// there is none it begins one, whose place is 0. A zero since begins one always.
func (s *Store) ResumeList(ctx context.Context, id string, since time.Time) (listing, place int64, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		var began int64
		if err := tx.QueryRowContext(ctx, `SELECT listing, list_began, list_place FROM campaigns WHERE id = ? /*! FOR UPDATE */`, id).Scan(&listing, &began, &place); err != nil {
			return err
		}
		if since.IsZero() || began < unix(since) {
			listing, began, place = listing+1, s.now().Unix(), 0
		}
		_, err := tx.ExecContext(ctx, `UPDATE campaigns SET listing = ?, list_began = ?, list_place = ?, pairs_read = 0, pairs_all = 0,
			state = CASE WHEN state = ? OR state = ? THEN ? ELSE state END WHERE id = ?`, listing, began, place, New, Failed, Measuring, id)
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("begin a list: %w", notFound(err, "campaign", id))
	}
	return listing, place, nil
}

// SaveParticipants saves a part of a list. Someone new is Pending until
// EndRefresh; someone measured before stays so unless the list says otherwise.
// A number seen twice in a listing keeps its first time. Whoever is forgotten
// (see Forget) is passed over.
func (s *Store) SaveParticipants(ctx context.Context, id string, listing int64, people []Participant) error {
	err := s.write(ctx, func(tx *sql.Tx) error {
		var farm string
		if err := tx.QueryRowContext(ctx, `SELECT farm FROM campaigns WHERE id = ? /*! FOR UPDATE */`, id).Scan(&farm); err != nil {
			return notFound(err, "campaign", id)
		}
		gone, err := forgottenOf(ctx, tx, farm)
		if err != nil {
			return err
		}
		kept := slices.DeleteFunc(slices.Clone(people), func(p Participant) bool { return gone[p.Account] })
		for some := range slices.Chunk(kept, rowsAtOnce) {
			if err := s.saveParticipants(ctx, tx, id, farm, listing, some); err != nil {
				return err
			}
		}
		if len(people) == 0 {
			return nil
		}
		_, err = tx.ExecContext(ctx, `UPDATE campaigns SET list_place = ? WHERE id = ? AND listing = ?`, people[len(people)-1].Place, id, listing)
		return err
	})
	if err != nil {
		return fmt.Errorf("save participants: %w", err)
	}
	return nil
}

var (
	participantKeys    = []string{"campaign", "account"}
	participantColumns = []string{"farm", "joined", "state", "listing"}
)

func (s *Store) saveParticipants(ctx context.Context, tx *sql.Tx, id, farm string, listing int64, people []Participant) error {
	numbers := make([]int64, len(people))
	for i, p := range people {
		if p.Account == 0 {
			return fmt.Errorf("a participant without a number: %w", ErrInvalid)
		}
		numbers[i] = p.Account
	}
	states, err := participantStates(ctx, tx, id, numbers)
	if err != nil {
		return err
	}
	var rows, accounts [][]any
	var hidden []int64
	at := map[int64]int{} // where an account's row is
	for _, p := range people {
		state, known := states[p.Account]
		if !known || p.State != Pending || state == Hidden || state == NotFound {
			state = p.State
		}
		states[p.Account] = state
		if i, twice := at[p.Account]; twice {
			rows[i][4] = state
		} else {
			at[p.Account] = len(rows)
			rows = append(rows, []any{id, p.Account, farm, unix(p.Joined), state, listing})
		}
		switch {
		case p.Account < 0:
		case p.State == Pending:
			accounts = append(accounts, []any{farm, p.Account, p.Name, 0, "", 0, false, false, ReachUnknown, 0})
		default:
			hidden = append(hidden, p.Account)
		}
	}
	// Columns are set in this order: joined while listing is still the old one.
	set := "state = " + s.d.given("state") + ", joined = CASE WHEN participants.listing = " + s.d.given("listing") +
		" THEN participants.joined ELSE " + s.d.given("joined") + " END, listing = " + s.d.given("listing")
	if err := s.insertAll(ctx, tx, "participants", participantKeys, participantColumns, set, rows); err != nil {
		return err
	}
	if err := s.insertAll(ctx, tx, "accounts", accountKeys, accountColumns, s.assignments("accounts", accountKeys, nil), accounts); err != nil {
		return err
	}
	return hideAccounts(ctx, tx, farm, hidden)
}

// participantStates returns the states of those accounts that are on the list.
func participantStates(ctx context.Context, tx *sql.Tx, id string, accounts []int64) (map[int64]ParticipantState, error) {
	in, args := among(accounts)
	return table[int64, ParticipantState](ctx, tx, `SELECT account, state FROM participants WHERE campaign = ? AND account IN (`+in+`)`, append([]any{id}, args...)...)
}

// EndList closes a listing that was read to its end at the given time: whoever it
// did not show has left the campaign, and their edits go where no other campaign
// holds them. It returns how many are on the list and how many left.
func (s *Store) EndList(ctx context.Context, id string, listing int64, at time.Time) (people, left int, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		if err := lockCampaign(ctx, tx, id); err != nil {
			return err
		}
		gone, err := accountsOf(ctx, tx, `campaign = ? AND listing < ?`, id, listing)
		if err != nil {
			return err
		}
		hidden, err := accountsOf(ctx, tx, `campaign = ? AND state IN (?, ?)`, id, Hidden, NotFound)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM participants WHERE campaign = ? AND listing < ?`, id, listing); err != nil {
			return err
		}
		if err := deleteOrphans(ctx, tx, append(gone, hidden...)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE campaigns SET listed = ?, list_began = 0, list_place = 0 WHERE id = ?`, unix(at), id); err != nil {
			return err
		}
		left = len(gone)
		if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM participants WHERE campaign = ?`, id).Scan(&people); err != nil {
			return err
		}
		return recount(ctx, tx, id, nil)
	})
	if err != nil {
		return 0, 0, fmt.Errorf("end a list: %w", err)
	}
	return people, left, nil
}

// CountParticipants returns how many are on a campaign's list.
func (s *Store) CountParticipants(ctx context.Context, id string) (n int, err error) {
	if err := s.r.QueryRowContext(ctx, `SELECT COUNT(*) FROM participants WHERE campaign = ?`, id).Scan(&n); err != nil {
		return 0, fmt.Errorf("count participants: %w", err)
	}
	return n, nil
}

// ParticipantIDs returns the account numbers of everyone on a campaign's list.
func (s *Store) ParticipantIDs(ctx context.Context, id string) (map[int64]bool, error) {
	ids, err := set[int64](ctx, s.r, `SELECT account FROM participants WHERE campaign = ?`, id)
	if err != nil {
		return nil, fmt.Errorf("read participants: %w", err)
	}
	return ids, nil
}

// person is the key of an account.
type person struct {
	farm string
	id   int64
}

// accountsOf returns the accounts of the participants that fulfil a condition.
func accountsOf(ctx context.Context, tx *sql.Tx, where string, args ...any) ([]person, error) {
	return collect(ctx, tx, func(row scanner) (person, error) {
		var p person
		if err := row.Scan(&p.farm, &p.id); err != nil {
			return p, err
		}
		return p, nil
	}, `SELECT farm, account FROM participants WHERE account > 0 AND `+where, args...) //nolint:gosec // conditions of this package
}

// deleteOrphans deletes the edits of those people whom no campaign holds any more, and
// all that is known of those who are on no list.
func deleteOrphans(ctx context.Context, tx *sql.Tx, people []person) error {
	byFarm := map[string][]int64{}
	for _, p := range people {
		byFarm[p.farm] = append(byFarm[p.farm], p.id)
	}
	for _, farm := range slices.Sorted(maps.Keys(byFarm)) {
		for some := range slices.Chunk(slices.Sorted(slices.Values(byFarm[farm])), rowsAtOnce) {
			if err := deleteOrphansOf(ctx, tx, farm, some); err != nil {
				return err
			}
		}
	}
	return nil
}

func deleteOrphansOf(ctx context.Context, tx *sql.Tx, farm string, ids []int64) error {
	in, args := among(ids)
	args = append([]any{farm}, args...)
	for _, d := range []struct {
		table, column, held string
		args                []any
	}{
		{"account_wikis", "account", " AND p.state NOT IN (?, ?)", []any{Hidden, NotFound}},
		{"pair_leases", "account", "", nil},
		{"accounts", "id", "", nil},
	} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+d.table+` WHERE farm = ? AND `+d.column+` IN (`+in+`) AND NOT EXISTS `+ //nolint:gosec // names of this function
			`(SELECT 1 FROM participants p WHERE p.farm = `+d.table+`.farm AND p.account = `+d.table+`.`+d.column+d.held+`)`,
			slices.Concat(args, d.args)...); err != nil {
			return err
		}
	}
	return nil
}

// recount sets a campaign's coverage to the states of its participants, after
// change has made other changes to it, and gives it a new revision if it differs.
func recount(ctx context.Context, tx *sql.Tx, id string, change func(*retention.Coverage)) error {
	var before string
	if err := tx.QueryRowContext(ctx, `SELECT coverage FROM campaigns WHERE id = ? /*! FOR UPDATE */`, id).Scan(&before); err != nil {
		return notFound(err, "campaign", id)
	}
	var c retention.Coverage
	if err := json.Unmarshal([]byte(before), &c); err != nil {
		return fmt.Errorf("coverage of %s: %w: %w", id, ErrFormat, err)
	}
	if err := countStates(ctx, tx, id, &c); err != nil {
		return err
	}
	c.Active = min(c.Active, c.Measured)
	if change != nil {
		change(&c)
	}
	after, err := json.Marshal(c)
	if err != nil || string(after) == before {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE campaigns SET coverage = ?, revision = revision + 1 WHERE id = ?`, string(after), id)
	return err
}

// countStates sets the numbers of people in c. Pending ones are in none of them.
func countStates(ctx context.Context, q querier, id string, c *retention.Coverage) error {
	rows, err := q.QueryContext(ctx, `SELECT state, COUNT(*) FROM participants WHERE campaign = ? GROUP BY state`, id)
	if err != nil {
		return err
	}
	defer rows.Close()
	c.Participants, c.Measured, c.Hidden, c.NotFound, c.Bots = 0, 0, 0, 0, 0
	for rows.Next() {
		var state ParticipantState
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return err
		}
		switch state {
		case Measured:
			c.Measured = n
		case Hidden:
			c.Hidden = n
		case NotFound:
			c.NotFound = n
		case Bot:
			c.Bots = n
		case Pending:
			continue
		}
		c.Participants += n
	}
	return rows.Err()
}
