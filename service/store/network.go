package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// refuseNetwork refuses a path on a network file system, such as a Toolforge
// tool's home: file locks do not hold there between machines, SQLite's write-ahead
// log needs memory that they share, and the file gets corrupted.
// https://www.sqlite.org/wal.html, https://www.sqlite.org/howtocorrupt.html
func refuseNetwork(path string, fileSystem func(path string) (string, error)) error {
	// The file may not be there yet: its folder is then.
	kind, err := fileSystem(path)
	if errors.Is(err, os.ErrNotExist) {
		kind, err = fileSystem(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	if kind == "" {
		return nil
	}
	return fmt.Errorf("the database %s is on %s, where SQLite's locks do not hold and the file gets corrupted; "+
		"name a MariaDB database (on Toolforge toolsdb:NAME) or a path on a local disk: %w", path, kind, ErrNetwork)
}
