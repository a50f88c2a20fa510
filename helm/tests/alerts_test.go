package tests

import (
	"context"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
	"github.com/prometheus/prometheus/rules"
	"sigs.k8s.io/yaml"
)

// firing evaluates the rules each minute, as Prometheus does, on made-up series,
// and returns the alerts that fire in the end, with their summaries.
func firing(t *testing.T, series string, after time.Duration) map[string]string {
	t.Helper()
	storage := promqltest.LoadedStorage(t, "load 1m\n"+strings.TrimLeft(series, "\n"))
	engine := promqltest.NewTestEngine(t, false, 5*time.Minute, 10_000_000)
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc: rules.EngineQueryFunc(engine, storage), AppendableV2: storage, Context: t.Context(), Logger: promslog.NewNopLogger(),
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {}, Parser: parser.NewParser(parser.Options{}),
	})
	groups, errs := manager.LoadGroups(time.Minute, labels.EmptyLabels(), "", nil, false, monitoring+"alerts.yaml")
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	found := map[string]string{}
	for _, g := range groups {
		for _, r := range g.AlertingRules() {
			r.SetRestored(true)
		}
		for at := time.Duration(0); at <= after; at += time.Minute {
			g.Eval(t.Context(), time.Unix(0, 0).Add(at))
		}
		for _, r := range g.AlertingRules() {
			if err := r.LastError(); err != nil {
				t.Errorf("%s: %v", r.Name(), err)
			}
			for _, a := range r.ActiveAlerts() {
				if a.State == rules.StateFiring {
					found[r.Name()] = a.Annotations.Get("summary")
				}
			}
		}
	}
	return found
}

// healthy is an hour and more of a server that is well, on which each case
// lays what goes wrong.
const healthy = `
	afterglow_build_info{job="afterglow",instance="a",version="v1"} 1x200
	afterglow_build_info{job="afterglow",instance="b",version="v1"} 1x200
	http_requests_total{job="afterglow",instance="a",handler="chart",method="GET",code="200"} 0+600x200
	http_requests_total{job="afterglow",instance="b",handler="chart",method="GET",code="200"} 0+600x200
	http_requests_total{job="other",instance="c",handler="chart",method="GET",code="500"} 0+6000x200
	http_request_duration_seconds_bucket{job="afterglow",instance="a",handler="chart",method="GET",le="0.1"} 0+590x200
	http_request_duration_seconds_bucket{job="afterglow",instance="a",handler="chart",method="GET",le="1"} 0+600x200
	http_request_duration_seconds_bucket{job="afterglow",instance="a",handler="chart",method="GET",le="+Inf"} 0+600x200
	afterglow_panics_total{job="afterglow",instance="a"} 0x200
	process_start_time_seconds{job="afterglow",instance="a"} 1000x200
	afterglow_store_errors_total{job="afterglow",instance="a",operation="cohort"} 0x200
	afterglow_figures_read_timestamp_seconds{job="afterglow",instance="a"} 0+60x200
	afterglow_refresh_age_seconds{job="afterglow",instance="a",bucket="daily"} 90000x200
	afterglow_refresh_age_seconds{job="afterglow",instance="a",bucket="monthly"} 2700000x200
	afterglow_campaigns{job="afterglow",instance="a",bucket="daily"} 100x200
	afterglow_campaigns{job="afterglow",instance="b",bucket="daily"} 100x200
	afterglow_campaigns_failing{job="afterglow",instance="a",bucket="daily"} 5x200
	afterglow_campaigns_failing{job="afterglow",instance="b",bucket="daily"} 5x200
	afterglow_api_requests_total{job="afterglow",instance="a",wiki="enwiki"} 0+10x200
	afterglow_api_throttled_total{job="afterglow",instance="a",wiki="enwiki"} 0+1x200
	afterglow_jobs{job="afterglow",instance="a",state="queued"} 3x200
`

// TestAlerts raises each alert by what it is for, and no other.
func TestAlerts(t *testing.T) {
	if found := firing(t, healthy, 3*time.Hour); len(found) > 0 {
		t.Errorf("all is well, and these fire: %v", found)
	}
	// change replaces a line of healthy; an empty line takes it away.
	for alert, test := range map[string]struct {
		change [][2]string
		after  time.Duration
		says   string
	}{
		"AfterglowDown":   {[][2]string{{"afterglow_build_info", ""}}, 10 * time.Minute, "No process"},
		"AfterglowErrors": {[][2]string{{`http_requests_total{job="afterglow",instance="b"`, `http_requests_total{job="afterglow",instance="b",handler="chart",method="GET",code="503"} 0+60x200`}}, 40 * time.Minute, "9.091%"},
		"AfterglowSlow":   {[][2]string{{`le="0.1"`, `http_request_duration_seconds_bucket{job="afterglow",instance="a",handler="chart",method="GET",le="0.1"} 0+300x200`}}, time.Hour, "910ms"},
		"AfterglowPanics": {[][2]string{{"afterglow_panics_total", `afterglow_panics_total{job="afterglow",instance="a"} 0x30 1x170`}}, 33 * time.Minute, "panic"},
		"AfterglowRestarts": {[][2]string{{"process_start_time_seconds", `process_start_time_seconds{job="afterglow",instance="a"} 1000+60x200`}},
			time.Hour, "a was restarted"},
		"AfterglowDatabaseErrors": {[][2]string{{"afterglow_store_errors_total", `afterglow_store_errors_total{job="afterglow",instance="a",operation="cohort"} 0+6x200`}}, 30 * time.Minute, "100m readings"},
		"AfterglowFiguresOld":     {[][2]string{{"afterglow_figures_read", `afterglow_figures_read_timestamp_seconds{job="afterglow",instance="a"} 0x200`}}, 20 * time.Minute, "20m"},
		"AfterglowRefreshStale":   {[][2]string{{`bucket="monthly"} 2700000`, `afterglow_refresh_age_seconds{job="afterglow",instance="a",bucket="monthly"} 3542400x200`}}, 2 * time.Hour, "the monthly bucket was last refreshed 41d"},
		"AfterglowRefreshFailing": {[][2]string{{`failing{job="afterglow",instance="a"`, `afterglow_campaigns_failing{job="afterglow",instance="a",bucket="daily"} 20x500`},
			{`campaigns{job="afterglow",instance="a"`, `afterglow_campaigns{job="afterglow",instance="a",bucket="daily"} 100x500`}, {"afterglow_build_info", ""}}, 7 * time.Hour, "20% of the campaigns"},
		"AfterglowThrottled":   {[][2]string{{"afterglow_api_throttled", `afterglow_api_throttled_total{job="afterglow",instance="a",wiki="enwiki"} 0+5x200`}}, 2 * time.Hour, "enwiki asked for patience in 50%"},
		"AfterglowJobsWaiting": {[][2]string{{"afterglow_jobs", `afterglow_jobs{job="afterglow",instance="a",state="queued"} 40x200`}}, 40 * time.Minute, "40 jobs wait"},
	} {
		series := healthy
		for _, c := range test.change {
			series = replaced(t, series, c[0], c[1])
		}
		found := firing(t, series, test.after)
		if !strings.Contains(found[alert], test.says) {
			t.Errorf("%s does not fire, or says %q; want %q; firing: %v", alert, found[alert], test.says, found)
		}
		delete(found, alert)
		if alert == "AfterglowRefreshFailing" { // six hours on, the rest of healthy has ended
			found = nil
		}
		if len(found) > 0 {
			t.Errorf("%s comes with %v", alert, found)
		}
	}
	for _, r := range alertRules(t) { // a new alert needs a case
		if !strings.Contains(string(source(t)), `"`+r.Alert+`":`) {
			t.Errorf("nothing raises %s", r.Alert)
		}
	}
}

func source(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("alerts_test.go")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// replaced puts a line in the place of those that contain a text.
func replaced(t *testing.T, series, containing, line string) string {
	t.Helper()
	var lines []string
	done := false
	for l := range strings.SplitSeq(series, "\n") {
		if !strings.Contains(l, containing) {
			lines = append(lines, l)
			continue
		}
		if line != "" && !done {
			lines = append(lines, "\t"+line)
		}
		done = true
	}
	if !done {
		t.Fatalf("no series has %q", containing)
	}
	return strings.Join(lines, "\n")
}

type alertRule struct {
	Alert, Expr, For    string
	Labels, Annotations map[string]string
}

func alertRules(t *testing.T) []alertRule {
	t.Helper()
	b, err := os.ReadFile(monitoring + "alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Name  string
			Rules []alertRule
		}
	}
	if err := yaml.UnmarshalStrict(b, &file); err != nil {
		t.Fatal(err)
	}
	var list []alertRule
	for _, g := range file.Groups {
		list = append(list, g.Rules...)
	}
	return list
}

// TestRunbooks: each alert asks for what there is, and leads to a section of the
// operator's guide; each runbook is some alert's.
func TestRunbooks(t *testing.T) {
	const guide = "docs/operations.md"
	b, err := os.ReadFile("../../" + guide)
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(b), -1) {
		headings[anchor(m[1])] = true
	}
	metrics, led := exported(t), map[string]bool{}
	for _, r := range alertRules(t) {
		if wrong := wrongIn(t, metrics, r.Expr); len(wrong) > 0 {
			t.Errorf("%s: %q is not exported", r.Alert, wrong)
		}
		if !slices.Contains([]string{"critical", "warning"}, r.Labels["severity"]) || r.Annotations["summary"] == "" {
			t.Errorf("%s: severity %q, summary %q", r.Alert, r.Labels["severity"], r.Annotations["summary"])
		}
		file, heading, _ := strings.Cut(r.Annotations["runbook_url"], "#")
		if file != guide || !headings[heading] || heading != anchor(r.Alert) {
			t.Errorf("%s: its runbook %s is not there", r.Alert, r.Annotations["runbook_url"])
		}
		led[heading] = true
	}
	for _, heading := range slices.Sorted(maps.Keys(headings)) {
		if strings.HasPrefix(heading, "afterglow") && !led[heading] {
			t.Errorf("%s has a runbook %s that no alert leads to", guide, heading)
		}
	}
}

// anchor is a heading's address as GitHub and GitLab make it.
func anchor(heading string) string {
	heading = strings.ToLower(regexp.MustCompile(`[^\w\s-]`).ReplaceAllString(heading, ""))
	return strings.ReplaceAll(strings.TrimSpace(heading), " ", "-")
}
