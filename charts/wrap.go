package charts

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

const ellipsis = "…"

// wrap breaks text into at most max lines that fit a width in tenths of a
// pixel, at spaces where it can and between letters where a word is longer than
// a line. What does not fit ends with an ellipsis; whole is false then. The
// lines share text's memory, save the last of a shortened one.
func wrap(lines [][]byte, text []byte, width, size int, bold bool, most int) (_ [][]byte, whole bool) {
	text = bytes.TrimSpace(text)
	for len(text) > 0 {
		end := fit(text, width, size, bold)
		if end == len(text) {
			return append(lines, text), true
		}
		if len(lines) == most-1 {
			return append(lines, shorten(text, width, size, bold)), false
		}
		cut := bytes.LastIndexByte(text[:end+1], ' ') // the space itself may hang over
		cut = max(cut, bytes.LastIndexByte(text[:end], '-')+1)
		if cut <= 0 {
			cut = end
		}
		lines = append(lines, bytes.TrimRight(text[:cut], " "))
		text = bytes.TrimLeft(text[cut:], " ")
	}
	return lines, true
}

// fit returns how many bytes of text fit a width: at least one cluster, never
// part of one.
func fit(text []byte, width, size int, bold bool) int {
	sum, end := 0, 0
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		sum += runeWidth(r, bold)
		if sum*size > width*1000 && end > 0 {
			return end
		}
		i += n
		if i == len(text) || !joins(text[i:], r) {
			end = i
		}
	}
	return len(text)
}

// joins reports whether the rune that text starts with belongs to the cluster
// of the one before it.
func joins(text []byte, before rune) bool {
	if before == 0x200d {
		return true
	}
	if text[0] < utf8.RuneSelf {
		return false
	}
	r, _ := utf8.DecodeRune(text)
	return r == 0x200d || r >= 0x300 && unicode.In(r, unicode.Mn, unicode.Mc, unicode.Me, unicode.Cf)
}

// shorten cuts text to a width, with an ellipsis where something is left out.
func shorten(text []byte, width, size int, bold bool) []byte {
	if textWidth(text, size, bold) <= width {
		return text
	}
	dots := textWidth([]byte(ellipsis), size, bold)
	end := fit(text, max(width-dots, 0), size, bold)
	short := bytes.TrimRight(text[:end], " ")
	out := make([]byte, 0, len(short)+len(ellipsis)+3)
	out = append(out, short...)
	out = append(out, ellipsis...)
	if bytes.Contains(short, []byte("\u2068")) && !bytes.Contains(short, []byte("\u2069")) {
		out = append(out, "\u2069"...) // the isolate that was cut open
	}
	return out
}
