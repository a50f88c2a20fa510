package mwclient

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// german is a wiki's names as siteinfo gives them.
func german() Namespaces {
	n := Namespaces{numbers: map[string]int{}, local: map[int]string{2: "Benutzer"}, special: map[string]bool{}}
	for name, id := range map[string]int{"Benutzer": 2, "Benutzerin": 2, "User": 2, "Benutzer Diskussion": 3, "User talk": 3, "Spezial": -1, "Special": -1, "Kategorie": 14} {
		n.add(name, id)
	}
	for _, name := range []string{"Beiträge", "Contributions", "CentralAuth"} {
		n.special[foldTitle(name)] = true
	}
	return n
}

func TestUserOf(t *testing.T) {
	names := german()
	for title, want := range map[string]string{
		"Benutzer:Ada": "Ada", "benutzerin:ada_Lovelace": "Ada Lovelace", "USER:Ada/Sub/Page": "Ada", ":User:Ada": "Ada",
		"Benutzer_Diskussion:Ada": "Ada", "Spezial:Beiträge/Ada": "Ada", "Special:contributions/Ada": "Ada", "Special:CentralAuth/Ada": "Ada",
		"User:\u200eAda\u200f": "Ada", "User:émile": "Émile", "User:192.0.2.1": "192.0.2.1", "User:2001:db8::1": "2001:db8::1",
		"Ada": "", "User": "", "User:": "", "Kategorie:Ada": "", "Usuario:Ada": "", "Spezial:Zufall/Ada": "", "Spezial:Beiträge": "", "Foo:User:Ada": "", "": "",
	} {
		if got := names.UserOf(title); got != want {
			t.Errorf("%q is of %q, want %q", title, got, want)
		}
	}
}

func TestTitleOf(t *testing.T) {
	for address, want := range map[string]string{
		"https://x.org/wiki/User:A_B?action=history": "User:A_B", "https://x.org/w/index.php?title=User:A&action=edit&redlink=1": "User:A",
		"https://x.org/w/index.php?title=Special:Contributions&target=A": "Special:Contributions/A", "https://x.org/w/index.php/User:A": "User:A",
		"https://x.org/wiki/%D8%A7": "ا", "https://x.org/": "", "https://x.org/about": "",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := titleOf(u, SiteInfo{}); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	u, _ := url.Parse("https://x.org/articles/User:A.html")
	if got := titleOf(u, SiteInfo{ArticlePath: "/articles/$1.html"}); got != "User:A" {
		t.Errorf("%q", got)
	}
}

// Sections in the HTML of MediaWiki before and since 1.44, and cut-off HTML.
func TestReadLinks(t *testing.T) {
	old := `<a href="0">x</a><h2><span class="mw-headline" id="The_list">The list</span></h2><p><a href="1">x</a></p><h3><span id="Sub">Sub</span></h3><a href="2">x</a>` +
		`<h2><span id="Next">Next</span></h2><a href="3">x</a>`
	recent := `<a href="0">x</a><div class="mw-heading mw-heading2"><h2 id="The_list">The <i>list</i></h2></div><a href="1">x</a><div><h3 id="Sub">Sub</h3></div><a class="mw-redirect" href="2">x</a>` +
		`<h2 id="Next">Next</h2><a href="3">x</a>`
	for _, html := range []string{old, recent} {
		for section, want := range map[string]string{"": "0123", "The list": "12", "the_list": "12", "Sub": "2", "Next": "3", "Nowhere": ""} {
			links, found := readLinks(html, section)
			got := ""
			for _, l := range links {
				got += l.href
			}
			if got != want || found != (section != "Nowhere") {
				t.Errorf("section %q: %s %v, want %s", section, got, found, want)
			}
		}
	}
	links, _ := readLinks(`<s><a href="1">x</a></s><a href="2" class="a mw-redirect b">x</a><del>a <b><a href="3">x</a></b></del></s><a href="&amp;4">x</a><a>y</a><a href="cut`, "")
	if got := fmt.Sprint(links); got != "[{1 true false} {2 false true} {3 true false} {&4 false false}]" {
		t.Error(got)
	}
}

func FuzzReadLinks(f *testing.F) {
	for _, seed := range []string{`<h2 id="A">A</h2><a href="/wiki/User:X">x</a>`, `<s><del><h1><h6></h1>`, `<a href="//x/wiki/User:Y?title=`, "<h2></h3><!--", "\x00<a\xff href='"} {
		f.Add(seed, "A")
		f.Add(seed, "")
	}
	f.Fuzz(func(t *testing.T, text, section string) {
		links, found := readLinks(text, section)
		if !found && len(links) > 0 || section == "" && !found {
			t.Fatalf("%d links of a section that is not there", len(links))
		}
		names := german()
		for _, l := range links {
			u, err := url.Parse(l.href)
			if err != nil {
				continue
			}
			if name := names.UserOf(titleOf(u, SiteInfo{})); strings.ContainsAny(name, "_/") {
				t.Fatalf("the name %q", name)
			}
		}
	})
}

func TestParsePageAddress(t *testing.T) {
	got, err := ParsePageAddress("http://127.0.0.1:8080/w/index.php?title=User:A_B#S%C3%A9_1")
	if want := (PageAddress{Host: "127.0.0.1:8080", Wiki: "http://127.0.0.1:8080/w/index.php", Title: "User:A B", Section: "Sé 1"}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
}
