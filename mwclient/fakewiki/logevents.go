package fakewiki

import (
	"sort"
	"strconv"
	"strings"
)

// logRow is one line of a log as the wire has it.
type logRow struct {
	id, time, userID   int64
	ns                 int64
	title, user        string
	kind, action       string
	old, new           string // of a renaming
	edits              int64
	hidden, hiddenUser bool
	comment            string
}

// logEvents answers list=logevents for the types newusers, renameuser and
// gblrename; any other known type is an empty log. See
// https://www.mediawiki.org/wiki/API:Logevents; captures: logevents_*. There is
// none of newusers: its rows have the captured members of other types and the
// parameter userid of its documentation.
func (c *call) logEvents() (*section, *apiError) {
	props := c.props("logevents", "leprop", "ids|title|type|user|timestamp|comment|details", "comment", "details", "ids",
		"parsedcomment", "tags", "timestamp", "title", "type", "user", "userid")
	kind, action := c.str("letype", ""), ""
	if a := c.str("leaction", ""); a != "" {
		var ok bool
		if kind, action, ok = strings.Cut(a, "/"); !ok {
			return nil, &apiError{code: "unknown_leaction", info: `Unrecognized value for parameter "leaction": ` + a + "."}
		}
	}
	limit, isMax, err := c.limit("logevents", "lelimit")
	if err != nil {
		return nil, err
	}
	dir, err := c.choice("ledir", "older", "newer")
	if err != nil {
		return nil, err
	}
	since, until, err := c.span("le", dir == "newer")
	if err != nil {
		return nil, err
	}
	cur, err := c.logCursor()
	if err != nil {
		return nil, err
	}
	var rows []logRow
	more := false
	c.eachLog(kind, dir == "newer", since, min(until, c.now), func(r logRow) bool {
		if action != "" && r.action != action || cur != nil && !cur.reached(r, dir == "newer") {
			return true
		}
		if len(rows) == limit {
			more = true
		}
		rows = append(rows, r)
		return !more
	})
	s := &section{public: true}
	if isMax {
		s.limit = limit
	}
	if more {
		next := rows[limit]
		rows = rows[:limit]
		s.next = [][2]string{{"lecontinue", compact(next.time) + "|" + strconv.FormatInt(next.id, 10)}}
	}
	s.rows = len(rows)
	s.write = func(w *jsonWriter) {
		w.kArr("logevents")
		for i := range rows {
			rows[i].write(w, props)
		}
		w.endArr()
	}
	return s, nil
}

func (c *call) logCursor() (*cursor, *apiError) {
	v := c.str("lecontinue", "")
	if v == "" {
		return nil, nil
	}
	at, id, _ := strings.Cut(v, "|")
	t, ok := parseTimestamp(at)
	n, err := strconv.ParseInt(id, 10, 64)
	if !ok || err != nil {
		return nil, badContinue()
	}
	return &cursor{time: t, rev: n}, nil
}

func (cur *cursor) reached(r logRow, newer bool) bool {
	if r.time == cur.time {
		return r.id == cur.rev || r.id > cur.rev == newer
	}
	return r.time > cur.time == newer
}

// eachLog passes the rows of a log in [since, until] in order until yield is false.
func (c *call) eachLog(kind string, newer bool, since, until int64, yield func(logRow) bool) {
	switch kind {
	case "newusers":
		log := c.wiki.log
		from := sort.Search(len(log), func(i int) bool { return log[i].time >= since })
		to := sort.Search(len(log), func(i int) bool { return log[i].time > until })
		for k := range max(to-from, 0) {
			i := from + k
			if !newer {
				i = to - 1 - k
			}
			if !yield(c.creationRow(i, log[i])) {
				return
			}
		}
	case "renameuser", "gblrename":
		rows := c.renames(kind, since, until)
		for k := range rows {
			i := k
			if !newer {
				i = len(rows) - 1 - k
			}
			if !yield(rows[i]) {
				return
			}
		}
	}
}

// creationRow is a line of the log of new accounts. Who is suppressed is so here.
func (c *call) creationRow(i int, e logEntry) logRow {
	p := &c.farm.pop.people[e.person]
	name := p.nameAt(c.now)
	r := logRow{id: int64(i) + 1, time: e.time, ns: 2, title: c.wiki.prefix(2) + name, user: name, kind: "newusers",
		action: e.kind.String(), hidden: p.state == Hidden, hiddenUser: p.state == Hidden}
	if l := p.on(c.wiki.index, c.now); l != nil {
		r.userID = l.id
	}
	if e.kind == createdByOther || e.kind == createdByMail {
		r.user, r.hiddenUser = "Admin", false
	}
	return r
}

// renames lists the people who were renamed. The log ids lie beyond those of new
// accounts.
func (c *call) renames(kind string, since, until int64) []logRow {
	var rows []logRow
	for _, ref := range c.wiki.locals {
		p := &c.farm.pop.people[ref.person]
		if p.former == "" || p.rename < since || p.rename > until || p.state == Hidden {
			continue
		}
		r := logRow{id: int64(len(c.wiki.log)) + 1 + ref.id, time: p.rename, ns: 2, title: c.wiki.prefix(2) + p.former,
			user: "Admin", kind: kind, action: "renameuser", old: p.former, new: p.name, comment: "renamed on request"}
		if kind == "gblrename" {
			r.ns, r.title, r.action = -1, "Special:CentralAuth/"+p.name, "rename"
		} else if l := p.on(c.wiki.index, c.now); l != nil {
			r.edits = c.farm.editCount(ref.person, l, c.now)
		}
		rows = append(rows, r)
	}
	sort.Slice(rows, func(i, j int) bool {
		return rows[i].time < rows[j].time || rows[i].time == rows[j].time && rows[i].id < rows[j].id
	})
	return rows
}

func (r *logRow) write(w *jsonWriter, props map[string]bool) {
	w.obj()
	if props["ids"] {
		w.kInt("logid", r.id)
	}
	w.kMark("actionhidden", r.hidden)
	if !r.hidden {
		if props["title"] {
			w.kInt("ns", r.ns)
			w.kStr("title", r.title)
		}
		if props["ids"] {
			w.kInt("pageid", 0)
			w.kInt("logpage", 0)
		}
		if props["details"] {
			r.writeDetails(w)
		}
	}
	if props["type"] {
		w.kStr("type", r.kind)
		w.kStr("action", r.action)
	}
	w.kMark("userhidden", r.hiddenUser)
	if props["user"] && !r.hiddenUser {
		w.kStr("user", r.user)
	}
	if props["userid"] && !r.hiddenUser {
		w.kInt("userid", r.userID)
	}
	if props["timestamp"] {
		w.kTime("timestamp", r.time)
	}
	if props["comment"] {
		w.kStr("comment", r.comment)
	}
	if props["tags"] {
		w.kStrs("tags", nil)
	}
	w.kMark("suppressed", r.hidden)
	w.endObj()
}

func (r *logRow) writeDetails(w *jsonWriter) {
	w.kObj("params")
	defer w.endObj()
	if r.kind == "newusers" {
		w.kInt("userid", r.userID)
		return
	}
	w.kStr("olduser", r.old)
	w.kStr("newuser", r.new)
	if r.kind == "renameuser" {
		w.kInt("edits", r.edits)
		return
	}
	w.kFlag("movepages", true)
	w.kNull("suppressredirects")
}
