package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"

	"afterglow/mwclient"
)

// Client reads a farm's replicas. It is safe for concurrent use: reads of wikis
// of one section wait for each other.
type Client struct {
	o     Options
	stats counters

	mu       sync.Mutex
	sections map[string]*section // by address
	farm     *farm               // nil until asked for
	// urlsAsked is true once farm was asked for only to know the wikis' addresses.
	urlsAsked bool
}

// New returns a client. Nothing is connected yet. It fails if an option makes
// no sense.
func New(o Options) (*Client, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	return &Client{o: o, sections: map[string]*section{}}, nil
}

// Close closes what is open.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, s := range c.sections {
		errs = append(errs, s.db.Close())
	}
	return errors.Join(errs...)
}

// Wiki is one wiki's replica. It is safe for concurrent use.
type Wiki struct {
	c  *Client
	db string // database name of the wiki

	mu    sync.Mutex
	batch int // users a query; smaller once a query was too slow
}

// Wiki returns the replica of the wiki with that database name ("enwiki").
// Nothing is asked; a wiki that has no replica is an mwclient.ErrNotFound later.
func (c *Client) Wiki(db string) (*Wiki, error) {
	if !isDBName(db) {
		return nil, fmt.Errorf("replica: %.80q is no wiki's database name: %w", db, mwclient.ErrNotFound)
	}
	return &Wiki{c: c, db: db, batch: c.o.Batch}, nil
}

// DBName returns the wiki's database name.
func (w *Wiki) DBName() string { return w.db }

// views returns the quoted name of the database of a wiki's views, as it is put
// before a view's name.
func (c *Client) views(db string) string {
	return "`" + strings.ReplaceAll(c.o.Database, "{name}", db) + "`."
}

// section is a server that holds the replicas of some wikis. It takes one
// connection at a time, which is closed when it is not in use.
type section struct {
	address string
	db      *sql.DB
}

// at returns the section where a database is served.
func (c *Client) at(ctx context.Context, db string) (*section, error) {
	name, err := c.sectionName(ctx, db)
	if err != nil {
		return nil, err
	}
	return c.section(name)
}

// sectionName returns a database's section, or its own name where that is not
// known: every wiki has an alias of its own.
func (c *Client) sectionName(ctx context.Context, db string) (string, error) {
	if name, ok := c.o.Sections[db]; ok {
		return name, nil
	}
	if c.o.NoMeta || db == "meta" || db == "centralauth" {
		return db, nil
	}
	f, err := c.readFarm(ctx)
	if err != nil {
		return "", err
	}
	if name := f.sections[db]; name != "" {
		return name, nil
	}
	return db, nil
}

func (c *Client) section(name string) (*section, error) {
	address := strings.NewReplacer("{name}", name, "{service}", c.o.Service).Replace(c.o.Host)
	if _, _, err := net.SplitHostPort(address); err != nil {
		address = net.JoinHostPort(strings.Trim(address, "[]"), "3306")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.sections[address]; ok {
		return s, nil
	}
	connector, err := mysql.NewConnector(c.driver(address))
	if err != nil {
		return nil, fmt.Errorf("replica: %s: %w", address, err)
	}
	s := &section{address: address, db: sql.OpenDB(connector)}
	// The replicas allow a tool few connections and no idle ones.
	s.db.SetMaxOpenConns(1)
	s.db.SetMaxIdleConns(-1)
	c.sections[address] = s
	return s, nil
}

// driver configures connections. Names are compared as bytes, as the wiki's own
// columns are.
func (c *Client) driver(address string) *mysql.Config {
	d := mysql.NewConfig()
	d.User, d.Passwd, d.Net, d.Addr = c.o.User, c.o.Password, "tcp", address
	d.Timeout = 15 * time.Second
	d.WriteTimeout = 30 * time.Second
	// A server that stays silent longer than it may work is gone.
	d.ReadTimeout = c.o.QueryLimit
	d.InterpolateParams = true // one round trip a query; arguments are numbers and _binary strings
	d.Params = map[string]string{"max_statement_time": strconv.FormatFloat(c.statementTime().Seconds(), 'f', 3, 64)}
	d.Logger = &mysql.NopLogger{} // errors are returned
	return d
}

// statementTime is after how long the server itself ends a query: before the
// replicas' watchdog does, and with an error in order after the rows so far, not
// with a lost connection.
func (c *Client) statementTime() time.Duration { return c.o.QueryLimit * 4 / 5 }
