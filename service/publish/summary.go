package publish

import (
	"context"
	"regexp"
	"strings"
	"time"
	"unicode"

	"afterglow/charts"
	"afterglow/charts/i18n"
	"afterglow/mwclient"
	"afterglow/retention"
)

// Figures is what is published of one campaign.
type Figures struct {
	Campaign retention.Campaign
	AsOf     time.Time
	Marks    retention.Result   // for the section
	Charts   []retention.Result // for Data pages, each by its name in Names
	Names    []string
	Link     string // address of the campaign's page at the service; empty: none
	Language string // of the section and of summaries of edits
}

// Section writes the section of a page. The page must have it already: who put
// the markers there agreed to it. Errors: ErrNoSection, *MarkerError, ErrStopped,
// mwclient.Editor's.
func (p *Publisher) Section(ctx context.Context, title string, f Figures) (Change, error) {
	return p.page(ctx, title, f.summary(), func(old mwclient.PageText) (string, error) {
		from, to, err := section(old.Text, f.Campaign.ID)
		if err != nil {
			return "", err
		}
		before, has, after := old.Text[:from], old.Text[from:to], old.Text[to:]
		// The data go on to a later day with each reading; that alone is no news.
		if m := asOf.FindStringSubmatch(has); m != nil {
			if t, err := time.Parse(time.RFC3339, m[1]); err == nil && f.section(t) == has {
				return old.Text, nil
			}
		}
		return before + f.section(f.AsOf) + after, nil
	})
}

// asOf finds the day of the figures in a section that was written before.
var asOf = regexp.MustCompile(`<!-- as of (\S+) -->`)

// section is the text between the markers.
func (f Figures) section(as time.Time) string {
	l := messages().For(f.Language)
	var b strings.Builder
	line := func(parts ...string) {
		for _, part := range parts {
			b.WriteString(part)
		}
		b.WriteByte('\n')
	}
	line()
	line("<!-- ", comment(l.Message("publish-note")), " --><!-- as of ", as.UTC().Format(time.RFC3339), " -->")
	if finding := charts.Finding(f.Marks, f.Language); finding != "" {
		line("'''", escape(finding), "'''")
		line()
	}
	if t := charts.Data(f.Marks, f.Language); t != nil && len(t.Rows) > 0 {
		line(`{| class="wikitable"`)
		for i, head := range t.Head {
			if i == 0 {
				line("|-")
			}
			line(`! scope="col" | `, escape(head))
		}
		for _, row := range t.Rows {
			line("|-")
			line(`! scope="row" | `, escape(row.Head))
			for _, cell := range row.Cells {
				line("| ", escape(cell))
			}
		}
		line("|}")
		if t.Note != "" {
			line(escape(t.Note))
			line()
		}
	}
	foot := escape(l.Message("publish-as-of", i18n.Date(as)))
	if f.Link != "" {
		foot += " [" + f.Link + " " + escape(l.Message("publish-link")) + "]"
	}
	line(foot)
	return b.String()
}

// summary describes an edit.
func (f Figures) summary() string {
	title := strings.Map(func(r rune) rune {
		if strings.ContainsRune("[]{}|<>", r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, f.Campaign.Title)
	if r := []rune(title); len(r) > 100 {
		title = string(r[:100]) + "…"
	}
	return messages().For(f.Language).Message("publish-summary", i18n.User(title), i18n.Date(f.AsOf))
}

// escape makes text say in wikitext what it says: everything that could mean more
// is written by its number.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsLetter(r), unicode.IsMark(r), unicode.IsDigit(r), r == ' ', strings.ContainsRune(".,()%–—’“”؟،", r):
			b.WriteRune(r)
		case unicode.IsControl(r):
			b.WriteByte(' ')
		default:
			b.WriteString("&#" + itoa(r) + ";")
		}
	}
	return b.String()
}

func comment(s string) string { return strings.NewReplacer("--", "–", ">", "").Replace(s) }
