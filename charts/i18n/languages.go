package i18n

import (
	"embed"
	"fmt"
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// Pseudo is the language of tests: English made longer, with marks around it.
const Pseudo = "qps"

// Languages returns the codes of the languages that have messages, sorted.
func Languages() []string { return []string{"ar", "de", "en", "es", "fr", "hi", "sw"} }

// locales reads the messages of every language once. The files are part of the
// program and a test reads them all, so a broken one is a broken build.
var locales = sync.OnceValue(func() map[string]*Locale {
	all := map[string]*Locale{}
	for _, code := range append(Languages(), Pseudo) {
		l, err := load(code)
		if err != nil {
			panic(err)
		}
		all[code] = l
	}
	return all
})

func load(code string) (*Locale, error) {
	messages, err := loadFrom(files, code)
	if err != nil {
		return nil, fmt.Errorf("charts/i18n: %w", err)
	}
	l := &Locale{code: code, messages: messages}
	l.script, l.tag, l.forms = scriptOf(code)
	return l, nil
}

// scriptOf returns how a language writes. Digits, separators, percent signs and
// month names are CLDR's (common/main, Gregorian, abbreviated, format), except
// that dates are written day, month, year in all languages, as on Wikimedia's
// projects. A test compares numbers with golang.org/x/text.
//
// Arabic has CLDR's default for the language as such: Arabic-Indic digits.
// Hindi's default is European digits in groups of two (12,34,567).
func scriptOf(code string) (script, language.Tag, []plural.Form) {
	english := script{
		zero: '0', decimal: ".", group: ",", percentSuffix: "%", minus: "−",
		months:      [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		datePattern: "d m y", monthPattern: "m y",
	}
	two := []plural.Form{plural.One, plural.Other}
	s := english
	switch code {
	case "de":
		s.decimal, s.group, s.percentSuffix = ",", ".", "\u00a0%"
		s.months = [12]string{"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."}
		s.datePattern = "d. m y"
		return s, language.German, two
	case "fr":
		s.decimal, s.group, s.percentSuffix = ",", "\u202f", "\u202f%"
		s.months = [12]string{"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."}
		return s, language.French, two
	case "es":
		s.decimal, s.group, s.percentSuffix = ",", ".", "\u00a0%"
		s.months = [12]string{"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"}
		return s, language.Spanish, two
	case "sw":
		s.months = [12]string{"Jan", "Feb", "Mac", "Apr", "Mei", "Jun", "Jul", "Ago", "Sep", "Okt", "Nov", "Des"}
		return s, language.Swahili, two
	case "hi":
		s.indian = true
		s.months = [12]string{"जन॰", "फ़र॰", "मार्च", "अप्रैल", "मई", "जून", "जुल॰", "अग॰", "सित॰", "अक्तू॰", "नव॰", "दिस॰"}
		return s, language.Hindi, two
	case "ar":
		s.rtl, s.zero, s.decimal, s.group, s.percentSuffix, s.minus = true, '٠', "٫", "٬", "٪\u061c", "\u061c−"
		s.months = [12]string{"يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"}
		return s, language.Arabic, []plural.Form{plural.Zero, plural.One, plural.Two, plural.Few, plural.Many, plural.Other}
	}
	return s, language.English, two
}
