package refresh

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"afterglow/service/store"
)

// maxListFile is the greatest size of a list's file.
const maxListFile = 10 << 20

// ReadListFile reads participants from a file: one name a line, or CSV with a
// header. See ReadList.
func ReadListFile(path string) ([]Entry, error) {
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, fmt.Errorf("read participants: %w", err)
	}
	entries, err := ReadList(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read participants from %s: %w", path, err)
	}
	return entries, nil
}

// ReadList reads participants: one name a line (empty lines and lines that begin
// with # do not count), or CSV whose header names a column user, username, user
// name, name or participant, and perhaps one joined, registered or date
// (2025-01-31, RFC 3339, or MediaWiki's 14 digits, in UTC). At most 10 MB.
// Errors name the line. store.ErrInvalid: no names, or not text.
func ReadList(r io.Reader) ([]Entry, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxListFile+1))
	if err != nil {
		return nil, err
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	switch {
	case len(b) > maxListFile:
		return nil, fmt.Errorf("more than %d MB: %w", maxListFile>>20, ErrTooMany)
	case bytes.IndexByte(b, 0) >= 0 || !utf8.Valid(b):
		return nil, fmt.Errorf("this is not text in UTF-8: %w", store.ErrInvalid)
	}
	first, _, _ := bytes.Cut(b, []byte("\n"))
	if c, ok := header(string(first)); ok {
		return c.read(b)
	}
	var entries []Entry
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, maxListFile)
	for n := 1; lines.Scan(); n++ {
		name := cleanName(lines.Text())
		if name == "" || strings.HasPrefix(name, "#") {
			continue
		}
		if len(name) > 255 {
			return nil, fmt.Errorf("line %d: a name has at most 255 bytes: %w", n, store.ErrInvalid)
		}
		entries = append(entries, Entry{Name: name})
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("there is no name in it: %w", store.ErrInvalid)
	}
	return entries, nil
}

// columns says which columns of a CSV hold what; -1: none does.
type columns struct {
	comma        rune
	name, joined int
}

// header reads the first line of a file as a CSV's header. It reports whether it is one:
// user names can hold commas, so only a column's name tells.
func header(line string) (columns, bool) {
	c := columns{comma: ',', name: -1, joined: -1}
	for _, comma := range []rune{'\t', ';', ','} {
		if strings.ContainsRune(line, comma) {
			c.comma = comma
			break
		}
	}
	for i, field := range strings.Split(line, string(c.comma)) {
		switch strings.ToLower(strings.Trim(strings.TrimSpace(field), `"`)) {
		case "user", "username", "user name", "user_name", "name", "participant":
			if c.name < 0 {
				c.name = i
			}
		case "joined", "registered", "registered_at", "user_registered_at", "date":
			if c.joined < 0 {
				c.joined = i
			}
		}
	}
	return c, c.name >= 0
}

// read reads a CSV with its header.
func (c columns) read(b []byte) ([]Entry, error) {
	rows := csv.NewReader(bytes.NewReader(b))
	rows.Comma, rows.FieldsPerRecord, rows.LazyQuotes = c.comma, -1, true
	if _, err := rows.Read(); err != nil {
		return nil, fmt.Errorf("%w: %w", store.ErrInvalid, err)
	}
	var entries []Entry
	for {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := rows.FieldPos(0)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", store.ErrInvalid, err) // it names the line
		}
		var e Entry
		if c.name < len(fields) {
			e.Name = cleanName(fields[c.name])
		}
		if e.Name == "" {
			return nil, fmt.Errorf("line %d has no name: %w", line, store.ErrInvalid)
		}
		if len(e.Name) > 255 {
			return nil, fmt.Errorf("line %d: a name has at most 255 bytes: %w", line, store.ErrInvalid)
		}
		if c.joined >= 0 && c.joined < len(fields) && strings.TrimSpace(fields[c.joined]) != "" {
			if e.Joined, err = parseJoined(strings.TrimSpace(fields[c.joined])); err != nil {
				return nil, fmt.Errorf("line %d: %w", line, err)
			}
		}
		entries = append(entries, e)
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("there is no name in it: %w", store.ErrInvalid)
	}
	return entries, nil
}

func parseJoined(s string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339, "20060102150405", time.DateTime} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is not a date such as 2025-01-31: %w", s, store.ErrInvalid)
}
