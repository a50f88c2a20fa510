package charts

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"afterglow/charts/i18n"
	"afterglow/charts/sample"
	"afterglow/retention"
)

// everyResult is one result of each type.
func everyResult() []retention.Result {
	survivals := sample.Comparison(3, 12)
	survivals.Measure = retention.MeasureSurvival
	return []retention.Result{
		sample.Curve(sample.Nasty, 60, 52, 12, 9), sample.Marks(sample.Title, 60, 52, 9), sample.Survival(sample.Title, 112, 45, 0.01),
		sample.Cohorts(sample.Title, 7, 12), sample.Intensity(sample.Title, 112, 12, 9), sample.Activity(sample.Title, 112, 9),
		sample.Lifecycle(sample.Title, 112, 9), sample.Baseline(sample.Title, 57, 230, 9), sample.RollUp(sample.Title), sample.Comparison(12, 60), survivals,
	}
}

var fieldName = regexp.MustCompile(`^[\pL_][\pL\pN_]*$`)

// checkTab holds a page to the rules of Extension:JsonConfig's tabular data.
func checkTab(t *testing.T, page []byte) (fields, rows int) {
	t.Helper()
	var p struct {
		License     string            `json:"license"`
		Description map[string]string `json:"description"`
		Sources     string            `json:"sources"`
		Schema      struct {
			Fields []struct {
				Name  string            `json:"name"`
				Type  string            `json:"type"`
				Title map[string]string `json:"title"`
			} `json:"fields"`
		} `json:"schema"`
		Data [][]any `json:"data"`
	}
	if err := json.Unmarshal(page, &p); err != nil {
		t.Fatal(err)
	}
	if p.License != "CC0-1.0" || p.Sources == "" || len(p.Schema.Fields) == 0 {
		t.Errorf("license %q, sources %q, %d fields", p.License, p.Sources, len(p.Schema.Fields))
	}
	checkLocalized(t, p.Description)
	seen := map[string]bool{}
	for _, f := range p.Schema.Fields {
		if !fieldName.MatchString(f.Name) || seen[f.Name] {
			t.Errorf("field name %q", f.Name)
		}
		seen[f.Name] = true
		if f.Type != "number" && f.Type != "string" {
			t.Errorf("type %q", f.Type)
		}
		checkLocalized(t, f.Title)
	}
	for _, row := range p.Data {
		if len(row) != len(p.Schema.Fields) {
			t.Fatalf("a row of %d cells, %d fields", len(row), len(p.Schema.Fields))
		}
		for i, c := range row {
			switch c := c.(type) {
			case nil:
			case float64:
				if p.Schema.Fields[i].Type != "number" {
					t.Errorf("number in field %s", p.Schema.Fields[i].Name)
				}
			case string:
				if p.Schema.Fields[i].Type != "string" || !line(c) {
					t.Errorf("text %q in field %s", c, p.Schema.Fields[i].Name)
				}
			default:
				t.Errorf("%T in field %s", c, p.Schema.Fields[i].Name)
			}
		}
	}
	return len(p.Schema.Fields), len(p.Data)
}

func line(s string) bool {
	return utf8.RuneCountInString(s) <= 400 && !strings.ContainsAny(s, "\r\n\t")
}

func checkLocalized(t *testing.T, l map[string]string) {
	t.Helper()
	if _, ok := l["en"]; !ok {
		t.Errorf("no English in %v", l)
	}
	for lang, s := range l {
		if !line(s) {
			t.Errorf("%s: %q", lang, s)
		}
	}
}

func TestTabAndChart(t *testing.T) {
	for _, r := range everyResult() {
		tab, err := Tab(r)
		if err != nil {
			t.Fatalf("%T: %v", r, err)
		}
		fields, rows := checkTab(t, tab)
		if fields < 2 || rows == 0 {
			t.Errorf("%T: %d fields, %d rows", r, fields, rows)
		}
		page, err := Chart(r, "Data:Wiki Loves Libraries 2025/retention.tab")
		if err != nil {
			t.Fatalf("%T: %v", r, err)
		}
		var c struct {
			License, Source, Type string
			Version               int
			Title, Subtitle       map[string]string
			XAxis, YAxis          struct {
				Title  map[string]string
				Format string
			}
		}
		if err := json.Unmarshal(page, &c); err != nil {
			t.Fatal(err)
		}
		if c.License != "CC0-1.0" || c.Version != 1 || c.Source != "Wiki Loves Libraries 2025/retention.tab" || c.XAxis.Format != "none" {
			t.Errorf("%T: %+v", r, c)
		}
		switch c.Type {
		case "line", "bar", "area":
		default:
			t.Errorf("%T: type %q", r, c.Type)
		}
		for _, l := range []map[string]string{c.Title, c.Subtitle, c.XAxis.Title, c.YAxis.Title} {
			checkLocalized(t, l)
		}
		if len(c.Title) < len(i18n.Languages()) {
			t.Errorf("%T: the title is in %d languages", r, len(c.Title))
		}
		if len(tab)+len(page) > 100_000 {
			t.Errorf("%T: %d bytes", r, len(tab)+len(page))
		}
	}
}

func TestTabOfCurve(t *testing.T) {
	c := sample.Curve(sample.Title, 60, 52, 12, 9)
	tab, err := Tab(c)
	if err != nil {
		t.Fatal(err)
	}
	var p struct{ Data [][]*float64 }
	if err := json.Unmarshal(tab, &p); err != nil {
		t.Fatal(err)
	}
	if want := 61.7; *p.Data[0][0] != 1 || *p.Data[0][1] != want {
		t.Errorf("month %v: %v, want %v", *p.Data[0][0], *p.Data[0][1], want)
	}
	if p.Data[9][1] != nil || p.Data[9][2] != nil {
		t.Error("an open month has a figure")
	}
}

func TestPagesRefuse(t *testing.T) {
	if _, err := Tab(nil); !errors.Is(err, ErrNoChart) {
		t.Error(err)
	}
	var bad *OptionError
	if _, err := Chart(sample.Curve("x", 9, 9, 3, 3), "no page"); !errors.As(err, &bad) || bad.Param != "tab" {
		t.Error(err)
	}
	if _, err := Tab(sample.Cohorts(strings.Repeat("long ", 200), 120, 60)); err != nil {
		t.Errorf("the largest heatmap: %v", err)
	}
}
