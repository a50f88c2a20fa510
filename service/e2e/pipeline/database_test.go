//go:build linux

package pipeline

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"afterglow/service/e2e/machine"
	"afterglow/service/e2e/mariadb"
)

// A refresh goes on while the database server is restarted under it.
func TestMariaDBRestartedMidRun(t *testing.T) {
	if testing.Short() {
		t.Skip("starts MariaDB")
	}
	server := mariadb.Start(t, mariadb.Options{})
	farm := farmOf(t, nil, 220)
	want, requests := undisturbed(t, farm)
	for i, after := range []int{requests / 4, requests / 2, requests * 3 / 4} {
		s := at(t, farm, server.Create(t, fmt.Sprint("restarted", i)))
		ids := s.track()
		p := s.start("refresh", ids[0])
		s.afterRequests(after, p)
		mustRun(t, p)
		if err := server.Restart(); err != nil {
			t.Fatal(err)
		}
		if code := p.State().ExitCode(); code != 0 {
			t.Errorf("restarted after request %d: exit code %d\n%s", after, code, p.Said())
			s.run(0, "refresh", ids[0])
		}
		s.same(fmt.Sprintf("restarted after request %d of %d", after, requests), want)
	}
}

// On a Galera cluster of three nodes the one that the worker writes to is killed.
func TestGaleraNodeKilledMidRun(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster")
	}
	c := mariadb.StartGalera(t, 3)
	c.Nodes[0].Create(t, "campaigns")
	farm := farmOf(t, nil, 220)
	want, requests := undisturbed(t, farm)
	s := at(t, farm, fmt.Sprintf("root@tcp(%s,%s,%s)/campaigns", c.Nodes[0].Address(), c.Nodes[1].Address(), c.Nodes[2].Address()))
	ids := s.track()
	p := s.start("refresh", ids[0])
	s.afterRequests(requests/2, p)
	mustRun(t, p)
	if err := c.KillNode(0); err != nil {
		t.Fatal(err)
	}
	if code := p.State().ExitCode(); code != 0 {
		t.Errorf("exit code %d\n%s", code, p.Said())
		s.run(0, "refresh", ids[0])
	}
	s.same("the writer's node was killed", want)
	if err := c.RestartNode(0); err != nil {
		t.Fatal(err)
	}
	back := at(t, farm, c.Nodes[0].DSN("campaigns"))
	back.same("on the node that came back", want)
}

// A disk that fills up ends a refresh with a plain error and loses nothing: with
// room made, the next goes on.
func TestDiskFullMidRun(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts a disk")
	}
	farm := farmOf(t, nil, 400)
	want, _ := undisturbed(t, farm)
	whole := onFile(t, farm)
	whole.track()
	used := size(t, whole.database)
	full := 0
	for _, room := range []int64{64, 128, 256, 512} { // KiB beside what is there
		dir := mount(t, 4*used+4*room<<10) // room for the tables to be made, which are written twice; the ballast takes it
		s := at(t, farm, "sqlite:"+filepath.Join(dir, "afterglow.db"))
		ids := s.track()
		fill(t, dir, room<<10)
		p := s.start("refresh", ids[0])
		if code := p.State().ExitCode(); code != 0 {
			full++
			if text := p.Said(); code != 1 || !strings.Contains(text, "full") {
				t.Errorf("%d KiB of room: exit code %d, said %s", room, code, text)
			}
			if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
				t.Fatal(err)
			}
			run(t, "mount", "-o", "remount,size=64m", dir)
			s.letLeasesEnd() // what says that they were given back may not have been written
			s.run(0, "refresh", ids[0])
		}
		s.same(fmt.Sprintf("%d KiB of room", room), want)
	}
	if full < 2 {
		t.Errorf("the disk was full %d times of 4: the test shows nothing", full)
	}
}

// size is that of a database's file.
func size(t *testing.T, database string) int64 {
	t.Helper()
	info, err := os.Stat(strings.TrimPrefix(database, "sqlite:"))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// mount makes a disk of its own that holds so many bytes. That needs root.
func mount(t *testing.T, bytes int64) string {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d", bytes), "tmpfs", dir).CombinedOutput()
	if err != nil {
		t.Logf("mount: %v %s", err, out)
		machine.Must(t, &machine.MissingError{Parts: []string{"a disk that may be mounted"}, Hint: "being root, outside a container without that right,"})
	}
	t.Cleanup(func() { run(t, "umount", "-l", dir) })
	return dir
}

// fill leaves so many bytes of a disk.
func fill(t *testing.T, dir string, leave int64) {
	t.Helper()
	free := freeOf(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, max(0, free-leave)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// freeOf is the bytes that are free on a disk.
func freeOf(t *testing.T, dir string) int64 {
	t.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		t.Fatal(err)
	}
	return int64(fs.Bavail) * fs.Bsize
}
