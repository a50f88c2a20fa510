package charts

import (
	"unicode"
	"unicode/utf8"
)

// textWidth returns the width of text in tenths of a pixel, at a font size in
// tenths of a pixel. It adds advance widths from tables that were made once:
// Noto Sans for Latin, an average for the letters of each other script. Marks
// that combine with a letter have no width.
func textWidth(text []byte, size int, bold bool) int {
	sum := 0
	for len(text) > 0 {
		if c := text[0]; c >= ' ' && c < utf8.RuneSelf {
			if bold {
				sum += int(boldWidths[c-' '])
			} else {
				sum += int(regularWidths[c-' '])
			}
			text = text[1:]
			continue
		}
		r, n := utf8.DecodeRune(text)
		sum += runeWidth(r, bold)
		text = text[n:]
	}
	return (sum*size + 999) / 1000
}

// runeWidth returns the advance width of a rune in thousandths of the font size.
func runeWidth(r rune, bold bool) int {
	if r < ' ' {
		return 0
	}
	if r < ' '+rune(len(regularWidths)) {
		if bold {
			return int(boldWidths[r-' '])
		}
		return int(regularWidths[r-' '])
	}
	w := scriptWidth(r)
	if bold {
		w += w / 20
	}
	return w
}

func scriptWidth(r rune) int {
	switch {
	case r >= 0x2000 && r <= 0x206f:
		switch {
		case r <= 0x200a:
			return 300
		case r == 0x2014 || r == 0x2026:
			return 900
		case r <= 0x200f || r >= 0x202a && r != 0x202f:
			return 0
		}
		return 400
	case r >= 0x370 && r <= 0x3ff:
		return 610
	case r >= 0x400 && r <= 0x52f:
		return 680
	case r >= 0x5d0 && r <= 0x5ea:
		return 600
	case r >= 0x660 && r <= 0x66c || r >= 0x6f0 && r <= 0x6f9:
		return 560
	case r == 0x61c:
		return 0
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x600 && r <= 0x77f || r >= 0x8a0 && r <= 0x8ff || r >= 0xfb50 && r <= 0xfeff:
		return 580
	case r >= 0x900 && r <= 0xdff: // the scripts of India
		if unicode.Is(unicode.Mc, r) {
			return 300
		}
		return 670
	case r >= 0xe00 && r <= 0xeff:
		return 580
	case r >= 0x1f000:
		return 1300
	case r >= 0x1100 && r <= 0x11ff || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xffef || r >= 0x20000:
		return 1000
	}
	return 700
}
