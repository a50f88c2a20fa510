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

// table returns the rows of a query of two columns: what the second says of the first.
func table[K comparable, V any](ctx context.Context, q querier, query string, args ...any) (map[K]V, error) {
	type pair struct {
		key   K
		value V
	}
	pairs, err := collect(ctx, q, func(row scanner) (pair, error) {
		var p pair
		err := row.Scan(&p.key, &p.value)
		return p, err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	by := make(map[K]V, len(pairs))
	for _, p := range pairs {
		by[p.key] = p.value
	}
	return by, nil
}

// set returns the rows of a query of one column.
func set[K comparable](ctx context.Context, q querier, query string, args ...any) (map[K]bool, error) {
	keys, err := collect(ctx, q, single[K], query, args...)
	if err != nil {
		return nil, err
	}
	in := make(map[K]bool, len(keys))
	for _, k := range keys {
		in[k] = true
	}
	return in, nil
}
