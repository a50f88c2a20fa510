package replica

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/go-sql-driver/mysql"

	"afterglow/mwclient"
)

// ErrQueryLimit says that one user's edits of one hour could not be read within
// the replicas' limit of a query.
var ErrQueryLimit = errors.New("a query ran into the replicas' time limit and cannot be made smaller")

// outcome says what to do about a query that failed.
type outcome int

const (
	final outcome = iota // nothing
	again                // ask again after a while
	split                // ask for less
)

// Errors of the server by number.
// https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference
const (
	errTooManyConnections = 1040
	errAccessToDatabase   = 1044
	errAccess             = 1045
	errNoDatabase         = 1049
	errShutdown           = 1053
	errTableAccess        = 1142
	errColumnAccess       = 1143
	errNoTable            = 1146
	errUserConnections    = 1203
	errLockWait           = 1205
	errDeadlock           = 1213
	errUserResource       = 1226
	errInterrupted        = 1317 // KILL QUERY
	errViewInvalid        = 1356 // names a table that is not there
	errConnectionKilled   = 1927
	errStatementTime      = 1969 // max_statement_time
)

// judge decides about an error of a query that ran for a time. Replicas end a
// query that takes too long by an error of their own, by KILL, or by closing
// the connection, which only its duration tells from a server that went away.
func (c *Client) judge(err error, ran time.Duration) outcome {
	long := ran >= c.o.QueryLimit/2
	var failed *mysql.MySQLError
	if errors.As(err, &failed) {
		switch failed.Number {
		case errStatementTime, errInterrupted:
			return split
		case errConnectionKilled:
			if long {
				return split
			}
			return again
		case errTooManyConnections, errUserConnections, errUserResource, errShutdown, errLockWait, errDeadlock:
			return again
		}
		return final
	}
	if !connectionLost(err) {
		return final
	}
	if long {
		return split
	}
	return again
}

// connectionLost reports whether an error is one of the network.
func connectionLost(err error) bool {
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network)
}

// absent reports whether an error says that a database or view is not there, or
// not for us.
func absent(err error) bool {
	var failed *mysql.MySQLError
	if !errors.As(err, &failed) {
		return false
	}
	switch failed.Number {
	case errNoDatabase, errNoTable, errViewInvalid, errAccessToDatabase, errTableAccess, errColumnAccess:
		return true
	}
	return false
}

// explain wraps an error so that mwclient's kinds can be asked for.
func explain(wiki string, err error) error {
	var failed *mysql.MySQLError
	if errors.As(err, &failed) {
		switch failed.Number {
		case errNoDatabase, errNoTable, errViewInvalid:
			return fmt.Errorf("replica of %s: %w: %w", wiki, mwclient.ErrNotFound, err)
		case errAccess, errAccessToDatabase, errTableAccess, errColumnAccess:
			return fmt.Errorf("replica of %s: %w: %w", wiki, mwclient.ErrForbidden, err)
		}
	}
	return fmt.Errorf("replica of %s: %w", wiki, err)
}
