package charts

import (
	"strconv"
	"sync"
)

// class is a style of the charts. SVG refers to it by name; Rasterize reads the
// same table. The names mean the same in every chart, so that several charts
// in one page of HTML do not disturb each other.
type class uint8

const (
	noClass   class = iota // go-chart styles the element
	inherited              // the group around it styles the element
	titleClass
	findingClass
	axisTextClass // also notes and the foot
	markTextClass // the marks on an axis
	labelClass    // a series' name, in its colour
	numberClass   // a number beside a mark
	cellClass     // a number in a cell
	smallCellClass
	inverseClass // … on a strong ground
	middleClass
	endClass
	groundClass
	gridClass
	axisClass
	fieldClass
	lineClass
	gapClass
	bandClass
	dotClass
	roundClass // dots that are lines of no length
	hollowClass
	barClass // a part of a column
	whiskerClass
	leaderClass
	outlineClass
	seriesClass // seriesClass+i colours series i
	greyClass   = seriesClass + hues
	heatClass   = greyClass + 1
	levelClass  = heatClass + heatSteps
	classCount  = levelClass + levels
)

// style is what a class means. Sizes are in tenths of a pixel.
type style struct {
	name                string
	fill, stroke, color ink
	fillNone            bool
	fillOpacity         uint8 // percent; 0 is opaque
	strokeOpacity       uint8
	width               int // of the stroke
	dash                []uint8
	round               bool // round joins
	roundCap            bool // round ends
	size                int  // of text
	bold                bool
	anchor              string
	hit                 int  // invisible stroke that makes a small mark easier to point at
	ofSeries, backdrop  bool // backdrop is dropped on paper
}

var styles = func() [classCount]style {
	s := [classCount]style{
		titleClass:     {name: "t", size: 160, bold: true},
		findingClass:   {name: "f", size: 130, fill: subtleInk},
		axisTextClass:  {name: "x", size: 110, fill: subtleInk},
		markTextClass:  {name: "k", size: 120, fill: textInk, bold: true},
		labelClass:     {name: "b", size: 130, fill: currentInk, bold: true},
		numberClass:    {name: "n", size: 120, fill: textInk},
		cellClass:      {name: "c", size: 110, fill: textInk, anchor: "middle"},
		smallCellClass: {name: "cs", size: 100, fill: textInk, anchor: "middle"},
		inverseClass:   {name: "i", fill: inverseInk},
		middleClass:    {name: "m", anchor: "middle"},
		endClass:       {name: "e", anchor: "end"},
		groundClass:    {name: "z", fill: groundInk, backdrop: true},
		gridClass:      {name: "g", fillNone: true, stroke: gridInk, width: 10},
		axisClass:      {name: "y", fillNone: true, stroke: axisInk, width: 10},
		fieldClass:     {name: "u", fill: fieldInk},
		lineClass:      {name: "l", fillNone: true, stroke: currentInk, width: 20, round: true},
		gapClass:       {name: "p", fillNone: true, stroke: currentInk, width: 15, dash: []uint8{1, 4}},
		bandClass:      {name: "a", fill: currentInk, fillOpacity: 14},
		dotClass:       {name: "d", fill: currentInk, hit: 120},
		roundClass:     {name: "rd", stroke: currentInk, width: 90, roundCap: true},
		hollowClass:    {name: "o", fill: groundInk, stroke: currentInk, width: 15},
		barClass:       {name: "r", fill: currentInk},
		whiskerClass:   {name: "w", fillNone: true, stroke: currentInk, width: 20},
		leaderClass:    {name: "v", fillNone: true, stroke: currentInk, width: 10, strokeOpacity: 50},
		outlineClass:   {name: "q", fillNone: true, stroke: axisInk, width: 10, dash: []uint8{1, 3}},
		greyClass:      {name: "s8", color: greyInk, ofSeries: true},
	}
	for i := range hues {
		s[seriesClass+class(i)] = style{name: "s" + strconv.Itoa(i), color: seriesInk + ink(i), dash: dashes[i], ofSeries: true}
	}
	for i := range heatSteps {
		s[heatClass+class(i)] = style{name: "h" + strconv.Itoa(i), fill: heatInk + ink(i)}
	}
	for i := range levels {
		s[levelClass+class(i)] = style{name: "j" + strconv.Itoa(i), fill: levelInk + ink(i)}
	}
	return s
}()

const fontFamily = "system-ui,sans-serif"

// sheets are the style texts of a theme: root class, base rules of each class,
// and rules under @media that change colours only.
type themeRules struct {
	root    string // class of the root element
	base    string // rules of the root element
	rules   [classCount]string
	media   string // "" or the condition under which the rules below hold
	baseAlt string
	alt     [classCount]string
}

// themes holds the rules of auto, light and dark.
//
// auto is light, and dark on screens that prefer it; so it prints as light.
// dark prints as light too. Only plain declarations are used, no var(): older
// rasterizers know no custom properties and skip @media, and show light.
var themes = sync.OnceValue(func() map[string]*themeRules {
	return map[string]*themeRules{
		ThemeAuto:  newThemeRules("aga", 0, "screen and (prefers-color-scheme:dark)", 1),
		ThemeLight: newThemeRules("agl", 0, "", 0),
		ThemeDark:  newThemeRules("agd", 1, "print", 0),
	}
})

func newThemeRules(root string, mode int, media string, alt int) *themeRules {
	t := &themeRules{root: root, media: media}
	t.base = "." + root + "{font-family:" + fontFamily + ";font-size:13px;fill:" + palette[textInk][mode] + "}"
	if media != "" {
		t.baseAlt = "." + root + "{fill:" + palette[textInk][alt] + "}"
	}
	for c := range classCount {
		s := &styles[c]
		if s.name == "" {
			continue
		}
		selector := "." + root + " ." + s.name
		if body := s.css(mode, true); body != "" {
			t.rules[c] = selector + "{" + body + "}"
		}
		if s.ofSeries && s.dash != nil {
			t.rules[c] += selector + " .l{stroke-dasharray:" + dashText(s.dash) + "}"
		}
		if media == "" {
			continue
		}
		if body := s.css(alt, false); body != "" {
			t.alt[c] = selector + "{" + body + "}"
		}
		if media == "print" && s.backdrop {
			t.alt[c] = selector + "{fill:none}"
		}
	}
	return t
}

// css returns the declarations of a style; all of them, or the colours only.
func (s *style) css(mode int, all bool) string {
	var b []byte
	put := func(property, value string) {
		if len(b) > 0 {
			b = append(b, ';')
		}
		b = append(b, property...)
		b = append(b, ':')
		b = append(b, value...)
	}
	paint := func(property string, i ink) {
		switch {
		case i == currentInk && all:
			put(property, "currentColor")
		case i > currentInk:
			put(property, palette[i][mode])
		}
	}
	paint("color", s.color)
	paint("fill", s.fill)
	paint("stroke", s.stroke)
	if !all {
		return string(b)
	}
	if s.fillNone {
		put("fill", "none")
	}
	if s.fillOpacity > 0 {
		put("fill-opacity", "."+strconv.Itoa(int(s.fillOpacity)))
	}
	if s.strokeOpacity > 0 {
		put("stroke-opacity", "."+strconv.Itoa(int(s.strokeOpacity)))
	}
	if s.width > 0 && s.width != 10 {
		put("stroke-width", string(appendTenths(nil, s.width)))
	}
	if s.dash != nil && !s.ofSeries {
		put("stroke-dasharray", dashText(s.dash))
	}
	if s.round {
		put("stroke-linejoin", "round")
	}
	if s.roundCap {
		put("stroke-linecap", "round")
	}
	if s.hit > 0 {
		put("stroke", "currentColor")
		put("stroke-opacity", "0")
		put("stroke-width", string(appendTenths(nil, s.hit)))
	}
	if s.size > 0 && s.size != 130 {
		put("font-size", string(appendTenths(nil, s.size))+"px")
	}
	if s.bold {
		put("font-weight", "600")
	}
	if s.anchor != "" {
		put("text-anchor", s.anchor)
	}
	return string(b)
}

func dashText(dash []uint8) string {
	var b []byte
	for i, d := range dash {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendUint(b, uint64(d), 10)
	}
	return string(b)
}
