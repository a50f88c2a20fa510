package mariadb

import (
	"errors"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

func TestClusterOutlivesTheWritersNode(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster")
	}
	c := StartGalera(t, 3)
	c.Nodes[0].Create(t, "shared")
	writer, other := open(t, c.Nodes[0].DSN("shared")), open(t, c.Nodes[1].DSN("shared"))
	must(t, writer, "CREATE TABLE t (id INT PRIMARY KEY, v INT) ENGINE=InnoDB")
	must(t, writer, "INSERT INTO t VALUES (1, 0)")

	// Two nodes change one row: the first to commit wins, the other is told.
	eventually(t, "the row is on node 1", func() bool { return count(t, other, "SELECT COUNT(*) FROM t") == 1 })
	a, err := writer.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.ExecContext(t.Context(), "UPDATE t SET v = 1 WHERE id = 1"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ExecContext(t.Context(), "UPDATE t SET v = 2 WHERE id = 1"); err != nil {
		t.Fatal(err)
	}
	if err := a.Commit(); err != nil {
		t.Fatal(err)
	}
	var failed *mysql.MySQLError
	if err := b.Commit(); !errors.As(err, &failed) || failed.Number != 1213 {
		t.Errorf("the second commit gave %v, want error 1213", err)
	}

	if err := c.KillNode(0); err != nil {
		t.Fatal(err)
	}
	// The other nodes refuse or hold writes until they know that they are most.
	eventually(t, "node 1 takes writes", func() bool {
		_, err := other.ExecContext(t.Context(), "INSERT IGNORE INTO t VALUES (2, 0)")
		return err == nil
	})
	third := open(t, c.Nodes[2].DSN("shared"))
	eventually(t, "the row is on node 2", func() bool { return count(t, third, "SELECT COUNT(*) FROM t") == 2 })

	if err := c.RestartNode(0); err != nil {
		t.Fatal(err)
	}
	if got := count(t, writer, "SELECT COUNT(*) FROM t"); got != 2 {
		t.Errorf("%d rows on the node that came back, want 2", got)
	}
	must(t, writer, "INSERT INTO t VALUES (3, 0)")
	eventually(t, "a row of the node that came back is on node 2",
		func() bool { return count(t, third, "SELECT COUNT(*) FROM t") == 3 })
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 600 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s: not within 30 s", what)
}
