package charts

import (
	"math"
	"testing"
)

// luminance is WCAG 2's relative luminance of a colour.
func luminance(t *testing.T, i ink, mode int) float64 {
	t.Helper()
	if palette[i][mode] == "" {
		t.Fatalf("ink %d has no colour", i)
	}
	c := rgb(i, mode)
	part := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}

func contrast(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	return (a + 0.05) / (b + 0.05)
}

// Text has a contrast of 4.5:1 and marks 3:1, in both themes, also on the
// shade of months that are not over.
func TestContrast(t *testing.T) {
	for mode, theme := range []string{"light", "dark"} {
		for _, ground := range []ink{groundInk, fieldInk} {
			on := luminance(t, ground, mode)
			for i := seriesInk; i < seriesInk+hues; i++ {
				if c := contrast(luminance(t, i, mode), on); c < 4.5 { // series name their lines in their colour
					t.Errorf("%s: series %d on ink %d: %.2f", theme, i-seriesInk, ground, c)
				}
			}
			for _, i := range []ink{textInk, subtleInk, greyInk} {
				if c := contrast(luminance(t, i, mode), on); c < 4.5 {
					t.Errorf("%s: ink %d on ink %d: %.2f", theme, i, ground, c)
				}
			}
		}
		for step := range heatSteps {
			number := textInk
			if step >= strongStep {
				number = inverseInk
			}
			if c := contrast(luminance(t, number, mode), luminance(t, heatInk+ink(step), mode)); c < 4.5 {
				t.Errorf("%s: the number on step %d of the heatmap: %.2f", theme, step, c)
			}
		}
		// The middle and the strong bins of intensity stand out from the ground,
		// and neighbours from each other.
		for l := 1; l < levels; l++ {
			if c := contrast(luminance(t, levelInk+ink(l), mode), luminance(t, groundInk, mode)); c < 3 {
				t.Errorf("%s: level %d on the ground: %.2f", theme, l, c)
			}
			if c := contrast(luminance(t, levelInk+ink(l), mode), luminance(t, levelInk+ink(l-1), mode)); c < 1.6 {
				t.Errorf("%s: level %d beside the one below: %.2f", theme, l, c)
			}
		}
	}
}

// A heatmap gets stronger with the rate, and its steps can be told apart.
func TestHeatRamp(t *testing.T) {
	for mode := range 2 {
		for step := 1; step < heatSteps; step++ {
			a, b := luminance(t, heatInk+ink(step-1), mode), luminance(t, heatInk+ink(step), mode)
			if stronger := a > b; stronger != (mode == 0) {
				t.Errorf("mode %d: step %d is no stronger than the one before", mode, step)
			}
			if c := contrast(a, b); c < 1.06 {
				t.Errorf("mode %d: steps %d and %d: %.2f", mode, step-1, step, c)
			}
		}
	}
	if heatStep(0) != 0 || heatStep(1) != heatSteps-1 || heatStep(0.05) != 2 {
		t.Error("steps of 0, 1 and 0.05")
	}
}

// The first two hues differ also to people who see no red or no green: by
// lightness or blueness, and always by their dashes.
func TestSeriesHaveASecondChannel(t *testing.T) {
	seen := map[string]bool{}
	for i := range hues {
		dash := dashText(dashes[i])
		if seen[dash] {
			t.Errorf("series %d has the dash %q of another", i, dash)
		}
		seen[dash] = true
	}
}
