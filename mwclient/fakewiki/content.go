package fakewiki

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// File is a file of a wiki with its history.
type File struct {
	Title string // with or without its namespace
	// Versions are its uploads, the first one first; none: a page without a file.
	Versions []Version
}

// Version is one upload of a file.
type Version struct {
	User   string
	Time   time.Time
	Hidden bool // the uploader's name is suppressed
}

// Category is the files and categories in a category.
type Category struct {
	Title         string // with or without its namespace
	Files         []File
	Subcategories int
	// Told is how many files one answer tells the history of, as where it would
	// be too large otherwise; 0: all.
	Told int
}

// content is what people have put on a wiki, beside event pages. The zero value
// is a wiki with nothing on it.
type content struct {
	texts      map[string]string // wikitext by normal title
	ids        map[string]int64  // page ids
	categories map[string]*Category
	files      map[string]*File
}

// SetPage gives a page its wikitext, of which lists of people are rendered:
// headings, list items, links, struck text, addresses, and redirects. An empty
// text deletes the page.
func (f *Farm) SetPage(db, title, text string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, c, err := f.content(db)
	if err != nil {
		return err
	}
	name := w.normalTitle(title)
	if text == "" {
		delete(c.texts, name)
		return nil
	}
	c.texts[name] = text
	c.number(name)
	return nil
}

// SetCategory puts files into a category, in place of those that were in it.
func (f *Farm) SetCategory(db string, category Category) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	w, c, err := f.content(db)
	if err != nil {
		return err
	}
	category.Title = w.titleIn(fileCategory, category.Title)
	category.Files = slices.Clone(category.Files)
	for i := range category.Files {
		file := &category.Files[i]
		file.Title = w.titleIn(fileNamespace, file.Title)
		c.files[file.Title] = file
		c.number(file.Title)
	}
	c.categories[category.Title] = &category
	return nil
}

const (
	fileNamespace = 6
	fileCategory  = 14
	firstPage     = 2_000_000 // of the pages that are set
)

// content finds a wiki and what is set on it, and makes room for more. The
// caller holds Farm.mu.
func (f *Farm) content(db string) (*wiki, *content, error) {
	w := f.pop.wiki(db)
	if w == nil {
		return nil, nil, fmt.Errorf("fakewiki: the farm has no wiki %q", db)
	}
	if w.made.ids == nil {
		w.made = content{texts: map[string]string{}, ids: map[string]int64{}, categories: map[string]*Category{}, files: map[string]*File{}}
	}
	return w, &w.made, nil
}

func (c *content) number(title string) {
	if _, known := c.ids[title]; !known {
		c.ids[title] = firstPage + int64(len(c.ids))
	}
}

// titleIn is a normal title in a namespace, which may be given or not.
func (w *wiki) titleIn(ns int, title string) string {
	if n, _ := w.namespaceOf(title); n != ns {
		title = w.prefix(ns) + title
	}
	return w.normalTitle(title)
}

// redirectOf is the target of a page that is a redirect, or "".
func (w *wiki) redirectOf(text string) string {
	rest, ok := strings.CutPrefix(text, "#REDIRECT [[")
	if !ok {
		return ""
	}
	target, _, _ := strings.Cut(rest, "]]")
	return w.normalTitle(target)
}
