package service

import (
	"context"
	"fmt"
	"io"

	"afterglow/config"
	"afterglow/service/store"
)

// Migrate brings the schema up to date ("up"), undoes the steps after a version
// ("down"), or prints where it is ("status").
func Migrate(ctx context.Context, cfg *config.Config, action string, version int64, out io.Writer) error {
	s, err := store.Open(ctx, cfg.Database.Reveal(), store.Options{Now: now, Connections: cfg.DatabaseConnections})
	if err != nil {
		return fmt.Errorf("opening the database %s: %w", cfg.Database, err)
	}
	defer s.Close()
	switch action {
	case "up":
		err = s.Migrate(ctx)
	case "down":
		err = s.Rollback(ctx, version)
	}
	if err != nil {
		return fmt.Errorf("migrating %s: %w", cfg.Database, err)
	}
	list, err := s.Migrations(ctx)
	if err != nil {
		return fmt.Errorf("reading the state of %s: %w", cfg.Database, err)
	}
	for _, m := range list {
		fmt.Fprintf(out, "%s\t%s\n", m.State, m.Name)
	}
	return nil
}
