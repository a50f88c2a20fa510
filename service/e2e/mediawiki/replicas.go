package mediawiki

import (
	"strings"
	"testing"
)

// Replica is the wiki's database as its public replica shows it.
type Replica struct {
	Address        string // "127.0.0.1:3306", for all sections
	User, Password string // may read the views, and nothing else
}

// Replicate makes what a public replica has, on the wiki's own server: the
// database DBNAME_p with views of the tables that leave out what only some may
// see, meta_p, which puts the wiki into section s1, and heartbeat_p, which says
// that the replica is up to date. There is no centralauth_p.
//
// The views are written from MediaWiki's schema after the rules of the Wiki
// Replicas: a suppressed user's revisions and hidden accounts are not there, and
// hidden parts of others are NULL.
// https://wikitech.wikimedia.org/wiki/Help:Wiki_Replicas
func (w *Wiki) Replicate(t testing.TB) Replica {
	t.Helper()
	r := Replica{Address: w.DB.Address(), User: "u1234", Password: "replica's password"} //nolint:gosec // of a server on loopback that ends with the test
	hidden := "EXISTS (SELECT * FROM DB.block JOIN DB.block_target ON bt_id = bl_target WHERE bt_user = user_id AND bl_deleted = 1)"
	if !w.instance.code.atLeast(1, 42) {
		hidden = "EXISTS (SELECT * FROM DB.ipblocks WHERE ipb_user = user_id AND ipb_auto = 0 AND ipb_deleted = 1)"
	}
	statements := []string{
		"CREATE DATABASE VIEWS",
		`CREATE VIEW VIEWS.revision_userindex AS
			SELECT rev_id, rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_minor_edit, rev_deleted, rev_len,
				rev_parent_id, IF(rev_deleted & 1, NULL, rev_sha1) AS rev_sha1
			FROM DB.revision WHERE (rev_deleted & 4) = 0`,
		`CREATE VIEW VIEWS.actor_revision AS
			SELECT actor_id, actor_user, actor_name FROM DB.actor
			WHERE EXISTS (SELECT * FROM DB.revision WHERE rev_actor = actor_id AND (rev_deleted & 4) = 0)`,
		"CREATE VIEW VIEWS.page AS SELECT * FROM DB.page",
		"CREATE VIEW VIEWS.change_tag AS SELECT * FROM DB.change_tag",
		"CREATE VIEW VIEWS.change_tag_def AS SELECT * FROM DB.change_tag_def",
		"CREATE VIEW VIEWS.user_groups AS SELECT * FROM DB.user_groups",
		"CREATE VIEW VIEWS.user AS SELECT user_id, user_name, user_registration, user_editcount FROM DB.user WHERE NOT " + hidden,

		"CREATE DATABASE meta_p",
		`CREATE TABLE meta_p.wiki (dbname VARCHAR(32) PRIMARY KEY, lang VARCHAR(12) NOT NULL DEFAULT 'en', name TEXT, family TEXT,
			url TEXT, size NUMERIC(1) NOT NULL DEFAULT 1, slice TEXT NOT NULL, is_closed NUMERIC(1) NOT NULL DEFAULT 0) CHARSET utf8mb4`,
		"INSERT INTO meta_p.wiki (dbname, name, url, slice) VALUES ('" + w.DBName + "', 'Test Wiki', '" + w.URL + "', 's1.labsdb')",

		"CREATE DATABASE heartbeat_p",
		"CREATE VIEW heartbeat_p.heartbeat AS SELECT 's1' AS shard, UTC_TIMESTAMP(6) AS last_updated, 0.0 AS `lag`",

		"CREATE USER '{reader}'@'%' IDENTIFIED BY \"{secret}\"",
		"GRANT SELECT ON VIEWS.* TO '{reader}'@'%'",
		"GRANT SELECT ON meta_p.* TO '{reader}'@'%'",
		"GRANT SELECT ON heartbeat_p.* TO '{reader}'@'%'",
	}
	names := strings.NewReplacer("DB.", "`"+w.DBName+"`.", "VIEWS", "`"+w.DBName+"_p`", "{reader}", r.User, "{secret}", r.Password)
	for i, s := range statements {
		statements[i] = names.Replace(s)
	}
	if err := w.DB.Exec(t.Context(), statements...); err != nil {
		t.Fatal(err)
	}
	return r
}
