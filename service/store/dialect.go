package store

import (
	"database/sql"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3"
)

// This file holds what differs between databases in the statements; sqlite.go and
// mariadb.go open them.

// DefaultDatabase is what an empty database string means.
const DefaultDatabase = "sqlite:afterglow.db"

// dialect says how one kind of database is written to.
type dialect struct {
	goose goose.Dialect
	// conflict returns the end of an INSERT, up to the assignments to a row that
	// has these keys already.
	conflict func(keys []string) string
	// given returns what the INSERT would have put into a column, for those.
	given func(column string) string
	// now is the server's time in Unix milliseconds; empty: the process's.
	now string
	// isolation is of a transaction, of which every query sees the same state.
	isolation sql.IsolationLevel
}

// likeEscape stands before a wildcard that means itself. A backslash would
// have to be written differently for SQLite and MariaDB.
const likeEscape = "!"

// inOrder stands after SELECT where a query begins with a campaign's people: MariaDB
// joins the tables in the order they are written. Its own choice follows statistics
// of the table, and until they catch up with people who were added it reads what is
// stored of everybody. https://mariadb.com/kb/en/select/#straight_join
const inOrder = `/*! STRAIGHT_JOIN */ `

// scheme returns what may be said aloud of a database string: a MariaDB one
// holds a password.
func scheme(database string) string {
	before, _, _ := strings.Cut(database, ":")
	return fmt.Sprintf("%.20q", before+":…")
}

// like returns the pattern that finds s anywhere in a text.
func like(s string) string {
	r := strings.NewReplacer(likeEscape, likeEscape+likeEscape, "%", likeEscape+"%", "_", likeEscape+"_")
	return "%" + r.Replace(s) + "%"
}
