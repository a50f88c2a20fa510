package mwclient

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func collect[T any](t testing.TB, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var list []T
	for one, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, one)
	}
	return list
}

func ids(from, n int) []int64 {
	list := make([]int64, n)
	for i := range list {
		list[i] = int64(from + i)
	}
	return list
}

// farm answers for accounts with ids from 1 to people, named "User N". Where
// bulk is false the wiki does not know list=globalusers and says so as
// unknown_list was captured; where central is false it has no central accounts.
// list=globalusers is written from its documentation.
func farm(t *testing.T, people int, bulk, central bool) answerer {
	unknownList := loadCapture(t, "unknown_list").Response.Body
	if !strings.Contains(string(unknownList), `Unrecognized value for parameter \"list\": nope`) {
		t.Fatal("the capture changed")
	}
	return func(rw http.ResponseWriter, r asked, _ int) {
		var warned, query []string
		if r.form.Get("ucuser") == "" && strings.Contains(r.form.Get("list"), "globalusers") {
			if bulk && central {
				query = append(query, `"globalusers":[`+strings.Join(globalUsersOf(r, people), ",")+`]`)
			} else {
				warned = append(warned, `{"code":"unrecognizedvalues","text":"Unrecognized value for parameter \"list\": globalusers","module":"query"}`)
			}
		}
		if strings.Contains(r.form.Get("meta"), "globaluserinfo") {
			if central {
				id, _ := strconv.Atoi(r.form.Get("guiid"))
				if name := r.form.Get("guiuser"); name != "" {
					fmt.Sscanf(name, "User %d", &id)
				}
				if id < 1 || id > people {
					if r.form.Get("guiid") != "" {
						sayJSON(rw, `{"errors":[{"code":"invaliduserid","text":"The user ID is invalid.","module":"query+globaluserinfo"}]}`)
						return
					}
					query = append(query, `"globaluserinfo":{"missing":true}`)
				} else {
					query = append(query, fmt.Sprintf(`"globaluserinfo":{"home":"metawiki","id":%d,"registration":"2020-01-02T03:04:05Z","name":"User %d","editcount":7,"groups":[],"merged":[{"wiki":"metawiki","url":"https://meta.example","id":%d,"editcount":7,"registration":"2020-01-02T03:04:05Z","groups":["bot"]}]}`, id, id, id+1000))
				}
			} else {
				warned = append(warned, `{"code":"unrecognizedvalues","text":"Unrecognized value for parameter \"meta\": globaluserinfo","module":"query"}`)
			}
		}
		if r.form.Get("list") == "users" {
			var rows []string
			for _, id := range strings.Split(r.form.Get("ususerids"), "|") {
				if n, _ := strconv.Atoi(id); n >= 1 && n <= people {
					rows = append(rows, fmt.Sprintf(`{"userid":%d,"name":"User %d","editcount":3,"registration":"2021-01-01T00:00:00Z","groups":["*","user","sysop"],"centralids":{"local":%d},"attachedlocal":{"local":true}}`, n, n, n))
				} else {
					rows = append(rows, fmt.Sprintf(`{"userid":%s,"missing":true}`, id))
				}
			}
			query = append(query, `"users":[`+strings.Join(rows, ",")+`]`)
		}
		if strings.Contains(r.form.Get("meta"), "siteinfo") {
			provider := "local"
			if central {
				provider = "CentralAuth"
			}
			query = append(query, `"general":{"wikiid":"metawiki","server":"https://meta.example","centralidlookupprovider":"`+provider+`"},"namespaces":{}`)
		}
		sayJSON(rw, `{"batchcomplete":true,"curtimestamp":"2026-11-24T06:41:54Z","warnings":[`+strings.Join(warned, ",")+`],"query":{`+strings.Join(query, ",")+`}}`)
	}
}

func globalUsersOf(r asked, people int) []string {
	var rows []string
	if names := r.form.Get("gususers"); names != "" {
		for _, name := range strings.Split(names, "|") {
			var id int
			if _, err := fmt.Sscanf(name, "User %d", &id); err == nil && id <= people {
				rows = append(rows, globalUser(id))
			} else if strings.Contains(name, "<") {
				rows = append(rows, `{"name":"`+name+`","invalid":true}`)
			} else {
				rows = append(rows, `{"name":"`+name+`","missing":true}`)
			}
		}
		return rows
	}
	for _, text := range strings.Split(r.form.Get("guscentralids"), "|") {
		if id, _ := strconv.Atoi(text); id >= 1 && id <= people {
			rows = append(rows, globalUser(id))
		} else {
			rows = append(rows, `{"centralid":"`+text+`","missing":true}`) // as text: some versions do
		}
	}
	return rows
}

func globalUser(id int) string {
	registration := `"registration":"2020-01-02T03:04:05Z",`
	if id%10 == 0 {
		registration = "" // not known
	}
	return fmt.Sprintf(`{"centralid":%d,"name":"User %d","locked":%v,"editcount":7,%s"groups":["steward"]}`, id, id, id%7 == 0, registration)
}

// TestAccountsBudget: the least number of requests, siteinfo included.
func TestAccountsBudget(t *testing.T) {
	for _, test := range []struct {
		name          string
		bulk, central bool
		o             AccountOptions
		ids           []int64
		requests      int
	}{
		{"globalusers", true, true, AccountOptions{}, ids(1, 128), 3},
		{"globalusers, one", true, true, AccountOptions{}, ids(1, 1), 1},
		{"globaluserinfo", false, true, AccountOptions{}, ids(1, 128), 128},
		{"home wikis", true, true, AccountOptions{HomeWikis: true}, ids(1, 20), 20},
		{"local accounts", true, true, AccountOptions{Local: true}, ids(1, 20), 20},
		{"no central accounts", false, false, AccountOptions{}, ids(1, 128), 1 + 3},
		{"no central accounts, all asked", false, false, AccountOptions{Local: true}, ids(1, 128), 1 + 3},
		{"nobody", true, true, AccountOptions{}, nil, 0},
		{"impossible ids", true, true, AccountOptions{}, []int64{0, -5}, 0},
		{"the first is gone", false, true, AccountOptions{}, []int64{9999, 9998, 1, 2}, 4},
		{"the same thrice", true, true, AccountOptions{}, []int64{4, 4, 4}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newReplay(t, farm(t, 1000, test.bulk, test.central))
			c, _ := newTestClient(t, Options{})
			w := mustWiki(t, c, s.URL)
			got := collect(t, w.Accounts(t.Context(), test.ids, test.o))
			if n := len(s.requests()); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
			if len(got) != len(test.ids) {
				t.Fatalf("%d accounts for %d ids", len(got), len(test.ids))
			}
			for i, a := range got {
				id := test.ids[i]
				there := id >= 1 && id <= 1000
				if a.ID != max(id, 0) || a.Missing == there || (there && a.Name != fmt.Sprintf("User %d", id)) {
					t.Errorf("id %d: %+v", id, a)
				}
				if !there {
					continue
				}
				switch {
				case !test.central:
					if a.HomeWiki != "metawiki" || len(a.Local) != 1 || a.Local[0].ID != id || !slices.Equal(a.Groups, []string{"sysop"}) {
						t.Errorf("id %d: %+v", id, a)
					}
				case !test.bulk || test.o != AccountOptions{}:
					if a.HomeWiki != "metawiki" || len(a.Local) != 1 || a.Local[0].ID != id+1000 || a.Local[0].URL != "https://meta.example" || !slices.Equal(a.Local[0].Groups, []string{"bot"}) {
						t.Errorf("id %d: %+v", id, a)
					}
				default:
					if a.Local != nil || a.HomeWiki != "" || a.Locked != (id%7 == 0) || a.Registration.IsZero() != (id%10 == 0) || !slices.Equal(a.Groups, []string{"steward"}) {
						t.Errorf("id %d: %+v", id, a)
					}
				}
			}
			// All of it again costs nothing.
			collect(t, w.Accounts(t.Context(), test.ids, test.o))
			if n := len(s.requests()); n != test.requests {
				t.Errorf("read again: %d requests", n)
			}
			if len(test.ids) > 2 {
				if site, err := w.SiteInfo(t.Context()); err != nil || site.CentralAuth != test.central || len(s.requests()) != test.requests {
					t.Errorf("siteinfo came not along: %+v, %v", site, err)
				}
			}
		})
	}
}

// TestAccountsByName: names in any spelling, in order.
func TestAccountsByName(t *testing.T) {
	s := newReplay(t, farm(t, 1000, true, true))
	c, _ := newTestClient(t, Options{})
	names := []string{"User_5", "user 6", " User  7 ", "Nobody", "Bad<name>", "A|B", "", "User 5", "é"}
	got := collect(t, mustWiki(t, c, s.URL).AccountsByName(t.Context(), names, AccountOptions{}))
	want := []struct {
		name    string
		id      int64
		missing bool
	}{{"User 5", 5, false}, {"User 6", 6, false}, {"User 7", 7, false}, {"Nobody", 0, true}, {"Bad<name>", 0, true}, {"A|B", 0, true}, {"", 0, true}, {"User 5", 5, false}, {"É", 0, true}}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i, a := range got {
		if a.Name != want[i].name || a.ID != want[i].id || a.Missing != want[i].missing {
			t.Errorf("%q: %+v", names[i], a)
		}
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestOddSpelling: a name that the answer spells in a way of its own is asked
// for alone rather than taken for missing.
func TestOddSpelling(t *testing.T) {
	s := newReplay(t, func(rw http.ResponseWriter, r asked, n int) {
		if n == 1 {
			sayJSON(rw, `{"query":{"globalusers":[{"centralid":1,"name":"ẞtrange"},{"centralid":2,"name":"Plain"}],"general":{"wikiid":"m","centralidlookupprovider":"CentralAuth"}}}`)
			return
		}
		if r.form.Get("gususers") != "ßtrange" {
			t.Errorf("asked for %q", r.form.Get("gususers"))
		}
		sayJSON(rw, `{"query":{"globalusers":[{"centralid":1,"name":"ẞtrange"}]}}`)
	})
	c, _ := newTestClient(t, Options{})
	got := collect(t, mustWiki(t, c, s.URL).AccountsByName(t.Context(), []string{"ßtrange", "Plain"}, AccountOptions{}))
	if len(got) != 2 || got[0].ID != 1 || got[0].Missing || got[1].ID != 2 {
		t.Errorf("got %+v", got)
	}
}

// TestGlobalUserInfo: the captured answers.
func TestGlobalUserInfo(t *testing.T) {
	for _, test := range []struct {
		capture string
		want    Account
	}{
		{"globaluserinfo", Account{ID: 500008, Name: "BoundaryBea", HomeWiki: "metawiki", EditCount: 12, Registration: time.Date(2025, 1, 10, 10, 0, 0, 0, time.UTC), Local: make([]LocalAccount, 2)}},
		{"globaluserinfo_locked", Account{ID: 500010, Name: "LockedLou", HomeWiki: "metawiki", Locked: true, Registration: time.Date(2025, 1, 9, 12, 0, 0, 0, time.UTC)}},
		{"globaluserinfo_missing", Account{ID: 1, Missing: true}},
		{"globaluserinfo_hidden", Account{ID: 1, Missing: true}},
		// The wiki says now where it does not know.
		{"globaluserinfo_nullreg", Account{ID: 500018, Name: "OldTimer NullReg", HomeWiki: "metawiki", Local: make([]LocalAccount, 2)}},
	} {
		t.Run(test.capture, func(t *testing.T) {
			s := newReplay(t, func(rw http.ResponseWriter, _ asked, _ int) {
				// The captures have lost their Date.
				rw.Header().Set("Date", "Tue, 24 Nov 2026 06:41:55 GMT")
				loadCapture(t, test.capture).play(t, rw)
			})
			c, clock := newTestClient(t, Options{})
			clock.now = clock.now.AddDate(-1, 0, 0) // a clock that is wrong
			w := mustWiki(t, c, s.URL)
			id := max(test.want.ID, 1)
			got := collect(t, w.Accounts(t.Context(), []int64{id}, AccountOptions{Local: true}))[0]
			if got.ID != test.want.ID || got.Name != test.want.Name || got.HomeWiki != test.want.HomeWiki || got.EditCount != test.want.EditCount ||
				got.Locked != test.want.Locked || got.Missing != test.want.Missing || !got.Registration.Equal(test.want.Registration) || len(got.Local) != len(test.want.Local) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			for _, l := range got.Local {
				if l.ID == 0 || l.Wiki == "" || l.URL == "" || l.Registration.IsZero() != (test.capture == "globaluserinfo_nullreg") {
					t.Errorf("got %+v", l)
				}
			}
			if q := s.requests()[0].form; q.Get("guiid") != strconv.FormatInt(id, 10) || q.Get("guiprop") != "groups|merged|editcount" || q.Get("curtimestamp") != "1" {
				t.Errorf("asked %v", q)
			}
		})
	}
}

// TestNow: a registration is compared with the wiki's own time, by whatever the
// answer tells it.
func TestNow(t *testing.T) {
	const info = `"globaluserinfo":{"id":1,"name":"A","home":"m","registration":"2030-06-01T12:00:30Z"}`
	const site = `"general":{"wikiid":"m","centralidlookupprovider":"CentralAuth","time":"2030-06-01T12:00:00Z"}`
	for name, test := range map[string]struct {
		body, date string
		unknown    bool
	}{
		"curtimestamp":             {`{"curtimestamp":"2030-06-01T12:00:00Z","query":{` + info + `}}`, "", true},
		"curtimestamp before Date": {`{"curtimestamp":"2031-06-01T12:00:00Z","query":{` + info + `}}`, "Sat, 01 Jun 2030 12:00:00 GMT", false},
		"siteinfo":                 {`{"query":{` + info + `,` + site + `}}`, "", true},
		"Date":                     {`{"query":{` + info + `}}`, "Sat, 01 Jun 2030 12:00:00 GMT", true},
		"none of them":             {`{"query":{` + info + `}}`, "never", false},
	} {
		s := newReplay(t, func(rw http.ResponseWriter, _ asked, _ int) {
			if test.date != "" {
				rw.Header().Set("Date", test.date)
			}
			sayJSON(rw, test.body)
		})
		c, _ := newTestClient(t, Options{})
		got := collect(t, mustWiki(t, c, s.URL).Accounts(t.Context(), []int64{1}, AccountOptions{Local: true}))
		if got[0].Registration.IsZero() != test.unknown {
			t.Errorf("%s: registration %v", name, got[0].Registration)
		}
	}
}

// TestLocalUsers: list=users as captured, with names that are none.
func TestLocalUsers(t *testing.T) {
	names := []string{"Nobody Exists Here", "RenamedOldName", "HiddenHal", "OldTimer NullReg", "Bad<name>", "127.0.0.1", "Editor 010"}
	s := newReplay(t, captures(t, "users_edge_only"))
	c, _ := newTestClient(t, Options{})
	w := mustWiki(t, c, s.URL)
	w.site, w.siteAt = SiteInfo{WikiID: "solo"}, c.clock.Now()
	got := collect(t, w.AccountsByName(t.Context(), names, AccountOptions{}))
	for i, a := range got {
		if want := i == 3 || i == 6; a.Missing == want || a.Name != names[i] {
			t.Errorf("%s: %+v", names[i], a)
		}
	}
	if !got[3].Registration.IsZero() || got[3].EditCount != 27 || got[6].ID != 183 || got[6].Local[0].CentralID != 500182 || !slices.Equal(got[6].Groups, []string{"autoconfirmed"}) {
		t.Errorf("got %+v", got)
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestAccountCache: what was read is not read again for an hour; less is not
// taken for more; the memory is bounded.
func TestAccountCache(t *testing.T) {
	s := newReplay(t, farm(t, 1000, true, true))
	c, clock := newTestClient(t, Options{})
	w := mustWiki(t, c, s.URL)
	read := func(want int, o AccountOptions, who ...int64) {
		t.Helper()
		before := len(s.requests())
		collect(t, w.Accounts(t.Context(), who, o))
		if n := len(s.requests()) - before; n != want {
			t.Errorf("%d requests, want %d", n, want)
		}
	}
	read(1, AccountOptions{}, ids(1, 50)...)
	read(0, AccountOptions{}, ids(1, 50)...)
	read(1, AccountOptions{}, ids(26, 50)...) // 25 are known
	read(1, AccountOptions{HomeWikis: true}, 3)
	read(0, AccountOptions{HomeWikis: true}, 3)
	read(0, AccountOptions{}, 3)
	clock.Sleep(t.Context(), accountsLast)
	read(1, AccountOptions{}, 3)

	got := collect(t, w.Accounts(t.Context(), []int64{3}, AccountOptions{}))
	got[0].Groups[0] = "changed"
	if again := collect(t, w.Accounts(t.Context(), []int64{3}, AccountOptions{})); again[0].Groups[0] != "steward" {
		t.Error("a caller can change what is remembered")
	}

	cache := newAccountCache(clock)
	for i := range 3000 {
		cache.put(accountKey{id: int64(i)}, Account{ID: int64(i), Local: make([]LocalAccount, 99)}, withLocal)
	}
	if cache.weight != maxAccountWeight || len(cache.byKey) != maxAccountWeight/100 || cache.order.Len() != len(cache.byKey) {
		t.Errorf("weight %d, %d entries", cache.weight, len(cache.byKey))
	}
	if _, ok := cache.get(accountKey{id: 0}, shallow); ok {
		t.Error("the oldest is still there")
	}
	if _, ok := cache.get(accountKey{id: 2999}, withLocal); !ok {
		t.Error("the latest is gone")
	}
}

// TestAccountsStop: nobody is asked for after the reader has enough.
func TestAccountsStop(t *testing.T) {
	s := newReplay(t, farm(t, 1000, true, true))
	c, _ := newTestClient(t, Options{})
	for range mustWiki(t, c, s.URL).Accounts(t.Context(), ids(1, 500), AccountOptions{}) {
		break
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestAccountsContinue: an answer that did not fit goes on, opaquely.
func TestAccountsContinue(t *testing.T) {
	s := newReplay(t, func(rw http.ResponseWriter, r asked, n int) {
		if n == 1 {
			sayJSON(rw, `{"continue":{"guscentralids":"2|3","continue":"-||siteinfo"},"query":{"globalusers":[{"centralid":1,"name":"A"}],"general":{"wikiid":"m","centralidlookupprovider":"CentralAuth"}}}`)
			return
		}
		if r.form.Get("guscentralids") != "2|3" || r.form.Get("continue") != "-||siteinfo" {
			t.Errorf("asked %v", r.form)
		}
		sayJSON(rw, `{"query":{"globalusers":[{"centralid":2,"name":"B"},{"centralid":3,"missing":true}]}}`)
	})
	c, _ := newTestClient(t, Options{})
	got := collect(t, mustWiki(t, c, s.URL).Accounts(t.Context(), []int64{1, 2, 3}, AccountOptions{}))
	if len(got) != 3 || got[0].Name != "A" || got[1].Name != "B" || !got[2].Missing || len(s.requests()) != 2 {
		t.Errorf("got %+v", got)
	}
}

// TestAccountsFail: an error ends the sequence.
func TestAccountsFail(t *testing.T) {
	s := newReplay(t, func(rw http.ResponseWriter, _ asked, _ int) {
		sayJSON(rw, `{"errors":[{"code":"readapidenied","text":"No."}]}`)
	})
	c, _ := newTestClient(t, Options{})
	n := 0
	for _, err := range mustWiki(t, c, s.URL).Accounts(t.Context(), ids(1, 500), AccountOptions{}) {
		if n++; !errors.Is(err, ErrForbidden) {
			t.Errorf("got %v", err)
		}
	}
	if n != 1 || len(s.requests()) != 1 {
		t.Errorf("%d items, %d requests", n, len(s.requests()))
	}
}

func TestNormalName(t *testing.T) {
	for in, want := range map[string]string{
		"boundaryBea": "BoundaryBea", "A_b": "A b", "__x__y_": "X y", "été": "Été", "ß": "ß", "": "", "_": "", "قلم": "قلم", "\xff": "\xff", "1x": "1x",
	} {
		if got := normalName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for _, bad := range []string{"", "a|b", "a\x1fb", "\xff", strings.Repeat("x", 256)} {
		if usableName(bad) {
			t.Errorf("%q is usable", bad)
		}
	}
}
