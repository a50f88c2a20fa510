package fakewiki

import (
	"slices"
	"strings"
)

// module is one of the modules of action=query.
type module struct {
	name string
	kind string // "prop", "list", "meta"
	run  func(*call) (*section, *apiError)
}

// section is a module's part of an answer, read under Farm.mu and written
// without it.
type section struct {
	write func(*jsonWriter)
	next  [][2]string // parameters with which to go on; none: the module is done
	limit int         // said where "max" was asked for
	rows  int
	empty bool // there is nothing to write
	// public answers may be kept by caches, which shows in Vary.
	public bool
}

// queryModules is the modules that the farm has.
func queryModules(central, globalUsers bool) []module {
	all := []module{
		{"info", "prop", (*call).pageInfo},
		{"imageinfo", "prop", (*call).imageInfo},
		{"categoryinfo", "prop", (*call).categoryInfo},
		{EndpointUserContribs, "list", (*call).userContribs},
		{EndpointLogEvents, "list", (*call).logEvents},
		{EndpointUsers, "list", (*call).users},
		{EndpointSiteInfo, "meta", (*call).siteInfo},
		{EndpointUserInfo, "meta", (*call).userInfo},
	}
	if central {
		all = append(all, module{EndpointGlobalUserInfo, "meta", (*call).globalUserInfo})
	}
	if central && globalUsers {
		all = append(all, module{EndpointGlobalUsers, "list", (*call).globalUsers})
	}
	return all
}

// query answers action=query: the modules asked for, less those that an earlier
// answer said to be finished. See https://www.mediawiki.org/wiki/API:Continue.
func (c *call) query() *reply {
	done, err := c.finished()
	if err != nil {
		return c.fail(err)
	}
	var asked []module
	for _, kind := range []string{"prop", "list", "meta"} {
		asked = append(asked, c.chosen(kind)...)
	}
	if c.has("titles") && !c.has("prop") {
		asked = append([]module{{"pages", "prop", (*call).barePages}}, asked...)
	}
	c.lead = "-"
	var sections []*section
	var running, finished []string
	var next [][2]string
	for _, m := range asked {
		if slices.Contains(done, m.name) {
			finished = append(finished, m.name)
			c.spend(m)
			continue
		}
		s, err := m.run(c)
		if err != nil {
			if err.module == "" {
				err.module = "query+" + m.name
			}
			return c.fail(err)
		}
		sections = append(sections, s)
		running = append(running, m.name)
		next = append(next, s.next...)
		if len(s.next) == 0 {
			finished = append(finished, m.name)
		}
	}
	c.spendTitles()
	r := c.apiReply()
	public := len(sections) > 0 || len(asked) == 0
	for _, s := range sections {
		public = public && s.public
		r.rows += s.rows
	}
	if public {
		r.header.Set("Vary", "Accept-Encoding, Treat-as-Untrusted, Cookie, Authorization")
	}
	again := c.continuation(next, finished)
	return r.json(c.v1, func(w *jsonWriter) { c.writeQuery(w, again, running, sections) })
}

// finished reads which modules are done from the parameter "continue".
func (c *call) finished() ([]string, *apiError) {
	v := c.str("continue", "")
	if v == "" {
		return nil, nil
	}
	_, done, ok := strings.Cut(v, "||")
	if !ok || strings.Contains(done, "||") {
		return nil, badContinue()
	}
	return strings.Split(done, "|"), nil
}

func badContinue() *apiError {
	return &apiError{code: "badcontinue",
		info: "Invalid continue param. You should pass the original value returned by the previous query."}
}

// continuation is the member "continue": what the unfinished modules want, and
// which are finished.
func (c *call) continuation(next [][2]string, finished []string) [][2]string {
	if c.repeat && c.has("continue") {
		next = nil
		for _, name := range []string{"uccontinue", "lecontinue", "gcmcontinue", "iicontinue", "iistart"} {
			if c.has(name) {
				next = append(next, [2]string{name, c.values[name]})
			}
		}
		return append(next, [2]string{"continue", c.values["continue"]})
	}
	if len(next) == 0 || c.drop {
		return nil
	}
	return append(next, [2]string{"continue", c.lead + "||" + strings.Join(finished, "|")})
}

// chosen returns the known modules of a kind; unknown ones are a warning.
func (c *call) chosen(kind string) []module {
	list, err := c.many(kind)
	if err != nil {
		return nil
	}
	var out []module
	var unknown []string
	for _, name := range list {
		i := slices.IndexFunc(c.farm.modules, func(m module) bool { return m.name == name && m.kind == kind })
		if i < 0 {
			unknown = append(unknown, name)
			continue
		}
		out = append(out, c.farm.modules[i])
	}
	c.unrecognized("query", kind, unknown)
	return out
}

// prefix begins the module's parameters.
func (m module) prefix() string {
	return map[string]string{EndpointUserContribs: "uc", EndpointLogEvents: "le", EndpointUsers: "us", EndpointSiteInfo: "si",
		EndpointUserInfo: "ui", EndpointGlobalUserInfo: "gui", EndpointGlobalUsers: "gus", "info": "in",
		"imageinfo": "ii", "categoryinfo": "ci"}[m.name]
}

// spend marks a finished module's parameters as known.
func (c *call) spend(m module) {
	for name := range c.values {
		if strings.HasPrefix(name, m.prefix()) {
			c.used[name] = true
		}
	}
}

// spendTitles marks the parameters of action=query itself as known.
func (c *call) spendTitles() {
	for _, name := range []string{"titles", "generator", "pageids", "revids", "redirects", "converttitles", "indexpageids", "rawcontinue"} {
		c.used[name] = true
	}
}

func (c *call) writeQuery(w *jsonWriter, again [][2]string, running []string, sections []*section) {
	w.obj()
	if !c.partial {
		w.kFlag("batchcomplete", true)
	}
	if len(again) > 0 {
		w.kObj("continue")
		for _, kv := range again {
			w.kStr(kv[0], kv[1])
		}
		w.endObj()
	}
	c.writeWarnings(w)
	if id := c.str("requestid", ""); id != "" {
		w.kStr("requestid", id)
	}
	if c.has("curtimestamp") {
		w.kTime("curtimestamp", c.now)
	}
	limited := false
	for i, s := range sections {
		if s.limit > 0 {
			if !limited {
				w.kObj("limits")
				limited = true
			}
			w.kInt(running[i], int64(s.limit))
		}
	}
	if limited {
		w.endObj()
	}
	if slices.ContainsFunc(sections, func(s *section) bool { return !s.empty }) {
		w.kObj("query")
		for _, s := range sections {
			s.write(w)
		}
		w.endObj()
	}
	w.endObj()
}

// mixed is the error for two parameters of which only one may be given, none the
// one for the lack of both.
func mixed(names ...string) *apiError {
	return &apiError{code: "invalidparammix", info: "The parameters " + quoted(names) + " can not be used together."}
}

func none(names ...string) *apiError {
	return &apiError{code: "missingparam", info: "One of the parameters " + quoted(names) + " is required."}
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = `"` + n + `"`
	}
	return join3(out)
}
