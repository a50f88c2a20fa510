package charts

import (
	"image/color"
	"strconv"

	"afterglow/charts/raster"
	"afterglow/retention"
)

// PNG draws a result as SVG does and rasterizes it, two pixels for each CSS
// pixel. ThemeAuto is light.
func PNG(r retention.Result, o Options) ([]byte, error) {
	svg, err := SVG(r, o)
	if err != nil {
		return nil, err
	}
	return Rasterize(svg)
}

// Rasterize draws an SVG of this package as PNG, two pixels for each CSS pixel.
// The error wraps raster.ErrNotOurs for any other SVG.
func Rasterize(svg []byte) ([]byte, error) { return raster.PNG(svg, paintOf) }

// paintOf returns what a class means, in the colours of a root class.
func paintOf(root, name string) (raster.Paint, bool) {
	mode := 0
	switch root {
	case "agd":
		mode = 1
	case "aga", "agl":
	default:
		return raster.Paint{}, false
	}
	if name == "" {
		return raster.Paint{
			Fill: solid(textInk, mode), Stroke: raster.Ink{Kind: raster.None}, Color: rgb(textInk, mode),
			Size: 13, Anchor: "start",
		}, true
	}
	for c := range styles {
		if styles[c].name == name {
			return styles[c].paint(mode), true
		}
	}
	return raster.Paint{}, false
}

func (s *style) paint(mode int) raster.Paint {
	p := raster.Paint{
		Fill: inkOf(s.fill, mode), Stroke: inkOf(s.stroke, mode),
		FillOpacity: float64(s.fillOpacity) / 100, StrokeOpacity: float64(s.strokeOpacity) / 100,
		Width: float64(s.width) / px, RoundJoin: s.round, RoundCap: s.roundCap, Size: float64(s.size) / px,
		Bold: s.bold, HasBold: s.size > 0, Anchor: s.anchor, Line: s.name == styles[lineClass].name,
	}
	if s.fillNone {
		p.Fill = raster.Ink{Kind: raster.None}
	}
	if s.color != noInk {
		p.Color, p.HasColor = rgb(s.color, mode), true
	}
	var dash []float64
	for _, d := range s.dash {
		dash = append(dash, float64(d))
	}
	if s.ofSeries {
		p.DashLines = dash
		if dash == nil {
			p.DashLines = []float64{} // a solid series within a dashed one is solid
		}
	} else {
		p.Dash = dash
	}
	return p
}

func inkOf(i ink, mode int) raster.Ink {
	switch i {
	case noInk:
		return raster.Ink{}
	case currentInk:
		return raster.Ink{Kind: raster.Current}
	}
	return solid(i, mode)
}

func solid(i ink, mode int) raster.Ink { return raster.Ink{Kind: raster.Solid, Color: rgb(i, mode)} }

func rgb(i ink, mode int) color.NRGBA {
	v, _ := strconv.ParseUint(palette[i][mode][1:], 16, 32) // the palette is ours
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 255}
}
