package mediawiki

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// One wiki for what does not disturb each other.
func TestWiki(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a wiki")
	}
	w := Start(t, Options{NightMode: true})
	admin := w.Admin(t)

	t.Run("pages have short addresses, skins and static files", func(t *testing.T) {
		for path, want := range map[string]string{
			"/wiki/Main_Page":                                   "skin-vector-2022",
			"/wiki/Main_Page?useskin=minerva":                   "skin-minerva",
			"/wiki/Main_Page?uselang=ar":                        `dir="rtl"`,
			"/w/index.php?title=Main_Page&action=history":       "history",
			"/w/load.php?modules=startup&only=scripts&raw=1":    "mw.loader",
			"/w/rest.php/v1/page/Main_Page":                     `"title":"Main Page"`,
			"/w/resources/assets/change-your-logo.svg":          "<svg",
			"/wiki/Special:Version":                             "Gadgets",
			"/w/api.php?action=query&meta=siteinfo&format=json": `"wikiid":"testwiki"`,
		} {
			status, body := get(t, w.URL+path)
			if status != http.StatusOK || !strings.Contains(body, want) {
				t.Errorf("%s: %d, without %q: %.300s", path, status, want, body)
			}
		}
		for _, path := range []string{"/w/includes/DefaultSettings.php", "/w/resources/../composer.json", "/w/nothing", "/etc/passwd",
			"/w/resources/%2e%2e/%2e%2e/deps-wiki.lock"} {
			if status, _ := get(t, w.URL+path); status != http.StatusNotFound && status != http.StatusBadRequest {
				t.Errorf("%s: %d, want 404", path, status)
			}
		}
	})

	t.Run("night mode can be chosen", func(t *testing.T) {
		if !w.NightMode() {
			t.Skip("this MediaWiki has none")
		}
		_, body := get(t, w.URL+"/wiki/Main_Page")
		if !strings.Contains(body, "skin-theme-clientpref") {
			t.Error("no skin-theme-clientpref class")
		}
	})

	t.Run("reverted edits are tagged", func(t *testing.T) {
		bea := w.CreateAccount(t, "Bea "+t.Name()[:4])
		admin.Edit(t, "Reverts", "good")
		undone := bea.Edit(t, "Reverts", "good bad")
		admin.Undo(t, "Reverts", undone.RevID)
		rolled := bea.Edit(t, "Reverts", "worse")
		admin.Rollback(t, "Reverts", bea.Name)
		kept := bea.Edit(t, "Reverts", "good indeed")
		w.RunJobs(t)
		for rev, want := range map[int64]bool{undone.RevID: true, rolled.RevID: true, kept.RevID: false} {
			if got := slices.Contains(tags(t, admin, rev), "mw-reverted"); got != want {
				t.Errorf("revision %d reverted: %v, want %v", rev, got, want)
			}
		}
	})

	t.Run("imported revisions keep their times and users", func(t *testing.T) {
		cyd := w.CreateAccount(t, "Cyd")
		when := time.Date(2024, 2, 29, 23, 59, 59, 0, time.UTC)
		w.Import(t, []Revision{
			{Title: "Imported", Text: "a & b", User: "Cyd", Time: when},
			{Title: "Talk:Imported", Text: "<c>", User: "Cyd", Time: when.Add(time.Second)},
		})
		var answer struct {
			Query struct {
				UserContribs []struct {
					Title     string
					Timestamp time.Time
					UserID    int64
				}
			}
		}
		cyd.must(t, url.Values{"action": {"query"}, "list": {"usercontribs"}, "ucuser": {"Cyd"}, "ucprop": {"title|timestamp"}}, &answer)
		rows := answer.Query.UserContribs
		if len(rows) != 2 || !rows[1].Timestamp.Equal(when) || rows[1].Title != "Imported" || rows[0].Title != "Talk:Imported" || rows[0].UserID == 0 {
			t.Errorf("got %+v", rows)
		}
	})

	t.Run("refusals are told apart", func(t *testing.T) {
		dov := w.CreateAccount(t, "Dov")
		admin.Edit(t, "Kept", "text")
		admin.Protect(t, "Kept")
		refused(t, dov, "Kept", "protectedpage")
		admin.Block(t, "Dov", false)
		refused(t, dov, "Other", "blocked")
		admin.Unblock(t, "Dov")
		dov.Edit(t, "Other", "text")
		w.SetReadOnly(t, "moving house")
		refused(t, dov, "Other", "readonly")
		w.SetReadOnly(t, "")
		dov.Edit(t, "Other", "more text")
	})

	t.Run("gadgets are served", func(t *testing.T) {
		admin.Edit(t, "MediaWiki:Gadgets-definition", "* hello[ResourceLoader|default|package]|hello.js|hello.css")
		admin.Edit(t, "MediaWiki:Gadget-hello.js", "mw.config.set( 'helloGadget', true );")
		admin.Edit(t, "MediaWiki:Gadget-hello.css", ".hello { color: red; }")
		_, body := get(t, w.URL+"/w/load.php?modules=ext.gadget.hello&debug=1")
		if !strings.Contains(body, "helloGadget") || !strings.Contains(body, "color: red") {
			t.Errorf("load.php gives %.500s", body)
		}
		if _, body := get(t, w.Page("Main Page")); !strings.Contains(body, "ext.gadget.hello") {
			t.Error("the page does not load it")
		}
	})

	t.Run("settings apply from the next request on", func(t *testing.T) {
		w.Set(t, "$wgSitename = 'Changed';")
		defer w.Set(t, "")
		if _, body := get(t, w.URL+"/wiki/Special:BlankPage"); !strings.Contains(body, "Changed") {
			t.Error("the name did not change")
		}
	})

	t.Run("accounts are renamed", func(t *testing.T) {
		w.CreateAccount(t, "Before").Edit(t, "Renames", "x")
		w.Rename(t, "Before", "After")
		w.Login(t, "After", w.AdminPassword)
	})

	t.Run("a bot password logs in", func(t *testing.T) {
		name, secret := w.BotPassword(t, w.AdminUser, "editpage")
		s := w.Anonymous(t)
		var answer struct {
			Login struct{ Result, LgUserName string }
		}
		s.must(t, url.Values{"action": {"login"}, "lgname": {name}, "lgpassword": {secret}, "lgtoken": {s.newToken(t, "login")}, "token": {""}}, &answer)
		if answer.Login.Result != "Success" {
			t.Errorf("got %+v", answer)
		}
	})

	t.Run("the web server can be away", func(t *testing.T) {
		if err := w.StopServing(); err != nil {
			t.Fatal(err)
		}
		if err := w.ping(t.Context()); err == nil {
			t.Error("it still answers")
		}
		if err := w.ServeAgain(); err != nil {
			t.Fatal(err)
		}
		if status, _ := get(t, w.Page("Main Page")); status != http.StatusOK {
			t.Errorf("status %d afterwards", status)
		}
	})
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func tags(t *testing.T, s *Session, rev int64) []string {
	t.Helper()
	var answer struct {
		Query struct {
			Pages []struct{ Revisions []struct{ Tags []string } }
		}
	}
	s.must(t, url.Values{"action": {"query"}, "prop": {"revisions"}, "revids": {id(rev)}, "rvprop": {"tags"}}, &answer)
	if len(answer.Query.Pages) != 1 || len(answer.Query.Pages[0].Revisions) != 1 {
		t.Fatalf("revision %d: %+v", rev, answer)
	}
	return answer.Query.Pages[0].Revisions[0].Tags
}

func refused(t *testing.T, s *Session, title, code string) {
	t.Helper()
	err := s.Call(t, url.Values{"action": {"edit"}, "title": {title}, "text": {"refused"}}, nil)
	var api *APIError
	if !errors.As(err, &api) || api.Code != code {
		t.Errorf("edit of %s gave %v, want %s", title, err, code)
	}
}
