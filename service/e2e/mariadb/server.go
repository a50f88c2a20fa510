package mariadb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"afterglow/service/e2e/machine"
)

// Server is a MariaDB server in a temporary folder. Its methods are for one
// goroutine; the server itself takes many connections.
type Server struct {
	dir      string
	port     int
	env      []string // of the process, beside this program's
	programs map[string]string
	process  *machine.Process
}

const (
	hint     = ".ci/deps-wiki .cache"
	patience = 60 * time.Second
)

// Start starts a server that ends with the test. Where MariaDB is not installed
// the test is skipped, and fails with CI=true.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := New(t.Context(), o)
	machine.Must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("MariaDB's log ends:\n%s", machine.Tail(s.Log()))
		}
		if err := s.Close(); err != nil {
			t.Errorf("end MariaDB: %v", err)
		}
	})
	return s
}

// New starts a server for a whole test program; Close ends it. The error is a
// *machine.MissingError where MariaDB is not installed.
func New(ctx context.Context, o Options) (*Server, error) {
	s, err := prepare(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// prepare makes a server's folder without starting it.
func prepare(ctx context.Context, o Options) (*Server, error) {
	programs, err := machine.Require(hint, "mariadbd", "mariadb-install-db")
	if err != nil {
		return nil, err
	}
	data := o.Data
	if data == "" {
		if data, err = installation(ctx, programs); err != nil {
			return nil, err
		}
	}
	ports, err := machine.FreePorts(ctx, 1)
	if err != nil {
		return nil, err
	}
	// Not the test's own temporary folder: its path may be longer than the 107
	// bytes that a socket's address may have.
	dir, err := os.MkdirTemp("", "mariadb-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, port: ports[0], programs: programs}
	if err := s.lay(data, o.Settings); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// lay fills the server's folder.
func (s *Server) lay(data string, settings map[string]string) error {
	if err := machine.CopyTree(filepath.Join(s.dir, "data"), data); err != nil {
		return fmt.Errorf("copy %s: %w", data, err)
	}
	if err := os.Mkdir(filepath.Join(s.dir, "tmp"), 0o700); err != nil {
		return err
	}
	text, err := configuration(s.dir, s.port, settings)
	if err != nil {
		return err
	}
	return os.WriteFile(s.config(), []byte(text), 0o600)
}

// installation returns the data folder of a new installation, made once for
// each version of MariaDB.
func installation(ctx context.Context, programs map[string]string) (string, error) {
	name, err := version(ctx, programs)
	if err != nil {
		return "", err
	}
	return machine.Build("mariadb/"+name, func(dir string) error {
		who, err := user.Current()
		if err != nil {
			return err
		}
		// --force: a machine whose own name leads nowhere can run it all the same.
		_, err = run(ctx, programs["mariadb-install-db"], "--no-defaults", "--force", "--datadir="+dir, "--user="+who.Username,
			"--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
			"--innodb-log-file-size="+logFileSize)
		return err
	})
}

// Port returns the port on 127.0.0.1. It stays the same over restarts.
func (s *Server) Port() int { return s.port }

// Address returns host and port.
func (s *Server) Address() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// Socket returns the path of the unix socket.
func (s *Server) Socket() string { return filepath.Join(s.dir, "socket") }

// Data returns the server's data folder. Copy it only while the server is stopped.
func (s *Server) Data() string { return filepath.Join(s.dir, "data") }

// Log returns the path of the file with what the server prints.
func (s *Server) Log() string { return filepath.Join(s.dir, "log") }

func (s *Server) config() string { return filepath.Join(s.dir, "my.cnf") }

// DSN returns the data source name of a database, for go-sql-driver/mysql, over
// TCP as root without a password. An empty db is none. Create makes a database.
func (s *Server) DSN(db string) string { return s.driver(db).FormatDSN() }

func (s *Server) driver(db string) *mysql.Config {
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr, c.DBName = "root", "tcp", s.Address(), db
	return c
}

// open opens the server for the harness's own use, which expects failures while
// the server starts and says nothing about them.
func (s *Server) open() (*sql.DB, error) {
	c := s.driver("")
	c.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// Create makes an empty database, in place of any of that name, and returns its DSN.
func (s *Server) Create(t testing.TB, db string) string {
	t.Helper()
	quoted := "`" + strings.ReplaceAll(db, "`", "``") + "`"
	if err := s.Exec(t.Context(), "DROP DATABASE IF EXISTS "+quoted, "CREATE DATABASE "+quoted); err != nil {
		t.Fatal(err)
	}
	return s.DSN(db)
}

// Exec carries out statements as root on one connection.
func (s *Server) Exec(ctx context.Context, statements ...string) error {
	db, err := s.open()
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	for _, statement := range statements {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// start starts the process, on the port of before, and waits until it answers.
func (s *Server) start(ctx context.Context, args ...string) error {
	var err error
	s.process, err = machine.StartProcess(machine.Command{ //nolint:contextcheck // it outlives the test's context
		Path: s.programs["mariadbd"],
		Args: append([]string{"--defaults-file=" + s.config()}, args...),
		Env:  s.env,
		Dir:  s.dir,
		Log:  s.Log(),
	})
	if err != nil {
		return err
	}
	return s.process.Ready(ctx, patience, s.ping)
}

func (s *Server) ping(ctx context.Context) error {
	db, err := s.open()
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	var one int
	return db.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// Restart starts the server again, on the same port with the same data. One
// that runs is stopped in order first; after Kill it recovers as after a crash.
func (s *Server) Restart() error {
	if err := s.Stop(); err != nil {
		return err
	}
	return s.start(context.Background())
}

// Stop has the server end in order.
func (s *Server) Stop() error { return s.process.Stop(patience) }

// Kill ends the server at once, as kill -9 or a failing machine does.
func (s *Server) Kill() error { return s.process.Kill() }

// Freeze halts the server: connections stay open and nothing answers. Thaw lets
// it go on.
func (s *Server) Freeze() error { return s.process.Signal(syscall.SIGSTOP) }

// Thaw undoes Freeze.
func (s *Server) Thaw() error { return s.process.Signal(syscall.SIGCONT) }

// Close ends the server and removes its folder. Nothing of it is needed any
// more, so it is not asked to end in order.
func (s *Server) Close() error {
	var err error
	if s.process != nil {
		err = s.Kill()
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// Version returns the version of the installed MariaDB, such as
// "10.11.19-MariaDB-0+deb12u1", or a *machine.MissingError.
func Version(ctx context.Context) (string, error) {
	programs, err := machine.Require(hint, "mariadbd")
	if err != nil {
		return "", err
	}
	return version(ctx, programs)
}

func version(ctx context.Context, programs map[string]string) (string, error) {
	text, err := run(ctx, programs["mariadbd"], "--no-defaults", "--version")
	if err != nil {
		return "", err
	}
	for _, word := range strings.Fields(text) {
		if strings.Contains(word, "-MariaDB") {
			return strings.Trim(word, "'\","), nil
		}
	}
	return "", fmt.Errorf("no version in %q", text)
}
