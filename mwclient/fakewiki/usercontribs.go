package fakewiki

import (
	"cmp"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// contributor is an account whose edits are asked for.
type contributor struct {
	person int32
	slot   int // of person.locals
	id     int64
	actor  int64
	name   string
}

// contribsQuery is list=usercontribs' parameters. See
// https://www.mediawiki.org/wiki/API:Usercontribs; captures: uc_*.
type contribsQuery struct {
	users        []contributor
	several      bool   // asked for more than one user, which shows in the continue
	mode         string // "actor", or "name" for a prefix
	newer        bool
	since, until int64 // inclusive, whatever the direction
	namespaces   []int
	show         map[string]bool
	tag          string
	limit        int
	isMax        bool
	props        map[string]bool
	cursor       *cursor
}

// cursor is the row with which to go on.
type cursor struct {
	key       string // actor id or name; empty with one user
	time, rev int64
}

// contribRow is one row of the answer. An edit never changes, and the rest is a
// copy, so that rows are written without a lock.
type contribRow struct {
	edit *edit
	user *contributor
}

func (c *call) userContribs() (*section, *apiError) {
	q, err := c.contribsQuery()
	if err != nil {
		return nil, err
	}
	s := &section{public: true}
	if q.isMax {
		s.limit = q.limit
	}
	rows := make([]contribRow, 0, min(q.limit, 500))
	for i := range q.users {
		full := c.contributions(q, &q.users[i], &rows)
		if !full {
			continue
		}
		next := rows[q.limit]
		rows = rows[:q.limit]
		s.next = [][2]string{{"uccontinue", q.position(next)}}
		break
	}
	s.rows = len(rows)
	s.write = func(w *jsonWriter) {
		w.kArr("usercontribs")
		for _, r := range rows {
			c.writeContrib(w, q, r)
		}
		w.endArr()
	}
	return s, nil
}

// position is the continue value that begins with a row.
func (q *contribsQuery) position(r contribRow) string {
	at := compact(r.edit.time) + "|" + strconv.FormatInt(r.edit.rev, 10)
	switch {
	case !q.several:
		return at
	case q.mode == "name":
		return "name|" + r.user.name + "|" + at
	}
	return "actor|" + strconv.FormatInt(r.user.actor, 10) + "|" + at
}

// contributions appends a user's rows until there is one more than the limit.
func (c *call) contributions(q *contribsQuery, u *contributor, rows *[]contribRow) (full bool) {
	edits := c.farm.history(u.person)[u.slot]
	from := sort.Search(len(edits), func(i int) bool { return edits[i].time >= q.since })
	to := sort.Search(len(edits), func(i int) bool { return edits[i].time > q.until })
	for k := range max(to-from, 0) {
		e := &edits[from+k]
		if !q.newer {
			e = &edits[to-1-k]
		}
		if !q.reached(u, e) || !e.visible(c.now) || !q.shows(e, c.now) {
			continue
		}
		*rows = append(*rows, contribRow{e, u})
		if len(*rows) > q.limit {
			return true
		}
	}
	return false
}

// reached reports whether a row is at or after the one to go on with.
func (q *contribsQuery) reached(u *contributor, e *edit) bool {
	if q.cursor == nil || q.several && q.key(u) != q.cursor.key {
		return true // users before the cursor's are left out already
	}
	if e.time == q.cursor.time {
		return e.rev == q.cursor.rev || e.rev > q.cursor.rev == q.newer
	}
	return e.time > q.cursor.time == q.newer
}

func (q *contribsQuery) key(u *contributor) string {
	if q.mode == "name" {
		return u.name
	}
	return strconv.FormatInt(u.actor, 10)
}

// shows applies the filters.
func (q *contribsQuery) shows(e *edit, now int64) bool {
	if len(q.namespaces) > 0 && !slices.Contains(q.namespaces, int(e.ns)) {
		return false
	}
	if q.tag != "" && !slices.Contains(e.tags(now), q.tag) {
		return false
	}
	if len(q.show) == 0 {
		return true
	}
	return q.allows("new", e.isNew()) && q.allows("minor", e.minor()) && q.allows("top", e.top())
}

func (q *contribsQuery) allows(flag string, is bool) bool {
	return (!q.show[flag] || is) && (!q.show["!"+flag] || !is)
}

func (c *call) contribsQuery() (*contribsQuery, *apiError) {
	q := &contribsQuery{mode: "actor", tag: c.str("uctag", "")}
	if err := c.contributors(q); err != nil {
		return nil, err
	}
	var err *apiError
	if q.limit, q.isMax, err = c.limit("usercontribs", "uclimit"); err != nil {
		return nil, err
	}
	dir, err := c.choice("ucdir", "older", "newer")
	if err != nil {
		return nil, err
	}
	q.newer = dir == "newer"
	if q.since, q.until, err = c.span("uc", q.newer); err != nil {
		return nil, err
	}
	q.namespaces = c.namespaces("usercontribs", "ucnamespace")
	q.show = c.props("usercontribs", "ucshow", "", "!autopatrolled", "!minor", "!new", "!patrolled", "!top",
		"autopatrolled", "minor", "new", "patrolled", "top")
	if c.has("uctoponly") {
		q.show["top"] = true
	}
	q.props = c.props("usercontribs", "ucprop", "ids|title|timestamp|comment|size|flags", "comment", "flags", "ids",
		"parsedcomment", "patrolled", "size", "sizediff", "tags", "timestamp", "title")
	for _, f := range []string{"minor", "new", "top"} {
		if q.show[f] && q.show["!"+f] {
			return nil, &apiError{code: "show", info: "Incorrect parameter - mutually exclusive values may not be supplied."}
		}
	}
	return q, c.resume(q)
}

// span reads start and end of a listing. In the wrong order they hold nothing,
// which is no error.
func (c *call) span(prefix string, newer bool) (since, until int64, err *apiError) {
	start, hasStart, err := c.time(prefix+"start", c.now)
	if err != nil {
		return 0, 0, err
	}
	end, hasEnd, err := c.time(prefix+"end", c.now)
	if err != nil {
		return 0, 0, err
	}
	if !newer {
		start, hasStart, end, hasEnd = end, hasEnd, start, hasStart
	}
	since, until = -1<<62, 1<<62
	if hasStart {
		since = start
	}
	if hasEnd {
		until = end
	}
	return since, until, nil
}

// namespaces reads namespace numbers; unknown ones are a warning and dropped, and
// with them the filter where no other is left.
func (c *call) namespaces(module, name string) []int {
	var out []int
	var unknown []string
	for _, v := range c.list(name) {
		n, err := strconv.Atoi(v)
		if _, known := c.wiki.Namespaces[n]; err != nil || !known || n < 0 {
			if v != "*" {
				unknown = append(unknown, v)
			}
			continue
		}
		out = append(out, n)
	}
	c.unrecognized(module, name, unknown)
	return out
}

// contributors reads whose edits are asked for. Those who do not exist, are
// hidden, or were renamed have none.
func (c *call) contributors(q *contribsQuery) *apiError {
	ways := []string{"ucuserprefix", "ucuserids", "uciprange", "ucuser"}
	var given []string
	for _, name := range ways {
		if c.has(name) {
			given = append(given, name)
		}
	}
	if len(given) == 0 {
		return none(ways...)
	}
	if len(given) > 1 {
		return mixed(given...)
	}
	switch given[0] {
	case "ucuser":
		names, err := c.many("ucuser")
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, name := range names {
			if canonical, ok := canonicalName(name); ok {
				name = canonical
			}
			if !seen[name] {
				seen[name] = true
				q.add(c, c.farm.pop.find(name, c.now))
			}
		}
		if len(names) == 0 || seen[""] {
			return &apiError{code: "paramempty_ucuser", info: `The parameter "ucuser" may not be empty.`}
		}
		q.several = len(seen) > 1
	case "ucuserids":
		ids, err := c.ints("ucuserids")
		if err != nil {
			return err
		}
		for _, id := range ids {
			q.add(c, c.wiki.byLocalID(id))
		}
		q.several = len(ids) > 1
	case "ucuserprefix":
		q.several, q.mode = true, "name"
		prefix := c.values["ucuserprefix"]
		for _, ref := range c.wiki.locals {
			if strings.HasPrefix(c.farm.pop.people[ref.person].nameAt(c.now), prefix) {
				q.add(c, ref.person)
			}
		}
	}
	return nil
}

// add takes a person up whose edits may be seen.
func (q *contribsQuery) add(c *call, i int32) {
	if i < 0 {
		return
	}
	p := &c.farm.pop.people[i]
	l := p.on(c.wiki.index, c.now)
	if l == nil || p.state == Hidden {
		return
	}
	for slot := range p.locals {
		if &p.locals[slot] == l {
			q.users = append(q.users, contributor{i, slot, l.id, l.actor, p.nameAt(c.now)})
		}
	}
}

// resume puts the users in order and leaves out those before the continue.
func (c *call) resume(q *contribsQuery) *apiError {
	order := func(a, b contributor) int {
		order := cmp.Compare(a.actor, b.actor)
		if q.mode == "name" {
			order = strings.Compare(a.name, b.name)
		}
		if !q.newer {
			return -order
		}
		return order
	}
	slices.SortFunc(q.users, order)
	q.users = slices.CompactFunc(q.users, func(a, b contributor) bool { return a.person == b.person })
	v := c.str("uccontinue", "")
	if v == "" {
		return nil
	}
	parts := strings.Split(v, "|")
	cur := &cursor{}
	if q.several {
		if len(parts) != 4 || parts[0] != q.mode {
			return badContinue()
		}
		cur.key = parts[1]
		parts = parts[2:]
	}
	if len(parts) != 2 {
		return badContinue()
	}
	t, ok := parseTimestamp(parts[0])
	rev, err := strconv.ParseInt(parts[1], 10, 64)
	if !ok || err != nil {
		return badContinue()
	}
	cur.time, cur.rev = t, rev
	q.cursor = cur
	if q.several {
		at := contributor{name: cur.key}
		if at.actor, err = strconv.ParseInt(cur.key, 10, 64); q.mode == "actor" && err != nil {
			return badContinue()
		}
		// The user to go on with may be gone since: those after it come all the same.
		q.users = slices.DeleteFunc(q.users, func(u contributor) bool { return order(u, at) < 0 })
	}
	return nil
}

// writeContrib writes one row, its members in the captured order.
func (c *call) writeContrib(w *jsonWriter, q *contribsQuery, r contribRow) {
	e := r.edit
	w.obj()
	w.kInt("userid", r.user.id)
	w.kStr("user", r.user.name)
	if q.props["ids"] {
		w.kInt("pageid", e.page())
		w.kInt("revid", e.rev)
		w.kInt("parentid", e.parent())
	}
	if q.props["title"] {
		w.kInt("ns", int64(e.ns))
		w.kStr("title", e.title(c.wiki, r.user.name))
	}
	if q.props["timestamp"] {
		w.kTime("timestamp", e.time)
	}
	if q.props["flags"] {
		w.kFlag("new", e.isNew())
		w.kFlag("minor", e.minor())
		w.kFlag("top", e.top())
	}
	if q.props["comment"] {
		text, hidden := e.comment()
		w.kMark("commenthidden", hidden)
		if !hidden {
			w.kStr("comment", text)
		}
	}
	w.kMark("texthidden", e.exact != nil && e.exact.TextHidden)
	size, diff, ok := e.sizes()
	if q.props["size"] && ok {
		w.kInt("size", size)
	}
	if q.props["sizediff"] && ok {
		w.kInt("sizediff", diff)
	}
	if q.props["tags"] {
		w.kStrs("tags", e.tags(c.now))
	}
	w.endObj()
}
