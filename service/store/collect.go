package store

import "context"

// scanner is a row that can be read.
type scanner interface{ Scan(dest ...any) error }

// collect returns what one makes of each row of a query. Outside a transaction it
// reads all of them again if the connection breaks on the way.
func collect[T any](ctx context.Context, q querier, one func(scanner) (T, error), query string, args ...any) (all []T, err error) {
	if p, ok := q.(*pool); ok {
		err = p.again(ctx, func() error {
			all, err = collect(ctx, p.DB, one, query, args...)
			return err
		})
		return all, err
	}
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		v, err := one(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// single reads a row of one column.
func single[T any](row scanner) (v T, err error) {
	err = row.Scan(&v)
	return v, err
}

// countBy returns the numbers of a query of names and numbers.
func (s *Store) countBy(ctx context.Context, query string, args ...any) (map[string]int, error) {
	type count struct {
		name string
		n    int
	}
	counts, err := collect(ctx, s.r, func(row scanner) (count, error) {
		var c count
		err := row.Scan(&c.name, &c.n)
		return c, err
	}, query, args...)
	by := make(map[string]int, len(counts))
	for _, c := range counts {
		by[c.name] = c.n
	}
	return by, err
}
