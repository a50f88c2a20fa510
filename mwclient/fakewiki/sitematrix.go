package fakewiki

import (
	"slices"
	"sort"
	"strconv"
)

// siteMatrix answers action=sitematrix: the wikis of the farm by language, and
// the special ones.
//
// Written from its documentation, without a captured answer. See
// https://www.mediawiki.org/wiki/API:Sitematrix.
func (c *call) siteMatrix() *reply {
	types := c.props("sitematrix", "smtype", "special|language", "special", "language")
	state := c.props("sitematrix", "smstate", "all", "all", "closed", "private", "fishbowl", "nonglobal")
	langProps := c.props("sitematrix", "smlangprop", "code|name|site|dir|localname", "code", "name", "site", "dir",
		"localname")
	props := c.props("sitematrix", "smsiteprop", "url|dbname|code|sitename", "url", "dbname", "code", "lang", "sitename")
	c.has("smlimit")
	c.has("smcontinue")
	var langs []string
	for _, w := range c.farm.pop.wikis {
		if w.Code != "special" && !slices.Contains(langs, w.Lang) {
			langs = append(langs, w.Lang)
		}
	}
	sort.Strings(langs)
	r := c.apiReply()
	r.rows = len(c.farm.pop.wikis)
	wikis := c.farm.pop.wikis
	wanted := func(w *wiki) bool {
		return state["all"] || state["closed"] && w.Closed || state["private"] && w.Private
	}
	return r.json(c.v1, func(w *jsonWriter) {
		w.obj()
		c.writeWarnings(w)
		w.kObj("sitematrix")
		w.kInt("count", int64(len(wikis)))
		for i, lang := range langs {
			if !types["language"] {
				break
			}
			w.kObj(strconv.Itoa(i))
			if langProps["code"] {
				w.kStr("code", lang)
			}
			if langProps["name"] {
				w.kStr("name", lang)
			}
			if langProps["site"] {
				w.kArr("site")
				for _, s := range wikis {
					if s.Lang == lang && s.Code != "special" && wanted(s) {
						writeSite(w, s, s.Code, props)
					}
				}
				w.endArr()
			}
			if langProps["dir"] {
				w.kStr("dir", direction(lang))
			}
			if langProps["localname"] {
				w.kStr("localname", lang)
			}
			w.endObj()
		}
		if types["special"] {
			w.kArr("specials")
			for _, s := range wikis {
				if s.Code == "special" && wanted(s) {
					writeSite(w, s, s.DB, props)
				}
			}
			w.endArr()
		}
		w.endObj()
		w.endObj()
	})
}

func writeSite(w *jsonWriter, s *wiki, code string, props map[string]bool) {
	w.obj()
	for _, kv := range [][2]string{{"url", s.url}, {"dbname", s.DB}, {"code", code}, {"lang", s.Lang}, {"sitename", s.Name}} {
		if props[kv[0]] {
			w.kStr(kv[0], kv[1])
		}
	}
	w.kMark("private", s.Private)
	w.kMark("closed", s.Closed)
	w.endObj()
}
