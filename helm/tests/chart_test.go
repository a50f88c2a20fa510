package tests

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

const (
	chart    = ".."
	fixtures = "../.fixtures"
	// releaseName stands in every rendered name.
	releaseName = "test"
)

// tool returns a program that `make helm-test` installs.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("../../.cache/bin", name))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("%s is missing (run make helm-test, which installs it): %v", name, err)
	}
	return path
}

// versions are the Kubernetes versions that the chart is held against.
func versions(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile("kubernetes-versions")
	if err != nil {
		t.Fatal(err)
	}
	list := strings.Fields(string(b))
	if len(list) < 2 {
		t.Fatalf("kubernetes-versions names %d; at least two are held against", len(list))
	}
	return list
}

// eachFixture runs f for each set of values.
func eachFixture(t *testing.T, f func(t *testing.T, values string)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(fixtures, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) { f(t, file) })
	}
}

// helm runs helm and returns what it prints, and what it says if it fails.
func helm(t *testing.T, args ...string) ([]byte, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tool(t, "helm"), args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, errors.Join(errors.New(out.String()+errs.String()), err)
	}
	return out.Bytes(), nil
}

// template renders the chart for a Kubernetes version.
func template(t *testing.T, version string, args ...string) ([]byte, error) {
	t.Helper()
	return helm(t, append([]string{"template", releaseName, chart, "--kube-version", strings.TrimPrefix(version, "v")}, args...)...)
}

// release is a rendered chart.
type release struct {
	configs     map[string]*corev1.ConfigMap
	secrets     map[string]*corev1.Secret
	services    []*corev1.Service
	deployment  *appsv1.Deployment
	cron        *batchv1.CronJob
	migrate     *batchv1.Job
	budget      *policyv1.PodDisruptionBudget
	autoscaler  *autoscalingv2.HorizontalPodAutoscaler
	ingress     *networkingv1.Ingress
	policies    []*networkingv1.NetworkPolicy
	byNameKind  map[string]bool
	monitoring  map[string][]byte // of kinds that Kubernetes does not have
	annotations map[string]map[string]string
}

// render renders the chart and reads every object into its own Go type, where
// an unknown field is an error.
func render(t *testing.T, values string, args ...string) release {
	t.Helper()
	out, err := template(t, versions(t)[0], append([]string{"-f", values}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	r := release{configs: map[string]*corev1.ConfigMap{}, secrets: map[string]*corev1.Secret{}, byNameKind: map[string]bool{},
		monitoring: map[string][]byte{}, annotations: map[string]map[string]string{}}
	for _, doc := range documents(t, out) {
		r.add(t, doc)
	}
	return r
}

func (r *release) add(t *testing.T, doc []byte) {
	t.Helper()
	var head struct {
		metav1.TypeMeta `json:",inline"`
		Metadata        metav1.ObjectMeta `json:"metadata"`
	}
	into(t, doc, &head, yaml.Unmarshal)
	key := head.Kind + " " + head.Metadata.Name
	if r.byNameKind[key] {
		t.Errorf("two objects are %s", key)
	}
	r.byNameKind[key] = true
	r.annotations[key] = head.Metadata.Annotations
	switch head.Kind {
	case "ConfigMap":
		r.configs[head.Metadata.Name] = strictly[corev1.ConfigMap](t, doc)
	case "Secret":
		r.secrets[head.Metadata.Name] = strictly[corev1.Secret](t, doc)
	case "Service":
		r.services = append(r.services, strictly[corev1.Service](t, doc))
	case "Deployment":
		r.deployment = strictly[appsv1.Deployment](t, doc)
	case "CronJob":
		r.cron = strictly[batchv1.CronJob](t, doc)
	case "Job":
		r.migrate = strictly[batchv1.Job](t, doc)
	case "PodDisruptionBudget":
		r.budget = strictly[policyv1.PodDisruptionBudget](t, doc)
	case "HorizontalPodAutoscaler":
		r.autoscaler = strictly[autoscalingv2.HorizontalPodAutoscaler](t, doc)
	case "Ingress":
		r.ingress = strictly[networkingv1.Ingress](t, doc)
	case "NetworkPolicy":
		r.policies = append(r.policies, strictly[networkingv1.NetworkPolicy](t, doc))
	case "ServiceMonitor", "PrometheusRule":
		r.monitoring[head.Kind] = doc
	default:
		t.Errorf("a kind that no test knows: %s", head.Kind)
	}
}

// pods returns every pod that the release would run, by component.
func (r *release) pods() map[string]corev1.PodTemplateSpec {
	pods := map[string]corev1.PodTemplateSpec{"serve": r.deployment.Spec.Template}
	if r.cron != nil {
		pods["refresh"] = r.cron.Spec.JobTemplate.Spec.Template
	}
	if r.migrate != nil {
		pods["migrate"] = r.migrate.Spec.Template
	}
	return pods
}

// documents takes helm's output apart, without the empty ones.
func documents(t *testing.T, text []byte) [][]byte {
	t.Helper()
	var list [][]byte
	for doc := range bytes.SplitSeq(append([]byte("\n"), text...), []byte("\n---\n")) {
		var any map[string]any
		into(t, doc, &any, yaml.Unmarshal)
		if len(any) > 0 {
			list = append(list, doc)
		}
	}
	return list
}

func strictly[T any](t *testing.T, doc []byte) *T {
	t.Helper()
	v := new(T)
	into(t, doc, v, yaml.UnmarshalStrict)
	return v
}

func into(t *testing.T, doc []byte, v any, unmarshal func([]byte, any, ...yaml.JSONOpt) error) {
	t.Helper()
	if err := unmarshal(doc, v); err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("%v in\n%s", err, doc)
	}
}
