package charts

import "afterglow/retention"

func (s *sheet) survival(*retention.Survival)     {}
func (s *sheet) cohorts(*retention.Cohorts)       {}
func (s *sheet) intensity(*retention.Intensity)   {}
func (s *sheet) activity(*retention.Activity)     {}
func (s *sheet) lifecycle(*retention.Lifecycle)   {}
func (s *sheet) baseline(*retention.Baseline)     {}
func (s *sheet) comparison(*retention.Comparison) {}

// Rasterize draws an SVG of this package as PNG.
func Rasterize(svg []byte) ([]byte, error) { return nil, ErrNoChart }

// Tab returns the figures as a Data:….tab page of Extension:Chart.
func Tab(r retention.Result) ([]byte, error) { return nil, ErrNoChart }

// Chart returns a Data:….chart page of Extension:Chart that draws tabTitle.
func Chart(r retention.Result, tabTitle string) ([]byte, error) { return nil, ErrNoChart }

// Sparkline draws a curve without axes: the line, its last mark and that
// number. Options' size and title are not used.
func Sparkline(c *retention.Curve, o Options) ([]byte, error) { return nil, ErrNoChart }

// Badge draws the last known mark of a curve as a line of text.
func Badge(c *retention.Curve, o Options) ([]byte, error) { return nil, ErrNoChart }
