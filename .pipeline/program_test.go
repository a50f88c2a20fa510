package pipeline

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// packageRoots returns the top folders of the packages that the program is made of.
func packageRoots(t *testing.T) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "./service/cmd/afterglow")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var roots []string
	for _, pkg := range strings.Fields(string(out)) {
		if rest, ok := strings.CutPrefix(pkg, "afterglow/"); ok {
			root, _, _ := strings.Cut(rest, "/")
			roots = append(roots, root)
		}
	}
	slices.Sort(roots)
	return slices.Compact(roots)
}
