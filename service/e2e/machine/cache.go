package machine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
)

// Root returns the folder of the module: the nearest one upwards that holds a
// go.mod. Tests run in their package's folder.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no go.mod in any folder above")
		}
		dir = parent
	}
}

// Cache returns the folder for what is kept between runs: .cache in the
// module's root, which git ignores.
func Cache() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, ".cache")
	return dir, os.MkdirAll(dir, 0o755) //nolint:gosec // another user may run the servers
}

// Build returns the folder NAME of the cache, and has build fill it first where
// it is not there yet. Several test programs may ask at once: one builds, the
// others wait. A build that fails leaves nothing behind. Who gets the folder
// must not write to it.
func Build(name string, build func(dir string) error) (string, error) {
	cache, err := Cache()
	if err != nil {
		return "", err
	}
	final := filepath.Join(cache, name)
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil { //nolint:gosec // as above
		return "", err
	}
	unlock, err := lockFile(final + ".lock")
	if err != nil {
		return "", fmt.Errorf("lock %s: %w", final, err)
	}
	defer unlock()
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	partial := final + ".partial"
	if err := os.RemoveAll(partial); err != nil {
		return "", err
	}
	if err := os.MkdirAll(partial, 0o755); err != nil { //nolint:gosec // as above
		return "", err
	}
	if err := build(partial); err != nil {
		return "", errors.Join(err, os.RemoveAll(partial))
	}
	return final, os.Rename(partial, final)
}

// CopyTree copies a folder's files, folders and links. dst may exist.
func CopyTree(dst, src string) error {
	return filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dst, rel)
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			return os.MkdirAll(to, info.Mode().Perm()|0o700)
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(target, to) //nolint:gosec // nobody else writes to these folders
		case info.Mode().IsRegular():
			return copyFile(to, path, info.Mode().Perm())
		}
		return nil // a socket or a pipe of a server that has ended
	})
}

func copyFile(dst, src string, mode fs.FileMode) error {
	in, err := os.Open(src) //nolint:gosec // a file of the cache
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(dst, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode) //nolint:gosec // as above
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(err, out.Close())
	}
	return out.Close()
}

// FreePorts returns n different ports of loopback that nothing listens on now.
func FreePorts(ctx context.Context, n int) ([]int, error) {
	ports := make([]int, 0, n)
	var config net.ListenConfig
	for range n {
		l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		// Held until all are found, so that none comes twice.
		defer func() { _ = l.Close() }()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
