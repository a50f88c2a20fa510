package charts

import "unicode/utf8"

// appendEscaped is the one way by which text enters an SVG: text between tags
// and values of attributes alike. It escapes what XML gives a meaning, and
// leaves out what XML 1.0 does not allow (control characters, surrogates,
// U+FFFE, U+FFFF) and what is not UTF-8. White space becomes a space.
func appendEscaped(dst, text []byte) []byte {
	clean := 0 // text[clean:i] needs no change
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && n == 1 || r == 0xfffe || r == 0xffff || r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 {
				dst = append(dst, text[clean:i]...)
				clean = i + n
			}
			i += n
			continue
		}
		var to string
		switch {
		case c == '&':
			to = "&amp;"
		case c == '<':
			to = "&lt;"
		case c == '>':
			to = "&gt;"
		case c == '"':
			to = "&quot;"
		case c == '\'':
			to = "&#39;"
		case c == '\t' || c == '\n' || c == '\r':
			to = " "
		case c < ' ' || c == 0x7f:
			to = ""
		default:
			i++
			continue
		}
		dst = append(dst, text[clean:i]...)
		dst = append(dst, to...)
		i++
		clean = i
	}
	return append(dst, text[clean:]...)
}
