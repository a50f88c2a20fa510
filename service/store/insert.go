package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// insert returns INSERT … VALUES (?, …) for the key and other columns of a table.
// A row that has these keys gets the columns of update instead, or stays.
func (s *Store) insert(table string, keys, columns, update []string) string {
	return s.insertRows(table, slices.Concat(keys, columns), 1) + s.d.conflict(keys) + s.assignments(table, keys, update)
}

// assignments returns what an INSERT does to a row that has the keys already.
func (s *Store) assignments(table string, keys, update []string) string {
	set := make([]string, len(update))
	for i, c := range update {
		set[i] = c + " = " + s.d.given(c)
	}
	if len(set) == 0 {
		set = []string{keys[0] + " = " + table + "." + keys[0]}
	}
	return strings.Join(set, ", ")
}

// insertRows returns INSERT … VALUES (?, …), … for a number of rows.
func (s *Store) insertRows(table string, columns []string, rows int) string {
	return insertValues(table, columns, "("+marks(len(columns))+")", rows)
}

// insertValues is insertRows with each row written so.
func insertValues(table string, columns []string, row string, rows int) string {
	return "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES " +
		strings.TrimSuffix(strings.Repeat(row+", ", rows), ", ")
}

// Rows and bytes of one statement. Over a network a statement costs a round trip,
// whatever its size; the server takes at most max_allowed_packet, 16 MB usually.
const (
	rowsAtOnce  = 500
	bytesAtOnce = 1 << 20
)

// insertAll inserts rows in as few statements as may be. A row that has the keys
// already is changed by set; see assignments.
func (s *Store) insertAll(ctx context.Context, tx *sql.Tx, table string, keys, columns []string, set string, rows [][]any) error {
	all := slices.Concat(keys, columns)
	for len(rows) > 0 {
		n, size := 0, 0
		var args []any
		for n < len(rows) && n < rowsAtOnce && (n == 0 || size < bytesAtOnce) {
			for _, v := range rows[n] {
				if b, ok := v.([]byte); ok {
					size += len(b)
				}
			}
			args = append(args, rows[n]...)
			n++
		}
		if _, err := tx.ExecContext(ctx, s.insertRows(table, all, n)+s.d.conflict(keys)+set, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// marks returns n question marks.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// among returns the inside of IN (…) and its arguments.
func among[T any](values []T) (in string, args []any) {
	for _, v := range values {
		args = append(args, v)
	}
	return marks(len(values)), args
}
