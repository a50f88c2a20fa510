package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"afterglow/retention"
)

// Cohort loads a campaign's measured participants and their edits. ErrNotFound;
// ErrFormat or a *retention.FormatError: stored edits that cannot be read.
func (s *Store) Cohort(ctx context.Context, id string) (*retention.Cohort, error) {
	return s.CohortOn(ctx, id, nil)
}

// CohortOn is Cohort with the edits on some wikis only; nil: all.
func (s *Store) CohortOn(ctx context.Context, id string, wikis []string) (*retention.Cohort, error) {
	var cohort *retention.Cohort
	err := s.read(ctx, func(tx *sql.Tx) (err error) {
		cohort, err = loadCohort(ctx, tx, id, wikis)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("load the cohort of %.100q: %w", id, err)
	}
	return cohort, nil
}

func loadCohort(ctx context.Context, tx *sql.Tx, id string, only []string) (*retention.Cohort, error) {
	c, err := scanCampaign(tx.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM campaigns WHERE id = ?`, id))
	if err != nil {
		return nil, notFound(err, "campaign", id)
	}
	if err := countStates(ctx, tx, id, &c.Coverage); err != nil {
		return nil, err
	}
	if only != nil {
		c.Coverage.Wikis = slices.Sorted(slices.Values(only))
	}
	b := retention.NewBuilder(c.Campaign)
	b.SetCoverage(c.Coverage)
	b.SetCampaignWikis(c.Wikis)
	numbers, err := registerWikis(ctx, tx, b, c)
	numbers.only = only
	if err != nil {
		return nil, err
	}
	others, err := otherCampaigns(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	// Making room first builds the cohort without copying it as it grows.
	var edits int
	if err := tx.QueryRowContext(ctx, `SELECT edit_rows FROM campaigns WHERE id = ?`, id).Scan(&edits); err != nil {
		return nil, err
	}
	b.Grow(c.Coverage.Measured, edits)
	if err := addPeople(ctx, tx, b, c, numbers, others); err != nil {
		return nil, err
	}
	return b.Cohort()
}

// wikiNumbers gives wikis their numbers in a builder.
type wikiNumbers struct {
	b       *retention.Builder
	content map[string][]int // content namespaces of the farm's wikis
	numbers map[string]int
	only    []string // the wikis whose edits are wanted; nil: all
}

// registerWikis tells the builder of every wiki that was read.
func registerWikis(ctx context.Context, tx *sql.Tx, b *retention.Builder, c Campaign) (wikiNumbers, error) {
	n := wikiNumbers{b: b, content: map[string][]int{}, numbers: map[string]int{}}
	known, err := wikisOf(ctx, tx, c.Farm)
	if err != nil {
		return n, err
	}
	for _, w := range known {
		n.content[w.Name] = w.ContentNamespaces
	}
	for _, name := range c.Coverage.Wikis {
		n.number([]byte(name))
	}
	return n, nil
}

// number registers wikis that only the present reading has come to, or that
// failed this time and have edits from before.
func (n wikiNumbers) number(name []byte) int {
	i, ok := n.numbers[string(name)]
	if !ok {
		i = n.b.Wiki(string(name), n.content[string(name)])
		n.numbers[string(name)] = i
	}
	return i
}

// membership is what other tracked campaigns say of a participant.
type membership struct {
	repeat bool
	later  []retention.Span
}

// otherCampaigns returns, for each account of the campaign that is in other
// campaigns of its farm, whether one started earlier, and the spans of those
// that start later. Most people are in none, so it is small.
func otherCampaigns(ctx context.Context, tx *sql.Tx, c Campaign) (map[int64]membership, error) {
	rows, err := tx.QueryContext(ctx, `SELECT o.account, x.starts, x.ends FROM participants p
		JOIN participants o ON o.farm = p.farm AND o.account = p.account AND o.campaign <> p.campaign
		JOIN campaigns x ON x.id = o.campaign
		WHERE p.campaign = ? AND p.state = ? AND x.starts <> ? ORDER BY o.account, x.starts, x.ends`,
		c.ID, Measured, unix(c.Start))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	others := map[int64]membership{}
	for rows.Next() {
		var account, starts, ends int64
		if err := rows.Scan(&account, &starts, &ends); err != nil {
			return nil, err
		}
		m := others[account]
		if starts < unix(c.Start) {
			m.repeat = true
		} else {
			m.later = append(m.later, retention.Span{Start: starts, End: ends})
		}
		others[account] = m
	}
	return others, rows.Err()
}

// addPeople streams the participants in order, each with a row for every wiki.
func addPeople(ctx context.Context, tx *sql.Tx, b *retention.Builder, c Campaign, numbers wikiNumbers, others map[int64]membership) error {
	rows, err := tx.QueryContext(ctx, `SELECT p.account, p.joined, a.registered, a.home_wiki, w.wiki, w.format, w.edits FROM participants p
		JOIN accounts a ON a.farm = p.farm AND a.id = p.account
		LEFT JOIN account_wikis w ON w.farm = p.farm AND w.account = p.account AND w.edit_rows > 0
		WHERE p.campaign = ? AND p.state = ? ORDER BY p.account, w.wiki`, c.ID, Measured)
	if err != nil {
		return err
	}
	defer rows.Close()
	var last int64
	for rows.Next() {
		// RawBytes lend the driver's memory until the next row.
		var account, joined, registered int64
		var home, wiki, edits sql.RawBytes
		var format sql.NullInt64
		if err := rows.Scan(&account, &joined, &registered, &home, &wiki, &format, &edits); err != nil {
			return err
		}
		if account != last {
			last = account
			m := others[account]
			b.Add(retention.Participant{
				Key: retention.PersonKey{Farm: c.Farm, ID: account}, Joined: joined, Registered: registered,
				HomeWiki: string(home), Repeat: m.repeat, Later: m.later,
			})
		}
		if len(edits) == 0 || numbers.only != nil && !slices.Contains(numbers.only, string(wiki)) {
			continue
		}
		if format.Int64 != blobFormat {
			return fmt.Errorf("edits of account %d on %s are in format %d: %w", account, wiki, format.Int64, ErrFormat)
		}
		if err := b.AddEdits(numbers.number(wiki), edits); err != nil {
			return fmt.Errorf("edits of account %d on %s: %w", account, wiki, err)
		}
	}
	return rows.Err()
}
