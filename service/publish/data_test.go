package publish

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"unicode/utf8"

	"afterglow/charts"
	"afterglow/charts/sample"
	"afterglow/retention"
)

var fieldName = regexp.MustCompile(`^[\pL_][\pL\pN_]*$`)

// validTab applies what Extension:JsonConfig asks of a Data:….tab page:
// https://www.mediawiki.org/wiki/Help:Tabular_data
func validTab(text []byte) error {
	var page struct {
		License, Sources string
		Description      map[string]string
		Schema           struct {
			Fields []struct {
				Name, Type string
				Title      map[string]string
			}
		}
		Data [][]any
	}
	if err := json.Unmarshal(text, &page); err != nil {
		return err
	}
	if page.License != "CC0-1.0" || len(page.Schema.Fields) == 0 || len(page.Data) == 0 {
		return fmt.Errorf("license %q, %d fields, %d rows", page.License, len(page.Schema.Fields), len(page.Data))
	}
	if err := localized(page.Description); err != nil {
		return err
	}
	for _, f := range page.Schema.Fields {
		if !fieldName.MatchString(f.Name) || !slices.Contains([]string{"number", "boolean", "string", "localized"}, f.Type) {
			return fmt.Errorf("field %q of type %q", f.Name, f.Type)
		}
		if err := localized(f.Title); err != nil {
			return err
		}
	}
	for i, row := range page.Data {
		if len(row) != len(page.Schema.Fields) {
			return fmt.Errorf("row %d has %d cells", i, len(row))
		}
		for j, cell := range row {
			number := page.Schema.Fields[j].Type == "number"
			switch v := cell.(type) {
			case nil:
			case float64:
				if !number {
					return fmt.Errorf("row %d: a number in %s", i, page.Schema.Fields[j].Name)
				}
			case string:
				if number || oneLine(v) != nil {
					return fmt.Errorf("row %d: %q in %s", i, v, page.Schema.Fields[j].Name)
				}
			default:
				return fmt.Errorf("row %d: %T", i, v)
			}
		}
	}
	return nil
}

// validChart applies what Extension:Chart asks of a Data:….chart page:
// https://www.mediawiki.org/wiki/Extension:Chart
func validChart(text []byte, tab string) error {
	var page struct {
		License, Type, Source string
		Version               int
		Title, Subtitle       map[string]string
		XAxis, YAxis          struct {
			Title  map[string]string
			Format string
		}
	}
	if err := json.Unmarshal(text, &page); err != nil {
		return err
	}
	if page.License != "CC0-1.0" || page.Version != 1 || page.Source != tab || !slices.Contains([]string{"bar", "rect", "line", "area", "pie"}, page.Type) {
		return fmt.Errorf("%+v", page)
	}
	for _, l := range []map[string]string{page.Title, page.Subtitle, page.XAxis.Title, page.YAxis.Title} {
		if err := localized(l); err != nil {
			return err
		}
	}
	return nil
}

func localized(l map[string]string) error {
	if l["en"] == "" {
		return fmt.Errorf("no English in %v", l)
	}
	for _, s := range l {
		if err := oneLine(s); err != nil {
			return err
		}
	}
	return nil
}

func oneLine(s string) error {
	if utf8.RuneCountInString(s) > 400 || regexp.MustCompile(`[\n\r\t]`).MatchString(s) {
		return fmt.Errorf("%q is too long, or more than a line", s)
	}
	return nil
}

// TestDataPagesAreValid: what is written suits the extensions, also with a
// hostile title and at full length.
func TestDataPagesAreValid(t *testing.T) {
	for name, r := range map[string]retention.Result{
		"curve": sample.Curve(sample.Title, 60, 53, 12, 9), "nasty": sample.Curve(sample.Nasty, 60, 53, 60, 60), "marks": sample.Marks(sample.Long, 60, 53, 9),
		"survival": sample.Survival(sample.Arabic, 113, 52, .05), "intensity": sample.Intensity(sample.Hindi, 113, 12, 9),
		"activity": sample.Activity(sample.Title, 113, 9), "lifecycle": sample.Lifecycle(sample.Title, 113, 9),
	} {
		tab, err := charts.Tab(r)
		if err == nil {
			err = validTab(tab)
		}
		if err != nil {
			t.Errorf("%s.tab: %v", name, err)
		}
		chart, err := charts.Chart(r, "A/"+name+".tab")
		if err == nil {
			err = validChart(chart, "A/"+name+".tab")
		}
		if err != nil {
			t.Errorf("%s.chart: %v", name, err)
		}
		if len(tab)+len(chart) >= 100_000 {
			t.Errorf("%s: %d bytes", name, len(tab)+len(chart))
		}
	}
}
