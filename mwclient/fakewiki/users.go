package fakewiki

// userRow is one element of list=users.
type userRow struct {
	name             string
	id, central      int64
	registration     int64
	editCount        int64
	groups           []string
	block            string
	invalid, missing bool
	attached, away   bool // on this wiki; on usattachedwiki
}

// users answers list=users: invalid names first, then the others as asked. See
// https://www.mediawiki.org/wiki/API:Users; captures: users_*.
func (c *call) users() (*section, *apiError) {
	props := c.props("users", "usprop", "", "blockinfo", "cancreate", "centralids", "editcount", "emailable", "gender",
		"groupmemberships", "groups", "implicitgroups", "registration", "rights", "tempexpired")
	names, err := c.many("ususers")
	if err != nil {
		return nil, err
	}
	ids, err := c.ints("ususerids")
	if err != nil {
		return nil, err
	}
	if len(names) > 0 && len(ids) > 0 {
		return nil, mixed("ususers", "ususerids")
	}
	elsewhere := c.str("usattachedwiki", "")
	away := c.farm.pop.wiki(elsewhere)
	var rows, found []userRow
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			continue // the same value twice is one; another spelling is not
		}
		seen[name] = true
		canonical, ok := canonicalName(name)
		if !ok {
			rows = append(rows, userRow{name: name, invalid: true})
			continue
		}
		found = append(found, c.user(c.farm.pop.find(canonical, c.now), props["editcount"], away, userRow{name: canonical}))
	}
	for _, id := range ids {
		found = append(found, c.user(c.wiki.byLocalID(id), props["editcount"], away, userRow{id: id}))
	}
	rows = append(rows, found...)
	return &section{public: true, rows: len(rows), write: func(w *jsonWriter) {
		w.kArr("users")
		for i := range rows {
			c.writeUser(w, &rows[i], props, elsewhere != "")
		}
		w.endArr()
	}}, nil
}

// user copies what is known of a local account; absent is the row where there is
// none.
func (c *call) user(i int32, count bool, away *wiki, absent userRow) userRow {
	absent.missing = true
	if i < 0 {
		return absent
	}
	p := &c.farm.pop.people[i]
	l := p.on(c.wiki.index, c.now)
	if l == nil || p.state == Hidden {
		return absent
	}
	row := userRow{name: p.nameAt(c.now), id: l.id, central: p.id, registration: l.reg,
		attached: p.state != NotFound && !l.unattached, groups: localGroups(p, l)}
	if !row.attached {
		row.central = 0
	}
	if count {
		row.editCount = c.farm.editCount(i, l, c.now)
	}
	if l.exact != nil {
		row.block = l.exact.Block
	}
	if away != nil {
		other := p.on(away.index, c.now)
		row.away = other != nil && !other.unattached && row.attached
	}
	return row
}

// localGroups are the explicit groups; bots are one at home.
func localGroups(p *person, l *local) []string {
	if l.exact != nil {
		return l.exact.Groups
	}
	if p.bot && l.wiki == p.home {
		return []string{"bot"}
	}
	return nil
}

func (c *call) writeUser(w *jsonWriter, r *userRow, props map[string]bool, elsewhere bool) {
	w.obj()
	defer w.endObj()
	if r.id != 0 {
		w.kInt("userid", r.id)
	}
	if r.name != "" {
		w.kStr("name", r.name)
	}
	w.kMark("invalid", r.invalid)
	w.kMark("missing", r.missing)
	if r.invalid || r.missing {
		return
	}
	if props["editcount"] {
		w.kInt("editcount", r.editCount)
	}
	if props["registration"] {
		w.key("registration")
		if r.registration == 0 {
			w.null()
		} else {
			w.time(r.registration)
		}
	}
	if props["groups"] {
		w.kStrs("groups", append(append([]string{}, r.groups...), "*", "user", "autoconfirmed"))
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
	if props["implicitgroups"] {
		w.kStrs("implicitgroups", []string{"*", "user", "autoconfirmed"})
	}
	if props["rights"] {
		w.kStrs("rights", []string{"read", "edit", "createpage"})
	}
	if props["blockinfo"] && r.block != "" {
		c.writeBlock(w, r.block)
	}
	if props["emailable"] {
		w.kFlag("emailable", true)
	}
	if props["gender"] {
		w.kStr("gender", "unknown")
	}
	if props["centralids"] {
		c.writeCentralIDs(w, r.id, r.central, r.attached)
		if elsewhere {
			w.kObj("attachedwiki")
			if c.farm.pop.shared {
				w.kFlag("CentralAuth", r.away)
			}
			w.kFlag("local", false)
			w.endObj()
		}
	}
}

// writeCentralIDs writes an account's ids by each provider, and whether they are
// this wiki's account.
func (c *call) writeCentralIDs(w *jsonWriter, local, central int64, attached bool) {
	w.kObj("centralids")
	if c.farm.pop.shared {
		w.kInt("CentralAuth", central)
	}
	w.kInt("local", local)
	w.endObj()
	w.kObj("attachedlocal")
	if c.farm.pop.shared {
		w.kFlag("CentralAuth", attached)
	}
	w.kFlag("local", true)
	w.endObj()
}

func (c *call) writeBlock(w *jsonWriter, reason string) {
	at := c.now - int64(day.Seconds())
	w.kInt("blockid", 2)
	w.kStr("blockedby", "Admin")
	w.kInt("blockedbyid", 1)
	w.kStr("blockreason", reason)
	w.kTime("blockedtimestamp", at)
	w.kStr("blockexpiry", "infinite")
	for _, flag := range []string{"partial", "nocreate", "anononly", "email", "owntalk"} {
		w.kFlag("block"+flag, false)
	}
	w.kStr("blockedtimestampformatted", localDate(at, "en"))
}
