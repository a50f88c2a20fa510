package fakewiki

import (
	"net/http"
	"slices"
	"sort"
	"strconv"
	"strings"
)

const (
	participantsPage = 20 // fixed, whatever the request asks
	organizersPage   = 11 // from CampaignEvents' source (ListOrganizersHandler)
)

// personRow is an account as the lists of an event show it.
type personRow struct {
	id, user int64
	at       int64
	name     string
	state    State
	private  bool
	roles    []string
}

// participants answers event_registration/N/participants: an array of at most
// twenty, in order of participant_id.
func (c *restCall) participants(id int64) *reply {
	private, rep := c.includePrivate()
	if rep != nil {
		return rep
	}
	last, rep := c.integer("last_participant_id")
	if rep != nil {
		return rep
	}
	e := c.server.farm.event(c.server.wiki, id)
	if e == nil {
		return c.noEvent()
	}
	filter := strings.ToLower(c.query.Get("username_filter"))
	if c.query.Has("username_filter") && filter == "" {
		return c.fail(http.StatusBadRequest, "campaignevents-rest-list-participants-empty-filter",
			"The username filter, if specified, must be a non-empty string.")
	}
	organizer := c.organizes(e)
	if private && (!organizer || c.who.oauth && !c.who.token.Organize) {
		return c.fail(http.StatusForbidden, "campaignevents-rest-list-participants-cannot-see-private",
			"You are not authorized to view participants who registered privately for this event.")
	}
	excluded := strings.Split(c.query.Get("exclude_users"), "|")
	from := sort.Search(len(e.parts), func(i int) bool { return e.parts[i].id > last })
	var rows []personRow
	for _, x := range e.parts[from:] {
		row := c.row(x.person)
		row.id, row.at, row.private = x.id, x.at, x.private
		if x.private && !private || x.at > c.now || slices.Contains(excluded, strconv.FormatInt(row.user, 10)) ||
			filter != "" && (row.name == "" || !strings.Contains(strings.ToLower(row.name), filter)) {
			continue
		}
		if rows = append(rows, row); len(rows) == participantsPage {
			break
		}
	}
	r := c.json(http.StatusOK, func(w *jsonWriter) {
		w.arr()
		for i := range rows {
			rows[i].writeParticipant(w, c.lang, organizer && !c.who.oauth)
		}
		w.endArr()
	})
	r.rows = len(rows)
	return r
}

// row copies what lists show of a person.
func (c *restCall) row(i int32) personRow {
	p := &c.server.farm.pop.people[i]
	row := personRow{user: c.userID(i), state: p.state}
	if p.state != Hidden && p.state != NotFound {
		row.name = p.nameAt(c.now)
	}
	return row
}

// userID is the id by which CampaignEvents knows a person: the central one, or the
// wiki's own where there is none.
func (c *restCall) userID(i int32) int64 {
	p := &c.server.farm.pop.people[i]
	if c.server.farm.pop.shared {
		return p.id
	}
	if l := p.on(c.server.wiki.index, c.now); l != nil {
		return l.id
	}
	return 0
}

// includePrivate reads the parameter that must be given.
func (c *restCall) includePrivate() (bool, *reply) {
	const name = "include_private"
	if !c.query.Has(name) {
		return false, c.invalid(name, nil, "missingparam", `The "include_private" parameter must be set.`)
	}
	switch v := c.query.Get(name); v {
	case "true", "t", "yes", "y", "on", "1":
		return true, nil
	case "false", "f", "no", "n", "off", "0", "":
		return false, nil
	default:
		return false, c.invalid(name, &v, "badbool", `Invalid value "`+v+`" for boolean parameter "`+name+
			`". Pass "true", "t", "yes", "y", "on" and "1" for true, or "false", "f", "no", "n", "off", "0" and the empty string for false.`)
	}
}

// organizes reports whether the caller organizes the event and asks on its own
// wiki, where alone that counts.
func (c *restCall) organizes(e *event) bool {
	if c.who.person < 0 || e.Wiki != c.server.wiki.DB {
		return false
	}
	id := c.server.farm.pop.people[c.who.person].id
	return slices.ContainsFunc(e.Organizers, func(o Organizer) bool { return o.User == id })
}

func (r *personRow) writeParticipant(w *jsonWriter, lang string, recipients bool) {
	w.obj()
	w.kInt("participant_id", r.id)
	w.kInt("user_id", r.user)
	w.kStr("user_registered_at", compact(r.at))
	w.kStr("user_registered_at_formatted", localDate(r.at, lang))
	w.kBool("private", r.private)
	switch r.state {
	case Hidden:
		w.kBool("hidden", true)
	case NotFound:
		w.kBool("not_found", true)
	default:
		w.kStr("user_name", r.name)
		writeUserPage(w, r.name)
		if recipients {
			w.kBool("user_is_valid_recipient", true)
		}
	}
	w.endObj()
}

// writeUserPage writes the link to a user page, which nobody here has written.
func writeUserPage(w *jsonWriter, name string) {
	w.kObj("user_page")
	w.kStr("path", "/w/index.php?title=User:"+urlTitle(name)+"&action=edit&redlink=1")
	w.kStr("title", "User:"+name+" (page does not exist)")
	w.kStr("classes", "new mw-userlink")
	w.endObj()
}

// organizers answers event_registration/N/organizers. Hidden ones take a place of
// the page and are left out (from the source; no capture).
func (c *restCall) organizers(id int64) *reply {
	last, rep := c.integer("last_organizer_id")
	if rep != nil {
		return rep
	}
	e := c.server.farm.event(c.server.wiki, id)
	if e == nil {
		return c.noEvent()
	}
	var rows []personRow
	taken := 0
	for _, o := range e.Organizers {
		if o.ID <= last || taken == organizersPage {
			continue
		}
		taken++
		i, ok := c.server.farm.pop.ids[o.User]
		if !ok {
			continue
		}
		row := c.row(i)
		row.id, row.roles = o.ID, o.Roles
		if row.name != "" {
			rows = append(rows, row)
		}
	}
	r := c.json(http.StatusOK, func(w *jsonWriter) {
		w.arr()
		for _, row := range rows {
			w.obj()
			w.kInt("organizer_id", row.id)
			w.kInt("user_id", row.user)
			w.kStr("user_name", row.name)
			w.kStrs("roles", row.roles)
			writeUserPage(w, row.name)
			w.endObj()
		}
		w.endArr()
	})
	r.rows = len(rows)
	return r
}

// self answers event_registration/N/participants/self: the caller's own part.
func (c *restCall) self(id int64) *reply {
	e := c.server.farm.event(c.server.wiki, id)
	if e == nil {
		return c.noEvent()
	}
	if c.who.person < 0 {
		return c.fail(http.StatusForbidden, "campaignevents-register-not-allowed",
			"You are not allowed to register for events.")
	}
	i := slices.IndexFunc(e.parts, func(x part) bool { return x.person == c.who.person && x.at <= c.now })
	if i < 0 { // from the source; no capture
		return c.fail(http.StatusNotFound, "campaignevents-get-participant-not-found",
			"You are not a participant of this event.")
	}
	private := e.parts[i].private
	return c.json(http.StatusOK, func(w *jsonWriter) {
		w.obj()
		w.kBool("private", private)
		w.kArr("answers")
		w.endArr()
		w.endObj()
	})
}

// organized and joined list a person's events; deleted ones are marked.
func (c *restCall) organized(user int64) *reply {
	return c.events(func(e *event) bool {
		return slices.ContainsFunc(e.Organizers, func(o Organizer) bool { return o.User == user })
	})
}

func (c *restCall) joined(user int64) *reply {
	self := c.who.person >= 0 && c.userID(c.who.person) == user
	return c.events(func(e *event) bool {
		return slices.ContainsFunc(e.parts, func(x part) bool {
			return c.userID(x.person) == user && (!x.private || self) && x.at <= c.now
		})
	})
}

func (c *restCall) events(member func(*event) bool) *reply {
	type row struct {
		id      int64
		name    string
		deleted bool
	}
	var rows []row
	for _, e := range c.server.farm.pop.events {
		if member(e) {
			rows = append(rows, row{e.ID, e.current().Name, e.current().Deleted})
		}
	}
	r := c.json(http.StatusOK, func(w *jsonWriter) {
		w.arr()
		for _, x := range rows {
			w.obj()
			w.kInt("event_id", x.id)
			w.kStr("event_name", x.name)
			if x.deleted {
				w.kBool("event_deleted", true)
			}
			w.endObj()
		}
		w.endArr()
	})
	r.rows = len(rows)
	return r
}
