package fakewiki

import "strconv"

// mergedRow is a central account's account on one wiki.
type mergedRow struct {
	wiki         *wiki
	id           int64
	registration int64
	attached     int64
	method       string
	editCount    int64
	groups       []string
	unattached   bool
}

// globalUserInfo answers meta=globaluserinfo, one account a request. See
// https://www.mediawiki.org/wiki/API:Globaluserinfo; captures: globaluserinfo*.
func (c *call) globalUserInfo() (*section, *apiError) {
	props := c.props("globaluserinfo", "guiprop", "", "editcount", "groups", "merged", "rights", "unattached")
	i := c.caller.person
	switch {
	case c.has("guiuser"):
		name, ok := canonicalName(c.values["guiuser"])
		if !ok {
			return nil, &apiError{code: "baduser",
				info: `Invalid value "` + c.values["guiuser"] + `" for user parameter "guiuser".`}
		}
		i = c.farm.pop.find(name, c.now)
	case c.has("guiid"):
		id, err := strconv.ParseInt(c.values["guiid"], 10, 64)
		if err != nil {
			return nil, badInteger("guiid", c.values["guiid"])
		}
		// An id that no account has is an error, not "missing" (from
		// CentralAuth's source; no capture).
		var ok bool
		if i, ok = c.farm.pop.ids[id]; !ok || c.farm.pop.people[i].state == NotFound || !c.farm.pop.people[i].exists(c.now) {
			return nil, &apiError{code: "invaliduserid", info: "User ID " + c.values["guiid"] + " is not valid."}
		}
	}
	s := &section{public: c.has("guiuser") || c.has("guiid"), rows: 1}
	if i < 0 || !c.farm.pop.people[i].central(c.now) {
		s.write = func(w *jsonWriter) {
			w.kObj("globaluserinfo")
			w.kMark("missing", true)
			w.endObj()
		}
		return s, nil
	}
	p := &c.farm.pop.people[i]
	home, id, name, reg, locked := c.farm.pop.wikis[p.home].DB, p.id, p.nameAt(c.now), p.reg, p.state == Locked
	groups := globalGroups(p)
	var rows []mergedRow
	total := int64(0)
	if props["merged"] || props["editcount"] || props["unattached"] {
		rows = c.merged(i, p)
	}
	for _, r := range rows {
		if !r.unattached {
			total += r.editCount
		}
	}
	s.write = func(w *jsonWriter) {
		w.kObj("globaluserinfo")
		w.kStr("home", home)
		w.kInt("id", id)
		w.kTime("registration", c.orNow(reg))
		w.kStr("name", name)
		w.kMark("locked", locked)
		if props["groups"] {
			w.kStrs("groups", groups)
		}
		if props["rights"] {
			w.kStrs("rights", nil)
		}
		if props["merged"] {
			w.kArr("merged")
			for _, r := range rows {
				if !r.unattached {
					c.writeMerged(w, r)
				}
			}
			w.endArr()
		}
		if props["editcount"] {
			w.kInt("editcount", total)
		}
		if props["unattached"] {
			w.kArr("unattached")
			for _, r := range rows {
				if r.unattached {
					w.obj()
					w.kStr("wiki", r.wiki.DB)
					w.kInt("editcount", r.editCount)
					w.kTime("registration", c.orNow(r.registration))
					w.endObj()
				}
			}
			w.endArr()
		}
		w.endObj()
	}
	return s, nil
}

// orNow is the present for what is not known: MediaWiki formats a null so.
func (c *call) orNow(t int64) int64 {
	if t == 0 {
		return c.now
	}
	return t
}

func globalGroups(p *person) []string {
	if p.exact != nil {
		return p.exact.Groups
	}
	return nil
}

// merged copies the accounts that exist by now, in the order of database names.
func (c *call) merged(i int32, p *person) []mergedRow {
	var rows []mergedRow
	for j := range p.locals {
		l := &p.locals[j]
		if l.reg > c.now {
			continue
		}
		r := mergedRow{wiki: c.farm.pop.wikis[l.wiki], id: l.id, registration: l.reg, attached: l.reg, method: "login",
			editCount: c.farm.editCount(i, l, c.now), groups: localGroups(p, l), unattached: l.unattached}
		if l.wiki == p.home {
			r.method = "new"
		}
		if l.exact != nil && l.exact.Method != "" {
			r.method = l.exact.Method
		}
		if r.attached == 0 {
			r.attached = 1
		}
		rows = append(rows, r)
	}
	return rows
}

func (c *call) writeMerged(w *jsonWriter, r mergedRow) {
	w.obj()
	w.kStr("wiki", r.wiki.DB)
	w.kStr("url", r.wiki.url)
	w.kInt("id", r.id)
	w.kTime("timestamp", r.attached)
	w.kStr("method", r.method)
	w.kInt("editcount", r.editCount)
	w.kTime("registration", c.orNow(r.registration))
	if len(r.groups) > 0 {
		w.kStrs("groups", r.groups)
	}
	w.endObj()
}
