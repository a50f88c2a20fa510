package service

import (
	"context"
	"fmt"
	"io"

	"afterglow/config"
)

// Backup writes the SQLite database as it is now to a new file.
func Backup(ctx context.Context, cfg *config.Config, path string, out io.Writer) error {
	s, err := openStore(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Backup(ctx, path); err != nil {
		return err
	}
	fmt.Fprintf(out, "wrote %s; to restore it, stop every afterglow, move it to where the database was, and remove the -wal and -shm files there\n", path)
	return nil
}
