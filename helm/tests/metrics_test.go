package tests

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

const monitoring = "../monitoring/"

// exported reads what the program exports: labels by metric. A histogram counts
// as the three metrics that a query sees. A test of the program writes the list.
func exported(t *testing.T) map[string][]string {
	t.Helper()
	b, err := os.ReadFile(monitoring + "metrics.txt")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`^(\w+)\{([\w,]*)\} (\w+): .+$`)
	m := map[string][]string{}
	for text := range strings.SplitSeq(strings.TrimSpace(string(b)), "\n") {
		parts := line.FindStringSubmatch(text)
		if parts == nil {
			t.Fatalf("metrics.txt: %q", text)
		}
		names := strings.FieldsFunc(parts[2], func(r rune) bool { return r == ',' })
		names = append(names, "job", "instance") // Prometheus adds them
		if parts[3] == "histogram" {
			m[parts[1]+"_bucket"] = append(slices.Clone(names), "le")
			m[parts[1]+"_count"], m[parts[1]+"_sum"] = names, names
			continue
		}
		m[parts[1]] = names
	}
	return m
}

// wrongIn says which metrics and labels of an expression the program does not export.
func wrongIn(t *testing.T, metrics map[string][]string, text string) []string {
	t.Helper()
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(strings.ReplaceAll(text, "$__rate_interval", "5m"))
	if err != nil {
		return []string{err.Error()}
	}
	var wrong, known, used []string
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			list, ok := metrics[n.Name]
			if !ok {
				wrong = append(wrong, n.Name)
			}
			known = append(known, list...)
			for _, m := range n.LabelMatchers {
				if m.Name != model.MetricNameLabel && !slices.Contains(list, m.Name) {
					wrong = append(wrong, n.Name+"{"+m.Name+"}")
				}
			}
		case *parser.AggregateExpr:
			used = append(used, n.Grouping...)
		}
		return nil
	})
	for _, name := range used {
		if !slices.Contains(known, name) {
			wrong = append(wrong, "by ("+name+")")
		}
	}
	return wrong
}

// grafana is the part of a dashboard that is held against the metrics.
type grafana struct {
	UID    string
	Title  string
	Panels []struct {
		ID      int
		Type    string
		Title   string
		GridPos struct{ X, Y, W, H int }
		Targets []struct{ Expr, LegendFormat string }
	}
}

func dashboard(t *testing.T) grafana {
	t.Helper()
	b, err := os.ReadFile(monitoring + "dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var d grafana
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDashboard: every panel asks for what there is, and every metric of
// Afterglow's own is in some panel.
func TestDashboard(t *testing.T) {
	metrics := exported(t)
	d := dashboard(t)
	legend := regexp.MustCompile(`\{\{(\w+)\}\}`)
	all, ids := "", map[int]bool{}
	for i, p := range d.Panels {
		if ids[p.ID] || p.Title == "" || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %d %q: a number twice, no title, or beyond the edge", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, other := range d.Panels[:i] {
			a, b := p.GridPos, other.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("%q lies on %q", p.Title, other.Title)
			}
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("%q asks for nothing", p.Title)
		}
		for _, target := range p.Targets {
			all += target.Expr + "\n"
			if wrong := wrongIn(t, metrics, target.Expr); len(wrong) > 0 {
				t.Errorf("%q: %q is not exported, in %s", p.Title, wrong, target.Expr)
			}
			for _, m := range legend.FindAllStringSubmatch(target.LegendFormat, -1) {
				if !strings.Contains(target.Expr, m[1]) && m[1] != "instance" {
					t.Errorf("%q: nothing tells {{%s}} apart", p.Title, m[1])
				}
			}
		}
	}
	for name := range metrics {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count"), "_sum")
		if strings.HasPrefix(name, "afterglow_") && !strings.Contains(all, base) && base != "afterglow_panics_total" { // an alert's
			t.Errorf("no panel shows %s", base)
		}
	}
}

// TestMetricNamesAreFixed: operators' own dashboards rely on these.
func TestMetricNamesAreFixed(t *testing.T) {
	metrics := exported(t)
	for _, name := range []string{"http_requests_total", "http_request_duration_seconds_bucket", "afterglow_build_info"} {
		if metrics[name] == nil {
			t.Errorf("no %s", name)
		}
	}
	if wrong := wrongIn(t, metrics, `sum by (colour) (rate(no_such_total{shape="x"}[5m])) / http_requests_total{shape="x"}`); len(wrong) < 3 {
		t.Errorf("what is not exported is not found: %q", wrong)
	}
}
