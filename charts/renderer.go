package charts

import (
	"io"
	"math"
	"strconv"

	chart "github.com/wcharczuk/go-chart/v2"
	"github.com/wcharczuk/go-chart/v2/drawing"
)

// px is a CSS pixel in the renderer's unit. go-chart's Renderer has whole
// coordinates; in tenths of a pixel they are exact enough for a smooth line.
const px = 10

// renderer is a chart.Renderer that writes SVG elements into one buffer. Unlike
// go-chart's it escapes every text, has fractions of a pixel, draws from right
// to left where asked (x is mirrored, so charts are written once), refers to
// classes instead of repeating styles, and can give a mark a title.
type renderer struct {
	b     []byte
	width int // of the drawing, for mirroring
	rtl   bool
	used  [classCount]bool // classes that the style sheet must hold

	class, series class  // of the next element
	custom        string // a class name of go-chart's, where none of ours
	title         []byte // of the next element
	path          []byte // data of the path being made
	x, y          int    // its current point
	penUp         bool   // (x, y) is not yet in the path

	// What go-chart sets; used where no class is.
	stroke, fill, fontColor drawing.Color
	strokeWidth, fontSize   float64
	dash                    []float64
	rotation                float64
	dpi                     float64
	bold                    bool
	scratch                 []byte
}

var _ chart.Renderer = (*renderer)(nil)

func newRenderer(width int, rtl bool) *renderer {
	return &renderer{b: make([]byte, 0, 12<<10), path: make([]byte, 0, 1<<10), width: width, rtl: rtl, dpi: 72}
}

// use sets the class of the elements to come.
func (r *renderer) use(c class) { r.class, r.series = c, noClass }

// useWith sets two classes, such as a role and a series.
func (r *renderer) useWith(c, series class) { r.class, r.series = c, series }

// titled gives the next element a title.
func (r *renderer) titled(text []byte) { r.title = append(r.title[:0], text...) }

// begin opens a group with the classes set by use, and a title if one is set.
func (r *renderer) begin() {
	r.b = append(r.b, "<g"...)
	r.appendClass()
	r.b = append(r.b, '>')
	r.appendTitle()
}

func (r *renderer) end() { r.b = append(r.b, "</g>"...) }

// mirror returns the x that a reader of the language sees.
func (r *renderer) mirror(x int) int {
	if r.rtl {
		return r.width - x
	}
	return x
}

// rect draws a rectangle; its size may not be negative.
func (r *renderer) rect(x, y, w, h int) {
	if r.rtl {
		x = r.width - x - w
	}
	r.b = append(r.b, "<rect"...)
	r.appendClass()
	r.appendAttr("x", x)
	r.appendAttr("y", y)
	r.appendAttr("width", max(w, 0))
	r.appendAttr("height", max(h, 0))
	r.appendLook(true)
	r.close("rect")
}

func (r *renderer) appendAttr(name string, value int) {
	r.b = append(r.b, ' ')
	r.b = append(r.b, name...)
	r.b = append(r.b, `="`...)
	r.b = appendTenths(r.b, value)
	r.b = append(r.b, '"')
}

// close ends an element, with its title if it has one.
func (r *renderer) close(tag string) {
	if len(r.title) == 0 {
		r.b = append(r.b, "/>"...)
		return
	}
	r.b = append(r.b, '>')
	r.appendTitle()
	r.b = append(r.b, "</"...)
	r.b = append(r.b, tag...)
	r.b = append(r.b, '>')
}

func (r *renderer) appendTitle() {
	if len(r.title) == 0 {
		return
	}
	r.b = append(r.b, "<title>"...)
	r.b = appendEscaped(r.b, r.title)
	r.b = append(r.b, "</title>"...)
	r.title = r.title[:0]
}

// text draws text; Text is the same for a string.
func (r *renderer) text(body []byte, x, y int) {
	r.b = append(r.b, "<text"...)
	r.appendClass()
	x = r.mirror(x)
	r.appendAttr("x", x)
	r.appendAttr("y", y)
	if r.class == noClass {
		if r.fontSize > 0 {
			r.appendAttr("font-size", tenths(r.fontSize))
		}
		if r.fontColor.A > 0 {
			r.appendColor("fill", r.fontColor)
		}
	}
	if r.rotation != 0 {
		r.b = append(r.b, ` transform="rotate(`...)
		r.b = appendTenths(r.b, tenths(r.rotation*180/math.Pi))
		r.b = append(r.b, ' ')
		r.b = appendTenths(r.b, x)
		r.b = append(r.b, ' ')
		r.b = appendTenths(r.b, y)
		r.b = append(r.b, `)"`...)
	}
	r.b = append(r.b, '>')
	r.appendTitle()
	r.b = appendEscaped(r.b, body)
	r.b = append(r.b, "</text>"...)
}

// Text draws text that starts, ends or is centred at (x, y), as its class says.
func (r *renderer) Text(body string, x, y int) {
	r.scratch = append(r.scratch[:0], body...)
	r.text(r.scratch, x, y)
}

// MeasureText returns the box of a text at the size set by SetFontSize, from
// width tables.
func (r *renderer) MeasureText(body string) chart.Box {
	size := tenths(r.fontSize)
	r.scratch = append(r.scratch[:0], body...)
	return chart.Box{Right: textWidth(r.scratch, size, r.bold), Bottom: size * 3 / 4, IsSet: true}
}

// MoveTo starts a part of a path.
func (r *renderer) MoveTo(x, y int) {
	r.x, r.y, r.penUp = r.mirror(x), y, true
}

// LineTo draws to a point, from the one before.
func (r *renderer) LineTo(x, y int) {
	x = r.mirror(x)
	if len(r.path) == 0 && !r.penUp { // LineTo without MoveTo starts a path
		r.x, r.y, r.penUp = x, y, true
		return
	}
	r.putPen()
	dx, dy := x-r.x, y-r.y
	switch {
	case dy == 0:
		r.path = append(r.path, 'h')
		r.path = appendTenths(r.path, dx)
	case dx == 0:
		r.path = append(r.path, 'v')
		r.path = appendTenths(r.path, dy)
	default:
		r.path = append(r.path, 'l')
		r.path = appendTenths(r.path, dx)
		r.path = appendNext(r.path, dy)
	}
	r.x, r.y = x, y
}

// QuadCurveTo draws a curve to (x, y) with the control point (cx, cy).
func (r *renderer) QuadCurveTo(cx, cy, x, y int) {
	r.putPen()
	x, cx = r.mirror(x), r.mirror(cx)
	r.path = append(r.path, 'Q')
	r.path = appendTenths(r.path, cx)
	for _, v := range [3]int{cy, x, y} {
		r.path = appendNext(r.path, v)
	}
	r.x, r.y = x, y
}

// ArcTo draws part of an ellipse around (cx, cy); angles are in radians,
// clockwise from the x axis.
func (r *renderer) ArcTo(cx, cy int, rx, ry, startAngle, delta float64) {
	at := func(angle float64) (int, int) {
		return cx + int(math.Round(rx*math.Cos(angle))), cy + int(math.Round(ry*math.Sin(angle)))
	}
	r.LineTo(at(startAngle))
	r.putPen()
	x, y := at(startAngle + delta)
	r.x, r.y = r.mirror(x), y
	r.path = append(r.path, 'A')
	r.path = appendTenths(r.path, int(math.Round(rx)))
	r.path = appendNext(r.path, int(math.Round(ry)))
	r.path = append(r.path, " 0 "...)
	r.path = append(r.path, bit(math.Abs(delta) > math.Pi), ' ', bit((delta > 0) != r.rtl))
	r.path = appendNext(r.path, r.x)
	r.path = appendNext(r.path, r.y)
}

func bit(b bool) byte {
	if b {
		return '1'
	}
	return '0'
}

func (r *renderer) putPen() {
	if !r.penUp {
		return
	}
	r.path = append(r.path, 'M')
	r.path = appendTenths(r.path, r.x)
	r.path = appendNext(r.path, r.y)
	r.penUp = false
}

// Close joins the path's end to its start.
func (r *renderer) Close() { r.path = append(r.path, 'z') }

// Stroke draws the path's line.
func (r *renderer) Stroke() {
	fill := r.fill
	r.fill = drawing.ColorTransparent
	r.FillStroke()
	r.fill = fill
}

// Fill fills the path.
func (r *renderer) Fill() {
	width := r.strokeWidth
	r.strokeWidth = 0
	r.FillStroke()
	r.strokeWidth = width
}

// FillStroke fills the path and draws its line; with a class, the class says
// which of the two is seen.
func (r *renderer) FillStroke() {
	r.penUp = false
	if len(r.path) == 0 {
		r.title = r.title[:0]
		return
	}
	r.b = append(r.b, "<path"...)
	r.appendClass()
	r.b = append(r.b, ` d="`...)
	r.b = append(r.b, r.path...)
	r.b = append(r.b, '"')
	r.appendLook(true)
	r.close("path")
	r.path = r.path[:0]
}

// Circle draws a circle; the radius is in the same unit as the rest.
func (r *renderer) Circle(radius float64, x, y int) {
	r.b = append(r.b, "<circle"...)
	r.appendClass()
	r.appendAttr("cx", r.mirror(x))
	r.appendAttr("cy", y)
	r.appendAttr("r", int(math.Round(radius)))
	r.appendLook(true)
	r.close("circle")
}

// Save writes the elements as a document without a title or style sheet.
func (r *renderer) Save(w io.Writer) error {
	b := append([]byte(nil), `<svg xmlns="http://www.w3.org/2000/svg">`...)
	b = append(b, r.b...)
	_, err := w.Write(append(b, "</svg>"...))
	return err
}

// tenths returns a number of pixels in the renderer's unit, bounded.
func tenths(pixels float64) int {
	if !(pixels > -1e6) {
		return -1e7
	}
	return int(math.Round(math.Min(pixels, 1e6) * px))
}

// appendTenths appends a number of tenths as a decimal number.
func appendTenths(dst []byte, v int) []byte {
	if v < 0 {
		dst = append(dst, '-')
		v = -v
	}
	whole, part := v/10, v%10
	if whole > 0 || part == 0 {
		dst = strconv.AppendInt(dst, int64(whole), 10)
	}
	if part > 0 {
		dst = append(dst, '.', byte('0'+part))
	}
	return dst
}

// appendNext appends a number after another, with a space where one is needed.
func appendNext(dst []byte, v int) []byte {
	if v >= 0 {
		dst = append(dst, ' ')
	}
	return appendTenths(dst, v)
}
