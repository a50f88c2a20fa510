package raster

import "image/color"

// Paint is how an element is drawn, as far as a class says. Fields that a class
// does not set are inherited from the group around it.
type Paint struct {
	Fill, Stroke  Ink
	Color         color.NRGBA // what Current stands for
	HasColor      bool
	FillOpacity   float64 // 0 is opaque
	StrokeOpacity float64 // 0 is opaque
	Width         float64 // of the stroke, in pixels; 0 is 1
	Dash          []float64
	RoundJoin     bool
	RoundCap      bool
	Size          float64 // of text, in pixels
	Bold, HasBold bool
	Anchor        string // start, middle, end
	// DashLines, in a group, is the dash of the lines (Line) within.
	DashLines []float64
	Line      bool
}

// Ink is a colour, none, or the colour of the group.
type Ink struct {
	Kind  Kind
	Color color.NRGBA
}

// Kind says what an ink is.
type Kind uint8

// Kinds of ink.
const (
	Inherit Kind = iota
	None
	Current
	Solid
)

// Sheet returns the paint of a class, and false where there is none. root is the
// class of the root element.
type Sheet func(root, class string) (Paint, bool)

// over returns the paint of an element within a group.
func (p Paint) over(group Paint) Paint {
	out := group
	if p.Fill.Kind != Inherit {
		out.Fill = p.Fill
	}
	if p.Stroke.Kind != Inherit {
		out.Stroke = p.Stroke
	}
	if p.HasColor {
		out.Color = p.Color
	}
	if p.FillOpacity > 0 {
		out.FillOpacity = p.FillOpacity
	}
	if p.StrokeOpacity > 0 {
		out.StrokeOpacity = p.StrokeOpacity
	}
	if p.Width > 0 {
		out.Width = p.Width
	}
	if p.Dash != nil {
		out.Dash = p.Dash
	}
	if p.DashLines != nil {
		out.DashLines = p.DashLines
	}
	if p.Line {
		out.Line = true
	}
	if p.RoundJoin {
		out.RoundJoin = true
	}
	if p.RoundCap {
		out.RoundCap = true
	}
	if p.Size > 0 {
		out.Size = p.Size
	}
	if p.HasBold {
		out.Bold = p.Bold
	}
	if p.Anchor != "" {
		out.Anchor = p.Anchor
	}
	return out
}

// resolve returns the colour of an ink in this paint, and false for none.
func (p Paint) resolve(i Ink, opacity float64) (color.NRGBA, bool) {
	var c color.NRGBA
	switch i.Kind {
	case Current:
		c = p.Color
	case Solid:
		c = i.Color
	default:
		return c, false
	}
	if opacity > 0 {
		c.A = uint8(opacity*255 + 0.5)
	}
	return c, c.A > 0
}
