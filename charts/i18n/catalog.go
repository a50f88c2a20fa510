package i18n

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
)

// Catalog is the messages of another package in the same format, CODE.json for
// each language, on top of those here.
type Catalog struct{ locales map[string]*Locale }

// Load reads a file for each of Languages from fsys. A message that a language
// lacks is English's. The error names the file and the message.
func Load(fsys fs.FS) (*Catalog, error) {
	english, err := loadFrom(fsys, "en")
	if err != nil {
		return nil, err
	}
	c := &Catalog{locales: make(map[string]*Locale, len(Languages()))}
	for _, code := range Languages() {
		own, err := loadFrom(fsys, code)
		if err != nil {
			return nil, err
		}
		l := *For(code)
		l.messages = maps.Clone(english)
		maps.Copy(l.messages, For(code).messages)
		maps.Copy(l.messages, own)
		c.locales[code] = &l
	}
	return c, nil
}

// For is the package's For, with the catalog's messages too.
func (c *Catalog) For(lang string) *Locale {
	if l, ok := c.locales[For(lang).Code()]; ok {
		return l
	}
	return c.locales["en"]
}

func loadFrom(fsys fs.FS, code string) (map[string]message, error) {
	name := code + ".json"
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("reading messages: %w", err)
	}
	texts := map[string]json.RawMessage{}
	if err := json.Unmarshal(b, &texts); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	delete(texts, "@metadata")
	out := make(map[string]message, len(texts))
	for key, raw := range texts {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", name, key, err)
		}
		m, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", name, key, err)
		}
		out[key] = m
	}
	return out, nil
}
