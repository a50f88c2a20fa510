package publish

import (
	"errors"
	"strings"
	"testing"
)

func TestSection(t *testing.T) {
	for _, test := range []struct{ name, text, campaign, want string }{
		{"plain", "a" + Begin + "in" + End + "b", "x-1", "in"},
		{"spaces", "<!--afterglow:begin--> in <!--   afterglow:end\n-->", "x-1", " in "},
		{"empty", Begin + End, "x-1", ""},
		{"named", "<!-- afterglow:begin x-2 -->two" + End + "<!-- afterglow:begin x-1 -->one<!-- afterglow:end x-1 -->", "x-1", "one"},
		{"named before unnamed", Begin + "any" + End + "<!-- afterglow:begin x-1 -->one" + End, "x-1", "one"},
		{"unnamed for the rest", Begin + "any" + End + "<!-- afterglow:begin x-1 -->one" + End, "x-9", "any"},
		{"quoted", "<nowiki>" + Begin + "</nowiki>" + Begin + "in" + End + "<pre>" + End + "</pre>", "x-1", "in"},
		{"other comments", "<!-- afterglow:beginning -->" + Begin + "in <!-- x -->" + End, "x-1", "in <!-- x -->"},
	} {
		from, to, err := section(test.text, test.campaign)
		if err != nil || test.text[from:to] != test.want {
			t.Errorf("%s: %d to %d, %v", test.name, from, to, err)
		}
	}
	for _, text := range []string{"", "text", "<nowiki>" + Begin + End + "</nowiki>", "<!-- afterglow:begin x-2 -->" + End} {
		if _, _, err := section(text, "x-1"); !errors.Is(err, ErrNoSection) {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"\n\n" + Begin + "in":                        "line 3: a section begins and does not end",
		"\n" + End:                                   "line 2: a section ends that did not begin",
		End + Begin:                                  "ends that did not begin",
		Begin + "\n" + Begin + End + End:             "line 2: a section begins inside another",
		Begin + End + "\n" + Begin + End:             "line 2: a second section of the same campaign",
		Begin + End + End:                            "ends that did not begin",
		Begin + "<!-- afterglow:end x-1 -->":         "a section of another campaign ends",
		"<!-- afterglow:begin x-2 -->" + Begin + "a": "begins inside another",
	} {
		_, _, err := section(text, "x-1")
		var m *MarkerError
		if !errors.As(err, &m) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// FuzzSection: whatever a page holds, a section lies between two markers.
func FuzzSection(f *testing.F) {
	f.Add("a" + Begin + "b" + End + "c")
	f.Add("<nowiki>" + Begin + "</nowiki><!-- afterglow:begin x-1 -->" + End)
	f.Fuzz(func(t *testing.T, text string) {
		from, to, err := section(text, "x-1")
		if err != nil {
			return
		}
		if from > to || !strings.HasSuffix(text[:from], "-->") || !strings.HasPrefix(text[to:], "<!--") || strings.Contains(text[from:to], Begin) && !strings.Contains(text, "<") {
			t.Errorf("%q: %d to %d", text, from, to)
		}
	})
}
