package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/pressly/goose/v3"
)

var mariaDialect = dialect{
	goose:    goose.DialectMySQL,
	conflict: func([]string) string { return " ON DUPLICATE KEY UPDATE " },
	given:    func(column string) string { return "VALUES(" + column + ")" },
	now:      "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)",
	// A single statement has another: see nodes.connect.
	isolation: sql.LevelRepeatableRead,
}

// Bounds of a connection, where the address names no others.
const (
	dialTimeout = 10 * time.Second
	// readTimeout ends a wait for a server that is gone without a word. It is
	// longer than any query or change of a table should take.
	readTimeout  = 10 * time.Minute
	writeTimeout = time.Minute
	// ToolsDB closes what is idle, and a cluster's node that came back is to be
	// used again.
	connLifetime = 10 * time.Minute
	connIdle     = time.Minute
	// defaultConnections is half of what ToolsDB allows a tool.
	// https://wikitech.wikimedia.org/wiki/Help:Toolforge/ToolsDB
	defaultConnections = 10
)

// openMariaDB opens a pool on a MariaDB server, or on one of a Galera cluster's.
func openMariaDB(ctx context.Context, address string, connections int) (*sql.DB, error) {
	c, err := mariaConfig(address)
	if err != nil {
		return nil, err
	}
	n, err := newNodes(c)
	if err != nil {
		return nil, fmt.Errorf("the database %s: %w: %w", spoken(c), err, ErrInvalid)
	}
	db := sql.OpenDB(n)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	db.SetConnMaxLifetime(connLifetime)
	db.SetConnMaxIdleTime(connIdle)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", spoken(c), err), db.Close())
	}
	return db, nil
}

// mariaConfig reads an address and sets what this package relies on.
func mariaConfig(address string) (*mysql.Config, error) {
	c, err := mysql.ParseDSN(address)
	if err != nil || c.DBName == "" {
		// The error may repeat the address, which holds a password.
		return nil, fmt.Errorf("the database %s is neither sqlite:PATH nor user@tcp(host:3306)/name: %w", scheme(address), ErrInvalid)
	}
	// A row that matched counts as affected though nothing of it changed, as in SQLite.
	c.ClientFoundRows = true
	// One round trip for a statement instead of three.
	c.InterpolateParams = true
	// A primary that became a replica is left.
	c.RejectReadOnly = true
	c.ParseTime = true // for goose; this package keeps numbers
	c.MultiStatements, c.AllowAllFiles = false, false
	c.Logger = &mysql.NopLogger{} // errors are returned
	// Of literals only: columns have their own.
	c.Collation = "utf8mb4_bin"
	if err := c.Apply(mysql.Charset("utf8mb4", c.Collation)); err != nil {
		return nil, err
	}
	c.Timeout = orDefault(c.Timeout, dialTimeout)
	c.ReadTimeout = orDefault(c.ReadTimeout, readTimeout)
	c.WriteTimeout = orDefault(c.WriteTimeout, writeTimeout)
	if c.Params == nil {
		c.Params = map[string]string{}
	}
	// The clock of leases reads the server's time, which must not jump in autumn.
	c.Params["time_zone"] = "'+00:00'"
	// A value that does not fit is an error, not cut.
	c.Params["sql_mode"] = "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'"
	return c, nil
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// spoken returns an address without its password.
func spoken(c *mysql.Config) string {
	return fmt.Sprintf("%s@%s(%s)/%s", c.User, c.Net, strings.Join(hosts(c), ","), c.DBName)
}

// Errors of MariaDB whose cause passes. https://mariadb.com/kb/en/mariadb-error-codes/
var passing = map[uint16]bool{
	1020: true, // record changed since it was read
	1040: true, // too many connections
	1047: true, // the node is not part of the cluster (yet, or any more)
	1053: true, // the server shuts down
	1180: true, // the cluster refused a commit
	1203: true, // the user has too many connections
	1205: true, // waited for a lock too long
	1213: true, // deadlock, or the cluster's certification failed
	1226: true, // the account has too many connections
	1317: true, // interrupted, by another node's transaction
	1927: true, // the connection was killed
}

// mariaPasses reports whether an error is one that a repetition may escape.
func mariaPasses(err error) bool {
	var said *mysql.MySQLError
	if errors.As(err, &said) {
		return passing[said.Number]
	}
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network)
}
