package replica

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"afterglow/mwclient"
)

// testPages reads people with more edits than one query brings.
func testPages(t *testing.T, f *testFarm) {
	f.add("s1", "pagewiki")
	want := map[string]int{"Before": 5, "Prolific": 2*pageSize + 17, "Middle": pageSize, "After": 3}
	for _, name := range []string{"Before", "Prolific", "Middle", "After"} {
		f.edits("pagewiki", name, want[name])
	}
	f.crowd("pagewiki")
	c := f.client(Options{})
	w := f.wiki(c, "pagewiki")
	users := []string{"After", "Middle", "Prolific", "Before"}
	checkEdits(t, readRows(t, w.Contributions(t.Context(), mwclient.ContributionsQuery{Users: users})), want)

	// A loop that is left early leaves nothing running.
	n := 0
	for _, err := range w.Contributions(t.Context(), mwclient.ContributionsQuery{Users: users}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 10 {
			break
		}
	}

	// The rows come from the index in order: nothing is sorted, however many.
	r := reader{w: w, reverted: 7}
	q := r.statement(piece{actors: []actor{{id: 1}, {id: 2}, {id: 3}, {id: 4}}, from: farmStart, to: farmStart.AddDate(1, 0, 0)})
	root := openRoot(t, f)
	rows, err := root.QueryContext(t.Context(), "EXPLAIN "+interpolate(q))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	key, extra := slices.Index(columns, "key"), slices.Index(columns, "Extra")
	first := true
	for rows.Next() {
		values := make([]*string, len(columns))
		into := make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		if first && (values[key] == nil || *values[key] != "rev_actor_timestamp") {
			t.Errorf("the first table is not read by its index rev_actor_timestamp")
		}
		if e := values[extra]; e != nil && (contains(*e, "filesort") || contains(*e, "temporary")) {
			t.Errorf("rows are sorted: %s", *e)
		}
		first = false
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func testCentral(t *testing.T, f *testFarm) {
	f.add("s1", "homewiki", "farwiki")
	f.add("s2", "otherwiki")
	f.exec(
		`INSERT INTO centralauth_p.globaluser VALUES
			(501, 'Ada', 'homewiki', 0, 0, '20250110100000'), (502, 'بدر', NULL, 1, 0, NULL),
			(503, 'Hidden Hal', 'homewiki', 0, 1, '20250110100000'), (504, 'Nowhere', NULL, 0, 0, '20250110100000'),
			(505, 'Elder', NULL, 0, 0, '20040101000000')`,
		`INSERT INTO centralauth_p.global_user_groups VALUES (501, 'steward', NULL), (501, 'global-bot', '20010101000000'), (501, 'founder', NULL)`,
		`INSERT INTO centralauth_p.localuser VALUES
			('homewiki', 'Ada', 'new', 1, 501), ('farwiki', 'Ada', 'login', 1, 501), ('privatewiki', 'Ada', 'login', 9, 501), ('otherwiki', 'Ada', 'login', 3, 501),
			('homewiki', 'بدر', 'login', 2, 502), ('otherwiki', 'بدر', 'primary', 4, 502),
			('homewiki', 'Elder', 'login', 5, 505), ('otherwiki', 'Elder', 'password', 5, 505)`,
		"INSERT INTO homewiki_p.user VALUES (1, 'Ada', '20250110100000', 40), (2, 'بدر', NULL, 3), (5, 'Elder', '20040101000000', 7)",
		"INSERT INTO homewiki_p.user_groups VALUES (1, 'sysop', NULL), (1, 'bot', '20990101000000'), (1, 'old', '20010101000000')",
		"INSERT INTO farwiki_p.user VALUES (1, 'Ada', '20250111100000', 0)",
		"INSERT INTO otherwiki_p.user VALUES (3, 'Ada', '20250112100000', 2), (4, 'بدر', '20200101000000', 1), (5, 'Elder', NULL, 9)",
		"DROP DATABASE farwiki_p", // listed, but its replica is being set up
	)
	c := f.client(Options{})
	w := f.wiki(c, "otherwiki")
	day := func(s string) time.Time {
		at, err := time.Parse(time.DateTime, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	ada := mwclient.Account{
		ID: 501, Name: "Ada", Registration: day("2025-01-10 10:00:00"), HomeWiki: "homewiki", EditCount: 42, Groups: []string{"founder", "steward"},
		Local: []mwclient.LocalAccount{
			{Wiki: "farwiki", Name: "Ada", CentralID: 501, ID: 1, URL: "https://farwiki.example"},
			{Wiki: "homewiki", Name: "Ada", CentralID: 501, ID: 1, URL: "https://homewiki.example", EditCount: 40,
				Registration: day("2025-01-10 10:00:00"), Groups: []string{"bot", "sysop"}},
			{Wiki: "otherwiki", Name: "Ada", CentralID: 501, ID: 3, URL: "https://otherwiki.example", EditCount: 2, Registration: day("2025-01-12 10:00:00")},
			{Wiki: "privatewiki", Name: "Ada", CentralID: 501, ID: 9},
		},
	}
	badr := mwclient.Account{
		ID: 502, Name: "بدر", HomeWiki: "otherwiki", EditCount: 4, Locked: true,
		Local: []mwclient.LocalAccount{
			{Wiki: "homewiki", Name: "بدر", CentralID: 502, ID: 2, URL: "https://homewiki.example", EditCount: 3},
			{Wiki: "otherwiki", Name: "بدر", CentralID: 502, ID: 4, URL: "https://otherwiki.example", EditCount: 1, Registration: day("2020-01-01 00:00:00")},
		},
	}
	nowhere := mwclient.Account{ID: 504, Name: "Nowhere", Registration: day("2025-01-10 10:00:00"), Local: []mwclient.LocalAccount{}}

	got := collect(t, w.Accounts(t.Context(), []int64{502, 999, 501, 503, 0, -5, 504, 501}, mwclient.AccountOptions{}))
	want := []mwclient.Account{badr, {ID: 999, Missing: true}, ada, {ID: 503, Missing: true}, {Missing: true}, {Missing: true}, nowhere, ada}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("account %d:\n got %+v\nwant %+v", i, got[i], want[i])
		}
	}
	got = collect(t, w.AccountsByName(t.Context(), []string{"_ada", "Hidden Hal", "a|b", "بدر", "elder"}, mwclient.AccountOptions{}))
	want = []mwclient.Account{ada, {Name: "Hidden Hal", Missing: true}, {Name: "A|b", Missing: true}, badr}
	for i := range want {
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Errorf("account %d:\n got %+v\nwant %+v", i, got[i], want[i])
		}
	}
	if got[4].HomeWiki != "otherwiki" {
		t.Errorf("Elder's home is %q, want that of most edits", got[4].HomeWiki)
	}

	// Contributions tell central ids too, of attached accounts.
	f.edits("homewiki", "Ada", 1)
	var told []mwclient.LocalAccount
	q := mwclient.ContributionsQuery{Users: []string{"Ada", "Nobody"}, OnAccount: func(a mwclient.LocalAccount) { told = append(told, a) }}
	if rows := readRows(t, f.wiki(c, "homewiki").Contributions(t.Context(), q)); len(rows) != 1 {
		t.Errorf("rows: %+v", rows)
	}
	nobody := mwclient.LocalAccount{Wiki: "homewiki", Name: "Nobody", Missing: true, URL: "https://homewiki.example"}
	if !reflect.DeepEqual(told, []mwclient.LocalAccount{ada.Local[1], nobody}) {
		t.Errorf("told %+v", told)
	}
}

func testSites(t *testing.T, f *testFarm) {
	f.add("s2", "listedwiki")
	f.exec("UPDATE meta_p.wiki SET is_closed = 1, lang = 'fr' WHERE dbname = 'listedwiki'", "INSERT INTO meta_p.wiki (dbname, slice) VALUES ('no name!', 's1.labsdb')")
	c := f.client(Options{})
	sites, err := c.Sites(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(sites, mwclient.Site{DBName: "listedwiki", URL: "https://listedwiki.example", Lang: "fr", Closed: true}) {
		t.Errorf("not listed: %+v", sites)
	}
	if slices.ContainsFunc(sites, func(s mwclient.Site) bool { return s.DBName == "no name!" }) {
		t.Error("a wiki that can have no database is listed")
	}
	if lag, err := f.wiki(c, "listedwiki").Lag(t.Context()); err != nil || lag != 2*time.Hour {
		t.Errorf("lag %s, %v", lag, err)
	}
	f.exec("DELETE FROM heartbeat_p.heartbeat WHERE shard = 's2'")
	_, err = f.wiki(c, "listedwiki").Lag(t.Context())
	wantError(t, err, mwclient.ErrNotFound)
	if n := c.Stats().Wikis["meta"][mwclient.EndpointSites].Requests; n != 1 {
		t.Errorf("the list was asked for %d times", n)
	}
	_, err = f.client(Options{NoMeta: true}).Sites(t.Context())
	wantError(t, err, mwclient.ErrNotFound)
}
