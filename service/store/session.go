package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// maxSession is the greatest size of a session's data in bytes.
const maxSession = 16 << 10

// Session returns the data of a session, or ErrNotFound where there is none or
// it has expired. id is a hash of what the browser holds.
func (s *Store) Session(ctx context.Context, id string) ([]byte, error) {
	var data []byte
	err := s.r.QueryRowContext(ctx, `SELECT data FROM sessions WHERE id = ? AND expires > ?`, id, s.now().Unix()).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read a session: %w", ErrNotFound) // without its id
	}
	if err != nil {
		return nil, fmt.Errorf("read a session: %w", err)
	}
	return data, nil
}

// SaveSession saves a session's data until it expires. ErrInvalid: it is too large.
func (s *Store) SaveSession(ctx context.Context, id string, data []byte, expires time.Time) error {
	if len(data) > maxSession {
		return fmt.Errorf("save a session: %d bytes, at most %d: %w", len(data), maxSession, ErrInvalid)
	}
	columns := []string{"expires", "data"}
	if _, err := s.w.ExecContext(ctx, s.insert("sessions", []string{"id"}, columns, columns), id, unix(expires), data); err != nil {
		return fmt.Errorf("save a session: %w", err)
	}
	return nil
}

// DeleteSession ends a session. It is no error if there is none.
func (s *Store) DeleteSession(ctx context.Context, id string) error {
	if _, err := s.w.ExecContext(ctx, `DELETE FROM sessions WHERE id = ?`, id); err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// DeleteExpiredSessions deletes the sessions that have expired.
func (s *Store) DeleteExpiredSessions(ctx context.Context) error {
	if _, err := s.w.ExecContext(ctx, `DELETE FROM sessions WHERE expires <= ?`, s.now().Unix()); err != nil {
		return fmt.Errorf("delete expired sessions: %w", err)
	}
	return nil
}
