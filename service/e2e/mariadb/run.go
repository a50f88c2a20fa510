package mariadb

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
)

// run runs a program to its end and returns what it printed.
func run(ctx context.Context, path string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, path, args...).CombinedOutput() //nolint:gosec // programs of the harness
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", filepath.Base(path), err, out)
	}
	return string(out), nil
}
