package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"afterglow/charts"
	"afterglow/charts/i18n"
)

// query is a request's parameters, read strictly: each that is given must be
// one of the allowed, and be given once (save those that may be repeated).
type query struct {
	values  url.Values
	allowed []string
}

// readQuery reads a query string. what names the thing asked for, in errors.
func readQuery(r *http.Request, what string, allowed []string, repeatable ...string) (query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return query{}, refuse("query", r.URL.RawQuery, "name=value pairs joined by &, percent-encoded")
	}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names) // the same query gives the same error
	list := strings.Join(allowed, ", ")
	if list == "" {
		list = "none"
	}
	for _, name := range names {
		switch {
		case !slices.Contains(allowed, name):
			return query{}, refuse(name, values.Get(name), "for "+what+" the parameters are: "+list)
		case len(values[name]) > 1 && !slices.Contains(repeatable, name):
			return query{}, refuse(name, strings.Join(values[name], ", "), "once")
		}
		for _, v := range values[name] {
			if strings.ContainsFunc(v, func(r rune) bool { return r < 0x20 || r == 0x7f || r == 0xfffd }) {
				return query{}, refuse(name, strconv.QuoteToASCII(v), "UTF-8 text without control characters")
			}
		}
	}
	return query{values: values, allowed: allowed}, nil
}

// only returns the parameters with the given names.
func (q query) only(names []string) url.Values {
	out := url.Values{}
	for _, name := range names {
		if v, ok := q.values[name]; ok {
			out[name] = v
		}
	}
	return out
}

// word is a parameter with one of a few values; the first is the default.
func (q query) word(name string, words ...string) (string, error) {
	if !q.values.Has(name) {
		return words[0], nil
	}
	v := q.values.Get(name)
	if !slices.Contains(words, v) {
		return "", refuse(name, v, strings.Join(words, ", "))
	}
	return v, nil
}

// number is a whole number in a range, in its one spelling.
func (q query) number(name string, def, low, high int) (int, error) {
	if !q.values.Has(name) {
		return def, nil
	}
	v := q.values.Get(name)
	n, err := strconv.Atoi(v)
	if err != nil || strconv.Itoa(n) != v || n < low || n > high {
		return 0, refuse(name, v, fmt.Sprintf("a whole number from %d to %d", low, high))
	}
	return n, nil
}

// text is a text of at most so many bytes.
func (q query) text(name string, most int) (string, error) {
	v := q.values.Get(name)
	if len(v) > most {
		return "", refuse(name, v, fmt.Sprintf("a text of at most %d bytes", most))
	}
	return v, nil
}

// language is the code of the language that is shown for uselang. Accept-Language
// is ignored, so that an address has one answer for all.
func (q query) language() (string, error) {
	if !q.values.Has("uselang") {
		return "en", nil
	}
	v := q.values.Get("uselang")
	if v == "" || len(v) > 35 || strings.Trim(strings.ToLower(v), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return "", refuse("uselang", v, "a language's code, such as en, pt-br; with texts: "+strings.Join(i18n.Languages(), ", "))
	}
	return i18n.For(v).Code(), nil
}

// Parameters of a picture.
func pictureParams() []string {
	return []string{"theme", "uselang", "width", "height", "title"}
}

// picture reads the parameters of a picture.
func (q query) picture() (charts.Options, error) {
	var o charts.Options
	var err error
	if o.Theme, err = q.word("theme", charts.ThemeAuto, charts.ThemeLight, charts.ThemeDark); err != nil {
		return o, err
	}
	if o.Lang, err = q.language(); err != nil {
		return o, err
	}
	if o.Width, err = q.number("width", charts.DefaultWidth, charts.MinWidth, charts.MaxWidth); err != nil {
		return o, err
	}
	if q.values.Has("height") {
		if o.Height, err = q.number("height", 0, charts.MinHeight, charts.MaxHeight); err != nil {
			return o, err
		}
	}
	title, err := q.word("title", "1", "0")
	o.Title = title == "1"
	return o, err
}

// optionsKey is the part of an answer's tag that a picture's options make.
func optionsKey(o charts.Options) string {
	return fmt.Sprintf("%s %s %d %d %t %t %s", o.Theme, o.Lang, o.Width, o.Height, o.Title, o.MadeUp, o.Highlight)
}
