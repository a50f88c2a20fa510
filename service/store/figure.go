package store

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"time"

	"afterglow/retention"
)

// Figure is a computed result that is kept. It holds figures, never people.
type Figure struct {
	Campaign string
	Kind     string // "baseline"
	Mark     int    // the month of a snapshot; 0: none
	AsOf     time.Time
	Revision int64 // of the campaign it was computed from
	Saved    time.Time
	Format   string // how Body is written
	Body     []byte
}

// SaveFigure saves a figure in place of the one of that campaign, kind and mark.
func (s *Store) SaveFigure(ctx context.Context, f Figure) error {
	columns := []string{"as_of", "revision", "saved", "format", "body"}
	_, err := s.w.ExecContext(ctx, s.insert("figures", []string{"campaign", "kind", "mark"}, columns, columns),
		f.Campaign, f.Kind, f.Mark, unix(f.AsOf), f.Revision, s.now().Unix(), f.Format, f.Body)
	if err != nil {
		return fmt.Errorf("save a figure of %.100q: %w", f.Campaign, err)
	}
	return nil
}

// Figure returns a figure, or ErrNotFound.
func (s *Store) Figure(ctx context.Context, campaign, kind string, mark int) (Figure, error) {
	f := Figure{Campaign: campaign, Kind: kind, Mark: mark}
	var asOf, saved int64
	err := s.r.QueryRowContext(ctx, `SELECT as_of, revision, saved, format, body FROM figures WHERE campaign = ? AND kind = ? AND mark = ?`,
		campaign, kind, mark).Scan(&asOf, &f.Revision, &saved, &f.Format, &f.Body)
	if err != nil {
		return f, fmt.Errorf("read a figure: %w", notFound(err, kind+" of", campaign))
	}
	f.AsOf, f.Saved = instant(asOf), instant(saved)
	return f, nil
}

const (
	baselineKind = "baseline"
	// gobFormat is a Go value as it is: unlike JSON for readers it keeps what
	// suppression takes out of sight.
	gobFormat = "gob1"
)

// SaveBaseline stores the comparison with a control group.
func (s *Store) SaveBaseline(ctx context.Context, id string, b *retention.Baseline) error {
	c, err := s.Campaign(ctx, id)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	if err := gob.NewEncoder(&body).Encode(b); err != nil {
		return fmt.Errorf("save the baseline of %.100q: %w", id, err)
	}
	return errors.Join(
		s.SaveFigure(ctx, Figure{Campaign: id, Kind: baselineKind, AsOf: b.AsOf, Revision: c.Revision, Format: gobFormat, Body: body.Bytes()}),
		touch(ctx, s.w, id))
}

// Baseline returns the stored comparison with a control group, or ErrNotFound.
func (s *Store) Baseline(ctx context.Context, id string) (*retention.Baseline, error) {
	f, err := s.Figure(ctx, id, baselineKind, 0)
	if err != nil {
		return nil, err
	}
	if f.Format != gobFormat {
		return nil, fmt.Errorf("the baseline of %.100q is in format %.20q: %w", id, f.Format, ErrFormat)
	}
	var b retention.Baseline
	if err := gob.NewDecoder(bytes.NewReader(f.Body)).Decode(&b); err != nil {
		return nil, fmt.Errorf("the baseline of %.100q: %w: %w", id, ErrFormat, err)
	}
	return &b, nil
}

// touch gives a campaign a new revision.
func touch(ctx context.Context, e execer, id string) error {
	_, err := e.ExecContext(ctx, `UPDATE campaigns SET revision = revision + 1 WHERE id = ?`, id)
	return err
}
