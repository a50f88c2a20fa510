package fakewiki

// pageInfo answers prop=info for titles, with redirects followed where asked. See
// https://www.mediawiki.org/wiki/API:Info; capture: query_pageinfo_event.
func (c *call) pageInfo() (*section, *apiError) {
	props := c.props("info", "inprop", "", "associatedpage", "displaytitle", "editintro", "linkclasses", "notificationtimestamp",
		"preload", "preloadcontent", "protection", "readable", "subjectid", "talkid", "url", "varianttitles",
		"visitingwatchers", "watched", "watchers", "watchlistlabels")
	set, err := c.pageSet()
	if err != nil {
		return nil, err
	}
	return set.section(c, func(w *jsonWriter, i int) { c.writePage(w, &set.rows[i], props["url"]) }), nil
}

func writePairs(w *jsonWriter, name string, pairs [][2]string) {
	w.kArr(name)
	for _, p := range pairs {
		w.obj()
		if name == "normalized" {
			w.kFlag("fromencoded", false)
		}
		w.kStr("from", p[0])
		w.kStr("to", p[1])
		w.endObj()
	}
	w.endArr()
}

func (c *call) writePage(w *jsonWriter, r *pageRow, addresses bool) {
	w.obj()
	r.writeHead(w)
	w.kStr("contentmodel", "wikitext")
	w.kStr("pagelanguage", c.wiki.Lang)
	w.kStr("pagelanguagehtmlcode", c.wiki.Lang)
	w.kStr("pagelanguagedir", direction(c.wiki.Lang))
	if !r.missing {
		w.kTime("touched", c.now)
		w.kInt("lastrevid", r.id)
		w.kInt("length", 40)
		w.kMark("redirect", r.redirect != "")
		w.kMark("new", true)
	}
	if addresses {
		name := urlTitle(r.title)
		w.kStr("fullurl", c.wiki.url+"/wiki/"+name)
		w.kStr("editurl", c.wiki.url+"/w/index.php?title="+name+"&action=edit")
		w.kStr("canonicalurl", c.wiki.url+"/wiki/"+name)
	}
	w.endObj()
}
