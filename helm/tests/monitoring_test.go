package tests

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"
)

// The fields of the Prometheus operator's kinds that the chart sets; another is
// an error. https://prometheus-operator.dev/docs/api-reference/api/
type (
	operatorHead struct {
		APIVersion string         `json:"apiVersion"`
		Kind       string         `json:"kind"`
		Metadata   map[string]any `json:"metadata"`
	}
	serviceMonitor struct {
		operatorHead `json:",inline"`
		Spec         struct {
			Selector struct {
				MatchLabels map[string]string `json:"matchLabels"`
			} `json:"selector"`
			Endpoints []struct {
				Port     string `json:"port"`
				Path     string `json:"path"`
				Interval string `json:"interval"`
			} `json:"endpoints"`
		} `json:"spec"`
	}
	prometheusRule struct {
		operatorHead `json:",inline"`
		Spec         map[string]any `json:"spec"`
	}
)

// TestMonitoring: what the Prometheus operator and Grafana are given is what the
// files say, and the monitor finds its port.
func TestMonitoring(t *testing.T) {
	r := render(t, filepath.Join(fixtures, "full.yaml"))
	monitor := strictly[serviceMonitor](t, r.monitoring["ServiceMonitor"])
	var ports []string
	for _, s := range r.services {
		if labels.SelectorFromSet(monitor.Spec.Selector.MatchLabels).Matches(labels.Set(s.Labels)) {
			for _, p := range s.Spec.Ports {
				ports = append(ports, p.Name+" "+p.TargetPort.StrVal)
			}
		}
	}
	if len(ports) != 1 || ports[0] != "private private" || monitor.Spec.Endpoints[0].Port != "private" || monitor.Spec.Endpoints[0].Path != "/metrics" {
		t.Errorf("the monitor finds %q for %+v", ports, monitor.Spec.Endpoints)
	}
	b, err := os.ReadFile(monitoring + "alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var alerts map[string]any
	into(t, b, &alerts, yaml.Unmarshal)
	if rule := strictly[prometheusRule](t, r.monitoring["PrometheusRule"]); !reflect.DeepEqual(rule.Spec, alerts) {
		t.Error("the PrometheusRule is not alerts.yaml")
	}
	var shown, file any
	if err := json.Unmarshal([]byte(r.configs["afterglow-"+releaseName+"-dashboard"].Data["afterglow.json"]), &shown); err != nil {
		t.Fatal(err)
	}
	d, err := os.ReadFile(monitoring + "dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(d, &file); err != nil || !reflect.DeepEqual(shown, file) {
		t.Errorf("the ConfigMap's dashboard is not dashboard.json: %v", err)
	}
}
