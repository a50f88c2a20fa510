package replica

import (
	"database/sql"
	"errors"
	"iter"
	"testing"

	"afterglow/mwclient"
	"afterglow/service/e2e/mediawiki"
)

func open(t testing.TB, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// apiWiki reads the same wiki through its Action API.
func apiWiki(t testing.TB, w *mediawiki.Wiki) (*mwclient.Client, *mwclient.Wiki) {
	t.Helper()
	c, err := mwclient.New(mwclient.Options{})
	if err != nil {
		t.Fatal(err)
	}
	api, err := c.Wiki(t.Context(), w.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.SiteInfo(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c, api
}

func collect(t testing.TB, accounts iter.Seq2[mwclient.Account, error]) []mwclient.Account {
	t.Helper()
	var all []mwclient.Account
	for a, err := range accounts {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	return all
}

func wantError(t testing.TB, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("got %v, want %v", err, kind)
	}
}

func openRoot(t testing.TB, f *testFarm) *sql.DB {
	t.Helper()
	db, err := sql.Open("mysql", f.server.DSN(""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
