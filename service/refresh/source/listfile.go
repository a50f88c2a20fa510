package source

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
)

const (
	// maxListFile is the greatest size of a list's file.
	maxListFile = 10 << 20
	// maxNames is how many names it can hold at most.
	maxNames = maxListFile
)

// ReadListFile reads participants from a file. See ReadList.
func ReadListFile(path string) ([]Person, LeftOut, error) {
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, nil, fmt.Errorf("read participants: %w", err)
	}
	people, left, err := ReadList(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, nil, fmt.Errorf("read participants from %s: %w", path, err)
	}
	return people, left, nil
}

// ReadList reads participants: one name a line (empty lines and lines that begin
// with # do not count), or CSV whose header names a column user, username, user
// name, name or participant, and perhaps one joined, registered or date
// (2025-01-31, RFC 3339, or MediaWiki's 14 digits, in UTC), or what a dashboard
// exports of a course: its students as CSV, its users.json. At most 10 MB.
// Errors name the line. Names given twice count once. ErrInvalid: not text, or a
// line that is no name. ErrEmpty: no names. ErrTooMany.
func ReadList(r io.Reader) ([]Person, LeftOut, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxListFile+1))
	if err != nil {
		return nil, nil, err
	}
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	switch {
	case len(b) > maxListFile:
		return nil, nil, fmt.Errorf("more than %d MB: %w", maxListFile>>20, ErrTooMany)
	case bytes.IndexByte(b, 0) >= 0 || !utf8.Valid(b):
		return nil, nil, fmt.Errorf("this is not text in UTF-8: %w", ErrInvalid)
	}
	// No name begins with a brace.
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		return readCourse(b, maxNames)
	}
	first, _, _ := bytes.Cut(b, []byte("\n"))
	read := readLines
	if c, ok := header(string(first)); ok {
		read = c.read
	}
	people, err := read(b)
	if err != nil {
		return nil, nil, err
	}
	people, left := once(people)
	if len(people) == 0 {
		return nil, nil, fmt.Errorf("there is no name in it: %w", ErrEmpty)
	}
	return people, left, nil
}

// once leaves out names that were given before.
func once(people []Person) ([]Person, LeftOut) {
	left := LeftOut{}
	seen := make(map[string]bool, len(people))
	kept := people[:0]
	for _, p := range people {
		if seen[p.Name] {
			left[Repeated]++
			continue
		}
		seen[p.Name] = true
		kept = append(kept, p)
	}
	return kept, left
}

// readLines reads one name a line.
func readLines(b []byte) ([]Person, error) {
	var people []Person
	lines := bufio.NewScanner(bytes.NewReader(b))
	lines.Buffer(nil, maxListFile)
	for n := 1; lines.Scan(); n++ {
		name := CleanName(lines.Text())
		if name == "" || strings.HasPrefix(name, "#") {
			continue
		}
		if len(name) > 255 {
			return nil, fmt.Errorf("line %d: a name has at most 255 bytes: %w", n, ErrInvalid)
		}
		people = append(people, Person{Name: name})
	}
	return people, lines.Err()
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
	enrolled := false
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
			if c.joined < 0 && !enrolled {
				c.joined = i
			}
		case "enrollment_timestamp":
			// A dashboard's: registered_at is when the account was created there.
			// https://github.com/WikiEducationFoundation/WikiEduDashboard/blob/master/lib/analytics/course_students_csv_builder.rb
			c.joined, enrolled = i, true
		}
	}
	return c, c.name >= 0
}

// read reads a CSV with its header.
func (c columns) read(b []byte) ([]Person, error) {
	rows := csv.NewReader(bytes.NewReader(b))
	rows.Comma, rows.FieldsPerRecord, rows.LazyQuotes = c.comma, -1, true
	if _, err := rows.Read(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	var people []Person
	for {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := rows.FieldPos(0)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrInvalid, err) // it names the line
		}
		var e Person
		if c.name < len(fields) {
			e.Name = CleanName(fields[c.name])
		}
		if e.Name == "" {
			return nil, fmt.Errorf("line %d has no name: %w", line, ErrInvalid)
		}
		if len(e.Name) > 255 {
			return nil, fmt.Errorf("line %d: a name has at most 255 bytes: %w", line, ErrInvalid)
		}
		if c.joined >= 0 && c.joined < len(fields) && strings.TrimSpace(fields[c.joined]) != "" {
			if e.Joined, err = parseJoined(strings.TrimSpace(fields[c.joined])); err != nil {
				return nil, fmt.Errorf("line %d: %w", line, err)
			}
		}
		people = append(people, e)
	}
	return people, nil
}

func parseJoined(s string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339, "20060102150405", time.DateTime, "2006-01-02 15:04:05 MST"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is not a date such as 2025-01-31: %w", s, ErrInvalid)
}
