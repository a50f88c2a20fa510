package source

import (
	"errors"
	"strings"
	"testing"
)

func dashboards() []string { return []string{"outreachdashboard.wmflabs.org", "dashboard.wikiedu.org"} }

func TestParse(t *testing.T) {
	for address, want := range map[string]Spec{
		"https://meta.wikimedia.org/wiki/Campaign/People":                                       {Kind: Page, Wiki: "https://meta.wikimedia.org/wiki/Campaign/People", Title: "Campaign/People"},
		"https://meta.wikimedia.org/wiki/Campaign/People#List_of_people":                        {Kind: Page, Wiki: "https://meta.wikimedia.org/wiki/Campaign/People", Title: "Campaign/People", Section: "List of people"},
		"https://de.wikipedia.org/w/index.php?title=Wikipedia:Treffen&action=edit":              {Kind: Page, Wiki: "https://de.wikipedia.org/w/index.php", Title: "Wikipedia:Treffen"},
		"https://ar.wikipedia.org/wiki/%D8%AA%D8%AC%D8%B1%D8%A8%D8%A9#%D8%A7%D9%84%D9%83%D9%84": {Kind: Page, Wiki: "https://ar.wikipedia.org/wiki/%D8%AA%D8%AC%D8%B1%D8%A8%D8%A9", Title: "تجربة", Section: "الكل"},
		"commons.wikimedia.org/wiki/Category:Images_from_Wiki_Loves_Earth_2025_in_Ghana":        {Kind: Category, Wiki: "https://commons.wikimedia.org/wiki/Category:Images_from_Wiki_Loves_Earth_2025_in_Ghana", Title: "Category:Images from Wiki Loves Earth 2025 in Ghana"},
		"https://meta.wikimedia.org/wiki/Event:Example":                                         {Kind: Event, Wiki: "https://meta.wikimedia.org/wiki/Event:Example", Title: "Event:Example"},
		"https://meta.wikimedia.org/wiki/Special:EventDetails/12":                               {Kind: Event, Wiki: "https://meta.wikimedia.org/wiki/Special:EventDetails/12", Title: "Special:EventDetails/12"},
		"https://outreachdashboard.wmflabs.org/courses/School/Title_(Term)":                     {Kind: Course, URL: "https://outreachdashboard.wmflabs.org/courses/School/Title_%28Term%29", Title: "Title (Term)"},
		"https://outreachdashboard.wmflabs.org/courses/A_%2F_B/T%C3%A9/students/overview?x=1":   {Kind: Course, URL: "https://outreachdashboard.wmflabs.org/courses/A_%2F_B/T%C3%A9", Title: "Té"},
		"dashboard.wikiedu.org/courses/S/T_(1)/users.json":                                      {Kind: Course, URL: "https://dashboard.wikiedu.org/courses/S/T_%281%29", Title: "T (1)"},
	} {
		got, err := Parse(address, dashboards())
		got.URL = strings.NewReplacer("(", "%28", ")", "%29").Replace(got.URL)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", address, got, err, want)
		}
	}
	for address, want := range map[string]string{
		"":                                      "no host",
		"https://":                              "no host",
		"https://meta.wikimedia.org":            "names no page",
		"ftp://meta.wikimedia.org/wiki/X":       "neither https nor http",
		"https://u:p@meta.wikimedia.org/wiki/X": "user name or password",
		"https://meta.wikimedia.org/wiki/Special:RecentChanges":       "special page",
		"https://meta.wikimedia.org/wiki/A%7CB":                       "names no page",
		"https://evil.example.org/courses/S/T":                        "not read; allowed: outreachdashboard.wmflabs.org",
		"https://outreachdashboard.wmflabs.org:444/courses/S/T":       "not read",
		"https://outreachdashboard.wmflabs.org/courses/S":             "names no course",
		"https://x:y@outreachdashboard.wmflabs.org/courses/S/T":       "names no course",
		"https://outreachdashboard.wmflabs.org/courses/%zz/T":         "not an address",
		"https://meta.wikimedia.org/wiki/" + strings.Repeat("x", 600): "names no page",
		strings.Repeat("x", 5000):                                     "4096",
	} {
		if _, err := Parse(address, dashboards()); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.100s: %v, want an error that says %q", address, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"https://meta.wikimedia.org/wiki/X#Y", "dashboard.wikiedu.org/courses/S/T_(1)/users.json", "//x/wiki/:A", "http://[::1]:80/w/index.php?title=%00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		s, err := Parse(address, dashboards())
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Fatalf("%q: %v", address, err)
			}
			return
		}
		switch s.Kind {
		case Course:
			if again, err := Parse(s.URL, dashboards()); err != nil || again != s {
				t.Fatalf("%q gives %+v, and that %+v, %v", address, s, again, err)
			}
		default:
			if s.Title == "" || s.Wiki == "" || len(s.Title) > 512 {
				t.Fatalf("%q gives %+v", address, s)
			}
		}
	})
}

func TestUnusable(t *testing.T) {
	for name, want := range map[string]Reason{
		"Ada": "", "Émile": "", "~Tilde": "", "1.2.3": "", "12": "",
		"192.0.2.1": Addresses, "2001:db8::1": Addresses, "2001:DB8:0:0:0:0:0:1": Addresses, "192.0.2.xxx": Addresses,
		"~2025-12345-67": Temporary, "~2": Temporary,
		"": Unusable, "A|B": Unusable, "A/B": Unusable, "A\x01": Unusable, strings.Repeat("x", 256): Unusable,
	} {
		if got := unusable(name); got != want {
			t.Errorf("%.40q: %q, want %q", name, got, want)
		}
	}
}
