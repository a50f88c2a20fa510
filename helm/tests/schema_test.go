package tests

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// summary is what kubeconform says with -output json -summary.
type summary struct {
	Resources []struct{ Name, Kind, Status, Msg string }
	Summary   struct{ Valid, Invalid, Errors, Skipped int }
}

// kubeconform checks manifests against the schemas of a version.
func kubeconform(t *testing.T, version string, manifests []byte) summary {
	t.Helper()
	schemas, err := filepath.Abs("../../.cache/kubernetes")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), tool(t, "kubeconform"), "-strict", "-summary", "-output", "json",
		"-kubernetes-version", strings.TrimPrefix(version, "v"),
		"-schema-location", schemas+"/{{ .NormalizedKubernetesVersion }}/{{ .ResourceKind }}{{ .KindSuffix }}.json",
		// The Prometheus operator's; TestMonitoring reads these.
		"-skip", "ServiceMonitor,PrometheusRule")
	cmd.Stdin = bytes.NewReader(manifests)
	out, err := cmd.Output() // it fails where anything is wrong; the output says what
	var s summary
	if jsonErr := json.Unmarshal(out, &s); jsonErr != nil {
		t.Fatalf("kubeconform: %v, %v: %s", err, jsonErr, out)
	}
	return s
}

func TestManifestsAreValid(t *testing.T) {
	eachFixture(t, func(t *testing.T, values string) {
		for _, version := range versions(t) {
			out, err := template(t, version, "-f", values)
			if err != nil {
				t.Fatal(err)
			}
			s := kubeconform(t, version, out)
			if s.Summary.Valid < 5 || s.Summary.Invalid+s.Summary.Errors > 0 {
				t.Errorf("Kubernetes %s: %+v", version, s)
			}
			if want := strings.Count(string(out), "apiVersion: monitoring.coreos.com/"); s.Summary.Skipped != want {
				t.Errorf("Kubernetes %s: %d skipped, but %d are the Prometheus operator's", version, s.Summary.Skipped, want)
			}
		}
	})
}

// TestSchemasRefuse: the schemas that were cut refuse what Kubernetes refuses.
func TestSchemasRefuse(t *testing.T) {
	for _, version := range versions(t) {
		out, err := template(t, version, "-f", filepath.Join(fixtures, "full.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range [][2]string{
			{"readOnlyRootFilesystem: true", "readOnlyRootFileSystem: true"},
			{"completions: 9", "completions: nine"},
			{"apiVersion: autoscaling/v2", "apiVersion: autoscaling/v1"},
			{"apiVersion: policy/v1", "apiVersion: policy/v1beta1"},
			{"pathType: Prefix", "pathtype: Prefix"},
			{"  schedule: ", "  scheduled: "},
		} {
			if !bytes.Contains(out, []byte(change[0])) {
				t.Fatalf("nothing says %q any more", change[0])
			}
			s := kubeconform(t, version, bytes.ReplaceAll(out, []byte(change[0]), []byte(change[1])))
			if s.Summary.Invalid+s.Summary.Errors == 0 {
				t.Errorf("Kubernetes %s: %q is valid", version, change[1])
			}
		}
	}
}

func TestLint(t *testing.T) {
	eachFixture(t, func(t *testing.T, values string) {
		for _, version := range versions(t) {
			if _, err := helm(t, "lint", "--strict", chart, "--kube-version", strings.TrimPrefix(version, "v"), "-f", values); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestWrongValues: what cannot work is refused with the reason, before anything
// is installed.
func TestWrongValues(t *testing.T) {
	minimal := filepath.Join(fixtures, "minimal.yaml")
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "config.public.database is required"},
		{[]string{"-f", minimal, "--set", "config.public.database=sqlite:/x.db"}, "pods share no file"},
		{[]string{"-f", minimal, "--set", "config.public.user_agent.contact="}, "user_agent.contact is required"},
		{[]string{"-f", minimal, "--set", "config.existing_secret=x"}, "one of the two"},
		{[]string{"-f", minimal, "--set", "config.public.listen=:1"}, "config"},
		{[]string{"-f", minimal, "--set", "refresh.shards=2"}, "at most refresh.shards, 2"},
		{[]string{"-f", minimal, "--set", "refresh.shards=8,refresh.parallelism=8"}, "refresh.own_wikis"},
		{[]string{"-f", minimal, "--set", "refresh.shards=2,refresh.parallelism=2,config.public.refresh.max_in_flight=1"}, "allowed: up to 1"},
		{[]string{"-f", minimal, "--set", "refresh.schedule=daily"}, "schedule"},
		{[]string{"-f", minimal, "--set", "replicas=2"}, "replicas"},
		{[]string{"-f", minimal, "--set", "resources.replicas=0"}, "replicas"},
		{[]string{"-f", minimal, "--set", "app.version=a b"}, "version"},
		{[]string{"-f", minimal, "--set", "ingress.enabled=true"}, "host"},
		{[]string{"-f", minimal, "--set", "networkpolicy.monitoring.from=null"}, "monitoring"},
		{[]string{"-f", minimal, "--set", "config.private.Bad-Key=x"}, "Bad-Key"},
		{[]string{"-f", minimal, "--set", "docker.registry=https://x"}, "registry"},
	} {
		if _, err := template(t, versions(t)[0], test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v; want %q", test.args, err, test.want)
		}
	}
	if _, err := template(t, "v1.29.0", "-f", minimal); err == nil || !strings.Contains(err.Error(), "kubeVersion") {
		t.Errorf("a Kubernetes that is too old: %v", err)
	}
}
