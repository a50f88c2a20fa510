package store

import (
	"context"
	"fmt"
)

// SchemaVersion returns the newest migration that the database has had, and the
// newest that this program knows. It only reads, and waits for no writer.
func (s *Store) SchemaVersion(ctx context.Context) (has, knows int64, err error) {
	p, err := s.provider()
	if err == nil {
		for _, source := range p.ListSources() {
			knows = max(knows, source.Version)
		}
		err = s.r.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version`).Scan(&has)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("read the schema's version: %w", err)
	}
	return has, knows, nil
}
