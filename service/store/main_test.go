package store

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"afterglow/service/e2e/machine"
	"afterglow/service/e2e/mariadb"
)

// shared is the MariaDB server of this package's tests, started by the first that
// needs one. Each test has a database of its own.
var shared struct {
	once   sync.Once
	server *mariadb.Server
	err    error
	made   atomic.Int64
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.server != nil {
		if code != 0 {
			fmt.Fprintf(os.Stderr, "MariaDB's log ends:\n%s\n", machine.Tail(shared.server.Log()))
		}
		if err := shared.server.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "end MariaDB:", err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// mariaDatabase returns the address of a new, empty database. It skips the test
// where MariaDB is not installed.
func mariaDatabase(tb testing.TB) string {
	tb.Helper()
	shared.once.Do(func() { shared.server, shared.err = mariadb.New(context.Background(), mariadb.Options{}) })
	machine.Must(tb, shared.err)
	name := fmt.Sprintf("%s_%d", strings.ToLower(strings.Map(plain, tb.Name())), shared.made.Add(1))
	return shared.server.Create(tb, name[max(0, len(name)-60):])
}

func plain(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return '_'
}
