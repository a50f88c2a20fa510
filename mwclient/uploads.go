package mwclient

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"strconv"
	"time"

	"cgt.name/pkg/go-mwclient/params"
)

// Category is what a wiki counts in a category.
type Category struct {
	Title         string // with the namespace's local name
	Files         int    // members that are files
	Subcategories int
}

// Upload is the first version of a file: who uploaded it, and when.
type Upload struct {
	File string // title of the file's page
	User string // empty if Hidden or Gone
	Time time.Time
	// Hidden says that the uploader's name is suppressed, Gone that the page has
	// no file.
	Hidden, Gone bool
}

// pageRow is one page of a query that is about pages.
type pageRow struct {
	Title    string        `json:"title"`
	Missing  flag          `json:"missing"`
	Versions []fileVersion `json:"imageinfo"`
	Category *categoryInfo `json:"categoryinfo"`

	Invalid   flag          `json:"invalid"`
	Revisions []revisionRow `json:"revisions"`
}

// fileVersion is one of prop=imageinfo.
type fileVersion struct {
	User   string    `json:"user"`
	Time   timestamp `json:"timestamp"`
	Hidden flag      `json:"userhidden"`
}

// categoryInfo is prop=categoryinfo.
type categoryInfo struct {
	Files   number `json:"files"`
	Subcats number `json:"subcats"`
}

// Category returns what a category holds. ErrNotFound: nothing is in it and it
// has no page. The numbers are MediaWiki's own, which can be somewhat off.
// https://www.mediawiki.org/wiki/API:Categoryinfo
func (w *Wiki) Category(ctx context.Context, title string) (Category, error) {
	r, err := w.query(ctx, EndpointCategory, params.Values{"action": "query", "titles": title, "prop": "categoryinfo"}, false)
	if err != nil {
		return Category{}, fmt.Errorf("category %q: %w", shorten(title), err)
	}
	if len(r.Query.Pages) == 0 || r.Query.Pages[0].Category == nil && bool(r.Query.Pages[0].Missing) {
		return Category{}, fmt.Errorf("category %q: %w", shorten(title), ErrNotFound)
	}
	c := Category{Title: r.Query.Pages[0].Title}
	if in := r.Query.Pages[0].Category; in != nil {
		c.Files, c.Subcategories = int(in.Files), int(in.Subcats)
	}
	return c, nil
}

const (
	// filesAtOnce is how many files of a category are asked for together, the
	// most that the API gives.
	filesAtOnce = 500
	// versionsAtOnce is how many versions of each file come along. Few files
	// have as many; those are asked for alone.
	versionsAtOnce = 50
)

// CategoryUploads returns the first upload of every file in a category, in the
// category's order; not those of its sub-categories. It holds one page of the
// answer at a time: a category of n files takes about ⌈n/500⌉ requests, and
// one more where the last page is full. A sequence ends after its first error.
// https://www.mediawiki.org/wiki/API:Categorymembers
// https://www.mediawiki.org/wiki/API:Imageinfo
func (w *Wiki) CategoryUploads(ctx context.Context, title string) iter.Seq2[Upload, error] {
	return func(yield func(Upload, error) bool) {
		var part filePart
		p := params.Values{
			"action": "query", "generator": "categorymembers", "gcmtitle": title, "gcmtype": "file",
			"gcmlimit": strconv.Itoa(filesAtOnce),
			"prop":     "imageinfo", "iiprop": "user|timestamp", "iilimit": strconv.Itoa(versionsAtOnce),
		}
		err := w.pages(ctx, EndpointCategory, p, false, part.list(p), func(r *reply) (bool, error) {
			part.take(r.Query.Pages)
			if !r.Complete {
				return true, nil // the rest of these files comes with the next answer
			}
			files := part
			part = filePart{}
			w.c.stats.add(w.key(), EndpointCategory, Counts{Rows: int64(len(files.order))})
			for _, title := range files.order {
				f := *files.files[title]
				if f.versions >= versionsAtOnce {
					var err error
					if f, err = w.allVersions(ctx, title); err != nil {
						return false, err
					}
				}
				if !yield(f.upload(title), nil) {
					return false, nil
				}
			}
			return true, nil
		})
		if err == nil && len(part.order) > 0 {
			err = &ResponseError{Wiki: w.label(), Err: fmt.Errorf("it ended before it told of %d files", len(part.order))}
		}
		if err != nil {
			yield(Upload{}, fmt.Errorf("uploads in %q: %w", shorten(title), err))
		}
	}
}

// allVersions reads the whole history of one file.
func (w *Wiki) allVersions(ctx context.Context, title string) (fileSoFar, error) {
	part := filePart{}
	err := w.pages(ctx, EndpointCategory, params.Values{
		"action": "query", "titles": title, "prop": "imageinfo", "iiprop": "user|timestamp", "iilimit": "500",
	}, false, nil, func(r *reply) (bool, error) {
		part.take(r.Query.Pages)
		return true, nil
	})
	if err != nil {
		return fileSoFar{}, fmt.Errorf("versions of %q: %w", shorten(title), err)
	}
	if f, ok := part.files[title]; ok {
		return *f, nil
	}
	return fileSoFar{}, nil // deleted meanwhile
}

// filePart is the files of one page of a category. An answer that grows too
// large tells of some of them only, and goes on with the others in the next.
type filePart struct {
	order []string
	files map[string]*fileSoFar
}

// fileSoFar is what is known of a file: its oldest version so far.
type fileSoFar struct {
	oldest   fileVersion
	versions int
}

func (p *filePart) take(rows []pageRow) {
	for _, row := range rows {
		if p.files == nil {
			p.files = map[string]*fileSoFar{}
		}
		f, known := p.files[row.Title]
		if !known {
			f = &fileSoFar{}
			p.files[row.Title] = f
			p.order = append(p.order, row.Title)
		}
		for _, v := range row.Versions {
			// They come newest first, and two may be of one second.
			if f.versions == 0 || !v.Time.After(f.oldest.Time.Time) {
				f.oldest = v
			}
			f.versions++
		}
	}
}

// list is the list of a question for the files of a category. Those of a page come
// in several answers, of which the part holds the earlier ones.
func (p *filePart) list(question params.Values) *listing {
	last := maps.Clone(question)
	last["gcmdir"], last["gcmlimit"], last["iilimit"] = "descending", "1", "1"
	return &listing{
		module: "categorymembers", last: last, limit: filesAtOnce, complete: true,
		rows: func(page *reply) int { return len(p.with(page)) },
		has: func(page, last *reply) bool {
			return len(last.Query.Pages) == 1 && p.with(page)[last.Query.Pages[0].Title]
		},
	}
}

// with is the titles of the part and an answer.
func (p *filePart) with(page *reply) map[string]bool {
	titles := map[string]bool{}
	for _, title := range p.order {
		titles[title] = true
	}
	for _, row := range page.Query.Pages {
		titles[row.Title] = true
	}
	return titles
}

func (f fileSoFar) upload(title string) Upload {
	u := Upload{File: title, Time: f.oldest.Time.Time}
	switch {
	case f.versions == 0:
		u.Gone = true
	case bool(f.oldest.Hidden) || f.oldest.User == "":
		u.Hidden = true
	default:
		u.User = f.oldest.User
	}
	return u
}
