package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"afterglow/charts"
	"afterglow/mwclient"
	"afterglow/retention"
)

// Data writes the page of a chart's figures and the page that draws them:
// name + ".tab" and name + ".chart", name with its namespace. What others made of
// the titles and descriptions stays while the figures do.
func (p *Publisher) Data(ctx context.Context, name string, f Figures, result retention.Result) ([]Change, error) {
	tab, err := charts.Tab(result)
	if err != nil {
		return nil, err
	}
	// A .chart page names the .tab page without the namespace.
	_, local, _ := strings.Cut(name, ":")
	chart, err := charts.Chart(result, local+".tab")
	if err != nil {
		return nil, err
	}
	var changes []Change
	for _, page := range []struct {
		end     string
		text    []byte
		figures func([]byte) (any, error)
	}{{".tab", tab, tabFigures}, {".chart", chart, chartFigures}} {
		want, err := page.figures(page.text)
		if err != nil {
			return changes, err
		}
		c, err := p.page(ctx, name+page.end, f.summary(), func(old mwclient.PageText) (string, error) {
			// What is there and is no such page is overwritten: its title is ours.
			if has, err := page.figures([]byte(old.Text)); err == nil && old.Revision != 0 && reflect.DeepEqual(has, want) {
				return old.Text, nil
			}
			return indent(page.text)
		})
		if err != nil {
			return changes, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// tabFigures is what of a .tab page are figures.
func tabFigures(text []byte) (any, error) {
	var page struct {
		Schema struct {
			Fields []struct{ Name, Type string }
		}
		Data [][]json.RawMessage
	}
	err := json.Unmarshal(text, &page)
	return page, err
}

// chartFigures is what of a .chart page are figures, or says where they are.
func chartFigures(text []byte) (any, error) {
	var page struct {
		Version      int
		Source, Type string
		Subtitle     map[string]string // the finding
	}
	err := json.Unmarshal(text, &page)
	return page, err
}

// indent lays JSON out as MediaWiki keeps it, so that a diff is one of lines.
func indent(text []byte) (string, error) {
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "\t"); err != nil {
		return "", fmt.Errorf("laying out a page of ours: %w", err)
	}
	return b.String(), nil
}

func itoa(r rune) string { return strconv.Itoa(int(r)) }
