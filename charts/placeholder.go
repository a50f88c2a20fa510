package charts

import (
	"afterglow/charts/i18n"
	"afterglow/retention"
)

// Placeholder draws a small chart that says that a campaign is being measured:
// read of total people so far; total 0 means that it has not begun. It shows
// no figure.
func Placeholder(c retention.Campaign, read, total int, o Options) ([]byte, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	s := newSheet(o)
	total = max(total, 0)
	read = min(max(read, 0), total)
	sentence := s.word("chart-placeholder-wait")
	if total > 0 {
		sentence = s.word("chart-placeholder", i18n.Int(read), i18n.Int(total))
	}
	s.heading(c.Title, s.word("chart-kind-placeholder"), []byte(sentence))
	width := s.w - 2*s.pad
	s.use(gridClass)
	s.use(fieldClass)
	s.rect(s.pad, s.y, width, 8*px)
	if total > 0 && read > 0 {
		s.use(seriesClass)
		s.begin()
		s.use(dotClass)
		s.rect(s.pad, s.y, max(int(int64(width)*int64(read)/int64(total)), 2*px), 8*px)
		s.end()
	}
	s.y += 16 * px
	s.paragraph(s.msg("chart-placeholder-later"), findingClass, 18*px, 3, "")
	s.footLines([]string{s.word("chart-foot-public")})
	return s.document(), nil
}
