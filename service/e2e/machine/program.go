package machine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Main runs a package's tests that use Program, and removes what that built. It
// is the whole of their TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if programDir != "" {
		if err := os.RemoveAll(programDir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// Program returns where afterglow is. It is built once for all tests of a package.
func Program(t testing.TB) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var programDir string // the folder of the program; empty: it was not needed

var program = sync.OnceValues(func() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	if programDir, err = os.MkdirTemp("", "afterglow-program-"); err != nil {
		return "", err
	}
	path := filepath.Join(programDir, "afterglow")
	cmd := exec.Command("go", "build", "-o", path, "./service/cmd/afterglow") //nolint:gosec,noctx // ours, and for all tests
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build afterglow: %w\n%s", err, out)
	}
	return path, nil
})
