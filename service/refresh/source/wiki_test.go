package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"afterglow/mwclient"
	"afterglow/service/e2e/mediawiki"
)

var update = flag.Bool("update", false, "write the real wiki's answers to fakewiki's testdata")

// captures is where answers of the real wiki are kept, for fakewiki's contract.
const captures = "../../../mwclient/fakewiki/testdata/sources"

// signUp is a page as people write them: in the wiki's language, in English,
// with aliases, by gender, with templates, redirects and mistakes.
const signUp = `Welcome to the [[Main Page]], says [[User:Organizer Olga]].
== Participants ==
# [[User:Ada Lovelace|Ada]] ([[User talk:Ada Lovelace|talk]]) 10:00, 1 May 2025 (UTC)
# [[%[1]s:Bob der Baumeister]]
# [[%[2]s:Clara/Werkstatt|my workshop]]
# [[%[3]s:dora]]
# [[Special:Contributions/Emil]] and [[%[4]s/Frida]]
# {{Signature|Greta}}
# [[Special:Contributions/192.0.2.7|192.0.2.7]], [[User:2001:db8::7]], [[User:~2025-123]]
# <s>[[User:Withdrawn Wanda]]</s>
# <del>[[User:Ada Lovelace]]</del> again
# [[User:Nobody at all]] and [[user talk:_ada Lovelace#x|ada]]
# [{{fullurl:User:Hugo}} Hugo] [https://example.org/wiki/User:Stranger elsewhere]
# [[:File:Ada.png]] [[Project:User:X]] [[Special:Random/Y]] [[User:]] {{#ifexist:User:Conditional|yes|no}}
=== Latecomers ===
* [[User:Igor]]
* [[User:Karl before]] and [[User:Lena at work]]
== Helpers ==
* [[User:Jana]]
`

// A real wiki, in three languages, says what the source makes of it.
func TestRealWiki(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a wiki")
	}
	w := mediawiki.Start(t, mediawiki.Options{Settings: uploads})
	admin := w.Admin(t)
	for _, name := range []string{"Ada Lovelace", "Hugo"} {
		admin.Edit(t, "User:"+name, "I am here.")
	}
	admin.Edit(t, "Template:Signature", "[[User:{{{1}}}|{{{1}}}]] ([[User talk:{{{1}}}|talk]])")
	// Renamed, which moves the page; and a second account whose page leads to the first.
	w.CreateAccount(t, "Karl before")
	admin.Edit(t, "User:Karl before", "Karl")
	w.Rename(t, "Karl before", "Karl")
	w.CreateAccount(t, "Lena at work")
	admin.Edit(t, "User:Lena at work", "#REDIRECT [[User:Lena]]")
	admin.Edit(t, "Sign up here", "#REDIRECT [[Sign up]]")
	admin.Edit(t, "Nobody", "A page without links to users, but [[Main Page|others]].")
	all := "Organizer Olga|Ada Lovelace|Bob der Baumeister|Clara|Dora|Emil|Frida|Greta|Nobody at all|Hugo|Igor|Karl|Lena at work|Jana"
	for _, local := range []struct {
		lang string
		own  []any
	}{
		{"de", []any{"Benutzer", "Benutzerin", "Benutzer Diskussion", "Spezial:Beiträge"}},
		{"ar", []any{"مستخدم", "مستخدمة", "نقاش المستخدم", "خاص:مساهمات"}},
		{"en", []any{"User", "user", "User talk", "Special:Contribs"}}, // last: what follows is in English
	} {
		lang, own := local.lang, local.own
		t.Run(lang, func(t *testing.T) {
			w.Set(t, uploads+"$wgLanguageCode = '"+lang+"';")
			admin.Edit(t, "Sign up", fmt.Sprintf(signUp, own...))
			wiki := open(t, w, lang)
			people, left := read(t, wiki, Place{Spec: Spec{Kind: Page, Title: "Sign up"}})
			if got := joined(people); got != all {
				t.Errorf("\n%s, want\n%s", got, all)
			}
			want := LeftOut{Addresses: 2, Temporary: 1, Withdrawn: 1, Elsewhere: 1}
			if !maps.Equal(left, want) {
				t.Errorf("left out %v, want %v", left, want)
			}
			for section, want := range map[string]string{
				"Participants": "Ada Lovelace|Bob der Baumeister|Clara|Dora|Emil|Frida|Greta|Nobody at all|Hugo|Igor|Karl|Lena at work",
				"Latecomers":   "Igor|Karl|Lena at work", "helpers": "Jana",
			} {
				if people, _ := read(t, wiki, Place{Spec: Spec{Kind: Page, Title: "Sign_up here", Section: section}}); joined(people) != want {
					t.Errorf("section %s: %s, want %s", section, joined(people), want)
				}
			}
		})
	}
	w.Set(t, uploads)
	wiki := open(t, w, "en")
	refuses(t, wiki, []refusal{
		{"no such page", Place{Spec: Spec{Kind: Page, Title: "No such page"}}, mwclient.ErrNotFound, `"No such page"`},
		{"a page of no user", Place{Spec: Spec{Kind: Page, Title: "Nobody"}}, ErrEmpty, "links to no user"},
		{"no such section", Place{Spec: Spec{Kind: Page, Title: "Sign up", Section: "Nowhere"}}, mwclient.ErrNotFound, `section "Nowhere"`},
		{"a title that is none", Place{Spec: Spec{Kind: Page, Title: "<x>"}}, mwclient.ErrNotFound, "Bad title"},
		{"no such category", Place{Spec: Spec{Kind: Category, Title: "Category:No such"}}, mwclient.ErrNotFound, "Category:No such"},
		{"a page as a category", Place{Spec: Spec{Kind: Category, Title: "User:Ada Lovelace"}}, ErrInvalid, "no category"},
	})
}

const uploads = "$wgEnableUploads = true; $wgFileExtensions = ['png'];\n"

// A real category: who uploaded the first version of its files between the dates.
func TestRealCategory(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a wiki")
	}
	w := mediawiki.Start(t, mediawiki.Options{Settings: uploads})
	admin := w.Admin(t)
	text := "[[Category:Contest]]"
	at := map[string]string{}
	shade := uint8(0)
	upload := func(user *mediawiki.Session, name, when string) {
		shade++
		user.Upload(t, name+".png", text, picture(t, shade))
		at[name] = when
	}
	ada, bob, hidden := w.CreateAccount(t, "Ada"), w.CreateAccount(t, "Bob"), w.CreateAccount(t, "Hidden")
	upload(ada, "A1", "20250502000000")
	upload(ada, "A2", "20250501000000")
	upload(bob, "Early", "20250430235959")
	upload(ada, "Late", "20250601000000")
	upload(hidden, "Hidden", "20250510000000")
	upload(bob, "Again", "20250511000000")
	for name, when := range at {
		must(t, w.DB.Exec(t.Context(), "UPDATE "+w.DBName+".image SET img_timestamp = '"+when+"' WHERE img_name = '"+name+".png'"))
	}
	must(t, w.DB.Exec(t.Context(), "DELETE FROM "+w.DBName+".objectcache WHERE keyname NOT LIKE '%MWSession%'"))
	// New versions, by another: the first still counts.
	upload(ada, "Again", "")
	upload(bob, "Hidden", "")
	admin.Block(t, "Hidden", true)
	admin.Edit(t, "File:Nothing.png", text)
	admin.Edit(t, "Category:Contest", "A contest. [[Category:All contests]]")
	w.RunJobs(t)
	wiki := open(t, w, "category")
	may := Place{Start: time.Date(2025, 5, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)}
	for _, title := range []string{"Category:Contest", "Contest", "category:contest"} {
		may.Spec = Spec{Kind: Category, Title: title}
		people, left := read(t, wiki, may)
		if got := joined(people); got != "Ada|Bob" {
			t.Errorf("%s: %s", title, got)
		}
		if want := may.Start; !people[0].Joined.Equal(want) {
			t.Errorf("Ada joined %s, want %s", people[0].Joined, want)
		}
		if want := (LeftOut{Outside: 2, HiddenNames: 1, Gone: 1}); !maps.Equal(left, want) {
			t.Errorf("%s: left out %v, want %v", title, left, want)
		}
	}
	may.Spec = Spec{Kind: Page, Title: "Category:Contest"}
	if people, _ := read(t, wiki, may); joined(people) != "Ada|Bob" {
		t.Errorf("as a page: %s", joined(people))
	}
	if *update {
		// How it goes on: with the next files, and with the rest of these.
		asked := w.API + "?action=query&generator=categorymembers&gcmtitle=Category:Contest&gcmtype=file&gcmlimit=2&prop=imageinfo" +
			"&iiprop=user%7Ctimestamp&iilimit=50&format=json&formatversion=2&errorformat=plaintext"
		raw := http.Client{Transport: &recorder{wiki: w.URL, prefix: "pages", seen: map[string]bool{}}}
		next := getJSON(t, raw, asked)
		getJSON(t, raw, asked+"&gcmcontinue="+url.QueryEscape(next["gcmcontinue"])+"&continue="+url.QueryEscape(next["continue"]))
		w.Set(t, uploads+"$wgAPIMaxResultSize = 70;")
		raw.Transport.(*recorder).prefix = "parts"
		next = getJSON(t, raw, asked)
		getJSON(t, raw, asked+"&iicontinue="+url.QueryEscape(next["iicontinue"])+"&continue="+url.QueryEscape(next["continue"]))
		w.Set(t, uploads)
	}
	later := may
	later.Start, later.End = may.End.AddDate(0, 1, 0), may.End.AddDate(0, 2, 0)
	refuses(t, wiki, []refusal{
		{"uploads of another month", later, ErrEmpty, "none of the 7 files"},
		{"a category of categories", Place{Spec: Spec{Kind: Category, Title: "Category:All contests"}}, ErrEmpty, "1 categories"},
	})
}

// getJSON returns how an answer says to go on.
func getJSON(t *testing.T, c http.Client, address string) map[string]string {
	t.Helper()
	resp, err := c.Get(address)
	must(t, err)
	defer resp.Body.Close()
	var answer struct{ Continue map[string]string }
	must(t, json.NewDecoder(resp.Body).Decode(&answer))
	return answer.Continue
}

func picture(t *testing.T, shade uint8) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 2, 2))
	m.SetGray(0, 0, color.Gray{Y: shade})
	var b bytes.Buffer
	must(t, png.Encode(&b, m))
	return b.Bytes()
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9]+`)

// recorder keeps the answers of the wiki that fakewiki has to give in the same shape.
type recorder struct {
	wiki, prefix string
	seen         map[string]bool
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil || !*update {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return resp, err
	}
	return resp, r.keep(req.URL, body)
}

func (r *recorder) keep(u *url.URL, body []byte) error {
	q := u.Query()
	name := strings.Join([]string{r.prefix, q.Get("action"), q.Get("meta"), q.Get("generator"), q.Get("gcmlimit"), q.Get("gcmcontinue"),
		q.Get("iicontinue"), q.Get("prop"), q.Get("list"), q.Get("page")}, "_")
	if q.Get("prop") == "categoryinfo" {
		name += q.Get("titles")
	}
	name = notInNames.ReplaceAllString(name, "_")
	if q.Get("siprop") == "general|namespaces" || r.seen[name] {
		return nil // in the other captures already
	}
	r.seen[name] = true
	var answer any
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil // not JSON
	}
	text := &bytes.Buffer{}
	enc := json.NewEncoder(text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(map[string]any{"request": map[string]string{"url": u.RequestURI()}, "response": answer}); err != nil {
		return err
	}
	clean := bytes.ReplaceAll(text.Bytes(), []byte(r.wiki), []byte("http://127.0.0.1:8080"))
	return os.WriteFile(filepath.Join(captures, name+".json"), clean, 0o644)
}

func open(t *testing.T, w *mediawiki.Wiki, prefix string) *mwclient.Wiki {
	t.Helper()
	c, err := mwclient.New(mwclient.Options{Base: &recorder{wiki: w.URL, prefix: prefix, seen: map[string]bool{}}, PerWiki: 3})
	must(t, err)
	wiki, err := c.Wiki(t.Context(), w.URL)
	must(t, err)
	return wiki
}

func read(t *testing.T, wiki *mwclient.Wiki, p Place) ([]Person, LeftOut) {
	t.Helper()
	people, left, err := collect(t.Context(), wiki, p)
	must(t, err)
	return people, left
}

func collect(ctx context.Context, wiki *mwclient.Wiki, p Place) (people []Person, left LeftOut, err error) {
	src, err := Opener{Most: 20_000}.Open(wiki, p)
	if err != nil {
		return nil, nil, err
	}
	for p, err := range src.People(ctx, 0) {
		if err != nil {
			return nil, nil, err
		}
		people = append(people, p)
	}
	left = src.LeftOut()
	maps.DeleteFunc(left, func(_ Reason, n int) bool { return n == 0 })
	return people, left, nil
}

// refusal is a place that cannot be read, and why.
type refusal struct {
	name string
	at   Place
	is   error
	says string
}

func refuses(t *testing.T, wiki *mwclient.Wiki, all []refusal) {
	t.Helper()
	for _, r := range all {
		people, _, err := collect(t.Context(), wiki, r.at)
		if err == nil || !errors.Is(err, r.is) || !strings.Contains(err.Error(), r.says) {
			t.Errorf("%s: %d people and %v, want %v that says %s", r.name, len(people), err, r.is, r.says)
		}
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
