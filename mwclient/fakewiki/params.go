package fakewiki

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// params are the parameters of a call of the Action API. They remember which
// were asked for, as unknown ones are a warning.
type params struct {
	values map[string]string
	used   map[string]bool
	high   bool // ten times the limits
	warn   func(warning)
}

// newParams keeps the last of repeated values, and a body's before a query's.
func newParams(query, body url.Values) *params {
	p := &params{values: map[string]string{}, used: map[string]bool{}}
	for _, values := range []url.Values{query, body} {
		for k, v := range values {
			if len(v) > 0 {
				p.values[k] = norm.NFC.String(v[len(v)-1])
			}
		}
	}
	return p
}

func (p *params) has(name string) bool {
	p.used[name] = true
	_, ok := p.values[name]
	return ok
}

func (p *params) str(name, def string) string {
	if p.has(name) {
		return p.values[name]
	}
	return def
}

// list splits a value at | or, where it begins with U+001F, at that.
func (p *params) list(name string) []string {
	v := p.str(name, "")
	if v == "" {
		return nil
	}
	if strings.HasPrefix(v, "\x1f") {
		return strings.Split(v[1:], "\x1f")
	}
	return strings.Split(v, "|")
}

// many is list with the limit on the number of values.
func (p *params) many(name string) ([]string, *apiError) {
	list := p.list(name)
	limit := 50
	if p.high {
		limit = 500
	}
	if len(list) > limit {
		return nil, &apiError{code: "toomanyvalues", info: "Too many values supplied for parameter " +
			strconv.Quote(name) + ". The limit is " + strconv.Itoa(limit) + ".",
			more: func(w *jsonWriter) {
				w.kStr("parameter", name)
				w.kInt("limit", int64(limit))
				w.kInt("lowlimit", 50)
				w.kInt("highlimit", 500)
			}}
	}
	return list, nil
}

// ints is many with numbers.
func (p *params) ints(name string) ([]int64, *apiError) {
	list, err := p.many(name)
	if err != nil {
		return nil, err
	}
	out := make([]int64, len(list))
	for i, s := range list {
		n, bad := strconv.ParseInt(s, 10, 64)
		if bad != nil {
			return nil, badInteger(name, s)
		}
		out[i] = n
	}
	return out, nil
}

func badInteger(name, value string) *apiError {
	return &apiError{code: "badinteger", info: `Invalid value "` + value + `" for integer parameter "` + name + `".`}
}

// props is the known values of a list; unknown ones are a warning.
func (p *params) props(module, name, def string, known ...string) map[string]bool {
	list := p.list(name)
	if !p.has(name) {
		list = strings.Split(def, "|")
	}
	out, unknown := map[string]bool{}, []string(nil)
	for _, v := range list {
		switch {
		case v == "*":
			for _, k := range known {
				out[k] = true
			}
		case slices.Contains(known, v):
			out[v] = true
		case v != "":
			unknown = append(unknown, v)
		}
	}
	p.unrecognized(module, name, unknown)
	return out
}

func (p *params) unrecognized(module, name string, values []string) {
	switch len(values) {
	case 0:
	case 1:
		p.warn(warning{module, "unrecognizedvalues", `Unrecognized value for parameter "` + name + `": ` + values[0]})
	default:
		p.warn(warning{module, "unrecognizedvalues", `Unrecognized values for parameter "` + name + `": ` + join3(values)})
	}
}

// join3 lists texts as English does without a last comma.
func join3(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// choice is one of some values, the first of them where it is not given.
func (p *params) choice(name string, known ...string) (string, *apiError) {
	v := p.str(name, known[0])
	if !slices.Contains(known, v) {
		return "", &apiError{code: "badvalue", info: `Unrecognized value for parameter "` + name + `": ` + v + "."}
	}
	return v, nil
}

// limit is a number of rows, 10 where it is not given; isMax says it was "max".
func (p *params) limit(module, name string) (n int, isMax bool, err *apiError) {
	most := 500
	if p.high {
		most = 5000
	}
	v := p.str(name, "10")
	if v == "max" {
		return most, true, nil
	}
	n, bad := strconv.Atoi(v)
	if bad != nil {
		return 0, false, badInteger(name, v)
	}
	if n < 1 || n > most {
		p.warn(warning{module, "outofrange", `The value "` + v + `" for parameter "` + name + `" must be between 1 and ` +
			strconv.Itoa(most) + "."})
		n = min(max(n, 1), most)
	}
	return n, false, nil
}

// time is a timestamp; ok is false where it is not given.
func (p *params) time(name string, now int64) (t int64, ok bool, err *apiError) {
	if !p.has(name) {
		return 0, false, nil
	}
	v := p.values[name]
	if v == "now" || v == "" {
		return now, true, nil
	}
	if t, good := parseTimestamp(v); good {
		return t, true, nil
	}
	return 0, false, &apiError{code: "badtimestamp",
		info: `Invalid value "` + v + `" for timestamp parameter "` + name + `".`}
}

// parseTimestamp reads the forms that MediaWiki takes.
func parseTimestamp(s string) (int64, bool) {
	for _, layout := range []string{time.RFC3339, "20060102150405", "2006-01-02 15:04:05", "2006-01-02T15:04:05",
		time.RFC1123} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.Unix(), true
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) < 14 {
		return n, true
	}
	return 0, false
}

// compact writes a time as 14 digits.
func compact(t int64) string { return time.Unix(t, 0).UTC().Format("20060102150405") }

// unused names the parameters that nobody asked for.
func (p *params) unused() []string {
	var out []string
	for name := range p.values {
		if !p.used[name] {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}
