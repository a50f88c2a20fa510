package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// envPrefix starts every variable of ours.
const envPrefix = "AFTERGLOW_"

// kind is the type of a key's value.
type kind int

const (
	kindString kind = iota
	kindInt
	kindBool
	kindDuration
	kindList
	kindSecret
	kindDatabase
)

// leaf is one key that has a value.
type leaf struct {
	key      string // "refresh.maxlag"
	kind     kind
	index    []int // of the field in Config
	min, max string
	oneof    []string
}

// env is the variable that overrides the key.
func (l leaf) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(l.key, ".", "_"))
}

// hasFile reports whether KEY_file and …_FILE name a file that holds the value.
func (l leaf) hasFile() bool { return l.kind == kindSecret || l.kind == kindDatabase }

// schema lists the leaves of Config, in order.
func schema() []leaf { return leaves(reflect.TypeFor[Config](), "", nil) }

func leaves(t reflect.Type, prefix string, index []int) []leaf {
	var out []leaf
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("yaml")
		if name == "" {
			continue
		}
		l := leaf{key: prefix + name, index: append(slices.Clone(index), i),
			min: f.Tag.Get("min"), max: f.Tag.Get("max"), oneof: strings.Fields(f.Tag.Get("oneof"))}
		switch f.Type {
		case reflect.TypeFor[string]():
			l.kind = kindString
		case reflect.TypeFor[int]():
			l.kind = kindInt
		case reflect.TypeFor[bool]():
			l.kind = kindBool
		case reflect.TypeFor[time.Duration]():
			l.kind = kindDuration
		case reflect.TypeFor[[]string]():
			l.kind = kindList
		case reflect.TypeFor[Secret]():
			l.kind = kindSecret
		case reflect.TypeFor[Database]():
			l.kind = kindDatabase
		default:
			out = append(out, leaves(f.Type, l.key+".", l.index)...)
			continue
		}
		out = append(out, l)
	}
	return out
}

// allowed says what the key's value may be.
func (l leaf) allowed() string {
	switch {
	case len(l.oneof) > 0:
		return strings.Join(l.oneof, ", ")
	case l.kind == kindInt:
		return "a whole number from " + l.min + " to " + l.max
	case l.kind == kindBool:
		return "true, false"
	case l.kind == kindDuration:
		return `a duration such as "90s", "24h", from ` + l.min + " to " + l.max
	case l.kind == kindList:
		return "a list of texts"
	case l.kind == kindSecret:
		return l.env() + ", or " + l.env() + "_FILE, or " + l.key + "_file, the path of a file that holds it"
	case l.kind == kindDatabase:
		return databaseForms
	}
	return "a text"
}

// set puts the value given as text into c; problem is empty if it is allowed.
// A list's parts are separated by commas.
func (l leaf) set(c *Config, text string) (problem string) {
	v := reflect.ValueOf(c).Elem().FieldByIndex(l.index)
	switch l.kind {
	case kindString:
		if len(l.oneof) > 0 && !slices.Contains(l.oneof, text) {
			return "it is not one of the words"
		}
		if strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
			return "it has a control character"
		}
		v.SetString(text)
	case kindInt:
		n, err := strconv.Atoi(text)
		if err != nil {
			return "it is not a whole number"
		}
		if n < number(l.min) || n > number(l.max) {
			return "it is out of range"
		}
		v.SetInt(int64(n))
	case kindBool:
		if text != "true" && text != "false" {
			return "it is neither true nor false"
		}
		v.SetBool(text == "true")
	case kindDuration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return "it is not a duration"
		}
		if d < duration(l.min) || d > duration(l.max) {
			return "it is out of range"
		}
		v.SetInt(int64(d))
	case kindList:
		var parts []string
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				parts = append(parts, part)
			}
		}
		v.Set(reflect.ValueOf(parts))
	case kindSecret:
		v.Set(reflect.ValueOf(NewSecret(text)))
	case kindDatabase:
		v.Set(reflect.ValueOf(NewDatabase(text)))
	}
	return ""
}

// number and duration read a bound from a tag; the tags are ours, and
// TestTags reads each.
func number(tag string) int {
	n, err := strconv.Atoi(tag)
	if err != nil {
		panic(fmt.Sprintf("config: a tag's bound: %v", err))
	}
	return n
}

func duration(tag string) time.Duration {
	d, err := time.ParseDuration(tag)
	if err != nil {
		panic(fmt.Sprintf("config: a tag's bound: %v", err))
	}
	return d
}
