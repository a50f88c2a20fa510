package machine

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// MissingError says that the machine lacks parts a test needs.
type MissingError struct {
	Parts []string
	Hint  string // the command that installs them
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("missing: %s (%s installs it)", strings.Join(e.Parts, ", "), e.Hint)
}

// Require returns where programs and files are, or a *MissingError that names
// all that are not there. A name without a slash is looked up in PATH and in
// /usr/sbin, where Debian puts servers and many users' PATH does not look.
func Require(hint string, names ...string) (map[string]string, error) {
	found := make(map[string]string, len(names))
	var missing []string
	for _, name := range names {
		if path, ok := look(name); ok {
			found[name] = path
		} else {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, &MissingError{Parts: missing, Hint: hint}
	}
	return found, nil
}

func look(name string) (string, bool) {
	if strings.Contains(name, "/") {
		_, err := os.Stat(name)
		return name, err == nil
	}
	if path, err := exec.LookPath(name); err == nil {
		return path, true
	}
	path := "/usr/sbin/" + name
	_, err := os.Stat(path)
	return path, err == nil
}

// Must ends the test where err is not nil: it is skipped where a part of the
// machine is missing and CI is not true, and fails otherwise. go test shows a
// skip with -v only; .ci/deps-wiki has said it before.
func Must(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var missing *MissingError
	if errors.As(err, &missing) && os.Getenv("CI") != "true" {
		fmt.Fprintf(os.Stderr, "SKIPPED %s: %v\n", t.Name(), err)
		t.Skip(err)
	}
	t.Fatal(err)
}
