package raster

import (
	"fmt"
	"image/color"
	"math"
	"strconv"

	"github.com/golang/freetype/raster"
	"golang.org/x/image/math/fixed"
)

type point struct{ x, y float64 }

// subpath is a run of straight lines.
type subpath struct {
	points []point
	closed bool
}

// circle returns a circle as a polygon that looks round at twice its size.
func circle(cx, cy, r float64) subpath {
	const sides = 48
	s := subpath{closed: true, points: make([]point, sides)}
	for i := range s.points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / sides)
		s.points[i] = point{cx + r*cos, cy + r*sin}
	}
	return s
}

// parsePath reads the path data that charts write: M, L, l, h, v and z.
func parsePath(d string) ([]subpath, error) {
	var path []subpath
	var at point
	bad := func() ([]subpath, error) { return nil, fmt.Errorf("%w: path %.40q", ErrNotOurs, d) }
	for d != "" {
		command := d[0]
		d = d[1:]
		if command == 'z' {
			if len(path) == 0 {
				return bad()
			}
			path[len(path)-1].closed = true
			continue
		}
		var x, y float64
		var ok bool
		if x, d, ok = cutNumber(d); !ok {
			return bad()
		}
		switch command {
		case 'M', 'L', 'l':
			if y, d, ok = cutNumber(d); !ok {
				return bad()
			}
		}
		switch command {
		case 'M':
			at = point{x, y}
			path = append(path, subpath{points: []point{at}})
			continue
		case 'L':
			at = point{x, y}
		case 'l':
			at = point{at.x + x, at.y + y}
		case 'h':
			at.x += x
		case 'v':
			at.y += x
		default:
			return bad()
		}
		if len(path) == 0 {
			return bad()
		}
		last := &path[len(path)-1]
		last.points = append(last.points, at)
	}
	return path, nil
}

// cutNumber cuts a number, and a space before it, off the front of a text.
func cutNumber(s string) (float64, string, bool) {
	if s != "" && s[0] == ' ' {
		s = s[1:]
	}
	end := 0
	for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' || end == 0 && s[end] == '-') {
		end++
	}
	f, err := strconv.ParseFloat(s[:end], 64)
	if err != nil || math.Abs(f) > 1e6 {
		return 0, s, false
	}
	return f, s[end:], true
}

// shape fills and strokes a path.
func (c *canvas) shape(path []subpath, p Paint) {
	if fill, ok := p.resolve(p.Fill, p.FillOpacity); ok {
		r := c.rasterizer()
		for _, s := range path {
			if len(s.points) > 2 {
				r.AddPath(c.polygon(s))
			}
		}
		c.fill(r, fill)
	}
	stroke, ok := p.resolve(p.Stroke, p.StrokeOpacity)
	if !ok {
		return
	}
	width := p.Width
	if width == 0 {
		width = 1
	}
	join := raster.BevelJoiner
	if p.RoundJoin {
		join = raster.RoundJoiner
	}
	r := c.rasterizer()
	for _, s := range path {
		if p.RoundCap && len(s.points) == 2 && s.points[0] == s.points[1] {
			r.AddPath(c.polygon(circle(s.points[0].x, s.points[0].y, width/2)))
			continue
		}
		for _, piece := range dashed(s, p.Dash) {
			if len(piece.points) > 1 {
				raster.Stroke(r, c.polygon(piece), fixed.Int26_6(width*c.scale*64), raster.ButtCapper, join)
			}
		}
	}
	c.fill(r, stroke)
}

func (c *canvas) rasterizer() *raster.Rasterizer {
	b := c.img.Bounds()
	r := raster.NewRasterizer(b.Dx(), b.Dy())
	r.UseNonZeroWinding = true
	return r
}

func (c *canvas) fill(r *raster.Rasterizer, ink color.NRGBA) {
	painter := raster.NewRGBAPainter(c.img)
	painter.SetColor(ink)
	r.Rasterize(painter)
}

func (c *canvas) polygon(s subpath) raster.Path {
	var path raster.Path
	path.Start(c.fixed(s.points[0]))
	for _, p := range s.points[1:] {
		path.Add1(c.fixed(p))
	}
	if s.closed {
		path.Add1(c.fixed(s.points[0]))
	}
	return path
}

func (c *canvas) fixed(p point) fixed.Point26_6 {
	return fixed.Point26_6{X: fixed.Int26_6(math.Round(p.x * c.scale * 64)), Y: fixed.Int26_6(math.Round(p.y * c.scale * 64))}
}

// dashed cuts a path into its dashes.
func dashed(s subpath, dash []float64) []subpath {
	points := s.points
	if s.closed {
		points = append(points[:len(points):len(points)], points[0])
	}
	if len(dash) == 0 {
		return []subpath{{points: points}}
	}
	var out []subpath
	pen, left, at := 0, dash[0], points[0]
	piece := []point{at}
	for _, to := range points[1:] {
		for {
			length := math.Hypot(to.x-at.x, to.y-at.y)
			if length <= left || len(out) > 1e5 {
				left -= length
				at = to
				piece = append(piece, at)
				break
			}
			t := left / length
			at = point{at.x + (to.x-at.x)*t, at.y + (to.y-at.y)*t}
			if pen%2 == 0 {
				out = append(out, subpath{points: append(piece, at)})
			}
			piece = []point{at}
			pen++
			left = dash[pen%len(dash)]
		}
	}
	if pen%2 == 0 {
		out = append(out, subpath{points: piece})
	}
	return out
}
