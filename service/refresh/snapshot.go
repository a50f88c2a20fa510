package refresh

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"afterglow/retention"
	"afterglow/service/store"
)

// What is kept at each mark, by the default definition.
var snapshotMeasures = []retention.Measure{retention.MeasureRetention, retention.MeasureMarks, retention.MeasureSurvival}

const (
	// snapshotFormat is the HTTP API's JSON of a result.
	snapshotFormat = "json1"
	monthDays      = 30 // docs/metrics.md
	// settled is how long after a month's end its figures are final.
	settled = 48 * time.Hour
)

// marksClosed returns the marks of a campaign whose month is over and settled in
// data that is complete up to asOf.
func marksClosed(end, asOf time.Time) []int {
	var closed []int
	for _, mark := range retention.MarkMonths() {
		if !asOf.Before(end.Add(time.Duration(mark)*monthDays*day + settled)) {
			closed = append(closed, mark)
		}
	}
	return closed
}

// snapshot keeps the figures at the marks that have closed and have none yet. One
// that was missed gets the present figures, whose as-of says how late they are.
func (n *run) snapshot(ctx context.Context) error {
	c := n.campaign
	closed := marksClosed(c.End, c.AsOf)
	if len(closed) == 0 {
		return nil
	}
	have, err := n.s.Snapshots(ctx, c.ID)
	if err != nil {
		return err
	}
	type key struct {
		kind string
		mark int
	}
	kept := map[key]bool{}
	for _, s := range have {
		if s.Start.Equal(c.Start) && s.End.Equal(c.End) {
			kept[key{s.Kind, s.Mark}] = true
		}
	}
	figures := map[retention.Measure]store.Snapshot{} // the same at each mark
	for _, mark := range closed {
		for _, m := range snapshotMeasures {
			if kept[key{string(m), mark}] {
				continue
			}
			if len(figures) == 0 {
				if figures, err = n.figures(ctx); err != nil {
					return err
				}
			}
			s := figures[m]
			s.Mark = mark
			// Another may have been as quick; what stands is as good.
			if err := n.s.SaveSnapshot(ctx, s); err != nil && !errors.Is(err, store.ErrExists) {
				return err
			}
		}
	}
	return nil
}

// figures computes what is kept.
func (n *run) figures(ctx context.Context) (map[retention.Measure]store.Snapshot, error) {
	c := n.campaign
	cohort, err := n.s.Cohort(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	figures := make(map[retention.Measure]store.Snapshot, len(snapshotMeasures))
	for _, m := range snapshotMeasures {
		result, err := retention.Compute(cohort, m, retention.Default(), retention.Options{AsOf: c.AsOf, MinCell: max(n.o.MinCell, 0)})
		if err != nil {
			return nil, fmt.Errorf("snapshot of %s: %w", c.ID, err)
		}
		s := store.Snapshot{
			Campaign: c.ID, Kind: string(m), Start: c.Start, End: c.End, AsOf: c.AsOf, Revision: c.Revision, Format: snapshotFormat,
		}
		if s.Body, err = result.MarshalJSON(); err != nil {
			return nil, fmt.Errorf("snapshot of %s: %w", c.ID, err)
		}
		// As the result shows them, with what it keeps out of sight.
		var head struct {
			Definition json.RawMessage `json:"definition"`
			Coverage   json.RawMessage `json:"coverage"`
		}
		if err := json.Unmarshal(s.Body, &head); err != nil {
			return nil, fmt.Errorf("snapshot of %s: %w", c.ID, err)
		}
		s.Definition, s.Coverage = head.Definition, head.Coverage
		figures[m] = s
	}
	return figures, nil
}
