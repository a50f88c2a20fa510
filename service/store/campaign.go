package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"afterglow/retention"
)

// State says how far a campaign is.
type State string

// States of a campaign.
const (
	New       State = "new"       // tracked, never read
	Measuring State = "measuring" // being read for the first time
	Ready     State = "ready"     // its figures can be shown
	Failed    State = "failed"    // the first reading failed; LastError says why
)

// Campaign is a tracked campaign and how far its data is.
type Campaign struct {
	retention.Campaign
	Farm     string   // name of the wikis that share its accounts
	Wikis    []string // the registration's own list of database names; nil or ["*"] is none
	Timezone string   // as the wiki gave it
	State    State
	Frozen   string // why its figures no longer change; empty: they do
	// Revision grows whenever what can be shown of the campaign changes.
	Revision int64
	// AsOf is the time up to which the data is complete; zero before the first reading.
	AsOf     time.Time
	Coverage retention.Coverage
	// Read of Total says how far the present or last reading is, in pairs of a
	// person and a wiki (people while the list is being read).
	Read, Total int
	LastError   string    // of the last reading; empty if it succeeded
	Refreshed   time.Time // when the last reading was saved
	Listed      time.Time // when its list of participants was last read to the end
	MadeUp      bool      // the people are made up
}

const campaignColumns = `id, farm, kind, wiki, event, page, url, title, starts, ends, timezone, wikis, state, frozen,
	revision, as_of, coverage, pairs_read, pairs_all, last_error, refreshed, listed, made_up`

func scanCampaign(row scanner) (Campaign, error) {
	var c Campaign
	var starts, ends, asOf, refreshed, listed int64
	var wikis, coverage string
	err := row.Scan(&c.ID, &c.Farm, &c.Source.Kind, &c.Source.Wiki, &c.Source.Event, &c.Source.Page, &c.Source.URL, &c.Title,
		&starts, &ends, &c.Timezone, &wikis, &c.State, &c.Frozen,
		&c.Revision, &asOf, &coverage, &c.Read, &c.Total, &c.LastError, &refreshed, &listed, &c.MadeUp)
	if err != nil {
		return c, err
	}
	c.Start, c.End = instant(starts), instant(ends)
	c.AsOf, c.Refreshed, c.Listed = instant(asOf), instant(refreshed), instant(listed)
	if err := errors.Join(json.Unmarshal([]byte(wikis), &c.Wikis), json.Unmarshal([]byte(coverage), &c.Coverage)); err != nil {
		return c, fmt.Errorf("campaign %s: %w: %w", c.ID, ErrFormat, err)
	}
	return c, nil
}

// Campaign returns a campaign, or ErrNotFound.
func (s *Store) Campaign(ctx context.Context, id string) (Campaign, error) {
	c, err := scanCampaign(s.r.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM campaigns WHERE id = ?`, id))
	if err != nil {
		return c, fmt.Errorf("read a campaign: %w", notFound(err, "campaign", id))
	}
	return c, nil
}

// lockCampaign makes others who write to the campaign wait until tx ends.
func lockCampaign(ctx context.Context, tx *sql.Tx, id string) error {
	var one int
	return notFound(tx.QueryRowContext(ctx, `SELECT 1 FROM campaigns WHERE id = ? /*! FOR UPDATE */`, id).Scan(&one), "campaign", id)
}

// FindEvent returns the campaign of an event by any wiki of its farm, or ErrNotFound.
func (s *Store) FindEvent(ctx context.Context, wiki string, event int64) (Campaign, error) {
	c, err := scanCampaign(s.r.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM campaigns
		WHERE event = ? AND kind = 'event' AND farm IN (SELECT farm FROM wikis WHERE name = ?) ORDER BY id LIMIT 1`, event, wiki))
	if err != nil {
		return c, fmt.Errorf("find an event: %w", notFound(err, "event", fmt.Sprintf("%s-%d", wiki, event)))
	}
	return c, nil
}

// SaveCampaign adds a campaign or updates what its source says of it: title,
// dates, zone, page, wikis, frozen, made up. What readings left stays. If the
// dates change, figures computed by the old ones go. It returns the campaign as
// stored. ErrExists: the id belongs to another farm or another kind of campaign.
func (s *Store) SaveCampaign(ctx context.Context, c Campaign) (Campaign, error) {
	return s.putCampaign(ctx, c, addOrUpdate)
}

// AddCampaign is SaveCampaign for a campaign that must not be there yet. Of two
// who add one at once the second gets ErrExists.
func (s *Store) AddCampaign(ctx context.Context, c Campaign) (Campaign, error) {
	return s.putCampaign(ctx, c, addOnly)
}

// UpdateCampaign is SaveCampaign for a campaign that was read before: one that
// was deleted meanwhile does not come back, but is ErrNotFound.
func (s *Store) UpdateCampaign(ctx context.Context, c Campaign) (Campaign, error) {
	return s.putCampaign(ctx, c, updateOnly)
}

// putting says whether a campaign that is saved may or must be there.
type putting int

const (
	addOrUpdate putting = iota
	addOnly
	updateOnly
)

func (s *Store) putCampaign(ctx context.Context, c Campaign, how putting) (Campaign, error) {
	var saved Campaign
	err := s.write(ctx, func(tx *sql.Tx) (err error) {
		saved, err = s.saveCampaign(ctx, tx, c, how)
		return err
	})
	if err != nil {
		return saved, fmt.Errorf("save campaign %.100q: %w", c.ID, err)
	}
	return saved, nil
}

func (s *Store) saveCampaign(ctx context.Context, tx *sql.Tx, c Campaign, how putting) (Campaign, error) {
	if err := c.check(); err != nil {
		return c, err
	}
	old, err := scanCampaign(tx.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM campaigns WHERE id = ? /*! FOR UPDATE */`, c.ID))
	isNew := errors.Is(err, sql.ErrNoRows)
	switch {
	case isNew && how == updateOnly:
		return c, notFound(err, "campaign", c.ID)
	case isNew:
		old = Campaign{State: New, Coverage: retention.Coverage{Wikis: []string{}, WikisFailed: []string{}}}
	case err != nil:
		return c, err
	case how == addOnly:
		return c, ErrExists
	case old.Farm != c.Farm || old.Source.Kind != c.Source.Kind:
		return c, fmt.Errorf("it is a campaign of %s: %w", old.Farm, ErrExists)
	}
	revision := old.Revision
	moved := !old.Start.Equal(c.Start) || !old.End.Equal(c.End)
	if isNew || moved || old.Title != c.Title || old.Frozen != c.Frozen || old.Source != c.Source ||
		strings.Join(old.Wikis, "|") != strings.Join(c.Wikis, "|") {
		revision++
	}
	wikis, err := json.Marshal(c.Wikis)
	if err != nil {
		return c, err
	}
	coverage, err := json.Marshal(old.Coverage)
	if err != nil {
		return c, err
	}
	described := []string{"page", "url", "title", "title_key", "starts", "ends", "timezone", "wikis", "frozen", "revision", "made_up"}
	columns := append([]string{"farm", "kind", "wiki", "event", "state", "as_of", "coverage", "pairs_read", "pairs_all",
		"last_error", "refreshed", "edit_rows", "listing", "listed", "list_began", "list_place"}, described...)
	if _, err := tx.ExecContext(ctx, s.insert("campaigns", []string{"id"}, columns, described), c.ID,
		c.Farm, c.Source.Kind, c.Source.Wiki, c.Source.Event, New, 0, string(coverage), 0, 0, "", 0, 0, 0, 0, 0, 0,
		c.Source.Page, c.Source.URL, c.Title, titleKey(c.Title), unix(c.Start), unix(c.End), c.Timezone, string(wikis),
		clip(c.Frozen, 255), revision, c.MadeUp); err != nil {
		return c, err
	}
	if moved && !isNew {
		if _, err := tx.ExecContext(ctx, `DELETE FROM figures WHERE campaign = ? AND kind = ?`, c.ID, baselineKind); err != nil {
			return c, err
		}
	}
	return scanCampaign(tx.QueryRowContext(ctx, `SELECT `+campaignColumns+` FROM campaigns WHERE id = ?`, c.ID))
}

// check refuses what the columns cannot hold.
func (c Campaign) check() error {
	switch {
	case c.ID == "" || len(c.ID) > 191 || strings.ContainsAny(c.ID, "/?#%\x00 "):
		return fmt.Errorf("the id %.100q: %w", c.ID, ErrInvalid)
	case c.Farm == "" || c.Source.Kind == "":
		return fmt.Errorf("a campaign needs a farm and a kind: %w", ErrInvalid)
	case c.Start.IsZero() || c.End.IsZero() || c.End.Before(c.Start):
		return fmt.Errorf("it ends before it starts, or has no dates: %w", ErrInvalid)
	case len(c.Title) > 512 || len(c.Source.Page) > 512 || len(c.Source.URL) > 2048 || len(c.Source.Wiki) > 64 || len(c.Timezone) > 64:
		return fmt.Errorf("a name or address is too long: %w", ErrInvalid)
	}
	return nil
}

// titleKey is what a title is searched by.
func titleKey(title string) string { return clip(strings.ToLower(title), 1024) }

// Freeze says why a campaign's figures no longer change. ErrNotFound.
func (s *Store) Freeze(ctx context.Context, id, reason string) error {
	res, err := s.w.ExecContext(ctx, `UPDATE campaigns SET frozen = ?, revision = revision + 1 WHERE id = ? AND frozen <> ?`,
		clip(reason, 255), id, clip(reason, 255))
	if err != nil {
		return fmt.Errorf("freeze a campaign: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	_, err = s.Campaign(ctx, id)
	return err
}

// DeleteCampaign deletes a campaign, its participants, figures and jobs, and the
// edits of people that no other campaign holds. ErrNotFound.
func (s *Store) DeleteCampaign(ctx context.Context, id string) error {
	deleted := false // by a run whose connection broke when it was to commit
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := lockCampaign(ctx, tx, id); err != nil {
			if deleted && errors.Is(err, ErrNotFound) {
				return nil
			}
			return err
		}
		people, err := accountsOf(ctx, tx, `campaign = ?`, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM campaigns WHERE id = ?`, id); err != nil {
			return err
		}
		deleted = true
		return deleteOrphans(ctx, tx, people)
	})
	if err != nil {
		return fmt.Errorf("delete a campaign: %w", err)
	}
	return nil
}
