package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"

	"afterglow/pipeline"
)

const testVersion = "v1.2.3-test"

// program builds afterglow as `make image` does, into a file of its own.
func program(t *testing.T, arch string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "afterglow-"+arch)
	cmd := exec.CommandContext(t.Context(), "make", "-s", "-C", "../..", "program", "OUT="+path, "GOARCH="+arch, "VERSION="+testVersion)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "MAKEFLAGS=") || strings.HasPrefix(e, "MAKELEVEL=") })
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make program: %v: %s", err, out)
	}
	return path
}

// image makes an archive and returns its path and digest.
func image(t *testing.T, programs ...string) (path, digest string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "image.tar")
	digest, err := run(testVersion, path, time.Unix(1760000000, 0).UTC(), programs)
	if err != nil {
		t.Fatal(err)
	}
	return path, digest
}

// TestReproducible: a program that is built twice is the same, and so is the
// image of it, archive and digest.
func TestReproducible(t *testing.T) {
	one, two := program(t, "amd64"), program(t, "amd64")
	if !bytes.Equal(read(t, one), read(t, two)) {
		t.Fatal("two builds of the program differ")
	}
	first, digest := image(t, "linux/amd64="+one)
	second, again := image(t, "linux/amd64="+two)
	if digest != again || !bytes.Equal(read(t, first), read(t, second)) {
		t.Errorf("two images differ: %s, %s", digest, again)
	}
	if _, other := image(t, "linux/amd64=/proc/self/exe"); other == digest {
		t.Error("another program has the same digest")
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// unpack reads an archive as a container runtime does and lays out the files of
// this machine's image.
func unpack(t *testing.T, archive string) (root string, config *v1.ConfigFile) {
	t.Helper()
	dir := t.TempDir()
	untar(t, bytes.NewReader(read(t, archive)), dir)
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	platforms, err := index.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	list, err := platforms.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	root = t.TempDir()
	for _, d := range list.Manifests {
		if d.Platform.Architecture != "amd64" {
			continue
		}
		img, err := platforms.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if config, err = img.ConfigFile(); err != nil {
			t.Fatal(err)
		}
		layers, err := img.Layers()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range layers {
			r, err := l.Uncompressed()
			if err != nil {
				t.Fatal(err)
			}
			untar(t, r, root)
			r.Close()
		}
	}
	if config == nil {
		t.Fatal("no image for amd64")
	}
	return root, config
}

func untar(t *testing.T, r io.Reader, dir string) {
	t.Helper()
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o755)
		} else {
			var b []byte
			if b, err = io.ReadAll(tr); err == nil {
				if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
					err = os.WriteFile(path, b, os.FileMode(h.Mode))
				}
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// inside prepares a command that sees the image's files and nothing else, as
// the image's user.
func inside(t *testing.T, root string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "/afterglow", args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PORT=0"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: 65532, Gid: 65532}
	} else {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return cmd
}

// TestImageRuns unpacks the image and runs the program with nothing but the
// image's files: it says its version, serves, and knows zones and certificates.
func TestImageRuns(t *testing.T) {
	built := program(t, "amd64")
	archive, _ := image(t, "linux/arm64=/proc/self/exe", "linux/amd64="+built)
	root, config := unpack(t, archive)
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	if config.Config.User != "65532:65532" || !slices.Equal(config.Config.Entrypoint, []string{"/afterglow"}) || !slices.Contains(config.Config.Env, "PORT=8080") ||
		config.Config.Labels["org.opencontainers.image.version"] != testVersion || len(config.RootFS.DiffIDs) != 2 {
		t.Errorf("%+v", config)
	}
	out, err := inside(t, root, "version").CombinedOutput()
	if perm(err) {
		missing(t, "no right to change the root directory: "+err.Error())
	}
	if err != nil || strings.TrimSpace(string(out)) != "afterglow "+testVersion {
		t.Fatalf("version: %v: %s", err, out)
	}
	// The root is the image's and cannot be written: where the database goes is the operator's.
	if out, err := inside(t, root, "migrate").CombinedOutput(); err == nil || !strings.Contains(string(out), "afterglow.db") {
		t.Errorf("a database in the image's own root: %v: %s", err, out)
	}
	data := filepath.Join(root, "tmp")
	if err := os.Chmod(data, 0o777); err != nil {
		t.Fatal(err)
	}
	t.Run("serve", func(t *testing.T) { serves(t, inside(t, root, config.Config.Cmd...)) })
	demo := inside(t, root, "demo", "--once", "--quiet", "--out", "/tmp/report")
	if out, err := demo.CombinedOutput(); err != nil {
		t.Errorf("demo: %v: %s", err, out)
	}
	if pages, _ := filepath.Glob(filepath.Join(data, "report", "*", "report.html")); len(pages) < 6 {
		t.Errorf("demo wrote %d reports", len(pages))
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(read(t, filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"))) {
		t.Error("no certificates")
	}
	names := certificateNames(t, read(t, filepath.Join(root, "etc/ssl/certs/ca-certificates.crt")))
	for _, want := range []string{"ISRG Root X1", "DigiCert Global Root G2", "GlobalSign"} { // those that Wikimedia's hosts have used
		if !strings.Contains(names, want) {
			t.Errorf("no %s among the certificates", want)
		}
	}
}

func certificateNames(t *testing.T, text []byte) string {
	t.Helper()
	var names []string
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, c.Subject.String())
	}
	return strings.Join(names, "\n")
}

// serves runs serve with a database in /tmp and asks for its health.
func serves(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.Env = append(cmd.Env, "AFTERGLOW_DATABASE=sqlite:/tmp/afterglow.db", "AFTERGLOW_LOG_FORMAT=ecs")
	_, port, err := net.SplitHostPort(pipeline.Serve(t, cmd))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/healthz", "/readyz", "/v1/campaigns"} {
		answer, err := (&http.Client{Timeout: 30 * time.Second}).Get("http://127.0.0.1:" + port + path)
		if err != nil {
			t.Fatal(err)
		}
		var body map[string]any
		if err := json.NewDecoder(answer.Body).Decode(&body); err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s %v %v", path, answer.Status, body, err)
		}
		answer.Body.Close()
	}
}

func perm(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "operation not permitted") || strings.Contains(err.Error(), "permission denied"))
}

// missing skips where a contributor's machine cannot do it, and fails in CI.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip("SKIPPED: " + what)
}

func TestWrongArguments(t *testing.T) {
	for _, args := range [][]string{nil, {"windows/amd64=x"}, {"linux/amd64"}, {"linux=x"}, {"linux/amd64=/no/such"}} {
		if _, err := run("v", filepath.Join(t.TempDir(), "x.tar"), time.Unix(0, 0), args); err == nil {
			t.Errorf("%q is allowed", args)
		}
	}
	if _, err := run("v", "", time.Unix(0, 0), []string{"linux/amd64=/proc/self/exe"}); err == nil || !strings.Contains(fmt.Sprint(err), "-out") {
		t.Errorf("no file: %v", err)
	}
}
