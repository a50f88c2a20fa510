package replica

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/service/e2e/mariadb"
)

// A farm of replicas, without the wikis behind them: tables in place of views,
// whose rows a test makes. What real wikis hold is compared in same_test.go.
type testFarm struct {
	t      *testing.T
	server *mariadb.Server
	nextID map[string]int
}

const (
	testUser     = "u1234"
	testPassword = "replica's password"
)

// TestFarm runs all tests that need the farm on one server; each has wikis of
// its own there.
func TestFarm(t *testing.T) {
	f := newFarm(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, *testFarm)
	}{
		{"slow queries are split", testSlow},
		{"killed queries go on", testKilled},
		{"the server restarts while it is read", testRestart},
		{"connections are few and not idle", testConnections},
		{"reading ends with its context", testContext},
		{"failures are told", testFailures},
		{"pages of edits", testPages},
		{"central accounts", testCentral},
		{"the farm's own list", testSites},
		{"the server is away", testAway}, // last: it stays so
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, &testFarm{t: t, server: f.server, nextID: f.nextID}) })
	}
}

// newFarm makes a farm without wikis.
func newFarm(t *testing.T) *testFarm {
	t.Helper()
	f := &testFarm{t: t, server: mariadb.Start(t, mariadb.Options{}), nextID: map[string]int{}}
	f.exec(
		"CREATE USER '"+testUser+"'@'%' IDENTIFIED BY \""+testPassword+"\"", "GRANT SELECT ON *.* TO '"+testUser+"'@'%'",
		"CREATE DATABASE meta_p",
		`CREATE TABLE meta_p.wiki (dbname VARCHAR(32) PRIMARY KEY, lang VARCHAR(12) NOT NULL DEFAULT 'en', name TEXT, url TEXT,
			slice TEXT NOT NULL, is_closed NUMERIC(1) NOT NULL DEFAULT 0)`,
		"CREATE DATABASE heartbeat_p",
		"CREATE TABLE heartbeat_p.heartbeat (shard VARCHAR(10), last_updated DATETIME, `lag` DECIMAL(20, 6))",
		"INSERT INTO heartbeat_p.heartbeat VALUES ('s1', NOW(), 0.25), ('s2', NOW(), 7200)",
		"CREATE DATABASE centralauth_p",
		`CREATE TABLE centralauth_p.globaluser (gu_id INT PRIMARY KEY, gu_name VARBINARY(255) UNIQUE, gu_home_db VARBINARY(255),
			gu_locked TINYINT NOT NULL DEFAULT 0, gu_hidden_level INT NOT NULL DEFAULT 0, gu_registration BINARY(14))`,
		`CREATE TABLE centralauth_p.localuser (lu_wiki VARBINARY(255), lu_name VARBINARY(255), lu_attached_method VARBINARY(20),
			lu_local_id INT, lu_global_id INT, PRIMARY KEY (lu_wiki, lu_name), UNIQUE (lu_name, lu_wiki))`,
		`CREATE TABLE centralauth_p.global_user_groups (gug_user INT, gug_group VARBINARY(255), gug_expiry VARBINARY(14),
			PRIMARY KEY (gug_user, gug_group))`,
	)
	return f
}

// add makes wikis, in a section.
func (f *testFarm) add(section string, wikis ...string) {
	f.t.Helper()
	for _, db := range wikis {
		f.exec("INSERT INTO meta_p.wiki (dbname, url, slice) VALUES ('" + db + "', 'https://" + db + ".example', '" + section + ".labsdb')")
		f.exec(in(db, "CREATE DATABASE DB",
			`CREATE TABLE DB.revisions (rev_id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, rev_page INT UNSIGNED, rev_actor BIGINT UNSIGNED,
				rev_timestamp BINARY(14), INDEX rev_actor_timestamp (rev_actor, rev_timestamp, rev_id)) CHARSET binary`,
			"CREATE VIEW DB.revision_userindex AS SELECT * FROM DB.revisions",
			"CREATE TABLE DB.actor_revision (actor_id BIGINT UNSIGNED PRIMARY KEY, actor_user INT UNSIGNED, actor_name VARBINARY(255) UNIQUE)",
			"CREATE TABLE DB.page (page_id INT UNSIGNED PRIMARY KEY, page_namespace INT)",
			"INSERT INTO DB.page SELECT seq, seq = 2 FROM DB.seq_1_to_1000",
			"CREATE TABLE DB.change_tag_def (ctd_id INT UNSIGNED PRIMARY KEY, ctd_name VARBINARY(255))",
			"INSERT INTO DB.change_tag_def VALUES (7, 'mw-reverted'), (8, 'mw-undo')",
			"CREATE TABLE DB.change_tag (ct_rev_id INT UNSIGNED, ct_tag_id INT UNSIGNED, UNIQUE (ct_rev_id, ct_tag_id))",
			`CREATE TABLE DB.user (user_id INT UNSIGNED PRIMARY KEY, user_name VARBINARY(255) UNIQUE, user_registration BINARY(14),
				user_editcount INT UNSIGNED)`,
			"CREATE TABLE DB.user_groups (ug_user INT UNSIGNED, ug_group VARBINARY(255), ug_expiry VARBINARY(14))")...)
	}
}

// in puts a wiki's database of views into statements.
func in(db string, statements ...string) []string {
	for i, s := range statements {
		statements[i] = strings.NewReplacer("DB.", "`"+db+"_p`.", "DATABASE DB", "DATABASE `"+db+"_p`").Replace(s)
	}
	return statements
}

func (f *testFarm) exec(statements ...string) {
	f.t.Helper()
	if err := f.server.Exec(context.Background(), statements...); err != nil {
		f.t.Fatal(err)
	}
}

// farmStart is when the edits of the test farm begin.
var farmStart = time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)

// edits gives a user edits on a wiki, one a minute, every tenth of them reverted
// and every third on a talk page.
func (f *testFarm) edits(db, user string, n int) {
	f.t.Helper()
	f.nextID[db]++
	id := f.nextID[db]
	f.exec(in(db,
		fmt.Sprintf("INSERT INTO DB.actor_revision VALUES (%d, %d, '%s')", id, 100+id, user),
		fmt.Sprintf(`INSERT INTO DB.revisions (rev_page, rev_actor, rev_timestamp)
			SELECT 1 + (seq %% 3 = 0), %d, DATE_FORMAT('%s' + INTERVAL seq MINUTE, '%%Y%%m%%d%%H%%i%%S') FROM DB.seq_0_to_%d`,
			id, farmStart.Format("2006-01-02 15:04:05"), n-1),
		fmt.Sprintf("INSERT INTO DB.change_tag SELECT rev_id, 7 + (rev_id %% 20 = 0) FROM DB.revisions WHERE rev_actor = %d AND rev_id %% 10 = 0", id))...)
}

// crowd gives a wiki many edits of somebody else, as wikis have: the database
// then finds a few people's by their index.
func (f *testFarm) crowd(db string) {
	f.t.Helper()
	f.exec(in(db, `INSERT INTO DB.revisions (rev_id, rev_page, rev_actor, rev_timestamp)
		SELECT 1000000 + seq, 1, 9999, DATE_FORMAT('2020-01-01' + INTERVAL seq MINUTE, '%Y%m%d%H%i%S') FROM DB.seq_0_to_199999`,
		"ANALYZE TABLE DB.revisions, DB.page, DB.change_tag")...)
}

// slow makes each row that a query on a wiki looks at take that long.
// Materialized, no row comes before all have been looked at.
func (f *testFarm) slow(db string, row time.Duration, materialized bool) {
	f.t.Helper()
	algorithm := "MERGE"
	if materialized {
		algorithm = "TEMPTABLE"
	}
	f.exec(in(db, fmt.Sprintf("CREATE OR REPLACE ALGORITHM=%s VIEW DB.revision_userindex AS SELECT * FROM DB.revisions WHERE SLEEP(%f) = 0",
		algorithm, row.Seconds()))...)
}

// client returns a client whose waits before tries again are short.
func (f *testFarm) client(o Options) *Client {
	f.t.Helper()
	o.User, o.Password, o.Host = testUser, testPassword, f.server.Address()
	o.Clock = quickClock{}
	return open(f.t, o)
}

func (f *testFarm) wiki(c *Client, db string) *Wiki {
	f.t.Helper()
	w, err := c.Wiki(db)
	if err != nil {
		f.t.Fatal(err)
	}
	return w
}

// quickClock tells the real time and waits a hundredth of what it is asked to.
type quickClock struct{ mwclient.SystemClock }

func (quickClock) Sleep(ctx context.Context, d time.Duration) error {
	return mwclient.SystemClock{}.Sleep(ctx, d/100)
}

// checkEdits fails unless the rows are those that edits made, each once.
func checkEdits(t *testing.T, rows []mwclient.Contribution, want map[string]int) {
	t.Helper()
	got := map[string]int{}
	for i, c := range byUser(t, rows) {
		n := got[c.User]
		got[c.User]++
		if at := farmStart.Add(time.Duration(n) * time.Minute); !c.Timestamp.Equal(at) {
			t.Fatalf("row %d: %+v, want edit %d of %s at %s", i, c, n, c.User, at)
		}
		if ns := map[bool]int{true: 1, false: 0}[n%3 == 0]; c.Namespace != ns {
			t.Fatalf("row %d: %+v, want namespace %d", i, c, ns)
		}
		if reverted := c.RevID%10 == 0 && c.RevID%20 != 0; c.Reverted != reverted {
			t.Fatalf("row %d: %+v, want reverted %v", i, c, reverted)
		}
	}
	for user, n := range want {
		if got[user] != n {
			t.Errorf("%s has %d rows, want %d", user, got[user], n)
		}
	}
	if len(got) > len(want) {
		t.Errorf("rows of %v, want of %v", got, want)
	}
}
