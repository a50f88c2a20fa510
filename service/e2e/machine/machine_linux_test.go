package machine

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRequireNamesWhatIsMissing(t *testing.T) {
	found, err := Require("nothing", "sh", "no-such-program", "/no/such/file")
	var missing *MissingError
	if !errors.As(err, &missing) || found != nil {
		t.Fatalf("got %v, %v", found, err)
	}
	if got := strings.Join(missing.Parts, " "); got != "no-such-program /no/such/file" {
		t.Errorf("missing %q", got)
	}
	if found, err = Require("nothing", "sh"); err != nil || found["sh"] == "" {
		t.Errorf("sh: %v, %v", found, err)
	}
}

func TestStopEndsAProcessThatListens(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	p, err := StartProcess(Command{Path: "/bin/sh", Args: []string{"-c", "echo up; exec sleep 60"}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	err = p.Ready(t.Context(), 10*time.Second, func(context.Context) error {
		if !strings.Contains(Tail(log), "up") {
			return errors.New("not up")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(10 * time.Second); err != nil || p.Running() {
		t.Fatalf("stop: %v, running %v", err, p.Running())
	}
}

func TestReadyTellsHowAProcessEnded(t *testing.T) {
	p, err := StartProcess(Command{Path: "/bin/sh", Args: []string{"-c", "echo the reason >&2; exit 3"},
		Log: filepath.Join(t.TempDir(), "log")})
	if err != nil {
		t.Fatal(err)
	}
	err = p.Ready(t.Context(), 10*time.Second, func(context.Context) error { return errors.New("no answer") })
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 || !strings.Contains(err.Error(), "the reason") {
		t.Fatalf("got %v", err)
	}
}

func TestProcessHasItsOwnEnvironment(t *testing.T) {
	t.Setenv("AFTERGLOW_TEST_OURS", "ours")
	for bare, want := range map[bool]string{false: "ours its own", true: " its own"} {
		p, err := StartProcess(Command{Path: "/bin/sh", Args: []string{"-c", `echo "$AFTERGLOW_TEST_OURS $AFTERGLOW_TEST_OWN"; exit 3`},
			Env: []string{"AFTERGLOW_TEST_OWN=its own"}, Bare: bare, Log: filepath.Join(t.TempDir(), "log")})
		if err != nil {
			t.Fatal(err)
		}
		if code := p.State().ExitCode(); code != 3 || p.Said() != want+"\n" {
			t.Errorf("bare %v: it said %q and ended with %d; want %q", bare, p.Said(), code, want)
		}
	}
}

// A server's children end with it, also when the program that started it dies
// without cleaning up. The test runs itself as that program.
func TestChildrenEndWithTheProgram(t *testing.T) {
	if dir := os.Getenv("AFTERGLOW_TEST_ORPHAN"); dir != "" {
		_, err := StartProcess(Command{Path: "/bin/sh", Forks: true, Log: filepath.Join(dir, "log"),
			Args: []string{"-c", "sleep 60 & echo $! >child.tmp; mv child.tmp child; wait"}, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		select {} // until killed
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChildrenEndWithTheProgram$")
	cmd.Env = append(os.Environ(), "AFTERGLOW_TEST_ORPHAN="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var child int
	within(t, "the child starts", func() bool {
		text, err := os.ReadFile(filepath.Join(dir, "child"))
		if err != nil {
			return false
		}
		child, err = strconv.Atoi(strings.TrimSpace(string(text)))
		return err == nil
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	within(t, "the child ends", func() bool { return !alive(child) })
}

// alive reports whether a process exists and is not merely waiting to be reaped.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func within(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 500 {
		if done() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("%s: not within 10 s", what)
}

func TestBuildHappensOnce(t *testing.T) {
	// A name of its own, below the module's cache as for real.
	name := "machine-test/" + strconv.Itoa(os.Getpid())
	t.Cleanup(func() {
		cache, _ := Cache()
		os.RemoveAll(filepath.Join(cache, "machine-test"))
	})
	if _, err := Build(name, func(string) error { return errors.New("no") }); err == nil {
		t.Fatal("a failed build gave a folder")
	}
	built := 0
	for range 2 {
		dir, err := Build(name, func(dir string) error {
			built++
			return os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o600)
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, "file")); err != nil {
			t.Fatal(err)
		}
	}
	if built != 1 {
		t.Errorf("built %d times", built)
	}
}

func TestCopyTree(t *testing.T) {
	src, dst := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	os.MkdirAll(filepath.Join(src, "a/b"), 0o755)
	os.WriteFile(filepath.Join(src, "a/b/file"), []byte("text"), 0o640)
	os.Symlink("b/file", filepath.Join(src, "a/link"))
	if err := CopyTree(dst, src); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dst, "a/link"))
	if err != nil || string(text) != "text" {
		t.Fatalf("%q, %v", text, err)
	}
}

func TestFreePortsAreDifferent(t *testing.T) {
	ports, err := FreePorts(t.Context(), 20)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, p := range ports {
		if p == 0 || seen[p] {
			t.Fatalf("port %d in %v", p, ports)
		}
		seen[p] = true
	}
}
