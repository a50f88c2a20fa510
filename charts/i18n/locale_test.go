package i18n

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/language"
	textmessage "golang.org/x/text/message"
	"golang.org/x/text/number"
)

func TestFor(t *testing.T) {
	for lang, want := range map[string]string{
		"": "en", "en": "en", "EN": "en", "fr": "fr", "fr-CA": "fr", "pt": "en", "xx-evil<script>": "en",
		"arz": "ar", "ary": "ar", "fa": "en", "gsw": "de", "de-formal": "de", "an": "es", "oc": "fr",
		"mai": "hi", "sw_KE": "sw", "zh-hant": "en", "qps": "qps", "qqq": "en", strings.Repeat("fr-", 1000): "en",
	} {
		if got := For(lang).Code(); got != want {
			t.Errorf("For(%.20q) is %s, want %s", lang, got, want)
		}
	}
	if Direction("arz") != "rtl" || Direction("fa") != "ltr" || Direction("en") != "ltr" {
		t.Error("the direction is that of the language shown")
	}
}

func TestFallbacksLeadToOurLanguages(t *testing.T) {
	for _, code := range []string{"acm", "als", "an", "atj", "anp", "nyo"} {
		next := fallback(code)
		if _, ok := locales()[next]; !ok {
			t.Errorf("%s falls back to %q, which has no messages", code, next)
		}
	}
}

// Numbers agree with another implementation of CLDR.
func TestNumbersAgreeWithCLDR(t *testing.T) {
	for _, code := range Languages() {
		l := For(code)
		p := textmessage.NewPrinter(language.MustParse(code))
		// x/text has a Unicode version of CLDR's tables that is older in two points.
		norm := strings.NewReplacer("-", "−", "\u00a0", " ", "\u202f", " ", "\u200e", "", "\u200f", "", "\u061c", "").Replace
		for _, n := range []int{0, 1, 7, 10, 42, 999, 1234, 56789, 1234567, 10000000} {
			if code == "es" && n >= 1000 && n < 10000 {
				continue // CLDR groups Spanish from five digits on; here always, so that columns line up
			}
			want := norm(p.Sprint(number.Decimal(n)))
			if got := norm(l.String(Int(n))); got != want {
				t.Errorf("%s: %d is %q, CLDR says %q", code, n, got, want)
			}
		}
		for _, r := range []float64{0, 0.01, 0.33, 0.5, 1} {
			want := norm(p.Sprint(number.Percent(r, number.MaxFractionDigits(0))))
			if got := norm(l.String(Percent(r))); got != want {
				t.Errorf("%s: %v is %q, CLDR says %q", code, r, got, want)
			}
		}
		want := norm(p.Sprint(number.Decimal(12.5)))
		if got := norm(l.String(Decimal(12.5))); got != want {
			t.Errorf("%s: 12.5 is %q, CLDR says %q", code, got, want)
		}
	}
}

func TestPercentNeverRoundsToNeverOrAll(t *testing.T) {
	en := For("en")
	for rate, want := range map[float64]string{
		0: "0%", 0.0004: "<0.1%", 0.004: "0.4%", 0.0149: "1%", 0.274: "27%", 0.994: "99.4%", 0.9996: ">99.9%", 1: "100%", -3: "0%", 7: "100%",
	} {
		if got := en.String(Percent(rate)); got != want {
			t.Errorf("%v is %s, want %s", rate, got, want)
		}
	}
	if got := en.String(Points(-0.124)); got != "−12" {
		t.Errorf("points: %s", got)
	}
	if got := en.String(Points(0.12)); got != "+12" {
		t.Errorf("points: %s", got)
	}
}

func TestDates(t *testing.T) {
	day := time.Date(2025, 3, 9, 23, 0, 0, 0, time.FixedZone("", -3*3600)) // 10 March in UTC
	for code, want := range map[string]string{
		"en": "10 Mar 2025", "de": "10. März 2025", "fr": "10 mars 2025", "es": "10 mar 2025", "sw": "10 Mac 2025", "hi": "10 मार्च 2025", "ar": "١٠ مارس ٢٠٢٥",
	} {
		if got := For(code).String(Date(day)); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
	if got := For("ar").String(Month(day)); got != "مارس ٢٠٢٥" {
		t.Error(got)
	}
}

func TestPlurals(t *testing.T) {
	for _, c := range []struct {
		lang string
		n    int
		want string
	}{
		{"en", 1, "1 newcomer"}, {"en", 0, "0 newcomers"}, {"en", 2, "2 newcomers"},
		{"fr", 0, "0 nouvel arrivant"}, {"fr", 2, "2 nouveaux arrivants"}, {"de", 1, "1 Neuling"},
		{"hi", 0, "0 नवागंतुक"}, {"hi", 2, "2 नवागंतुकों"},
		{"ar", 1, "مشارك جديد واحد"}, {"ar", 2, "مشاركَين جديدين"}, {"ar", 3, "٣ مشاركين جدد"}, {"ar", 11, "١١ مشاركًا جديدًا"},
		{"ar", 100, "١٠٠ مشارك جديد"}, {"ar", 103, "١٠٣ مشاركين جدد"}, {"ar", 111, "١١١ مشاركًا جديدًا"}, {"sw", 2, "wageni 2"},
	} {
		if got := Message(c.lang, "chart-of-newcomers", c.n); got != c.want {
			t.Errorf("%s, %d: %q, want %q", c.lang, c.n, got, c.want)
		}
	}
	en := For("en")
	if got := en.Message("chart-finding-bracket", Percent(0.33), "94 newcomers", 3, Percent(0.22), Percent(0.46), 1); got != "33% of 94 newcomers still edited in month 3 (between 22% and 46%)." {
		t.Error(got)
	}
	if got := en.Message("chart-finding-bracket", Percent(0.33), "94 newcomers", 3, Percent(0.22), Percent(0.46), 5); got != "33% of 94 newcomers made at least 5 edits in month 3 (between 22% and 46%)." {
		t.Error(got)
	}
}

func TestMissingKeysAndParametersShow(t *testing.T) {
	if got := Message("fr", "chart-no-such"); got != "⧼chart-no-such⧽" {
		t.Error(got)
	}
	if got := Message("en", "chart-rate", 1); got != "1 ($2–$3)" {
		t.Error(got)
	}
}

func TestUserTextIsIsolated(t *testing.T) {
	if got, want := Isolate("a\u202eb\u2069c"), "\u2068abc\u2069"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, bad := range []string{"{{PLURAL:$1|a", "{{PLURAL:x|a}}", "{{PLURAL:$1}}", "{{GENDER:$1|a}}"} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("$1 {{PLURAL:$2|0=none|one|$2 many}} $")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parse(text)
		if err != nil {
			return
		}
		out := string(m.append(nil, For("en"), []Arg{Int(1), Int(2)}))
		if !strings.ContainsAny(text, "${") && out != text {
			t.Errorf("%q became %q", text, out)
		}
	})
}

func ExampleMessage() {
	fmt.Println(Message("de", "chart-people", 1), Message("de", "chart-people", 12345))
	fmt.Println(Message("ar", "chart-people", 3))
	// Output:
	// 1 Person 12.345 Personen
	// ٣ أشخاص
}
