package fakewiki

import (
	"net/http"
	"slices"
	"strconv"
)

// call is one request to a wiki's Action API.
type call struct {
	*params
	farm        *Farm
	wiki        *wiki
	now         int64
	caller      caller
	v1          bool
	errorFormat string
	warnings    []warning
	origin      bool // origin=*
	repeat      bool // a fault: continue where the request did
	drop        bool // a fault: do not say to continue
	// lead begins the parameter "continue": what the next pages come from.
	lead    string
	partial bool // the rest of these pages comes with the next answer
}

// warning is what MediaWiki says beside the results. Its code is told by the error
// formats newer than "bc".
type warning struct{ module, code, text string }

// apiError is an error of the Action API: HTTP 200, with the code in a header.
type apiError struct {
	code, info string
	module     string            // "main", "query+users"
	more       func(*jsonWriter) // further members
	header     http.Header
}

// mainParams are the parameters of every call that change nothing here.
var mainParams = [...]string{"smaxage", "maxage", "assert", "assertuser", "requestid", "servedby", "curtimestamp",
	"responselanginfo", "origin", "uselang", "variant", "errorlang", "errorsuselocal", "ascii", "utf8", "format",
	"formatversion", "callback", "action", "maxlag", "errorformat", "token"}

// actionAPI answers a call of the Action API. See
// https://www.mediawiki.org/wiki/API:Main_page; captures: unknown_action,
// maxlag_error, assert_user_failed and others. The caller holds Farm.mu.
func (s *server) actionAPI(p *params, who caller, strikes []strike) *reply {
	c := &call{params: p, farm: s.farm, wiki: s.wiki, now: s.farm.now.Unix(), caller: who}
	p.high = who.token.HighLimits
	p.warn = func(x warning) { c.warnings = append(c.warnings, x) }
	for _, name := range mainParams {
		p.used[name] = true
	}
	c.v1 = p.str("formatversion", "1") == "1"
	c.errorFormat = p.str("errorformat", "bc")
	for _, k := range strikes {
		switch k.rule.Kind {
		case Warnings:
			p.warn(warning{"main", "tired", "The wiki is tired today. This says nothing about the results."})
		case RepeatContinue:
			c.repeat = true
		case DropContinue:
			c.drop = true
		case MaxLag:
			return c.fail(c.lagged(k.rule.lag(), k.rule.retryAfter()))
		case RateLimited:
			return c.fail(&apiError{code: "ratelimited",
				info: "You've exceeded your rate limit. Please wait some time and try again."})
		case ReadOnly:
			return c.fail(&apiError{code: "readonly", info: "The wiki is currently in read-only mode.",
				more: func(w *jsonWriter) { w.kStr("readonlyreason", "A switch of the main database.") }})
		}
	}
	if p.str("origin", "") == "*" {
		// What is allowed to every site must not depend on who asks.
		c.origin, c.caller = true, nobody()
	}
	if f := p.str("format", "jsonfm"); f != "json" {
		return newReply(http.StatusOK, "text/html; charset=UTF-8").text(
			"<!DOCTYPE html>\n<html><head><title>MediaWiki API result</title></head>" +
				"<body><p>This is the HTML representation of the JSON format.</p></body></html>")
	}
	if c.caller.bad != "" {
		return c.fail(c.caller.apiError())
	}
	action := p.str("action", "help")
	if !slices.Contains([]string{"query", "sitematrix", "parse"}, action) {
		return c.fail(&apiError{code: "badvalue", info: `Unrecognized value for parameter "action": ` + action + "."})
	}
	if err := c.checkLag(); err != nil {
		return c.fail(err)
	}
	if err := c.checkAssert(); err != nil {
		return c.fail(err)
	}
	if c.caller.token.AuthOnly {
		return c.fail(&apiError{code: "readapidenied", info: "You need read permission to use this module."})
	}
	if action == "sitematrix" {
		return c.siteMatrix()
	}
	if action == EndpointParse {
		return c.parse()
	}
	return c.query()
}

// checkLag refuses a call whose maxlag is less than the wiki's lag.
func (c *call) checkLag() *apiError {
	if !c.has("maxlag") {
		return nil
	}
	most, err := strconv.ParseFloat(c.values["maxlag"], 64)
	if err != nil {
		return badInteger("maxlag", c.values["maxlag"])
	}
	lag := c.wiki.ReplicaLag
	if lag == 0 {
		lag = -1
	}
	if lag <= most {
		return nil
	}
	return c.lagged(lag, 5)
}

func (c *call) lagged(lag float64, retryAfter int) *apiError {
	host, name := "db1001", "db1001"
	if lag < 0 {
		host, name = "", "a database server"
	}
	unit := "seconds"
	if lag == 1 || lag == -1 {
		unit = "second"
	}
	text := strconv.FormatFloat(lag, 'f', -1, 64)
	return &apiError{code: "maxlag", info: "Waiting for " + name + ": " + text + " " + unit + " lagged.", module: "main",
		more: func(w *jsonWriter) { w.kStr("host", host); w.kStr("type", "db"); w.key("lag"); w.float(lag) },
		header: http.Header{"Retry-After": {strconv.Itoa(retryAfter)},
			"X-Database-Lag": {strconv.Itoa(int(lag))}}}
}

// checkAssert refuses a call that is sure of who asks and is wrong.
func (c *call) checkAssert() *apiError {
	in := c.caller.person >= 0
	switch a := c.str("assert", ""); {
	case a == "anon" && in:
		return &apiError{code: "assertanonfailed", info: "You are logged in, so the action could not be completed."}
	case a == "user" && !in:
		return &apiError{code: "assertuserfailed", info: "You are no longer logged in, so the action could not be completed."}
	case a == "bot" && !c.caller.token.HighLimits:
		return &apiError{code: "assertbotfailed",
			info: `You do not have the "bot" right, so the action could not be completed.`}
	}
	if name := c.str("assertuser", ""); name != "" && name != c.caller.name {
		return &apiError{code: "assertnameduserfailed",
			info: `You are no longer logged in as "` + name + `", so the action could not be completed.`}
	}
	return nil
}

// apiReply starts an answer with the headers that all have.
func (c *call) apiReply() *reply {
	r := newReply(http.StatusOK, "application/json; charset=utf-8")
	r.header.Set("X-Frame-Options", "DENY")
	r.header.Set("Content-Disposition", "inline; filename=api-result.json")
	r.header.Set("Cache-Control", "private, must-revalidate, max-age=0")
	if c.origin {
		r.header.Set("Mediawiki-Login-Suppressed", "true")
		r.header.Set("Access-Control-Allow-Origin", "*")
		r.header.Set("Access-Control-Allow-Credentials", "false")
		r.header.Set("Access-Control-Expose-Headers",
			"MediaWiki-API-Error, Retry-After, X-Database-Lag, MediaWiki-Login-Suppressed")
	}
	return r
}

// fail is the answer of an error, in the old form or in that of errorformat.
func (c *call) fail(e *apiError) *reply {
	r := c.apiReply()
	for k, v := range e.header {
		r.header[k] = v
	}
	r.header.Set("Mediawiki-Api-Error", e.code)
	docref := "See " + c.wiki.url + "/w/api.php for API usage. Subscribe to the mediawiki-api-announce mailing list at " +
		"&lt;https://lists.wikimedia.org/postorius/lists/mediawiki-api-announce.lists.wikimedia.org/&gt; " +
		"for notice of API deprecations and breaking changes."
	return r.json(c.v1, func(w *jsonWriter) {
		w.obj()
		ref := "docref"
		if c.v1 {
			ref = "*"
		}
		if c.errorFormat == "bc" {
			w.kObj("error")
			w.kStr("code", e.code)
			w.kStr("info", e.info)
			if e.more != nil {
				e.more(w)
			}
			w.kStr(ref, docref)
			w.endObj()
		} else {
			w.kArr("errors")
			w.obj()
			w.kStr("code", e.code)
			w.kStr("text", e.info)
			if e.more != nil {
				w.kObj("data")
				e.more(w)
				w.endObj()
			}
			module := e.module
			if module == "" {
				module = "main"
			}
			w.kStr("module", module)
			w.endObj()
			w.endArr()
			w.kStr(ref, docref)
		}
		w.endObj()
	})
}

// writeWarnings writes the member "warnings", if there is anything to warn of.
func (c *call) writeWarnings(w *jsonWriter) {
	if unknown := c.unused(); len(unknown) == 1 {
		c.warnings = append(c.warnings, warning{"main", "unrecognizedparams", "Unrecognized parameter: " + unknown[0] + "."})
	} else if len(unknown) > 1 {
		c.warnings = append(c.warnings, warning{"main", "unrecognizedparams", "Unrecognized parameters: " + join3(unknown) + "."})
	}
	if len(c.warnings) == 0 {
		return
	}
	if c.errorFormat != "bc" {
		w.kArr("warnings")
		for _, x := range c.warnings {
			w.obj()
			w.kStr("code", x.code)
			w.kStr("text", x.text)
			w.kStr("module", x.module)
			w.endObj()
		}
		w.endArr()
		return
	}
	member := "warnings"
	if c.v1 {
		member = "*"
	}
	w.kObj("warnings")
	for i, x := range c.warnings {
		if slices.ContainsFunc(c.warnings[:i], func(y warning) bool { return y.module == x.module }) {
			continue
		}
		text := x.text
		for _, y := range c.warnings[i+1:] {
			if y.module == x.module {
				text += "\n" + y.text
			}
		}
		w.kObj(x.module)
		w.kStr(member, text)
		w.endObj()
	}
	w.endObj()
}
