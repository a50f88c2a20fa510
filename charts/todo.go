package charts

import "afterglow/retention"

// Tab returns the figures as a Data:….tab page of Extension:Chart.
func Tab(r retention.Result) ([]byte, error) { return nil, ErrNoChart }

// Chart returns a Data:….chart page of Extension:Chart that draws tabTitle.
func Chart(r retention.Result, tabTitle string) ([]byte, error) { return nil, ErrNoChart }
