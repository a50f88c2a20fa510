package pipeline

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// The keys of Blubber v4 that are used here; another is an error.
// https://gitlab.wikimedia.org/repos/releng/blubber/-/blob/main/api/config.schema.json
type (
	blubberfile struct {
		Version  string             `yaml:"version"`
		Variants map[string]variant `yaml:"variants"`
		common   `yaml:",inline"`
	}
	common struct {
		Base       string    `yaml:"base"`
		Apt        apt       `yaml:"apt"`
		Lives      owner     `yaml:"lives"`
		Runs       owner     `yaml:"runs"`
		Builders   []builder `yaml:"builders"`
		Entrypoint []string  `yaml:"entrypoint"`
	}
	variant struct {
		common   `yaml:",inline"`
		Includes []string   `yaml:"includes"`
		Copies   []artifact `yaml:"copies"`
	}
	apt   struct{ Packages []string }
	owner struct {
		In          string            `yaml:"in"`
		As          string            `yaml:"as"`
		UID         int               `yaml:"uid"`
		GID         int               `yaml:"gid"`
		Environment map[string]string `yaml:"environment"`
		Insecurely  *bool             `yaml:"insecurely"`
	}
	builder struct {
		Custom struct {
			Command      []string `yaml:"command"`
			Script       string   `yaml:"script"`
			Requirements []string `yaml:"requirements"`
			Caches       []struct {
				Destination string `yaml:"destination"`
			} `yaml:"caches"`
		} `yaml:"custom"`
	}
	artifact struct{ From, Source, Destination string }
)

func readBlubber(t *testing.T) (blubberfile, []byte) {
	t.Helper()
	text, err := os.ReadFile("blubber.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var b blubberfile
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&b); err != nil {
		t.Fatal(err)
	}
	return b, text
}

func TestBlubber(t *testing.T) {
	b, text := readBlubber(t)
	if b.Version != "v4" || !bytes.HasPrefix(text, []byte("# syntax=docker-registry.wikimedia.org/repos/releng/blubber/buildkit:v")) {
		t.Errorf("version %q, or no syntax line", b.Version)
	}
	production, ok := b.Variants["production"]
	if !ok || production.Runs.Insecurely == nil || *production.Runs.Insecurely || len(production.Entrypoint) == 0 || len(production.Builders) > 0 {
		t.Errorf("production: %+v", production)
	}
	if !slices.Contains(production.Apt.Packages, "ca-certificates") {
		t.Error("production has no certificates")
	}
	for name, v := range b.Variants {
		for _, other := range v.Includes {
			if _, ok := b.Variants[other]; !ok {
				t.Errorf("%s includes %s, which is none", name, other)
			}
		}
		for _, c := range v.Copies {
			if _, ok := b.Variants[c.From]; !ok && c.From != "local" {
				t.Errorf("%s copies from %s, which is none", name, c.From)
			}
		}
		if strings.HasSuffix(v.Base, ":latest") || v.Base != "" && !strings.Contains(v.Base, ":") {
			t.Errorf("%s: the base %s is not pinned", name, v.Base)
		}
		for _, builder := range v.Builders {
			c := builder.Custom
			if (len(c.Command) == 0) == (c.Script == "") {
				t.Errorf("%s: a builder has one of command and script: %+v", name, c)
			}
			for _, path := range c.Requirements {
				if _, err := os.Stat("../" + path); err != nil && path != "VERSION" { // CI writes VERSION
					t.Errorf("%s needs %s: %v", name, path, err)
				}
			}
		}
	}
}

// TestImagesCopyEveryPackage: a new folder with Go in it is in the images too.
func TestImagesCopyEveryPackage(t *testing.T) {
	b, _ := readBlubber(t)
	var copied []string
	for _, builder := range b.Variants["build"].Builders {
		copied = append(copied, builder.Custom.Requirements...)
	}
	for _, dir := range packageRoots(t) {
		if !slices.Contains(copied, dir+"/") {
			t.Errorf("blubber.yaml does not copy %s, which the program imports", dir)
		}
	}
}
