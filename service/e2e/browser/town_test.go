package browser_test

import (
	"database/sql"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"afterglow/config"
	"afterglow/mwclient/fakewiki"
	"afterglow/service/e2e/browser"
	"afterglow/service/e2e/running"
)

// Events of the town.
const (
	libraries = 201 // 90 people, ended eight months ago
	museums   = 202 // 40 people, ended five months ago
	organizer = "Olga Organizer"
	newcomer  = "A Newcomer" // has an account and took part in nothing
	secret    = "the-secret-of-the-consumer"
)

// town is a farm of wikis and the whole service beside it, as it is run: set up
// by configuration, on a database in a file, behind a proxy.
type town struct {
	farm *fakewiki.Farm
	url  string // of the service, as people see it
	db   string // file of the database

	t       *testing.T // all of it, not a part: the service runs until it ends
	cfg     *config.Config
	service *running.Service
	target  atomic.Pointer[url.URL] // of the service behind the proxy
}

func newTown(t *testing.T) *town {
	t.Helper()
	front := httptest.NewUnstartedServer(nil)
	c := &town{t: t, url: "http://" + front.Listener.Addr().String(), db: filepath.Join(t.TempDir(), "afterglow.db")}
	now := time.Now()
	ago := func(days int) time.Time { return now.Truncate(24*time.Hour).AddDate(0, 0, -days) }
	var err error
	c.farm, err = fakewiki.New(fakewiki.Spec{
		Seed: 7, Now: now, CentralAuth: true, GlobalUsers: true, Recent: true, Latency: 30 * time.Millisecond,
		Wikis: []fakewiki.WikiSpec{{DB: "metawiki", Name: "Meta-Wiki"}, {DB: "enwiki", Name: "Wikipedia"}, {DB: "commonswiki", Name: "Commons"}},
		Events: []fakewiki.EventSpec{
			{ID: libraries, Title: "Wiki Loves Libraries", Start: ago(245), End: ago(240), Participants: 90, NewcomerShare: .5, EditsPerPerson: 40, Wikis: []string{"*"}, Organizers: []string{organizer}},
			{ID: museums, Title: "Museums of the World", Start: ago(160), End: ago(150), Participants: 40, NewcomerShare: .6, RepeatShare: .3, EditsPerPerson: 30, Wikis: []string{"*"}, Organizers: []string{organizer}},
		},
		Exact:     &fakewiki.Dataset{Accounts: []fakewiki.Account{{Name: newcomer, ID: 900_001, Locals: []fakewiki.Local{{Wiki: "metawiki", Registration: ago(30)}}}}},
		Consumers: []fakewiki.Consumer{{ID: "afterglow", Secret: secret, Name: "Afterglow", Callback: c.url + "/oauth/callback"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.farm.Close)
	var hosts []string
	for _, db := range []string{"metawiki", "enwiki", "commonswiki"} {
		hosts = append(hosts, strings.TrimPrefix(c.farm.URL(db), "http://"))
	}
	c.cfg, err = config.Load("", []string{
		"AFTERGLOW_LISTEN=127.0.0.1:0", "AFTERGLOW_REFRESH_SCHEDULE=false", "AFTERGLOW_BASE_URL=" + c.url, "AFTERGLOW_DATABASE=sqlite:" + c.db,
		"AFTERGLOW_WIKIS=" + strings.Join(hosts, ","),
		"AFTERGLOW_OAUTH_WIKI=" + c.farm.URL("metawiki"), "AFTERGLOW_OAUTH_CLIENT_ID=afterglow", "AFTERGLOW_OAUTH_CLIENT_SECRET=" + secret,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.start()
	front.Config.Handler = &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(c.target.Load())
		r.Out.Host = r.In.Host
	}}
	front.Start()
	t.Cleanup(front.Close)
	return c
}

// start starts the service, as it is run.
func (c *town) start() {
	c.t.Helper()
	c.service = running.Start(c.t, c.cfg)
	c.target.Store(&url.URL{Scheme: "http", Host: c.service.Addr()})
}

// restart stops the service and starts it again on its database. It knows then
// what it has saved, and nothing that it only remembered.
func (c *town) restart() {
	c.t.Helper()
	c.service.Stop()
	c.start()
}

// path is the page of an event of the town.
func path(event int) string { return "/campaigns/metawiki-" + strconv.Itoa(event) }

// endSessions ends everybody's session, as time would.
func (c *town) endSessions(t *testing.T) {
	t.Helper()
	db, err := sql.Open("sqlite", c.db)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `PRAGMA busy_timeout = 10000`); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `DELETE FROM sessions`); err != nil {
		t.Fatal(err)
	}
}

// signIn presses "Sign in" in the head of the page that is open, says to the wiki
// who one is, and answers its question. A wiki that knows them from before does
// not ask for the name again.
func (c *town) signIn(w *browser.Window, name, answer string) {
	w.Click(".person a[href*='/login']")
	c.consent(w, name, answer)
}

func (c *town) consent(w *browser.Window, name, answer string) {
	wiki := strconv.Quote(c.farm.URL("metawiki"))
	w.Becomes(`location.origin === ` + wiki + ` && !!document.querySelector('[name="wpName"], [name="accept"]')`)
	if browser.Value[bool](w, `!!document.querySelector('input[name="wpName"]')`) {
		w.Type(`input[name="wpName"]`, name)
		w.Run(chromedp.Submit(`input[name="wpName"]`, chromedp.ByQuery))
	}
	w.Becomes(`!!document.querySelector('[name="accept"]')`)
	w.Click(`[name="` + answer + `"]`)
	w.Becomes(`location.origin !== ` + wiki + ` && document.readyState === 'complete'`)
}

// The answers to a wiki's question.
const (
	allow = "accept"
	deny  = "cancel"
)

// leaveWiki makes the wiki forget who sits before the window; the page that is
// open stays.
func (c *town) leaveWiki(w *browser.Window) {
	w.Run(network.ClearBrowserCookies())
}
