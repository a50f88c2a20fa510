package store

import (
	"context"
	"database/sql"

	"golang.org/x/sync/errgroup"
)

// cohortRow is a measured participant on one wiki; someone without edits has one
// row, without a wiki.
type cohortRow struct {
	account, joined, registered int64
	home, wiki                  string
	format                      int64
	edits                       []byte
}

// rowChunk is rows on their way from the database to the builder, with the
// memory that their edits lie in.
type rowChunk struct {
	rows  []cohortRow
	bytes []byte
}

// Rows and bytes of a chunk, and how many chunks may wait.
const (
	chunkRows   = 2000
	chunkBytes  = 1 << 20
	chunkWaits  = 4
	chunkBuffer = chunkBytes + chunkBytes/4
)

// streamRows calls each for every row of a campaign's cohort, by account and
// wiki. Reading the database and what each does (decoding edits) take about as
// long, so they run beside each other, each in a goroutine of its own; first
// runs before the first each. A row is valid until each returns.
func streamRows(ctx context.Context, tx *sql.Tx, id string, first func(), each func(*cohortRow) error) error {
	full := make(chan *rowChunk, chunkWaits)
	empty := make(chan *rowChunk, chunkWaits+2)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(full)
		return readRows(ctx, tx, id, full, empty)
	})
	g.Go(func() error {
		first()
		for c := range full {
			for i := range c.rows {
				if err := each(&c.rows[i]); err != nil {
					return err
				}
			}
			select {
			case empty <- c:
			default:
			}
		}
		return nil
	})
	return g.Wait()
}

// readRows sends the rows in chunks. It takes the memory of chunks that are done.
func readRows(ctx context.Context, tx *sql.Tx, id string, full chan<- *rowChunk, empty <-chan *rowChunk) error {
	rows, err := tx.QueryContext(ctx, `SELECT `+inOrder+`p.account, p.joined, a.registered, a.home_wiki, w.wiki, w.format, w.edits FROM participants p
		JOIN accounts a ON a.farm = p.farm AND a.id = p.account
		LEFT JOIN account_wikis w ON w.farm = p.farm AND w.account = p.account AND w.edit_rows > 0
		WHERE p.campaign = ? AND p.state = ? ORDER BY p.account, w.wiki`, id, Measured)
	if err != nil {
		return err
	}
	defer rows.Close()
	names := map[string]string{} // each wiki's name once in memory
	name := func(b []byte) string {
		if s, ok := names[string(b)]; ok {
			return s
		}
		s := string(b)
		names[s] = s
		return s
	}
	send := func(c *rowChunk) error {
		select {
		case full <- c:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	c := newChunk(empty)
	for rows.Next() {
		// RawBytes lend the driver's memory until the next row.
		var r cohortRow
		var home, wiki, edits sql.RawBytes
		var format sql.NullInt64
		if err := rows.Scan(&r.account, &r.joined, &r.registered, &home, &wiki, &format, &edits); err != nil {
			return err
		}
		r.home, r.wiki, r.format = name(home), name(wiki), format.Int64
		at := len(c.bytes)
		c.bytes = append(c.bytes, edits...)
		r.edits = c.bytes[at:]
		c.rows = append(c.rows, r)
		if len(c.rows) >= chunkRows || len(c.bytes) >= chunkBytes {
			if err := send(c); err != nil {
				return err
			}
			c = newChunk(empty)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return send(c)
}

func newChunk(empty <-chan *rowChunk) *rowChunk {
	select {
	case c := <-empty:
		c.rows, c.bytes = c.rows[:0], c.bytes[:0]
		return c
	default:
		return &rowChunk{rows: make([]cohortRow, 0, chunkRows), bytes: make([]byte, 0, chunkBuffer)}
	}
}
