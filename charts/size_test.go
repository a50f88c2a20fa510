package charts

import (
	"bytes"
	"compress/gzip"
	"testing"

	"afterglow/charts/sample"
	"afterglow/retention"
)

// zipped returns the size of a text compressed.
func zipped(t testing.TB, b []byte) int {
	t.Helper()
	var z bytes.Buffer
	w, err := gzip.NewWriterLevel(&z, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return z.Len()
}

// comparisonOf is the peers' work: ten campaigns by 26 points.
func comparisonOf(m retention.Measure) *retention.Comparison {
	c := sample.Comparison(10, 26)
	c.Measure = m
	return c
}

// What a reader on a phone pays. The limits are the project's: half of what
// ECharts writes for the same ten series is 10.5 KB.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		name               string
		r                  retention.Result
		bytes, zip, allocs int
	}{
		{"retention", sample.Curve(sample.Title, 60, 52, 12, 12), 10_000, 3_000, 300},
		{"marks", sample.Marks(sample.Title, 60, 52, 12), 10_000, 3_000, 300},
		{"comparison", comparisonOf(retention.MeasureRetention), 10_500, 4_000, 400},
		{"survival comparison", comparisonOf(retention.MeasureSurvival), 10_500, 4_000, 400},
		{"heatmap", comparisonOf(retention.MeasureCohorts), 48_000, 8_000, 400},
	} {
		o := Options{Title: true}
		svg, err := SVG(c.r, o)
		if err != nil {
			t.Fatal(err)
		}
		zip := zipped(t, svg)
		allocs := int(testing.AllocsPerRun(20, func() {
			if _, err := SVG(c.r, o); err != nil {
				t.Fatal(err)
			}
		}))
		t.Logf("%s: %d bytes, %d gzipped, %d allocations", c.name, len(svg), zip, allocs)
		if len(svg) > c.bytes || zip > c.zip || allocs > c.allocs {
			t.Errorf("%s: %d bytes (at most %d), %d gzipped (%d), %d allocations (%d)", c.name, len(svg), c.bytes, zip, c.zip, allocs, c.allocs)
		}
	}
}
