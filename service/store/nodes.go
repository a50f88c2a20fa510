package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
)

// nodes connects to the servers of a cluster: to the first that takes part in it,
// and to that one until it fails. All workers name the servers in one order, so
// that they write to one of them, whose locks hold for all.
type nodes struct {
	each  []driver.Connector
	names []string

	mu sync.Mutex
	at int // the one that answered last
}

// nodePatience bounds a connection to one of several servers, its handshake
// included: a server that hangs still accepts.
const nodePatience = 10 * time.Second

// hosts returns the servers of an address: "user@tcp(a:3306,b:3306)/name" has two.
func hosts(c *mysql.Config) []string {
	if c.Net != "tcp" {
		return []string{c.Addr}
	}
	// The driver, which knows of one host, takes several for an IPv6 address: it
	// puts them into brackets and adds a port, each time it reads the address.
	addr := c.Addr
	for strings.Contains(addr, ",") && bracketed(addr) {
		addr = strings.TrimSuffix(addr[1:], "]:3306")
	}
	names := strings.Split(addr, ",")
	for i, name := range names {
		name = strings.TrimSpace(name)
		if _, _, err := net.SplitHostPort(name); err != nil {
			name = net.JoinHostPort(strings.Trim(name, "[]"), "3306")
		}
		names[i] = name
	}
	return names
}

// bracketed reports whether all of an address but a port is in one pair of brackets.
func bracketed(addr string) bool {
	inside, ok := strings.CutSuffix(addr, "]:3306")
	if !ok || !strings.HasPrefix(inside, "[") {
		return false
	}
	open := 0
	for _, r := range inside {
		switch r {
		case '[':
			open++
		case ']':
			open--
		}
		if open == 0 {
			return false // the first is closed before the end
		}
	}
	return open == 1
}

func newNodes(c *mysql.Config) (*nodes, error) {
	n := &nodes{names: hosts(c)}
	for _, name := range n.names {
		one := c.Clone()
		one.Addr = name
		if one.TLS != nil && len(n.names) > 1 {
			one.TLS = one.TLS.Clone()
			one.TLS.ServerName = "" // that of the whole list
		}
		connector, err := mysql.NewConnector(one)
		if err != nil {
			return nil, err
		}
		n.each = append(n.each, connector)
	}
	return n, nil
}

// Driver is part of driver.Connector.
func (n *nodes) Driver() driver.Driver { return n.each[0].Driver() }

// Connect connects to a server that takes statements.
func (n *nodes) Connect(ctx context.Context) (driver.Conn, error) {
	n.mu.Lock()
	first := n.at
	n.mu.Unlock()
	var errs []error
	for i := range n.each {
		at := (first + i) % len(n.each)
		c, err := n.connect(ctx, at)
		if err == nil {
			n.mu.Lock()
			n.at = at
			n.mu.Unlock()
			return c, nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", n.names[at], err))
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(errs...)
}

func (n *nodes) connect(ctx context.Context, at int) (driver.Conn, error) {
	if len(n.each) > 1 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, nodePatience)
		defer cancel()
	}
	c, err := n.each[at].Connect(ctx)
	if err != nil {
		return nil, err
	}
	node, ok := c.(mysqlConn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's connection is a %T", c), c.Close())
	}
	// A single host may be a proxy in front of a cluster.
	err = joined(ctx, node)
	if err == nil {
		// A statement outside a transaction locks rows, and no gaps between them: leases
		// of neighbouring accounts, which other workers take and give back all the time,
		// would wait for each other. The variable has two names, by version.
		// https://mariadb.com/kb/en/set-transaction/#read-committed
		_, err = node.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return nodeConn{node}, nil
}

// joined asks a node whether it takes part, and has it wait before it answers
// until it holds what the others committed before: after another node died, a
// worker finds what it saved there.
// https://galeracluster.com/library/documentation/mysql-wsrep-options.html#wsrep-sync-wait
func joined(ctx context.Context, c mysqlConn) error {
	_, err := c.ExecContext(ctx, "SET SESSION wsrep_sync_wait = 1", nil)
	var said *mysql.MySQLError
	if errors.As(err, &said) && said.Number == unknownVariable {
		err = nil // not a cluster
	}
	if err != nil {
		return err
	}
	_, err = c.ExecContext(ctx, "DO 1", nil)
	return err
}

const (
	unknownVariable = 1193
	notJoined       = 1047
)

// mysqlConn is what the driver's connections can do.
type mysqlConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// nodeConn is a connection to a server that may leave its cluster while it goes
// on talking. It refuses every statement then, so that none was carried out: the
// connection counts as broken, and database/sql asks for another.
type nodeConn struct{ mysqlConn }

func left(err error) error {
	var said *mysql.MySQLError
	if errors.As(err, &said) && said.Number == notJoined {
		return driver.ErrBadConn
	}
	return err
}

func (c nodeConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := c.mysqlConn.BeginTx(ctx, o)
	return tx, left(err)
}

func (c nodeConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	st, err := c.mysqlConn.PrepareContext(ctx, query)
	return st, left(err)
}

func (c nodeConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	res, err := c.mysqlConn.ExecContext(ctx, query, args)
	return res, left(err)
}

func (c nodeConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.mysqlConn.QueryContext(ctx, query, args)
	return rows, left(err)
}
