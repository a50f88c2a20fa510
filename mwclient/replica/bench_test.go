package replica

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/service/e2e/mediawiki"
)

// leastTimes is how many times as fast as the API a replica must be.
const leastTimes = 10

// BenchmarkReplicaAgainstAPI reads the same contributions of 400 people, whose
// edits follow a power law, through a real wiki's Action API and through its
// replica, in the same run. It fails where the replica is less than leastTimes as
// fast. docs/reports/replica.md has a table of it.
func BenchmarkReplicaAgainstAPI(b *testing.B) {
	w := mediawiki.Start(b, mediawiki.Options{})
	names, rows := crowd(b, w, 400, 2000)
	r := w.Replicate(b)
	apiClient, api := apiWiki(b, w)
	c := open(b, Options{User: r.User, Password: r.Password, Host: r.Address, NoCentralAuth: true})
	rep, err := c.Wiki(w.DBName)
	if err != nil {
		b.Fatal(err)
	}
	q := mwclient.ContributionsQuery{Users: names}
	var viaAPI, viaReplica time.Duration
	b.ResetTimer()
	for range b.N {
		start := time.Now()
		want := collectRows(b, api.Contributions(b.Context(), q), rows)
		viaAPI += time.Since(start)
		start = time.Now()
		got := collectRows(b, rep.Contributions(b.Context(), q), rows)
		viaReplica += time.Since(start)
		b.StopTimer()
		for i := range want {
			if got[i] != want[i] {
				b.Fatalf("row %d: replica %+v, API %+v", i, got[i], want[i])
			}
		}
		b.StartTimer()
	}
	n := float64(rows) * float64(b.N)
	b.ReportMetric(float64(rows), "rows")
	b.ReportMetric(n/viaAPI.Seconds(), "API-rows/s")
	b.ReportMetric(n/viaReplica.Seconds(), "replica-rows/s")
	faster := viaAPI.Seconds() / viaReplica.Seconds()
	b.ReportMetric(faster, "times-faster")
	if faster < leastTimes {
		b.Errorf("the replica is %.1f times as fast as the API, at least %d is wanted", faster, leastTimes)
	}
	b.ReportMetric(float64(apiClient.Stats().Wikis[w.DBName][mwclient.EndpointContributions].Requests)/float64(b.N), "API-requests/op")
	b.ReportMetric(float64(c.Stats().Wikis[w.DBName][mwclient.EndpointContributions].Requests)/float64(b.N), "replica-queries/op")
}

// crowd gives a wiki people with edits, straight in its database: the i-th of
// each forty has most/i. Every tenth edit is reverted.
func crowd(b *testing.B, w *mediawiki.Wiki, people, most int) (names []string, rows int) {
	b.Helper()
	statements := []string{
		"USE `" + w.DBName + "`", "SET sql_mode = ''",
		"INSERT INTO comment (comment_id, comment_hash, comment_text) VALUES (1000, 1, 'edit')",
		`INSERT INTO page (page_id, page_namespace, page_title, page_random, page_touched, page_latest, page_len)
			SELECT 1000 + seq, seq % 5, CONCAT('Bench_', seq), 0.5, '20250101000000', 1, 10 FROM seq_1_to_500`,
		"INSERT IGNORE INTO change_tag_def (ctd_name, ctd_user_defined, ctd_count) VALUES ('mw-reverted', 0, 0)",
	}
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Format(time.DateTime)
	for i := range people {
		name, id, edits := fmt.Sprintf("Person %03d", i), 1000+i, most/(1+i%40)
		names = append(names, name)
		rows += edits
		statements = append(statements,
			fmt.Sprintf("INSERT INTO user (user_id, user_name, user_registration, user_editcount) VALUES (%d, '%s', '20250101000000', %d)", id, name, edits),
			fmt.Sprintf("INSERT INTO actor (actor_id, actor_user, actor_name) VALUES (%d, %d, '%s')", id, id, name),
			fmt.Sprintf(`INSERT INTO revision (rev_page, rev_comment_id, rev_actor, rev_timestamp, rev_len, rev_parent_id)
				SELECT 1001 + (seq * 7 + %d) %% 500, 1000, %d, DATE_FORMAT('%s' + INTERVAL seq * 13 MINUTE, '%%Y%%m%%d%%H%%i%%S'), 10, 0
				FROM seq_1_to_%d`, i, id, start, edits))
	}
	statements = append(statements,
		`INSERT INTO change_tag (ct_rev_id, ct_tag_id)
			SELECT rev_id, ctd_id FROM revision, change_tag_def WHERE ctd_name = 'mw-reverted' AND rev_actor >= 1000 AND rev_id % 10 = 0`,
		"ANALYZE TABLE revision, actor, page, change_tag")
	if err := w.DB.Exec(b.Context(), statements...); err != nil {
		b.Fatal(err)
	}
	return names, rows
}

// collectRows reads rows and puts the users in one order.
func collectRows(b *testing.B, from func(func(mwclient.Contribution, error) bool), want int) []mwclient.Contribution {
	b.Helper()
	rows := make([]mwclient.Contribution, 0, want)
	for c, err := range from {
		if err != nil {
			b.Fatal(err)
		}
		rows = append(rows, c)
	}
	if len(rows) != want {
		b.Fatalf("%d rows, want %d", len(rows), want)
	}
	slices.SortStableFunc(rows, func(a, b mwclient.Contribution) int { return cmp.Compare(a.User, b.User) })
	return rows
}
