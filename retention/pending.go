package retention

import "errors"

var errPending = errors.New("retention: this measure is not computed yet")

// Compute is every measure of one cohort but the baseline.
func Compute(c *Cohort, m Measure, d Definition, o Options) (Result, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if _, err := d.normal(m); err != nil {
		return nil, err
	}
	return nil, errPending
}

// Compare is two to twelve cohorts beside each other by one measure: retention, marks, survival or cohorts.
func Compare(cs []*Cohort, m Measure, d Definition, o Options) (*Comparison, error) {
	return nil, errPending
}

// ComputeRollUp is several cohorts with each person counted once.
func ComputeRollUp(cs []*Cohort, d Definition, o Options) (*RollUp, error) { return nil, errPending }

// ComputeBaseline compares a cohort's newcomers with the control accounts, whose cohort is of the same campaign.
func ComputeBaseline(c, control *Cohort, o Options) (*Baseline, error) { return nil, errPending }

// Table is a header and rows.
func (r *Curve) Table() [][]string { return nil }

// MarshalJSON is the shape of the HTTP API.
func (r *Curve) MarshalJSON() ([]byte, error) { return nil, errPending }

// Table is a header and rows.
func (r *Marks) Table() [][]string { return nil }

// MarshalJSON is the shape of the HTTP API.
func (r *Marks) MarshalJSON() ([]byte, error) { return nil, errPending }

// Table is a header and rows.
func (r *Survival) Table() [][]string { return nil }

// MarshalJSON is the shape of the HTTP API.
func (r *Survival) MarshalJSON() ([]byte, error) { return nil, errPending }

// Table is a header and rows.
func (r *Cohorts) Table() [][]string { return nil }

// MarshalJSON is the shape of the HTTP API.
func (r *Cohorts) MarshalJSON() ([]byte, error) { return nil, errPending }

// Table is a header and rows.
func (r *Intensity) Table() [][]string { return nil }

// MarshalJSON is the shape of the HTTP API.
func (r *Intensity) MarshalJSON() ([]byte, error) { return nil, errPending }

// Table is a header and rows.
func (r *Activity) Table() [][]string { return nil }

// MarshalJSON is the shape of the HTTP API.
func (r *Activity) MarshalJSON() ([]byte, error) { return nil, errPending }

// Table is a header and rows.
func (r *Lifecycle) Table() [][]string { return nil }

// MarshalJSON is the shape of the HTTP API.
func (r *Lifecycle) MarshalJSON() ([]byte, error) { return nil, errPending }

// Table is a header and rows.
func (r *Baseline) Table() [][]string { return nil }

// MarshalJSON is the shape of the HTTP API.
func (r *Baseline) MarshalJSON() ([]byte, error) { return nil, errPending }

// Table is a header and rows.
func (r *Comparison) Table() [][]string { return nil }

// MarshalJSON is the shape of the HTTP API.
func (r *Comparison) MarshalJSON() ([]byte, error) { return nil, errPending }

// Table is a header and rows.
func (r *RollUp) Table() [][]string { return nil }

// MarshalJSON is the shape of the HTTP API.
func (r *RollUp) MarshalJSON() ([]byte, error) { return nil, errPending }
