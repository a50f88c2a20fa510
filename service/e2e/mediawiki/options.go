package mediawiki

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
)

// Options says which wiki to install. The zero value is an English wiki named
// testwiki with all bundled skins, Gadgets, TemplateData and ParserFunctions.
type Options struct {
	Name     string // of the site; "Test Wiki" if empty
	DBName   string // "testwiki" if empty
	Language string // of the content; "en" if empty
	// Extensions are bundled ones; Gadgets, TemplateData and ParserFunctions if nil.
	Extensions []string
	// Skin is the default one: vector-2022 if empty, minerva, vector, monobook, timeless.
	Skin string
	// NightMode lets every reader choose the dark theme, as Wikimedia's wikis do.
	NightMode bool
	// Languages are those of interfaces made ready beforehand, beside Language and
	// English; the first page in any other takes a few seconds. "ar" if nil.
	Languages []string
	// Settings is PHP that is added to LocalSettings.php, without <?php.
	Settings string
	// Workers is how many requests are served at once; 4 if 0.
	Workers int
}

func (o Options) filled() Options {
	o.Name = orElse(o.Name, "Test Wiki")
	o.DBName = orElse(o.DBName, "testwiki")
	o.Language = orElse(o.Language, "en")
	o.Skin = orElse(o.Skin, "vector-2022")
	if o.Extensions == nil {
		o.Extensions = []string{"Gadgets", "TemplateData", "ParserFunctions"}
	}
	if o.Languages == nil {
		o.Languages = []string{"ar"}
	}
	if o.Workers == 0 {
		o.Workers = 4
	}
	return o
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// languages returns the languages whose messages are made ready.
func (o Options) languages() []string {
	all := append([]string{"en", o.Language}, o.Languages...)
	slices.Sort(all)
	return slices.Compact(all)
}

// key names the installation that these options need: two that differ in
// nothing that is installed share one.
func (o Options) key(versions ...string) string {
	text, err := json.Marshal([]any{versions, o.Name, o.DBName, o.Language, o.Extensions, o.languages(), localSettings})
	if err != nil {
		panic(err) // strings always marshal
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6])
}

// values is wiki.json, which LocalSettings.php reads.
type values struct {
	Name       string   `json:"name"`
	Server     string   `json:"server"`
	Language   string   `json:"language"`
	DBServer   string   `json:"dbserver"`
	DBName     string   `json:"dbname"`
	Skins      []string `json:"skins"`
	Skin       string   `json:"skin"`
	Extensions []string `json:"extensions"`
	NightMode  bool     `json:"nightmode"`
}
