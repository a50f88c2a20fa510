package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Snapshot is a figure as it was published at a mark. Once saved it is never
// changed: not by later readings, nor when accounts vanish, nor when the event's
// dates change (then there is another for the new dates). It goes with its
// campaign only. It holds figures, never people.
type Snapshot struct {
	Campaign string
	Kind     string // what was measured, such as "retention"
	Mark     int    // in months, 1 …
	// Start and End are the campaign's when it was computed.
	Start, End time.Time
	AsOf       time.Time
	Revision   int64     // of the campaign it was computed from
	Saved      time.Time // set by SaveSnapshot
	// Definition, Coverage and Body are JSON, as an answer shows them.
	Definition, Coverage json.RawMessage
	Format               string // version of Body; the caller's
	Body                 []byte
}

// What a snapshot may hold.
const (
	maxSnapshotBody = 4 << 20
	maxSnapshotHead = 60_000 // the columns hold 65,535 bytes
	maxMark         = 60
)

// SaveSnapshot saves a snapshot. Where the mark has one already for the same
// dates, it stays as it is: ErrExists, or nil if the figures are the very same, so
// that a save whose answer was lost can be repeated. The campaign gets a new
// revision. ErrNotFound: no such campaign.
func (s *Store) SaveSnapshot(ctx context.Context, n Snapshot) error {
	if err := n.check(); err != nil {
		return fmt.Errorf("save a snapshot of %.100q: %w", n.Campaign, err)
	}
	columns := []string{"as_of", "revision", "saved", "definition", "coverage", "format", "body"}
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := lockCampaign(ctx, tx, n.Campaign); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, s.insert("snapshots", snapshotKeys, columns, nil),
			n.Campaign, n.Kind, n.Mark, unix(n.Start), unix(n.End), unix(n.AsOf), n.Revision, s.now().Unix(),
			string(n.Definition), string(n.Coverage), n.Format, n.Body); err != nil {
			return err
		}
		old, err := scanSnapshot(tx.QueryRowContext(ctx, `SELECT `+snapshotColumns+` FROM snapshots
			WHERE campaign = ? AND kind = ? AND mark = ? AND starts = ? AND ends = ? /*! FOR UPDATE */`,
			n.Campaign, n.Kind, n.Mark, unix(n.Start), unix(n.End)))
		if err != nil {
			return err
		}
		if !old.same(n) {
			return fmt.Errorf("%s at mark %d was saved on %s: %w", n.Kind, n.Mark, old.Saved.Format(time.DateOnly), ErrExists)
		}
		// There is more to show of the campaign.
		return touch(ctx, tx, n.Campaign)
	})
	if err != nil {
		return fmt.Errorf("save a snapshot of %.100q: %w", n.Campaign, err)
	}
	return nil
}

func (n Snapshot) check() error {
	switch {
	case n.Kind == "" || len(n.Kind) > 32 || len(n.Format) > 16:
		return fmt.Errorf("the kind %.40q in format %.40q: %w", n.Kind, n.Format, ErrInvalid)
	case n.Mark < 1 || n.Mark > maxMark:
		return fmt.Errorf("the mark %d is not 1 … %d: %w", n.Mark, maxMark, ErrInvalid)
	case n.Start.IsZero() || n.End.IsZero() || n.AsOf.IsZero():
		return fmt.Errorf("it needs the campaign's dates and the time of its data: %w", ErrInvalid)
	case !json.Valid(n.Definition) || !json.Valid(n.Coverage) || len(n.Definition) > maxSnapshotHead || len(n.Coverage) > maxSnapshotHead:
		return fmt.Errorf("definition and coverage must be JSON of at most %d bytes: %w", maxSnapshotHead, ErrInvalid)
	case len(n.Body) == 0 || len(n.Body) > maxSnapshotBody:
		return fmt.Errorf("a body of %d bytes is not 1 … %d: %w", len(n.Body), maxSnapshotBody, ErrInvalid)
	}
	return nil
}

// same reports whether both say the same of the same data.
func (n Snapshot) same(o Snapshot) bool {
	return n.AsOf.Unix() == o.AsOf.Unix() && n.Revision == o.Revision && n.Format == o.Format && bytes.Equal(n.Body, o.Body) &&
		bytes.Equal(n.Definition, o.Definition) && bytes.Equal(n.Coverage, o.Coverage)
}

var snapshotKeys = []string{"campaign", "kind", "mark", "starts", "ends"}

const snapshotColumns = `campaign, kind, mark, starts, ends, as_of, revision, saved, definition, coverage, format, body`

func scanSnapshot(row scanner) (Snapshot, error) {
	var n Snapshot
	var starts, ends, asOf, saved int64
	var definition, coverage string
	err := row.Scan(&n.Campaign, &n.Kind, &n.Mark, &starts, &ends, &asOf, &n.Revision, &saved, &definition, &coverage, &n.Format, &n.Body)
	n.Start, n.End, n.AsOf, n.Saved = instant(starts), instant(ends), instant(asOf), instant(saved)
	n.Definition, n.Coverage = json.RawMessage(definition), json.RawMessage(coverage)
	return n, err
}

// Snapshots returns all snapshots of a campaign, by mark, kind and when they were
// saved; those of former dates too.
func (s *Store) Snapshots(ctx context.Context, id string) ([]Snapshot, error) {
	all, err := collect(ctx, s.r, scanSnapshot, `SELECT `+snapshotColumns+` FROM snapshots WHERE campaign = ? ORDER BY mark, kind, saved, starts, ends`, id)
	if err != nil {
		return nil, fmt.Errorf("read snapshots: %w", err)
	}
	return all, nil
}

// Snapshot returns the snapshot of a kind at a mark for the campaign's present
// dates, or ErrNotFound.
func (s *Store) Snapshot(ctx context.Context, id, kind string, mark int) (Snapshot, error) {
	n, err := scanSnapshot(s.r.QueryRowContext(ctx, `SELECT s.campaign, s.kind, s.mark, s.starts, s.ends, s.as_of, s.revision, s.saved,
		s.definition, s.coverage, s.format, s.body FROM snapshots s
		JOIN campaigns c ON c.id = s.campaign AND c.starts = s.starts AND c.ends = s.ends
		WHERE s.campaign = ? AND s.kind = ? AND s.mark = ?`, id, kind, mark))
	if errors.Is(err, sql.ErrNoRows) {
		return n, fmt.Errorf("%.40s of %.100q at mark %d: %w", kind, id, mark, ErrNotFound)
	}
	if err != nil {
		return n, fmt.Errorf("read a snapshot: %w", err)
	}
	return n, nil
}
