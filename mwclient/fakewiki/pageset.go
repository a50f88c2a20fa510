package fakewiki

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// pageRow is one page that a query is about.
type pageRow struct {
	page
	missing bool
}

// pageSet is the pages that a query is about: by their titles, with redirects
// followed where asked, or the files of a category. See
// https://www.mediawiki.org/wiki/API:Query; captures: query_pageinfo_event, and
// sources/pages_*.
type pageSet struct {
	normalized, redirected [][2]string
	rows                   []pageRow
	category               *Category // of a generator
	next                   string    // gcmcontinue; empty: these are the last
}

func (c *call) pageSet() (*pageSet, *apiError) {
	generator, err := c.choice("generator", "", "categorymembers")
	if err != nil {
		return nil, err
	}
	if generator != "" {
		return c.categoryMembers()
	}
	titles, err := c.many("titles")
	if err != nil {
		return nil, err
	}
	follow := c.has("redirects")
	set := &pageSet{}
	seen := map[string]bool{}
	for _, given := range titles {
		name := c.wiki.normalTitle(given)
		if name != given {
			set.normalized = append(set.normalized, [2]string{given, name})
		}
		found, redirected, ok := c.pageAt(name, follow)
		set.redirected = append(set.redirected, redirected...)
		if !seen[found.title] {
			seen[found.title] = true
			set.rows = append(set.rows, pageRow{found, !ok})
		}
	}
	return set, nil
}

// pageAt finds a page by its normal title, and, where redirects are followed, the
// page that it leads to, with from where to where.
func (c *call) pageAt(title string, follow bool) (found page, redirected [][2]string, ok bool) {
	found, ok = c.farm.pop.page(c.wiki, title)
	if follow && found.redirect != "" {
		redirected = [][2]string{{title, found.redirect}}
		found, ok = c.farm.pop.page(c.wiki, found.redirect)
	}
	return found, redirected, ok
}

// categoryMembers is generator=categorymembers, of files. See
// https://www.mediawiki.org/wiki/API:Categorymembers
func (c *call) categoryMembers() (*pageSet, *apiError) {
	if _, err := c.choice("gcmtype", "file"); err != nil {
		return nil, err // the farm keeps no other members
	}
	limit, _, err := c.limit("categorymembers", "gcmlimit")
	if err != nil {
		return nil, err
	}
	dir, err := c.choice("gcmdir", "ascending", "descending")
	if err != nil {
		return nil, err
	}
	title := c.wiki.normalTitle(c.str("gcmtitle", ""))
	ns, _ := c.wiki.namespaceOf(title)
	if ns != fileCategory {
		return nil, &apiError{code: "invalidcategory", info: "The category name you entered is not valid.", module: "query+categorymembers"}
	}
	from := 0
	if at := c.str("gcmcontinue", ""); at != "" {
		if n, bad := fmt.Sscanf(at, "file|%d", &from); bad != nil || n != 1 || from < 0 {
			return nil, badContinue()
		}
	}
	c.lead = ""
	set := &pageSet{}
	if set.category = c.wiki.made.categories[title]; set.category == nil {
		return set, nil
	}
	files := set.category.Files
	if dir == "descending" {
		files = slices.Clone(files)
		slices.Reverse(files)
	}
	files = files[min(from, len(files)):]
	if len(files) > limit {
		files = files[:limit]
		set.next = "file|" + strconv.Itoa(from+limit) + "|0"
	}
	for _, f := range files {
		set.rows = append(set.rows, pageRow{page: page{title: f.Title, ns: fileNamespace, id: c.wiki.made.ids[f.Title]}})
	}
	slices.SortFunc(set.rows, func(a, b pageRow) int { return cmp.Compare(a.id, b.id) })
	return set, nil
}

// barePages is the pages of a query that asks nothing of them.
func (c *call) barePages() (*section, *apiError) {
	set, err := c.pageSet()
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(set.rows, func(a, b pageRow) int {
		if a.missing != b.missing {
			return map[bool]int{true: -1, false: 1}[a.missing]
		}
		return cmp.Compare(a.id, b.id)
	})
	return set.section(c, func(w *jsonWriter, i int) {
		w.obj()
		set.rows[i].writeHead(w)
		w.endObj()
	}), nil
}

// writeHead begins a page.
func (r *pageRow) writeHead(w *jsonWriter) {
	if !r.missing {
		w.kInt("pageid", r.id)
	}
	w.kInt("ns", int64(r.ns))
	w.kStr("title", r.title)
	w.kMark("missing", r.missing)
}

// section is the set's part of an answer; each writes one of its pages.
func (s *pageSet) section(c *call, each func(w *jsonWriter, i int)) *section {
	out := &section{public: true, rows: len(s.rows), empty: len(s.rows)+len(s.normalized)+len(s.redirected) == 0}
	if s.next != "" {
		c.lead = "gcmcontinue"
		out.next = [][2]string{{"gcmcontinue", s.next}}
	}
	out.write = func(w *jsonWriter) {
		if len(s.normalized) > 0 {
			writePairs(w, "normalized", s.normalized)
		}
		if len(s.redirected) > 0 {
			writePairs(w, "redirects", s.redirected)
		}
		if len(s.rows) == 0 {
			return
		}
		w.key("pages")
		if w.v1 {
			w.obj()
		} else {
			w.arr()
		}
		for i := range s.rows {
			if w.v1 {
				id := s.rows[i].id
				if s.rows[i].missing {
					id = -int64(i) - 1
				}
				w.key(strconv.FormatInt(id, 10))
			}
			each(w, i)
		}
		if w.v1 {
			w.endObj()
		} else {
			w.endArr()
		}
	}
	return out
}
