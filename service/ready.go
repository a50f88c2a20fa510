package service

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"afterglow/config"
	"afterglow/service/store"
	"afterglow/service/web"
)

// checks are what /readyz asks before requests come here.
func checks(cfg *config.Config, s *store.Store) []web.Check {
	list := []web.Check{
		{Name: "database", Err: s.Ping},
		{Name: "schema", Err: func(ctx context.Context) error { return checkSchema(ctx, s) }},
	}
	if path, ok := cfg.Database.SQLite(); ok && path != ":memory:" {
		dir := filepath.Dir(path)
		list = append(list, web.Check{Name: "disk", Err: func(context.Context) error { return checkDisk(dir) }})
	}
	return list
}

// checkSchema fails where the database lacks a migration that this program
// needs, as after a backup was restored. One that is ahead is well: during an
// upgrade the former version goes on serving.
func checkSchema(ctx context.Context, s *store.Store) error {
	has, knows, err := s.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	if has < knows {
		return fmt.Errorf("the database is at migration %d of %d; run: afterglow migrate up", has, knows)
	}
	return nil
}

// leastDisk is the free space that SQLite needs for its log and for refreshes
// meanwhile.
const leastDisk = 64 << 20

var errNoSpace = errors.New("the disk is nearly full")

func checkDisk(dir string) error {
	free, ok := freeDisk(dir)
	if ok && free < leastDisk {
		return fmt.Errorf("%w: %d MiB are free in %s; at least %d are needed", errNoSpace, free>>20, dir, leastDisk>>20)
	}
	return nil
}
