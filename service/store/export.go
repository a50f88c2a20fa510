package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Exported is a participant's stored edits on one wiki.
type Exported struct {
	Account    int64
	Name       string
	State      ParticipantState
	Joined     time.Time
	Registered time.Time
	HomeWiki   string
	Wiki       string // empty for someone without stored edits
	Packed     []byte // see retention.Unpack; valid until the callback returns
}

// Export calls each for every participant of a campaign and every wiki with
// edits of theirs, by account number and wiki. It ends with the first error.
// ErrFormat: edits in a format that this version does not read.
func (s *Store) Export(ctx context.Context, id string, each func(Exported) error) error {
	err := s.readOnce(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT p.account, COALESCE(a.name, ''), p.state, p.joined, COALESCE(a.registered, 0), COALESCE(a.home_wiki, ''),
			COALESCE(w.wiki, ''), COALESCE(w.format, ?), w.edits FROM participants p
			LEFT JOIN accounts a ON a.farm = p.farm AND a.id = p.account
			LEFT JOIN account_wikis w ON w.farm = p.farm AND w.account = p.account AND w.edit_rows > 0
			WHERE p.campaign = ? ORDER BY p.account, w.wiki`, blobFormat, id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e Exported
			var joined, registered int64
			var format int
			var packed sql.RawBytes
			if err := rows.Scan(&e.Account, &e.Name, &e.State, &joined, &registered, &e.HomeWiki, &e.Wiki, &format, &packed); err != nil {
				return err
			}
			if format != blobFormat {
				return fmt.Errorf("account %d on %s: edits in format %d: %w", e.Account, e.Wiki, format, ErrFormat)
			}
			e.Joined, e.Registered, e.Packed = instant(joined), instant(registered), packed
			if len(packed) == 0 {
				e.Packed = noEdits()
			}
			if err := each(e); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		return fmt.Errorf("export %.100q: %w", id, err)
	}
	return nil
}
