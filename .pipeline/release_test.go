package pipeline

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const releaseVersion = "v0.0.0-test"

func release(t *testing.T, version string) (dir string, out []byte, err error) {
	t.Helper()
	dir = t.TempDir()
	cache, err := filepath.Abs("../.cache")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "./release", version, dir, cache, "amd64")
	out, err = cmd.CombinedOutput()
	return dir, out, err
}

// checked reads SHA256SUMS, holds every file against it, and returns the names.
func checked(t *testing.T, dir string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		sum, name, _ := strings.Cut(lines.Text(), "  ")
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := sha256.Sum256(text); hex.EncodeToString(got[:]) != sum {
			t.Errorf("%s does not have its checksum", name)
		}
		sums[name] = sum
	}
	return sums
}

// TestRelease: what is released runs, has its checksum, names every module in
// it, and comes out the same a second time.
func TestRelease(t *testing.T) {
	dir, out, err := release(t, releaseVersion)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	sums := checked(t, dir)
	program := filepath.Join(dir, "afterglow-"+releaseVersion+"-linux-amd64")
	if len(sums) != 4 {
		t.Errorf("released %v", sums)
	}
	if runtime.GOARCH == "amd64" {
		said, err := exec.CommandContext(t.Context(), program, "version").Output()
		if err != nil || strings.TrimSpace(string(said)) != "afterglow "+releaseVersion {
			t.Errorf("the released program says %q (%v)", said, err)
		}
	}
	listsModules(t, program)
	again, out, err := release(t, releaseVersion)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, sum := range checked(t, again) {
		if sums[name] != sum {
			t.Errorf("%s is another the second time", name)
		}
	}
	for _, wrong := range []string{"v1.0.0-dirty", "dev", "v1 0"} {
		if _, out, err := release(t, wrong); err == nil || !strings.Contains(string(out), wrong) {
			t.Errorf("a release of %q: %v: %s", wrong, err, out)
		}
	}
}

// listsModules holds a program's list of components against the program.
func listsModules(t *testing.T, program string) {
	t.Helper()
	var bom struct {
		BOMFormat  string
		Components []struct{ Name, Version, Purl string }
	}
	text, err := os.ReadFile(program + ".cdx.json")
	if err == nil {
		err = json.Unmarshal(text, &bom)
	}
	if err != nil || bom.BOMFormat != "CycloneDX" {
		t.Fatalf("%q: %v", bom.BOMFormat, err)
	}
	listed := map[string]string{}
	for _, c := range bom.Components {
		listed[c.Name] = c.Version
	}
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		if listed[module.Path] != module.Version {
			t.Errorf("%s %s is in the program, and the list has %q", module.Path, module.Version, listed[module.Path])
		}
	}
	if listed["github.com/gorilla/mux"] == "" {
		t.Error("the list has no gorilla/mux")
	}
}
