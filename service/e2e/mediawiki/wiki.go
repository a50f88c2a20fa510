package mediawiki

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"afterglow/service/e2e/machine"
	"afterglow/service/e2e/mariadb"
)

// Wiki is a wiki that runs. Its methods are for one goroutine; it serves many.
type Wiki struct {
	URL           string // "http://127.0.0.1:12345", where the wiki is at /wiki/…
	API           string // the address of api.php
	DB            *mariadb.Server
	DBName        string
	AdminUser     string // a sysop, bureaucrat, interface administrator and oversighter
	AdminPassword string
	Version       string // of MediaWiki

	instance instance
	options  Options
	port     int
	server   *machine.Process
}

const patience = 60 * time.Second

// Start starts a wiki that ends with the test. Where PHP, MariaDB or MediaWiki
// is missing the test is skipped, and fails with CI=true.
func Start(t testing.TB, o Options) *Wiki {
	t.Helper()
	w, err := New(t.Context(), o)
	machine.Must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("PHP's log ends:\n%s", machine.Tail(filepath.Join(w.instance.dir, "php.log")))
		}
		if err := w.Close(); err != nil {
			t.Errorf("end MediaWiki: %v", err)
		}
	})
	return w
}

// New starts a wiki for a whole test program; Close ends it. The error is a
// *machine.MissingError where a part is missing.
func New(ctx context.Context, o Options) (*Wiki, error) {
	o = o.filled()
	c, err := findCode()
	if err != nil {
		return nil, err
	}
	from, err := installed(ctx, c, o)
	if err != nil {
		return nil, err
	}
	ports, err := machine.FreePorts(ctx, 1)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "mediawiki-")
	if err != nil {
		return nil, err
	}
	w := &Wiki{
		URL: fmt.Sprintf("http://127.0.0.1:%d", ports[0]), DBName: o.DBName,
		AdminUser: adminUser, AdminPassword: password, Version: c.version,
		instance: instance{code: c, dir: dir}, options: o, port: ports[0],
	}
	w.API = w.URL + "/w/api.php"
	if err := w.start(ctx, from); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *Wiki) start(ctx context.Context, from string) error {
	var err error
	if w.DB, err = mariadb.New(ctx, mariadb.Options{Data: filepath.Join(from, "data")}); err != nil {
		return err
	}
	if err := machine.CopyTree(filepath.Join(w.instance.dir, "cache"), filepath.Join(from, "cache")); err != nil {
		return err
	}
	if err := w.instance.lay(w.options, w.URL, w.DB); err != nil {
		return err
	}
	return w.serve(ctx)
}

// serve starts PHP's server and waits until the wiki answers.
func (w *Wiki) serve(ctx context.Context) error {
	args, err := w.instance.interpreter()
	if err != nil {
		return err
	}
	w.server, err = machine.StartProcess(machine.Command{ //nolint:contextcheck // it outlives the test's context
		Path: w.instance.code.php,
		Args: append(args, "-q", "-S", fmt.Sprintf("127.0.0.1:%d", w.port), filepath.Join(w.instance.dir, "router.php")),
		Env:  append(w.instance.environment(), fmt.Sprintf("PHP_CLI_SERVER_WORKERS=%d", w.options.Workers)),
		Dir:  w.instance.dir,
		Log:  filepath.Join(w.instance.dir, "server.log"),
		// Its workers are processes of their own.
		Forks: true,
	})
	if err != nil {
		return err
	}
	return w.server.Ready(ctx, patience, w.ping)
}

func (w *Wiki) ping(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.API+"?action=query&meta=siteinfo&format=json", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("api.php answers %s", resp.Status)
	}
	return nil
}

// StopServing ends the web server: connections are refused. The database stays.
func (w *Wiki) StopServing() error { return w.server.Kill() }

// ServeAgain undoes StopServing, at the same address.
func (w *Wiki) ServeAgain() error { return w.serve(context.Background()) }

// Page returns the address of a page.
func (w *Wiki) Page(title string) string { return w.URL + "/wiki/" + pageEscape(title) }

// NightMode reports whether this version of MediaWiki has a dark theme.
func (w *Wiki) NightMode() bool { return w.instance.code.atLeast(1, 43) }

// DSN returns the data source name of the wiki's database, as root.
func (w *Wiki) DSN() string { return w.DB.DSN(w.DBName) }

// Set replaces the PHP that is added to the wiki's settings, from the next
// request on.
func (w *Wiki) Set(t testing.TB, php string) {
	t.Helper()
	if err := w.instance.add(php); err != nil {
		t.Fatal(err)
	}
}

// SetReadOnly lets the wiki be read only, giving a reason; an empty one ends it.
func (w *Wiki) SetReadOnly(t testing.TB, reason string) {
	t.Helper()
	file := filepath.Join(w.instance.dir, "readonly")
	if err := os.WriteFile(file, []byte(reason), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Script runs a maintenance script, such as "createBotPassword", and returns
// what it printed. stdin may be empty.
func (w *Wiki) Script(t testing.TB, stdin, name string, args ...string) string {
	t.Helper()
	out, err := w.instance.script(t.Context(), stdin, name, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// RunJobs carries out what the wiki put off, such as the tag mw-reverted.
func (w *Wiki) RunJobs(t testing.TB) {
	t.Helper()
	w.Script(t, "", "runJobs")
}

// Close ends the wiki and its database and removes their folders.
func (w *Wiki) Close() error {
	var errs []error
	if w.server != nil {
		errs = append(errs, w.server.Kill())
	}
	if w.DB != nil {
		errs = append(errs, w.DB.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(w.instance.dir))...)
}
