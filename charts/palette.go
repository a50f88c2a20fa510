package charts

// ink names a colour of the palette; each has a light and a dark value.
type ink uint8

const (
	noInk ink = iota
	currentInk
	textInk
	subtleInk
	gridInk
	axisInk
	groundInk
	fieldInk // the shade of months that are not over
	seriesInk
	_
	_
	_
	_
	_
	_
	_
	greyInk // more series than hues
	heatInk
	_
	_
	_
	_
	_
	_
	_
	_
	_
	inverseInk // numbers on the stronger half of the heat ramp
	levelInk   // shares of intensity, from casual to very active
	_
	_
	inkCount
)

const (
	hues      = 8  // series that have a colour of their own
	heatSteps = 10 // steps of a heatmap
	levels    = 3  // bins of intensity that have edits
)

// palette holds each ink's light and dark value. The first ones and the first
// two series are Codex tokens (color-base, color-subtle, border-color-…,
// color-progressive, …); the rest are chosen between them so that text has a
// contrast of 4.5:1 and marks 3:1 on either ground. A test computes that.
var palette = [inkCount][2]string{
	textInk:   {"#202122", "#eaecf0"},
	subtleInk: {"#54595d", "#a2a9b1"},
	gridInk:   {"#eaecf0", "#27292d"},
	axisInk:   {"#a2a9b1", "#72777d"},
	groundInk: {"#ffffff", "#101418"},
	fieldInk:  {"#f3f4f6", "#1c2025"},

	seriesInk + 0: {"#3366cc", "#88a3e8"},
	seriesInk + 1: {"#ab5600", "#e6a85c"},
	seriesInk + 2: {"#177860", "#2cb491"},
	seriesInk + 3: {"#9a3d8f", "#d993d0"},
	seriesInk + 4: {"#bf3c2c", "#fd7865"},
	seriesInk + 5: {"#0b6b85", "#63c1de"},
	seriesInk + 6: {"#6b4ba1", "#b3a1ea"},
	seriesInk + 7: {"#746300", "#cdbf4c"},
	greyInk:       {"#686d73", "#9aa0a8"},

	heatInk + 0: {"#f4f6fd", "#171d29"},
	heatInk + 1: {"#e6ecfa", "#1a2438"},
	heatInk + 2: {"#d5dff7", "#1d2b49"},
	heatInk + 3: {"#c2d1f3", "#20325a"},
	heatInk + 4: {"#abc0ef", "#253b6d"},
	heatInk + 5: {"#91adea", "#2c4681"},
	heatInk + 6: {"#7d9ee6", "#38569f"},
	heatInk + 7: {"#345fb8", "#86a2e8"},
	heatInk + 8: {"#294d9a", "#adc1f0"},
	heatInk + 9: {"#1f3c7c", "#cbd8f6"},
	inverseInk:  {"#ffffff", "#101418"},

	levelInk + 0: {"#a6bdef", "#34508f"},
	levelInk + 1: {"#4d79d6", "#7e9ce6"},
	levelInk + 2: {"#1d3f8a", "#d3def8"},
}

// dashes are the second channel of the series, in pixels; the first is solid.
var dashes = [hues][]uint8{nil, {6, 4}, {2, 3}, {11, 4}, {8, 3, 2, 3}, {4, 2}, {12, 3, 2, 3, 2, 3}, {1, 3}}

// heatStep returns the step of a rate. The steps are narrow where retention
// lies, and the same for every campaign.
func heatStep(rate float64) int {
	for i, above := range [heatSteps - 1]float64{0.02, 0.05, 0.10, 0.15, 0.22, 0.30, 0.40, 0.55, 0.75} {
		if rate < above {
			return i
		}
	}
	return heatSteps - 1
}
