package store

import (
	"context"
	"database/sql"
)

// statements prepares each statement once for a transaction, which closes them
// when it ends. Loops over rows use it: preparing costs more than running.
type statements struct {
	tx     *sql.Tx
	byText map[string]*sql.Stmt
}

func prepare(tx *sql.Tx) *statements { return &statements{tx: tx, byText: map[string]*sql.Stmt{}} }

func (s *statements) get(ctx context.Context, text string) (*sql.Stmt, error) {
	if st, ok := s.byText[text]; ok {
		return st, nil
	}
	st, err := s.tx.PrepareContext(ctx, text) //nolint:sqlclosecheck // the transaction closes it
	if err != nil {
		return nil, err
	}
	s.byText[text] = st
	return st, nil
}

// exec runs a statement.
func (s *statements) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	st, err := s.get(ctx, text) //nolint:sqlclosecheck // the transaction closes it
	if err != nil {
		return nil, err
	}
	return st.ExecContext(ctx, args...)
}

// scan reads one row into dest; sql.ErrNoRows if there is none.
func (s *statements) scan(ctx context.Context, dest []any, text string, args ...any) error {
	st, err := s.get(ctx, text) //nolint:sqlclosecheck // the transaction closes it
	if err != nil {
		return err
	}
	return st.QueryRowContext(ctx, args...).Scan(dest...)
}
