package replica

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"afterglow/mwclient"
)

// query is one statement, and under which wiki and endpoint it counts.
type query struct {
	wiki     string
	endpoint mwclient.Endpoint
	text     string
	args     []any
}

// run carries out a query on a connection of its own and hands each row to
// scan, until that returns an error. It reports how long it took. The error is
// the driver's or scan's own.
func (c *Client) run(ctx context.Context, s *section, q query, scan func(*sql.Rows) error) (ran time.Duration, err error) {
	c.stats.add(q.wiki, q.endpoint, mwclient.Counts{Requests: 1})
	// Waiting for another read of this section is not the query's time.
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }()
	start := c.o.Clock.Now()
	ctx, cancel := context.WithTimeout(ctx, c.o.QueryLimit)
	defer cancel()
	rows, err := conn.QueryContext(ctx, q.text, q.args...)
	if err != nil {
		return c.o.Clock.Now().Sub(start), err
	}
	// Rows that are not wanted any more would be read to the end when they are
	// closed, were the query not given up first.
	defer rows.Close()
	defer cancel()
	n := int64(0)
	for rows.Next() {
		if err = scan(rows); err != nil {
			break
		}
		n++
	}
	c.stats.add(q.wiki, q.endpoint, mwclient.Counts{Rows: n})
	if err == nil {
		err = rows.Err()
	}
	return c.o.Clock.Now().Sub(start), err
}

// read carries out a query whose few rows are kept, and tries again where that
// may help. scan returns what it makes of a row.
func read[T any](ctx context.Context, c *Client, s *section, q query, scan func(*sql.Rows) (T, error)) ([]T, error) {
	for try := 1; ; try++ {
		var all []T
		ran, err := c.run(ctx, s, q, func(rows *sql.Rows) error {
			one, err := scan(rows)
			all = append(all, one)
			return err
		})
		if err == nil {
			return all, nil
		}
		if ctx.Err() != nil {
			return nil, explain(q.wiki, ctx.Err())
		}
		if c.judge(err, ran) == final || try > c.o.MaxRetries {
			return nil, explain(q.wiki, err)
		}
		if err := c.pause(ctx, q, try, err); err != nil {
			return nil, explain(q.wiki, err)
		}
	}
}

// pause waits before a query is tried again: 1 s, 2 s, 4 s, … a minute at most.
func (c *Client) pause(ctx context.Context, q query, try int, cause error) error {
	wait := min(time.Second<<min(try-1, 6), time.Minute)
	c.o.Logger.DebugContext(ctx, "a query is tried again", "wiki", q.wiki, "after", wait, "error", cause)
	c.stats.add(q.wiki, q.endpoint, mwclient.Counts{Retries: 1})
	return c.o.Clock.Sleep(ctx, wait)
}

// list writes the place-holders of n values: "(?,?,?)".
func list(n int) string { return "(" + strings.TrimSuffix(strings.Repeat("?,", n), ",") + ")" }

// binary makes arguments of texts, which are then compared as bytes.
func binary(texts ...string) []any {
	args := make([]any, len(texts))
	for i, text := range texts {
		args[i] = []byte(text)
	}
	return args
}

func integers(numbers []int64) []any {
	args := make([]any, len(numbers))
	for i, n := range numbers {
		args[i] = n
	}
	return args
}

// text reads a binary column: MediaWiki stores UTF-8, and where it does not, the
// API writes U+FFFD.
func text(column []byte) string { return strings.ToValidUTF8(string(column), "\uFFFD") }

const layout = "20060102150405"

// stamp writes a time as MediaWiki stores it: 14 digits, UTC.
// https://www.mediawiki.org/wiki/Manual:Timestamp
func stamp(t time.Time) string { return t.UTC().Format(layout) }

// parseStamp reads 14 digits. It does not use time.Parse, which takes several
// times longer: there is one for every edit.
func parseStamp(b []byte) (time.Time, error) {
	if len(b) != len(layout) {
		return time.Time{}, fmt.Errorf("%.40q is not a time", b)
	}
	for _, digit := range b {
		if digit < '0' || digit > '9' {
			return time.Time{}, fmt.Errorf("%.40q is not a time", b)
		}
	}
	part := func(from, to int) int {
		n := 0
		for _, digit := range b[from:to] {
			n = n*10 + int(digit-'0')
		}
		return n
	}
	year, month, day := part(0, 4), part(4, 6), part(6, 8)
	hour, minute, second := part(8, 10), part(10, 12), part(12, 14)
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	// time.Date makes 1 March of 30 February.
	if t.Year() != year || int(t.Month()) != month || t.Day() != day ||
		t.Hour() != hour || t.Minute() != minute || t.Second() != second {
		return time.Time{}, fmt.Errorf("%.40q is not a time", b)
	}
	return t, nil
}

// registered reads the time of a registration; older accounts have none.
func registered(column []byte) (time.Time, error) {
	if column == nil {
		return time.Time{}, nil
	}
	return parseStamp(column)
}
