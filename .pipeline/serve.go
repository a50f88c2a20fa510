package pipeline

import (
	"bytes"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Serve starts a command that serves and logs in ECS's names, and returns the
// address that it says it has. It is stopped when the test ends, and must end well.
func Serve(t *testing.T, cmd *exec.Cmd) (address string) {
	t.Helper()
	log := &buffer{}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("it did not stop well: %v: %s", err, log)
		}
	})
	said := regexp.MustCompile(`"labels\.address":"([^"]*)"`)
	deadline, tick := time.NewTimer(30*time.Second), time.NewTicker(20*time.Millisecond)
	defer deadline.Stop()
	defer tick.Stop()
	for {
		select {
		case <-deadline.C:
			t.Fatalf("it never said where it serves: %s", log)
		case <-tick.C:
			if found := said.FindStringSubmatch(log.String()); found != nil {
				return found[1]
			}
		}
	}
}

// buffer is a buffer that one goroutine writes while another reads.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
