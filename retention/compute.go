package retention

import (
	"fmt"
	"math"
	"time"
)

// Options are what a figure depends on besides its definition.
type Options struct {
	// AsOf is the time up to which the data is complete. Later edits are not
	// looked at.
	AsOf time.Time
	// MinCell is the number of people below which a figure is suppressed;
	// 0 and 1 suppress nothing.
	MinCell int
}

// Compute is every measure of one cohort but the baseline, which needs a second
// one. Errors are a *ParamError (the definition is not allowed), an
// *UnavailableError (what it needs is not known for this cohort), or one that
// says the call was wrong.
func Compute(c *Cohort, m Measure, d Definition, o Options) (Result, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	d, err := d.normal(m)
	if err != nil {
		return nil, err
	}
	switch m {
	case MeasureRetention:
		return result(computeCurve(c, d, o))
	case MeasureMarks:
		return result(computeMarks(c, d, o))
	case MeasureSurvival:
		s, _, err := computeSurvival(c, d, o)
		return result(s, err)
	case MeasureCohorts:
		return result(computeCohorts(c, d, o))
	case MeasureIntensity:
		return result(computeIntensity(c, d, o))
	case MeasureActivity:
		return result(computeActivity(c, d, o))
	case MeasureLifecycle:
		return result(computeLifecycle(c, d, o))
	}
	return nil, &ParamError{"measure", string(m), "retention, marks, survival, cohorts, intensity, activity, lifecycle"}
}

// result keeps a failed computation's nil pointer out of the interface.
func result[R Result](r R, err error) (Result, error) {
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (o Options) check() error {
	if u := o.AsOf.Unix(); u <= 0 || u > math.MaxUint32 {
		return fmt.Errorf("retention: as of %s is outside 1970 … 2106", o.AsOf)
	}
	if o.MinCell < 0 {
		return fmt.Errorf("retention: a least cell of %d", o.MinCell)
	}
	return nil
}
