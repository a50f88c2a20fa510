package charts

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"afterglow/charts/i18n"
	"afterglow/retention"
)

// maxPage bounds a chart page and its data together, as Extension:Chart does.
const maxPage = 100_000

// ErrTooLarge means that figures do not fit into a page of Extension:Chart.
var ErrTooLarge = errors.New("too large for a page of Extension:Chart")

// tabPage is a Data:….tab page (mediawiki.org/wiki/Help:Tabular_data).
type tabPage struct {
	License     string    `json:"license"`
	Description localized `json:"description"`
	Sources     string    `json:"sources"`
	Schema      tabSchema `json:"schema"`
	Data        [][]cell  `json:"data"`
}

type tabSchema struct {
	Fields []tabField `json:"fields"`
}

type tabField struct {
	Name  string    `json:"name"`
	Type  string    `json:"type"`
	Title localized `json:"title"`
}

// chartPage is a Data:….chart page (mediawiki.org/wiki/Extension:Chart).
type chartPage struct {
	License  string    `json:"license"`
	Version  int       `json:"version"`
	Source   string    `json:"source"`
	Type     string    `json:"type"`
	Title    localized `json:"title"`
	Subtitle localized `json:"subtitle"`
	XAxis    chartAxis `json:"xAxis"`
	YAxis    chartAxis `json:"yAxis"`
}

type chartAxis struct {
	Title  localized `json:"title"`
	Format string    `json:"format"`
}

// localized is a text in some languages, each one line of 400 letters at most.
type localized map[string]string

// say makes a message in every language.
func say(key string, args ...i18n.Arg) localized {
	l := localized{}
	for _, lang := range i18n.Languages() {
		l[lang] = oneLine(string(i18n.For(lang).Append(nil, key, args...)))
	}
	return l
}

// plain is a text that is the same in every language.
func plain(text string) localized { return localized{"en": oneLine(text)} }

// join puts a separator between two texts, language by language.
func (l localized) join(separator string, more localized) localized {
	out := localized{}
	for _, lang := range i18n.Languages() {
		a, b := l.in(lang), more.in(lang)
		if a != "" && b != "" {
			a += separator
		}
		out[lang] = oneLine(a + b)
	}
	return out
}

func (l localized) in(lang string) string {
	if s, ok := l[lang]; ok {
		return s
	}
	return l["en"]
}

// oneLine fits text from anywhere into a localized string.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > 400 {
		s = string([]rune(s)[:399]) + ellipsis
	}
	return s
}

// cell is a number, or a text, or unknown.
type cell struct {
	number float64
	text   string
	known  bool
}

func (c cell) MarshalJSON() ([]byte, error) {
	switch {
	case c.text != "":
		return json.Marshal(c.text)
	case !c.known:
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, c.number, 'f', -1, 64), nil
}

func integer(n int) cell { return cell{number: float64(n), known: true} }

// percent is a rate in per cent with one decimal; unknown where it is not a
// number.
func percent(rate float64, known bool) cell {
	if !known || math.IsNaN(rate) || math.IsInf(rate, 0) {
		return cell{}
	}
	return cell{number: math.Round(math.Min(math.Max(rate, -1), 1)*1000) / 10, known: true}
}

// table is what both pages are made of.
type table struct {
	kind   string // of chart: line, bar, area
	title  localized
	find   func(lang string) string
	x, y   localized
	fields []tabField
	rows   [][]cell
	source *retention.Source
}

// Tab returns the figures as a Data:….tab page of Extension:Chart: percentages
// with one decimal, null where a figure is unknown. Names are in every language
// of Languages. It returns an error that wraps ErrNoChart for a result of no
// known kind, and ErrTooLarge where the page and its chart would exceed
// 100,000 bytes.
func Tab(r retention.Result) ([]byte, error) {
	t, err := tableOf(r)
	if err != nil {
		return nil, err
	}
	page := tabPage{License: "CC0-1.0", Description: t.title, Sources: t.sources(), Schema: tabSchema{t.fields}, Data: t.rows}
	return encode(page, maxPage-maxChartPage)
}

// maxChartPage is more than any chart page of ours takes.
const maxChartPage = 20_000

// Chart returns a Data:….chart page of Extension:Chart that draws the figures
// of the page tabTitle, such as "Wiki Loves Libraries.tab". Errors are Tab's.
func Chart(r retention.Result, tabTitle string) ([]byte, error) {
	t, err := tableOf(r)
	if err != nil {
		return nil, err
	}
	source := strings.TrimPrefix(oneLine(tabTitle), "Data:")
	if source == "" || !strings.HasSuffix(source, ".tab") {
		return nil, &OptionError{"tab", tabTitle, "the title of a .tab page"}
	}
	finding := localized{}
	for _, lang := range i18n.Languages() {
		finding[lang] = oneLine(t.find(lang))
	}
	return encode(chartPage{
		License: "CC0-1.0", Version: 1, Source: source, Type: t.kind, Title: t.title, Subtitle: finding,
		XAxis: chartAxis{t.x, "none"}, YAxis: chartAxis{t.y, "none"},
	}, maxChartPage)
}

func encode(page any, most int) ([]byte, error) {
	b, err := json.Marshal(page)
	if err != nil {
		return nil, fmt.Errorf("encoding a page: %w", err)
	}
	if len(b) > most {
		return nil, fmt.Errorf("%d bytes: %w", len(b), ErrTooLarge)
	}
	return append(b, '\n'), nil
}

func (t *table) sources() string {
	if t.source == nil || t.source.URL == "" {
		return "Afterglow"
	}
	return oneLine("Afterglow; " + bounded(t.source.URL))
}

// field adds a column of numbers; names are letters, digits and underscores.
func (t *table) field(name string, title localized) { t.add(name, "number", title) }

func (t *table) textField(name string, title localized) { t.add(name, "string", title) }

// add adds a column; a name that is taken gets a number.
func (t *table) add(name, kind string, title localized) {
	unique := name
	for n := 2; slices.ContainsFunc(t.fields, func(f tabField) bool { return f.Name == unique }); n++ {
		unique = name + "_" + itoa(n)
	}
	t.fields = append(t.fields, tabField{Name: unique, Type: kind, Title: title})
}
