package machine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Command says what to run.
type Command struct {
	Path string
	Args []string
	Env  []string // added to the environment
	Bare bool     // Env is all of the environment
	Dir  string
	Log  string // file that gets what it prints; appended to
	// Forks says that the process has children that would outlive it. They are
	// then ended with it, also when this program dies. Such a process can be
	// killed but not signalled.
	Forks bool
}

// The kernel's parent death signal does not reach grandchildren. A pipe does:
// it closes when this program ends, however it ends.
const watch = `exec 3<&0; "$@" 3<&- </dev/null & server=$!; (cat <&3 >/dev/null; kill -9 0) & wait $server; kill -9 0`

// Process is a server that runs until Stop or Kill, or until this program ends.
// It leads a process group, which ends with it.
type Process struct {
	cmd  *exec.Cmd
	path string
	log  string
	done chan struct{}
	err  error // of Wait; valid when done is closed
}

// StartProcess starts a server. Its life does not depend on a context: a test's
// context ends before the cleanups that still need the server.
func StartProcess(c Command) (*Process, error) {
	out, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }() // the process has its own copy
	path, args := c.Path, c.Args
	if c.Forks {
		path, args = "/bin/sh", append([]string{"-c", watch, "sh", c.Path}, c.Args...)
	}
	cmd := exec.CommandContext(context.Background(), path, args...) //nolint:gosec // what the harness composed
	cmd.Env = []string{}
	if !c.Bare {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, c.Env...)
	cmd.Dir = c.Dir
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = attributes()
	p := &Process{cmd: cmd, path: c.Path, log: c.Log, done: make(chan struct{})}
	if c.Forks {
		if _, err := cmd.StdinPipe(); err != nil { // held open by cmd until it ends
			return nil, err
		}
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Path, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// Running reports whether the process has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Signal sends a signal to the process alone.
func (p *Process) Signal(s syscall.Signal) error { return p.cmd.Process.Signal(s) }

// Kill ends the process and its group at once, and waits until it is gone.
func (p *Process) Kill() error {
	if !p.Running() {
		return nil
	}
	err := killGroup(p.cmd.Process.Pid)
	<-p.done
	return err
}

// Stop asks the process to end, waits, and kills its group where it takes
// longer than patience.
func (p *Process) Stop(patience time.Duration) error {
	if !p.Running() {
		return nil
	}
	if err := p.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return errors.Join(err, p.Kill())
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-timer.C:
		return errors.Join(fmt.Errorf("%s did not end within %s", p.path, patience), p.Kill())
	}
}

// Wait waits until the process ends by itself, and returns how it ended as
// exec.Cmd's Wait does. One that takes longer than patience is killed.
func (p *Process) Wait(patience time.Duration) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.done:
		return p.err
	case <-timer.C:
		return errors.Join(fmt.Errorf("%s did not end within %s", p.path, patience), p.Kill())
	}
}

// Ready waits until probe succeeds. It gives up when the process ends, when ctx
// is done, or after patience, and then shows the end of the log.
func (p *Process) Ready(ctx context.Context, patience time.Duration, probe func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := probe(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended: %w\n%s", p.path, errors.Join(p.err, err), Tail(p.log))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w\n%s", p.path, err, Tail(p.log))
		case <-tick.C:
		}
	}
}

// Said returns all that was printed to the process's log so far.
func (p *Process) Said() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Tail returns the last 4 KiB of a file, for messages.
func Tail(path string) string {
	const keep = 4 << 10
	f, err := os.Open(path) //nolint:gosec // a log of the harness
	if err != nil {
		return err.Error()
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && info.Size() > keep {
		if _, err := f.Seek(-keep, io.SeekEnd); err != nil {
			return err.Error()
		}
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// State waits until the process has ended, and tells how it did and what it used.
func (p *Process) State() *os.ProcessState {
	<-p.done
	return p.cmd.ProcessState
}
