package raster

import (
	"slices"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// shaper lays out text. It is not safe for concurrent use.
type shaper struct {
	harfbuzz shaping.HarfbuzzShaper
	faces    faces
}

// run is shaped text of one direction, script and font.
type run struct {
	shaping.Output
	level int
}

// layout shapes text and puts its runs in the order they are seen, from left to
// right.
func (s *shaper) layout(text []rune, size float64, bold, rtl bool) []run {
	level := levels(text, rtl)
	var runs []run
	for start := 0; start < len(text); {
		face, script := s.faces.of(text[start:], bold)
		end := start + 1
		for end < len(text) && level[end] == level[start] && s.faces.goesOn(text[end], face, script, bold) {
			end++
		}
		direction := di.DirectionLTR
		if level[start]%2 == 1 {
			direction = di.DirectionRTL
		}
		out := s.harfbuzz.Shape(shaping.Input{
			Text: text, RunStart: start, RunEnd: end, Direction: direction, Face: face,
			Size: fixed.Int26_6(size * 64), Script: script, Language: language.DefaultLanguage(),
		})
		runs = append(runs, run{out, level[start]})
		start = end
	}
	reorder(runs)
	return runs
}

// reorder is rule L2 of Unicode's bidirectional algorithm, on runs.
func reorder(runs []run) {
	highest := 0
	for _, r := range runs {
		highest = max(highest, r.level)
	}
	for level := highest; level > 0; level-- {
		for i := 0; i < len(runs); {
			if runs[i].level < level {
				i++
				continue
			}
			end := i
			for end < len(runs) && runs[end].level >= level {
				end++
			}
			slices.Reverse(runs[i:end])
			i = end
		}
	}
}

// drawText draws a line of text at its baseline.
func (c *canvas) drawText(text string, x, y float64, p Paint) {
	ink, ok := p.resolve(p.Fill, p.FillOpacity)
	if !ok || text == "" {
		return
	}
	runs := c.text.layout([]rune(text), p.Size*c.scale, p.Bold, c.rtl)
	var width fixed.Int26_6
	for _, r := range runs {
		width += r.Advance
	}
	dot := fixed.Int26_6(x * c.scale * 64)
	switch {
	case p.Anchor == "middle":
		dot -= width / 2
	case (p.Anchor == "end") != c.rtl: // the start of a line is right in Arabic
		dot -= width
	}
	baseline := fixed.Int26_6(y * c.scale * 64)
	r := c.rasterizer()
	for _, run := range runs {
		for _, g := range run.Glyphs {
			outline, ok := run.Face.GlyphData(g.GlyphID).(font.GlyphOutline)
			if ok {
				scale := float64(run.Size) / float64(run.Face.Upem())
				addOutline(r, outline, scale, dot+g.XOffset, baseline-g.YOffset)
			}
			dot += g.Advance
		}
	}
	c.fill(r, ink)
}

type adder interface {
	Start(fixed.Point26_6)
	Add1(fixed.Point26_6)
	Add2(b, c fixed.Point26_6)
	Add3(b, c, d fixed.Point26_6)
}

// addOutline adds a glyph's contours; scale turns font units into 1/64 pixels.
func addOutline(r adder, outline font.GlyphOutline, scale float64, x, y fixed.Int26_6) {
	at := func(p opentype.SegmentPoint) fixed.Point26_6 {
		return fixed.Point26_6{X: x + fixed.Int26_6(float64(p.X)*scale), Y: y - fixed.Int26_6(float64(p.Y)*scale)}
	}
	var start fixed.Point26_6
	open := false
	for _, s := range outline.Segments {
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			if open {
				r.Add1(start)
			}
			start, open = at(s.Args[0]), true
			r.Start(start)
		case opentype.SegmentOpLineTo:
			r.Add1(at(s.Args[0]))
		case opentype.SegmentOpQuadTo:
			r.Add2(at(s.Args[0]), at(s.Args[1]))
		case opentype.SegmentOpCubeTo:
			r.Add3(at(s.Args[0]), at(s.Args[1]), at(s.Args[2]))
		}
	}
	if open {
		r.Add1(start)
	}
}
