package fakewiki

import (
	"io"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonWriter streams JSON without holding it. Version 1 of the Action API's
// format says flags as "" or not at all and escapes all but ASCII; version 2
// says true and false and writes UTF-8.
type jsonWriter struct {
	out   io.Writer
	buf   []byte
	err   error
	v1    bool
	comma bool
}

const flushAt = 16 << 10

func (w *jsonWriter) flush() {
	if len(w.buf) > 0 && w.err == nil {
		_, w.err = w.out.Write(w.buf)
	}
	w.buf = w.buf[:0]
}

func (w *jsonWriter) sep() {
	if w.comma {
		w.buf = append(w.buf, ',')
	}
	if len(w.buf) >= flushAt {
		w.flush()
	}
}

func (w *jsonWriter) open(c byte)  { w.sep(); w.buf = append(w.buf, c); w.comma = false }
func (w *jsonWriter) close(c byte) { w.buf = append(w.buf, c); w.comma = true }

func (w *jsonWriter) obj()    { w.open('{') }
func (w *jsonWriter) endObj() { w.close('}') }
func (w *jsonWriter) arr()    { w.open('[') }
func (w *jsonWriter) endArr() { w.close(']') }

func (w *jsonWriter) key(k string) {
	w.sep()
	w.quote(k)
	w.buf = append(w.buf, ':')
	w.comma = false
}

func (w *jsonWriter) str(s string)    { w.sep(); w.quote(s); w.comma = true }
func (w *jsonWriter) raw(s string)    { w.sep(); w.buf = append(w.buf, s...); w.comma = true }
func (w *jsonWriter) int(n int64)     { w.sep(); w.buf = strconv.AppendInt(w.buf, n, 10); w.comma = true }
func (w *jsonWriter) float(f float64) { w.raw(strconv.FormatFloat(f, 'f', -1, 64)) }
func (w *jsonWriter) null()           { w.raw("null") }
func (w *jsonWriter) bool(b bool)     { w.raw(strconv.FormatBool(b)) }

func (w *jsonWriter) kObj(k string)           { w.key(k); w.obj() }
func (w *jsonWriter) kArr(k string)           { w.key(k); w.arr() }
func (w *jsonWriter) kStr(k, s string)        { w.key(k); w.str(s) }
func (w *jsonWriter) kInt(k string, n int64)  { w.key(k); w.int(n) }
func (w *jsonWriter) kNull(k string)          { w.key(k); w.null() }
func (w *jsonWriter) kBool(k string, b bool)  { w.key(k); w.bool(b) }
func (w *jsonWriter) kTime(k string, t int64) { w.key(k); w.time(t) }

// kFlag is a boolean of the Action API, kMark one that is only said when true.
func (w *jsonWriter) kFlag(k string, b bool) {
	switch {
	case !w.v1:
		w.kBool(k, b)
	case b:
		w.kStr(k, "")
	}
}

func (w *jsonWriter) kMark(k string, b bool) {
	if b {
		w.kFlag(k, true)
	}
}

func (w *jsonWriter) kStrs(k string, list []string) {
	w.kArr(k)
	for _, s := range list {
		w.str(s)
	}
	w.endArr()
}

// time is ISO 8601 as the Action API writes it.
func (w *jsonWriter) time(t int64) {
	w.sep()
	w.buf = append(w.buf, '"')
	w.buf = time.Unix(t, 0).UTC().AppendFormat(w.buf, time.RFC3339)
	w.buf = append(w.buf, '"')
	w.comma = true
}

func (w *jsonWriter) quote(s string) {
	const hex = "0123456789abcdef"
	w.buf = append(w.buf, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			w.buf = append(w.buf, s[from:i]...)
			switch c {
			case '"', '\\':
				w.buf = append(w.buf, '\\', c)
			case '\n':
				w.buf = append(w.buf, '\\', 'n')
			default:
				w.buf = append(w.buf, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			from = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if w.v1 || r == utf8.RuneError {
			w.buf = append(w.buf, s[from:i]...)
			w.escape(r)
			from = i + size
		}
		i += size
	}
	w.buf = append(append(w.buf, s[from:]...), '"')
}

// escape writes \uXXXX, two of them beyond the basic plane.
func (w *jsonWriter) escape(r rune) {
	for _, u := range utf16.AppendRune(nil, r) {
		w.buf = append(w.buf, '\\', 'u')
		h := strconv.FormatUint(uint64(u)|0x10000, 16)
		w.buf = append(w.buf, h[1:]...)
	}
}
