package fakewiki

// userInfo answers meta=userinfo: who asks. See
// https://www.mediawiki.org/wiki/API:Userinfo; captures: userinfo_*, api_userinfo_*.
func (c *call) userInfo() (*section, *apiError) {
	props := c.props("userinfo", "uiprop", "", "blockinfo", "cancreateaccount", "centralids", "changeablegroups",
		"editcount", "email", "groupmemberships", "groups", "hasmsg", "implicitgroups", "latestcontrib", "options",
		"ratelimits", "realname", "registrationdate", "rights", "theoreticalratelimits", "unreadcount")
	row := userRow{}
	if c.caller.person >= 0 {
		row = c.user(c.caller.person, props["editcount"], nil, row)
	}
	high := c.caller.token.HighLimits
	return &section{rows: 1, write: func(w *jsonWriter) {
		w.kObj("userinfo")
		defer w.endObj()
		w.kInt("id", row.id)
		if row.id == 0 {
			w.kStr("name", "127.0.0.1")
			w.kMark("anon", true)
		} else {
			w.kStr("name", row.name)
		}
		if props["groups"] && row.id == 0 {
			w.kStrs("groups", []string{"*"})
		} else if props["groups"] {
			w.kStrs("groups", append(append([]string{}, row.groups...), "*", "user", "autoconfirmed"))
		}
		if props["rights"] {
			rights := []string{"read", "autoconfirmed", "editsemiprotected"}
			if high {
				rights = append(rights, "apihighlimits", "bot")
			}
			w.kStrs("rights", rights)
		}
		if props["editcount"] && row.id != 0 {
			w.kInt("editcount", row.editCount)
		}
		if props["ratelimits"] {
			w.kObj("ratelimits")
			w.kObj("edit")
			w.kObj("user")
			w.kInt("hits", 90)
			w.kInt("seconds", 60)
			w.endObj()
			w.endObj()
			w.endObj()
		}
		if props["registrationdate"] && row.registration != 0 {
			w.kTime("registrationdate", row.registration)
		}
		if props["centralids"] {
			c.writeCentralIDs(w, row.id, row.central, row.attached)
		}
	}}, nil
}
