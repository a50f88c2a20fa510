package fakewiki

import (
	"cmp"
	"html"
	"regexp"
	"strings"
)

// parse answers action=parse for the HTML of a page, redirects followed. See
// https://www.mediawiki.org/wiki/API:Parsing_wikitext; captures: sources/*_parse_*.
func (c *call) parse() *reply {
	given := c.str("page", "")
	for _, name := range []string{"disableeditsection", "disabletoc", "disablelimitreport"} {
		c.has(name)
	}
	follow := c.has("redirects")
	if _, err := c.choice("prop", "text"); err != nil {
		return c.fail(err) // the farm renders, and does no more
	}
	if strings.ContainsAny(given, "<>[]{}|#") || strings.TrimSpace(given) == "" {
		return c.fail(&apiError{code: "invalidtitle", info: `Bad title "` + given + `".`, module: "parse"})
	}
	name := c.wiki.normalTitle(given)
	found, redirected, ok := c.pageAt(name, follow)
	if !ok {
		return c.fail(&apiError{code: "missingtitle", info: "The page you specified doesn't exist.", module: "parse"})
	}
	text := cmp.Or(c.wiki.made.texts[found.title], "A page of a made-up wiki.")
	rendered := c.render(text)
	r := c.apiReply()
	r.rows = 1
	return r.json(c.v1, func(w *jsonWriter) {
		w.obj()
		c.writeWarnings(w)
		w.kObj("parse")
		w.kStr("title", found.title)
		w.kInt("pageid", found.id)
		writePairs(w, "redirects", redirected)
		w.kStr("text", rendered)
		w.endObj()
		w.endObj()
	})
}

var (
	headingLine = regexp.MustCompile(`^(={2,6})\s*(.+?)\s*={2,6}\s*$`)
	inlineParts = regexp.MustCompile(`\[\[:?([^\]|\n]+)(?:\|([^\]\n]*))?\]\]|\[(https?://[^ \]]+) ([^\]\n]*)\]|</?(?:s|del|strike)>`)
)

// render makes HTML of the wikitext that lists of people consist of.
func (c *call) render(text string) string {
	dir := direction(c.wiki.Lang)
	var b strings.Builder
	b.WriteString(`<div class="mw-content-` + dir + ` mw-parser-output" lang="` + c.wiki.Lang + `" dir="` + dir + `">`)
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if m := headingLine.FindStringSubmatch(line); m != nil {
			tag := "h" + string(rune('0'+len(m[1])))
			b.WriteString("<" + tag + `><span class="mw-headline" id="` + html.EscapeString(strings.ReplaceAll(m[2], " ", "_")) + `">` +
				c.inline(m[2]) + "</span></" + tag + ">\n")
			continue
		}
		tag := "p"
		if item := strings.TrimLeft(line, "#*"); item != line {
			tag, line = "li", item
		}
		b.WriteString("<" + tag + ">" + c.inline(strings.TrimSpace(line)) + "</" + tag + ">\n")
	}
	b.WriteString("</div>")
	return b.String()
}

// inline renders what stands in a line.
func (c *call) inline(text string) string {
	var b strings.Builder
	at := 0
	for _, m := range inlineParts.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(html.EscapeString(text[at:m[0]]))
		at = m[1]
		part := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return text[m[2*i]:m[2*i+1]]
		}
		switch {
		case part(1) != "":
			b.WriteString(c.link(part(1), part(2)))
		case part(3) != "":
			b.WriteString(`<a rel="nofollow" class="external text" href="` + html.EscapeString(part(3)) + `">` + html.EscapeString(part(4)) + "</a>")
		default:
			b.WriteString(text[m[0]:m[1]])
		}
	}
	b.WriteString(html.EscapeString(text[at:]))
	return b.String()
}

// link renders a link: to a page, to none (red), or to another wiki by its
// database name or language.
func (c *call) link(target, label string) string {
	if label == "" {
		label = target
	}
	if prefix, rest, ok := strings.Cut(target, ":"); ok {
		for _, w := range c.farm.pop.wikis {
			if w != c.wiki && rest != "" && (prefix == w.DB || prefix == w.Lang) {
				return anchor(w.url+"/wiki/"+urlTitle(rest), "extiw", target, label)
			}
		}
	}
	target, fragment, _ := strings.Cut(target, "#")
	title := c.wiki.normalTitle(target)
	ns, rest := c.wiki.namespaceOf(title)
	if rest == "" {
		return html.EscapeString("[[" + target + "]]") // no title, so no link
	}
	if fragment != "" {
		fragment = "#" + fragment
	}
	found, ok := c.farm.pop.page(c.wiki, title)
	switch {
	case ns == -1:
		special, sub, _ := strings.Cut(rest, "/")
		if local := c.wiki.Contributions; local != "" && (strings.EqualFold(special, "Contributions") || strings.EqualFold(special, "Contribs")) {
			title = c.wiki.prefix(-1) + local + "/" + sub
		}
		return anchor("/wiki/"+urlTitle(title)+fragment, "", title, label)
	case !ok:
		return anchor("/w/index.php?title="+urlTitle(title)+"&action=edit&redlink=1", "new", title+" (page does not exist)", label)
	case found.redirect != "":
		return anchor("/wiki/"+urlTitle(title)+fragment, "mw-redirect", title, label)
	}
	return anchor("/wiki/"+urlTitle(title)+fragment, "", title, label)
}

func anchor(href, class, title, label string) string {
	if class != "" {
		class = `" class="` + class
	}
	return `<a href="` + html.EscapeString(href) + class + `" title="` + html.EscapeString(title) + `">` + html.EscapeString(label) + "</a>"
}
