package fakewiki

import "strings"

// toldFile is what an answer tells of one file.
type toldFile struct {
	versions []Version // the newest first
	told     bool      // false: an answer before told it, or one after will
	cut      bool      // it comes with the next answer
}

// imageInfo answers prop=imageinfo: who uploaded the versions of files, and when.
// See https://www.mediawiki.org/wiki/API:Imageinfo; captures: sources/*imageinfo*.
func (c *call) imageInfo() (*section, *apiError) {
	props := c.props("imageinfo", "iiprop", "timestamp|user", "archivename", "badfile", "bitdepth", "canonicaltitle", "comment",
		"commonmetadata", "dimensions", "extmetadata", "mediatype", "metadata", "mime", "parsedcomment", "sha1", "size",
		"thumbmime", "timestamp", "uploadwarning", "url", "user", "userid")
	limit := 1
	var err *apiError
	if c.has("iilimit") {
		if limit, _, err = c.limit("imageinfo", "iilimit"); err != nil {
			return nil, err
		}
	}
	newest, limited, err := c.time("iistart", c.now)
	if err != nil {
		return nil, err
	}
	set, err := c.pageSet()
	if err != nil {
		return nil, err
	}
	resume, _, resuming := strings.Cut(c.str("iicontinue", ""), "|")
	files := make([]toldFile, len(set.rows))
	var next [2]string
	n := 0
	for i := range set.rows {
		f, ok := c.wiki.made.files[set.rows[i].title]
		if !ok {
			continue
		}
		_, name := c.wiki.namespaceOf(f.Title)
		name = strings.ReplaceAll(name, " ", "_")
		if resuming && name != resume {
			continue
		}
		resuming = false
		history := make([]Version, 0, len(f.Versions))
		for k := len(f.Versions) - 1; k >= 0; k-- {
			if v := f.Versions[k]; (!limited || v.Time.Unix() <= newest) && v.Time.Unix() <= c.now {
				history = append(history, v)
			}
		}
		if set.category != nil && set.category.Told > 0 && n == set.category.Told && len(history) > 0 {
			files[i] = toldFile{told: true, cut: true}
			next = [2]string{"iicontinue", name + "|" + compact(history[0].Time.Unix())}
			break
		}
		n++
		if len(history) > limit {
			// Only where one file is asked for can the rest of its history be had.
			if len(set.rows) == 1 {
				next = [2]string{"iistart", history[limit].Time.UTC().Format("2006-01-02T15:04:05Z")}
			}
			history = history[:limit]
		}
		files[i] = toldFile{versions: history, told: true}
	}
	s := set.section(c, func(w *jsonWriter, i int) {
		w.obj()
		set.rows[i].writeHead(w)
		files[i].write(w, props)
		w.endObj()
	})
	if next[0] != "" {
		s.next, c.lead, c.partial = [][2]string{next}, "", true
		if next[0] == "iicontinue" {
			if at := c.str("gcmcontinue", ""); at != "" {
				s.next = append(s.next, [2]string{"gcmcontinue", at}) // the files stay the same
			}
			c.warn(warning{"result", "truncatedresult",
				"This result was truncated because it would otherwise be larger than the limit of 12582912 bytes."})
		} else {
			c.lead = "-"
		}
	}
	return s, nil
}

func (f *toldFile) write(w *jsonWriter, props map[string]bool) {
	if !f.told {
		return
	}
	if len(f.versions) == 0 && !f.cut {
		w.kStr("imagerepository", "")
		return
	}
	w.kStr("imagerepository", "local")
	w.kArr("imageinfo")
	for _, v := range f.versions {
		w.obj()
		if props["timestamp"] {
			w.kTime("timestamp", v.Time.Unix())
		}
		if props["user"] {
			if v.Hidden {
				w.kFlag("userhidden", true)
				w.kFlag("suppressed", true)
			} else {
				w.kStr("user", v.User)
			}
		}
		w.endObj()
	}
	w.endArr()
}

// categoryInfo answers prop=categoryinfo. See
// https://www.mediawiki.org/wiki/API:Categoryinfo; captures: sources/*categoryinfo*.
func (c *call) categoryInfo() (*section, *apiError) {
	set, err := c.pageSet()
	if err != nil {
		return nil, err
	}
	return set.section(c, func(w *jsonWriter, i int) {
		w.obj()
		set.rows[i].writeHead(w)
		if found := c.wiki.made.categories[set.rows[i].title]; found != nil {
			w.kObj("categoryinfo")
			w.kInt("size", int64(len(found.Files)+found.Subcategories))
			w.kInt("pages", 0)
			w.kInt("files", int64(len(found.Files)))
			w.kInt("subcats", int64(found.Subcategories))
			w.kFlag("hidden", false)
			w.endObj()
		}
		w.endObj()
	}), nil
}
