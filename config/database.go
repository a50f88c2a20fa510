package config

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// Toolforge's shared MariaDB: https://wikitech.wikimedia.org/wiki/Help:Toolforge/ToolsDB
const (
	toolsDBHost = "tools.db.svc.wikimedia.cloud:3306"
	toolsDBName = "afterglow"
)

const databaseForms = `"sqlite:PATH", a MariaDB DSN ("user@tcp(host:3306)/name", its password from AFTERGLOW_DATABASE_PASSWORD), "toolsdb:NAME" on Toolforge`

// Database is where the data is kept: "sqlite:PATH" or a MariaDB DSN of
// go-sql-driver/mysql. Its password never shows.
type Database struct{ text string }

// NewDatabase wraps an address without checking it: Load checks.
func NewDatabase(text string) Database { return Database{text: text} }

// Reveal returns the address with its password, for opening the database.
func (d Database) Reveal() string { return d.text }

// SQLite returns the path of an SQLite database; ok is false for another.
func (d Database) SQLite() (path string, ok bool) { return strings.CutPrefix(d.text, "sqlite:") }

// String returns the address without its password.
func (d Database) String() string {
	if _, ok := d.SQLite(); ok || d.text == "" {
		return d.text
	}
	c, err := mysql.ParseDSN(d.text)
	if err != nil {
		if strings.ContainsAny(d.text, ":@?") {
			return redacted // a DSN that cannot be read may hold a password anywhere
		}
		return d.text
	}
	if c.Passwd != "" {
		c.Passwd = redacted
	}
	return c.FormatDSN()
}

// Format writes String's text for every verb.
func (d Database) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.String()) }

// MarshalText returns String's text.
func (d Database) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// LogValue returns String's text.
func (d Database) LogValue() slog.Value { return slog.StringValue(d.String()) }

// resolve turns every form into one of the two that Database promises.
// toolUser and toolPassword are TOOL_TOOLSDB_USER and TOOL_TOOLSDB_PASSWORD;
// named says whether the operator named a database at all.
func (d Database) resolve(named bool, toolUser, toolPassword string, password Secret) (Database, *Error) {
	bad := func(problem string) (Database, *Error) {
		return d, &Error{Key: "database", Value: d.String(), Problem: problem, Allowed: databaseForms}
	}
	name, tool := strings.CutPrefix(d.text, "toolsdb:")
	if !named && toolUser != "" && toolPassword != "" {
		// A file on Toolforge's NFS is no place for SQLite.
		name, tool = toolsDBName, true
	}
	if tool {
		switch {
		case toolUser == "" || toolPassword == "":
			return d, &Error{Key: "database", Value: d.text, Problem: "TOOL_TOOLSDB_USER and TOOL_TOOLSDB_PASSWORD are not set",
				Allowed: "toolsdb: on Toolforge, which sets both; elsewhere " + databaseForms}
		case !plainName(name):
			return d, &Error{Key: "database", Value: d.text, Allowed: "toolsdb:NAME, NAME of letters, digits and _"}
		}
		c := mysql.NewConfig()
		c.User, c.Passwd, c.Net, c.Addr, c.DBName = toolUser, toolPassword, "tcp", toolsDBHost, toolUser+"__"+name
		return Database{text: c.FormatDSN()}, nil
	}
	if path, ok := d.SQLite(); ok {
		if path == "" || strings.ContainsAny(path, "?#\x00") {
			return bad("the path is empty or has ?, # or NUL in it")
		}
		return d, nil
	}
	c, err := mysql.ParseDSN(d.text)
	if err != nil || c.DBName == "" || c.User == "" {
		return bad("it is in none of the forms, or has no user or database name")
	}
	if c.Passwd == "" && password.Set() {
		c.Passwd = password.Reveal()
		return Database{text: c.FormatDSN()}, nil
	}
	return d, nil
}

// holdsPassword reports whether an address has a password in it, which a
// configuration file may not.
func holdsPassword(address string) bool {
	if strings.HasPrefix(address, "sqlite:") || strings.HasPrefix(address, "toolsdb:") {
		return false
	}
	c, err := mysql.ParseDSN(address)
	if err != nil {
		// "user:password@…" that does not parse: better refused than shown.
		before, _, at := strings.Cut(address, "@")
		return at && strings.Contains(before, ":")
	}
	return c.Passwd != ""
}

func plainName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 48
}
