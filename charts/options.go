package charts

import (
	"fmt"
	"strconv"
)

// Version is raised whenever the same figures draw to other bytes. It belongs
// into every ETag of a chart.
const Version = 1

// Bounds of Options.Width and Options.Height, in CSS pixels.
const (
	MinWidth  = 320
	MaxWidth  = 1600
	MinHeight = 160
	MaxHeight = 1600
	// DefaultWidth is the width of a chart that names none: a column of text.
	DefaultWidth = 760
)

// Themes.
const (
	ThemeAuto  = "auto"  // follows the reader's prefers-color-scheme
	ThemeLight = "light" // always dark on light
	ThemeDark  = "dark"  // always light on dark; prints as light
)

// Options say how a chart looks. The zero value is a chart in English, for a
// column of text, that follows the reader's colour scheme and has no title.
type Options struct {
	Theme       string // auto (default), light, dark
	Lang        string // language code as MediaWiki spells it; unknown ones fall back along MediaWiki's chain, then to en
	Width       int    // CSS pixels, MinWidth … MaxWidth; 0 is DefaultWidth
	Height      int    // CSS pixels, MinHeight … MaxHeight; 0 is what the chart needs
	Title       bool   // draw the campaign's title above the finding
	MadeUp      bool   // say in the foot that the people are made up
	Transparent bool   // no ground of its own
	// Highlight is the id of the campaign that a comparison shows in colour
	// among grey ones. Empty: each of the first eight has a colour.
	Highlight string
}

// OptionError says which option is wrong, and what is allowed.
type OptionError struct {
	Param, Value, Allowed string
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("%s: %q is not allowed; allowed: %s", e.Param, e.Value, e.Allowed)
}

// Check returns an *OptionError for the first option that is out of range.
func (o Options) Check() error {
	switch o.Theme {
	case "", ThemeAuto, ThemeLight, ThemeDark:
	default:
		return &OptionError{"theme", o.Theme, "auto, light, dark"}
	}
	if o.Width != 0 && (o.Width < MinWidth || o.Width > MaxWidth) {
		return &OptionError{"width", strconv.Itoa(o.Width), fmt.Sprintf("%d to %d", MinWidth, MaxWidth)}
	}
	if o.Height != 0 && (o.Height < MinHeight || o.Height > MaxHeight) {
		return &OptionError{"height", strconv.Itoa(o.Height), fmt.Sprintf("%d to %d", MinHeight, MaxHeight)}
	}
	return nil
}

// layout is one of three ways to lay a chart out.
type layout uint8

const (
	phone  layout = iota // under 480 px: labels on the lines
	column               // 480 to 899 px: a column of text
	wide                 // 900 px and more
)

func layoutOf(width int) layout {
	switch {
	case width < 480:
		return phone
	case width < 900:
		return column
	}
	return wide
}
