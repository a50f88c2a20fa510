package service

import (
	"context"
	"fmt"
	"io"
	"strings"

	"afterglow/config"
	"afterglow/service/store"
)

// Migrate brings the schema up to date ("up"), undoes the steps after a version
// ("down"), or prints where it is ("status"). store.ErrBusy: somebody is at work on
// the database, so nothing was undone.
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
		err = rollback(ctx, s, version)
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

// rollback undoes the steps after a version where nobody is seen to be at work. A
// server that only reads holds no lease, so this does not see it.
func rollback(ctx context.Context, s *store.Store, version int64) error {
	has, _, err := s.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	if has > 0 { // else there are no leases yet
		held, err := s.Leases(ctx, "")
		if err != nil {
			return err
		}
		if len(held) > 0 {
			return fmt.Errorf("nothing was undone, since these are at work: %s; stop every afterglow first (what a killed one held ends within three minutes): %w",
				strings.Join(held, ", "), store.ErrBusy)
		}
	}
	return s.Rollback(ctx, version)
}
