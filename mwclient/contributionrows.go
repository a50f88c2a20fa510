package mwclient

import (
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// contributionRows is list=usercontribs. Rows are most of what is read (150,000
// for a large campaign), so they are read token by token, past what is not
// needed, with one copy of a user's name for all of the user's rows.
type contributionRows []Contribution

// tagReverted marks an edit that was undone later.
// https://www.mediawiki.org/wiki/Manual:Reverts
const tagReverted = "mw-reverted"

// UnmarshalJSONFrom reads the list.
func (rows *contributionRows) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '[' {
		return dec.SkipValue()
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	list := contributionRows{}
	user := ""
	for dec.PeekKind() == '{' {
		row := Contribution{User: user}
		if err := readContribution(dec, &row); err != nil {
			return err
		}
		user = row.User
		list = append(list, row)
	}
	// The end, or an element that is no object.
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if token.Kind() != ']' {
		return fmt.Errorf("a contribution is %s", token.Kind())
	}
	*rows = list
	return nil
}

// readContribution reads one row. row.User is the name of the row before, whose
// memory is used again where it is the same.
func readContribution(dec *jsontext.Decoder, row *Contribution) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	before := row.User
	row.User = ""
	for dec.PeekKind() == '"' {
		// A value is valid until the next call only.
		name, err := dec.ReadValue()
		if err != nil {
			return err
		}
		switch string(name) {
		case `"userid"`:
			row.UserID, err = readInt(dec)
		case `"revid"`:
			row.RevID, err = readInt(dec)
		case `"ns"`:
			var ns int64
			ns, err = readInt(dec)
			row.Namespace = int(ns)
		case `"user"`:
			row.User, err = readText(dec, before)
		case `"timestamp"`:
			row.Timestamp, err = readTime(dec)
		case `"tags"`:
			row.Reverted, err = readTags(dec)
		default:
			err = dec.SkipValue()
		}
		if err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

func readInt(dec *jsontext.Decoder) (int64, error) {
	value, err := dec.ReadValue()
	if err != nil || value.Kind() != '0' {
		return 0, err
	}
	return strconv.ParseInt(string(value), 10, 64)
}

// readText returns same where the text is the same, to save the memory.
func readText(dec *jsontext.Decoder, same string) (string, error) {
	value, err := dec.ReadValue()
	if err != nil || value.Kind() != '"' {
		return "", err
	}
	if n := len(value); n == len(same)+2 && string(value[1:n-1]) == same {
		return same, nil
	}
	text, err := jsontext.AppendUnquote(nil, value)
	return string(text), err
}

// readTime reads "2025-01-10T10:00:00Z".
func readTime(dec *jsontext.Decoder) (time.Time, error) {
	value, err := dec.ReadValue()
	if err != nil || value.Kind() != '"' {
		return time.Time{}, err
	}
	t, ok := isoTime(value[1 : len(value)-1])
	if !ok {
		return time.Time{}, fmt.Errorf("%s is not a time", shorten(string(value)))
	}
	return t, nil
}

// readTags reports whether mw-reverted is among the tags.
func readTags(dec *jsontext.Decoder) (bool, error) {
	if dec.PeekKind() != '[' {
		return false, dec.SkipValue()
	}
	if _, err := dec.ReadToken(); err != nil {
		return false, err
	}
	reverted := false
	for dec.PeekKind() != ']' {
		value, err := dec.ReadValue()
		if err != nil {
			return false, err
		}
		if string(value) == `"`+tagReverted+`"` {
			reverted = true
		}
	}
	_, err := dec.ReadToken()
	return reverted, err
}

// isoTime reads the one layout of MediaWiki's times, several times faster than
// time.Parse.
func isoTime(b []byte) (time.Time, bool) {
	if len(b) != 20 || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' || b[19] != 'Z' {
		return time.Time{}, false
	}
	var parts [6]int
	for i, at := range [...][2]int{{0, 4}, {5, 7}, {8, 10}, {11, 13}, {14, 16}, {17, 19}} {
		for _, digit := range b[at[0]:at[1]] {
			if digit < '0' || digit > '9' {
				return time.Time{}, false
			}
			parts[i] = parts[i]*10 + int(digit-'0')
		}
	}
	year, month, day, hour, minute, second := parts[0], time.Month(parts[1]), parts[2], parts[3], parts[4], parts[5]
	t := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	// time.Date makes 1 March of 30 February; a wiki does not write such a day.
	if t.Month() != month || t.Day() != day || t.Hour() != hour || t.Minute() != minute || t.Second() != second {
		return time.Time{}, false
	}
	return t, true
}
