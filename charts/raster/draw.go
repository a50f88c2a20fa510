package raster

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"strconv"
	"strings"
)

// ErrNotOurs means that the input is not an SVG that charts made.
var ErrNotOurs = errors.New("not an SVG of charts")

// maxPixels bounds the picture. Where two pixels for each CSS pixel would be
// more, there is one.
const maxPixels = 24 << 20

// PNG draws an SVG as PNG, two pixels for each CSS pixel. The error wraps
// ErrNotOurs where the SVG holds what charts never write, or is larger than any
// chart.
func PNG(svg []byte, sheet Sheet) ([]byte, error) {
	d := xml.NewDecoder(bytes.NewReader(svg))
	var c *canvas
	var groups []Paint
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotOurs, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if c == nil {
				if c, err = newCanvas(t, sheet); err != nil {
					return nil, err
				}
				groups = append(groups, c.root)
				continue
			}
			if err := c.element(d, t, &groups); err != nil {
				return nil, err
			}
		case xml.EndElement:
			if n := len(groups); n > 1 {
				groups = groups[:n-1]
			}
		}
	}
	if c == nil {
		return nil, fmt.Errorf("%w: it is empty", ErrNotOurs)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, c.img); err != nil {
		return nil, fmt.Errorf("encoding PNG: %w", err)
	}
	return out.Bytes(), nil
}

// canvas is the picture being drawn.
type canvas struct {
	img   *image.RGBA
	scale float64
	sheet Sheet
	class string // of the root
	root  Paint
	rtl   bool
	text  shaper
}

func newCanvas(e xml.StartElement, sheet Sheet) (*canvas, error) {
	w, h := number(e, "width"), number(e, "height")
	if e.Name.Local != "svg" || !(w > 0) || !(h > 0) || w*h > maxPixels {
		return nil, fmt.Errorf("%w: <%s> of %v × %v", ErrNotOurs, e.Name.Local, w, h)
	}
	c := &canvas{scale: 2, sheet: sheet, class: attr(e, "class"), rtl: attr(e, "direction") == "rtl"}
	if w*h*c.scale*c.scale > maxPixels {
		c.scale = 1
	}
	root, ok := sheet(c.class, "")
	if !ok {
		return nil, fmt.Errorf("%w: class %q", ErrNotOurs, c.class)
	}
	c.root = root
	c.img = image.NewRGBA(image.Rect(0, 0, int(math.Ceil(w*c.scale)), int(math.Ceil(h*c.scale))))
	return c, nil
}

// element draws an element, or opens a group.
func (c *canvas) element(d *xml.Decoder, e xml.StartElement, groups *[]Paint) error {
	paint := (*groups)[len(*groups)-1]
	for _, name := range strings.Fields(attr(e, "class")) {
		if p, ok := c.sheet(c.class, name); ok {
			paint = p.over(paint)
		}
	}
	if paint.Line && paint.DashLines != nil {
		paint.Dash = paint.DashLines
	}
	switch e.Name.Local {
	case "g":
		*groups = append(*groups, paint)
		return nil
	case "title", "desc", "style":
		return d.Skip()
	case "rect":
		x, y, w, h := number(e, "x"), number(e, "y"), number(e, "width"), number(e, "height")
		c.shape([]subpath{{points: []point{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}, closed: true}}, paint)
		return d.Skip()
	case "circle":
		c.shape([]subpath{circle(number(e, "cx"), number(e, "cy"), number(e, "r"))}, paint)
		return d.Skip()
	case "path":
		path, err := parsePath(attr(e, "d"))
		if err != nil {
			return err
		}
		c.shape(path, paint)
		return d.Skip()
	case "text":
		text, err := textOf(d)
		if err != nil {
			return err
		}
		c.drawText(text, number(e, "x"), number(e, "y"), paint)
		return nil
	}
	return fmt.Errorf("%w: <%s>", ErrNotOurs, e.Name.Local)
}

// textOf reads a text element to its end, without its title.
func textOf(d *xml.Decoder) (string, error) {
	var b strings.Builder
	for {
		token, err := d.Token()
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrNotOurs, err)
		}
		switch t := token.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.StartElement:
			if err := d.Skip(); err != nil {
				return "", fmt.Errorf("%w: %w", ErrNotOurs, err)
			}
		case xml.EndElement:
			return strings.Join(strings.Fields(b.String()), " "), nil
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// number returns an attribute that is a number; 0 where it is none.
func number(e xml.StartElement, name string) float64 {
	f, err := strconv.ParseFloat(attr(e, name), 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1e6 {
		return 0
	}
	return f
}
