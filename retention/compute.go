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

func (o Options) check() error {
	if u := o.AsOf.Unix(); u <= 0 || u > math.MaxUint32 {
		return fmt.Errorf("retention: as of %s is outside 1970 … 2106", o.AsOf)
	}
	if o.MinCell < 0 {
		return fmt.Errorf("retention: a least cell of %d", o.MinCell)
	}
	return nil
}
