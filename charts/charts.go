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
// inline in HTML: it holds only the elements and attributes of Allowed.
//
// It returns an *OptionError where o is out of range, and an error that wraps
// ErrNoChart where r is of no known kind. Figures that cannot be drawn (not a
// number, out of range) are left out or clipped, never drawn as nought.
func SVG(r retention.Result, o Options) ([]byte, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	s := newSheet(o)
	if err := s.draw(r); err != nil {
		return nil, err
	}
	if o.Height > 0 && s.plotH > 0 && s.y != o.Height*px {
		// The text's height depends on its words. Now that it is known, the plot
		// takes what is left.
		given := max(o.Height*px-(s.y-s.plotH), minPlot)
		s = newSheet(o)
		s.givenPlot = given
		if err := s.draw(r); err != nil {
			return nil, err
		}
	}
	return s.document(), nil
}

// minPlot is the least height of a plot: lower, and a chart lies.
const minPlot = 80 * px

func (s *sheet) draw(r retention.Result) error {
	switch r := r.(type) {
	case *retention.Curve:
		s.retention(r)
	case *retention.RollUp:
		s.rollUp(r)
	case *retention.Marks:
		s.marks(r)
	case *retention.Survival:
		s.survival(r)
	case *retention.Cohorts:
		s.cohorts(r)
	case *retention.Intensity:
		s.intensity(r)
	case *retention.Activity:
		s.activity(r)
	case *retention.Lifecycle:
		s.lifecycle(r)
	case *retention.Baseline:
		s.baseline(r)
	case *retention.Comparison:
		s.comparison(r)
	default:
		return fmt.Errorf("drawing %T: %w", r, ErrNoChart)
	}
	return nil
}

// Finding returns the finding of a result as one sentence of plain text in the
// language, with its interval where it has one. Names of campaigns in it are
// wrapped in bidi isolates.
func Finding(r retention.Result, lang string) string {
	return string(appendFinding(nil, i18n.For(lang), r))
}

// Languages returns the codes of the languages that charts speak, sorted.
func Languages() []string { return i18n.Languages() }
