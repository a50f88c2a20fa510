package pipeline

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

// procfile reads the processes by name.
func procfile(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("../Procfile")
	if err != nil {
		t.Fatal(err)
	}
	processes := map[string]string{}
	for line := range strings.SplitSeq(strings.TrimSpace(string(b)), "\n") {
		m := regexp.MustCompile(`^([a-z]+): (.+)$`).FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("Procfile: %q", line)
		}
		processes[m[1]] = m[2]
	}
	return processes
}

// strict reads a YAML file; an unknown key is an error.
func strict(t *testing.T, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// TestToolforgeFiles: jobs run what Procfile names, on the image that the build
// makes, and need no home directory.
func TestToolforgeFiles(t *testing.T) {
	processes := procfile(t)
	// https://wikitech.wikimedia.org/wiki/Help:Toolforge/Running_jobs#Loading_jobs_from_a_YAML_file
	var jobs []struct {
		Name, Image, Command, Schedule, Mount, CPU, Mem, Emails string
		Timeout, Retry                                          int
	}
	strict(t, "../jobs.yaml", &jobs)
	for _, j := range jobs {
		if processes[j.Command] == "" || j.Mount != "none" || j.Image != "tool-afterglow/tool-afterglow:latest" || j.Retry > 5 ||
			!slices.Contains([]string{"@hourly", "@daily", "@weekly"}, j.Schedule) {
			t.Errorf("%+v", j)
		}
	}
	var service struct {
		Backend, Type, Mount string
		HealthCheckPath      string `yaml:"health-check-path"`
		CPU, Mem             string
		Replicas             int
	}
	strict(t, "../service.template", &service)
	if len(jobs) == 0 || service.Type != "buildservice" || service.Mount != "none" || service.HealthCheckPath != "/healthz" || service.Replicas < 1 {
		t.Errorf("%+v", service)
	}
	mod, err := os.ReadFile("../go.mod")
	if err != nil || !bytes.Contains(mod, []byte("\n// +heroku install ./service/cmd/afterglow\n")) {
		t.Errorf("go.mod does not say what to build: %v", err)
	}
}

// TestProcfile runs each process as the platform does, with PORT and without a
// configuration: migrate and refresh end well, web answers.
func TestProcfile(t *testing.T) {
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "afterglow"), "./service/cmd/afterglow")
	build.Dir = ".."
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	processes := procfile(t)
	start := func(name string) *exec.Cmd {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		t.Cleanup(cancel)
		cmd := exec.CommandContext(ctx, "sh", "-c", "exec "+processes[name])
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "PORT=0", "AFTERGLOW_DATABASE=sqlite:" + filepath.Join(dir, "afterglow.db"), "AFTERGLOW_LOG_FORMAT=ecs"}
		return cmd
	}
	for _, name := range []string{"migrate", "refresh"} {
		if out, err := start(name).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
	address := Serve(t, start("web"))
	port, ok := strings.CutPrefix(address, "[::]:") // any address, as the proxy needs
	if !ok {
		t.Fatalf("web serves on %s", address)
	}
	answer, err := (&http.Client{Timeout: 30 * time.Second}).Get("http://127.0.0.1:" + port + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("/readyz: %s", answer.Status)
	}
}
