package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"afterglow/retention"
)

// SetProgress saves how far a reading is, for whoever asks meanwhile.
func (s *Store) SetProgress(ctx context.Context, id string, read, total int) error {
	if _, err := s.w.ExecContext(ctx, `UPDATE campaigns SET pairs_read = ?, pairs_all = ? WHERE id = ?`, read, total, id); err != nil {
		return fmt.Errorf("save progress: %w", err)
	}
	return nil
}

// EndRefresh closes a reading at the given time. Its participants become
// measured, bots or not found, and the campaign becomes Ready with a new
// revision. It is complete up to the least mark of its people: of the stretches
// stored on the wikis that did not fail, and of what is known of where they
// edit. lastError is empty if everything was read. ErrNotFound.
func (s *Store) EndRefresh(ctx context.Context, id string, at time.Time, failed []string, lastError string) (Campaign, error) {
	var c Campaign
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := lockCampaign(ctx, tx, id); err != nil {
			return err
		}
		if err := settle(ctx, tx, id); err != nil {
			return err
		}
		read, err := wikisRead(ctx, tx, id)
		if err != nil {
			return err
		}
		read = slices.DeleteFunc(read, func(w string) bool { return slices.Contains(failed, w) })
		active, err := countActive(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := recount(ctx, tx, id, func(c *retention.Coverage) {
			c.Active = active
			c.Wikis, c.WikisFailed = read, append([]string{}, failed...)
			slices.Sort(c.WikisFailed)
		}); err != nil {
			return err
		}
		asOf, err := leastMark(ctx, tx, id, failed)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE campaigns SET state = ?, revision = revision + 1, last_error = ?, refreshed = ?,
			as_of = CASE WHEN ? > 0 THEN ? ELSE listed END, pairs_read = pairs_all, edit_rows = (SELECT `+inOrder+`COALESCE(SUM(w.edit_rows), 0)
				FROM participants p JOIN account_wikis w ON w.farm = p.farm AND w.account = p.account WHERE p.campaign = ? AND p.state = ?)
			WHERE id = ?`, Ready, clip(lastError, 1000), unix(at), asOf, asOf, id, Measured, id); err != nil {
			return err
		}
		c, err = scanCampaign(tx.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM campaigns WHERE id = ?`, id))
		return notFound(err, "campaign", id)
	})
	if err != nil {
		return c, fmt.Errorf("end a refresh: %w", err)
	}
	return c, nil
}

// FailRefresh notes why a reading ended without a result. A campaign that was
// Ready stays so.
func (s *Store) FailRefresh(ctx context.Context, id, reason string) error {
	_, err := s.w.ExecContext(ctx, `UPDATE campaigns SET last_error = ?, state = CASE WHEN state = ? THEN state ELSE ? END WHERE id = ?`,
		clip(reason, 1000), Ready, Failed, id)
	if err != nil {
		return fmt.Errorf("note a failure: %w", err)
	}
	return nil
}

// settle gives every participant whom the list shows the state that their account asks for.
func settle(ctx context.Context, tx *sql.Tx, id string) error {
	const ofAccount = ` FROM accounts a WHERE a.farm = participants.farm AND a.id = participants.account`
	_, err := tx.ExecContext(ctx, `UPDATE participants SET state = CASE
		WHEN EXISTS (SELECT 1`+ofAccount+` AND a.missing = 1) THEN ?
		WHEN EXISTS (SELECT 1`+ofAccount+` AND a.bot = 1) OR EXISTS (SELECT 1 FROM account_wikis w
			WHERE w.farm = participants.farm AND w.account = participants.account AND w.bot = 1) THEN ?
		ELSE ? END WHERE campaign = ? AND state NOT IN (?, ?)`, NotFound, Bot, Measured, id, Hidden, NotFound)
	if err != nil {
		return err
	}
	gone, err := accountsOf(ctx, tx, `campaign = ? AND state = ?`, id, NotFound)
	if err != nil {
		return err
	}
	return deleteOrphans(ctx, tx, gone)
}

// wikisRead returns the wikis on which a campaign's measured participants were read.
func wikisRead(ctx context.Context, q querier, id string) ([]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT DISTINCT `+inOrder+`w.wiki FROM participants p
		JOIN account_wikis w ON w.farm = p.farm AND w.account = p.account
		WHERE p.campaign = ? AND p.state = ? AND w.high_water > 0 ORDER BY w.wiki`, id, Measured)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	wikis := []string{}
	for rows.Next() {
		var w string
		if err := rows.Scan(&w); err != nil {
			return nil, err
		}
		wikis = append(wikis, w)
	}
	return wikis, rows.Err()
}

// countActive returns how many measured participants have an edit in the campaign.
func countActive(ctx context.Context, tx *sql.Tx, id string) (int, error) {
	var starts, ends int64
	if err := tx.QueryRowContext(ctx, `SELECT starts, ends FROM campaigns WHERE id = ?`, id).Scan(&starts, &ends); err != nil {
		return 0, notFound(err, "campaign", id)
	}
	rows, err := tx.QueryContext(ctx, `SELECT `+inOrder+`p.account, w.format, w.edits FROM participants p
		JOIN account_wikis w ON w.farm = p.farm AND w.account = p.account AND w.edit_rows > 0 AND w.high_water > ?
		WHERE p.campaign = ? AND p.state = ? ORDER BY p.account`, starts, id, Measured)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	active, last := 0, int64(0)
	for rows.Next() {
		var account int64
		var format int
		var packed sql.RawBytes
		if err := rows.Scan(&account, &format, &packed); err != nil {
			return 0, err
		}
		if account == last {
			continue // counted already
		}
		edits, err := unpack(packed, format)
		if err != nil {
			return 0, fmt.Errorf("edits of account %d: %w", account, err)
		}
		at, _ := slices.BinarySearchFunc(edits, starts, func(e retention.Edit, t int64) int { return cmp.Compare(e.Time, t) })
		if at < len(edits) && edits[at].Time < ends {
			active, last = active+1, account
		}
	}
	return active, rows.Err()
}

// leastMark returns up to when a campaign's people are complete, 0 if it has
// nobody to measure.
func leastMark(ctx context.Context, tx *sql.Tx, id string, failed []string) (int64, error) {
	except, args := "", []any{id, Measured}
	if len(failed) > 0 {
		in, wikis := among(failed)
		except, args = ` AND w.wiki NOT IN (`+in+`)`, append(args, wikis...)
	}
	var edits, reach sql.NullInt64
	if err := tx.QueryRowContext(ctx, `SELECT `+inOrder+`MIN(w.high_water) FROM participants p
		JOIN account_wikis w ON w.farm = p.farm AND w.account = p.account
		WHERE p.campaign = ? AND p.state = ? AND w.high_water > 0`+except, args...).Scan(&edits); err != nil {
		return 0, err
	}
	// Where someone edits was learned with their account, unless all wikis are read.
	if err := tx.QueryRowContext(ctx, `SELECT `+inOrder+`MIN(a.checked) FROM participants p JOIN accounts a ON a.farm = p.farm AND a.id = p.account
		WHERE p.campaign = ? AND p.state = ? AND a.reach <> ?`, id, Measured, ReachAll).Scan(&reach); err != nil {
		return 0, err
	}
	switch {
	case !edits.Valid:
		return reach.Int64, nil
	case !reach.Valid:
		return edits.Int64, nil
	}
	return min(edits.Int64, reach.Int64), nil
}
