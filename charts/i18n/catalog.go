package i18n

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"sync"
)

// Catalog is the messages of another package in the same format, CODE.json for
// each language, on top of those here.
type Catalog struct{ locales map[string]*Locale }

// Embedded returns a function that gives the catalog of the folder i18n of files
// that are part of the program, read once. It panics where they cannot be read:
// the program was built wrong. i18ntest.Check finds that in a test.
func Embedded(files fs.FS) func() *Catalog {
	return sync.OnceValue(func() *Catalog {
		dir, err := fs.Sub(files, "i18n")
		if err != nil {
			panic(err)
		}
		c, err := Load(dir)
		if err != nil {
			panic(err)
		}
		return c
	})
}

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
