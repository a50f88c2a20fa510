package fakewiki

// globalUserRow is one element of list=globalusers.
type globalUserRow struct {
	id, registration, editCount int64
	name                        string
	groups                      []string
	locked, missing, invalid    bool
	localID, attached           int64
	local                       bool
}

// globalUsers answers list=globalusers, up to fifty central accounts in the
// order asked.
//
// Written from its documentation, without a captured answer: the module came to
// CentralAuth in 2026-05. See https://www.mediawiki.org/wiki/Extension:CentralAuth/API
// and ApiQueryGlobalUsers in CentralAuth.
func (c *call) globalUsers() (*section, *apiError) {
	props := c.props("globalusers", "gusprop", "", "editcount", "groupmemberships", "groups", "localinfo", "locked",
		"registration", "rights")
	c.has("guslocalgroups")
	switch byName, byID := c.has("gususers"), c.has("guscentralids"); {
	case byName && byID:
		return nil, mixed("guscentralids", "gususers")
	case !byName && !byID:
		return nil, none("guscentralids", "gususers")
	}
	names, err := c.many("gususers")
	if err != nil {
		return nil, err
	}
	ids, err := c.ints("guscentralids")
	if err != nil {
		return nil, err
	}
	var rows []globalUserRow
	seenName, seenID := map[string]bool{}, map[int64]bool{}
	for _, name := range names {
		canonical, ok := canonicalName(name)
		if !ok {
			rows = append(rows, globalUserRow{name: name, invalid: true})
			continue
		}
		if !seenName[canonical] {
			seenName[canonical] = true
			rows = append(rows, c.globalUser(c.farm.pop.find(canonical, c.now), props, globalUserRow{name: canonical}))
		}
	}
	for _, id := range ids {
		if seenID[id] {
			continue
		}
		seenID[id] = true
		i, ok := c.farm.pop.ids[id]
		if !ok {
			i = -1
		}
		rows = append(rows, c.globalUser(i, props, globalUserRow{id: id}))
	}
	return &section{rows: len(rows), write: func(w *jsonWriter) {
		w.kArr("globalusers")
		for i := range rows {
			rows[i].write(w, props)
		}
		w.endArr()
	}}, nil
}

// globalUser copies what is known of a central account; hidden ones are missing
// like those that do not exist.
func (c *call) globalUser(i int32, props map[string]bool, absent globalUserRow) globalUserRow {
	absent.missing = true
	if i < 0 || !c.farm.pop.people[i].central(c.now) {
		return absent
	}
	p := &c.farm.pop.people[i]
	row := globalUserRow{id: p.id, name: p.nameAt(c.now), registration: p.reg, groups: globalGroups(p),
		locked: p.state == Locked}
	if l := p.on(c.wiki.index, c.now); l != nil && !l.unattached {
		row.local, row.localID, row.attached = true, l.id, max(l.reg, 1)
	}
	if props["editcount"] {
		for _, r := range c.merged(i, p) {
			if !r.unattached {
				row.editCount += r.editCount
			}
		}
	}
	return row
}

func (r *globalUserRow) write(w *jsonWriter, props map[string]bool) {
	w.obj()
	defer w.endObj()
	if r.id != 0 {
		w.kInt("centralid", r.id)
	}
	if r.name != "" {
		w.kStr("name", r.name)
	}
	w.kMark("invalid", r.invalid)
	w.kMark("missing", r.missing)
	if r.invalid || r.missing {
		return
	}
	if props["locked"] {
		w.kFlag("locked", r.locked)
	}
	if props["editcount"] {
		w.kInt("editcount", r.editCount)
	}
	if props["registration"] && r.registration != 0 {
		w.kTime("registration", r.registration)
	}
	if props["localinfo"] {
		w.kObj("localinfo")
		w.kFlag("attached", r.local)
		if r.local {
			w.kInt("localid", r.localID)
			w.kTime("timestamp", r.attached)
		}
		w.endObj()
	}
	if props["groups"] {
		w.kStrs("groups", r.groups)
	}
	if props["groupmemberships"] {
		w.kArr("groupmemberships")
		for _, g := range r.groups {
			w.obj()
			w.kStr("group", g)
			w.kStr("expiry", "infinity")
			w.endObj()
		}
		w.endArr()
	}
	if props["rights"] {
		w.kStrs("rights", nil)
	}
}
