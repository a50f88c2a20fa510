package store

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

func (s *Store) provider() (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(s.d.goose, s.w.DB, dir, goose.WithDisableGlobalRegistry(true))
}

// Migrate brings the tables up to date. Several processes may call it at once: one
// does it, under a lease, and the others wait. Where one died on the way, the next
// begins again with the step that it was at.
func (s *Store) Migrate(ctx context.Context) error {
	err := s.migrating(ctx, func(ctx context.Context, p *goose.Provider) error {
		_, err := p.Up(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// Rollback undoes the steps after a version, the last first, and what only they
// keep: 0 undoes all. Stop every other process before. ErrInvalid: no such version.
func (s *Store) Rollback(ctx context.Context, version int64) error {
	err := s.migrating(ctx, func(ctx context.Context, p *goose.Provider) error {
		known := version == 0
		for _, m := range p.ListSources() {
			known = known || m.Version == version
		}
		if !known {
			return fmt.Errorf("there is no version %d: %w", version, ErrInvalid)
		}
		_, err := p.DownTo(ctx, version)
		return err
	})
	if err != nil {
		return fmt.Errorf("roll the database back: %w", err)
	}
	return nil
}

// Migration is one step of the schema.
type Migration struct {
	Version int64
	Name    string
	State   string    // "applied" or "pending"
	Applied time.Time // zero: not yet
}

// Migrations returns every step and when it was applied.
func (s *Store) Migrations(ctx context.Context) ([]Migration, error) {
	p, err := s.provider()
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	status, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	var ms []Migration
	for _, st := range status {
		ms = append(ms, Migration{Version: st.Source.Version, Name: st.Source.Path, State: string(st.State), Applied: st.AppliedAt})
	}
	return ms, nil
}

const (
	migrationsLease = "migrations"
	migrationTTL    = time.Minute
	migrationWait   = 25 * time.Millisecond
)

// migrating runs f while no other process migrates the database. If another takes
// the lease, because this one could not renew it, f's context ends.
func (s *Store) migrating(ctx context.Context, f func(context.Context, *goose.Provider) error) error {
	holder := rand.Text()
	if err := s.lockMigrations(ctx, holder); err != nil {
		return err
	}
	held, cancel := context.WithCancelCause(ctx)
	var beat sync.WaitGroup
	beat.Go(func() {
		for pause(held, migrationTTL/4) == nil {
			if err := s.Lease(held, migrationsLease, holder, migrationTTL); errors.Is(err, ErrBusy) {
				cancel(err)
			}
		}
	})
	err := s.repairVersions(held)
	if err == nil {
		var p *goose.Provider
		if p, err = s.provider(); err == nil {
			err = f(held, p)
		}
	}
	if lost := context.Cause(held); lost != nil && ctx.Err() == nil {
		err = errors.Join(err, lost)
	}
	cancel(nil)
	beat.Wait()
	return errors.Join(err, s.Release(context.WithoutCancel(ctx), migrationsLease, holder))
}

// lockMigrations waits until no other process migrates the database. The lease is
// a row: MariaDB's GET_LOCK holds on one node of a cluster only.
func (s *Store) lockMigrations(ctx context.Context, holder string) error {
	if _, err := s.w.ExecContext(ctx, leasesTable); err != nil {
		return err
	}
	for {
		err := s.Lease(ctx, migrationsLease, holder, migrationTTL)
		if !errors.Is(err, ErrBusy) {
			return err
		}
		if stopped := pause(ctx, migrationWait); stopped != nil {
			return errors.Join(err, stopped)
		}
	}
}

// noSuchTable is MariaDB's error.
const noSuchTable = 1146

// repairVersions puts the first row into goose's table of versions, where a
// process died after it made the table: goose takes one without for broken.
func (s *Store) repairVersions(ctx context.Context) error {
	if s.d.goose != goose.DialectMySQL {
		return nil // SQLite undoes both
	}
	_, err := s.w.ExecContext(ctx, `INSERT INTO `+goose.DefaultTablename+` (version_id, is_applied)
		SELECT 0, 1 FROM (SELECT 1) one WHERE NOT EXISTS (SELECT 1 FROM `+goose.DefaultTablename+`)`)
	var said *mysql.MySQLError
	if errors.As(err, &said) && said.Number == noSuchTable {
		return nil
	}
	return err
}
