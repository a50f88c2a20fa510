package fakewiki

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// sourceCapture is an answer of a real wiki to what is asked of pages, files and
// categories (testdata/sources).
type sourceCapture struct {
	Request  struct{ URL string }
	Response map[string]any
}

func readSources(t *testing.T) map[string]sourceCapture {
	t.Helper()
	files, err := filepath.Glob("testdata/sources/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	all := map[string]sourceCapture{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c sourceCapture
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = c
	}
	return all
}

// sourceWiki is a wiki named as the captured one is.
func sourceWiki(t *testing.T, lang string, site map[string]any) WikiSpec {
	t.Helper()
	w := WikiSpec{DB: lang, Lang: strings.TrimSuffix(lang, "wiki"), Name: text(object(site, "general")["sitename"]),
		Namespaces: map[int]string{}, Aliases: map[string]int{}}
	for key, ns := range object(site, "namespaces") {
		n, err := strconv.Atoi(key)
		if err != nil {
			t.Fatal(err)
		}
		w.Namespaces[n] = text(ns.(map[string]any)["name"])
	}
	for _, a := range list(site["namespacealiases"]) {
		a := a.(map[string]any)
		w.Aliases[text(a["alias"])] = int(a["id"].(float64))
	}
	for _, p := range list(site["specialpagealiases"]) {
		if p := p.(map[string]any); p["realname"] == "Contributions" {
			w.Contributions = strings.ReplaceAll(text(list(p["aliases"])[0]), "_", " ")
		}
	}
	return w
}

// capturedPage is the text of service/refresh/source's page with its templates
// and magic words put in by hand: the farm has none.
const capturedPage = `Welcome to the [[Main Page]], says [[User:Organizer Olga]].
== Participants ==
# [[User:Ada Lovelace|Ada]] ([[User talk:Ada Lovelace|talk]]) 10:00, 1 May 2025 (UTC)
# [[%[1]s:Bob der Baumeister]]
# [[%[2]s:Clara/Werkstatt|my workshop]]
# [[%[3]s:dora]]
# [[Special:Contributions/Emil]] and [[%[4]s/Frida]]
# [[User:Greta|Greta]] ([[User talk:Greta|talk]])
# [[Special:Contributions/192.0.2.7|192.0.2.7]], [[User:2001:DB8:0:0:0:0:0:7|x]], [[User:~2025-123]]
# <s>[[User:Withdrawn Wanda]]</s>
# <del>[[User:Ada Lovelace]]</del> again
# [[User:Nobody at all]] and [[user talk:_ada Lovelace|ada]]
# [http://127.0.0.1:8080/wiki/%[5]s:Hugo Hugo] [https://example.org/wiki/User:Stranger elsewhere]
# [[:File:Ada.png]] [[Project:User:X]] [[%[6]s/Y]] [[User:]] no
=== Latecomers ===
* [[User:Igor]]
* [[User:Karl before]] and [[User:Lena at work]]
== Helpers ==
* [[User:Jana]]
`

// The farm answers about pages, files and categories as the real wiki did.
func TestSourcesContract(t *testing.T) {
	captures := readSources(t)
	spec := Spec{Now: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC), Exact: &Dataset{}}
	langs := map[string][]any{
		"de": {"Benutzer", "Benutzerin", "Benutzer Diskussion", "Spezial:Beiträge", "Benutzer", "Spezial:Zufällige Seite"},
		"ar": {"مستخدم", "مستخدمة", "نقاش المستخدم", "خاص:مساهمات", "%D9%85%D8%B3%D8%AA%D8%AE%D8%AF%D9%85", "خاص:عشوائي"},
		"en": {"User", "user", "User talk", "Special:Contribs", "User", "Special:Random"},
	}
	for _, lang := range []string{"de", "ar", "en"} {
		spec.Wikis = append(spec.Wikis, sourceWiki(t, lang, object(captures[lang+"_query_siteinfo_"].Response, "query")))
	}
	lena := Account{Name: "Lena at work", Registration: spec.Now.AddDate(-1, 0, 0)}
	for _, w := range spec.Wikis {
		a := lena
		a.Locals = []Local{{Wiki: w.DB, ID: 4, Registration: lena.Registration}}
		if w.DB == "en" {
			spec.Exact.Accounts = append(spec.Exact.Accounts, a)
		}
	}
	spec.Exact.Accounts[0].Locals = []Local{{Wiki: "de", ID: 4}, {Wiki: "ar", ID: 4}, {Wiki: "en", ID: 4}}
	f, err := New(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	set := func(db, title, text string) {
		if err := f.SetPage(db, title, text); err != nil {
			t.Fatal(err)
		}
	}
	for lang, own := range langs {
		set(lang, "User:Ada Lovelace", "I am here.")
		set(lang, "User:Hugo", "I am here.")
		set(lang, "User:Karl", "Karl")
		set(lang, "User:Karl before", "#REDIRECT [[User:Karl]]")
		set(lang, "User:Lena at work", "#REDIRECT [[User:Lena]]")
		set(lang, "Sign up here", "#REDIRECT [[Sign up]]")
		set(lang, "Nobody", "A page without links to users, but [[Main Page|others]].")
		set(lang, "Sign up", fmt.Sprintf(capturedPage, own...))
	}
	setCapturedCategory(t, f, captures["category_query_categorymembers_500_imageinfo_"].Response)
	for name, want := range captures {
		t.Run(name, func(t *testing.T) {
			lang, _, _ := strings.Cut(name, "_")
			if langs[lang] == nil {
				lang = "en"
			}
			// The farm's way to go on is its own.
			address := strings.NewReplacer("file%7C414741494e2e504e47%7C7", "file%7C2%7C0").Replace(want.Request.URL)
			if strings.HasPrefix(name, "parts") {
				setTold(f, 1)
				defer setTold(f, 0)
			}
			resp, err := http.Get(f.URL(lang) + address)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var got map[string]any
			if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
				t.Fatal(err)
			}
			switch {
			case strings.Contains(name, "siteinfo"):
				compareSites(t, object(got, "query"), object(want.Response, "query"))
			case got["parse"] != nil:
				comparePages(t, f.URL(lang), object(got, "parse"), object(want.Response, "parse"))
			default:
				if g, w := settled(got), settled(want.Response); g != w {
					t.Errorf("%s\n%s, want\n%s", address, g, w)
				}
			}
		})
	}
}

// setCapturedCategory builds the category that an answer tells of.
func setCapturedCategory(t *testing.T, f *Farm, answer map[string]any) {
	t.Helper()
	contest := Category{Title: "Contest"}
	for _, p := range list(object(answer, "query")["pages"]) {
		p := p.(map[string]any)
		file := File{Title: text(p["title"])}
		for _, v := range list(p["imageinfo"]) {
			v := v.(map[string]any)
			file.Versions = append(file.Versions, Version{User: text(v["user"]), Time: moment(v["timestamp"]), Hidden: v["userhidden"] == true})
		}
		slices.Reverse(file.Versions)
		contest.Files = append(contest.Files, file)
	}
	// The category is in the order of its sort keys, and told by page id.
	slices.SortFunc(contest.Files, func(a, b File) int { return strings.Compare(a.Title, b.Title) })
	sorted := slices.Clone(contest.Files)
	slices.SortStableFunc(sorted, func(a, b File) int { return order(answer, a.Title) - order(answer, b.Title) })
	for _, c := range []Category{{Title: "Numbers", Files: sorted}, contest, {Title: "All contests", Subcategories: 1}} {
		if err := f.SetCategory("en", c); err != nil {
			t.Fatal(err)
		}
	}
}

func order(answer map[string]any, title string) int {
	return slices.IndexFunc(list(object(answer, "query")["pages"]), func(p any) bool { return p.(map[string]any)["title"] == title })
}

func setTold(f *Farm, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pop.wiki("en").made.categories["Category:Contest"].Told = n
}

var (
	anchors   = regexp.MustCompile(`<a [^>]*?href="([^"]*)"(?: class="([^"]*)")?[^>]*>`)
	headings  = regexp.MustCompile(`<h[1-6]>.*?</h[1-6]>`)
	unsettled = regexp.MustCompile(`"pageid": ?\d+|file\|[0-9a-f]+\|\d+|larger than the limit of \d+ bytes|http://127\.0\.0\.1:\d+`)
)

// settled is an answer as text, without the numbers that every wiki gives itself.
func settled(answer map[string]any) string {
	b, err := json.MarshalIndent(answer, "", " ")
	if err != nil {
		return err.Error()
	}
	return unsettled.ReplaceAllString(string(b), "…")
}

func compareSites(t *testing.T, got, want map[string]any) {
	t.Helper()
	for key := range object(want, "general") {
		if _, ok := object(got, "general")[key]; !ok {
			t.Errorf("general lacks %s", key)
		}
	}
	for key, w := range object(want, "namespaces") {
		g := object(got, "namespaces", key)
		for _, member := range []string{"id", "name", "canonical"} {
			if !reflect.DeepEqual(g[member], w.(map[string]any)[member]) {
				t.Errorf("namespace %s: %s is %v, want %v", key, member, g[member], w.(map[string]any)[member])
			}
		}
	}
	if g, w := len(list(got["namespacealiases"])), len(list(want["namespacealiases"])); g != w {
		t.Errorf("%d aliases of namespaces, want %d", g, w)
	}
	find := func(site map[string]any) any {
		for _, p := range list(site["specialpagealiases"]) {
			if p.(map[string]any)["realname"] == "Contributions" {
				return p
			}
		}
		return nil
	}
	if g, w := find(got), find(want); !reflect.DeepEqual(g, w) && reflect.TypeOf(g) != reflect.TypeOf(w) {
		t.Errorf("special page %v, want %v", g, w)
	}
}

// comparePages compares what a reader of pages looks at: links, headings, redirects.
func comparePages(t *testing.T, own string, got, want map[string]any) {
	t.Helper()
	for key := range want {
		if reflect.TypeOf(got[key]) != reflect.TypeOf(want[key]) {
			t.Errorf("%s is %T, want %T", key, got[key], want[key])
		}
	}
	if got["title"] != want["title"] || !reflect.DeepEqual(got["redirects"], want["redirects"]) {
		t.Errorf("%v %v, want %v %v", got["title"], got["redirects"], want["title"], want["redirects"])
	}
	for what, pattern := range map[string]*regexp.Regexp{"links": anchors, "headings": headings} {
		parts := func(page map[string]any) []string {
			var all []string
			for _, m := range pattern.FindAllStringSubmatch(text(page["text"]), -1) {
				all = append(all, strings.Join(m[min(1, len(m)-1):], " "))
			}
			return all
		}
		if g, w := parts(got), parts(want); !slices.Equal(g, w) {
			t.Errorf("%s\n%s, want\n%s", what, strings.Join(g, "\n"), strings.Join(w, "\n"))
		}
	}
}
