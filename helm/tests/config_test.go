package tests

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// program is afterglow, built once for all tests.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "afterglow-helm-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "afterglow")
	cmd := exec.Command("go", "build", "-o", path, "./service/cmd/afterglow")
	cmd.Dir = "../.."
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building afterglow: %w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// container prepares what a pod would run, on this machine: its arguments, its
// configuration and its variables, but a database in a file and free ports.
func container(t *testing.T, r release, component, dir string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	pod := r.pods()[component]
	c := pod.Spec.Containers[0]
	config := r.configs[pod.Spec.Volumes[0].ConfigMap.Name]
	mount := c.VolumeMounts[0].MountPath
	for name, text := range config.Data {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		args[i] = strings.Replace(a, mount, dir, 1)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.Env = append(variables(r, c), "AFTERGLOW_DATABASE=sqlite:"+filepath.Join(dir, "afterglow.db"),
		"AFTERGLOW_LISTEN=127.0.0.1:0", "AFTERGLOW_PRIVATE_LISTEN=127.0.0.1:0", "JOB_COMPLETION_INDEX=0",
		// Kubernetes' own, of Services beside ours.
		"KUBERNETES_SERVICE_HOST=10.0.0.1", "AFTERGLOW_TEST_PORT=tcp://10.0.0.2:80")
	return cmd
}

// variables is a container's environment.
func variables(r release, c corev1.Container) []string {
	var list []string
	for _, from := range c.EnvFrom {
		if s, ok := r.secrets[from.SecretRef.Name]; ok {
			for name, value := range s.StringData {
				list = append(list, name+"="+value)
			}
		}
	}
	for _, e := range c.Env {
		list = append(list, e.Name+"="+e.Value)
	}
	return list
}

// TestProgramAcceptsConfiguration runs each pod's command as it was rendered.
func TestProgramAcceptsConfiguration(t *testing.T) {
	eachFixture(t, func(t *testing.T, values string) {
		r := render(t, values)
		dir := t.TempDir()
		for _, component := range []string{"migrate", "refresh"} {
			if _, ok := r.pods()[component]; !ok {
				continue
			}
			if out, err := container(t, r, component, dir).CombinedOutput(); err != nil {
				t.Errorf("%s: %v: %s", component, err, out)
			}
		}
		serves(t, r, dir)
	})
}

// serves runs serve and asks it what the probes ask.
func serves(t *testing.T, r release, dir string) {
	t.Helper()
	cmd := container(t, r, "serve", dir)
	log := &buffer{}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("serve did not stop well: %v: %s", err, log)
		}
	}()
	address := waitFor(t, log, regexp.MustCompile(`"serving".*?"(?:labels\.)?address":"([^"]+)"`))
	c := r.deployment.Spec.Template.Spec.Containers[0]
	for _, probe := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
		client := http.Client{Timeout: time.Minute}
		answer, err := client.Get("http://" + address + probe.HTTPGet.Path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", probe.HTTPGet.Path, answer.Status)
		}
	}
}

// waitFor returns what a pattern finds in a log.
func waitFor(t *testing.T, log *buffer, pattern *regexp.Regexp) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if m := pattern.FindStringSubmatch(log.String()); m != nil {
			return m[1]
		}
	}
	t.Fatalf("serve never said %s: %s", pattern, log)
	return ""
}

// buffer is a bytes.Buffer that one goroutine writes while another reads.
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

// TestProgramRefusesMisspelt: a key that does not exist is found by the
// migration, before anything is rolled out.
func TestProgramRefusesMisspelt(t *testing.T) {
	r := render(t, filepath.Join(fixtures, "minimal.yaml"), "--set", "config.public.privacy.min_sell=7")
	out, err := container(t, r, "migrate", t.TempDir()).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "privacy.min_sell") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestOneSchedule: where the CronJob refreshes, serve does not, and else it does,
// unless the operator says otherwise.
func TestOneSchedule(t *testing.T) {
	for want, args := range map[string][]string{
		"false": nil, "": {"--set", "refresh.enabled=false"}, "true": {"--set", "config.public.refresh.schedule=true,config.public.refresh.gap=90"},
	} {
		r := render(t, filepath.Join(fixtures, "minimal.yaml"), args...)
		got := ""
		if m := regexp.MustCompile(`(?m)^  schedule: (\w+)$`).FindStringSubmatch(r.configs[configName(r)].Data["config.yaml"]); m != nil {
			got = m[1]
		}
		if got != want {
			t.Errorf("%q: refresh.schedule is %q, want %q", args, got, want)
		}
	}
}
