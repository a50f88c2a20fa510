package mwclient

import (
	"bytes"
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// page is what the HTML of a wiki's page tells.
type page struct {
	url       *url.URL // after redirects
	status    int
	mediaWiki bool     // it is a page of a MediaWiki
	api       *url.URL // api.php, by the EditURI link
	event     int64    // wgCampaignEventsEventID, of an event page
	name      string   // wgPageName: the title with underscores
	special   string   // wgCanonicalSpecialPageName
	links     []int64  // different events that the page links to, at most two
}

// page reads a page's HTML. A page that does not exist is no error: MediaWiki
// shows one then, too, under status 404.
func (c *Client) page(ctx context.Context, at *url.URL) (page, error) {
	at, err := c.admit(at)
	if err != nil {
		return page{}, err
	}
	host := hostKey(at)
	e := &exchange{c: c, ctx: ctx, label: host, key: host, endpoint: EndpointPage, kind: kindPage}
	text, err := e.get(ctx, at)
	if err != nil {
		return page{}, err
	}
	p := readPage(e.last.url, text)
	p.status = e.last.status
	if p.status == http.StatusNotFound {
		p.event = 0
	}
	return p, nil
}

// What is looked for in a page. ResourceLoader's configuration is JSON in a
// script of the head; text that users wrote cannot get there.
var (
	inScript     = regexp.MustCompile(`(?s)<script\b[^>]*>(.*?)</script>`)
	configEvent  = regexp.MustCompile(`"wgCampaignEventsEventID":(\d{1,18})\b`)
	configName   = regexp.MustCompile(`"wgPageName":("(?:[^"\\]|\\.)*")`)
	configSpec   = regexp.MustCompile(`"wgCanonicalSpecialPageName":("(?:[^"\\]|\\.)*")`)
	linkTag      = regexp.MustCompile(`(?i)<link\b[^>]*>`)
	linkRel      = regexp.MustCompile(`(?i)\brel\s*=\s*(?:"EditURI"|'EditURI'|EditURI\b)`)
	linkHref     = regexp.MustCompile(`(?i)\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))`)
	detailsLinks = regexp.MustCompile(`(?i)Special(?::|%3A)EventDetails(?:/|%2F)(\d{1,18})\b`)
)

// maxHead bounds the part of a page that is searched for scripts and links.
const maxHead = 1 << 20

// readPage reads HTML that came from at.
func readPage(at *url.URL, text []byte) page {
	p := page{url: at}
	head := text[:min(len(text), maxHead)]
	if i := bytes.Index(head, []byte("</head>")); i >= 0 {
		head = head[:i]
	}
	for _, script := range inScript.FindAllSubmatch(head, -1) {
		config := script[1]
		if !bytes.Contains(config, []byte("RLCONF")) {
			continue
		}
		p.mediaWiki = true
		if m := configEvent.FindSubmatch(config); m != nil {
			p.event = parseID(string(m[1]))
		}
		p.name = configText(configName, config)
		p.special = configText(configSpec, config)
		break
	}
	for _, tag := range linkTag.FindAll(head, -1) {
		if !linkRel.Match(tag) {
			continue
		}
		if m := linkHref.FindSubmatch(tag); m != nil {
			p.api = apiOf(at, html.UnescapeString(string(m[1])+string(m[2])+string(m[3])))
			p.mediaWiki = p.mediaWiki || p.api != nil
		}
		break
	}
	for _, m := range detailsLinks.FindAllSubmatch(text, 64) {
		if id := parseID(string(m[1])); id > 0 && !slices.Contains(p.links, id) {
			if p.links = append(p.links, id); len(p.links) == 2 {
				break
			}
		}
	}
	return p
}

// configText reads a text of the configuration.
func configText(pattern *regexp.Regexp, config []byte) string {
	m := pattern.FindSubmatch(config)
	if m == nil {
		return ""
	}
	var text string
	if err := json.Unmarshal(m[1], &text, lenient()); err != nil {
		return ""
	}
	return text
}

// apiOf resolves the EditURI link, such as "//host/w/api.php?action=rsd".
func apiOf(at *url.URL, href string) *url.URL {
	u, err := at.Parse(href)
	if err != nil || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") || !strings.HasSuffix(u.Path, "/api.php") {
		return nil
	}
	return &url.URL{Scheme: u.Scheme, Host: hostKey(u), Path: u.Path}
}

// parseID reads a positive number; 0 where there is none.
func parseID(digits string) int64 {
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}
