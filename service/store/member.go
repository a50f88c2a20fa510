package store

import (
	"context"
	"fmt"
	"time"
)

// Member is a participant as a campaign's organizers see them.
type Member struct {
	Account    int64  // central id; negative for a name that is nobody's
	Name       string // empty for hidden accounts and ones that are gone
	State      ParticipantState
	Joined     time.Time
	Registered time.Time // zero: unknown
	HomeWiki   string    // empty: unknown
	Edits      int       // stored, on all wikis
	LastReadTo time.Time // the least mark of what was read; zero: nothing was
}

// maxMembers bounds a page of members.
const maxMembers = 1000

// Members returns up to limit (1 … 1000) participants with an account number
// above after, in that order.
func (s *Store) Members(ctx context.Context, id string, after int64, limit int) ([]Member, error) {
	if limit < 1 || limit > maxMembers {
		return nil, fmt.Errorf("list participants: limit %d is not 1 … %d: %w", limit, maxMembers, ErrInvalid)
	}
	members, err := collect(ctx, s.r, func(row scanner) (Member, error) {
		var m Member
		var joined, registered, readTo int64
		if err := row.Scan(&m.Account, &m.Name, &m.State, &joined, &registered, &m.HomeWiki, &m.Edits, &readTo); err != nil {
			return m, err
		}
		m.Joined, m.Registered, m.LastReadTo = instant(joined), instant(registered), instant(readTo)
		return m, nil
	}, `SELECT p.account, COALESCE(a.name, ''), p.state, p.joined, COALESCE(a.registered, 0), COALESCE(a.home_wiki, ''),
		(SELECT COALESCE(SUM(w.edit_rows), 0) FROM account_wikis w WHERE w.farm = p.farm AND w.account = p.account),
		(SELECT COALESCE(MIN(w.high_water), 0) FROM account_wikis w WHERE w.farm = p.farm AND w.account = p.account)
		FROM participants p LEFT JOIN accounts a ON a.farm = p.farm AND a.id = p.account
		WHERE p.campaign = ? AND p.account > ? ORDER BY p.account LIMIT ?`, id, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list participants: %w", err)
	}
	return members, nil
}
