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
	var edits int
	if err := tx.QueryRowContext(ctx, `SELECT edit_rows FROM campaigns WHERE id = ?`, id).Scan(&edits); err != nil {
		return nil, err
	}
	err = streamRows(ctx, tx, id, func() {
		// Making room first builds the cohort without copying it as it grows.
		b.Grow(c.Coverage.Measured, edits)
	}, adder(b, c.Farm, numbers, others))
	if err != nil {
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
		n.number(name)
	}
	return n, nil
}

// number registers wikis that only the present reading has come to, or that
// failed this time and have edits from before.
func (n wikiNumbers) number(name string) int {
	i, ok := n.numbers[name]
	if !ok {
		i = n.b.Wiki(name, n.content[name])
		n.numbers[name] = i
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
	rows, err := tx.QueryContext(ctx, `SELECT `+inOrder+`o.account, x.starts, x.ends FROM participants p
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

// adder returns a function that adds the rows of a cohort, in order, to a builder.
func adder(b *retention.Builder, farm string, numbers wikiNumbers, others map[int64]membership) func(*cohortRow) error {
	var last int64
	return func(r *cohortRow) error {
		if r.account != last {
			last = r.account
			m := others[r.account]
			b.Add(retention.Participant{
				Key: retention.PersonKey{Farm: farm, ID: r.account}, Joined: r.joined, Registered: r.registered,
				HomeWiki: r.home, Repeat: m.repeat, Later: m.later,
			})
		}
		if len(r.edits) == 0 || numbers.only != nil && !slices.Contains(numbers.only, r.wiki) {
			return nil
		}
		if r.format != blobFormat {
			return fmt.Errorf("edits of account %d on %s are in format %d: %w", r.account, r.wiki, r.format, ErrFormat)
		}
		if err := b.AddEdits(numbers.number(r.wiki), r.edits); err != nil {
			return fmt.Errorf("edits of account %d on %s: %w", r.account, r.wiki, err)
		}
		return nil
	}
}
