package store

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// SQLite on a network file system is refused with the reason, whether its file is
// there yet or not; and nothing is left behind.
func TestOpenRefusesNetworks(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there.db")
	must(t, os.WriteFile(there, nil, 0o600))
	for _, path := range []string{there, filepath.Join(dir, "new.db")} {
		on := func(kind string) func(string) (string, error) {
			return func(asked string) (string, error) {
				if _, err := os.Stat(asked); err != nil {
					return "", err
				}
				return kind, nil
			}
		}
		_, err := Open(t.Context(), "sqlite:"+path, Options{Now: (&clock{testNow}).now, fileSystem: on("NFS")})
		if !errors.Is(err, ErrInvalid) || !errors.Is(err, ErrNetwork) || !strings.Contains(err.Error(), "NFS") || !strings.Contains(err.Error(), "toolsdb:") {
			t.Errorf("%s: %v", path, err)
		}
		if _, err := os.Stat(path); path != there && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a file was made at %s", path)
		}
		s, err := Open(t.Context(), "sqlite:"+path, Options{Now: (&clock{testNow}).now, fileSystem: on("")})
		must(t, err)
		s.Close()
	}
}

// What the kernel says of real file systems is read right.
func TestFileSystem(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems do not tell")
	}
	if kind, err := fileSystem(t.TempDir()); err != nil || kind != "" {
		t.Errorf("the temporary folder is on %q (%v)", kind, err)
	}
	if _, err := fileSystem(filepath.Join(t.TempDir(), "no", "such")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a path that is not there: %v", err)
	}
}
