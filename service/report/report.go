package report

import (
	"encoding/csv"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"afterglow/charts"
	"afterglow/retention"
)

// Formats lists what can be written.
func Formats() []string { return []string{"svg", "png", "json", "csv", "tab", "chart", "html"} }

// Input is what a report is made from.
type Input struct {
	// Cohorts holds one campaign, or two and more to compare.
	Cohorts    []*retention.Cohort
	Baseline   *retention.Baseline // nil: not asked for
	Definition url.Values          // definition parameters, as in the HTTP API
	Compute    retention.Options
	Cost       string // one line: what reading took
}

// Output says where and how to write.
type Output struct {
	Dir     string
	Formats []string // of Formats
	Lang    string
	MadeUp  bool // say on every page that the people are made up
}

// section is one measure of a report.
type section struct {
	name   string // the files' name
	result retention.Result
	// unavailable says why there is no result, if so.
	unavailable string
}

// Write computes the measures and writes their files into o.Dir, which it
// makes. It returns the sections' results by name ("retention", …). Errors: a *retention.ParamError for
// a definition that makes no sense, else what the file system said.
func Write(in Input, o Output) (map[string]retention.Result, error) {
	if err := checkFormats(o.Formats); err != nil {
		return nil, err
	}
	sections, err := compute(in)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil { //nolint:gosec // a report is to be read by others
		return nil, fmt.Errorf("making the report's directory: %w", err)
	}
	results := map[string]retention.Result{}
	for _, s := range sections {
		if s.result == nil {
			continue
		}
		results[s.name] = s.result
		if err := writeSection(s, o); err != nil {
			return nil, err
		}
	}
	if slices.Contains(o.Formats, "html") {
		page, err := renderPage(in, sections, o)
		if err != nil {
			return nil, err
		}
		if err := writeFile(o.Dir, "report.html", page); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func checkFormats(formats []string) error {
	for _, f := range formats {
		if !slices.Contains(Formats(), f) {
			return &retention.ParamError{Param: "format", Value: f, Allowed: strings.Join(Formats(), ", ")}
		}
	}
	return nil
}

func compute(in Input) ([]section, error) {
	if len(in.Cohorts) > 1 {
		return comparisons(in)
	}
	return measures(in)
}

// measures computes every measure of one campaign.
func measures(in Input) ([]section, error) {
	all := []retention.Measure{
		retention.MeasureRetention, retention.MeasureMarks, retention.MeasureSurvival, retention.MeasureCohorts,
		retention.MeasureIntensity, retention.MeasureActivity, retention.MeasureLifecycle,
	}
	if err := checkParams(in.Definition, all, retention.DefinitionParams); err != nil {
		return nil, err
	}
	var out []section
	for _, m := range all {
		q := applying(in.Definition, retention.DefinitionParams(m))
		if m == retention.MeasureCohorts && !q.Has("anchor") {
			q.Set("anchor", string(retention.AnchorJoin)) // rows are months of joining
		}
		d, err := retention.ParseDefinition(q, m)
		if err != nil {
			return nil, err
		}
		s, err := one(string(m), func() (retention.Result, error) {
			return retention.Compute(in.Cohorts[0], m, d, in.Compute)
		})
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	if in.Baseline != nil {
		out = append(out, section{name: string(retention.MeasureBaseline), result: in.Baseline})
	}
	return out, nil
}

// comparisons computes campaigns beside each other, and as one.
func comparisons(in Input) ([]section, error) {
	all := []retention.Measure{retention.MeasureRetention, retention.MeasureSurvival, retention.MeasureCohorts, retention.MeasureMarks}
	if err := checkParams(in.Definition, all, retention.ComparisonParams); err != nil {
		return nil, err
	}
	var out []section
	for _, m := range all {
		d, err := retention.ParseComparison(applying(in.Definition, retention.ComparisonParams(m)), m)
		if err != nil {
			return nil, err
		}
		s, err := one("compare-"+string(m), func() (retention.Result, error) {
			return retention.Compare(in.Cohorts, m, d, in.Compute)
		})
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	s, err := rollUp(in)
	if err != nil {
		return nil, err
	}
	return append(out, s), nil
}

// rollUp computes all campaigns as one, each person once. It has one anchor and
// no presets: where the definition asks for others, the section says so.
func rollUp(in Input) (section, error) {
	const name = "rollup"
	d, err := retention.ParseDefinition(in.Definition, retention.MeasureRollUp)
	var param *retention.ParamError
	if errors.As(err, &param) {
		return section{name: name, unavailable: param.Error()}, nil
	}
	if err != nil {
		return section{}, err
	}
	return one(name, func() (retention.Result, error) { return retention.ComputeRollUp(in.Cohorts, d, in.Compute) })
}

// one turns a figure that cannot be had into a section that says so.
func one(name string, compute func() (retention.Result, error)) (section, error) {
	r, err := compute()
	var unavailable *retention.UnavailableError
	if errors.As(err, &unavailable) {
		return section{name: name, unavailable: unavailable.Error()}, nil
	}
	if err != nil {
		return section{}, fmt.Errorf("computing %s: %w", name, err)
	}
	return section{name: name, result: r}, nil
}

// checkParams refuses a parameter that applies to none of the measures.
func checkParams(q url.Values, all []retention.Measure, params func(retention.Measure) []string) error {
	for name := range q {
		if !slices.ContainsFunc(all, func(m retention.Measure) bool { return slices.Contains(params(m), name) }) {
			return &retention.ParamError{Param: name, Value: q.Get(name), Allowed: "a parameter that applies to this report"}
		}
	}
	return nil
}

// applying keeps the parameters of those names.
func applying(q url.Values, names []string) url.Values {
	kept := url.Values{}
	for _, name := range names {
		if q.Has(name) {
			kept[name] = q[name]
		}
	}
	return kept
}

func writeSection(s section, o Output) error {
	for _, format := range o.Formats {
		var b []byte
		var err error
		switch format {
		case "svg":
			b, err = charts.SVG(s.result, chartOptions(o))
		case "png":
			b, err = charts.PNG(s.result, chartOptions(o))
		case "json":
			b, err = s.result.MarshalJSON()
		case "csv":
			b, err = csvOf(s.result)
		case "tab":
			b, err = charts.Tab(s.result)
		case "chart":
			b, err = charts.Chart(s.result, "Afterglow/"+s.name+".tab")
		case "html":
			continue
		}
		if errors.Is(err, charts.ErrNoChart) && (format == "tab" || format == "chart") {
			continue // Extension:Chart cannot draw every measure
		}
		if err != nil {
			return fmt.Errorf("writing %s.%s: %w", s.name, format, err)
		}
		if err := writeFile(o.Dir, s.name+"."+format, b); err != nil {
			return err
		}
	}
	return nil
}

func chartOptions(o Output) charts.Options {
	return charts.Options{Lang: o.Lang, Title: true, MadeUp: o.MadeUp}
}

func csvOf(r retention.Result) ([]byte, error) {
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.WriteAll(r.Table()); err != nil {
		return nil, fmt.Errorf("CSV: %w", err)
	}
	return []byte(b.String()), nil
}

// writeFile writes a file whole or not at all.
func writeFile(dir, name string, b []byte) error {
	tmp, err := os.CreateTemp(dir, "."+name+"-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	_, err = tmp.Write(b)
	err = errors.Join(err, tmp.Close(), os.Chmod(tmp.Name(), 0o644)) //nolint:gosec // a report is to be read by others
	if err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, errors.Join(err, os.Remove(tmp.Name())))
	}
	return nil
}
