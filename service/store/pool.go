package store

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"
)

// pool is connections to a database. What failed for a cause that passes (a
// deadlock, a server that restarts, a node of a cluster that died) it does again.
type pool struct {
	*sql.DB
	// passes reports whether an error's cause will pass.
	passes func(error) bool
}

// A statement or transaction is tried again for about a minute: a server may
// restart, and a cluster notices after 5 to 15 seconds that a node is gone.
const (
	mostRetries = 36
	firstPause  = 20 * time.Millisecond
	longPause   = 2 * time.Second
)

// again runs f until it succeeds, or fails for a cause that does not pass, or ctx
// ends.
func (p *pool) again(ctx context.Context, f func() error) error {
	for try := 0; ; try++ {
		err := f()
		if err == nil || try == mostRetries || ctx.Err() != nil || !p.passes(err) {
			return err
		}
		// Two that were each other's deadlock should not meet again.
		wait := min(firstPause<<min(try, 10), longPause)
		wait = wait/2 + rand.N(wait/2) //nolint:gosec // not a secret
		if stopped := pause(ctx, wait); stopped != nil {
			return errors.Join(err, stopped)
		}
	}
}

// inTx runs f in a transaction, once.
func (p *pool) inTx(ctx context.Context, o *sql.TxOptions, f func(tx *sql.Tx) error) error {
	tx, err := p.BeginTx(ctx, o)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		// The server undoes by itself what a lost connection had begun.
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) && !p.passes(undo) {
			return errors.Join(err, undo)
		}
		return err
	}
	return tx.Commit()
}

// ExecContext runs a statement outside a transaction. What is said of
// Store.write holds for it too.
func (p *pool) ExecContext(ctx context.Context, query string, args ...any) (res sql.Result, err error) {
	err = p.again(ctx, func() error {
		res, err = p.DB.ExecContext(ctx, query, args...)
		return err
	})
	return res, err
}

// QueryContext runs a query outside a transaction. A connection that breaks while
// the rows are read is an error of the rows.
func (p *pool) QueryContext(ctx context.Context, query string, args ...any) (rows *sql.Rows, err error) {
	err = p.again(ctx, func() error {
		rows, err = p.DB.QueryContext(ctx, query, args...) //nolint:rowserrcheck,sqlclosecheck // the caller does
		return err
	})
	return rows, err
}

// QueryRowContext runs a query of one row when the row is scanned.
func (p *pool) QueryRowContext(ctx context.Context, query string, args ...any) row {
	return row{func(dest []any) error {
		return p.again(ctx, func() error { return p.DB.QueryRowContext(ctx, query, args...).Scan(dest...) })
	}}
}

// row is one row that was not asked for yet.
type row struct{ scan func(dest []any) error }

// Scan runs the query. sql.ErrNoRows: there is none.
func (r row) Scan(dest ...any) error { return r.scan(dest) }
