package charts

import (
	"bytes"
	"html"
	"math"
	"strconv"
	"testing"
	"time"

	chart "github.com/wcharczuk/go-chart/v2"

	"afterglow/charts/sample"
	"afterglow/retention"
)

// Each benchmark runs the chart, its limit (a string builder written by hand
// for this one picture) and go-chart as it comes, in one run, and reports how
// many times the limit the chart takes. Times depend on the machine; the
// ratios hardly.

func BenchmarkRetention(b *testing.B) {
	c := sample.Curve(sample.Title, 60, 52, 12, 12)
	lines := make([][]float64, len(c.Groups))
	for i, g := range c.Groups {
		for _, p := range g.Points {
			lines[i] = append(lines[i], p.Rate)
		}
	}
	names := []string{"newcomers", "experienced"}
	compare(b, c, func(dst []byte) []byte { return handLines(dst, sample.Title, names, lines) }, func() int { return goChart(b, names, lines) })
}

func BenchmarkComparison(b *testing.B) {
	c := comparisonOf(retention.MeasureRetention)
	names, lines := linesOf(c)
	compare(b, c, func(dst []byte) []byte { return handLines(dst, "Retention", names, lines) }, func() int { return goChart(b, names, lines) })
}

func BenchmarkSurvivalComparison(b *testing.B) {
	c := comparisonOf(retention.MeasureSurvival)
	names, lines := linesOf(c)
	for i, v := range c.Survivals {
		lines[i] = lines[i][:0]
		for _, p := range v.Points {
			lines[i] = append(lines[i], p.Survival)
		}
	}
	compare(b, c, func(dst []byte) []byte { return handLines(dst, "Survival", names, lines) }, func() int { return goChart(b, names, lines) })
}

func BenchmarkHeatmap(b *testing.B) {
	c := comparisonOf(retention.MeasureCohorts)
	names, lines := linesOf(c)
	compare(b, c, func(dst []byte) []byte { return handHeat(dst, names, lines) }, nil)
}

func BenchmarkPNG(b *testing.B) {
	svg, err := SVG(sample.Curve(sample.Title, 60, 52, 12, 12), Options{Title: true})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Rasterize(svg); err != nil {
			b.Fatal(err)
		}
	}
}

// compare times the chart, then the limit and go-chart in the same
// sub-benchmark, turn by turn, so that all meet the same machine.
func compare(b *testing.B, r retention.Result, hand func([]byte) []byte, raw func() int) {
	b.Helper()
	o := Options{Title: true}
	svg, err := SVG(r, o)
	if err != nil {
		b.Fatal(err)
	}
	var ours, limit, theirs time.Duration
	buf := make([]byte, 0, 64<<10)
	rawBytes, rawRuns := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		if _, err := SVG(r, o); err != nil {
			b.Fatal(err)
		}
		ours += time.Since(start)
		b.StopTimer()
		start = time.Now()
		buf = hand(buf[:0])
		limit += time.Since(start)
		if raw != nil && rawRuns < 20 {
			start = time.Now()
			rawBytes = raw()
			theirs += time.Since(start)
			rawRuns++
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(len(svg)), "bytes")
	b.ReportMetric(float64(zipped(b, svg)), "gzip-bytes")
	b.ReportMetric(float64(ours)/float64(limit), "x-hand")
	b.ReportMetric(float64(len(buf)), "hand-bytes")
	b.ReportMetric(float64(limit.Nanoseconds())/float64(max(b.N, 1)), "hand-ns")
	if rawRuns > 0 {
		perRaw := float64(theirs) / float64(rawRuns)
		b.ReportMetric(perRaw, "gochart-ns")
		b.ReportMetric(perRaw/(float64(ours)/float64(max(b.N, 1))), "x-faster-than-gochart")
		b.ReportMetric(float64(rawBytes), "gochart-bytes")
	}
}

func linesOf(c *retention.Comparison) ([]string, [][]float64) {
	names, lines := make([]string, len(c.Curves)), make([][]float64, len(c.Curves))
	for i, k := range c.Curves {
		names[i] = k.Campaign.Title
		for _, p := range k.Points {
			if p.Status.Known() {
				lines[i] = append(lines[i], p.Rate)
			}
		}
	}
	return names, lines
}

// handLines is the least that draws lines with names: no classes, no themes,
// no titles on marks, no layout.
func handLines(b []byte, title string, names []string, lines [][]float64) []byte {
	number := func(v float64) { b = appendTenths(b, int(v*10+0.5)) }
	text := func(x, y float64, s string) {
		b = append(b, `<text x="`...)
		number(x)
		b = append(b, `" y="`...)
		number(y)
		b = append(b, `">`...)
		b = append(b, html.EscapeString(s)...)
		b = append(b, `</text>`...)
	}
	b = append(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 450" font-size="12"><title>`...)
	b = append(b, html.EscapeString(title)...)
	b = append(b, `</title>`...)
	text(380, 20, title)
	for i := range 5 {
		text(20, 400-float64(i)*90, strconv.Itoa(i*25)+" %")
	}
	for w := 0; w < 26; w += 5 {
		text(60+float64(w)*24, 420, strconv.Itoa(w))
	}
	for i, line := range lines {
		b = append(b, `<path fill="none" stroke="`...)
		b = append(b, palette[seriesInk+ink(i%hues)][0]...)
		b = append(b, `" d="`...)
		for w, v := range line {
			b = append(b, "ML"[min(w, 1)])
			number(60 + float64(w)*24)
			b = append(b, ' ')
			number(400 - v*360)
		}
		b = append(b, `"/>`...)
		text(720, 60+float64(i)*18, names[i])
	}
	return append(b, `</svg>`...)
}

// handHeat is the least that draws a heatmap with a number in each cell.
func handHeat(b []byte, names []string, lines [][]float64) []byte {
	b = append(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 450" font-size="12">`...)
	for i, line := range lines {
		b = append(b, `<text x="10" y="`...)
		b = strconv.AppendInt(b, int64(60+i*36), 10)
		b = append(b, `">`...)
		b = append(b, html.EscapeString(names[i])...)
		b = append(b, `</text>`...)
		for w, v := range line {
			x, y := int64(60+w*28), int64(40+i*36)
			b = append(b, `<rect x="`...)
			b = strconv.AppendInt(b, x, 10)
			b = append(b, `" y="`...)
			b = strconv.AppendInt(b, y, 10)
			b = append(b, `" width="27" height="35" fill="`...)
			b = append(b, palette[heatInk+ink(heatStep(v))][0]...)
			b = append(b, `"><title>`...)
			b = strconv.AppendFloat(b, v*100, 'f', 1, 64)
			b = append(b, ` %</title></rect><text x="`...)
			b = strconv.AppendInt(b, x+5, 10)
			b = append(b, `" y="`...)
			b = strconv.AppendInt(b, y+20, 10)
			b = append(b, `">`...)
			b = strconv.AppendInt(b, int64(math.Round(v*100)), 10)
			b = append(b, `</text>`...)
		}
	}
	return append(b, `</svg>`...)
}

// goChart draws the lines with go-chart as it comes and returns its size.
func goChart(b *testing.B, names []string, lines [][]float64) int {
	b.Helper()
	g := chart.Chart{Title: "Retention", Width: 800, Height: 450, YAxis: chart.YAxis{Range: &chart.ContinuousRange{Min: 0, Max: 100}}}
	for i, line := range lines {
		s := chart.ContinuousSeries{Name: names[i]}
		for w, v := range line {
			s.XValues, s.YValues = append(s.XValues, float64(w)), append(s.YValues, v*100)
		}
		g.Series = append(g.Series, s)
	}
	g.Elements = []chart.Renderable{chart.Legend(&g)}
	var out bytes.Buffer
	if err := g.Render(chart.SVG, &out); err != nil {
		b.Fatal(err)
	}
	return out.Len()
}
