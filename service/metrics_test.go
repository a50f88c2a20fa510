package service_test

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"afterglow/config"
	"afterglow/service"
)

var update = flag.Bool("update", false, "write ../helm/monitoring/metrics.txt anew")

// metricsList is what the dashboard and the alerts are held against.
const metricsList = "../helm/monitoring/metrics.txt"

// ofRuntime are the metrics of Go and the process that the dashboard shows.
var ofRuntime = []string{"go_goroutines", "process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds"}

// TestMetricsList: the list of metrics is what a server exports that has been
// used, after a campaign was refreshed. go test ./service -run MetricsList -update
func TestMetricsList(t *testing.T) {
	f := farm(t, nil)
	cfg := configured(t, f, filepath.Join(t.TempDir(), "afterglow.db"))
	if err := service.AddCampaign(t.Context(), cfg, service.Tracking{Event: f.URL("metawiki") + "/wiki/Event:Edit-a-thon"}, service.CampaignOptions{Stdout: io.Discard, Stderr: io.Discard}); err != nil {
		t.Fatal(err)
	}
	if err := refresh(t, cfg, "metawiki-101"); err != nil {
		t.Fatal(err)
	}
	s := serve(t, func(c *config.Config) { c.Database = cfg.Database })
	for _, path := range []string{"/", "/v1/campaigns", "/v1/campaigns/metawiki-101/retention.svg", "/v1/campaigns/metawiki-101/retention.svg?theme=dark", "/v1/campaigns/metawiki-101/baseline.svg"} {
		get(t, s.Addr()+path)
	}
	_, text := get(t, s.Addr()+"/metrics")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for name, family := range families {
		if !strings.HasPrefix(name, "afterglow_") && !strings.HasPrefix(name, "http_") && !slices.Contains(ofRuntime, name) {
			continue
		}
		var labels []string
		for _, m := range family.GetMetric() {
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName())
			}
		}
		slices.Sort(labels)
		lines = append(lines, fmt.Sprintf("%s{%s} %s: %s", name, strings.Join(slices.Compact(labels), ","), strings.ToLower(family.GetType().String()), family.GetHelp()))
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(metricsList, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(metricsList)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what /metrics has (-update writes it anew):\n%s", metricsList, got)
	}
}
