package charts

import (
	"strconv"
	"strings"

	"afterglow/charts/i18n"
)

// sheet is one chart being drawn: the renderer, the language, and how far down
// the page the drawing has come. Every length is in tenths of a pixel.
type sheet struct {
	*renderer
	o               Options
	loc             *i18n.Locale
	layout          layout
	pad             int // margin of the page
	w               int
	y               int // the next free line
	name            []byte
	desc            []byte
	buf             []byte // the message made last
	lines           [][]byte
	spoken, spokenY int // where the finding begins
	plotH           int // height of the plot drawn
	givenPlot       int // the height it must have; 0 is a good one for the layout
}

// maxText bounds text from outside, in bytes. A campaign's title on a wiki has
// at most 255.
const maxText = 600

func newSheet(o Options) *sheet {
	if o.Theme == "" {
		o.Theme = ThemeAuto
	}
	if o.Width == 0 {
		o.Width = DefaultWidth
	}
	loc := i18n.For(o.Lang)
	s := &sheet{o: o, loc: loc, layout: layoutOf(o.Width), w: o.Width * px, pad: 16 * px, buf: make([]byte, 0, 512)}
	s.renderer = newRenderer(s.w, loc.RTL())
	if s.layout == phone {
		s.pad = 12 * px
	}
	s.y = s.pad
	return s
}

// msg makes a message; the next call overwrites it.
func (s *sheet) msg(key string, args ...i18n.Arg) []byte {
	s.buf = s.loc.Append(s.buf[:0], key, args...)
	return s.buf
}

// word returns a message that stays.
func (s *sheet) word(key string, args ...i18n.Arg) string { return string(s.msg(key, args...)) }

// number makes an argument as it would stand in a message.
func (s *sheet) number(n int) []byte {
	s.buf = s.loc.AppendInt(s.buf[:0], n)
	return s.buf
}

// document returns the whole SVG. Its height is where the drawing ended.
func (s *sheet) document() []byte { return s.documentOf(s.y) }

func (s *sheet) documentOf(height int) []byte {
	rules := themes()[s.o.Theme]
	b := make([]byte, 0, len(s.b)+3<<10)
	b = append(b, `<svg xmlns="http://www.w3.org/2000/svg" class="`...)
	b = append(b, rules.root...)
	b = append(b, `" viewBox="0 0 `...)
	b = appendTenths(b, s.w)
	b = append(b, ' ')
	b = appendTenths(b, height)
	b = append(b, `" width="`...)
	b = appendTenths(b, s.w)
	b = append(b, `" height="`...)
	b = appendTenths(b, height)
	b = append(b, `" role="img" lang="`...)
	b = append(b, s.loc.Code()...)
	if s.rtl {
		b = append(b, `" direction="rtl`...)
	}
	b = append(b, `"><title>`...)
	b = appendEscaped(b, s.name)
	b = append(b, "</title>"...)
	if len(s.desc) > 0 {
		b = append(b, "<desc>"...)
		b = appendEscaped(b, s.desc)
		b = append(b, "</desc>"...)
	}
	if !s.o.Transparent {
		s.used[groundClass] = true
	}
	b = append(b, "<style>"...)
	b = append(b, rules.base...)
	for c, used := range s.used {
		if used {
			b = append(b, rules.rules[c]...)
		}
	}
	if rules.media != "" {
		b = append(b, "@media "...)
		b = append(b, rules.media...)
		b = append(b, '{')
		b = append(b, rules.baseAlt...)
		for c, used := range s.used {
			if used {
				b = append(b, rules.alt[c]...)
			}
		}
		b = append(b, '}')
	}
	b = append(b, "</style>"...)
	if !s.o.Transparent {
		b = append(b, `<rect class="z" width="`...)
		b = appendTenths(b, s.w)
		b = append(b, `" height="`...)
		b = appendTenths(b, height)
		b = append(b, `"/>`...)
	}
	b = append(b, s.b...)
	return append(b, "</svg>"...)
}

// heading draws the title, where the options want it, and the finding, and
// names the document. The campaign's title is text from outside.
func (s *sheet) heading(title, kind string, finding []byte) {
	title = bounded(title)
	isolated := ""
	if title != "" {
		isolated = i18n.Isolate(title)
		s.name = append(s.name, isolated...)
		s.name = append(s.name, ": "...)
	}
	s.name = append(s.name, kind...)
	s.desc = append(s.desc, finding...)
	if s.o.Title {
		shown := isolated
		if title == "" {
			shown = kind
		}
		s.use(titleClass)
		if !s.paragraph([]byte(shown), titleClass, 20*px, 2, shown) {
			s.y += 2 * px
		}
		s.y += 4 * px
	}
	s.spoken, s.spokenY = len(s.b), s.y
	s.paragraph(finding, findingClass, 18*px, 5, "")
	s.y += 8 * px
}

// paragraph draws text in lines and moves down. Where it does not fit into
// most lines it ends with an ellipsis, and whole is its title.
func (s *sheet) paragraph(text []byte, c class, leading, most int, whole string) bool {
	st := &styles[c]
	var fits bool
	s.lines, fits = wrap(s.lines[:0], text, s.w-2*s.pad, st.size, st.bold, most)
	for _, line := range s.lines {
		s.use(c)
		if !fits && whole != "" {
			s.titled([]byte(whole))
		}
		s.text(line, s.pad, s.y+leading*3/4)
		s.y += leading
	}
	return fits
}

// bounded cuts text from outside to a sensible length, at a whole letter, and
// makes it one line.
func bounded(text string) string {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + ellipsis
	}
	if strings.ContainsAny(text, "\n\r\t") {
		text = strings.Join(strings.Fields(text), " ")
	}
	return text
}

// itoa is for names of classes and the like; numbers for readers are the
// locale's.
func itoa(n int) string { return strconv.Itoa(n) }
