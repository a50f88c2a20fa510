package publish

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"afterglow/charts/sample"
	"afterglow/mwclient"
	"afterglow/retention"
	"afterglow/service/e2e/mediawiki"
)

// clock is the system's, whose sleeps take no time: what happens meanwhile is
// said by a test.
type clock struct {
	mu        sync.Mutex
	ahead     time.Duration
	sleeps    int
	meanwhile func(sleeps int)
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	c.ahead += d
	c.sleeps++
	meanwhile, n := c.meanwhile, c.sleeps
	c.mu.Unlock()
	if meanwhile != nil {
		meanwhile(n)
	}
	return ctx.Err()
}

// bench is a real wiki, an account with a bot password, and its publisher.
type bench struct {
	wiki   *mediawiki.Wiki
	admin  *mediawiki.Session
	clock  *clock
	client *mwclient.Wiki
	login  mwclient.BotPassword
	p      *Publisher
}

const settings = `
$wgExtraNamespaces[486] = 'Data';
$wgExtraNamespaces[1728] = 'Event';
`

const page = "Event:Women in Science"

func figures(title string, newcomers int) Figures {
	curve := sample.Curve(title, newcomers, 53, 12, 9)
	return Figures{
		Campaign: curve.Campaign, AsOf: curve.AsOf, Marks: sample.Marks(title, newcomers, 53, 9),
		Charts: []retention.Result{curve}, Names: []string{"retention"}, Language: "en", Link: "https://afterglow.example.org/campaigns/metawiki-1234",
	}
}

func start(t *testing.T) *bench {
	b := &bench{wiki: mediawiki.Start(t, mediawiki.Options{Settings: settings}), clock: &clock{}}
	b.admin = b.wiki.Admin(t)
	b.wiki.CreateAccount(t, "Publisher")
	name, password := b.wiki.BotPassword(t, "Publisher", "editpage", "createeditmovepage", "highvolume")
	client, err := mwclient.New(mwclient.Options{Clock: b.clock, MaxRetries: 4})
	if err != nil {
		t.Fatal(err)
	}
	if b.client, err = client.Wiki(t.Context(), b.wiki.API); err != nil {
		t.Fatal(err)
	}
	b.login = mwclient.BotPassword{Name: name, Password: password}
	editor, err := b.client.Editor(t.Context(), b.login)
	if err != nil {
		t.Fatal(err)
	}
	if editor.Name != "Publisher" || editor.Bot {
		t.Fatalf("the editor is %+v", editor)
	}
	b.p = &Publisher{Editor: editor, Stop: "User:Publisher/stop"}
	return b
}

func (b *bench) text(t *testing.T, title string) string {
	t.Helper()
	got, err := b.p.Editor.Page(t.Context(), title)
	if err != nil {
		t.Fatal(err)
	}
	return got.Text
}

// TestPublish writes to a real MediaWiki, through all that can come between.
func TestPublish(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a wiki")
	}
	b := start(t)
	const before, after = "Intro with {{template}} and <!-- a comment -->\n\n", "\n== Ünïcode == \n[[Category:Events]]"
	fresh := func(t *testing.T) {
		t.Helper()
		b.admin.Edit(t, page, before+Begin+"old"+End+after)
	}
	section := func(t *testing.T, f Figures) (Change, error) { t.Helper(); return b.p.Section(t.Context(), page, f) }
	saved := func(t *testing.T, f Figures) Change {
		t.Helper()
		c, err := section(t, f)
		if err != nil || c.Outcome != Saved || c.Revision == 0 {
			t.Fatalf("%+v, %v", c, err)
		}
		return c
	}
	f := figures(sample.Nasty, 60)

	t.Run("only what is between the markers", func(t *testing.T) {
		fresh(t)
		saved(t, f)
		got := b.text(t, page)
		inside, ok := strings.CutPrefix(got, before+Begin)
		inside, also := strings.CutSuffix(inside, End+after)
		if !ok || !also {
			t.Errorf("what is outside changed: %q", got)
		}
		for _, want := range []string{"wikitable", "60", "as of 2025-11-01T00:00:00Z", "[https://afterglow.example.org/campaigns/metawiki-1234 "} {
			if !strings.Contains(inside, want) {
				t.Errorf("the section lacks %q: %s", want, inside)
			}
		}
		html := b.html(t, page)
		for _, want := range []string{`<table class="wikitable"`, `scope="row"`, `href="https://afterglow.example.org/campaigns/metawiki-1234"`} {
			if !strings.Contains(html, want) {
				t.Errorf("the page lacks %s: %s", want, html)
			}
		}
		if strings.Contains(html, "<script>alert") || strings.Contains(html, "error") {
			t.Errorf("the page reads %s", html)
		}
	})

	t.Run("figures that did not change are no edit", func(t *testing.T) {
		later := f
		later.AsOf = f.AsOf.AddDate(0, 0, 1)
		if c, err := section(t, later); err != nil || c.Outcome != Unchanged || c.Diff != "" {
			t.Errorf("%+v, %v", c, err)
		}
		// What somebody wrote into the section is taken out again.
		b.admin.Edit(t, page, strings.Replace(b.text(t, page), "wikitable", "wikitable vandal", 1))
		saved(t, later)
		if text := b.text(t, page); strings.Contains(text, "vandal") || !strings.Contains(text, "2025-11-02") {
			t.Errorf("the section is %s", text)
		}
	})

	t.Run("a dry run saves nothing and shows a diff", func(t *testing.T) {
		fresh(t)
		dry := *b.p
		dry.DryRun = true
		c, err := dry.Section(t.Context(), page, f)
		if err != nil || c.Outcome != WouldSave {
			t.Fatalf("%+v, %v", c, err)
		}
		for _, want := range []string{"--- " + page, "+++ " + page, "\n-" + Begin + "old" + End, "\n+{| class=\"wikitable\""} {
			if !strings.Contains(c.Diff, want) {
				t.Errorf("the diff lacks %q:\n%s", want, c.Diff)
			}
		}
		if !strings.Contains(b.text(t, page), "old") {
			t.Error("a dry run saved")
		}
	})

	t.Run("an edit conflict is taken up", func(t *testing.T) {
		// MediaWiki tells revisions apart by their second.
		next := func() { time.Sleep(1100 * time.Millisecond) }
		fresh(t)
		next()
		base, err := b.p.Editor.Page(t.Context(), page)
		if err != nil {
			t.Fatal(err)
		}
		b.admin.Edit(t, page, "new intro\n"+Begin+"old"+End)
		if _, err := b.p.Editor.Save(t.Context(), mwclient.Edit{Base: base, Text: "stale"}); !errors.Is(err, mwclient.ErrEditConflict) {
			t.Fatalf("an edit of an old revision: %v", err)
		}
		// Somebody saves between reading and writing, once, and then each time.
		for _, always := range []bool{false, true} {
			n := 0
			c, err := b.p.page(t.Context(), page, "s", func(old mwclient.PageText) (string, error) {
				if n++; always || n == 1 {
					next()
					// On the same line: what is apart MediaWiki merges by itself.
					b.admin.Edit(t, page, strings.Replace(old.Text, "new intro", "new intro, meanwhile", 1))
				}
				return strings.Replace(old.Text, "new intro", "newer intro", 1), nil
			})
			switch {
			case always && (!errors.Is(err, mwclient.ErrEditConflict) || n != tries):
				t.Errorf("after %d tries: %+v, %v", n, c, err)
			case !always && (err != nil || c.Outcome != Saved || n != 2):
				t.Errorf("after %d tries: %+v, %v", n, c, err)
			}
			if text := b.text(t, page); !strings.Contains(text, "meanwhile") {
				t.Errorf("the other's edit is lost: %q", text)
			}
			next()
			b.admin.Edit(t, page, "new intro\n"+Begin+"old"+End)
			next()
		}
		// Two who make the same page.
		if _, err := b.p.page(t.Context(), "Data:Race", "s", func(old mwclient.PageText) (string, error) {
			if old.Revision == 0 {
				b.admin.Edit(t, "Data:Race", "theirs")
			}
			return old.Text + " ours", nil
		}); err != nil || b.text(t, "Data:Race") != "theirs ours" {
			t.Errorf("%q, %v", b.text(t, "Data:Race"), err)
		}
		// One that was deleted meanwhile is not made anew.
		base, _ = b.p.Editor.Page(t.Context(), "Data:Race")
		b.admin.Delete(t, "Data:Race")
		if _, err := b.p.Editor.Save(t.Context(), mwclient.Edit{Base: base, Text: "again"}); !errors.Is(err, mwclient.ErrEditConflict) {
			t.Errorf("a deleted page: %v", err)
		}
	})

	t.Run("a protected page", func(t *testing.T) {
		b.admin.Edit(t, "Protected", Begin+End)
		b.admin.Protect(t, "Protected")
		_, err := b.p.Section(t.Context(), "Protected", f)
		var api *mwclient.APIError
		if !errors.Is(err, mwclient.ErrProtected) || !errors.As(err, &api) || api.Code != "protectedpage" || !strings.Contains(err.Error(), "Protected") {
			t.Errorf("%v", err)
		}
	})

	t.Run("a blocked account", func(t *testing.T) {
		fresh(t)
		b.admin.Block(t, "Publisher", false)
		_, err := section(t, f)
		b.admin.Unblock(t, "Publisher")
		if !errors.Is(err, mwclient.ErrBlocked) {
			t.Errorf("%v", err)
		}
		saved(t, f)
	})

	t.Run("a wiki that is read only", func(t *testing.T) {
		fresh(t)
		b.wiki.SetReadOnly(t, "moving house")
		_, err := section(t, f)
		var limit *mwclient.RateLimitError
		if !errors.As(err, &limit) || limit.Reason != "readonly" {
			t.Errorf("%v", err)
		}
		// One that ends is waited for.
		b.clock.meanwhile = func(int) { b.wiki.SetReadOnly(t, "") }
		defer func() { b.clock.meanwhile = nil }()
		saved(t, f)
	})

	t.Run("a wiki that lags", func(t *testing.T) {
		fresh(t)
		// MediaWiki counts waiting jobs as lag:
		// https://www.mediawiki.org/wiki/Manual:$wgJobQueueIncludeInMaxLagFactor
		b.admin.Edit(t, "Template:Job", "a")
		b.admin.Edit(t, "Uses it", "{{Job}}")
		b.admin.Edit(t, "Template:Job", "b")
		b.wiki.Set(t, settings+"$wgJobQueueIncludeInMaxLagFactor = 0.001;")
		defer b.wiki.Set(t, settings)
		_, err := section(t, f)
		var limit *mwclient.RateLimitError
		if !errors.As(err, &limit) || limit.Reason != "maxlag" || limit.RetryAfter <= 0 {
			t.Fatalf("%v", err)
		}
		slept := b.clock.sleeps
		b.clock.meanwhile = func(int) { b.wiki.Set(t, settings) }
		defer func() { b.clock.meanwhile = nil }()
		saved(t, f)
		if b.clock.sleeps == slept {
			t.Error("it did not wait")
		}
	})

	t.Run("nobots", func(t *testing.T) {
		for _, text := range []string{"{{nobots}}", "{{bots|deny=Publisher}}", "{{bots|allow=Other}}"} {
			b.admin.Edit(t, page, text+Begin+"old"+End)
			if c, err := section(t, f); err != nil || c.Outcome != OptedOut || c.Revision != 0 || !strings.Contains(b.text(t, page), "old") {
				t.Errorf("%s: %+v, %v", text, c, err)
			}
		}
		b.admin.Edit(t, page, "{{bots|allow=Publisher}}"+Begin+"old"+End)
		saved(t, f)
	})

	t.Run("the page that stops everything", func(t *testing.T) {
		fresh(t)
		b.admin.Edit(t, b.p.Stop, "Stop, it writes nonsense.")
		c, err := section(t, f)
		if !errors.Is(err, ErrStopped) || !strings.Contains(err.Error(), "User:Publisher/stop") || !strings.Contains(b.text(t, page), "old") {
			t.Errorf("%+v, %v", c, err)
		}
		if _, err := b.p.Data(t.Context(), "Data:Stopped", f, f.Charts[0]); !errors.Is(err, ErrStopped) {
			t.Errorf("%v", err)
		}
		b.admin.Edit(t, b.p.Stop, "")
		saved(t, f)
	})

	t.Run("markers that are wrong", func(t *testing.T) {
		for text, want := range map[string]string{
			"no markers":              "no section",
			Begin + "a":               "does not end",
			Begin + Begin + End + End: "begins inside another",
			Begin + End + Begin + End: "a second section",
		} {
			b.admin.Edit(t, page, text)
			if c, err := section(t, f); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), page) || b.text(t, page) != text {
				t.Errorf("%q: %+v, %v", text, c, err)
			}
		}
		if _, err := b.p.Section(t.Context(), "No such page", f); !errors.Is(err, ErrNoSection) {
			t.Errorf("%v", err)
		}
	})

	t.Run("Data pages", func(t *testing.T) {
		const name = "Data:Afterglow/metawiki-1234/retention"
		changes, err := b.p.Data(t.Context(), name, f, f.Charts[0])
		if err != nil || len(changes) != 2 || changes[0].Outcome != Saved || changes[1].Outcome != Saved {
			t.Fatalf("%+v, %v", changes, err)
		}
		if err := validTab([]byte(b.text(t, name+".tab"))); err != nil {
			t.Error(err)
		}
		if err := validChart([]byte(b.text(t, name+".chart")), "Afterglow/metawiki-1234/retention.tab"); err != nil {
			t.Error(err)
		}
		// A better description is no reason to edit; other figures are.
		b.admin.Edit(t, name+".tab", strings.Replace(b.text(t, name+".tab"), "CC0-1.0", "CC0-1.0+", 1))
		for _, test := range []struct {
			f    Figures
			want Outcome
		}{{f, Unchanged}, {figures(sample.Title, 80), Saved}} {
			changes, err := b.p.Data(t.Context(), name, test.f, test.f.Charts[0])
			if err != nil || len(changes) != 2 || changes[0].Outcome != test.want || changes[1].Outcome != test.want {
				t.Errorf("%s: %+v, %v", test.want, changes, err)
			}
		}
	})

	t.Run("the bot flag and the summary", func(t *testing.T) {
		fresh(t)
		saved(t, f)
		b.admin.SetGroups(t, "Publisher", "bot")
		fresh(t)
		editor, err := b.client.Editor(t.Context(), b.login)
		if err != nil || !editor.Bot {
			t.Fatalf("%+v, %v", editor, err)
		}
		b.p.Editor = editor
		f.Language = "fr"
		saved(t, f)
		var answer struct {
			Query struct {
				RecentChanges []struct {
					Bot     bool
					Comment string
				}
			}
		}
		if err := b.admin.Call(t, url.Values{"action": {"query"}, "list": {"recentchanges"}, "rcuser": {"Publisher"}, "rcprop": {"flags|comment"}, "rclimit": {"20"}}, &answer); err != nil {
			t.Fatal(err)
		}
		changes := answer.Query.RecentChanges
		if len(changes) < 2 || !changes[0].Bot || changes[1].Bot {
			t.Fatalf("%+v", changes)
		}
		if !strings.HasPrefix(changes[0].Comment, "Mise à jour des chiffres de") || !strings.HasPrefix(changes[1].Comment, "Update the figures of") ||
			strings.ContainsAny(changes[0].Comment, "[]{}<>|") {
			t.Errorf("summaries: %+v", changes[:2])
		}
		if text := b.text(t, page); !strings.Contains(text, "Complet jusqu’au") {
			t.Errorf("the section is %s", text)
		}
	})

	t.Run("a login that the wiki does not take", func(t *testing.T) {
		for _, login := range []mwclient.BotPassword{{}, {Name: b.login.Name, Password: "wrong"}} {
			client, err := mwclient.New(mwclient.Options{})
			if err != nil {
				t.Fatal(err)
			}
			w, err := client.Wiki(t.Context(), b.wiki.API)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Editor(t.Context(), login); !errors.Is(err, mwclient.ErrLogin) || strings.Contains(err.Error(), "wrong") {
				t.Errorf("%+v: %v", login.Name, err)
			}
		}
	})
}

// html is a page as readers see it.
func (b *bench) html(t *testing.T, title string) string {
	t.Helper()
	var answer struct{ Parse struct{ Text string } }
	if err := b.admin.Call(t, url.Values{"action": {"parse"}, "page": {title}, "prop": {"text"}}, &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Parse.Text
}
