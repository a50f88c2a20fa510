package mediawiki

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"time"
)

// Revision is a revision to import: the way to edits in the past.
type Revision struct {
	Title string // prefixed
	Text  string
	User  string // an account of the wiki
	Time  time.Time
}

// Import adds revisions with their own times, through MediaWiki's importer. It
// is for many: some hundred a second.
func (w *Wiki) Import(t testing.TB, revisions []Revision) {
	t.Helper()
	var titles []string
	byTitle := map[string][]Revision{}
	for _, r := range revisions {
		if byTitle[r.Title] == nil {
			titles = append(titles, r.Title)
		}
		byTitle[r.Title] = append(byTitle[r.Title], r)
	}
	var b strings.Builder
	b.WriteString(`<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en">` + "\n")
	for _, title := range titles {
		fmt.Fprintf(&b, "<page><title>%s</title>\n", escape(t, title))
		for _, r := range byTitle[title] {
			fmt.Fprintf(&b, "<revision><timestamp>%s</timestamp><contributor><username>%s</username></contributor>"+
				"<model>wikitext</model><format>text/x-wiki</format><text xml:space=\"preserve\">%s</text></revision>\n",
				r.Time.UTC().Format(time.RFC3339), escape(t, r.User), escape(t, r.Text))
		}
		b.WriteString("</page>\n")
	}
	b.WriteString("</mediawiki>\n")
	w.Script(t, b.String(), "importDump", "--no-updates", "--username-prefix=imported")
	w.RunJobs(t)
}

func escape(t testing.TB, s string) string {
	t.Helper()
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
