package charts

import (
	"strconv"

	"github.com/golang/freetype/truetype"
	"github.com/wcharczuk/go-chart/v2/drawing"
)

func (r *renderer) appendClass() {
	switch {
	case r.class == inherited:
	case r.class != noClass:
		r.used[r.class] = true
		r.b = append(r.b, ` class="`...)
		r.b = append(r.b, styles[r.class].name...)
		if r.series != noClass {
			r.used[r.series] = true
			r.b = append(r.b, ' ')
			r.b = append(r.b, styles[r.series].name...)
		}
		r.b = append(r.b, '"')
	case r.custom != "":
		r.b = append(r.b, ` class="`...)
		r.b = append(r.b, r.custom...)
		r.b = append(r.b, '"')
	}
}

// appendLook writes the styles that go-chart set, as attributes made of numbers.
func (r *renderer) appendLook(shape bool) {
	if r.class != noClass || !shape {
		return
	}
	r.appendColor("fill", r.fill)
	if r.strokeWidth > 0 {
		r.appendColor("stroke", r.stroke)
		r.appendAttr("stroke-width", tenths(r.strokeWidth))
	}
	if len(r.dash) > 0 {
		r.b = append(r.b, ` stroke-dasharray="`...)
		for i, d := range r.dash {
			if i > 0 {
				r.b = append(r.b, ' ')
			}
			r.b = appendTenths(r.b, tenths(d))
		}
		r.b = append(r.b, '"')
	}
}

func (r *renderer) appendColor(name string, c drawing.Color) {
	r.b = append(r.b, ' ')
	r.b = append(r.b, name...)
	if c.A == 0 {
		r.b = append(r.b, `="none"`...)
		return
	}
	r.b = append(r.b, `="#`...)
	const hex = "0123456789abcdef"
	for _, v := range [3]uint8{c.R, c.G, c.B} {
		r.b = append(r.b, hex[v>>4], hex[v&15])
	}
	r.b = append(r.b, '"')
	if c.A != 255 {
		r.b = append(r.b, ' ')
		r.b = append(r.b, name...)
		r.b = append(r.b, `-opacity="`...)
		r.b = strconv.AppendFloat(r.b, float64(c.A)/255, 'f', 2, 64)
		r.b = append(r.b, '"')
	}
}

// ResetStyle forgets all that Set… set.
func (r *renderer) ResetStyle() {
	r.class, r.series, r.custom = noClass, noClass, ""
	r.stroke, r.fill, r.fontColor = drawing.Color{}, drawing.Color{}, drawing.Color{}
	r.strokeWidth, r.fontSize, r.dash, r.rotation, r.bold = 0, 0, nil, 0, false
}

// SetClassName sets a class: one of ours, or any name, of which only letters,
// digits, '-' and '_' are kept.
func (r *renderer) SetClassName(name string) {
	r.class, r.series, r.custom = noClass, noClass, ""
	for c := range styles {
		if name != "" && styles[c].name == name {
			r.class = class(c)
			return
		}
	}
	keep := make([]byte, 0, len(name))
	for i := range len(name) {
		c := name[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			keep = append(keep, c)
		}
	}
	r.custom = string(keep)
}

func (r *renderer) GetDPI() float64                   { return r.dpi }
func (r *renderer) SetDPI(dpi float64)                { r.dpi = dpi }
func (r *renderer) SetStrokeColor(c drawing.Color)    { r.stroke = c }
func (r *renderer) SetFillColor(c drawing.Color)      { r.fill = c }
func (r *renderer) SetStrokeWidth(width float64)      { r.strokeWidth = width }
func (r *renderer) SetStrokeDashArray(dash []float64) { r.dash = dash }
func (r *renderer) SetFont(*truetype.Font)            {} // the reader's system font
func (r *renderer) SetFontColor(c drawing.Color)      { r.fontColor = c }
func (r *renderer) SetFontSize(size float64)          { r.fontSize = size }
func (r *renderer) SetTextRotation(radians float64)   { r.rotation = radians }
func (r *renderer) ClearTextRotation()                { r.rotation = 0 }
