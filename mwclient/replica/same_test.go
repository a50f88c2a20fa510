package replica

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/service/e2e/mediawiki"
)

// people are the accounts of the tests' wiki, but for Hidden Hal.
type people struct {
	users []string
}

// fill makes a wiki with all that can become of an edit.
func fill(t *testing.T, w *mediawiki.Wiki) people {
	t.Helper()
	admin := w.Admin(t)
	ada, badr := w.CreateAccount(t, "Ada Lovelace"), w.CreateAccount(t, "بدر")
	hal, old, bot := w.CreateAccount(t, "Hidden Hal"), w.CreateAccount(t, "Old name"), w.CreateAccount(t, "Éditeur Bot")
	w.CreateAccount(t, "Never edited")
	admin.SetGroups(t, bot.Name, "bot", "sysop")

	for i, title := range []string{"Page", "Talk:Page", "User:Ada Lovelace", "Project:Plan", "Template:Box", "قهوة"} {
		ada.Edit(t, title, fmt.Sprintf("text %d of Ada", i))
		badr.Append(t, title, "\nand of Badr")
		bot.Append(t, title, "\nand of a bot")
	}
	// Reverted three ways, and one revert that was itself reverted.
	undone := badr.Edit(t, "Page", "wrong")
	admin.Undo(t, "Page", undone.RevID)
	badr.Edit(t, "Talk:Page", "wrong, too")
	badr.Append(t, "Talk:Page", "and again")
	admin.Rollback(t, "Talk:Page", badr.Name)
	kept := ada.Edit(t, "Template:Box", "kept")
	badr.Edit(t, "Template:Box", "something else")
	ada.Edit(t, "Template:Box", "kept") // restores the text: a manual revert
	wrong := ada.Edit(t, "Project:Plan", "ruined")
	revert := badr.Undo(t, "Project:Plan", wrong.RevID)
	w.RunJobs(t) // which tag nothing once the revert is reverted, or a revision hidden
	admin.Undo(t, "Project:Plan", revert.RevID)

	// Hidden in parts: only a hidden user takes a revision off the lists.
	admin.HideRevisions(t, mediawiki.HideContent, false, undone.RevID)
	admin.HideRevisions(t, mediawiki.HideComment, false, revert.RevID)
	admin.HideRevisions(t, mediawiki.HideUser, false, kept.RevID)
	secret := ada.Edit(t, "Secret", "an address")
	ada.Edit(t, "Secret", "nothing")
	admin.HideRevisions(t, mediawiki.HideUser, true, secret.RevID)

	// Pages that went, came back, moved.
	ada.Edit(t, "Deleted", "soon gone")
	badr.Append(t, "Deleted", " indeed")
	admin.Delete(t, "Deleted")
	ada.Edit(t, "Restored", "gone for a while")
	admin.Delete(t, "Restored")
	admin.Undelete(t, "Restored")
	ada.Edit(t, "Draft:Moved", "from one namespace")
	admin.Move(t, "Draft:Moved", "Project:Moved")

	// People who are not who they were.
	hal.Edit(t, "Hal", "x")
	admin.Block(t, hal.Name, true)
	old.Edit(t, "Renamed", "x")
	w.Rename(t, "Old name", "New name")
	w.Anonymous(t).Edit(t, "Anonymous", "from 127.0.0.1")

	// Years of edits, more than one answer of the API holds; some in one second.
	start := time.Date(2023, 12, 31, 23, 59, 30, 0, time.UTC)
	var past []mediawiki.Revision
	for i := range 640 {
		user := ada.Name
		if i%16 == 0 {
			user = badr.Name
		}
		past = append(past, mediawiki.Revision{
			Title: fmt.Sprintf("Past %d", i%4), Text: fmt.Sprint(i), User: user, Time: start.Add(time.Duration(i/3) * time.Hour),
		})
	}
	w.Import(t, past)
	return people{users: []string{
		"Ada Lovelace", "ada_Lovelace", "بدر", "Hidden Hal", "Old name", "New name", "Éditeur Bot", "éditeur bot",
		"Never edited", "No such person", "127.0.0.1", "Admin", "a|b", "", "Line\nend",
	}}
}

// readRows collects the rows of a sequence.
func readRows(t *testing.T, rows func(func(mwclient.Contribution, error) bool)) []mwclient.Contribution {
	t.Helper()
	var all []mwclient.Contribution
	for c, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// byUser puts the users in order, each user's rows staying as they came, and
// fails where a user's rows are not together.
func byUser(t *testing.T, rows []mwclient.Contribution) []mwclient.Contribution {
	t.Helper()
	seen := map[string]bool{}
	for i, c := range rows {
		if i > 0 && rows[i-1].User == c.User {
			continue
		}
		if seen[c.User] {
			t.Errorf("%s comes twice", c.User)
		}
		seen[c.User] = true
	}
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b mwclient.Contribution) int { return cmp.Compare(a.User, b.User) })
	return rows
}

func TestSameAsTheAPI(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a wiki")
	}
	w := mediawiki.Start(t, mediawiki.Options{})
	p := fill(t, w)
	r := w.Replicate(t)
	_, api := apiWiki(t, w)
	c := open(t, Options{User: r.User, Password: r.Password, Host: r.Address, NoCentralAuth: true, Batch: 3})
	rep, err := c.Wiki(w.DBName)
	if err != nil {
		t.Fatal(err)
	}

	edge := time.Date(2024, 1, 1, 0, 59, 30, 0, time.UTC) // of rows to the second
	for name, span := range map[string][2]time.Time{
		"all":              {},
		"from a second":    {edge, {}},
		"up to a second":   {{}, edge},
		"one second":       {edge, edge},
		"a second without": {edge.Add(time.Second), edge.Add(time.Second)},
		"now":              {time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), {}},
	} {
		t.Run(name, func(t *testing.T) {
			var fromAPI, fromReplica []mwclient.LocalAccount
			q := mwclient.ContributionsQuery{Users: p.users, Start: span[0], End: span[1]}
			q.OnAccount = func(a mwclient.LocalAccount) { fromAPI = append(fromAPI, a) }
			want := byUser(t, readRows(t, api.Contributions(t.Context(), q)))
			q.OnAccount = func(a mwclient.LocalAccount) { fromReplica = append(fromReplica, a) }
			got := byUser(t, readRows(t, rep.Contributions(t.Context(), q)))
			sameRows(t, got, want)
			sameAccounts(t, fromReplica, fromAPI)
			if name == "all" {
				checkFill(t, want, fromAPI)
			}
		})
	}

	t.Run("accounts", func(t *testing.T) {
		want := collect(t, api.AccountsByName(t.Context(), p.users, mwclient.AccountOptions{Local: true}))
		got := collect(t, rep.AccountsByName(t.Context(), p.users, mwclient.AccountOptions{Local: true}))
		sameCentral(t, got, want)
		var ids []int64
		for _, a := range want {
			ids = append(ids, a.ID)
		}
		ids = append(ids, 999_999, -1)
		sameCentral(t, collect(t, rep.Accounts(t.Context(), ids, mwclient.AccountOptions{})),
			collect(t, api.Accounts(t.Context(), ids, mwclient.AccountOptions{})))
	})

	t.Run("nothing else may be read", func(t *testing.T) {
		bare := open(t, Options{User: r.User, Password: r.Password, Host: r.Address, NoCentralAuth: true, NoMeta: true, Database: "{name}"})
		private, err := bare.Wiki(w.DBName)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range private.Contributions(t.Context(), mwclient.ContributionsQuery{Users: []string{"Admin"}}) {
			wantError(t, err, mwclient.ErrForbidden)
		}
	})
}

// checkFill makes sure that the wiki holds what the comparison is about.
func checkFill(t *testing.T, rows []mwclient.Contribution, accounts []mwclient.LocalAccount) {
	t.Helper()
	namespaces, users := map[int]int{}, map[string]int{}
	reverted := 0
	for _, c := range rows {
		namespaces[c.Namespace]++
		users[c.User]++
		if c.Reverted {
			reverted++
		}
	}
	for _, ns := range []int{0, 1, 2, 4, 10} {
		if namespaces[ns] == 0 {
			t.Errorf("no row in namespace %d", ns)
		}
	}
	if reverted != 6 { // one undone, two rolled back, one written over, one undone and its undoing
		t.Errorf("%d reverted rows, want 6", reverted)
	}
	if users["Ada Lovelace"] < 600 || users["New name"] != 1 || users["127.0.0.1"] != 1 || users["Hidden Hal"]+users["Old name"] != 0 {
		t.Errorf("rows by user: %v", users)
	}
	missing := 0
	for _, a := range accounts {
		if a.Missing {
			missing++
		}
	}
	if len(accounts) != 14 || missing != 8 {
		t.Errorf("%d accounts, %d missing: %+v", len(accounts), missing, accounts)
	}
}

func sameRows(t *testing.T, got, want []mwclient.Contribution) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("row %d of %d and %d differs:\nreplica %+v\nAPI     %+v", i, len(got), len(want),
				got[min(i, len(got)):min(i+1, len(got))], want[min(i, len(want)):min(i+1, len(want))])
		}
	}
}

// sameAccounts compares without the groups that only a wiki can derive.
func sameAccounts(t *testing.T, got, want []mwclient.LocalAccount) {
	t.Helper()
	lines := func(all []mwclient.LocalAccount) []string {
		var text []string
		for _, a := range all {
			text = append(text, localLine(a))
		}
		slices.Sort(text)
		return text
	}
	if g, w := lines(got), lines(want); !slices.Equal(g, w) {
		t.Errorf("accounts differ:\nreplica\n%s\nAPI\n%s", strings.Join(g, "\n"), strings.Join(w, "\n"))
	}
}

func localLine(a mwclient.LocalAccount) string {
	a.Groups = slices.DeleteFunc(slices.Clone(a.Groups), func(g string) bool { return g == "autoconfirmed" })
	slices.Sort(a.Groups)
	return fmt.Sprintf("%+v", a)
}

func sameCentral(t *testing.T, got, want []mwclient.Account) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d accounts, want %d", len(got), len(want))
	}
	for i := range got {
		g, w := centralLine(got[i]), centralLine(want[i])
		if g != w {
			t.Errorf("account %d:\nreplica %s\nAPI     %s", i, g, w)
		}
	}
}

func centralLine(a mwclient.Account) string {
	local := ""
	for _, l := range a.Local {
		local += localLine(l) + ";"
	}
	a.Local = nil
	a.Groups = slices.DeleteFunc(slices.Clone(a.Groups), func(g string) bool { return g == "autoconfirmed" })
	slices.Sort(a.Groups)
	return fmt.Sprintf("%+v %s", a, local)
}
