package fakewiki

import (
	"bytes"
	"html"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// htmlPage answers /wiki/TITLE and /w/index.php?title=TITLE: an event's page with
// its number in the RLCONF script and in a link to Special:EventDetails, the
// latter page itself, and redirects. Capture: event_page.html, of which only those
// two places were kept. The caller holds Farm.mu.
func (s *server) htmlPage(u *url.URL) *reply {
	name := u.Query().Get("title")
	if rest, ok := strings.CutPrefix(u.Path, "/wiki/"); ok {
		name = rest
	}
	if name == "" {
		name = "Main Page"
	}
	title := s.wiki.normalTitle(name)
	if strings.HasPrefix(u.Path, "/wiki/") && strings.ReplaceAll(title, " ", "_") != name {
		r := newReply(http.StatusMovedPermanently, "text/html; charset=utf-8")
		r.header.Set("Location", s.wiki.url+"/wiki/"+urlTitle(title))
		return r
	}
	ns, rest := s.wiki.namespaceOf(title)
	if id, ok := strings.CutPrefix(rest, "EventDetails/"); ok && ns == -1 {
		return s.eventDetails(title, id)
	}
	p, ok := s.farm.pop.page(s.wiki, title)
	if p.redirect != "" && u.Query().Get("redirect") != "no" {
		p, ok = s.farm.pop.page(s.wiki, p.redirect)
	}
	if !ok {
		return s.document(http.StatusNotFound, p, "", `<p>There is currently no text in this page.</p>`)
	}
	if p.event == nil || p.event.current().Deleted {
		return s.document(http.StatusOK, p, "", `<p>A page of a made-up wiki.</p>`)
	}
	return s.document(http.StatusOK, p, p.event.conf(), p.event.header())
}

// eventDetails answers Special:EventDetails/N. No capture.
func (s *server) eventDetails(title, id string) *reply {
	p := page{title: title, ns: -1}
	n, err := strconv.ParseInt(id, 10, 64)
	e := s.farm.event(s.wiki, n)
	if err != nil || e == nil || e.current().Deleted {
		return s.document(http.StatusOK, p, "", `<p class="error">There is no event with this ID.</p>`)
	}
	target := s.farm.pop.wiki(e.Wiki).url + "/wiki/" + urlTitle(e.Page)
	return s.document(http.StatusOK, p, e.conf(), `<h2>`+html.EscapeString(e.current().Name)+`</h2><a href="`+
		html.EscapeString(target)+`">Go to event page</a>`)
}

// conf is the event's part of RLCONF, as on its page.
func (e *event) conf() string {
	return `,"wgCampaignEventsEventID":` + strconv.FormatInt(e.ID, 10) + `,"wgCampaignEventsParticipantIsPublic":null`
}

func (e *event) header() string {
	return `<div class="ext-campaignevents-eventpage-header"><p>` + html.EscapeString(e.current().Name) +
		`</p><a role='button' tabindex='0' href='/wiki/Special:EventDetails/` + strconv.FormatInt(e.ID, 10) +
		`' rel='nofollow' class='oo-ui-buttonElement-button'><span class='oo-ui-labelElement-label'>More details</span></a></div>`
}

// document wraps a body in the page that MediaWiki makes, as far as readers look
// at it: EditURI, canonical link, RLCONF.
func (s *server) document(status int, p page, conf, body string) *reply {
	name := strings.ReplaceAll(p.title, " ", "_")
	special := "false"
	if p.ns == -1 {
		special = `"EventDetails"`
	}
	_, rest := s.wiki.namespaceOf(p.title)
	id := strconv.FormatInt(p.id, 10)
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html class=\"client-nojs\" lang=\"" + s.wiki.Lang + "\">\n<head>\n<meta charset=\"UTF-8\">\n<title>" +
		html.EscapeString(p.title) + " - " + html.EscapeString(s.wiki.Name) + "</title>\n")
	b.WriteString(`<script>(function(){RLCONF={"wgBreakFrames":false,"wgCanonicalNamespace":` +
		scriptString(standardNamespaces()[p.ns]) + `,"wgCanonicalSpecialPageName":` + special + `,"wgNamespaceNumber":` +
		strconv.Itoa(p.ns) + `,"wgPageName":` + scriptString(name) + `,"wgTitle":` + scriptString(rest) +
		`,"wgCurRevisionId":` + id + `,"wgRevisionId":` + id + `,"wgArticleId":` + id +
		`,"wgIsArticle":true,"wgIsRedirect":false,"wgAction":"view","wgUserName":null,"wgUserGroups":["*"]` + conf +
		"};}());</script>\n")
	b.WriteString(`<meta name="generator" content="` + generator + "\">\n" +
		`<link rel="EditURI" type="application/rsd+xml" href="` + s.wiki.url + "/w/api.php?action=rsd\">\n" +
		`<link rel="canonical" href="` + s.wiki.url + `/wiki/` + html.EscapeString(urlTitle(p.title)) + "\">\n</head>\n<body><h1>" +
		html.EscapeString(p.title) + "</h1>\n" + body + "\n</body>\n</html>\n")
	r := newReply(status, "text/html; charset=UTF-8")
	r.header.Set("Content-Language", s.wiki.Lang)
	r.header.Set("Vary", "Accept-Encoding, Cookie")
	r.header.Set("Cache-Control", "private, must-revalidate, max-age=0")
	return r.text(b.String())
}

// scriptString is a JSON string that can stand in a script element.
func scriptString(s string) string {
	var b bytes.Buffer
	w := &jsonWriter{out: io.Discard}
	w.quote(s)
	b.Write(w.buf)
	return strings.NewReplacer("<", `\u003C`, ">", `\u003E`, "&", `\u0026`).Replace(b.String())
}
