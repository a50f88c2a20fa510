package mwclient

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// continuation is the parameters to send for the next page. Most are text, some
// modules write numbers.
type continuation map[string]string

// String is the same for the same continuation, and empty for none.
func (c continuation) String() string {
	names := make([]string, 0, len(c))
	for name := range c {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		b.WriteString(name)
		b.WriteByte('=')
		b.WriteString(c[name])
		b.WriteByte('\n')
	}
	return b.String()
}

// UnmarshalJSONFrom reads an object of texts, numbers and booleans.
func (c *continuation) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		return dec.SkipValue() // false, null or [] where there is none
	}
	var raw map[string]jsontext.Value
	if err := json.UnmarshalDecode(dec, &raw); err != nil {
		return err
	}
	*c = make(continuation, len(raw))
	for name, value := range raw {
		switch value.Kind() {
		case '"':
			text, err := jsontext.AppendUnquote(nil, value)
			if err != nil {
				return err
			}
			(*c)[name] = string(text)
		case '{', '[', 'n', 'f':
		default:
			(*c)[name] = string(value)
		}
	}
	return nil
}

// warnings are what a wiki found odd about a question.
type warnings []warning

type warning struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// UnmarshalJSONFrom reads both shapes: [{code, text, module}] of
// errorformat=plaintext, and {module: {warnings: text}} of bc, in which the
// English text is all there is.
func (w *warnings) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case '[':
		var list []warning
		if err := json.UnmarshalDecode(dec, &list); err != nil {
			return err
		}
		*w = list
		return nil
	case '{':
		var modules map[string]struct {
			Text string `json:"warnings"`
			Old  string `json:"*"` // formatversion=1
		}
		if err := json.UnmarshalDecode(dec, &modules); err != nil {
			return err
		}
		for _, m := range modules {
			for line := range strings.Lines(m.Text + m.Old) {
				*w = append(*w, warning{Code: codeOfWarning(line), Text: strings.TrimSpace(line)})
			}
		}
		return nil
	}
	return dec.SkipValue()
}

// codeOfWarning gives a warning of errorformat=bc, which is always in English,
// the code that it has in the other formats.
func codeOfWarning(text string) string {
	for _, known := range [...]struct{ start, code string }{
		{"Unrecognized value", "unrecognizedvalues"},
		{"Unrecognized parameter", "unrecognizedparams"},
		{"Too many values", "toomanyvalues"},
	} {
		if strings.HasPrefix(text, known.start) {
			return known.code
		}
	}
	return ""
}

// dropped returns the first warning that says that a part of the question was
// ignored, or "".
func (w warnings) dropped() string {
	for _, one := range w {
		switch one.Code {
		case "unrecognizedvalues", "unrecognizedvalue", "unrecognizedparams", "toomanyvalues":
			return shorten(one.Text)
		}
	}
	return ""
}

// timestamp is a time as MediaWiki writes it: ISO 8601, or 14 digits, in UTC.
// Null, "", "infinity" and what cannot be read are the zero time.
type timestamp struct{ time.Time }

// UnmarshalJSONFrom reads a time.
func (t *timestamp) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '"' {
		return dec.SkipValue()
	}
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if len(value) >= 2 {
		t.Time, _ = parseTime(string(value[1 : len(value)-1]))
	}
	return nil
}

// parseTime reads "2025-01-10T10:00:00Z" or "20250110100000" as UTC.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range [...]string{"2006-01-02T15:04:05Z", "20060102150405"} {
		if len(text) == len(layout) {
			t, err := time.Parse(layout, text)
			return t, err == nil
		}
	}
	return time.Time{}, false
}

// number is an integer, which PHP sometimes writes as text. Null is 0.
type number int64

// UnmarshalJSONFrom reads a number or a text that holds one.
func (n *number) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	text := string(value)
	if value.Kind() == '"' {
		text = strings.Trim(text, `"`)
	}
	i, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		i = 0
	}
	*n = number(i)
	return nil
}

// limits is how many rows an answer may hold, by module.
type limits map[string]number

// UnmarshalJSONFrom reads an object of numbers.
func (l *limits) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		return dec.SkipValue()
	}
	return json.UnmarshalDecode(dec, (*map[string]number)(l))
}

// flag is true where it is present and not false or null: booleans of
// formatversion=2, and "" of formatversion=1.
type flag bool

// UnmarshalJSONFrom reads a boolean.
func (f *flag) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case 'f', 'n':
		*f = false
	default:
		*f = true
	}
	return dec.SkipValue()
}

// texts is a list of texts; anything else in its place is nil, one text a list
// of one.
type texts []string

// UnmarshalJSONFrom reads a list of texts.
func (t *texts) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	switch dec.PeekKind() {
	case '[':
		list := []string{}
		if err := json.UnmarshalDecode(dec, &list); err != nil {
			return err
		}
		*t = list
		return nil
	case '"':
		var one string
		if err := json.UnmarshalDecode(dec, &one); err != nil {
			return err
		}
		*t = texts{one}
		return nil
	}
	return dec.SkipValue()
}
